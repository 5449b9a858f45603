"""A plan to look at in Google Earth, and to read back with heights."""

from collections.abc import Sequence
from pathlib import Path

from shapely import LineString, MultiPoint, Point
from shapely.geometry import shape

from geo.errors import GeoError
from geo.kml import KmlDocument, KmlFeature, KmlFolder, read_kml, write_kml
from missions.errors import PlanError
from missions.features import Area, Plot
from missions.records import Plan, Site, Sortie
from planner.formats.missionfile import MarkedArea, MissionFile, Place, Route
from planner.items import FRAME_GLOBAL, FRAME_GLOBAL_TERRAIN_ALT, NAV_WAYPOINT, MissionItem

_PLOTS, _NO_FLY, _ALLOWED, _SITES, _RALLY, _SORTIES, _PHOTOS = (
    "Plots",
    "No-fly areas",
    "Allowed airspace",
    "Sites",
    "Rally points",
    "Sorties",
    "Photos",
)
_FRAMES = {"absolute": FRAME_GLOBAL, "relativeToGround": FRAME_GLOBAL_TERRAIN_ALT}
"""Lines in other altitude modes lie on the ground and are no flights."""
_COLOURS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#9467bd", "#8c564b", "#e377c2", "#17becf", "#bcbd22")


def write_plan_kml(path: Path, plan: Plan, plots: Sequence[Plot], no_fly: Sequence[Area]) -> None:
    """Write plots, airspace, sites and every sortie's path at its height; the photos are off at first."""
    document = KmlDocument(f"{plan.mission}: plan")
    document.style("plot", line="#ffd400", fill="#ffd400", fill_opacity=0.15)
    document.style("no-fly", line="#d62728", fill="#d62728", fill_opacity=0.3)
    document.style("allowed", line="#2ca02c")
    for number, colour in enumerate(_COLOURS):
        document.style(f"sortie{number}", line=colour, line_width=3.0, icon_colour=colour, icon_scale=0.4)

    reports = {report.name: report for report in plan.plots}
    folder = document.folder(_PLOTS, open=True)
    for plot in plots:
        shown = (
            reports[plot.name].model_dump(exclude={"name"}) if plot.name in reports else {"planned": False}
        )
        folder.placemark(plot.name, plot.polygon, style="plot", properties=shown)
    folder = document.folder(_NO_FLY)
    for area in no_fly:
        folder.placemark(area.name, area.polygon, style="no-fly")
    if plan.airspace is not None:
        folder = document.folder(_ALLOWED)
        folder.placemark(_ALLOWED, shape(plan.airspace.allowed), style="allowed")
    folder = document.folder(_SITES)
    for site in plan.sites:
        _mark(folder, site)
    if plan.rally:
        folder = document.folder(_RALLY)
        for site in plan.rally:
            _mark(folder, site)
    folder = document.folder(_SORTIES, open=True)
    for number, sortie in enumerate(plan.sorties):
        path_m = LineString([(point.lon, point.lat, point.alt_amsl_m) for point in sortie.path])
        style = f"sortie{number % len(_COLOURS)}"
        folder.placemark(sortie.name, path_m, style=style, properties=_figures(sortie), altitude="amsl")
    folder = document.folder(_PHOTOS, visible=False)
    for number, sortie in enumerate(plan.sorties):
        places = MultiPoint([(photo.lon, photo.lat, photo.alt_amsl_m) for photo in sortie.photos])
        folder.placemark(sortie.name, places, style=f"sortie{number % len(_COLOURS)}", altitude="amsl")
    write_kml(path, document)


def read_plan_kml(path: Path) -> MissionFile:
    """Read a KML file: lines with heights are routes, everything else is marked on the map.

    A line whose heights are above sea level or above ground becomes a route of waypoints, everything else a
    marked area of the kind that its folder is called. The only site of a plan.kml of our own is home.

    Raises
    ------
    PlanError
        The file cannot be read or is no KML; single placemarks that cannot be used are set aside.
    """
    try:
        features = read_kml(path)
    except GeoError as error:
        raise PlanError(str(error)) from error
    good = [feature for feature in features if not feature.problem]
    routes = [_route(feature) for feature in good if _is_flight(feature)]
    sites = [feature for feature in good if feature.folder == _SITES and isinstance(feature.geometry, Point)]
    areas = [
        MarkedArea(feature.name, feature.folder.rpartition("/")[2] or "area", feature.geometry)
        for feature in good
        if not _is_flight(feature)
    ]
    return MissionFile(
        routes=tuple(routes),
        home=_home(sites[0]) if len(sites) == 1 else None,
        areas=tuple(areas),
        set_aside=tuple(
            f"line {feature.line}: {feature.name[:60]!r}: {feature.problem}"
            for feature in features
            if feature.problem
        ),
    )


def _is_flight(feature: KmlFeature) -> bool:
    return feature.geometry.geom_type == "LineString" and feature.altitude_mode in _FRAMES


def _route(feature: KmlFeature) -> Route:
    frame = _FRAMES[feature.altitude_mode]
    items = [
        MissionItem(NAV_WAYPOINT, frame, lon_deg=lon, lat_deg=lat, z_m=height)
        for lon, lat, height in feature.geometry_z.coords
    ]
    return Route(feature.name, tuple(items))


def _home(site: KmlFeature) -> Place:
    lon, lat = site.geometry.coords[0]
    try:
        return Place(lon, lat, float(site.properties["alt_amsl_m"]))
    except (KeyError, ValueError):
        return Place(lon, lat)


def _mark(folder: KmlFolder, site: Site) -> None:
    folder.placemark(site.name, Point(site.lon, site.lat), properties={"alt_amsl_m": site.alt_amsl_m})


def _figures(sortie: Sortie) -> dict[str, object]:
    figures = sortie.model_dump(include={"site", "plots", "path_m", "flight_s", "battery_pct", "speed_m_s"})
    return {**figures, "photos": len(sortie.photos)}
