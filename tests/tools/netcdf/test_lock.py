"""xarray reads and closes under fvdrift's lock, whichever of the two was loaded first: beside a run it
crashes nothing."""

import gc
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import netCDF4
import pytest

from fvdrift import FinishedRun
from fvdrift.tools.netcdf.lock import LOCK

xarray = pytest.importorskip("xarray")


@pytest.fixture(params=["NETCDF4", "NETCDF3_64BIT_OFFSET"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    with LOCK, netCDF4.Dataset(tmp_path / "a.nc", "w", format=request.param) as file:
        file.createDimension("x", 3)
        file.createVariable("x", "f8", ("x",))[...] = 1.0
    return tmp_path / "a.nc"


def open_files(path: Path) -> int:
    return sum(link.exists() and link.samefile(path) for link in Path("/proc/self/fd").iterdir())


@contextmanager
def another_thread_in_the_library():
    inside, over = threading.Event(), threading.Event()

    def busy() -> None:
        with LOCK:
            inside.set()
            over.wait(60)

    other = threading.Thread(target=busy)
    other.start()
    assert inside.wait(60)
    try:
        yield
    finally:
        over.set()
        other.join()


OPENED = [lambda path: FinishedRun(path).dataset, lambda path: xarray.open_dataset(path, engine="netcdf4")]


@pytest.mark.parametrize("opened", OPENED, ids=["by fvdrift", "by the user"])
def test_a_dataset_that_nobody_closed_is_not_closed_while_a_run_reads(path: Path, opened: Callable) -> None:
    """The collector may come by in any thread: in a notebook, `run.dataset` of the run before while the next
    one reads."""
    dataset = opened(path)
    assert open_files(path) == 1
    with another_thread_in_the_library():
        del dataset
        gc.collect()
        assert open_files(path) == 1


def test_it_is_closed_at_once_while_none_does(path: Path) -> None:
    dataset = xarray.open_dataset(path, engine="netcdf4")
    del dataset
    gc.collect()
    assert open_files(path) == 0


def test_both_locks_of_xarray_are_this_one_also_where_they_were_pickled() -> None:
    from xarray.backends.locks import HDF5_LOCK, NETCDFC_LOCK

    for theirs in (HDF5_LOCK, NETCDFC_LOCK):
        assert theirs.lock is LOCK
        assert pickle.loads(pickle.dumps(theirs)).lock is LOCK


@pytest.mark.parametrize("first", ["xarray", "fvdrift"])
def test_whichever_is_loaded_first(first: str) -> None:
    second = {"xarray": "fvdrift", "fvdrift": "xarray"}[first]
    script = f"""
import sys
import {first}
assert first == "xarray" or "xarray" not in sys.modules
import {second}
from xarray.backends.locks import HDF5_LOCK, NETCDFC_LOCK
from fvdrift.tools.netcdf.lock import LOCK
assert HDF5_LOCK.lock is NETCDFC_LOCK.lock is LOCK
""".replace("assert first", f"assert {first!r}")
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
