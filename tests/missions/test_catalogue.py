import pytest

from missions.catalogue import (
    AircraftModel,
    CameraModel,
    aircraft,
    aircraft_model,
    camera_for_exif,
    camera_model,
    cameras,
)
from missions.errors import MissionError

# At least these: what contractors fly.
WANTED_CAMERAS = [
    "dji-m3e",
    "dji-p1-35mm",
    "dji-p4rtk",
    "dji-m3t",
    "sony-rx1rm2",
    "sony-a6000-20mm",
    "picam-v2",
]
WANTED_AIRCRAFT = [
    "dji-m3e",
    "dji-m300",
    "dji-m350",
    "dji-p4rtk",
    "dji-m3t",
    "holybro-x650",
    "mfd-crosswind-vtol",
]


@pytest.mark.parametrize("key", cameras())
def test_camera_is_complete_and_believable(key: str) -> None:
    entry = camera_model(key)
    assert isinstance(entry, CameraModel)
    assert entry.key == key
    assert len(entry.source) > 30
    assert 0.1 <= entry.min_interval_s <= 10
    camera = entry.camera()
    assert (camera.width_px, camera.height_px) == (entry.width_px, entry.height_px)
    # Every camera here sees between 45 and 95 degrees across; a slip in a figure would show.
    assert 0.45 < camera.fx_px / camera.width_px < 1.2
    # Pixels of real sensors.
    assert 0.5 < entry.sensor_width_mm / entry.width_px * 1000 < 8


@pytest.mark.parametrize("key", aircraft())
def test_aircraft_is_complete_and_believable(key: str) -> None:
    entry = aircraft_model(key)
    assert isinstance(entry, AircraftModel)
    assert entry.key == key
    assert len(entry.source) > 30
    assert entry.max_items >= 99
    assert entry.max_items == {"ardupilot": 649, "px4": 500}.get(entry.controller, entry.max_items)
    assert 5 <= entry.cruise_m_s <= 30
    assert 8 <= entry.max_wind_m_s <= 15
    assert entry.max_wind_m_s < entry.max_air_m_s  # it can still go somewhere
    assert entry.cruise_m_s < entry.max_air_m_s <= 30
    assert 0 <= entry.corner_radius_m <= 5
    assert min(entry.max_climb_m_s, entry.max_descent_m_s, entry.accel_m_s2) > 0
    minutes = 60 * entry.battery_wh / entry.cruise_w
    assert 15 < minutes < 150
    if entry.kind == "multirotor":
        assert entry.turn_radius_m == 0
        assert 0.8 <= entry.cruise_w / entry.hover_w <= 1
    else:
        # A level turn of this radius at cruise speed needs less than 35 degrees of bank (tan 35 = 0.70).
        assert entry.cruise_m_s**2 / (9.81 * entry.turn_radius_m) < 0.70
        assert entry.cruise_w < entry.hover_w / 2


def test_wanted_ones_are_there() -> None:
    assert set(WANTED_CAMERAS) <= set(cameras())
    assert set(WANTED_AIRCRAFT) <= set(aircraft())


@pytest.mark.parametrize(
    ("model", "size", "key"),
    [
        ("M3E", (5280, 3956), "dji-m3e"),
        ("ZenmuseP1", (8192, 5460), "dji-p1-35mm"),
        ("FC6310R", (5472, 3648), "dji-p4rtk"),
        ("M3T", (4000, 3000), "dji-m3t"),
        ("M3T", (8000, 6000), "dji-m3t-48mp"),
        ("FC300S", (4000, 2250), "dji-fc300s-16x9"),
        (" dsc-rx1rm2 ", (7952, 5304), "sony-rx1rm2"),
    ],
)
def test_photos_name_their_camera(model: str, size: tuple[int, int], key: str) -> None:
    found = camera_for_exif(model, *size)
    assert found is not None and found.key == key


def test_photos_of_unknown_cameras_name_none() -> None:
    assert camera_for_exif("M3E", 1000, 750) is None
    assert camera_for_exif("", 6000, 4000) is None


def test_unknown_key_names_the_known_ones() -> None:
    with pytest.raises(MissionError, match="sony-a6000-20mm"):
        camera_model("sony-a6000")
    with pytest.raises(MissionError, match="holybro-x650"):
        aircraft_model("x650")


def test_brighton_focal_length() -> None:
    # The real photos of the Phantom 3 align with 2,340 px on 4,000.
    assert camera_model("dji-fc300s-16x9").camera().fx_px == pytest.approx(2340, abs=5)
