import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from shapely import box

from geo.frames import LocalFrame
from geo.terrain import Terrain
from missions import Area, Ground, Plot
from missions.records import PathPoint, Plan, Site, Sortie
from report import SortieMaps

FRAME = LocalFrame(100.2, 25.6)
GROUND = Ground(FRAME, Terrain.flat(1000.0), 1.0)
BLUE, GREY = (0xB2, 0x72, 0x00), (0x90, 0x96, 0x8A)


def sortie(name: str, east: float, length: float = 600.0) -> Sortie:
    places = FRAME.to_lonlat([(0, 0), (east, 0), (east, length), (0, 0)]).tolist()
    kinds = ("takeoff", "start", "end", "land")
    path = [
        PathPoint(lon=lon, lat=lat, alt_amsl_m=1080, kind=kind)
        for (lon, lat), kind in zip(places, kinds, strict=True)
    ]
    return Sortie(
        name=name, site="Home", plots=("A",), speed_m_s=8, trigger_m=20, path=tuple(path), photos=(),
        path_m=1, flight_s=1, energy_wh=1, battery_pct=1,
    )  # fmt: skip


def plan(*sorties: Sortie) -> Plan:
    return Plan(
        mission="Trial", aircraft="a", camera="c", gsd_cm=1, height_agl_m=80, spacing_m=60, trigger_m=20,
        sites=(Site(name="Home", lon=100.2, lat=25.6, alt_amsl_m=1000),), sorties=sorties, plots=(), path_m=1,
        flight_s=1, photos=0, coverage=1, in_no_fly_m=0,
    )  # fmt: skip


def picture(jpeg: bytes) -> NDArray[np.uint8]:
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image


def count(image: NDArray[np.uint8], colour: tuple[int, int, int]) -> int:
    return int((np.abs(image.astype(int) - colour) < 30).all(axis=2).sum())


@pytest.mark.parametrize("length", [20.0, 600.0, 5000.0])
def test_every_picture_has_the_size_it_states(length: float) -> None:
    flown = sortie("S01", 300.0, length)
    maps = SortieMaps(plan(flown), [], [], GROUND, "en", (400, 300))
    height, width = picture(maps.jpeg(flown)).shape[:2]
    assert width == 400
    assert height == pytest.approx(300, abs=1)


def test_the_own_path_stands_out_and_neighbours_are_light() -> None:
    own, near = sortie("S01", 300.0), sortie("S02", 200.0)
    alone = picture(SortieMaps(plan(own), [], [], GROUND, "en").jpeg(own))
    beside = picture(SortieMaps(plan(own, near), [], [], GROUND, "en").jpeg(own))
    assert count(alone, BLUE) > 1000
    assert count(beside, BLUE) == pytest.approx(count(alone, BLUE), rel=0.15)
    assert count(beside, GREY) > count(alone, GREY) + 100


def test_what_lies_outside_the_picture_does_not_change_it() -> None:
    own = sortie("S01", 300.0)
    away = FRAME.geometry_to_lonlat(box(40_000, 0, 41_000, 1_000))
    without = SortieMaps(plan(own), [], [], GROUND, "en").jpeg(own)
    areas = [Area("Far no-fly area", away)]
    assert SortieMaps(plan(own), [Plot("Far plot", away)], areas, GROUND, "en").jpeg(own) == without
