"""The whole stage on photos of a painted ground."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from detect import detect
from missions import Mission
from missions.errors import MissionError
from missions.records import SUSPECTS, read_table


def suspects(mission: Mission) -> list[dict[str, Any]]:
    return read_table(mission.dir("detect") / "suspects.parquet", SUSPECTS).to_pylist()


def enu(survey: Any, row: dict[str, Any]) -> np.ndarray:
    return survey.frame.to_enu([[row["lon"], row["lat"]]])[0]


def contents(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_a_plot_seen_twice_is_one_suspect_at_its_place(survey: Any):
    survey.plant(2.0, 1.0, "red", 9)
    survey.photo(0.0, 0.0, 10.0)
    survey.photo(4.0, 2.0, 195.0)
    mission = survey.mission()
    result = detect(mission, workers=1)
    (row,) = suspects(mission)
    assert np.hypot(*(enu(survey, row) - [2.0, 1.0])) < 0.2
    assert row["suspect"] == "T00001"
    assert row["colour"] == "red"
    assert row["photos"] == ["S01/DSC00000", "S01/DSC00001"]
    assert row["photos_covering"] == 2
    assert 7 <= row["flowers"] <= 9
    assert row["plot"] == "Hollow"
    assert row["alt_amsl_m"] == pytest.approx(1500.0, abs=0.01)
    assert "seen in 2 of 2" in row["reasons"]
    # 0.5 m along each axis is shared by both photos, and no number of photos takes it away.
    assert np.sqrt(2) * 0.5 <= row["se_m"] < 1.1
    assert result.summary["photos"] == 2
    assert result.summary["suspects"] == 1
    assert result.summary["megapixels"] == pytest.approx(1.1, abs=0.05)
    assert result.summary["problems"] == []
    assert result.summary["seconds"] > 0
    view = survey.views[int(row["photo"][-1])]
    np.testing.assert_allclose(view.ground_points([[row["px"], row["py"]]])[0, :2], [2.0, 1.0], atol=0.2)


def test_two_plots_remain_two_though_poses_disagree(survey: Any):
    survey.plant(-2.5, 0.0, "pink", 5)
    survey.plant(2.5, 0.0, "pink", 5)
    survey.photo(0.0, 0.0)
    survey.photo(0.5, 1.5, 180.0)
    # What the second photo's record says is a metre and a half off.
    second = survey.views[1]
    survey.views[1] = replace(second, pose=replace(second.pose, east_m=2.0))
    mission = survey.mission(se_xy_m=1.0)
    detect(mission, workers=1)
    east = sorted(enu(survey, row)[0] for row in suspects(mission))
    assert len(east) == 2
    np.testing.assert_allclose(east, [-1.75, 3.25], atol=0.3)
    assert all(len(row["photos"]) == 2 for row in suspects(mission))


def test_what_only_one_of_four_photos_sees_ranks_below(survey: Any):
    survey.plant(1.5, 0.0, "red", 4)
    for number in range(4):
        survey.photo(0.2 * number, 0.0)
    photo = survey.root / "flights" / "S01" / "DSC00002.JPG"
    image = cv2.imread(str(photo))
    for x, y in ((200, 300), (230, 310), (215, 330), (190, 325)):
        cv2.circle(image, (x, y), 3, (45, 35, 205), -1, cv2.LINE_AA)
    cv2.imwrite(str(photo), image)
    mission = survey.mission()
    (mission.root / "mission.toml").write_text(
        (mission.root / "mission.toml").read_text() + "[detect]\nmin_score = 0.01\n"
    )
    mission = Mission(mission.root)
    detect(mission, workers=1)
    found = suspects(mission)
    constant = next(row for row in found if len(row["photos"]) == 4)
    once = next(row for row in found if row["photos"] == ["S01/DSC00002"])
    assert once["photos_covering"] == 4
    assert constant["rank"] < once["rank"]
    assert constant["score"] > once["score"]


def test_workers_do_not_change_a_byte_and_every_suspect_has_its_chip(survey: Any):
    for east, north, colour in ((0, 0, "red"), (-4, 2, "white"), (4, -2, "purple"), (12, 1, "pink")):
        survey.plant(east, north, colour)
    for east in (-5.0, 0.0, 5.0, 10.0):
        survey.photo(east, 0.0, 5.0 * east)
    mission = survey.mission()
    detect(mission, workers=1)
    alone = contents(mission.dir("detect"))
    rows = suspects(mission)
    assert len(rows) >= 4
    assert {row["colour"] for row in rows} >= {"red", "white", "pink"}
    for row in rows:
        chip = cv2.imread(str(mission.dir("detect") / row["chip"]))
        assert chip is not None
        assert 320 <= chip.shape[0] == chip.shape[1] <= 640
    assert len(list((mission.dir("detect") / "chips").iterdir())) == len(rows)
    assert detect(mission, workers=2).skipped
    (mission.dir("detect") / "manifest.json").unlink()
    assert not detect(mission, workers=2).skipped
    assert contents(mission.dir("detect")) == alone


def test_a_damaged_photo_is_set_aside_and_the_rest_goes_on(survey: Any):
    survey.plant(0.0, 0.0, "red")
    survey.photo(0.0, 0.0)
    survey.photo(1.0, 0.0)
    mission = survey.mission()
    broken = survey.root / "flights" / "S01" / "DSC00001.JPG"
    broken.write_bytes(broken.read_bytes()[:20_000])
    summary = detect(mission, workers=1).summary
    assert summary["photos"] == 1
    assert summary["suspects"] == 1
    (problem,) = summary["problems"]
    assert problem["file"] == "flights/S01/DSC00001.JPG"
    assert "cut off" in problem["reason"]
    assert str(survey.root) not in problem["reason"]


def test_ground_without_poppy_gives_an_empty_table_and_a_sentence(survey: Any):
    survey.photo(0.0, 0.0)
    mission = survey.mission()
    summary = detect(mission, workers=1).summary
    assert suspects(mission) == []
    assert summary["suspects"] == 0
    assert "no suspects" in summary["note"]


def test_no_photos_are_no_error(survey: Any):
    mission = survey.mission()
    summary = detect(mission, workers=1).summary
    assert (summary["photos"], summary["suspects"], summary["megapixels"]) == (0, 0, 0)
    assert suspects(mission) == []


def test_before_ingest_it_says_what_to_do(tmp_path: Path):
    (tmp_path / "mission.toml").write_text("[terrain]\nflat_alt_amsl_m = 10\n")
    with pytest.raises(MissionError, match=r"photos\.parquet.*tianmu run"):
        detect(Mission(tmp_path))
