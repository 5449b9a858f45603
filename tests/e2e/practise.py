"""Plan a mission, fly it on the practice aircraft and draw its photos: practise.py MISSION SEED."""

import sys
from pathlib import Path

from missions import Mission
from missions.records import read_plan
from sim import FLAT_OUT, Flight, plant
from tianmu.demo import practise
from tianmu.sim import truth_folder
from tianmu.stages import PLAN, run_stage_aloud


def main(folder: Path, seed: int) -> None:
    mission = Mission(folder)
    truth = truth_folder(mission)
    run_stage_aloud(PLAN, mission)
    plant(mission, truth, seed)
    for sortie in read_plan(mission.dir("plan") / "plan.json").sorties:
        practise(mission, Flight(sortie.name, ("tcp:127.0.0.1:0",), FLAT_OUT, seed, truth), workers=2)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
