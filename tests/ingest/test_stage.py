import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import geopandas
import numpy as np
import pytest

from ingest import ingest
from missions import Mission
from missions.errors import MissionError
from missions.records import PHOTOS, TILES, photo_view, read_table

from .conftest import BOOT_UTC_S, GROUND_M, HEIGHT_M, MISSION_TOML, fly, photo_bytes, write_log


def run(root: Path, workers: int = 1):
    return ingest(Mission(root), workers=workers).summary


def contents(root: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted((root / "ingest").iterdir()) if p.name != "manifest.json"}


def test_photos_get_the_pose_of_their_event(flown: Path) -> None:
    summary = run(flown)
    assert (summary["photos"], summary["located"], summary["rejected"]) == (12, 12, [])
    assert summary["sources"] == {"log event": 12}
    rows = read_table(flown / "ingest" / "photos.parquet", PHOTOS).to_pylist()
    for row, shot in zip(rows, fly(), strict=True):
        assert row["photo"] == row["file"].removeprefix("flights/").removesuffix(".JPG")
        assert (row["lon"], row["lat"]) == (
            pytest.approx(shot.lon, abs=2e-7),
            pytest.approx(shot.lat, abs=2e-7),
        )
        assert row["alt_amsl_m"] == pytest.approx(GROUND_M + HEIGHT_M)
        assert row["time_utc"].timestamp() == pytest.approx(BOOT_UTC_S + shot.boot_s, abs=0.05)
        assert (row["yaw_deg"] - shot.yaw_deg + 180) % 360 - 180 == pytest.approx(0, abs=0.1)
        # f = 20 mm over 23.5 mm of sensor and 320 px, 60 m above ground
        assert row["gsd_cm"] == pytest.approx(100 * 60 * 23.5 / 320 / 20, rel=0.01)
        assert row["se_m"] > row["se_xy_m"] >= 1.5
    report = json.loads((flown / "ingest" / "report.json").read_text())
    assert report["matches"][0]["matched"] == 12
    assert report["matches"][0]["clock_offset_s"] == pytest.approx(-37.4, abs=0.02)


def test_qgis_opens_the_footprints_and_tiles_lie_in_their_photo(flown: Path) -> None:
    run(flown)
    frame = geopandas.read_parquet(flown / "ingest" / "photos.parquet")
    assert frame.crs.to_epsg() == 4326
    assert frame.geometry.is_valid.all() and not frame.geometry.is_empty.any()
    ground = Mission(flown).ground()
    tiles = read_table(flown / "ingest" / "tiles.parquet", TILES).to_pylist()
    assert [tile["tile"] for tile in tiles] == list(range(len(tiles)))
    rows = {row["photo"]: row for row in frame.to_dict("records")}
    for tile in tiles:
        view = photo_view(rows[tile["photo"]], ground.frame, ground.terrain)
        height = ground.terrain.height_at(ground.frame.to_enu([[tile["lon"], tile["lat"]]]))[0]
        enu = ground.frame.to_enu([[tile["lon"], tile["lat"]]])[0]
        px = view.pixels(np.array([[*enu, height]]))[0]
        centre = (tile["x_px"] + (tile["width_px"] - 1) / 2, tile["y_px"] + (tile["height_px"] - 1) / 2)
        assert px == pytest.approx(centre, abs=0.05)


