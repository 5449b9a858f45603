"""A mission folder: where everything of one survey campaign is found."""

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import shapely
from shapely import LineString, MultiLineString
from shapely.geometry.base import BaseGeometry

from geo.frames import LocalFrame
from geo.terrain import Terrain
from missions.catalogue import AircraftModel, CameraModel, aircraft_model, camera_model
from missions.errors import GeoError, MissionError
from missions.features import (
    Area,
    Building,
    Corridor,
    Features,
    Obstacle,
    Passage,
    Plot,
    Target,
    read_areas,
    read_buildings,
    read_corridors,
    read_obstacles,
    read_passages,
    read_plots,
    read_targets,
    unique_name,
)
from missions.own_aircraft import OWN_AIRCRAFT_FILE, with_own_figures
from missions.settings import Settings, TerrainSettings, read_settings

SETTINGS_FILE = "mission.toml"
STAGES = ("plan", "flights", "ingest", "detect", "proof", "export")
TERRAIN_REACH_M = 3_000.0
"""Terrain is read this far around the plots: enough for any line of sight and any way to a site."""


@dataclass(frozen=True)
class Ground:
    """The mission's local frame and the ground in it."""

    frame: LocalFrame
    terrain: Terrain
    se_alt_m: float
    """Standard error of the terrain's heights."""
    warnings: list[str] = field(default_factory=list[str])


