"""How the proof looks: proof.html."""

from collections.abc import Sequence
from itertools import groupby

from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry

from missions import Ground
from proof.gaps import PlotProof
from proof.judge import Proof
from proof.seen import PhotoRow
from report import Cells, Language, Layer, Words, coverage_rgba, html, map_png
from report.coverage import GAP_COLOUR, MORE_COLOUR, ONCE_COLOUR
from report.planmap import PLOT_COLOUR

_TRACK_COLOUR = "#1f4e9c"
_FOOTPRINT_COLOUR = "#6f9c7f"


def proof_html(
    mission: str, language: Language, ground: Ground, proof: Proof, photos: Sequence[PhotoRow]
) -> str:
    """Return a self-contained page: a sentence, the map, a table of plots, how it was counted, notes."""
    words = Words(language)
    title = words("proof_title", mission=mission)
    keys = ("plot", "area", "share_seen", "share_cautious", "gap_count", "gap_area", "gsd")
    body = [
        html.lead(_lead(words, proof, len(photos))),
        html.picture(_map(words, ground, proof, photos), title),
        html.table(
            [words(key) for key in keys],
            [_row(words, plot) for plot in proof.plots],
            marked=[number for number, plot in enumerate(proof.plots) if plot.gaps],
        ),
    ]
    if any(plot.gaps for plot in proof.plots):
        body.append(html.paragraph(words("gap_rows")))
    body.append(html.paragraph(words("proof_how", cell=proof.seen.nominal.cell_m)))
    if ground.warnings:
        body += [html.heading(words("notes")), html.listing(ground.warnings)]
    if proof.problems:
        rows = [words("problem_row", file=problem.file, reason=problem.reason) for problem in proof.problems]
        body += [html.heading(words("problems")), html.listing(rows)]
    return html.page(title, language, body, [words("datum"), words("verdict")])


def _lead(words: Words, proof: Proof, photos: int) -> str:
    worst = min(proof.plots, key=lambda plot: plot.share)
    gaps = [gap for plot in proof.plots for gap in plot.gaps]
    if not proof.has_plots:
        key = "proof_no_plots"
    elif gaps:
        key = "proof_gaps"
    else:
        key = "proof_all" if worst.share >= 1 else "proof_slivers"
    return words(
        key,
        gaps=len(gaps),
        gap_area=words.area(sum(gap.area_m2 for gap in gaps)),
        area=words.area(sum(plot.area_m2 for plot in proof.plots)),
        photos=photos,
        plot=worst.name,
        share=words.share(worst.share),
    )


def _row(words: Words, proof: PlotProof) -> tuple[str, ...]:
    return (
        proof.name,
        words.area(proof.area_m2),
        words.share(proof.share),
        words.share(proof.cautious_share),
        str(len(proof.gaps)),
        words.area(proof.gaps_m2) if proof.gaps else "-",
        f"{proof.gsd_cm:.2f}" if proof.gsd_cm == proof.gsd_cm else "-",
    )


def _map(words: Words, ground: Ground, proof: Proof, photos: Sequence[PhotoRow]) -> bytes:
    grid, to_lonlat = proof.seen.nominal, ground.frame.geometry_to_lonlat
    legend = [(ONCE_COLOUR, words("seen_once")), (MORE_COLOUR, words("seen_more"))]
    footprints = [to_lonlat(reach.footprint_enu) for reach in proof.reached]
    gaps = [to_lonlat(gap.polygon_enu) for plot in proof.plots for gap in plot.gaps]
    names, outlines = [name for name, _ in proof.areas], [to_lonlat(area) for _, area in proof.areas]
    return map_png(
        ground,
        [
            Cells(coverage_rgba(grid.count), grid.x0, grid.y0, grid.cell_m, legend),
            Layer(footprints, _FOOTPRINT_COLOUR, 1, legend=words("footprints")),
            Layer(_track(photos), _TRACK_COLOUR, 1, radius=1.5, legend=words("track")),
            Layer(outlines, PLOT_COLOUR, 3, labels=names, legend=words("plots") if proof.has_plots else ""),
            Layer(gaps, GAP_COLOUR, 2, fill_opacity=0.75, legend=words("gaps")),
        ],
    )


def _track(photos: Sequence[PhotoRow]) -> list[BaseGeometry]:
    """Give the photos' places as dots, and a line through those of each flight."""
    shapes: list[BaseGeometry] = []
    for _, group in groupby(photos, key=lambda photo: photo["flight"]):
        places = [(float(str(photo["lon"])), float(str(photo["lat"]))) for photo in group]
        if len(places) > 1:
            shapes.append(LineString(places))
        shapes += [Point(place) for place in places]
    return shapes
