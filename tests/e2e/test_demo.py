"""A whole campaign on the practice aircraft, for seeds that nobody chose."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SEEDS = [int(seed) for seed in os.environ.get("TIANMU_SEEDS", "1").split()]


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_the_demo_covers_every_plot_and_finds_what_was_planted(tmp_path: Path, seed: int) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "tianmu", "demo", str(tmp_path / "demo")]
        + ["--small", "--seed", str(seed), "--json"],
        capture_output=True,
        text=True,
        timeout=580,
        check=False,
    )
    assert result.returncode in (0, 3), result.stderr
    summary = json.loads(result.stdout)
    assert summary["coverage"] >= 0.99
    missed = [plot for plot in summary["planted_plots"] if plot["plants"] >= 5 and not plot["found"]]
    assert not missed, f"seed {seed}: {missed}"
    assert summary["position_error_m"] <= 2.0
    assert isinstance(summary["false_alarms"], int)
    assert Path(summary["kmz"]).is_file()
