"""Fixtures that every room's tests share."""

import os
import shutil
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def tianmu_data() -> Path:
    """The folder of real photos, logs and plans; the test is skipped where it is absent."""
    folder = Path(os.environ.get("TIANMU_DATA", PROJECT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real data: {folder} is absent; set TIANMU_DATA to the folder with photos/ and logs/")
    return folder


@pytest.fixture
def hillside(tmp_path: Path) -> Path:
    """A fresh copy of the example mission."""
    folder = tmp_path / "hillside"
    shutil.copytree(PROJECT / "missions" / "examples" / "hillside", folder)
    return folder
