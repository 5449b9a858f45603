"""How fast the practice aircraft flies: simulated seconds for each real one, ground station included.

    python bench/bench_practice.py

Plans the example mission and flies it flat out over TCP with `tianmu fly`'s link; photos are not drawn.
"""

import shutil
import tempfile
import time
from pathlib import Path

from pymavlink import DFReader

from missions import Mission
from planner import plan
from planner.link import fly
from sim import FLAT_OUT, Flight, start_background

EXAMPLE = Path(__file__).resolve().parent.parent / "missions" / "examples" / "hillside"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(EXAMPLE, Path(folder) / "hillside")
        mission = Mission(Path(folder) / "hillside")
        plan(mission)
        flight = Flight("S01", ("tcp:127.0.0.1:0",), FLAT_OUT, 1)
        with start_background(mission, flight) as addresses:
            begun = time.monotonic()
            result = fly(mission, sortie="S01", address=addresses[0])
            took_s = time.monotonic() - begun
        assert result.log is not None
        flown_s = armed_s(Path(result.log))
    print(f"{flown_s:.0f} s of flight and its log in {took_s:.1f} s: {flown_s / took_s:.0f} x real time")
    print(f"{result.photos_taken} of {result.photos_planned} photos, {result.items} items verified")


def armed_s(log: Path) -> float:
    """Seconds from the first camera message or mode change in flight to the last."""
    reader = DFReader.DFReader_binary(str(log))
    times = []
    while (message := reader.recv_match(type=["CAM", "MODE"])) is not None:
        times.append(message.TimeUS / 1e6)
    reader.close()
    return max(times) - min(times)


if __name__ == "__main__":
    main()
