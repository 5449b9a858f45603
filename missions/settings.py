"""What mission.toml may say: every key with its unit, its default and its limits."""

import datetime
import difflib
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from missions.errors import MissionError

Percent = Annotated[float, Field(ge=0, lt=95)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Bearing = Annotated[float, Field(ge=0, le=360)]


class Section(BaseModel):
    """A table of mission.toml; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MissionSettings(Section):
    """Who and what."""

    name: str = "Survey"
    language: Literal["en", "zh"] = "en"


class AircraftSettings(Section):
    """The aircraft, by its key in the catalogue, and how many of them fly at the same time."""

    model: str = "holybro-x650"
    count: Annotated[int, Field(ge=1, le=50)] = 1
    """Aircraft of this model, each with a crew of its own."""


class CameraSettings(Section):
    """The camera, by its key in the catalogue, and how it is mounted."""

    model: str | None = None
    mount_yaw_deg: float = 0.0
    """Clockwise from the aircraft's nose to the image's top, seen from above."""
    gimbal: bool = False
    """Whether roll and pitch of the aircraft are kept from the camera."""
    time_offset_s: float = 0.0
    """Seconds to add to the camera's clock to get UTC, where no log tells."""


class SurveySettings(Section):
    """What the photos must show."""

    job: Literal["find", "map"] = "find"
    """Finding plants wants few photos, mapping many: it sets the overlaps where they are not given."""
    stage: Literal["rosette", "flower", "capsule"] = "flower"
    """What of the plant the photos must show."""
    gsd_cm: Positive = 1.5
    gsd_tolerance_pct: Annotated[float, Field(ge=0, le=100)] = 20.0
    """By how much slopes and a leaning camera may coarsen the GSD before ground counts as not seen."""
    front_overlap_pct: Percent | None = None
    side_overlap_pct: Percent | None = None
    cross_grid: bool = False
    """Whether plots get a second set of transects square to the first; corridors do not."""
    target_pct: Annotated[float, Field(gt=0, le=100)] = 99.0
    """Share of each plot that must be seen at the wanted GSD and overlap; a plan below it is refused."""
    line_direction_deg: Annotated[float, Field(ge=0, lt=360)] | None = None
    """Direction of the transects, true bearing; chosen by the planner when absent."""
    margin_m: NotNegative = 5.0
    """How far beyond a plot's border the photos must reach, against wind, tilt and GNSS error."""
    speed_m_s: Positive | None = None
    max_height_agl_m: Positive = 120.0
    height_tolerance_pct: Annotated[float, Field(gt=0, le=50)] = 5.0
    """By how much the height above ground may depart from the wanted one along a transect."""
    corridor_width_m: Positive = 60.0
    """Width of the strip that is surveyed along each line of corridors.*."""

    @property
    def overlaps_pct(self) -> tuple[float, float]:
        """Side and front overlap, as given or as the job wants them."""
        side, front = {"find": (30.0, 30.0), "map": (65.0, 75.0)}[self.job]
        return (
            side if self.side_overlap_pct is None else self.side_overlap_pct,
            front if self.front_overlap_pct is None else self.front_overlap_pct,
        )


class RingSettings(Section):
    """Oblique photos from a ring around each of buildings.*, for courtyards and roofs; needs a gimbal."""

    distance_m: Positive = 25.0
    """From the walls, seen from above."""
    height_agl_m: Positive = 40.0
    pitch_deg: Annotated[float, Field(ge=-80, le=-20)] = -45.0


class BatterySettings(Section):
    """What must be left in the battery at landing."""

    reserve_pct: Percent = 25
    swap_min: NotNegative = 5.0
    """From landing to the next take-off with a fresh battery."""


class AirspaceSettings(Section):
    """Where the aircraft may be."""

    no_fly_margin_m: NotNegative = 10.0
    buffer_m: NotNegative = 100.0
    """How far around the plots the aircraft may turn."""
    corridor_m: Positive = 30.0
    """Half width of the air that a way between plots and sites may use."""
    clearance_m: NotNegative = 20.0
    """Least height above ground and obstacles.* along any leg."""
    approval: str | None = None
    """Number of the approval to fly above 120 m true height."""
    height_frame: Literal["relative", "amsl", "terrain"] = "relative"
    """What the heights of mission items count from."""


class ScheduleSettings(Section):
    """When crews fly."""

    first_day: datetime.date | None = None
    days: Annotated[int, Field(ge=1, le=366)] | None = None
    """Days that may be used; as many as needed when absent."""
    utc_offset_h: Annotated[float, Field(ge=-12, le=14)] = 8.0
    from_h: Annotated[float, Field(ge=0, le=24)] = 8.0
    to_h: Annotated[float, Field(ge=0, le=24)] = 18.0
    """Working hours, local time."""
    min_sun_deg: Annotated[float, Field(ge=-18, le=80)] = 20.0
    """Height of the sun below which no photos are taken."""
    setup_min: NotNegative = 20.0
    """From arriving at a site to the first take-off."""
    drive_km_h: Positive = 30.0
    """Speed between sites, over the straight distance."""
    max_sites: Annotated[int, Field(ge=1)] | None = None
    """How many of the sites may be used; as many as pay when absent."""


class TerrainSettings(Section):
    """What terrain.tif holds, or how high the ground is without it."""

    datum: Literal["egm96", "ellipsoid", "unknown"] = "unknown"
    kind: Literal["ground", "surface", "unknown"] = "unknown"
    se_alt_m: NotNegative | None = None
    """Standard error of the heights; by default 2 m, 5 m for a surface, 10 m for an unknown datum."""
    flat_alt_amsl_m: float | None = None


class SiteSettings(Section):
    """A place to take off from."""

    name: str
    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]


