"""A plan to look at in Google Earth."""

from collections.abc import Sequence
from pathlib import Path

from shapely import LineString, MultiPoint, Point

from geo.kml import KmlDocument, write_kml
from missions.features import Area, Plot
from missions.records import Plan, Sortie

_COLOURS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#9467bd", "#8c564b", "#e377c2", "#17becf", "#bcbd22")


def write_plan_kml(path: Path, plan: Plan, plots: Sequence[Plot], no_fly: Sequence[Area]) -> None:
    """Write plots, no-fly areas, sites and every sortie's path at its height; the photos are off at first."""
    document = KmlDocument(f"{plan.mission}: plan")
    document.style("plot", line="#ffd400", fill="#ffd400", fill_opacity=0.15)
    document.style("no-fly", line="#d62728", fill="#d62728", fill_opacity=0.3)
    for number, colour in enumerate(_COLOURS):
        document.style(f"sortie{number}", line=colour, line_width=3.0, icon_colour=colour, icon_scale=0.4)

    reports = {report.name: report for report in plan.plots}
    folder = document.folder("Plots", open=True)
    for plot in plots:
        shown = (
            reports[plot.name].model_dump(exclude={"name"}) if plot.name in reports else {"planned": False}
        )
        folder.placemark(plot.name, plot.polygon, style="plot", properties=shown)
    folder = document.folder("No-fly areas")
    for area in no_fly:
        folder.placemark(area.name, area.polygon, style="no-fly")
    folder = document.folder("Sites")
    for site in plan.sites:
        folder.placemark(site.name, Point(site.lon, site.lat), properties={"alt_amsl_m": site.alt_amsl_m})
    folder = document.folder("Sorties", open=True)
    for number, sortie in enumerate(plan.sorties):
        path_m = LineString([(point.lon, point.lat, point.alt_amsl_m) for point in sortie.path])
        style = f"sortie{number % len(_COLOURS)}"
        folder.placemark(sortie.name, path_m, style=style, properties=_figures(sortie), altitude="amsl")
    folder = document.folder("Photos", visible=False)
    for number, sortie in enumerate(plan.sorties):
        places = MultiPoint([(photo.lon, photo.lat, photo.alt_amsl_m) for photo in sortie.photos])
        folder.placemark(sortie.name, places, style=f"sortie{number % len(_COLOURS)}", altitude="amsl")
    write_kml(path, document)


def _figures(sortie: Sortie) -> dict[str, object]:
    figures = sortie.model_dump(include={"site", "plots", "path_m", "flight_s", "battery_pct", "speed_m_s"})
    return {**figures, "photos": len(sortie.photos)}
