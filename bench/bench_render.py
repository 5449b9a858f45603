"""How fast the practice camera draws: megapixels per second of one processor core, by step.

    python bench/bench_render.py [PHOTOS]

Draws full-size photos over the plots of the example mission, one process, one thread. Times are processor
time of the thread, so that other work on the machine counts little; the first photo, which compiles or
loads the kernels, is left out.
"""

import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from geo.pose import Pose
from geo.view import View
from missions import Mission
from sim.camera import Exposure, encode, expose
from sim.landscape import landscape_for
from sim.render import render

EXAMPLE = Path(__file__).resolve().parent.parent / "missions" / "examples" / "hillside"


def main(photos: int) -> None:
    cv2.setNumThreads(1)
    mission = Mission(EXAMPLE)
    ground, camera = mission.ground(), mission.camera_model().camera()
    height_m = mission.settings.survey.gsd_cm / 100 * camera.fx_px
    spent = np.zeros(3)
    with tempfile.TemporaryDirectory() as truth:
        start = time.thread_time()
        land = landscape_for(mission, Path(truth), seed=1)
        print(f"landscape {time.thread_time() - start:.1f} s")
        for number in range(photos + 1):
            polygon = mission.plots().items[number % len(mission.plots().items)].polygon
            place = ground.frame.to_enu([polygon.representative_point().coords[0]])[0]
            alt_m = float(ground.terrain.height_at([place])[0]) + height_m
            pose = Pose.from_body(float(place[0]), float(place[1]), alt_m, 37.0 * number, 2.0, -3.0)
            marks = [time.thread_time()]
            scene = render(View(camera, pose, ground.terrain, ground.frame), land)
            marks.append(time.thread_time())
            photo = expose(scene, Exposure.drawn(number))
            marks.append(time.thread_time())
            encode(photo)
            marks.append(time.thread_time())
            if number:
                spent += np.diff(marks)
    megapixels = photos * camera.width_px * camera.height_px / 1e6
    for step, seconds in zip(("scene", "lens and sensor", "JPEG", "all"), [*spent, spent.sum()], strict=True):
        print(f"{step:16s} {megapixels / seconds:7.1f} Mpx/s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8)
