"""Real cameras and aircraft, with the source of every figure."""

import tomllib
from functools import lru_cache
from importlib import resources
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from geo.camera import Camera
from missions.errors import MissionError

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]


class CameraModel(BaseModel):
    """A camera as its data sheet describes it, with the lens it is used with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    name: str
    width_px: int
    height_px: int
    sensor_width_mm: float
    focal_mm: float
    min_interval_s: float
    exif_models: tuple[str, ...] = ()
    wpml_payload: tuple[int, int] | None = None
    """payloadEnumValue and payloadSubEnumValue, by which DJI's waylines know the camera."""
    wpml_lens: str | None = None
    """Which of the camera's lenses takes these photos, in the words of DJI's waylines."""
    source: str

    def camera(self) -> Camera:
        """Give the ideal pinhole camera of these figures."""
        return Camera.from_sensor(self.width_px, self.height_px, self.sensor_width_mm, self.focal_mm)


class AircraftModel(BaseModel):
    """An aircraft with the figures that planning and practising need."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    name: str
    kind: Literal["multirotor", "fixed_wing", "vtol"]
    controller: Literal["ardupilot", "px4", "dji"]
    max_items: Annotated[int, Field(gt=0)]
    """Mission items of our own that the controller takes beside home."""
    cruise_m_s: Positive
    max_air_m_s: Positive
    """Fastest airspeed: what a multirotor can hold against the wind."""
    max_wind_m_s: Positive
    max_climb_m_s: Positive
    max_descent_m_s: Positive
    accel_m_s2: Positive
    turn_radius_m: NotNegative
    """At cruise speed in still air; 0 for what can stop."""
    corner_radius_m: NotNegative
    """How close to a waypoint the controller may pass it and so round the corner; 0: it stops there."""
    battery_wh: Positive
    hover_w: Positive
    cruise_w: Positive
    wpml_drone: tuple[int, int] | None = None
    """droneEnumValue and droneSubEnumValue, by which DJI's waylines know the aircraft; None where it flies
    none."""
    empty_kg: Positive | None = None
    """With batteries, without payload, as the Chinese regulation of 2024 counts it (article 62)."""
    mtow_kg: Positive | None = None
    """Most it may weigh at take-off."""
    source: str


def camera_model(key: str) -> CameraModel:
    """Look a camera up by its key; MissionError names the known keys."""
    return _look_up(cameras(), key, "camera")


def aircraft_model(key: str) -> AircraftModel:
    """Look an aircraft up by its key; MissionError names the known keys."""
    return _look_up(aircraft(), key, "aircraft")


def camera_for_exif(model: str, width_px: int, height_px: int) -> CameraModel | None:
    """Find the camera whose photos carry this EXIF model and size; None where the catalogue has none."""
    wanted = model.strip().lower()
    for entry in cameras().values():
        if wanted in (name.lower() for name in entry.exif_models) and (entry.width_px, entry.height_px) == (
            width_px,
            height_px,
        ):
            return entry
    return None


@lru_cache(maxsize=1)
def cameras() -> dict[str, CameraModel]:
    """All cameras by key, in the order of the catalogue."""
    return {key: CameraModel(key=key, **entry) for key, entry in _read("cameras.toml").items()}


@lru_cache(maxsize=1)
def aircraft() -> dict[str, AircraftModel]:
    """All aircraft by key, in the order of the catalogue."""
    return {key: AircraftModel(key=key, **entry) for key, entry in _read("aircraft.toml").items()}


M = TypeVar("M")


def _look_up(entries: dict[str, M], key: str, what: str) -> M:
    if key not in entries:
        raise MissionError(f'the {what} "{key}" is not in the catalogue; known: {", ".join(entries)}')
    return entries[key]


def _read(name: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads((resources.files("missions") / "catalogue_data" / name).read_text(encoding="utf-8"))