class WindSettings(Section):
    """The wind that flight times and the practice aircraft reckon with."""

    speed_m_s: Annotated[float, Field(ge=0, lt=30)] = 0.0
    from_deg: Bearing = 0.0


class DetectSettings(Section):
    """How the photos are searched."""

    gsd_cm: Positive | None = None
    """Ground sample distance to search at; the photo's own where that is coarser or this is absent."""
    min_score: Annotated[float, Field(ge=0, le=1)] = 0.5


class ApplicationSettings(Section):
    """Who asks for permission to fly; what is absent is left open in the application."""

    organisation: str | None = None
    contact: str | None = None
    phone: str | None = None
    pilot: str | None = None
    licence: str | None = None
    """Of the pilot, or the training that stands in its place."""
    operating_certificate: str | None = None
    registration: str | None = None
    """Registration marks of the aircraft, one after another."""
    insurance: str | None = None
    purpose: str | None = None
    flight_mode: str | None = None
    """Within or beyond visual line of sight."""
    task_approval: str | None = None
    """Document that approves the task, where one is needed."""
    communication: str | None = None
    frequency: str | None = None
    """Radio frequency and bandwidth of the command and control link."""
    surveillance: str | None = None
    """What the aircraft can do to communicate, to navigate and to be seen."""
    transponder: str | None = None
    """Code asked for where there is a transponder."""
    emergency: str | None = None
    """What is done when the link, the position or the battery fails."""
    support: str | None = None
    """What the flight needs of air traffic control beyond the usual."""
    other: str | None = None


class ErrorSettings(Section):
    """Standard errors of what a photo or a log does not state itself."""

    gnss_m: Positive = 1.5
    alt_m: Positive = 3.0
    tilt_deg: Positive = 1.0
    yaw_deg: Positive = 3.0
    time_s: Positive = 0.1


class Settings(Section):
    """All of mission.toml."""

    mission: MissionSettings = MissionSettings()
    aircraft: AircraftSettings = AircraftSettings()
    camera: CameraSettings = CameraSettings()
    survey: SurveySettings = SurveySettings()
    ring: RingSettings = RingSettings()
    battery: BatterySettings = BatterySettings()
    airspace: AirspaceSettings = AirspaceSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    application: ApplicationSettings = ApplicationSettings()
    terrain: TerrainSettings = TerrainSettings()
    sites: tuple[SiteSettings, ...] = ()
    wind: WindSettings = WindSettings()
    detect: DetectSettings = DetectSettings()
    errors: ErrorSettings = ErrorSettings()


def read_settings(path: Path) -> Settings:
    """Read mission.toml.

    Raises
    ------
    MissionError
        When it is absent, is not TOML, or says something that is not allowed; all faults at once, an unknown
        key with the known key that is nearest.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise MissionError(
            f"{path}: there is no mission.toml; `tianmu new {path.parent}` makes a mission folder"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise MissionError(f"{path}: expected a text file in UTF-8: {error}") from error
    try:
        return Settings.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise MissionError(f"{path}: not valid TOML: {error}") from error
    except ValidationError as error:
        faults = "; ".join(_in_words(fault) for fault in error.errors())
        raise MissionError(f"{path}: {faults}") from error


def _in_words(fault: ErrorDetails) -> str:
    place = ".".join(str(step) for step in fault["loc"])
    if fault["type"] == "extra_forbidden":
        *section, key = (str(step) for step in fault["loc"])
        return f'unknown key "{place}"{_nearest(section, key)}'
    return f"{place}: {fault['msg'].lower()}, received {fault['input']!r}"


def _nearest(section: list[str], key: str) -> str:
    """Name the known key closest in spelling, in its own section first, then anywhere."""
    everywhere = list(known_keys())
    table = ".".join(step for step in section if not step.isdigit())  # sites.0 is one of the sites
    here = {path.rpartition(".")[2]: path for path in everywhere if path.rpartition(".")[0] == table}
    if close := difflib.get_close_matches(key, here, n=1, cutoff=0.5):
        return f'; did you mean "{here[close[0]]}"?'
    names = {path.rpartition(".")[2]: path for path in reversed(everywhere)}  # of equals the first section's
    if close := difflib.get_close_matches(key, names, n=1, cutoff=0.6):
        return f'; did you mean "{names[close[0]]}"?'
    return f"; known here: {', '.join(sorted(here)) or 'nothing'}"


def known_keys(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[str]:
    """Every key of mission.toml with its table, as in "survey.gsd_cm", the tables' own names included."""
    for name, info in model.model_fields.items():
        path = f"{prefix}{name}"
        yield path
        for kind in (info.annotation, *get_args(info.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from known_keys(kind, f"{path}.")
