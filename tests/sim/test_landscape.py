"""The practice landscape: where poppies grow, what the truth files say, and that a seed is a landscape."""

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely import Polygon

from geo.frames import LocalFrame
from geo.terrain import Terrain
from missions import Mission
from missions.errors import MissionError
from sim.landscape import CACHE_DIR, Landscape, landscape_for, load_landscape, make_landscape, plant
from sim.landscape_fields import Ground

FRAME = LocalFrame(100.2, 25.6)
FIELD = Ground("Field", Polygon([(-60, -40), (50, -40), (60, 40), (-60, 45)]), False)
YARD = Ground("Yard", Polygon([(80, -30), (140, -30), (140, 30), (80, 30)]), True)


def landscape(seed: int) -> Landscape:
    return make_landscape(FRAME, Terrain.flat(1800.0), [FIELD, YARD], seed, margin_m=40.0)


@pytest.fixture(scope="module")
def several() -> list[Landscape]:
    return [landscape(seed) for seed in (1, 2, 3)]


def test_poppies_stand_inside_the_plots_and_apart(several: list[Landscape]) -> None:
    polygons = {"Field": FIELD.polygon, "Yard": YARD.polygon}
    for land in several:
        assert land.planted
        for plot in land.planted:
            assert 1 <= len(plot.enu_m) <= 60
            assert np.all(shapely.contains_xy(polygons[plot.mission_plot], plot.enu_m))
            assert plot.flowers.sum() >= 1
            if len(plot.enu_m) > 1:
                places = shapely.points(plot.enu_m)
                apart = [shapely.distance(one, places[places != one]).min() for one in places]
                assert min(apart) > 0.1
        assert len({plot.plot_id for plot in land.planted}) == len(land.planted)


def test_decoys_keep_clear_of_poppies(several: list[Landscape]) -> None:
    for land in several:
        plants = np.concatenate([plot.enu_m for plot in land.planted])
        scattered = [
            one for one in land.decoys if one.kind in ("blue tarpaulin", "white stones", "garden flowers")
        ]
        for decoy in scattered:
            assert np.hypot(*(plants - decoy.place).T).min() > 5.0
        assert len({one.kind for one in land.decoys}) >= 4


def test_a_seed_is_a_landscape(several: list[Landscape]) -> None:
    again = landscape(1)
    assert np.array_equal(again.parcel, several[0].parcel)
    assert np.array_equal(again.objects, several[0].objects)
    assert np.array_equal(again.shadow, several[0].shadow)
    assert all(
        np.array_equal(a, b) for a, b in zip(again.textures["leaf"], several[0].textures["leaf"], strict=True)
    )
    assert not np.array_equal(several[0].planted[0].enu_m, several[1].planted[0].enu_m)
    assert not np.array_equal(several[0].parcel, several[1].parcel)


def test_nothing_tall_hides_a_poppy(several: list[Landscape]) -> None:
    from sim.render_objects import BUSH, EAST, KIND, NORTH, ROOF, TREE, A

    for land in several:
        plants = np.concatenate([plot.enu_m for plot in land.planted])
        for row in land.objects[np.isin(land.objects[:, KIND], (TREE, BUSH, ROOF))]:
            away = np.hypot(*(plants - row[[EAST, NORTH]]).T).min()
            assert away > (row[A] if row[KIND] != ROOF else 1.0)


def test_plant_writes_the_truth_outside_the_mission(hillside: Path, tmp_path: Path) -> None:
    small_plots(hillside)
    truth = tmp_path / "hillside-truth"
    before = sorted(hillside.rglob("*"))
    mission = Mission(hillside)
    planted = plant(mission, truth, seed=5)
    assert sorted(hillside.rglob("*")) == before

    features = json.loads((truth / "planted.geojson").read_text())["features"]
    plots = [feature for feature in features if feature["properties"]["kind"] == "plot"]
    plants = [feature for feature in features if feature["properties"]["kind"] == "plant"]
    assert [plot["properties"]["id"] for plot in plots] == [one.plot_id for one in planted]
    assert sum(plot["properties"]["plants"] for plot in plots) == len(plants)
    ground = mission.ground()
    places = ground.frame.to_enu(np.array([one["geometry"]["coordinates"] for one in plants]))
    assert np.allclose(places, np.concatenate([one.enu_m for one in planted]), atol=0.001)
    heights = ground.terrain.height_at(places)
    assert np.allclose([one["properties"]["alt_amsl_m"] for one in plants], heights, atol=0.002)

    texts = {path.name: path.read_bytes() for path in truth.glob("*.geojson")}
    kept = landscape_for(mission, truth, seed=5)
    assert np.array_equal(kept.objects, load_landscape(truth / CACHE_DIR).objects)
    plant(mission, truth, seed=5)
    assert texts == {path.name: path.read_bytes() for path in truth.glob("*.geojson")}
    landscape_for(mission, truth, seed=6)  # another seed does not find the old landscape
    assert texts["planted.geojson"] != (truth / "planted.geojson").read_bytes()


def test_no_plots_no_landscape(hillside: Path, tmp_path: Path) -> None:
    (hillside / "plots.geojson").unlink()
    with pytest.raises(MissionError, match="plots"):
        plant(Mission(hillside), tmp_path / "truth", seed=1)


def test_an_absent_landscape_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissionError, match="landscape"):
        load_landscape(tmp_path / "landscape")


def small_plots(hillside: Path) -> None:
    """Keep the first plot only, so that the landscape is small."""
    path = hillside / "plots.geojson"
    plots = json.loads(path.read_text())
    plots["features"] = plots["features"][:1]
    path.write_text(json.dumps(plots))
