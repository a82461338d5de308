"""Real ranks that are sent signals or killed, in every phase: all end, soon and alike, and the run goes on to
the same bytes."""

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from fvdrift.engine.checkpoint.contents import Contents
from fvdrift.engine.checkpoint.folder import CheckpointFolder
from fvdrift.output.paths import part_path

from .flows import channel, gyres
from .workshop import MPIEXEC, clean_environment, digest, needs_mpiexec, record, solve, start, write_run

BROKEN = Path(__file__).with_name("broken.py")
SECONDS = 30.0
STOPPED = 75


class Given(NamedTuple):
    """A run file, and what its tracks hash to where nothing disturbs it."""

    run_file: Path
    digest: str


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Given:
    folder = tmp_path_factory.mktemp("interrupted")
    forcing = channel(folder / "flow.nc", gyres(0.3), elements=400, frames=9)
    run_file = write_run(folder, {
        "forcing": {"files": [forcing.name]}, "time": {"step": "1min"},
        "release": [{"count": 200, "every": "30min", "until": "4h", "box": [0.0, 0.0, 10_000.0, 2500.0]}],
        "output": {"file": "tracks.nc", "every": "20min"}, "checkpoint": {"every": "1h"},
    })  # fmt: skip
    return Given(run_file, digest(solve(run_file, output="whole.nc")))


PHASES = {
    0: ("moving", "taking a frame", "reporting", "keeping", "reading", "writing a row", "writing a checkpoint",
        "giving it its name", "packing"),
    1: ("moving", "taking a frame", "reporting", "keeping", "writing a checkpoint", "giving it its name"),
    2: ("moving", "taking a frame", "reporting", "keeping"),
}  # fmt: skip
EVERYTHING = [
    (number, rank, phase)
    for number in ("SIGKILL", "SIGUSR1", "SIGTERM")
    for rank in PHASES
    for phase in PHASES[rank]
]
QUICK = [
    ("SIGUSR1", 2, "moving"),
    ("SIGKILL", 0, "writing a checkpoint"),
]


def is_interrupted(number: str, rank: int, phase: str, given: Given, output: str) -> None:
    tracks = given.run_file.with_name(output)
    keys = ("--set", f"output.file={output}")
    began = time.monotonic()
    done = start(
        f"{number}@{phase}",
        rank,
        "run",
        given.run_file,
        "--quiet",
        *keys,
        program=[BROKEN],
        ranks=3,
        timeout=2 * SECONDS,
    )
    assert time.monotonic() - began < SECONDS
    if phase == "packing" and number != "SIGKILL":
        assert done.returncode in (0, STOPPED), done.stderr  # what there is may be packed already
    else:
        assert done.returncode == STOPPED if number != "SIGKILL" else done.returncode not in (0, STOPPED), (
            done.stderr
        )
    assert "Traceback" not in done.stderr
    if done.returncode == STOPPED:
        assert record(tracks)["exit"] == STOPPED
        assert record(tracks)["stopped_by"] == f"{number} to rank {rank}"
    if done.returncode:
        assert part_path(tracks).exists()
        kept = CheckpointFolder(tracks).newest_first()
        # it reads ahead, before there is anything to keep
        assert kept or (number, phase) == ("SIGKILL", "reading")
        for path in kept:
            Contents(path).check()  # whole, whatever it was killed in
    goes_on = start("run", given.run_file, "--quiet", "--resume", *keys, ranks=2, timeout=2 * SECONDS)
    assert goes_on.returncode == 0, goes_on.stderr
    assert digest(tracks) == given.digest
    left = [
        path.name for path in tracks.parent.glob(f"{tracks.stem}.*") if path.suffix not in (".nc", ".json")
    ]
    assert not left


@needs_mpiexec
@pytest.mark.parametrize(("number", "rank", "phase"), QUICK)
def test_ranks_are_interrupted(number: str, rank: int, phase: str, given: Given) -> None:
    is_interrupted(number, rank, phase, given, f"{number}-{rank}-{phase.replace(' ', '_')}.nc")


@needs_mpiexec
@pytest.mark.validation
@pytest.mark.parametrize(("number", "rank", "phase"), [each for each in EVERYTHING if each not in QUICK])
def test_ranks_are_interrupted_in_every_phase(number: str, rank: int, phase: str, given: Given) -> None:
    is_interrupted(number, rank, phase, given, f"{number}-{rank}-{phase.replace(' ', '_')}.nc")


