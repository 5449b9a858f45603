"""The detector beside plain decoding, and what it finds: speed, recall, false alarms.

    python bench/bench_detect.py [DATA]

DATA is the folder of real photos (default $TIANMU_DATA, else ../shared/data). Prints megapixels per
second of one core; false alarms per hectare on twelve real photos without poppy, after the whole stage;
plots found on photos that the weights were not fitted on, real ones with poppies painted in and rendered
ones. Recall on painted and rendered flowers is an upper bound, never a figure for the field.
"""

import os
import shutil
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import shapely
from detect_scenes import PaintedPlot, background, paint_plots, rendered_scenes
from numpy.typing import NDArray

from detect import detect, find
from detect.colour import FAMILIES
from detect.groups import group_flowers, group_log_odds
from geo.imagery import decode_jpeg
from ingest import ingest
from missions import Mission
from missions.records import PHOTOS, SUSPECTS, read_table

PROJECT = Path(__file__).resolve().parent.parent
HELD_OUT = [f"DJI_00{number}.JPG" for number in range(24, 30)]
GSD_CM = 1.7
SCORES = (0.3, 0.5, 0.7, 0.9)
RENDERED_SEEDS = range(11, 14)

Scene = tuple[NDArray[np.uint8], list[PaintedPlot], float]


def main() -> None:
    default = os.environ.get("TIANMU_DATA", PROJECT.parent / "shared" / "data")
    data = Path(sys.argv[1] if len(sys.argv) > 1 else default)
    brighton = data / "photos" / "brighton"
    cv2.setNumThreads(1)
    with TemporaryDirectory() as folder:
        hillside = Path(folder) / "hillside"
        shutil.copytree(PROJECT / "missions" / "examples" / "hillside", hillside)
        if brighton.is_dir():
            speed("brighton, 9 Mpx", [brighton / name for name in HELD_OUT])
            quiet(brighton, Path(folder) / "brighton")
            rng = np.random.default_rng(99)
            photos = [background(brighton / name, GSD_CM, GSD_CM) for name in HELD_OUT]
            recall(
                "painted on brighton", [(*paint_plots(photo, GSD_CM, 14, rng), GSD_CM) for photo in photos]
            )
        else:
            print(f"{brighton} is absent: only rendered photos are measured")
        recall("rendered hillside", rendered_scenes(hillside, RENDERED_SEEDS, 6))


def speed(name: str, paths: list[Path]) -> None:
    """Print the rates of decoding alone and of decoding and finding, the best of three rounds."""
    images = [decode_jpeg(path) for path in paths]
    megapixels = sum(image.shape[0] * image.shape[1] for image in images) / 1e6
    find(images[0], GSD_CM)  # compiles
    decoding = min(_seconds(lambda: [decode_jpeg(path) for path in paths]) for _ in range(3))
    finding = min(_seconds(lambda: [find(image, GSD_CM) for image in images]) for _ in range(3))
    rates = [megapixels / seconds for seconds in (decoding, finding, decoding + finding)]
    print("{}: decoding {:.0f} Mpx/s, finding {:.0f} Mpx/s, both {:.0f} Mpx/s".format(name, *rates))
    print(f"  decoding and finding takes {1 + finding / decoding:.2f} x the time of decoding")


def quiet(photos: Path, folder: Path) -> None:
    """Print false alarms per hectare of unique ground after the whole stage, where there is no poppy."""
    shutil.copytree(photos, folder / "flights")
    (folder / "mission.toml").write_text("[detect]\nmin_score = 0.01\n")
    mission = Mission(folder)
    ingest(mission)
    detect(mission)
    score = read_table(mission.dir("detect") / "suspects.parquet", SUSPECTS).column("score").to_numpy()
    frame = mission.ground().frame
    table = read_table(mission.dir("ingest") / "photos.parquet", PHOTOS)
    footprints = shapely.from_wkb(table.column("geometry").to_numpy())
    hectares = shapely.union_all([frame.geometry_to_enu(each) for each in footprints]).area / 1e4
    alarms = ", ".join(f"{np.sum(score >= least) / hectares:.1f} at {least}" for least in SCORES)
    print(
        f"no poppy, {hectares:.2f} ha of unique ground in {len(table)} photos: false alarms per ha {alarms}"
    )


def recall(name: str, scenes: Iterable[Scene]) -> None:
    """Print plots found and false alarms per hectare of photo, each photo by itself."""
    hectares = 0.0
    plots: list[tuple[PaintedPlot, float]] = []
    alarms: list[float] = []
    for image, painted, gsd_cm in scenes:
        hectares += image.shape[0] * image.shape[1] * (gsd_cm / 100.0) ** 2 / 1e4
        places, odds = _groups(image, gsd_cm)
        false = np.ones(len(places), dtype=bool)
        for plot in painted:
            flowers = plot.flowers_px * gsd_cm / 100.0
            away = np.array([np.min(np.hypot(*(place[:, None] - flowers[None]).T)) for place in places])
            plots.append((plot, float(np.max(odds[away < 1.0], initial=0.0))))
            false &= ~(away < 2.0)
        alarms += list(odds[false])
    print(f"{name}: {len(plots)} plots, {hectares:.1f} ha of photos")
    for least in SCORES:
        found = [f"{_share(plots, least, 5)} of 5 plants and more", f"{_share(plots, least, 1)} of all"]
        found += [f"{colour} {_share(plots, least, 5, colour)}" for colour in FAMILIES]
        per_ha = np.sum(np.array(alarms) >= least) / hectares
        print(f"  score {least}: {per_ha:.1f} false alarms per ha; found {', '.join(found)}")


def _groups(image: NDArray[np.uint8], gsd_cm: float) -> tuple[list[NDArray[np.float64]], NDArray[np.float64]]:
    """Places in metres of each group of flowers in one image, and the groups' scores."""
    found = find(image, gsd_cm)
    at_m = np.stack([found.px, found.py], axis=1) * gsd_cm / 100.0
    family = np.array([FAMILIES.index(name) for name in found.colour], dtype=np.int64)
    group = group_flowers(at_m, found.score, family)
    members = [group == number for number in range(int(group.max(initial=-1)) + 1)]
    odds = np.array([group_log_odds(found.score[each], family[each]) for each in members])
    return [at_m[each] for each in members], 1.0 / (1.0 + np.exp(-odds))


def _share(plots: list[tuple[PaintedPlot, float]], least: float, plants: int, colour: str = "") -> str:
    of = [score for plot, score in plots if plot.plants >= plants and colour in ("", plot.colour)]
    return f"{sum(score >= least for score in of)}/{len(of)}"


def _seconds(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
