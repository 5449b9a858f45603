"""How a flight plan looks: one page with map, timeline, profiles and tables."""

from collections.abc import Sequence

from missions import Area, Ground, Plot
from missions.records import Plan, Sortie
from report import html
from report.planmap import plan_map_png, sortie_colour
from report.profile import profile_svg
from report.timeline import timeline_svg
from report.words import Language, Words

_MOST_OPEN = 6
"""Profiles that are unfolded; with more flights they wait for a click."""
_MOST_ROWS = 30
"""Rows of a table that stands open."""


def plan_html(
    plan: Plan,
    plots: Sequence[Plot],
    no_fly: Sequence[Area],
    ground: Ground,
    language: Language,
    *,
    notes: Sequence[str] = (),
    problems: Sequence[str] = (),
) -> str:
    """Return a self-contained page: totals, map, timeline, the flights with their profiles, and the plots.

    Parameters
    ----------
    plan : Plan
        As in plan.json.
    plots, no_fly : sequences
        The mission's areas, degrees lon, lat.
    ground : Ground
        Frame and terrain of the mission.
    language : {"en", "zh"}
    notes, problems : sequences of str
        What the planner warns of, and what it set aside.
    """
    words = Words(language)
    title = words("plan_title", mission=plan.mission)
    body = [
        html.lead(_lead(plan, words)),
        html.figures(_totals(plan, words)),
        html.picture(plan_map_png(plan, plots, no_fly, ground, language), title),
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
        html.heading(words("timeline")),
        timeline_svg(plan, language),
        html.heading(words("flights")),
        html.details(words("table"), [_sorties_table(plan, words)], opened=len(plan.sorties) <= _MOST_ROWS),
        html.heading(words("plots_title")),
        html.details(words("table"), [plots_table(plan, words)], opened=len(plan.plots) <= _MOST_ROWS),
        html.paragraph(words("plots_how")),
    ]
    if plan.left_out:
        body += [html.heading(words("left_out")), _left_out_table(plan, words)]
    body += [html.heading(words("profiles")), html.paragraph(words("profile_how"))]
    body += _profiles(plan, ground, language, words)
    if problems:
        body += [html.heading(words("problems")), html.listing(problems)]
    if notes:
        body += [html.heading(words("notes")), html.listing(notes)]
    return html.page(title, language, body, [words("datum")])


def plots_table(plan: Plan, words: Words, marked: frozenset[str] = frozenset()) -> str:
    """Return the table of plots with what is planned to be seen of each; marked ones stand out."""
    keys = ("plot", "priority", "area", "planned_share", "planned_gsd", "planned_overlap")
    return html.table(
        [words(key) for key in keys],
        [
            (
                plot.name,
                f"{plot.priority:g}",
                words.area(10_000 * plot.area_ha),
                words.share(plot.coverage),
                _optional(plot.at_gsd, words),
                _optional(plot.at_overlap, words),
            )
            for plot in plan.plots
        ],
        marked=[number for number, plot in enumerate(plan.plots) if plot.name in marked],
    )


def _lead(plan: Plan, words: Words) -> str:
    return words(
        "plan_lead",
        sorties=len(plan.sorties),
        photos=plan.photos,
        gsd=plan.gsd_cm,
        path=plan.path_m / 1000,
        minutes=plan.flight_s / 60,
        coverage=words.share(plan.coverage),
    )


def _totals(plan: Plan, words: Words) -> list[tuple[str, str]]:
    days = {sortie.takeoff.date() for sortie in plan.sorties if sortie.takeoff is not None}
    return [
        (words("flights"), str(len(plan.sorties))),
        (words("plots_title"), str(len(plan.plots))),
        (words("area"), words.area(10_000 * sum(plot.area_ha for plot in plan.plots))),
        (words("photos"), f"{plan.photos:,}"),
        (words("length"), words("km", value=plan.path_m / 1000)),
        (words("time"), words("hours", value=plan.flight_s / 3600)),
        (words("aircraft"), str(len({sortie.aircraft for sortie in plan.sorties}))),
        *([(words("days"), str(len(days)))] if days else []),
    ]


def _sorties_table(plan: Plan, words: Words) -> str:
    dated = any(sortie.takeoff for sortie in plan.sorties)
    keys = ("sortie", "site", "plots_title", "length", "time", "photos", "battery")
    header = [words(key) for key in keys] + ([words("takeoff"), words("aircraft")] if dated else [])
    rows = [
        (
            sortie.name,
            sortie.site,
            ", ".join(sortie.plots),
            words("km", value=sortie.path_m / 1000),
            words("minutes", value=sortie.flight_s / 60),
            str(len(sortie.photos)),
            f"{sortie.battery_pct:.0f} %",
            *([_takeoff(sortie), str(sortie.aircraft)] if dated else []),
        )
        for sortie in plan.sorties
    ]
    colours = [sortie_colour(plan, sortie) for sortie in plan.sorties]
    return html.table(header, rows, texts=3, colours=colours)


def _profiles(plan: Plan, ground: Ground, language: Language, words: Words) -> list[str]:
    ceiling = plan.airspace.ceiling_agl_m if plan.airspace else None
    few = len(plan.sorties) <= _MOST_OPEN
    profiles = [
        html.details(
            words("profile_of", sortie=sortie.name, plots=", ".join(sortie.plots)),
            [
                profile_svg(
                    sortie, ground, language, colour=sortie_colour(plan, sortie), ceiling_agl_m=ceiling
                )
            ],
            opened=few,
        )
        for sortie in plan.sorties
    ]
    return profiles if few else [html.details(words("profiles"), profiles, opened=False)]


def _left_out_table(plan: Plan, words: Words) -> str:
    return html.table(
        [words(key) for key in ("plot", "reason", "priority", "area", "left_out_time")],
        [
            (
                left.plot,
                left.reason,
                f"{left.priority:g}",
                words.area(10_000 * left.area_ha),
                "-" if left.minutes is None else words("minutes", value=left.minutes),
            )
            for left in plan.left_out
        ],
        texts=2,
    )


def _takeoff(sortie: Sortie) -> str:
    return f"{sortie.takeoff:%m-%d %H:%M}" if sortie.takeoff else "-"


def _optional(share: float | None, words: Words) -> str:
    return "-" if share is None else words.share(share)
