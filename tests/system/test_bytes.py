"""Bytes from rank to rank, as a run's record has them, beside what is known of the run."""

import json

import pytest

from .workshop import ROOT, needs_mpiexec, start

PARTICLES, ELEMENTS, LAYERS, FRAMES, ROWS = 2000, 2000, 10, 13, 13
NODES = ELEMENTS / 2


@pytest.fixture(scope="module")
def records() -> dict:
    """By ranks. The script fails where their files differ."""
    sizes = ("--particles", PARTICLES, "--elements", ELEMENTS, "--layers", LAYERS)
    script = (ROOT / "scripts" / "benchmark_bytes.py",)
    done = start(*sizes, "--ranks", 1, 2, "--json", program=script)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def moved(of_kind: dict[str, int]) -> int:
    return sum(of_kind.values())


@needs_mpiexec
def test_one_rank_sends_nothing(records: dict) -> None:
    links = [of_kind for of_kind in records["1"]["bytes"].values() if isinstance(of_kind, dict)]
    assert len(links) == 8
    assert [moved(of_kind) for of_kind in links] == [0] * 8


@needs_mpiexec
def test_half_of_all_goes_to_the_other_of_two(records: dict) -> None:
    """Half the frames, with the rim of the subdomain; of half the records and particles some 50 to 120 bytes.

    Frames are of single precision: u and v of each layer, omega of each level at nodes, and few of one row.
    """
    of_run = records["2"]["bytes"]
    frames = FRAMES * 4 * (2 * ELEMENTS * LAYERS + NODES * (LAYERS + 1)) / 2
    assert 1.0 < moved(of_run["frames"]) / frames < 1.8
    assert 30 < moved(of_run["rows"]) / (PARTICLES * ROWS / 2) < 120
    assert 30 < moved(of_run["checkpoints"]) / (2 * PARTICLES / 2) < 300
    assert 0 < moved(of_run["releases"]) < 300 * PARTICLES / 2
    assert moved(of_run["statistics"]) > 0
    assert moved(of_run["particles"]) > 0


@needs_mpiexec
def test_ranks_of_one_machine_are_on_one_node(records: dict) -> None:
    of_run = records["2"]["bytes"]
    assert sum(of_kind["ranks"] for of_kind in of_run.values() if isinstance(of_kind, dict)) == 0
    assert of_run["particles"]["manager"] == 0


@needs_mpiexec
@pytest.mark.parametrize("ranks", ["1", "2"])
def test_files_weigh_what_they_do(records: dict, ranks: str) -> None:
    """All frames are read, and rows are written twice: one after the other, and packed."""
    of_run = records[ranks]["bytes"]
    frames = FRAMES * 4 * (2 * ELEMENTS * LAYERS + NODES * (LAYERS + 1))
    rows = PARTICLES * ROWS * (4 * 8 + 2)
    assert frames < of_run["read"] < 4 * frames
    assert 1.5 * rows < of_run["written"] < 8 * rows
