"""Checkpoints that several ranks write and read, each its own archive: resumed on any ranks, killed between archives
and list, with a rank that cannot write."""

from pathlib import Path

import pytest

from fvdrift.engine.checkpoint.contents import Contents
from fvdrift.engine.checkpoint.folder import CheckpointFolder
from fvdrift.output.paths import part_path

from .flows import channel, gyres
from .test_interrupted_ranks import BROKEN, STOPPED, Given
from .test_resume import go_on
from .workshop import digest, needs_mpiexec, record, solve, start, write_run

NAMES = ("t.checkpoint-0002.npz", "t.checkpoint-0002.rank-0001.npz", "t.checkpoint-0002.rank-0002.npz")


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Given:
    folder = tmp_path_factory.mktemp("archives")
    forcing = channel(folder / "flow.nc", gyres(0.3), elements=400, frames=7)
    run_file = write_run(folder, {
        "forcing": {"files": [forcing.name]}, "time": {"step": "1min"},
        "release": [{"count": 100, "every": "30min", "until": "4h", "box": [0.0, 0.0, 10_000.0, 2500.0]}],
        "output": {"file": "t.nc", "every": "20min"}, "checkpoint": {"every": "1h"},
    })  # fmt: skip
    return Given(run_file, digest(solve(run_file, output="whole.nc")))


@pytest.fixture
def tracks(given: Given) -> Path:
    for stale in given.run_file.parent.glob("t.*"):
        stale.unlink()
    return given.run_file.with_name("t.nc")


def npz(tracks: Path) -> list[str]:
    return sorted(path.name for path in tracks.parent.glob("t.*.npz*"))


@needs_mpiexec
def test_resumed_on_more_and_fewer_ranks(given: Given, tracks: Path) -> None:
    """In intervals that are half done and in which particles start; also where rank 0 alone sees the folder, and moves
    none."""
    stopped = ("SIGUSR1@moving", 1, "run", given.run_file, "--quiet", "--resume")
    assert start(*stopped, program=[BROKEN], ranks=3).returncode == STOPPED
    assert set(NAMES[1:]) < set(npz(tracks))
    for manager, blind, files in (("shared", "", 2), ("dedicated", "1", 1)):
        keys = ("--set", f"parallel.manager={manager}")
        done = start(*stopped, *keys, program=[BROKEN], ranks=2, BLIND=blind)
        assert (done.returncode, done.stderr) == (STOPPED, "")
        found = Contents(CheckpointFolder(tracks).newest_first()[0])
        assert found.standing.unfinished
        assert len(found.archives) == files
    assert go_on(given.run_file, "t.nc", 30, "parallel.parts=5") == STOPPED
    done = start("run", given.run_file, "--quiet", "--resume", ranks=3)
    assert (done.returncode, done.stderr) == (0, "")
    assert digest(tracks) == given.digest
    assert not npz(tracks)


@needs_mpiexec
@pytest.mark.validation
def test_killed_between_archives_and_list(given: Given, tracks: Path) -> None:
    done = start("SIGKILL@giving it its name", 0, "run", given.run_file, "--quiet", program=[BROKEN], ranks=3)
    assert done.returncode not in (0, STOPPED)
    assert {*NAMES[1:], "t.checkpoint-0001.npz"} <= set(npz(tracks))
    assert [path.name for path in CheckpointFolder(tracks).newest_first()] == ["t.checkpoint-0001.npz"]
    assert go_on(given.run_file, "t.nc", 1, kept=2) == STOPPED
    assert any("resumes from t.checkpoint-0001.npz" in note for note in record(tracks)["notes"])
    assert npz(tracks)[-2:] == ["t.checkpoint-0003.npz", "t.checkpoint-0004.npz"]  # the second has no list
    assert go_on(given.run_file, "t.nc") == 0
    assert digest(tracks) == given.digest


@needs_mpiexec
def test_a_rank_with_a_full_disk(given: Given, tracks: Path) -> None:
    """At its second checkpoint: all leave with the sentence of that rank, and the one before stays."""
    done = start("archive", 1, "run", given.run_file, "--quiet", program=[BROKEN], ranks=3)
    assert done.returncode == 4, done.stderr
    said = f"fvdrift: error: {tracks.with_name(NAMES[1])}: cannot be written: No space left on device"
    assert done.stderr.splitlines() == [said]
    assert record(tracks)["exit"] == 4
    assert npz(tracks) == [name.replace("0002.", "0001.", 1) for name in NAMES]
    assert part_path(tracks).exists()
    damaged = tracks.with_name(npz(tracks)[1])
    damaged.unlink()
    assert go_on(given.run_file, "t.nc") == 0
    said = f"warning: {tracks.with_name('t.checkpoint-0001.npz')}: {damaged.name} is missing: skipped"
    assert said in record(tracks)["notes"]
    assert digest(tracks) == given.digest