def test_bad_files_are_set_aside_and_the_rest_goes_on(flown: Path) -> None:
    photos = flown / "flights" / "S01" / "photos"
    whole = (photos / "DSC00003.JPG").read_bytes()
    (photos / "DSC00003.JPG").write_bytes(whole[: len(whole) // 2])
    (photos / "DSC00004.JPG").write_bytes(b"")
    (flown / "flights" / "S02").mkdir()
    (flown / "flights" / "S02" / "DSC1.JPG").write_bytes(photo_bytes(None))
    write_log(flown / "flights" / "S02" / "S02.BIN", fly(), gps=False)
    (flown / "flights" / "S01" / "cut.tlog").write_bytes(b"")
    summary = run(flown)
    reasons = {entry["file"]: entry["reason"] for entry in summary["rejected"]}
    assert "cut off" in reasons["flights/S01/photos/DSC00003.JPG"]
    assert "empty" in reasons["flights/S01/photos/DSC00004.JPG"]
    assert "photo without position" in reasons["flights/S02/DSC1.JPG"]
    assert summary["located"] == 10
    assert summary["sources"] == {"log event": 10}
    problems = {entry["file"]: entry["reason"] for entry in summary["problems"]}
    assert "no GNSS position" in problems["flights/S02/S02.BIN"]
    assert "empty" in problems["flights/S01/cut.tlog"]
    assert not any(str(flown) in reason for reason in [*reasons.values(), *problems.values()])


def test_a_log_cut_in_the_middle_locates_what_it_holds_and_exif_the_rest(flown: Path) -> None:
    log = flown / "flights" / "S01" / "S01.BIN"
    log.write_bytes(log.read_bytes()[: log.stat().st_size * 3 // 4])
    summary = run(flown)
    assert summary["located"] == 12
    assert summary["sources"]["log event"] >= 6
    assert summary["sources"]["EXIF, straight down"] >= 2
    rows = read_table(flown / "ingest" / "photos.parquet", PHOTOS).to_pylist()
    guessed = [row for row in rows if row["pose_source"] == "EXIF, straight down"]
    assert all(row["se_tilt_deg"] >= 5 and row["se_yaw_deg"] >= 3 for row in guessed)


def test_photos_between_events_come_from_the_track(flown: Path) -> None:
    shots = fly()
    write_log(flown / "flights" / "S01" / "S01.BIN", [shot for i, shot in enumerate(shots) if i != 4])
    summary = run(flown)
    assert summary["sources"] == {"log event": 11, "log track": 1}
    row = read_table(flown / "ingest" / "photos.parquet", PHOTOS).to_pylist()[4]
    assert row["pose_source"] == "log track"
    assert abs(row["lat"] - shots[4].lat) * 111_000 < 3.0


def test_photos_named_by_utc_are_placed_on_the_track(tmp_path: Path) -> None:
    shots = fly()
    write_log(tmp_path / "flights" / "S01.BIN", shots, cam=False)
    for shot in shots:
        taken = datetime.fromtimestamp(BOOT_UTC_S + shot.boot_s, UTC)
        name = taken.strftime("%Y%m%d%H%M%S") + f"{taken.microsecond // 10_000:02d}Z.jpg"
        (tmp_path / "flights" / name).write_bytes(photo_bytes(None))
    (tmp_path / "mission.toml").write_text(MISSION_TOML)
    summary = run(tmp_path)
    assert summary["sources"] == {"log track": 12}
    rows = read_table(tmp_path / "ingest" / "photos.parquet", PHOTOS).to_pylist()
    for row, shot in zip(rows, shots, strict=True):
        assert abs(row["lat"] - shot.lat) * 111_000 < 1.5


def test_a_clock_that_mission_toml_corrects_is_placed_on_the_track(tmp_path: Path) -> None:
    shots = fly()
    write_log(tmp_path / "flights" / "S01.BIN", shots, cam=False)
    for i, shot in enumerate(shots):
        nowhere = replace(shot, lon=0.0, lat=0.0)
        (tmp_path / "flights" / f"DSC{i}.JPG").write_bytes(photo_bytes(nowhere, clock_s=28_800.0))
    (tmp_path / "mission.toml").write_text(MISSION_TOML)
    refused = run(tmp_path)
    assert refused["located"] == 0 and "no camera events" in refused["rejected"][0]["reason"]
    (tmp_path / "mission.toml").write_text(
        MISSION_TOML.replace("[camera]", "[camera]\ntime_offset_s = -28800")
    )
    assert run(tmp_path)["sources"] == {"log track": 12}


@pytest.mark.slow
def test_the_same_bytes_with_one_worker_with_two_and_after_a_kill(flown: Path, tmp_path: Path) -> None:
    many = flown / "flights" / "S03"
    many.mkdir()
    for i, shot in enumerate(fly(legs=10, per_leg=12)):
        (many / f"DSC{i:04d}.JPG").write_bytes(photo_bytes(shot))
    twin, killed = tmp_path / "twin", tmp_path / "killed"
    shutil.copytree(flown, twin)
    shutil.copytree(flown, killed)
    assert run(flown, 1) == run(twin, 2)
    assert contents(flown) == contents(twin)

    class KilledError(Exception):
        pass

    def die_after_a_shard(done: int, total: int) -> None:
        if done >= 110:
            raise KilledError

    with pytest.raises(KilledError):
        ingest(Mission(killed), workers=1, progress=die_after_a_shard)
    assert not (killed / "ingest").exists()
    assert list((killed / ".ingest.work" / "shards").glob("*.parquet"))
    run(killed)
    assert contents(killed) == contents(flown)
    assert ingest(Mission(killed)).skipped


def test_ground_comes_from_the_photos_where_nothing_else_tells(tmp_path: Path) -> None:
    (tmp_path / "flights").mkdir()
    shots = fly()
    write_log(tmp_path / "flights" / "a.BIN", shots)
    for i, shot in enumerate(shots):
        (tmp_path / "flights" / f"DSC{i}.JPG").write_bytes(photo_bytes(shot, clock_s=-5.0))
    (tmp_path / "mission.toml").write_text('[camera]\nmodel = "tiny"\n')
    first = run(tmp_path)
    ground = json.loads((tmp_path / "ingest" / "ground.json").read_text())
    assert ground["flat_alt_amsl_m"] == pytest.approx(GROUND_M, abs=0.1)
    assert ground["se_alt_m"] >= 3
    assert Mission(tmp_path).ground().terrain.level_amsl_m == ground["flat_alt_amsl_m"]
    before = contents(tmp_path)
    (tmp_path / "ingest" / "photos.parquet").unlink()
    assert run(tmp_path) == first  # made again beside its own old ground.json
    assert contents(tmp_path) == before


def test_no_height_at_all_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "flights").mkdir()
    for i, shot in enumerate(fly()):
        (tmp_path / "flights" / f"DSC{i}.JPG").write_bytes(photo_bytes(shot))
    (tmp_path / "mission.toml").write_text('[camera]\nmodel = "tiny"\n')
    with pytest.raises(MissionError, match="flat_alt_amsl_m"):
        run(tmp_path)


def test_a_mission_without_photos_is_empty_not_broken(tmp_path: Path) -> None:
    (tmp_path / "mission.toml").write_text(MISSION_TOML)
    summary = run(tmp_path)
    assert (summary["photos"], summary["located"], summary["gsd_cm"]) == (0, 0, None)
    assert len(read_table(tmp_path / "ingest" / "photos.parquet", PHOTOS)) == 0


def test_an_unknown_camera_is_named(flown: Path) -> None:
    settings = flown / "mission.toml"
    settings.write_text(MISSION_TOML.replace('model = "tiny"', 'model = "sony-a6000-20mm"'))
    summary = run(flown)
    assert summary["located"] == 0
    assert "320 x 240" in summary["rejected"][0]["reason"]
