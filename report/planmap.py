"""A flight plan drawn on the shaded terrain."""

from collections.abc import Iterator, Sequence

import shapely
from shapely import LineString, Point

from missions import Area, Ground, Plot
from missions.records import Plan, Sortie
from report.maps import Layer, map_png
from report.words import Language, Words

PLOT_COLOUR = "#d98c00"
NO_FLY_COLOUR = "#c0392b"
SITE_COLOUR = "#1c2321"
RALLY_COLOUR = "#6a3d9a"
AIRSPACE_COLOUR = "#4a7d8c"
# Told apart by the colour-blind too, after Okabe and Ito (2008), without their yellow and black.
SORTIE_COLOURS = ("#0072b2", "#009e73", "#cc79a7", "#d55e00", "#56b4e9")
_MOST_IN_LEGEND = 10  # flights; with more, colours repeat and names say nothing
_MOST_LABELS = 40  # plots; with more, labels would hide the map


def plan_map_png(
    plan: Plan,
    plots: Sequence[Plot],
    no_fly: Sequence[Area],
    ground: Ground,
    language: Language,
    *,
    width_px: int = 1200,
) -> bytes:
    """Return the plan drawn on the terrain as a PNG: areas, sites, each flight in a colour of its own.

    The path is a thin line, and a thick one where the camera is on.
    """
    words = Words(language)
    few = len(plan.sorties) <= _MOST_IN_LEGEND
    layers = [
        *area_layers(plan, plots, no_fly, words),
        *(
            layer
            for sortie in plan.sorties
            for layer in _sortie_layers(sortie, sortie_colour(plan, sortie), sortie.name if few else "")
        ),
        *place_layers(plan, plots, words),
    ]
    return map_png(ground, layers, width_px=width_px)


def sortie_colour(plan: Plan, sortie: Sortie) -> str:
    """The colour of a flight on the plan's map, profiles and timeline."""
    return SORTIE_COLOURS[plan.sorties.index(sortie) % len(SORTIE_COLOURS)]


def area_layers(plan: Plan, plots: Sequence[Plot], no_fly: Sequence[Area], words: Words) -> list[Layer]:
    """What lies under the flights: where the aircraft may and may not be, and the plots."""
    layers: list[Layer] = []
    if plan.airspace is not None:
        allowed = shapely.geometry.shape(plan.airspace.allowed)
        layers.append(Layer([allowed], AIRSPACE_COLOUR, 1.5, 0.06, legend=words("allowed_airspace")))
    return [
        *layers,
        Layer(
            [area.polygon for area in no_fly],
            NO_FLY_COLOUR,
            fill_opacity=0.3,
            labels=[area.name for area in no_fly] if len(no_fly) <= _MOST_LABELS else (),
            legend=words("no_fly"),
        ),
        Layer([plot.polygon for plot in plots], PLOT_COLOUR, 3, 0.18, legend=words("plots")),
    ]


def place_layers(
    plan: Plan, plots: Sequence[Plot], words: Words, most_labels: int = _MOST_LABELS
) -> list[Layer]:
    """What lies over the flights: names of plots, sites and rally points."""
    labels = [plot.name for plot in plots] if len(plots) <= most_labels else ()
    return [
        Layer([plot.polygon for plot in plots], PLOT_COLOUR, 0, labels=labels),
        Layer(
            [Point(point.lon, point.lat) for point in plan.rally],
            RALLY_COLOUR,
            radius=5,
            legend=words("rally"),
        ),
        Layer(
            [Point(site.lon, site.lat) for site in plan.sites],
            SITE_COLOUR,
            radius=7,
            labels=[site.name for site in plan.sites],
            legend=words("sites"),
        ),
    ]


def track(sortie: Sortie) -> LineString:
    """The path of a flight seen from above, degrees lon, lat."""
    return LineString([(point.lon, point.lat) for point in sortie.path])


def _sortie_layers(sortie: Sortie, colour: str, legend: str) -> list[Layer]:
    return [
        Layer([track(sortie)], colour, 1.5, legend=legend),
        Layer(list(camera_on(sortie)), colour, 4),
    ]


def camera_on(sortie: Sortie) -> Iterator[LineString]:
    """Yield the stretches from each `start` to its `end`."""
    stretch: list[tuple[float, float]] = []
    for point in sortie.path:
        if point.kind == "start":
            stretch = [(point.lon, point.lat)]
        elif stretch:
            stretch.append((point.lon, point.lat))
            if point.kind == "end":
                yield LineString(stretch)
                stretch = []
