"""Bytes from rank to rank, as a run's record has them, beside what is known of the run."""

import json

import pytest

from .workshop import ROOT, needs_mpiexec, start

PARTICLES, ELEMENTS, LAYERS, FRAMES, ROWS = 12_000, 2000, 10, 13, 13
NODES = ELEMENTS / 2


@pytest.fixture(scope="module")
def records() -> dict:
    """By ranks and who reads frames. The script fails where their files differ."""
    sizes = ("--particles", PARTICLES, "--elements", ELEMENTS, "--layers", LAYERS, "--split", "400kB")
    script = (ROOT / "scripts" / "benchmark_bytes.py",)
    done = start(*sizes, "--ranks", 1, 2, "--json", program=script)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def moved(of_kind: dict[str, int]) -> int:
    return sum(of_kind.values())


@needs_mpiexec
def test_one_rank_sends_nothing(records: dict) -> None:
    links = [of_kind for of_kind in records["1 manager"]["bytes"].values() if isinstance(of_kind, dict)]
    assert len(links) == 8
    assert [moved(of_kind) for of_kind in links] == [0] * 8


@needs_mpiexec
def test_half_of_all_goes_to_the_other_of_two(records: dict) -> None:
    """Half the frames, with the rim of the subdomain; half the records, of 42 bytes, and as many rows packed into files
    on the other.

    Frames are of single precision: u and v of each layer, omega of each level at nodes, and few of one row.
    """
    of_run = records["2 manager"]["bytes"]
    frames = FRAMES * 4 * (2 * ELEMENTS * LAYERS + NODES * (LAYERS + 1)) / 2
    assert 1.0 < moved(of_run["frames"]) / frames < 1.8
    assert 0.5 * 42 < moved(of_run["rows"]) / (PARTICLES * ROWS / 2) < 1.5 * 42 + 34
    assert 0 < moved(of_run["releases"]) < 300 * PARTICLES / 2
    assert moved(of_run["particles"]) > 0


@needs_mpiexec
def test_the_manager_carries_no_rows_of_several_stripes_nor_checkpoints_nor_statistics(records: dict) -> None:
    """A hundredth at most; of checkpoints, which nobody else gets, of the 56 bytes that each particle has in them."""
    of_run = records["2 manager"]["bytes"]
    for kind in ("rows", "statistics"):
        assert of_run[kind]["manager"] < 0.01 * moved(of_run[kind])
    assert of_run["checkpoints"]["manager"] < 0.01 * 2 * 56 * PARTICLES


@needs_mpiexec
def test_frames_that_the_ranks_of_a_node_read_nobody_sends(records: dict) -> None:
    """Only where they lie is told, and where the subdomain stands in the files: four bytes of an element or node."""
    by_manager, by_nodes = records["2 manager"]["bytes"], records["2 nodes"]["bytes"]
    told = sum(moved(by_nodes[kind]) - moved(by_manager[kind]) for kind in ("mesh", "tallies"))
    assert moved(by_nodes["frames"]) < 100
    assert 0 < told < 4 * 1.8 * (ELEMENTS + NODES) / 2 + 40_000 + FRAMES * 2000
    for kind in ("rows", "releases", "statistics", "particles"):
        assert by_nodes[kind] == by_manager[kind]


@needs_mpiexec
def test_ranks_of_one_machine_are_on_one_node(records: dict) -> None:
    of_run = records["2 manager"]["bytes"]
    assert sum(of_kind["ranks"] for of_kind in of_run.values() if isinstance(of_kind, dict)) == 0
    assert of_run["particles"]["manager"] == 0


@needs_mpiexec
@pytest.mark.parametrize("ranks", ["1 manager", "2 manager"])
def test_files_weigh_what_they_do(records: dict, ranks: str) -> None:
    """All frames are read. Rows are written twice, one after the other and packed, and read again for both."""
    of_run = records[ranks]["bytes"]
    frames = FRAMES * 4 * (2 * ELEMENTS * LAYERS + NODES * (LAYERS + 1))
    rows = PARTICLES * ROWS * (4 * 8 + 2)
    assert frames + rows < of_run["read"] < 3 * frames + 4 * rows
    assert 1.5 * rows < of_run["written"] < 8 * rows
