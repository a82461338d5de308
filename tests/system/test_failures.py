"""What goes wrong in mid-run ends all ranks within seconds, with one code and one message, and keeps the
records."""

import json
import time
from pathlib import Path
from typing import NamedTuple

import netCDF4
import pytest

from .flows import channel, gyres
from .workshop import needs_mpiexec, start, write_run

BROKEN = Path(__file__).with_name("broken.py")
SECONDS = 30.0
ROWS = 9


class Failure(NamedTuple):
    """What fails and on which rank, the code all end with (None: any but 0), what is said, and by which rank
    (None: nobody)."""

    fault: str
    rank: int
    code: int | None
    says: str
    by: int | None


FAILURES = [
    Failure(
        "fault", 1, 1, "unexpected error on rank 1 while moving particles: ValueError: lost the thread", 1
    ),
    Failure(
        "fault", 0, 1, "unexpected error on rank 0 while moving particles: ValueError: lost the thread", 0
    ),
    Failure("memory", 2, 1, "error on rank 2 while moving particles: there is not enough memory", 2),
    Failure("killed", 1, None, "", None),
    Failure("killed", 0, None, "", None),
    Failure("reader", 0, 3, "error: flow.nc: u: cannot be read", 0),
    Failure(
        "reader fault", 0, 1, "unexpected error on rank 0 while reading a frame: ValueError: lost the page", 0
    ),
    Failure("writer", 0, 4, "error: tracks.nc.part: cannot be written", 0),
    Failure("writer fault", 0, 4, "lost the pen", 0),
    Failure("full disk", 0, 4, "the disk is full", 0),
    Failure("last pass", 0, 4, "the records are kept in", 0),
    Failure("interrupted", 0, 130, "interrupted", 0),
]
QUICK = [FAILURES[i] for i in (0, 1, 3, 5, 7)]


def ids(failure: Failure) -> str:
    return f"{failure.fault}-{failure.rank}"


@pytest.fixture
def run_file(tmp_path: Path) -> Path:
    forcing = channel(tmp_path / "flow.nc", gyres(0.3), elements=200, frames=ROWS)
    return write_run(tmp_path, {
        "forcing": {"files": [forcing.name]}, "time": {"step": "10min"},
        "release": [{"count": 100, "box": [0.0, 0.0, 10_000.0, 2500.0]}], "output": {"file": "tracks.nc", "every": "1h"},
    })  # fmt: skip


def ends(failure: Failure, run_file: Path, ranks: int) -> None:
    folder = run_file.parent
    began = time.monotonic()
    done = start(
        failure.fault,
        failure.rank,
        "run",
        run_file,
        "--quiet",
        program=[BROKEN],
        ranks=ranks,
        timeout=2 * SECONDS,
    )
    assert time.monotonic() - began < SECONDS
    assert done.returncode != 0
    if failure.code is not None:
        assert done.returncode == failure.code, done.stderr
    said = [line for line in done.stderr.splitlines() if line.startswith("fvdrift: ")]
    assert len(said) == (0 if failure.by is None else 1), done.stderr
    assert failure.says in "".join(said)
    assert not (folder / "tracks.nc").exists()
    if failure.code in (3, 4):  # else rank 0 had no time to: the next run replaces it
        assert not (folder / "tracks.nc.tmp").exists()
        assert json.loads((folder / "tracks.run.json").read_text())["exit"] == failure.code
    # it opens after any end, and says how far it got
    with netCDF4.Dataset(folder / "tracks.nc.part") as kept:
        rows = int(kept["rows_written"][...])
        assert rows < ROWS or failure.fault == "last pass"
        assert (kept["status"][:rows] == 1).all()
        assert (kept["x"][:rows] > 0).all()


@needs_mpiexec
@pytest.mark.parametrize("failure", QUICK, ids=ids)
def test_all_ranks_end(failure: Failure, run_file: Path) -> None:
    ends(failure, run_file, 3)


@needs_mpiexec
@pytest.mark.validation
@pytest.mark.parametrize("failure", [f for f in FAILURES if f not in QUICK], ids=ids)
def test_all_ranks_end_after_other_failures(failure: Failure, run_file: Path) -> None:
    ends(failure, run_file, 3)


@pytest.mark.parametrize("failure", [f for f in FAILURES if f.rank == 0 and f.by is not None], ids=ids)
def test_one_process_ends(failure: Failure, run_file: Path) -> None:
    ends(failure._replace(says=failure.says.replace(" on rank 0", "")), run_file, 0)


def test_the_program_without_its_fault_does_the_run(run_file: Path) -> None:
    done = start("fault", 7, "run", run_file, "--quiet", program=[BROKEN])
    assert done.returncode == 0, done.stderr
    assert not (run_file.parent / "tracks.nc.part").exists()


OWN = """import math


def swim(age):
    return math.log(27_000.0 - age), 0.0, 0.0


def sink(age):
    if age > 27_000.0:
        raise ValueError("too old")
    return 0.0, 0.0, 0.0


def float(depth):
    return depth + "deep"
"""


@needs_mpiexec
@pytest.mark.parametrize(
    ("function", "says"),
    [
        ("swim", "swim returned a number that is not finite"),
        pytest.param(
            "sink", "own.py:10: ValueError while particles move: too old", marks=pytest.mark.validation
        ),
    ],
)
def test_an_own_behaviour_that_fails_on_the_way_ends_all_ranks(
    function: str, says: str, run_file: Path
) -> None:
    folder = run_file.parent
    (folder / "own.py").write_text(OWN)
    least_to_compile = ("--set", "advection.dimension=2d", "--set", "forcing.time_interpolation=linear")
    own = ("--set", f"behaviour.custom=own.py:{function}")
    done = start("run", run_file, "--quiet", *own, *least_to_compile, ranks=2, timeout=6 * SECONDS)
    assert done.returncode == 2, done.stderr
    said = {line for line in done.stderr.splitlines() if line.startswith("fvdrift: ")}
    assert all(says in line for line in said), said
    assert 1 <= len(said) <= 2  # both ranks may be the first
    with netCDF4.Dataset(folder / "tracks.nc.part") as kept:
        assert 0 < int(kept["rows_written"][...]) < ROWS


@needs_mpiexec
def test_an_own_behaviour_that_does_not_compile_is_told_once(run_file: Path) -> None:
    (run_file.parent / "own.py").write_text(OWN)
    done = start(
        "run", run_file, "--quiet", "--set", "behaviour.custom=own.py:float", ranks=2, timeout=6 * SECONDS
    )
    assert done.returncode == 2
    assert done.stderr.count("own.py:15: does not compile") == 1, done.stderr
    assert not (run_file.parent / "tracks.nc.part").exists()
