"""How one sortie looks on the ground: its own path in colour, its neighbours light."""

from collections.abc import Sequence

import shapely
from shapely import LineString, Point, Polygon, STRtree
from shapely.geometry.base import BaseGeometry

from missions import Area, Ground, Plot
from missions.records import Plan, Sortie
from report.maps import MARGIN, Layer, map_jpeg
from report.planmap import (
    NO_FLY_COLOUR,
    PLOT_COLOUR,
    RALLY_COLOUR,
    SITE_COLOUR,
    camera_on,
    sortie_colour,
    track,
)
from report.words import Language, Words

_NEIGHBOUR_COLOUR = "#8a9690"
_BORDER = 0.12
"""Ground shown around the path, as a share of its longer side."""
_LEAST_SPAN_M = 200.0
_LETTERS = 1.8
"""So that names are read at arm's length where the picture is twelve centimetres wide."""


class SortieMaps:
    """Maps of the sorties of one plan, all of one shape.

    Parameters
    ----------
    plan : Plan
    plots, no_fly : sequences
        Degrees lon, lat.
    ground : Ground
    language : {"en", "zh"}
    size_px : (int, int)
        Width and height of every picture, the width the greater.
    """

    def __init__(
        self,
        plan: Plan,
        plots: Sequence[Plot],
        no_fly: Sequence[Area],
        ground: Ground,
        language: Language,
        size_px: tuple[int, int] = (800, 712),
    ) -> None:
        self.size_px = size_px
        self._plan, self._ground, self._words = plan, ground, Words(language)
        self._paths = _Named(
            [sortie.name for sortie in plan.sorties], [track(sortie) for sortie in plan.sorties]
        )
        self._plots = _Named([plot.name for plot in plots], [plot.polygon for plot in plots])
        self._no_fly = _Named([area.name for area in no_fly], [area.polygon for area in no_fly])
        self._sites = _Named(
            [site.name for site in plan.sites], [Point(site.lon, site.lat) for site in plan.sites]
        )
        self._rally = _Named(
            [place.name for place in plan.rally], [Point(place.lon, place.lat) for place in plan.rally]
        )

    def jpeg(self, sortie: Sortie) -> bytes:
        """Draw one sortie; its path is a thin line, and a thick one where the camera is on."""
        words, path, colour = self._words, track(sortie), sortie_colour(self._plan, sortie)
        shown = self._shown(path)
        plot_names, plots = self._plots.within(shown)
        no_fly_names, no_fly = self._no_fly.within(shown)
        site_names, sites = self._sites.within(shown)
        rally_names, rally = self._rally.within(shown)
        names, paths = self._paths.within(shown)
        neighbours = [line for name, line in zip(names, paths, strict=True) if name != sortie.name]
        layers = [
            Layer(no_fly, NO_FLY_COLOUR, fill_opacity=0.3, labels=no_fly_names, legend=words("no_fly")),
            Layer(plots, PLOT_COLOUR, 3, 0.18, legend=words("plots")),
            Layer(neighbours, _NEIGHBOUR_COLOUR, 1, legend=words("neighbours")),
            Layer([path], colour, 1.5),
            Layer(list(camera_on(sortie)), colour, 4, legend=sortie.name),
            Layer(plots, PLOT_COLOUR, 0, labels=plot_names),
            Layer(rally, RALLY_COLOUR, radius=7, labels=rally_names, legend=words("rally")),
            Layer(sites, SITE_COLOUR, radius=8, labels=site_names, legend=words("sites")),
        ]
        return map_jpeg(self._ground, layers, width_px=self.size_px[0], around=shown, letters=_LETTERS)

    def _shown(self, path: LineString) -> Polygon:
        """The ground around a path that fills the picture, degrees."""
        frame, (width_px, height_px) = self._ground.frame, self.size_px
        tall = height_px / width_px * (1 + 2 * MARGIN) - 2 * MARGIN  # before the map adds its margin
        west, south, east, north = frame.geometry_to_enu(path).bounds
        border = _BORDER * max(east - west, north - south, _LEAST_SPAN_M)
        width, height = east - west + border, north - south + border
        width, height = max(width, height / tall), max(height, width * tall)
        middle = (west + east) / 2, (south + north) / 2
        box = shapely.box(
            middle[0] - width / 2, middle[1] - height / 2, middle[0] + width / 2, middle[1] + height / 2
        )
        return frame.geometry_to_lonlat(box)


class _Named:
    """Shapes with names, of which those in view are asked for again and again."""

    def __init__(self, names: list[str], shapes: Sequence[BaseGeometry]) -> None:
        self._names, self._shapes = names, shapes
        self._tree = STRtree(shapes)

    def within(self, view: Polygon) -> tuple[list[str], list[BaseGeometry]]:
        """Names and shapes of what lies in view, cut off at its edge."""
        found = sorted(self._tree.query(view, predicate="intersects").tolist())
        return (
            [self._names[index] for index in found],
            [self._shapes[index].intersection(view) for index in found],
        )