class Mission:
    """One survey campaign.

    Parameters
    ----------
    root : Path
        The mission folder.

    Raises
    ------
    MissionError
        When it has no mission.toml, or one that says something that is not allowed.
    """

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root).resolve()
        self.settings: Settings = read_settings(self.root / SETTINGS_FILE)

    def dir(self, stage: str) -> Path:
        """Give the folder of a stage; it need not exist."""
        if stage not in STAGES:
            raise ValueError(f"{stage!r} is not a stage; known: {', '.join(STAGES)}")
        return self.root / stage

    def inputs(self, name: str) -> list[Path]:
        """Files that hold an input such as `plots` or `history`, whatever their format, in order of name."""
        parts = {".dbf", ".shx", ".prj", ".cpg", ".qmd", ".qix"}  # of a shapefile; GDAL finds them by itself
        found = self.root.glob(f"{name}.*")
        return sorted(path for path in found if path.is_file() and path.suffix.lower() not in parts)

    def plots(self) -> Features[Plot]:
        """Read the priority plots; the strips along corridors are plots too, behind the others."""
        return self._plots

    def plot_inputs(self) -> list[Path]:
        """Files that `plots` reads, beside mission.toml."""
        return [*self.inputs("plots"), *self.inputs("corridors")]

    def centre_lines(self) -> dict[str, LineString | MultiLineString]:
        """Lines of corridors.*, longitude and latitude, by the names of their plots."""
        return {plot.name: corridor.line for corridor, plot in self._strips}

    def buildings(self) -> Features[Building]:
        """Read the buildings to look at from all sides."""
        return read_buildings(self.inputs("buildings"))

    def no_fly(self) -> Features[Area]:
        """Read the keep-out areas."""
        return read_areas(self.inputs("no_fly"))

    def obstacles(self) -> Features[Obstacle]:
        """Read what stands on the ground and must be flown over or around."""
        return read_obstacles(self.inputs("obstacles"))

    def transit(self) -> Features[Passage]:
        """Read the lines and areas that ways between plots and sites must keep to."""
        return read_passages(self.inputs("transit"))

    def history(self) -> Features[Target]:
        """Read past target points."""
        return read_targets(self.inputs("history"))

    def satellite(self) -> Features[Target]:
        """Read the suspect targets that were sent down."""
        return read_targets(self.inputs("satellite"))

    def camera_model(self) -> CameraModel:
        """Give the camera that mission.toml names."""
        key = self.settings.camera.model
        if key is None:
            raise MissionError(
                f'{self.root / SETTINGS_FILE}: name the camera in [camera], as in model = "dji-m3e"'
            )
        return camera_model(key)

    def aircraft_model(self) -> AircraftModel:
        """Give the aircraft that mission.toml names, with the figures of aircraft.toml where there is one."""
        return with_own_figures(aircraft_model(self.settings.aircraft.model), self.own_aircraft_path)

    @property
    def own_aircraft_path(self) -> Path:
        """Where one's own figures of the aircraft are, or would be."""
        return self.root / OWN_AIRCRAFT_FILE

    def ground_inputs(self) -> list[Path]:
        """Files that `ground` reads."""
        return [
            self.root / SETTINGS_FILE,
            self.terrain_path,
            self._derived_ground,
            *self.plot_inputs(),
            *self.inputs("buildings"),
        ]

    @property
    def terrain_path(self) -> Path:
        """Where the terrain is, or would be."""
        return self.root / "terrain.tif"

    def ground(self) -> Ground:
        """Make the local frame and read the terrain.

        Without plots the frame is the one that ingest derived from the photos; without terrain.tif the ground
        is level at `terrain.flat_alt_amsl_m`, or at the height ingest derived, and a warning says so.

        Raises
        ------
        MissionError
            When neither plots, sites nor photos tell where the mission is, or nothing tells how high the
            ground is.
        """
        frame = self.frame()
        settings = self.settings.terrain
        if self.terrain_path.exists():
            return self._ground_from_raster(frame, settings)
        derived = self._read_derived_ground()
        if settings.flat_alt_amsl_m is not None:
            level, source, error = settings.flat_alt_amsl_m, "mission.toml", settings.se_alt_m or 10.0
        elif derived is not None:
            level, source, error = derived["flat_alt_amsl_m"], "the photos", derived["se_alt_m"]
        else:
            raise MissionError(
                f"{self.terrain_path}: there is no terrain; put a raster of ground heights there, or set "
                "flat_alt_amsl_m in [terrain] for level ground"
            )
        warning = (
            f"no terrain.tif: the ground is taken as level at {level:.1f} m above sea level (from {source})"
        )
        return Ground(frame, Terrain.flat(level), error, [warning])

    def frame(self) -> LocalFrame:
        """Make the local frame at the centre of what is surveyed, else of the sites, else of the photos."""
        if self._places:
            return LocalFrame.around(shapely.GeometryCollection(self._places).bounds)
        if sites := self.settings.sites:
            return LocalFrame.around(shapely.MultiPoint([(site.lon, site.lat) for site in sites]).bounds)
        if derived := self._read_derived_ground():
            return LocalFrame(derived["lon"], derived["lat"])
        raise MissionError(
            f"{self.root}: nothing tells where the mission is: add plots.geojson (or .kml, .shp, .csv ...), "
            "or photos with positions under flights/ and run `tianmu ingest`"
        )

    def _ground_from_raster(self, frame: LocalFrame, settings: TerrainSettings) -> Ground:
        warnings: list[str] = []
        if settings.datum == "unknown":
            warnings.append(
                "the datum of terrain.tif is not stated ([terrain] datum): heights may be off by metres"
            )
        if settings.kind == "unknown":
            warnings.append("[terrain] kind is not stated: heights may be of roofs and tree tops")
        bounds = None
        if self._places:
            places = [frame.geometry_to_enu(place) for place in self._places]
            west, south, east, north = shapely.total_bounds(places)
            reach = TERRAIN_REACH_M
            bounds = (west - reach, south - reach, east + reach, north + reach)
        try:
            terrain = Terrain.from_raster(self.terrain_path, frame, bounds, settings.datum, settings.kind)
        except GeoError as error:
            raise MissionError(str(error)) from error
        return Ground(frame, terrain, settings.se_alt_m or _default_error_m(settings), warnings)

    @property
    def _derived_ground(self) -> Path:
        return self.dir("ingest") / "ground.json"

    def _read_derived_ground(self) -> dict[str, float] | None:
        try:
            return json.loads(self._derived_ground.read_bytes())
        except FileNotFoundError:
            return None

    @cached_property
    def _plots(self) -> Features[Plot]:
        given, lines = self._given_plots, self._corridors
        strips = [plot for _, plot in self._strips]
        return Features([*given.items, *strips], [*given.rejected, *lines.rejected])

    @cached_property
    def _strips(self) -> list[tuple[Corridor, Plot]]:
        """Corridors with the plots that their strips are."""
        taken = {plot.name for plot in self._given_plots.items}
        strips: list[tuple[Corridor, Plot]] = []
        for corridor in self._corridors.items:
            strip = corridor.strip(self.settings.survey.corridor_width_m)
            name = unique_name(corridor.name, taken)
            taken.add(name)
            strips.append((corridor, Plot(name, strip, corridor.priority, corridor.properties)))
        return strips

    @cached_property
    def _given_plots(self) -> Features[Plot]:
        return read_plots(self.inputs("plots"))

    @cached_property
    def _corridors(self) -> Features[Corridor]:
        return read_corridors(self.inputs("corridors"))

    @cached_property
    def _places(self) -> list[BaseGeometry]:
        """All that is to be surveyed."""
        return [item.polygon for item in (*self.plots().items, *self.buildings().items)]


def _default_error_m(settings: TerrainSettings) -> float:
    """Give the standard error of terrain heights where mission.toml states none."""
    if settings.datum == "unknown":
        return 10.0
    return {"ground": 2.0, "surface": 5.0, "unknown": 5.0}[settings.kind]
