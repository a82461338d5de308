"""Something impossible stops a run on all ranks, with code 1, one sentence, and a file that says how to
repeat it."""

import json
import re
from pathlib import Path
from typing import NamedTuple

import netCDF4
import pytest

from fvdrift.engine.invariants import InvariantError
from fvdrift.engine.worker.worker import Worker

from .corrupt import corrupting
from .flows import WIDTH, channel, gyres
from .workshop import contents, needs_mpiexec, solve, start, write_run

CORRUPT = Path(__file__).with_name("corrupt.py")
ROWS = 9


class Impossible(NamedTuple):
    what: str
    says: str
    key: str
    value: object


IMPOSSIBLE = [
    Impossible(
        "move_away", "is not inside its element at 2020-05-01T02:00:00Z", "what", "is not inside its element"
    ),
    Impossible("out_of_numbers", "has a place that is no number", "what", "has a place that is no number"),
    Impossible("under_the_bed", "is not between surface and bed", "sigma", -1.5),
    Impossible("to_no_element", "is in none of the elements of its worker", "element", None),
    Impossible("to_the_past", "was left behind in time", "what", "was left behind in time"),
    Impossible(
        "lose", "300 particles were released up to 2020-05-01T02:00:00Z, but workers hold 299", "held", 299
    ),
    Impossible(
        "double", "300 particles were released up to 2020-05-01T02:00:00Z, but workers hold 301", "held", 301
    ),
]
ON_THE_WAY = Impossible("lossy", "particles were handed from worker to worker up to", "what", "hand-offs")


@pytest.fixture
def run_file(tmp_path: Path) -> Path:
    forcing = channel(tmp_path / "flow.nc", gyres(0.3, drift=0.2), elements=200, frames=ROWS)
    return write_run(tmp_path, {
        "seed": 7, "forcing": {"files": [forcing.name]}, "time": {"step": "10min"},
        "release": [{"count": 300, "box": [0.0, 0.0, 10_000.0, WIDTH]}], "output": {"file": "tracks.nc", "every": "1h"},
    })  # fmt: skip


def said_of_it(case: Impossible, folder: Path) -> dict:
    """What the files that are left say; tracks there are none."""
    left = json.loads((folder / "tracks.breach.json").read_text())
    assert left[case.key] == case.value or case.value is None
    assert left["run_file"]["seed"] == 7
    assert left["time"].startswith("2020-05-01T0")
    assert json.loads((folder / "tracks.run.json").read_text())["exit"] == 1
    assert not (folder / "tracks.nc").exists()
    with netCDF4.Dataset(folder / "tracks.nc.part") as kept:  # rows of sound intervals only
        assert 1 <= int(kept["rows_written"][...]) < ROWS
    return left


@pytest.mark.parametrize("case", IMPOSSIBLE, ids=lambda case: case.what)
def test_on_one_process(case: Impossible, run_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Worker, "report", corrupting(case.what, 1))
    with pytest.raises(InvariantError, match=re.escape(case.says)) as caught:
        solve(run_file, parts=2)
    assert caught.value.exit_code == 1
    left = said_of_it(case, run_file.parent)
    if "id" in left:
        assert left["worker"] == 1
        assert left["status"] == "active"
        assert 0 <= left["id"] < 300
        assert case.what == "to_no_element" or 1 <= left["element"] <= 200


@needs_mpiexec
@pytest.mark.parametrize(
    ("case", "rank"),
    [
        pytest.param(IMPOSSIBLE[0], 2, marks=pytest.mark.validation),
        pytest.param(IMPOSSIBLE[5], 0, marks=pytest.mark.validation),
        (ON_THE_WAY, 1),
    ],
)
def test_on_ranks(case: Impossible, rank: int, run_file: Path) -> None:
    done = start(case.what, rank, "run", run_file, "--quiet", program=[CORRUPT], ranks=3, timeout=60)
    assert done.returncode == 1, done.stderr
    said = [line for line in done.stderr.splitlines() if line.startswith("fvdrift: ")]
    assert len(said) == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert case.says in said[0]
    assert "this is a fault of fvdrift or of the machine" in said[0]
    left = said_of_it(case, run_file.parent)
    assert left.get("worker", rank) == rank
    assert left["ranks"] == 3
    assert left["command"][1:3] == ["run", str(run_file)]
    assert sum(left.get("sent", [1])) > sum(left.get("received", [0]))


def test_a_run_without_one_leaves_no_such_file(run_file: Path) -> None:
    solve(run_file, parts=2)
    assert not [name for name in contents(run_file.parent) if "breach" in name]
