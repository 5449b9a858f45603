import tomllib
from pathlib import Path

import pytest

from missions.errors import MissionError
from missions.settings import Settings, read_settings

EXAMPLE = Path(__file__).parents[2] / "missions" / "examples" / "hillside" / "mission.toml"


def write(folder: Path, text: str) -> Path:
    path = folder / "mission.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_empty_file_is_all_defaults(tmp_path: Path) -> None:
    assert read_settings(write(tmp_path, "")) == Settings()


def test_example_says_what_it_says() -> None:
    settings = read_settings(EXAMPLE)
    assert settings.mission.name == "Hillside"
    assert settings.aircraft.model == "holybro-x650"
    assert settings.camera.model == "sony-a6000-20mm"
    assert settings.survey.gsd_cm == 1.2
    assert settings.terrain.datum == "egm96"
    assert [site.name for site in settings.sites] == ["Threshing floor"]
    # Nothing in the file is read as something else: every key of it is found again in the settings.
    stated = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    read = settings.model_dump(mode="json")
    for section, keys in stated.items():
        if isinstance(keys, list):
            assert list(read[section]) == keys
        else:
            assert {key: read[section][key] for key in keys} == keys


@pytest.mark.parametrize(
    ("text", "unknown", "nearest"),
    [
        ("[survey]\ngsd = 1.5", "survey.gsd", 'did you mean "survey.gsd_cm"?'),
        ("[survey]\nside_overlap = 30", "survey.side_overlap", 'did you mean "survey.side_overlap_pct"?'),
        ("[surveys]\ngsd_cm = 1.5", "surveys", 'did you mean "survey"?'),
        ("[camera]\nmodle = 'dji-m3e'", "camera.modle", 'did you mean "camera.model"?'),
        ("gsd_cm = 1.5", "gsd_cm", 'did you mean "survey.gsd_cm"?'),
        ("[[sites]]\nlatitude = 2.0", "sites.0.latitude", 'did you mean "sites.lat"?'),
        ("[wind]\nzzz = 1", "wind.zzz", "known here: from_deg, speed_m_s"),
    ],
)
def test_unknown_key_is_refused_with_the_nearest_known_one(
    tmp_path: Path, text: str, unknown: str, nearest: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(MissionError) as caught:
        read_settings(path)
    message = str(caught.value)
    assert str(path) in message
    assert f'unknown key "{unknown}"' in message
    assert nearest in message


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, "[survey]\ngsd_cm = -1\nfront_overlap_pct = 100\n[wind]\nsped_m_s = 3\n")
    with pytest.raises(MissionError) as caught:
        read_settings(path)
    message = str(caught.value)
    assert "survey.gsd_cm" in message and "-1" in message
    assert "survey.front_overlap_pct" in message and "100" in message
    assert 'did you mean "wind.speed_m_s"?' in message


@pytest.mark.parametrize(
    "text",
    [
        "[mission]\nlanguage = 'fr'",
        "[terrain]\ndatum = 'wgs84'",
        "[survey]\ngsd_cm = 'fine'",
        "[[sites]]\nname = 'A'\nlon = 200.0\nlat = 0.0",
        "[battery]\nreserve_pct = 95",
        "survey = 3",
    ],
)
def test_values_that_make_no_sense_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(MissionError, match="received"):
        read_settings(write(tmp_path, text))


def test_what_is_no_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissionError, match=r"not valid TOML.*line 2"):
        read_settings(write(tmp_path, "[survey]\ngsd_cm = = 1"))
    path = tmp_path / "mission.toml"
    path.write_bytes("[mission]\nname = '县'".encode("gb18030"))
    with pytest.raises(MissionError, match="UTF-8"):
        read_settings(path)


def test_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(MissionError, match="tianmu new"):
        read_settings(tmp_path / "mission.toml")


def test_byte_order_mark_of_windows_editors_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "mission.toml"
    path.write_bytes("[mission]\nname = '县'".encode("utf-8-sig"))
    assert read_settings(path).mission.name == "县"
