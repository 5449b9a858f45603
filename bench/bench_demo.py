"""Whole campaigns on the practice aircraft: how long they take and what they find.

    python bench/bench_demo.py [--small] [SEED ...]

One line a seed (1, 2 and 3 by default). The landscape, the plants, the wind and the errors of position,
attitude and clock are drawn from the seed; sim/errors.py states their figures. The drawn landscape is not a
real field: what is found here is an upper bound, never a figure for the field.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

COLUMNS = (
    ("seconds", "s"),
    ("coverage", "worst plot"),
    ("found", "found"),
    ("planted", "of"),
    ("found_5plus", "5 plants or more"),
    ("planted_5plus", "of"),
    ("false_alarms", "false alarms"),
    ("position_error_m", "off by m (median)"),
)


def main(words: list[str]) -> None:
    options = [word for word in words if word.startswith("--")]
    seeds = [word for word in words if word not in options] or ["1", "2", "3"]
    print("| seed | " + " | ".join(title for _, title in COLUMNS) + " |")
    print("|---" * (len(COLUMNS) + 1) + "|")
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "tianmu", "demo", str(Path(folder) / "demo"), "--seed", seed]
            answer = subprocess.run([*command, *options, "--json"], stdout=subprocess.PIPE, check=False)
        summary = json.loads(answer.stdout)
        print(f"| {seed} | " + " | ".join(str(summary[key]) for key, _ in COLUMNS) + " |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
