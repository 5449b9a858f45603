"""Litchi's mission as CSV, which its Mission Hub imports (litchiutilities.com, Litchi CSV Format).

Heights are above the take-off point. The file has no place for what Litchi sets for a whole mission: choose
straight paths and return to home there. Litchi loads 99 waypoints at a time, so a longer sortie is cut into
S01-1.csv, S01-2.csv ..., between transects, to be flown one after another. DJI's mobile SDK wants 0.6 to
1999 m between waypoints (forum.flylitchi.com, DJI SDK Limits): longer legs get points between.
"""

import csv
import io
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from geo.frames import LocalFrame
from missions.errors import PlanError
from missions.records import PathPoint, Plan, Sortie

MOST_WAYPOINTS = 99
"""The limit of DJI's mobile SDK; newer versions of Litchi chain such blocks, older ones refuse more."""

_NEAREST_M, _FARTHEST_M = 0.6, 1999.0
_ACTIONS = 15
_COLUMNS = (
    "latitude", "longitude", "altitude(m)", "heading(deg)", "curvesize(m)", "rotationdir", "gimbalmode",
    "gimbalpitchangle",
    *(f"action{what}{number}" for number in range(1, _ACTIONS + 1) for what in ("type", "param")),
    "altitudemode", "speed(m/s)", "poi_latitude", "poi_longitude", "poi_altitude(m)", "poi_altitudemode",
    "photo_timeinterval", "photo_distinterval",
)  # fmt: skip
_CLOCKWISE, _PITCH_BETWEEN_POINTS, _ABOVE_TAKE_OFF = 0, 2, 0
_NOTHING, _OFF = -1, -1
_NADIR_DEG = -90.0


def write_litchi_files(folder: Path, plan: Plan, sortie: Sortie) -> list[Path]:
    """Write a sortie as one file, or as several where it has more than 99 waypoints.

    Returns
    -------
    list of Path
        The files, in the order in which they are flown.

    Raises
    ------
    PlanError
        A single transect has more points than a file may have.
    """
    points = _spaced([point for point in sortie.path if point.kind != "land"])
    parts = list(_parts(points, sortie.name))
    names = [f"{sortie.name}-{number}" for number in range(1, len(parts) + 1)]
    paths = [folder / f"{name}.csv" for name in (names if len(parts) > 1 else [sortie.name])]
    for path, part in zip(paths, parts, strict=True):
        path.write_text(_table(part, plan, sortie), encoding="ascii", newline="")
    return paths


def _spaced(points: Sequence[PathPoint]) -> list[PathPoint]:
    """Leave out points on the way that are too near to their neighbour, and divide legs that are too long."""
    frame = LocalFrame(points[0].lon, points[0].lat)
    spaced = [points[0]]
    for point in points[1:]:
        before = spaced[-1]
        places = frame.to_enu([(before.lon, before.lat), (point.lon, point.lat)])
        length_m = math.hypot(*(places[1] - places[0]), before.alt_amsl_m - point.alt_amsl_m)
        if length_m < _NEAREST_M and point.kind == "transit":
            continue
        if length_m < _NEAREST_M and before.kind == "transit":
            spaced.pop()
        pieces = math.ceil(length_m / _FARTHEST_M)
        spaced += [_between(before, point, number / pieces) for number in range(1, pieces)]
        spaced.append(point)
    return spaced


def _between(one: PathPoint, other: PathPoint, share: float) -> PathPoint:
    lon, lat, alt_amsl_m = (
        (1.0 - share) * a + share * b
        for a, b in ((one.lon, other.lon), (one.lat, other.lat), (one.alt_amsl_m, other.alt_amsl_m))
    )
    return PathPoint(lon=lon, lat=lat, alt_amsl_m=alt_amsl_m, kind="transit")


def _parts(points: Sequence[PathPoint], name: str) -> Iterator[Sequence[PathPoint]]:
    """Cut a path into pieces of at most 99 points, each of at least two, never inside a transect."""
    first = 0
    while len(points) - first > MOST_WAYPOINTS:
        fits = range(first + 2, min(first + MOST_WAYPOINTS, len(points) - 2) + 1)
        cuts = [cut for cut in fits if points[cut].kind in ("transit", "start")]
        if not cuts:
            raise PlanError(
                f"{name}: a transect of more than {MOST_WAYPOINTS} points from point {first + 1} on; Litchi "
                "takes no more in one file"
            )
        yield points[first : cuts[-1]]
        first = cuts[-1]
    yield points[first:]


def _table(points: Sequence[PathPoint], plan: Plan, sortie: Sortie) -> str:
    site = plan.site(sortie.site)
    frame = LocalFrame(site.lon, site.lat)
    places = frame.to_enu([(point.lon, point.lat) for point in points])
    along_deg = frame.bearing_deg(places[:-1], places[1:]).tolist()
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(_COLUMNS)
    distance_m = _OFF
    for point, bearing_deg in zip(points, [*along_deg, along_deg[-1]], strict=True):
        height_m = round(point.alt_amsl_m - site.alt_amsl_m, 2)
        heading_deg = round(bearing_deg if point.yaw_deg is None else point.yaw_deg, 1)
        pitch_deg = _NADIR_DEG if point.camera_pitch_deg is None else point.camera_pitch_deg
        if point.kind == "start":
            distance_m = sortie.trigger_from(point)
        elif point.kind != "follow":
            distance_m = _OFF
        row = (
            f"{point.lat:.7f}", f"{point.lon:.7f}", height_m, heading_deg, 0, _CLOCKWISE,
            _PITCH_BETWEEN_POINTS, pitch_deg, *(_NOTHING, 0) * _ACTIONS, _ABOVE_TAKE_OFF,
            sortie.speed_m_s, 0, 0, 0, 0, _OFF, distance_m,
        )  # fmt: skip
        table.writerow(row)
    return text.getvalue()
