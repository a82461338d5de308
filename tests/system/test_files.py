"""The files of a run are its own: no link is followed, no pipe waited for, one run writes, and all are there
at the end."""

import json
import os
import socket
from pathlib import Path

import pytest

from fvdrift.cli import main
from fvdrift.output.paths import lock_path, part_path, statistics_path
from fvdrift.output.run_lock import locked
from fvdrift.simulation.statistics_keeper import OwnLedger

from .flows import WIDTH, channel, gyres
from .workshop import MPIEXEC, contents, needs_mpiexec, start, write_run

DISK = Path(__file__).with_name("disk.py")
NAMES = (
    "tracks.nc", "tracks.nc.tmp", "tracks.nc.part", "tracks.nc.part.tmp", "tracks.run.json", "tracks.run.json.tmp", "tracks.lock",
    "tracks.breach.json", "tracks.stats.nc.tmp", "tracks.checkpoint-0001.npz", "tracks.checkpoint-0001.npz.tmp",
)  # fmt: skip


@pytest.fixture(scope="module")
def run_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirteen rows, an alert, statistics, checkpoints."""
    folder = tmp_path_factory.mktemp("files")
    channel(folder / "flow.nc", gyres(0.3), elements=200, frames=7)
    box = [0.0, 0.0, 10_000.0, WIDTH]
    return write_run(folder, {
        "forcing": {"files": ["flow.nc"]}, "time": {"step": "10min"}, "release": [{"count": 100, "box": box}],
        "alert": [{"when": "count(x > -1e9) > 0", "say": "under way"}], "checkpoint": {"every": "1h"},
        "statistic": [{"kind": "density", "box": box, "cells": [2, 2]}], "output": {"file": "tracks.nc", "every": "30min"},
    })  # fmt: skip


def command(run_file: Path, tracks: Path, *more: str) -> list[str]:
    return ["run", str(run_file), "--quiet", "--set", f"output.file={tracks}", *more]


def ends_with_4(what: str, when: str, run_file: Path, folder: Path, *more: str, ranks: int = 0) -> str:
    """What is said by a run that a fault is put into."""
    folder.mkdir(exist_ok=True)
    done = start(
        what,
        when,
        folder,
        *command(run_file, folder / "tracks.nc", *more),
        program=[DISK],
        ranks=ranks,
        timeout=90,
    )
    assert done.returncode == 4, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "Done" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("how", ["--overwrite", "--resume"])
def test_what_is_no_plain_file_is_refused_before_anything_is_done(
    run_file: Path, tmp_path: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    precious = tmp_path / "precious"
    precious.write_text("of someone else")
    for name in NAMES:
        for put in (
            lambda path: path.symlink_to(precious),
            lambda path: path.symlink_to("nothing"),
            os.mkfifo,
        ):
            put(tmp_path / name)
            assert main(command(run_file, tmp_path / "tracks.nc", how)) == 4
            assert f"{tmp_path / name}: is a " in capsys.readouterr().err
            assert {path.name for path in tmp_path.iterdir()} == {"precious", name}
            (tmp_path / name).unlink()
    assert precious.read_text() == "of someone else"


@needs_mpiexec
def test_on_ranks_a_pipe_is_refused_too(run_file: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "tracks.checkpoint-0007.npz")
    done = start(*command(run_file, tmp_path / "tracks.nc", "--resume"), ranks=2, timeout=60)
    assert done.returncode == 4, done.stderr
    assert "tracks.checkpoint-0007.npz: is a pipe" in done.stderr
    assert len(list(tmp_path.iterdir())) == 1


@needs_mpiexec
def test_tracks_that_vanish_before_they_have_their_name_are_not_done(run_file: Path, tmp_path: Path) -> None:
    """An alert makes the library open them once more, which must not make an empty file."""
    said = ends_with_4("tidy", "last", run_file, tmp_path, ranks=2)
    assert f"the records are kept in {tmp_path / 'tracks.nc.part'}" in said
    assert {"tracks.nc.part", "tracks.stats.nc", "tracks.run.json"} <= set(contents(tmp_path))
    assert not (tmp_path / "tracks.nc").exists()
    assert not lock_path(tmp_path / "tracks.nc").exists()


@needs_mpiexec
def test_a_folder_that_was_replaced(run_file: Path, tmp_path: Path) -> None:
    said = ends_with_4("move", "5", run_file, tmp_path / "folder", ranks=2)
    assert "replaced while the run went on" in said
    assert not list((tmp_path / "folder").iterdir())
    assert (tmp_path / "moved" / "tracks.nc.part").exists()


@pytest.mark.parametrize("tracks", ["true", "false"])
def test_a_folder_that_is_replaced_at_the_end(
    run_file: Path, tmp_path: Path, tracks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without tracks there is nothing but statistics and the record."""
    write, folder = OwnLedger.write, tmp_path / "folder"

    def then_move(*given: object) -> None:
        write(*given)
        folder.rename(tmp_path / "moved")
        folder.mkdir()

    folder.mkdir()
    monkeypatch.setattr(OwnLedger, "write", then_move)
    assert main(command(run_file, folder / "tracks.nc", "--set", f"output.tracks={tracks}")) == 4
    assert not list(folder.iterdir())
    left = {path.name for path in (tmp_path / "moved").iterdir()} - {"tracks.lock"}
    assert "tracks.stats.nc" in left
    assert ("tracks.nc.part" in left) == (tracks == "true")


