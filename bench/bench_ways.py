"""Ways over real mountains and around closed areas: what a follow, a way and a matrix of lengths cost.

    python bench/bench_ways.py

Follows 1,000 lines of 3 km and 1,000 ways of 10 km over the Jacksboro fault (matplotlib's sample terrain,
posts of 80 m) and over the same interpolated to posts of 10 m, and counts the waypoints beside those of
Douglas and Peucker at the same tolerance, who bend on the profile only. Then ways among 60 closed areas in
40 x 40 km, and inside a plot with 15 holes.
"""

import time
from collections.abc import Callable
from itertools import pairwise
from typing import TypeVar

import numpy as np
import shapely
from matplotlib.cbook import get_sample_data
from numpy.typing import NDArray
from scipy.ndimage import zoom

from geo.terrain import Grid, Terrain
from planner.terrain import BetweenRule, HeightRule, follow
from planner.transit import Airspace

Array = NDArray[np.float64]
T = TypeVar("T")

LINE = HeightRule(60.0, 3.0, floor_m=20.0, ceiling_m=120.0)
WAY = BetweenRule(60.0, 9.0, floor_m=57.0, ceiling_m=120.0)
POST_M = 80.0
COUNT = 1_000


def main() -> None:
    """Print the figures."""
    with get_sample_data("jacksboro_fault_dem.npz") as dem:
        heights = dem["elevation"][::-1].astype(float)
    for finer in (1, 8):
        terrain = Terrain(Grid(zoom(heights, finer, order=1), 0.0, 0.0, POST_M / finer))
        for name, rule, length_m in (("lines", LINE, 3_000.0), ("ways", WAY, 10_000.0)):
            tracks = random_tracks(terrain, length_m)
            follow(tracks[0], terrain, rule)
            followed, seconds = timed(
                lambda t=tracks, g=terrain, r=rule: [follow(track, g, r)[0] for track in t]
            )
            points = sum(len(way) for way in followed)
            peer = sum(douglas_peucker(track, terrain, rule.tolerance_m) for track in tracks)
            print(
                f"{name} of {length_m / 1000:g} km, posts of {POST_M / finer:g} m: "
                f"{1e3 * seconds / COUNT:.3f} ms each, {1e-3 * COUNT * length_m / seconds:,.0f} km/s; "
                f"{points / COUNT:.1f} waypoints, Douglas and Peucker {peer / COUNT:.1f}"
            )
    ways_around()
    ways_inside()


def random_tracks(terrain: Terrain, length_m: float) -> list[Array]:
    """Straight tracks of a length anywhere over a terrain."""
    rng = np.random.default_rng(1)
    assert terrain.grid is not None
    reach = np.array(terrain.grid.z.shape[::-1]) * terrain.grid.step - length_m - 500.0
    starts = rng.uniform(500.0, reach, (COUNT, 2))
    bearings = rng.uniform(0.0, np.pi / 2.0, COUNT)
    ends = starts + length_m * np.column_stack((np.sin(bearings), np.cos(bearings)))
    return list(np.stack((starts, ends), axis=1))


def douglas_peucker(track: Array, terrain: Terrain, tolerance_m: float) -> int:
    """Points that a line needs that bends on the profile only, looked at every 5 m."""
    along = np.arange(0.0, float(np.linalg.norm(track[1] - track[0])), 5.0)
    places = track[0] + along[:, None] * (track[1] - track[0]) / np.linalg.norm(track[1] - track[0])
    heights = terrain.height_at(places)
    kept, spans = {0, len(heights) - 1}, [(0, len(heights) - 1)]
    while spans:
        first, last = spans.pop()
        off = np.abs(heights[first : last + 1] - np.linspace(heights[first], heights[last], last - first + 1))
        if off.max() > tolerance_m:
            worst = first + int(np.argmax(off))
            kept.add(worst)
            spans += [(first, worst), (worst, last)]
    return len(kept)


def ways_around() -> None:
    """Ways of tens of kilometres among closed areas."""
    rng = np.random.default_rng(1)
    closed = [star(rng, rng.uniform(-2e4, 2e4, 2), rng.uniform(200.0, 2_000.0)) for _ in range(60)]
    airspace = Airspace.around(closed, 10.0)
    places = rng.uniform(-1.9e4, 1.9e4, (800, 2))
    places = places[airspace.is_free(shapely.points(places))][:500]
    lengths, seconds = timed(lambda: airspace.lengths(places, places))
    straight = np.linalg.norm(places[:, None] - places[None], axis=2)
    bent = float((lengths > straight + 1e-6).mean())
    print(f"500 x 500 lengths among 60 closed areas: {seconds:.2f} s, {bent:.0%} of them around something")
    pairs = list(pairwise(places))
    _, seconds = timed(lambda: [airspace.way(a, b) for a, b in pairs])
    print(f"one way among them: {1e3 * seconds / len(pairs):.2f} ms")


def ways_inside() -> None:
    """Lengths from every line's end to every other's inside a plot with holes."""
    rng = np.random.default_rng(2)
    plot = star(rng, np.zeros(2), 600.0, 40)
    for _ in range(15):
        plot = plot.difference(star(rng, rng.uniform(-350.0, 350.0, 2), 60.0))
    plot = max(shapely.get_parts(plot), key=lambda part: part.area)
    places = rng.uniform(-600.0, 600.0, (4_000, 2))
    places = places[shapely.contains_xy(plot, places)][:200]
    airspace = Airspace(shapely.box(-2e3, -2e3, 2e3, 2e3).difference(plot))
    _, seconds = timed(lambda: airspace.lengths(places, places))
    print(f"200 x 200 lengths inside a plot with 15 holes: {seconds:.2f} s")


def star(rng: np.random.Generator, centre: Array, radius_m: float, corners: int = 10) -> shapely.Polygon:
    """An uneven outline around a place."""
    bearings = np.linspace(0.0, 2.0 * np.pi, corners, endpoint=False)
    radii = radius_m * rng.uniform(0.4, 1.0, corners)
    return shapely.Polygon(centre + radii[:, None] * np.column_stack((np.cos(bearings), np.sin(bearings))))


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What work gives, and the seconds of processor time it took."""
    begin = time.process_time()
    result = work()
    return result, time.process_time() - begin


if __name__ == "__main__":
    main()
