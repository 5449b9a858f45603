"""What passes between the rooms of the house, written down once.

plan.json is a `Plan`; photos, tiles and suspects are Parquet tables with the columns below. Places are WGS 84
longitude and latitude with heights AMSL (EGM96), and whatever is located carries its error.
"""

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import geopandas
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pydantic import BaseModel, ConfigDict, ValidationError

from geo.camera import Camera
from geo.frames import LocalFrame
from geo.pose import Pose
from geo.terrain import Terrain
from geo.view import View
from missions.errors import MissionError, PlanError
from missions.workspace import atomic_write

HeightFrame = Literal["relative", "amsl", "terrain"]


class Record(BaseModel):
    """A part of plan.json."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Site(Record):
    """A place to take off from and to land at."""

    name: str
    lon: float
    lat: float
    alt_amsl_m: float


class Aim(Record):
    """A place that nose and camera look at."""

    lon: float
    lat: float
    alt_amsl_m: float


class PathPoint(Record):
    """A point of a sortie's path; the camera is on from a `start` to its `end`."""

    lon: float
    lat: float
    alt_amsl_m: float
    kind: Literal["takeoff", "transit", "start", "follow", "end", "land"]
    plot: str | None = None
    alt_agl_m: float | None = None
    """Above the terrain below."""
    yaw_deg: float | None = None
    """Where the nose must point; along the path when absent."""
    camera_pitch_deg: float | None = None
    """Where a gimbal must point the camera; straight down when absent."""
    aim: Aim | None = None
    """What nose and camera look at on the way to this point; `yaw_deg` and `camera_pitch_deg` do from it."""
    trigger_m: float | None = None
    """Distance between photos from a `start` on; the sortie's when absent."""


class PlannedPhoto(Record):
    """A photo as it will be taken in the mission's wind; angles as in `geo.pose`."""

    lon: float
    lat: float
    alt_amsl_m: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    plot: str


class Sortie(Record):
    """One flight on one battery."""

    name: str
    site: str
    plots: tuple[str, ...]
    speed_m_s: float
    trigger_m: float
    path: tuple[PathPoint, ...]
    photos: tuple[PlannedPhoto, ...]
    path_m: float
    flight_s: float
    energy_wh: float
    battery_pct: float
    """Share of the full battery that the flight needs."""
    aircraft: int = 1
    """Which of the aircraft flies it, counted from 1."""
    takeoff: datetime.datetime | None = None
    """When, local time with its offset; None where no day is given."""
    home_pct: float | None = None
    """Share of the full battery that the longest way home from the sortie needs."""

    def trigger_from(self, start: PathPoint) -> float:
        """Distance between photos from a `start` to its `end`, metres."""
        return self.trigger_m if start.trigger_m is None else start.trigger_m


class PlotReport(Record):
    """How much of a plot the planned footprints cover."""

    name: str
    area_ha: float
    coverage: float
    """Share seen by at least one photo."""
    at_gsd: float | None = None
    """Share seen at the wanted GSD or finer."""
    at_overlap: float | None = None
    """Share seen by as many photos as the overlaps promise."""
    priority: float = 1.0


class LeftOut(Record):
    """A plot, or a part of one, that no sortie covers."""

    plot: str
    area_ha: float
    priority: float
    minutes: float | None
    """What flying it would take."""
    reason: str


class Airspace(Record):
    """Where the aircraft may be, GeoJSON geometries in longitude and latitude."""

    allowed: dict[str, Any]
    """Polygon or MultiPolygon: plots and ways with their buffers, less the no-fly areas with their margin."""
    no_fly: dict[str, Any]
    """The no-fly areas with their margin."""
    ceiling_agl_m: float


class Plan(Record):
    """All sorties of a mission."""

    mission: str
    aircraft: str
    camera: str
    gsd_cm: float
    height_agl_m: float
    spacing_m: float
    trigger_m: float
    sites: tuple[Site, ...]
    sorties: tuple[Sortie, ...]
    plots: tuple[PlotReport, ...]
    path_m: float
    flight_s: float
    photos: int
    coverage: float
    """The worst plot's share."""
    in_no_fly_m: float
    outside_airspace_m: float = 0.0
    """Metres of path outside the allowed airspace."""
    left_out: tuple[LeftOut, ...] = ()
    airspace: Airspace | None = None
    rally: tuple[Site, ...] = ()
    """Emergency points to land at, beside the sites."""
    height_frame: HeightFrame = "relative"
    """What the heights of mission items count from: the site, the sea level, or the terrain below."""
    job: Literal["find", "map"] = "find"
    side_overlap_pct: float = 30.0
    front_overlap_pct: float = 30.0
    """Overlap across and along the transects that the plan keeps."""

    def sortie(self, name: str) -> Sortie:
        """Find a sortie by name; PlanError names those there are."""
        for sortie in self.sorties:
            if sortie.name == name:
                return sortie
        raise PlanError(
            f'there is no sortie "{name}" in the plan; known: {", ".join(s.name for s in self.sorties)}'
        )

    def site(self, name: str) -> Site:
        """Find a take-off site by name; PlanError names those there are."""
        for site in self.sites:
            if site.name == name:
                return site
        raise PlanError(
            f'there is no site "{name}" in the plan; known: {", ".join(s.name for s in self.sites)}'
        )


