"""Draw the README's pictures from a finished demo: the plan on its terrain, and the KMZ as it will open.

    .venv/bin/tianmu demo demo && .venv/bin/python bench/pictures.py demo

The second picture is drawn from the KMZ alone: its outlines, its points, and the chips of its first suspects.
"""

import io
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np
import shapely

from geo.kml import read_kml
from missions import Mission
from missions.records import read_plan
from report import Layer, map_png, plan_map_png

DOCS = Path(__file__).resolve().parent.parent / "docs"
CHIPS = 4


def main() -> None:
    mission = Mission(Path(sys.argv[1]))
    DOCS.mkdir(exist_ok=True)
    plan = read_plan(mission.dir("plan") / "plan.json")
    plots, no_fly = mission.plots().items, mission.no_fly().items
    (DOCS / "plan.png").write_bytes(plan_map_png(plan, plots, no_fly, mission.ground(), "en"))
    (DOCS / "suspects.png").write_bytes(kmz_png(mission, mission.dir("export") / "suspects.kmz"))
    print(f"{DOCS}: plan.png, suspects.png")


def kmz_png(mission: Mission, kmz: Path) -> bytes:
    """Draw what the KMZ holds on the terrain, with the chips of the first suspects beside it."""
    features = read_kml(kmz)
    areas = [f for f in features if isinstance(f.geometry, shapely.Polygon | shapely.MultiPolygon)]
    gaps = [f for f in areas if "Gaps" in f.folder]
    outlines = [f for f in areas if f not in gaps]
    points = [f for f in features if isinstance(f.geometry, shapely.Point)]
    layers = [
        Layer([f.geometry for f in outlines], "#d98c00", labels=[f.name for f in outlines], legend="plots"),
        Layer([f.geometry for f in gaps], "#1c2321", legend="gaps"),
        Layer([f.geometry for f in points], "#c0392b", radius=6, legend="suspects"),
    ]
    picture = decoded(map_png(mission.ground(), layers, width_px=1000))
    with zipfile.ZipFile(kmz) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))[:CHIPS]
        chips = [decoded(archive.read(name)) for name in names]
    side = picture.shape[0] // CHIPS
    column = np.full((picture.shape[0], side, 3), 255, np.uint8)
    for number, chip in enumerate(chips):
        column[number * side : (number + 1) * side] = cv2.resize(
            chip, (side, side), interpolation=cv2.INTER_AREA
        )
    return cv2.imencode(".png", np.hstack((picture, column)))[1].tobytes()


def decoded(data: bytes) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(io.BytesIO(data).read(), np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image


if __name__ == "__main__":
    main()
