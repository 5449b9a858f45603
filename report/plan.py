"""How a flight plan looks: its map and its page."""

from collections.abc import Iterator, Sequence

from shapely import LineString, Point

from missions import Area, Ground, Plot
from missions.records import Plan, Sortie
from report import html
from report.maps import Layer, map_png
from report.words import Language, Words

PLOT_COLOUR = "#d98c00"
NO_FLY_COLOUR = "#c0392b"
SITE_COLOUR = "#1c2321"
# Told apart by the colour-blind too, after Okabe and Ito (2008), without their yellow and black.
SORTIE_COLOURS = ("#0072b2", "#009e73", "#cc79a7", "#d55e00", "#56b4e9")
_MOST_IN_LEGEND = 10  # flights; with more, colours repeat and names say nothing


def plan_html(
    plan: Plan, plots: Sequence[Plot], no_fly: Sequence[Area], ground: Ground, language: Language
) -> str:
    """Return a self-contained page: what the plan comes to, its map, a table of flights and one of plots.

    Parameters
    ----------
    plan : Plan
        As in plan.json.
    plots, no_fly : sequences
        The mission's areas, degrees lon, lat.
    ground : Ground
        Frame and terrain of the mission; its warnings are printed.
    language : {"en", "zh"}
    """
    words = Words(language)
    body = [
        html.lead(
            words(
                "plan_lead",
                sorties=len(plan.sorties),
                photos=plan.photos,
                gsd=plan.gsd_cm,
                path=plan.path_m / 1000,
                minutes=plan.flight_s / 60,
                coverage=words.share(plan.coverage),
            )
        ),
        html.picture(
            plan_map_png(plan, plots, no_fly, ground, language), words("plan_title", mission=plan.mission)
        ),
        html.paragraph(
            words(
                "plan_height",
                aircraft=plan.aircraft,
                camera=plan.camera,
                height=plan.height_agl_m,
                spacing=plan.spacing_m,
                trigger=plan.trigger_m,
            )
        ),
        html.paragraph(
            words(f"plan_job_{plan.job}", front=plan.front_overlap_pct, side=plan.side_overlap_pct)
        ),
        html.paragraph(words("plan_no_fly", metres=plan.in_no_fly_m)),
        html.table(
            [words(key) for key in ("sortie", "site", "plots_title", "length", "time", "photos", "battery")],
            [
                (
                    sortie.name,
                    sortie.site,
                    ", ".join(sortie.plots),
                    words("km", value=sortie.path_m / 1000),
                    words("minutes", value=sortie.flight_s / 60),
                    str(len(sortie.photos)),
                    f"{sortie.battery_pct:.0f} %",
                )
                for sortie in plan.sorties
            ],
            texts=3,
        ),
        html.heading(words("plots_title")),
        html.table(
            [words("plot"), words("area"), words("planned_share")],
            [
                (plot.name, words.area(10_000 * plot.area_ha), words.share(plot.coverage))
                for plot in plan.plots
            ],
        ),
    ]
    if ground.warnings:
        body += [html.heading(words("notes")), html.listing(ground.warnings)]
    return html.page(words("plan_title", mission=plan.mission), language, body, [words("datum")])


def plan_map_png(
    plan: Plan,
    plots: Sequence[Plot],
    no_fly: Sequence[Area],
    ground: Ground,
    language: Language,
    *,
    width_px: int = 1200,
) -> bytes:
    """Return the plan drawn on the terrain as a PNG: plots, no-fly areas, each flight in a colour of its own.

    The path is a thin line, and a thick one where the camera is on.
    """
    words = Words(language)
    layers = [
        Layer(
            [area.polygon for area in no_fly],
            NO_FLY_COLOUR,
            fill_opacity=0.3,
            labels=[area.name for area in no_fly],
            legend=words("no_fly"),
        ),
        Layer([plot.polygon for plot in plots], PLOT_COLOUR, 3, 0.18, legend=words("plots")),
    ]
    few = len(plan.sorties) <= _MOST_IN_LEGEND
    for number, sortie in enumerate(plan.sorties):
        colour = SORTIE_COLOURS[number % len(SORTIE_COLOURS)]
        whole = LineString([(point.lon, point.lat) for point in sortie.path])
        layers.append(Layer([whole], colour, 1.5, legend=sortie.name if few else ""))
        layers.append(Layer(list(_camera_on(sortie)), colour, 4))
    layers += [
        Layer([plot.polygon for plot in plots], PLOT_COLOUR, 0, labels=[plot.name for plot in plots]),
        Layer(
            [Point(site.lon, site.lat) for site in plan.sites],
            SITE_COLOUR,
            radius=7,
            labels=[site.name for site in plan.sites],
            legend=words("sites"),
        ),
    ]
    return map_png(ground, layers, width_px=width_px)


def _camera_on(sortie: Sortie) -> Iterator[LineString]:
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
