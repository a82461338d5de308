"""Runs in threads of one process: every call into the netCDF library is made under its lock, or it would
crash."""

import ctypes
import traceback
from pathlib import Path
from typing import Any

import netCDF4
import pytest

import fvdrift
from fvdrift.cli import main
from fvdrift.forcing import library
from fvdrift.tools.netcdf import dataset as locked_dataset
from fvdrift.tools.netcdf.lock import LOCK

from .cases import FORCING, OPEN
from .workshop import ROOT, start

BOX = [424000.0, 5544000.0, 440000.0, 5550000.0]
TREE: dict[str, Any] = {
    "forcing": FORCING, "boundary": OPEN, "time": {"duration": "2h"}, "release": [{"count": 20, "box": BOX}],
    "statistic": [{"kind": "density", "box": BOX, "cells": [4, 4]}], "alert": [{"when": "count(age >= 0) > 0"}],
}  # fmt: skip


UNLOCKED: list[str] = []  # places in fvdrift from which the library was called without the lock
CALLS = ("variables", "dimensions", "ncattrs", "getncattr", "close", "createVariable")


def look(name: str) -> None:
    if LOCK._is_owned():  # type: ignore[attr-defined]
        return
    stack = [
        f"{Path(each.filename).name}:{each.lineno}"
        for each in traceback.extract_stack()
        if "src/fvdrift" in each.filename
    ]
    if stack:
        UNLOCKED.append(f"{name}: {' < '.join(stack[:-4:-1])}")


class Watched(netCDF4.Dataset):
    def __init__(self, *arguments: Any, **more: Any):
        look("open")
        super().__init__(*arguments, **more)

    def __getattribute__(self, name: str) -> Any:
        if name in CALLS:
            look(name)
        return super().__getattribute__(name)


class WatchedInFvdrift(Watched, locked_dataset.LockedDataset):
    pass


for kind in (Watched, WatchedInFvdrift):  # as LockedDataset: they must not go before what is made of them
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(kind))


def test_the_library_is_called_under_its_lock_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    UNLOCKED.clear()
    monkeypatch.setattr(netCDF4, "Dataset", Watched)
    monkeypatch.setattr(library, "LockedDataset", WatchedInFvdrift)
    first, tracks = tmp_path / "first.nc", tmp_path / "tracks.nc"
    fvdrift.run(TREE, progress=False, **{"output.file": str(first)})
    two = {**TREE, "release": [{"file": str(first)}], "ensemble": {"vary": {"seed": [1, 2]}}}
    assert len(fvdrift.run(two, progress=False, **{"output.file": str(tracks)}).members) == 2
    assert main(["run", "--from", str(first), "-o", str(tmp_path / "again.nc"), "--quiet"]) == 0
    assert main(["stats", str(first), "--overwrite"]) == 0
    assert not UNLOCKED


def test_runs_in_threads_give_what_they_give_alone(tmp_path: Path) -> None:
    program = f"""
import filecmp, threading, fvdrift
tree = {TREE!r}
done = []
def go(name):
    fvdrift.run(tree, progress=False, **{{"output.file": "{tmp_path}/" + name}})
    done.append(name)
go("alone.nc")
threads = [threading.Thread(target=go, args=(f"{{n}}.nc",)) for n in range(3)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert len(done) == 4, done
print([filecmp.cmp(f"{tmp_path}/alone.stats.nc", f"{tmp_path}/{{n}}.stats.nc", False) for n in range(3)])
"""
    done = start(program=("-c", program), cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("[True, True, True]"), done.stdout
