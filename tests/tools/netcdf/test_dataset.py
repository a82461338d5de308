"""Files that nobody closed: they are closed under the lock, or not at all, and the collector never waits."""

import gc
import subprocess
import sys
import threading
from pathlib import Path

import netCDF4
import pytest

from fvdrift.tools.netcdf import dataset as locked_dataset
from fvdrift.tools.netcdf.dataset import LockedDataset
from fvdrift.tools.netcdf.lock import LOCK


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with LOCK, netCDF4.Dataset(tmp_path / "a.nc", "w") as file:
        file.createDimension("x", 3)
        file.createVariable("x", "f8", ("x",))[...] = 1.0
    return tmp_path / "a.nc"


def open_files(path: Path) -> int:
    return sum(link.exists() and link.samefile(path) for link in Path("/proc/self/fd").iterdir())


def left_alone(path: Path) -> None:
    """Open it and lose it, in a cycle that only the collector finds."""
    file = LockedDataset(path)
    file.__dict__["me"] = [file]


def test_what_nobody_closed_is_closed_when_it_is_collected(path):
    left_alone(path)
    assert open_files(path) == 1
    gc.collect()
    assert open_files(path) == 0


def test_it_stays_open_while_another_thread_is_in_the_library(path, monkeypatch):
    kept: list[LockedDataset] = []
    monkeypatch.setattr(locked_dataset, "_LEFT_OPEN", kept)
    left_alone(path)
    inside, over = threading.Event(), threading.Event()

    def busy() -> None:
        with LOCK:
            inside.set()
            over.wait(10)

    other = threading.Thread(target=busy)
    other.start()
    inside.wait(10)
    gc.collect()
    still, files = open_files(path), list(kept)
    over.set()
    other.join()
    assert still == len(files) == 1
    assert files[0]["x"][...].tolist() == [1.0, 1.0, 1.0]
    files[0].close()


def test_what_cannot_be_opened_leaves_nothing(tmp_path):
    with pytest.raises(FileNotFoundError):
        LockedDataset(tmp_path / "none.nc")
    gc.collect()


@pytest.mark.parametrize("last", ["", "; file.close()"])
def test_a_script_that_ends_with_an_open_file_says_nothing(path, last):
    script = (
        f"from fvdrift.tools.netcdf.dataset import LockedDataset\nfile = LockedDataset({str(path)!r}){last}"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
