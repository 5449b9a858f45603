"""How a refused plan looks: the map and the list of what it would not show."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from shapely import Polygon

from missions import Area, Ground, Plot
from missions.records import Plan
from report import html
from report.maps import Layer, map_png
from report.plan import plots_table
from report.planmap import area_layers, place_layers, track
from report.tables import geojson_bytes
from report.words import Language, Words

KIND_COLOURS = {"few": "#2b83ba", "coarse": "#7b3294", "unseen": "#d7191c"}
_PATH_COLOUR = "#6b7671"
_LISTED = 50


@dataclass(frozen=True, eq=False)
class MissingPlace:
    """A connected piece of a plot that no photo shows as wanted.

    Attributes
    ----------
    kind
        Not seen at all, or at a GSD coarser than wanted, or in fewer photos than the overlaps promise.
    polygon
        Degrees lon, lat.
    """

    plot: str
    kind: Literal["unseen", "coarse", "few"]
    polygon: Polygon
    area_m2: float


def missing_html(
    plan: Plan,
    places: Sequence[MissingPlace],
    plots: Sequence[Plot],
    no_fly: Sequence[Area],
    ground: Ground,
    language: Language,
    *,
    remedies: Sequence[str],
) -> str:
    """Return a self-contained page: the map, the plots, the largest places, and what would work instead."""
    words = Words(language)
    title = words("missing_title", mission=plan.mission)
    short = frozenset(place.plot for place in places)
    body = [
        html.lead(words("missing_lead", places=len(places), plots=len(short))),
        html.picture(missing_map_png(plan, places, plots, no_fly, ground, language), title),
        html.heading(words("plots_title")),
        plots_table(plan, words, short),
        html.heading(words("missing_places")),
        html.table(
            [words(key) for key in ("plot", "missing_kind", "area", "position")],
            [
                (place.plot, words(place.kind), words.area(place.area_m2), _position(place))
                for place in places[:_LISTED]
            ],
            texts=2,
        ),
        html.paragraph(words("missing_rest", listed=min(_LISTED, len(places)), places=len(places))),
        html.heading(words("remedies")),
        html.listing([*remedies, words("remedy_lines")]),
    ]
    return html.page(title, language, body, [words("datum")])


def missing_map_png(
    plan: Plan,
    places: Sequence[MissingPlace],
    plots: Sequence[Plot],
    no_fly: Sequence[Area],
    ground: Ground,
    language: Language,
    *,
    width_px: int = 1200,
) -> bytes:
    """Return the plan as a PNG, with what it would not show laid over it."""
    words = Words(language)
    paths = Layer([track(sortie) for sortie in plan.sorties], _PATH_COLOUR, 1)
    kinds = [
        Layer(
            [place.polygon for place in places if place.kind == kind],
            colour,
            1.5,
            fill_opacity=0.7,
            legend=words(kind),
        )
        for kind, colour in KIND_COLOURS.items()
    ]
    layers = [*area_layers(plan, plots, no_fly, words), paths, *kinds, *place_layers(plan, plots, words)]
    return map_png(ground, layers, width_px=width_px)


def missing_geojson(places: Sequence[MissingPlace]) -> bytes:
    """Return the places with plot, kind and area, largest first."""
    return geojson_bytes(
        "missing",
        [
            (place.polygon, {"plot": place.plot, "kind": place.kind, "area_m2": round(place.area_m2, 1)})
            for place in places
        ],
    )


def _position(place: MissingPlace) -> str:
    point = place.polygon.representative_point()
    return f"{point.x:.6f}, {point.y:.6f}"
