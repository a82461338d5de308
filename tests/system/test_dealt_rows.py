"""Tracks whose rows are dealt to owners on all ranks have the bytes of those that one rank writes: run, stopped,
killed, ended early, on any number of ranks. Here they are cut into stripes of one chunk."""

from pathlib import Path
from typing import NamedTuple

import pytest

from fvdrift.engine.checkpoint.contents import Contents
from fvdrift.engine.checkpoint.folder import CheckpointFolder
from fvdrift.output.paths import part_path, statistics_path

from .cases import EVERYWHERE, FORCING, OPEN
from .test_interrupted_ranks import BROKEN
from .workshop import Tree, digest, needs_mpiexec, record, solve, start, write_run

SPLIT = "output.split=100MB"  # one file, of stripes as narrow as can be
STOPPED = 75
SECONDS = 60.0


def case(**more: object) -> Tree:
    """Particles of two releases that walk, sink, stay in the sand and leave, with all kinds of columns; three
    stripes of 33 rows."""
    return {
        "seed": 42, "forcing": {**FORCING, "projection": "EPSG:32630"}, "time": {"duration": "160min", "step": "5min"},
        "boundary": {**OPEN, "bottom": "deposit"}, "diffusion": {"vertical": "kh", "horizontal": "1 m2/s"},
        "behaviour": {"settling": "2 mm/s"},
        "release": [{"count": 12_000, "box": EVERYWHERE}, {"count": 30, "every": "5min", "box": EVERYWHERE}],
        "output": {"every": "5min", "variables": ["temp", "u", "age"], "file": "tracks.nc"},
        "checkpoint": {"every": "1h"},
        "statistic": [{"kind": "density", "box": EVERYWHERE, "cells": [9, 7], "every": "1h"}, {"kind": "exposure"}],
        **more,
    }  # fmt: skip


class Given(NamedTuple):
    """A run file, and what one rank made of it."""

    run_file: Path
    tracks: Path

    def is_in(self, tracks: Path) -> None:
        """That these are the same, with their statistics, counts, and nothing beside them."""
        assert digest(tracks) == digest(self.tracks)
        assert digest(statistics_path(tracks)) == digest(statistics_path(self.tracks))
        ours, theirs = record(tracks), record(self.tracks)
        for key in ("counts", "final_counts", "particle_steps"):
            assert ours[key] == theirs[key], key
        left = {path.name for path in tracks.parent.glob(f"{tracks.stem}.*")}
        assert left == {tracks.name, statistics_path(tracks).name, f"{tracks.stem}.run.json"}


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Given:
    folder = tmp_path_factory.mktemp("dealt")
    run_file = write_run(folder, case())
    return Given(run_file, solve(run_file, "output.split=never", output="whole.nc"))


def dealt(
    run_file: Path,
    output: str,
    *more: str,
    ranks: int,
    program: tuple = ("-P", "-m", "fvdrift.cli"),
    said: tuple = (),
):  # type: ignore[no-untyped-def]
    """Run it with its rows dealt. said: arguments of the program before those of fvdrift."""
    keys = ("--set", SPLIT, "--set", f"output.file={output}")
    return start(
        *said, "run", run_file, "--quiet", *keys, *more, ranks=ranks, program=program, timeout=SECONDS
    )


@pytest.mark.parametrize("parts", [3])
def test_in_one_process(parts: int, given: Given) -> None:
    given.is_in(solve(given.run_file, SPLIT, parts=parts, output=f"parts{parts}.nc"))


def on_ranks(ranks: int, manager: str, given: Given) -> None:
    output = f"{manager}{ranks}.nc"
    done = dealt(given.run_file, output, "--set", f"parallel.manager={manager}", ranks=ranks)
    assert done.returncode == 0, done.stderr
    given.is_in(given.run_file.with_name(output))


@needs_mpiexec
@pytest.mark.parametrize(("ranks", "manager"), [(3, "dedicated")])
def test_on_ranks(ranks: int, manager: str, given: Given) -> None:
    on_ranks(ranks, manager, given)


@needs_mpiexec
@pytest.mark.validation
@pytest.mark.parametrize(
    ("ranks", "manager"), [(1, "shared"), (2, "shared"), (2, "dedicated"), (7, "shared"), (16, "auto")]
)
def test_on_more_ranks(ranks: int, manager: str, given: Given) -> None:
    on_ranks(ranks, manager, given)


INTERRUPTED = [("SIGTERM", 2, "packing stripes", 1)]
MORE = [
    (number, rank, phase, 3 - rank)
    for number in ("SIGTERM", "SIGKILL")
    for rank in (0, 1, 2)
    for phase in (
        "moving",
        "dealing",
        "writing a later row",
        "keeping",
        "packing stripes",
        "naming",
        "removing",
    )
    if (number, rank, phase, 3 - rank) not in INTERRUPTED
]


def is_interrupted(number: str, rank: int, phase: str, then: int, given: Given) -> None:
    """On three ranks, and goes on on another number."""
    output = f"{number}-{rank}-{phase.replace(' ', '_')}.nc"
    tracks = given.run_file.with_name(output)
    done = dealt(given.run_file, output, ranks=3, program=(BROKEN,), said=(f"{number}@{phase}", rank))
    if number == "SIGTERM" and phase not in ("naming", "removing"):
        assert done.returncode == STOPPED, done.stderr
        assert record(tracks)["stopped_by"] == f"{number} to rank {rank}"
    assert "Traceback" not in done.stderr
    for path in CheckpointFolder(tracks).newest_first():
        Contents(path)
    goes_on = dealt(given.run_file, output, "--resume", ranks=then)
    assert goes_on.returncode == 0, goes_on.stderr
    given.is_in(tracks)