@pytest.mark.parametrize(("what", "ranks"), [("cut", 0), ("empty", 2)])
def test_records_that_are_cut_end_the_run_and_stay(
    run_file: Path, tmp_path: Path, what: str, ranks: int
) -> None:
    """Also where they are as long again as they were."""
    if ranks and MPIEXEC is None:
        pytest.skip("no mpiexec")
    said = ends_with_4(what, "5", run_file, tmp_path, ranks=ranks)
    assert "tracks.nc.part: " in said
    assert (
        "row 0 of x is " in said
        if what == "empty"
        else "has become shorter while the run went on: row " in said
    )
    assert (tmp_path / "tracks.nc.part").exists()
    assert not (tmp_path / "tracks.nc").exists()


@needs_mpiexec
@pytest.mark.parametrize("how", [pytest.param("--overwrite", marks=pytest.mark.validation), "--resume"])
def test_the_second_run_is_refused_and_changes_nothing(run_file: Path, tmp_path: Path, how: str) -> None:
    tracks = tmp_path / "tracks.nc"
    part_path(tracks).write_text("records")
    with locked([tracks]):
        before = contents(tmp_path)
        done = start(*command(run_file, tracks, how), ranks=2 if how == "--resume" else 0, timeout=60)
        assert contents(tmp_path) == before
    assert done.returncode == 2, done.stderr
    assert f"process {os.getpid()} on {socket.gethostname()}, since 20" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["tracks.nc.part"]


def test_all_that_writes_there_heeds_it(
    run_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tracks = tmp_path / "tracks.nc"
    assert main(command(run_file, tracks)) == 0
    done = contents(tmp_path)
    assert set(done) == {"tracks.nc", "tracks.stats.nc", "tracks.run.json"}
    assert json.loads(done["tracks.run.json"])["exit"] == 0
    vary = ["--set", 'ensemble.vary={"seed"=[1,2]}']
    for held, refused in (
        (tracks, ["stats", str(tracks), "--overwrite"]),
        (statistics_path(tracks), command(run_file, tracks, "--overwrite")),
        (tracks, command(run_file, tracks, "--overwrite", "--set", "output.tracks=false")),
        (tmp_path / "tracks.member-02.nc", command(run_file, tracks, "--overwrite", *vary)),
        (tracks, command(run_file, tracks, "--overwrite", *vary)),
    ):
        with locked([held]):
            assert main(refused) == 2
            assert "another run of fvdrift is writing it" in capsys.readouterr().err
            assert main(["stats", str(tracks), "-o", str(tmp_path / "other.nc")]) == 0
            (tmp_path / "other.nc").unlink()
        assert contents(tmp_path) == done