def read_plan(path: Path) -> Plan:
    """Read plan.json; PlanError when it is absent or not one."""
    try:
        return Plan.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise PlanError(f"{path}: there is no plan yet; make one with `tianmu plan`") from error
    except (OSError, ValidationError) as error:
        raise PlanError(
            f"{path}: not a plan of this version; make it again with `tianmu plan`: {error}"
        ) from error


def write_plan(path: Path, plan: Plan) -> None:
    """Write plan.json."""
    atomic_write(path, plan.model_dump_json(indent=1).encode() + b"\n")


_CAMERA_COLUMNS = ("fx_px", "fy_px", "cx_px", "cy_px", "k1", "k2", "p1", "p2", "k3")

PHOTOS = pa.schema(
    [
        ("photo", pa.string()),  # path below flights/ without its ending: "S01/photos/DSC00012"
        ("file", pa.string()),  # path below the mission folder, with /
        ("flight", pa.string()),
        ("time_utc", pa.timestamp("us", "UTC")),
        ("lon", pa.float64()),
        ("lat", pa.float64()),
        ("alt_amsl_m", pa.float64()),
        ("yaw_deg", pa.float64()),
        ("pitch_deg", pa.float64()),
        ("roll_deg", pa.float64()),
        ("width_px", pa.int32()),
        ("height_px", pa.int32()),
        *((name, pa.float64()) for name in _CAMERA_COLUMNS),
        ("camera", pa.string()),
        ("pose_source", pa.string()),
        ("se_xy_m", pa.float64()),
        ("se_alt_m", pa.float64()),
        ("se_tilt_deg", pa.float64()),
        ("se_yaw_deg", pa.float64()),
        ("gsd_cm", pa.float64()),
        ("se_m", pa.float64()),  # of the ground point at the image's centre, root mean square, horizontal
        ("sharpness", pa.float64()),
        ("geometry", pa.binary()),  # the footprint, WKB, longitude and latitude
    ]
)

TILES = pa.schema(
    [
        ("tile", pa.int32()),
        ("photo", pa.string()),
        ("file", pa.string()),
        ("x_px", pa.int32()),
        ("y_px", pa.int32()),
        ("width_px", pa.int32()),
        ("height_px", pa.int32()),
        ("lon", pa.float64()),
        ("lat", pa.float64()),
        ("gsd_cm", pa.float64()),
    ]
)

SUSPECTS = pa.schema(
    [
        ("suspect", pa.string()),
        ("rank", pa.int32()),
        ("lon", pa.float64()),
        ("lat", pa.float64()),
        ("alt_amsl_m", pa.float64()),
        ("se_m", pa.float64()),
        ("score", pa.float64()),
        ("flowers", pa.int32()),  # counted in the photo that shows most of them
        ("radius_m", pa.float64()),
        ("colour", pa.string()),
        ("reasons", pa.string()),
        ("plot", pa.string()),
        ("chip", pa.string()),  # path below detect/
        ("photo", pa.string()),  # the photo that shows it best
        ("px", pa.float64()),
        ("py", pa.float64()),
        ("photos", pa.list_(pa.string())),
        ("photos_covering", pa.int32()),
    ]
)


def write_table(path: Path, table: pa.Table) -> None:
    """Write a table of records; GeoParquet when it has a `geometry` column (WKB)."""
    if "geometry" in table.column_names:
        frame = table.drop_columns(["geometry"]).to_pandas()
        geometry = shapely.from_wkb(table.column("geometry").to_numpy())
        geopandas.GeoDataFrame(frame, geometry=geometry, crs="EPSG:4326").to_parquet(path, index=False)
    else:
        pq.write_table(table, path)


def read_table(path: Path, schema: pa.Schema) -> pa.Table:
    """Read a table of records, its columns checked against `schema`.

    Raises
    ------
    MissionError
        When the file is absent, is no Parquet, or lacks a column.
    """
    try:
        table = pq.read_table(path)
    except FileNotFoundError as error:
        raise MissionError(f"{path}: not there yet; `tianmu run` does what is due") from error
    except (OSError, pa.ArrowInvalid) as error:
        raise MissionError(f"{path}: expected a Parquet table: {error}") from error
    missing = [name for name in schema.names if name not in table.column_names]
    if missing:
        raise MissionError(
            f"{path}: the columns {', '.join(missing)} are missing; delete the folder and run again"
        )
    return table.select(schema.names).cast(schema)


def photo_view(row: Mapping[str, object], frame: LocalFrame, terrain: Terrain) -> View:
    """Make the view of one row of the PHOTOS table."""
    number = {
        name: float(str(row[name]))
        for name in ("lon", "lat", "alt_amsl_m", "yaw_deg", "pitch_deg", "roll_deg")
    }
    east, north = frame.to_enu([[number["lon"], number["lat"]]])[0]
    pose = Pose(east, north, number["alt_amsl_m"], number["yaw_deg"], number["pitch_deg"], number["roll_deg"])
    intrinsics = {name: float(str(row[name])) for name in _CAMERA_COLUMNS}
    camera = Camera(int(str(row["width_px"])), int(str(row["height_px"])), **intrinsics)
    return View(camera, pose, terrain, frame)
