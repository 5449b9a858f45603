"""The same sortie as QGroundControl surveys, for people who want to change it there: S01-survey.plan.

A survey is a complex item: an outline, a line angle, a camera, and the items it was last flown with
(TransectStyleComplexItem.cc, SurveyComplexItem.cc and CameraCalc.cc of QGroundControl 4.2 and later). When
it opens a plan, QGroundControl takes those stored items as they stand, and lays its own lines as soon as
outline, angle, camera or speed are changed. Its lines know no holes, no no-fly areas and no wind. So there
are two files. S01.plan has nothing that could be recalculated, and is the one to fly. In this one each run
of transects over one plot is a survey whose stored items are exactly those of S01.plan, in the same order
between the same other items, with the plan's outline, angle, spacing and camera to go on from. The mode
"calculated above terrain" with the sortie's own speed is chosen because in the others QGroundControl
rebuilds a survey on loading when the speed is not the one it starts from. (Its terrain profile counts stored
heights as above sea level, and so is right only for plans whose heights are.)

What does not fit the model stays simple items: a plot with holes or in several parts, and transects that bend
or look aside, as in corridors and rings.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from geo.frames import LocalFrame
from missions.catalogue import CameraModel, camera_model
from missions.features import Plot
from missions.records import PathPoint, Plan, Sortie
from planner.formats.load import Load
from planner.formats.qgc_plan import simple_item, stored_item, write_plan_document
from planner.items import DO_SET_CAM_TRIGG_DIST

_CALCULATED_ABOVE_TERRAIN = 3
"""QGroundControl's AltMode for lines that follow the terrain with waypoints."""
_SAME_DIRECTION_DEG = 2.0
_WHOLE_PLOT = 0.98
"""Share of a plot from which on its own outline is the survey's."""
_SIMPLER_M = 1.0
_STRAIGHT_M = 1.0
_TERRAIN_TOLERANCE = 0.05
"""Share of the height that heights may depart from, as `planner.prepare` plans the lines."""


@dataclass(frozen=True)
class _Survey:
    """Transects of one plot and one direction, and the items from the first to the last of them."""

    plot: str
    transects: tuple[tuple[PathPoint, PathPoint], ...]
    first: int
    last: int


def write_survey_file(path: Path, load: Load, plan: Plan, plots: Sequence[Plot]) -> bool:
    """Write a sortie with its surveys; False, and no file, where nothing fits QGroundControl's surveys."""
    outlines = {plot.name: plot.polygon for plot in plots}
    camera = camera_model(plan.camera)
    written: list[dict[str, Any]] = []
    done = 0
    for survey in _surveys(load):
        outline = _outline(survey, outlines.get(survey.plot, Polygon()), plan.spacing_m)
        if outline is None:
            continue
        written += [simple_item(load.items[i], i + 1) for i in range(done, survey.first)]
        written.append(_complex_item(survey, outline, load, plan, camera))
        done = survey.last + 1
    if done == 0:
        return False
    written += [simple_item(load.items[i], i + 1) for i in range(done, len(load.items))]
    write_plan_document(path, load, written)
    return True


def _surveys(load: Load) -> Iterator[_Survey]:
    """Join transects that follow each other over one plot in one direction."""
    joined: _Survey | None = None
    for found in _transects(load):
        if joined is not None and _belong_together(joined, found):
            joined = _Survey(joined.plot, joined.transects + found.transects, joined.first, found.last)
            continue
        if joined is not None:
            yield joined
        joined = found
    if joined is not None:
        yield joined


def _transects(load: Load) -> Iterator[_Survey]:
    """Find each transect and its items: from the waypoint before the camera starts to where it stops."""
    path, items = load.sortie.path, load.items
    starts = [i for i, point in enumerate(path) if point.kind == "start"]
    ends = [i for i, point in enumerate(path) if point.kind == "end"]
    camera = [i for i, item in enumerate(items) if item.command == DO_SET_CAM_TRIGG_DIST]
    for start, end, on, off in zip(starts, ends, camera[::2], camera[1::2], strict=True):
        points = path[start : end + 1]
        if points[0].camera_pitch_deg is None and _is_straight(points):
            yield _Survey(points[0].plot or "", ((points[0], points[-1]),), on - 1, off)


def _is_straight(points: Sequence[PathPoint]) -> bool:
    frame = LocalFrame(points[0].lon, points[0].lat)
    line = LineString(frame.to_enu([(point.lon, point.lat) for point in points]))
    return line.hausdorff_distance(LineString(line.boundary.geoms)) <= _STRAIGHT_M


def _belong_together(one: _Survey, other: _Survey) -> bool:
    turn = _bearing_deg(*one.transects[0]) - _bearing_deg(*other.transects[0])
    return one.plot == other.plot and abs((turn + 90.0) % 180.0 - 90.0) <= _SAME_DIRECTION_DEG


