"""Objects adrift, from a run file: over still water against closed forms, forward and back; and the same bytes after a
stop and on parts. With kernels uncompiled."""

import json
from pathlib import Path

import numpy as np
import pytest

from generate_forcing import Flow

from .cases import ALL
from .flows import channel, gyres
from .workshop import Tree, columns, digest, record, start, write_run

LINES = {"downwind": {"slope": "3 %", "offset": "-2 cm/s"}, "right": {"slope": "1 %", "offset": "1 cm/s"}}
NAMES = ["leeway_side", "leeway_downwind", "leeway_crosswind", "jibes", "next_jibe"]
PLAIN = {"NUMBA_DISABLE_JIT": "1"}


def still(x, y, s, t):
    return 0.0 * x * s


def adrift(forcing: Path, **tables) -> Tree:
    """Objects in water whose wind has 10 m/s."""
    return {
        "seed": 5, "forcing": {"files": [str(forcing)]}, "release": [{"point": [5000.0, 1250.0], "count": 4}],
        "advection": {"dimension": "surface"}, "behaviour": {"leeway": {**LINES, "jibing": 0}},
        "output": {"every": "1h", "variables": NAMES[:3]}, "time": {"step": "20min"}, **tables,
    }  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tracks of several runs, made by one process. Some jibe all the time, cross subdomains, strand and get afloat
    again; half of that run is there with a checkpoint at its end."""
    here = tmp_path_factory.mktemp("leeway")
    lake = channel(here / "lake.nc", Flow(u=still, v=still), elements=60, frames=2, wind=(6.0, 8.0))
    sea = channel(here / "sea.nc", gyres(0.5), elements=60, frames=2, wind=(-8.0, 6.0))
    write_run(here, adrift(lake), "lake.toml")
    jibing = {
        "behaviour": {"leeway": {"class": "LIFE-RAFT-NB-2", "jibing": "12 1/h"}},
        "boundary": {"coast": "strand", "refloat": "10min"}, "time": {"step": "10min"},
        "release": [{"count": 12, "box": ALL}, {"count": 3, "start": "20min", "box": ALL}],
        "output": {"every": "10min", "variables": NAMES}, "checkpoint": {"at_end": True},
    }  # fmt: skip
    write_run(here, adrift(sea, **jibing), "sea.toml")
    lake_run, sea_run = str(here / "lake.toml"), str(here / "sea.toml")
    runs = [
        [lake_run, "output.file=forward.nc"],
        [lake_run, "output.file=backward.nc", "time.direction=backward"],
        [sea_run, "output.file=whole.nc"],
        [sea_run, "output.file=again.nc", "time.duration=30min"],
    ]
    done = start(json.dumps(runs), program=[Path(__file__).with_name("run_several.py")], timeout=900, **PLAIN)
    assert done.returncode == 0, done.stderr
    return here


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_an_object_goes_downwind_and_to_its_side_and_comes_from_there_backward(
    folder: Path, direction: str
) -> None:
    """28 cm/s downwind of 10 m/s and 11 cm/s to the side, for an hour; backward the way that led here."""
    found = columns(folder / f"{direction}.nc")
    side = found["leeway_side"][:, -1]
    assert sorted(set(side)) == [-1, 1]
    downwind, right = np.array([0.6, 0.8]), np.array([0.8, -0.6])
    way = 3600 * (0.28 * downwind + 0.11 * side[:, None] * right) * (1 if direction == "forward" else -1)
    np.testing.assert_allclose(found["x"][:, -1] - 5000, way[:, 0], rtol=1e-4)
    np.testing.assert_allclose(found["y"][:, -1] - 1250, way[:, 1], rtol=1e-4)


def test_stops_and_parts_change_no_byte(folder: Path) -> None:
    done = start(
        "run", folder / "sea.toml", "-o", folder / "again.nc", "--resume", "--parts", 3, "--quiet", **PLAIN
    )
    assert done.returncode == 0, done.stderr
    assert digest(folder / "again.nc") == digest(folder / "whole.nc")
    assert record(folder / "again.nc")["particle_steps"] < record(folder / "whole.nc")["particle_steps"]
    found = columns(folder / "whole.nc")
    there = found["jibes"] < 100
    assert 4 < found["jibes"][there].max() < 40
    assert (found["next_jibe"][there] > 0).all()