def is_abandoned(who: str, phase: str, between: list[str], given: Given, folder: Path) -> None:
    """All three ranks are gone soon after their launcher, and what they left can be gone on with."""
    (folder / "ranks").mkdir()
    tracks = folder / "tracks.nc"
    keys = ("--set", f"output.file={tracks}")
    rank = "0" if phase == "packing" else "1"
    program = [sys.executable, str(BROKEN), f"{who}@{phase}", rank]
    subprocess.run(
        [str(MPIEXEC), "-n", "3", *between, *program, "run", str(given.run_file), "--quiet", *keys],
        env=clean_environment(PROCESSES=str(folder / "ranks")), timeout=2 * SECONDS,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    ranks = [
        psutil.Process(int(path.name))
        for path in (folder / "ranks").iterdir()
        if psutil.pid_exists(int(path.name))
    ]
    try:
        until = time.monotonic() + SECONDS / 2
        while any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in ranks):
            assert time.monotonic() < until, "a rank is left"
            time.sleep(0.05)
    finally:
        for each in ranks:
            each.kill()
    assert len(list((folder / "ranks").iterdir())) == 3
    assert not tracks.exists()
    goes_on = start("run", given.run_file, "--quiet", "--resume", *keys, timeout=2 * SECONDS)
    assert goes_on.returncode == 0, goes_on.stderr
    assert digest(tracks) == given.digest


DIRECTLY, BY_A_SHELL = [], ["sh", "-c", '"$@"; exit $?', "sh"]
ABANDONED = [
    (who, phase, between)
    for who in ("LAUNCHER", "MPIEXEC") for phase in ("connecting", *PHASES[1], "packing") for between in (DIRECTLY, BY_A_SHELL)
]  # fmt: skip
QUICKLY = [
    ("LAUNCHER", "connecting", BY_A_SHELL),
    ("MPIEXEC", "moving", BY_A_SHELL),
]


@needs_mpiexec
@pytest.mark.parametrize(
    ("who", "phase", "between"),
    [each if each in QUICKLY else pytest.param(*each, marks=pytest.mark.validation) for each in ABANDONED],
)
def test_no_rank_outlives_its_launcher(
    who: str, phase: str, between: list[str], given: Given, tmp_path: Path
) -> None:
    is_abandoned(who, phase, between, given, tmp_path)


@needs_mpiexec
def test_a_signal_in_the_middle_of_an_interval_is_acted_on_there(given: Given) -> None:
    """Not at its end: what was half done is kept."""
    done = start(
        "SIGUSR1@moving",
        1,
        "run",
        given.run_file,
        "--quiet",
        "--set",
        "output.file=half.nc",
        program=[BROKEN],
        ranks=2,
    )
    assert done.returncode == STOPPED, done.stderr
    kept = Contents(CheckpointFolder(given.run_file.with_name("half.nc")).newest_first()[0])
    assert kept.standing.unfinished is not None
    moved = {int(clock) for one in kept.kept() for clock in one.particles["clock"]}
    assert len(moved) > 1


@needs_mpiexec
def test_a_checkpoint_on_request_while_the_run_goes_on(given: Given) -> None:
    done = start(
        "SIGUSR2@moving", 1, "run", given.run_file, "--set", "output.file=kept.nc", "--set", "checkpoint.every=30d",
        "--set", "checkpoint.at_end=true", program=[BROKEN], ranks=2,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (path,) = CheckpointFolder(given.run_file.with_name("kept.nc")).newest_first()
    assert path.name == "kept.checkpoint-0002.npz"  # the first was asked for, the second is that of the end
    assert digest(given.run_file.with_name("kept.nc")) == given.digest


@needs_mpiexec
def test_forcing_that_fails_on_the_way_keeps_a_checkpoint(given: Given) -> None:
    """Whoever mends the file goes on from where it was."""
    keys = ("--set", "output.file=mended.nc", "--set", "checkpoint.every=30d")
    done = start("reader later", 0, "run", given.run_file, "--quiet", *keys, program=[BROKEN], ranks=2)
    assert done.returncode == 3, done.stderr
    (path,) = CheckpointFolder(given.run_file.with_name("mended.nc")).newest_first()
    kept = Contents(path)
    assert kept.standing.since > 0
    assert start("run", given.run_file, "--quiet", "--resume", *keys, ranks=3).returncode == 0
    assert digest(given.run_file.with_name("mended.nc")) == given.digest


def test_one_process_is_interrupted(given: Given) -> None:
    keys = ("run", given.run_file, "--set", "output.file=single.nc")
    done = start("SIGINT@moving", 0, *keys, program=[BROKEN])
    assert done.returncode == STOPPED, done.stderr
    assert "Stopped by SIGINT at " in done.stderr
    # how often the rehearsals moved particles before decides which it is
    assert re.search(r"single\.checkpoint-000[1-9]\.npz is kept: go on with --resume", done.stderr), (
        done.stderr
    )
    refused = start(*keys)
    assert refused.returncode == 2
    assert "give --resume to go on with it, or --overwrite to replace it" in refused.stderr
    both = start(*keys, "--resume", "--overwrite")
    assert both.returncode == 2
    assert start(*keys, "--resume").returncode == 0
    assert digest(given.run_file.with_name("single.nc")) == given.digest
    again = start(*keys, "--resume")
    assert again.returncode == 0
    assert "single.nc: the run is finished already" in again.stderr
