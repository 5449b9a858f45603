"""The final comparison, on suspects made up around a known truth."""

import json
from pathlib import Path

import numpy as np
import pytest

from missions import Mission
from missions.errors import ExportError, MissionError
from sim.landscape import plant
from sim.planting import Planted
from sim.score import score


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Mission, Path, list[Planted]]:
    root = tmp_path_factory.mktemp("score")
    example = Path(__file__).parents[2] / "missions" / "examples" / "hillside"
    mission = root / "mission"
    mission.mkdir()
    for name in ("mission.toml", "terrain.tif"):
        (mission / name).write_bytes((example / name).read_bytes())
    plots = json.loads((example / "plots.geojson").read_text())
    plots["features"] = plots["features"][:1]
    (mission / "plots.geojson").write_text(json.dumps(plots))
    opened = Mission(mission)
    return opened, root / "truth", plant(opened, root / "truth", seed=11)


def suspects(path: Path, mission: Mission, places: list[tuple[np.ndarray, float]]) -> Path:
    frame = mission.ground().frame
    features = [
        {
            "type": "Feature",
            "properties": {"suspect": f"T{rank:04d}", "rank": rank, "score": 0.9, "se_m": se_m},
            "geometry": {"type": "Point", "coordinates": frame.to_lonlat(place[None, :])[0].tolist()},
        }
        for rank, (place, se_m) in enumerate(places, start=1)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_perfect_suspects_find_everything(planted, tmp_path: Path) -> None:
    mission, truth, plots = planted
    # The plants nearest to the centres: a centre itself may lie farther than a metre from every plant.
    nearest = [plot.enu_m[np.argmin(np.hypot(*(plot.enu_m - plot.centre).T))] for plot in plots]
    result = score(suspects(tmp_path / "s.geojson", mission, [(place, 0.5) for place in nearest]), truth)
    assert (result["planted"], result["found"]) == (len(plots), len(plots))
    assert result["planted_5plus"] == result["found_5plus"] == sum(len(plot.enu_m) >= 5 for plot in plots)
    assert result["false_alarms"] == []
    errors = [np.hypot(*(place - plot.centre)) for place, plot in zip(nearest, plots, strict=True)]
    assert result["position_error_m"] == pytest.approx(np.median(errors), abs=0.002)
    assert all(row["nearest_plant_m"] < 0.01 for row in result["plots"])


@pytest.mark.parametrize(
    ("off_m", "se_m", "found"), [(0.9, 0.2, 1), (1.1, 0.2, 0), (1.9, 2.0, 1), (2.1, 2.0, 0)]
)
def test_a_hit_lies_within_a_metre_or_the_stated_error(planted, tmp_path: Path, off_m, se_m, found) -> None:
    mission, truth, plots = planted
    plot = plots[0]
    away = plot.enu_m - plot.centre
    outermost = int(np.argmax(np.hypot(*away.T)))
    outwards = away[outermost] / np.hypot(*away[outermost]) if len(away) > 1 else np.array([1.0, 0.0])
    place = plot.enu_m[outermost] + outwards * off_m
    result = score(suspects(tmp_path / "s.geojson", mission, [(place, se_m)]), truth)
    assert result["found"] == found
    assert len(result["false_alarms"]) == 1 - found


def test_a_second_suspect_on_a_plot_is_no_find_and_no_false_alarm(planted, tmp_path: Path) -> None:
    mission, truth, plots = planted
    place = plots[0].enu_m[0]
    result = score(suspects(tmp_path / "s.geojson", mission, [(place, 0.5), (place + 0.3, 0.5)]), truth)
    assert (result["found"], result["hits"], result["suspects"]) == (1, 2, 2)
    assert result["plots"][0]["suspect"] == "T0001"
    assert result["false_alarms"] == []


def test_false_alarms_say_what_they_are_on(planted, tmp_path: Path) -> None:
    mission, truth, plots = planted
    frame = mission.ground().frame
    decoy = json.loads((truth / "decoys.geojson").read_text())["features"][0]
    on_decoy = frame.to_enu(np.array([decoy["geometry"]["coordinates"]]))[0]
    west = np.array([plots[0].centre[0] - 1000.0, plots[0].centre[1]])
    result = score(suspects(tmp_path / "s.geojson", mission, [(on_decoy, 0.5), (west, 0.5)]), truth)
    assert result["found"] == 0
    assert result["position_error_m"] is None
    assert [alarm["on"] for alarm in result["false_alarms"]] == [decoy["properties"]["kind"], "outside"]
    assert result["false_alarms"][1]["poppy_m"] > 100


def test_a_mission_is_scored_by_its_export(planted) -> None:
    mission, truth, plots = planted
    mission.dir("export").mkdir(exist_ok=True)
    suspects(mission.dir("export") / "suspects.geojson", mission, [(plots[-1].enu_m[0], 1.0)])
    assert score(mission, truth)["plots"][-1]["found"]


def test_what_cannot_be_read_is_named(planted, tmp_path: Path) -> None:
    mission, truth, _ = planted
    path = suspects(tmp_path / "s.geojson", mission, [(np.zeros(2), 0.5)])
    content = json.loads(path.read_text())
    del content["features"][0]["properties"]["se_m"]
    path.write_text(json.dumps(content))
    with pytest.raises(ExportError, match="feature 1"):
        score(path, truth)
    with pytest.raises(ExportError, match=r"absent\.geojson"):
        score(tmp_path / "absent.geojson", truth)
    with pytest.raises(MissionError, match=r"planted\.geojson"):
        score(path, tmp_path / "nowhere")