@needs_mpiexec
@pytest.mark.parametrize(("number", "rank", "phase", "then"), INTERRUPTED)
def test_interrupted(number: str, rank: int, phase: str, then: int, given: Given) -> None:
    is_interrupted(number, rank, phase, then, given)


@needs_mpiexec
@pytest.mark.validation
@pytest.mark.parametrize(("number", "rank", "phase", "then"), MORE)
def test_interrupted_in_every_phase(number: str, rank: int, phase: str, then: int, given: Given) -> None:
    is_interrupted(number, rank, phase, then, given)


@needs_mpiexec
@pytest.mark.parametrize("then", ["never", pytest.param("100MB", marks=pytest.mark.validation)])
def test_killed_while_rows_that_were_cut_anew_take_their_names(then: str, given: Given) -> None:
    """One rank wrote them, then three; a checkpoint counts on the new files, and some have their names."""
    output, uncut = f"anew-{then}.nc", ("--set", "output.split=never")
    tracks = given.run_file.with_name(output)
    killed = "SIGKILL@keeping", 1
    dealt(given.run_file, output, *uncut, ranks=3, program=(BROKEN,), said=killed)
    dealt(given.run_file, output, "--resume", ranks=3, program=(BROKEN,), said=("SIGKILL@settling", 1))
    parts = {path.name.endswith(".new") for path in tracks.parent.glob(f"{output}.part*")}
    assert parts == {False, True}
    goes_on = dealt(given.run_file, output, "--resume", "--set", f"output.split={then}", ranks=2)
    assert goes_on.returncode == 0, goes_on.stderr
    given.is_in(tracks)


@needs_mpiexec
@pytest.mark.parametrize(
    ("fault", "rank", "says"),
    [
        ("full disk", 2, "the disk is full"),
        pytest.param("putting", 2, "tracks.nc: cannot be written", marks=pytest.mark.validation),
        pytest.param("looking at it", 2, "tracks.nc: cannot be read", marks=pytest.mark.validation),
    ],
)
def test_all_leave_with_the_sentence_of_an_owner(fault: str, rank: int, says: str, given: Given) -> None:
    """And what was written until then can be gone on with. Of three ranks the last writes the file."""
    output = f"{fault.replace(' ', '_')}.nc"
    tracks = given.run_file.with_name(output)
    done = dealt(given.run_file, output, ranks=3, program=(BROKEN,), said=(fault, rank))
    assert done.returncode == 4, done.stderr
    said = [line for line in done.stderr.splitlines() if line.startswith("fvdrift: ")]
    assert len(said) == 1, done.stderr
    assert says in said[0]
    assert "Traceback" not in done.stderr
    assert record(tracks)["exit"] == 4
    assert not tracks.exists()
    assert part_path(tracks).exists()
    goes_on = dealt(given.run_file, output, "--resume", ranks=2)
    assert goes_on.returncode == 0, goes_on.stderr
    given.is_in(tracks)


@needs_mpiexec
def test_ended_early_by_an_alert(tmp_path: Path) -> None:
    """Between two outputs, and before a band is whole: chunks have another shape then."""
    alert = {"when": "max(age) > 5000", "every": "5min", "action": "stop"}
    run_file = write_run(tmp_path, case(alert=[alert], output={**case()["output"], "every": "10min"}))
    it = Given(run_file, solve(run_file, "output.split=never", output="whole.nc"))
    assert len(record(it.tracks)["counts"]) == 10  # 0 to 80, and 85 minutes
    done = dealt(run_file, "ranks.nc", ranks=2)
    assert done.returncode == 0, done.stderr
    it.is_in(tmp_path / "ranks.nc")


@needs_mpiexec
def test_prolonged_with_other_stripes(tmp_path: Path) -> None:
    """A finished run goes on to a later end: rows have other stripes then, and none at last."""
    run_file = write_run(tmp_path, case(statistic=[]))
    whole = solve(run_file, "output.split=never", output="whole.nc")
    at_end = "checkpoint.at_end=true"
    solve(run_file, SPLIT, at_end, "time.duration=70min", output="tracks.nc")
    ways = [("110min", SPLIT, 2), ("160min", "output.split=never", 0)]
    for duration, split, ranks in ways:
        keys = [word for key in (split, at_end, f"time.duration={duration}") for word in ("--set", key)]
        done = dealt(run_file, "tracks.nc", "--resume", *keys, ranks=ranks)
        assert done.returncode == 0, done.stderr
    assert digest(tmp_path / "tracks.nc") == digest(whole)


@needs_mpiexec
@pytest.mark.parametrize("split", [pytest.param(SPLIT, marks=pytest.mark.validation), "output.split=auto"])
def test_an_ensemble(split: str, tmp_path: Path) -> None:
    """Of members of one stripe each rank owns some; stopped, and gone on with by one rank that writes all."""
    run_file = write_run(tmp_path, case(ensemble={"members": 2}))
    solve(run_file, "output.split=never", output="whole.nc")
    keys = ("--set", split)
    done = dealt(run_file, "dealt.nc", *keys, ranks=2, program=(BROKEN,), said=("SIGTERM@moving", 1))
    assert done.returncode == STOPPED, done.stderr
    done = dealt(run_file, "dealt.nc", *keys, "--resume", ranks=0)
    assert done.returncode == 0, done.stderr
    for member in ("member-01", "member-02"):
        whole, tracks = (tmp_path / f"{name}.{member}.nc" for name in ("whole", "dealt"))
        Given(run_file, whole).is_in(tracks)