def _bearing_deg(start: PathPoint, end: PathPoint) -> float:
    frame = LocalFrame(start.lon, start.lat)
    return float(frame.bearing_deg([[0.0, 0.0]], frame.to_enu([(end.lon, end.lat)]))[0])


def _outline(survey: _Survey, plot: BaseGeometry, spacing_m: float) -> Polygon | None:
    """Outline of what the transects cover of their plot; None where it is not one polygon without holes."""
    if plot.is_empty:
        return None
    frame = LocalFrame.around(plot.bounds)
    lines = [
        LineString(frame.to_enu([(start.lon, start.lat), (end.lon, end.lat)]))
        for start, end in survey.transects
    ]
    # A little more than half the spacing: neighbours must touch in spite of rounding.
    swaths = shapely.union_all([line.buffer(0.55 * spacing_m, cap_style="square") for line in lines])
    whole = frame.geometry_to_enu(plot)
    area = swaths.intersection(whole)
    if area.area >= _WHOLE_PLOT * whole.area:
        area = whole
    area = area.simplify(_SIMPLER_M)
    if not isinstance(area, Polygon) or area.interiors:
        return None
    return frame.geometry_to_lonlat(area)


def _complex_item(
    survey: _Survey, outline: Polygon, load: Load, plan: Plan, camera: CameraModel
) -> dict[str, Any]:
    sortie = load.sortie
    ends = [point for transect in survey.transects for point in transect]
    direction_deg = _bearing_deg(*survey.transects[0])
    inner = {
        "CameraCalc": _camera_calc(plan, sortie, survey, direction_deg, camera),
        "CameraShots": sum(photo.plot == survey.plot for photo in sortie.photos),
        "CameraTriggerInTurnAround": False,
        "HoverAndCapture": False,
        "Items": [stored_item(load.items[i], i + 1) for i in range(survey.first, survey.last + 1)],
        "Refly90Degrees": False,
        "TerrainAdjustMaxClimbRate": load.aircraft.max_climb_m_s,
        "TerrainAdjustMaxDescentRate": load.aircraft.max_descent_m_s,
        "TerrainAdjustTolerance": round(_TERRAIN_TOLERANCE * plan.height_agl_m, 2),
        "TerrainFlightSpeed": sortie.speed_m_s,
        "TurnAroundDistance": 0,
        "VisualTransectPoints": [[point.lat, point.lon] for point in ends],
        "version": 2,
    }
    return {
        "TransectStyleComplexItem": inner,
        "angle": round(direction_deg, 2),
        "complexItemType": "survey",
        "entryLocation": 0,
        "flyAlternateTransects": False,
        "polygon": np.round(shapely.get_coordinates(outline)[:-1, ::-1], 7).tolist(),
        "splitConcavePolygons": False,
        "type": "ComplexItem",
        "version": 5,
    }


def _camera_calc(
    plan: Plan, sortie: Sortie, survey: _Survey, direction_deg: float, camera: CameraModel
) -> dict[str, Any]:
    """Say with which camera and overlaps the plan's height gives the plan's spacing and trigger distance."""
    density_cm = 100.0 * plan.height_agl_m * camera.sensor_width_mm / (camera.width_px * camera.focal_mm)
    across_px, along_px = camera.width_px, camera.height_px
    yaws_deg = [photo.yaw_deg for photo in sortie.photos if photo.plot == survey.plot]
    landscape = not yaws_deg or abs(math.cos(math.radians(yaws_deg[0] - direction_deg))) > math.sqrt(0.5)
    if not landscape:
        across_px, along_px = along_px, across_px
    return {
        "AdjustedFootprintFrontal": sortie.trigger_m,
        "AdjustedFootprintSide": plan.spacing_m,
        "CameraName": "Custom Camera",
        "DistanceMode": _CALCULATED_ABOVE_TERRAIN,
        "DistanceToSurface": plan.height_agl_m,
        "FixedOrientation": False,
        "FocalLength": camera.focal_mm,
        "FrontalOverlap": _overlap_pct(sortie.trigger_m, along_px * density_cm / 100.0),
        "ImageDensity": round(density_cm, 6),
        "ImageHeight": camera.height_px,
        "ImageWidth": camera.width_px,
        "Landscape": landscape,
        "MinTriggerInterval": camera.min_interval_s,
        "SensorHeight": round(camera.sensor_width_mm * camera.height_px / camera.width_px, 4),
        "SensorWidth": camera.sensor_width_mm,
        "SideOverlap": _overlap_pct(plan.spacing_m, across_px * density_cm / 100.0),
        "ValueSetIsDistance": True,
        "version": 2,
    }


def _overlap_pct(step_m: float, footprint_m: float) -> float:
    return round(100.0 * (1.0 - step_m / footprint_m), 2)
