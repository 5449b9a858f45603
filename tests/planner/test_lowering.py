import numpy as np
import pytest
import shapely

from geo.camera import Camera
from geo.frames import LocalFrame
from geo.terrain import Grid, Terrain
from missions.catalogue import aircraft_model
from planner.flight import Performance
from planner.foreseen import Wanted, foresee
from planner.lowering import layout_at_gsd
from planner.predict import Eye
from planner.reach import lean
from planner.survey import SurveyRules
from planner.terrain import HeightRule
from planner.transit import Airspace

CAMERA = Camera.from_sensor(6000, 4000, 23.5, 20.0)
FIELD = shapely.box(-100.0, -80.0, 100.0, 80.0)
WANTED = Wanted(gsd_cm=1.2 * 1.5, photos=1, margin_m=5.0, photo_m=90.0, share=0.99)


def slope(rise):
    """Ground that rises to the east and bends every 40 m, so that no direction of lines escapes it."""
    east = np.arange(-1000.0, 1001.0, 20.0)
    z = 500.0 + rise * np.add.outer(20.0 * np.sin(east / 40.0), east)
    return Terrain(Grid(z, -1000.0, -1000.0, 20.0))


def rules_over(terrain):
    carrier = Performance.in_wind(aircraft_model("holybro-x650"), 8.0, 2.0, 90.0)
    eye = Eye(CAMERA, 0.0, terrain, LocalFrame(100.0, 25.0), carrier)
    agl_m = 1.5 / 100.0 * CAMERA.fx_px
    return SurveyRules(
        eye=eye,
        airspace=Airspace(shapely.Polygon()),
        on_line=HeightRule(agl_m, 0.05 * agl_m),
        performance=carrier,
        overlaps=(0.3, 0.3),
        lean=lean("multirotor", False, 8.0, 2.0),
        margin_m=5.0,
        direction_deg=None,
        buffer_m=100.0,
    )


def shown(rules, layout):
    (grid,) = layout.grids
    lines = rules.lines(grid.area, grid.direction_deg, grid.reach)
    return [
        foresee(FIELD, photos, rules.eye.terrain, WANTED)
        for photos in rules.photos_either_way(lines.transects, grid.reach.trigger_m)
    ]


def test_level_ground_is_flown_from_the_usual_height():
    rules = rules_over(Terrain.flat(500.0))
    fitted, _ = layout_at_gsd(FIELD, rules, WANTED, 20.0)
    assert fitted is rules


def test_slopes_are_flown_as_low_as_the_gsd_needs_and_not_much_lower():
    rules = rules_over(slope(0.6))
    fitted, layout = layout_at_gsd(FIELD, rules, WANTED, 20.0)
    assert fitted.on_line.agl_m < 0.9 * rules.on_line.agl_m
    share = fitted.on_line.tolerance_m / fitted.on_line.agl_m
    assert share == pytest.approx(rules.on_line.tolerance_m / rules.on_line.agl_m)
    assert max(found.gsd_cm for found in shown(fitted, layout)) <= WANTED.gsd_cm
    assert max(found.gsd_cm for found in shown(fitted, layout)) > 0.85 * WANTED.gsd_cm


def test_nothing_is_flown_below_the_clearance():
    rules = rules_over(slope(0.6))
    fitted, _ = layout_at_gsd(FIELD, rules, WANTED, 70.0)
    assert fitted.on_line.agl_m - rules.on_line.tolerance_m == pytest.approx(70.0)
