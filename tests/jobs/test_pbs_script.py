"""The script for PBS: its directives by PBS's grammar, and the script itself run with a stand-in for qsub. No
PBS runs here."""

import ctypes.util
import os
import re
import shlex
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fvdrift.process.libmpi import Family
from fvdrift.process.mpi_library import mpiexec_of

from .conftest import Jobscript, stub

# of qsub(1B): options with what each takes
OPTIONS = {
    "N": r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,14}", "l": r"\S+", "j": r"oe|eo|n", "r": r"[yn]", "q": r"[\w.@-]+", "A": r"\S+",
    "M": r"[^\s@]+@[^\s@]+(?:,[^\s@]+@[^\s@]+)*", "m": r"n|[abe]+",
}  # fmt: skip
RESOURCES = {
    "select": r".+",
    "place": r"(?:free|pack|scatter|vscatter)(?::\w+)?",
    "walltime": r"[0-9]+:[0-9]{2}:[0-9]{2}",
}
CHUNK = {"ncpus": r"[1-9][0-9]*", "mpiprocs": r"[1-9][0-9]*", "mem": r"[1-9][0-9]*(?:[kmgt]?b)"}
OPEN_MPI = ctypes.util.find_library("mpi")  # of the system; MPICH comes as a package of Python
AS_ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
STAND_IN = Path(__file__).parents[1] / "system" / "stopped_by_a_signal.py"


def directives(script: str) -> list[tuple[str, str]]:
    """What qsub reads: lines from the top on until the first command. Fails on what it would refuse."""
    found = []
    for line in script.splitlines():
        if line and not line.startswith("#"):
            return found
        if line.startswith("#PBS"):
            match = re.fullmatch(r"#PBS -([A-Za-z]) (\S+)", line)
            assert match, line
            assert re.fullmatch(OPTIONS[match[1]], match[2]), line
            found.append((match[1], match[2]))
    raise AssertionError("no command")


def resources(script: str) -> dict[str, str]:
    """Of the whole job, by name."""
    found = dict(value.split("=", 1) for option, value in directives(script) if option == "l")
    for name, value in found.items():
        assert re.fullmatch(RESOURCES[name], value), name
    return found


def chunks(script: str) -> list[tuple[int, dict[str, str]]]:
    """Of the select statement: how many of each, and what it has."""
    found = []
    for chunk in resources(script)["select"].split("+"):
        count, *parts = chunk.split(":")
        has = dict(part.split("=", 1) for part in parts)
        for name, value in has.items():
            assert re.fullmatch(CHUNK[name], value), chunk
        found.append((int(count), has))
    return found


@pytest.mark.parametrize(
    ("layout", "ranks"),
    [
        ((7, 1), [7]),
        ((8, 2), [4, 4]),
        ((7, 2), [4, 3]),
        ((64, 4), [16] * 4),
        ((61, 4), [16, 16, 16, 13]),
    ],
)
def test_chunks_hold_all_ranks(layout: tuple[int, int], ranks: list[int], jobscript: Jobscript) -> None:
    script = jobscript(
        "pbs", "--ranks", layout[0], "--nodes", layout[1], "--mpi", "mpich", "--set", "parallel.threads=2"
    )
    found = [int(has["mpiprocs"]) for count, has in chunks(script) for _ in range(count)]
    assert found == ranks
    assert all(int(has["ncpus"]) == 2 * int(has["mpiprocs"]) for _, has in chunks(script))
    assert ("place" in resources(script)) == (layout[1] > 1)


def test_the_first_chunk_has_the_memory_of_rank_0(jobscript: Jobscript) -> None:
    first, *others = (
        int(has["mem"].removesuffix("mb")) for _, has in chunks(jobscript("pbs", "--ranks", 64, "--nodes", 4))
    )
    assert all(first > other for other in others)


def test_options_and_times_are_those_of_qsub(jobscript: Jobscript) -> None:
    site = ("--queue", "long@here", "--account", "ocean", "--email", "a@b.org")
    script = jobscript("pbs", "--walltime", "26h", "--mpi", "mpich", *site)
    assert [found for found in directives(script) if found[0] != "l"] == [
        ("N", "my-run-s"), ("j", "oe"), ("r", "y"), ("q", "long@here"), ("A", "ocean"), ("M", "a@b.org"), ("m", "ae"),
    ]  # fmt: skip
    assert resources(script)["walltime"] == "26:00:00"


Started = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def started(run_file: Path, tmp_path: Path, jobscript: Jobscript) -> Started:
    """Starts a script in which a stand-in waits for a signal, as PBS would, on two ranks of this machine."""
    stub(
        tmp_path,
        "qsub",
        f'printf "%s\\n" "$@" >>"{tmp_path}/submitted"; cat >"{tmp_path}/next.sh"; echo 12.server',
    )
    (tmp_path / "nodes").write_text(f"{socket.gethostname()}\n" * 2)

    def start(
        left_s: int,
        mpi: Family = "mpich",
        *,
        moved: bool = False,
        more: tuple[object, ...] = (),
        **environment: str,
    ) -> subprocess.Popen[str]:
        if mpiexec_of(mpi) == "mpiexec" or (mpi == "openmpi" and OPEN_MPI is None):
            pytest.skip(f"no {mpi}")
        environment |= {"MPI4PY_LIBMPI": str(OPEN_MPI)} | AS_ROOT if mpi == "openmpi" else {}
        (tmp_path / "job.sh").unlink(missing_ok=True)
        jobscript("pbs", "--ranks", 2, "--mpi", mpi, "--walltime", "1h", *more, "-o", tmp_path / "job.sh")
        text = (tmp_path / "job.sh").read_text()
        for old, new in (
            ("-P -m fvdrift run --resume", str(STAND_IN)),
            (shlex.quote(str(run_file)), str(tmp_path / "checkpoints" / "run.toml")),
            ("walltime_s=3600 lead_s=121", f"walltime_s={60 + left_s} lead_s=60"),
        ):
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "job.sh").write_text(text)
        (tmp_path / "checkpoints").mkdir(exist_ok=True)
        if moved:  # PBS runs a copy of its own
            (tmp_path / "job.sh").rename(tmp_path / "12.server.SC")
        others = {name: value for name, value in os.environ.items() if name != "FVDRIFT_CACHE_DIR"}
        return subprocess.Popen(
            ["bash", "12.server.SC" if moved else "job.sh"], cwd=tmp_path,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**others, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PBS_O_WORKDIR": str(tmp_path),
                 "PBS_NODEFILE": str(tmp_path / "nodes"), "TMPDIR": str(tmp_path), **environment},
        )  # fmt: skip

    return start


def waiting(folder: Path) -> None:
    until = time.monotonic() + 30
    while not all((folder / "checkpoints" / f"waits.{rank}").exists() for rank in (0, 1)):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_the_job_stops_before_its_time_is_up_and_submits_itself_again(
    started: Started, tmp_path: Path
) -> None:
    job = started(left_s=10, FVDRIFT_RESTARTS="4")
    out, err = job.communicate(timeout=60)
    assert job.returncode == 75, err
    assert "rank 0 of 2 got 1 signal(s)" in out
    assert (tmp_path / "submitted").read_text().splitlines() == ["-v", "FVDRIFT_RESTARTS"]
    assert (tmp_path / "next.sh").read_text() == (tmp_path / "job.sh").read_text()
    assert "submitted again" in err
    assert (tmp_path / f"fvdrift-{os.getuid()}").stat().st_mode & 0o777 == 0o700
    job = started(left_s=3000)
    out, err = job.communicate(timeout=60)
    assert (job.returncode, out.count("goes on")) == (0, 2), err


@pytest.mark.parametrize("mpi", ["mpich", "openmpi"])
def test_a_job_that_is_deleted_leaves_a_checkpoint_and_is_not_submitted_again(
    mpi: Family, started: Started, tmp_path: Path
) -> None:
    job = started(left_s=3000, mpi=mpi)
    waiting(tmp_path)
    job.terminate()
    _, err = job.communicate(timeout=60)
    assert job.returncode == 75, err
    assert (tmp_path / "checkpoints" / "checkpoint").exists()
    assert not (tmp_path / "submitted").exists()


def test_a_job_whose_script_is_gone_submits_what_runs(started: Started, tmp_path: Path) -> None:
    job = started(left_s=5, moved=True, PBS_O_QUEUE="long", FVDRIFT_CACHE_DIR=str(tmp_path / "cache"))
    _, err = job.communicate(timeout=60)
    assert (job.returncode, "submitted again" in err) == (75, True), err
    assert (tmp_path / "submitted").read_text().splitlines() == [
        "-q", "long", "-v", "FVDRIFT_RESTARTS,FVDRIFT_CACHE_DIR",
    ]  # fmt: skip
    assert (tmp_path / "next.sh").read_text() == (tmp_path / "12.server.SC").read_text()


def test_a_task_of_an_array_submits_itself_alone(started: Started, tmp_path: Path) -> None:
    array = ("--array", "seed=7-9", "--set", "seed={seed}", "--queue", "short")
    job = started(left_s=5, more=array, PBS_ARRAY_INDEX="2", PBS_O_QUEUE="long")
    out, err = job.communicate(timeout=60)
    assert (job.returncode, "seed=9" in out) == (75, True), err
    assert (tmp_path / "submitted").read_text().splitlines() == ["-v", "FVDRIFT_RESTARTS,FVDRIFT_TASK"]
    again, script = (tmp_path / "next.sh").read_text(), (tmp_path / "job.sh").read_text()
    assert "\n#PBS -J 0-2\n" in script
    assert again == script.replace("#PBS -J 0-2\n", "")


def test_nodes_are_asked_for_as_the_site_wants_them(jobscript: Jobscript) -> None:
    script = jobscript(
        "pbs", "--mpi", "mpich", "--ranks", 3, "--nodes", 2, "--exclusive", "--constraint", "cpu_type=rome:ib=True",
        "--reservation", "R12", "--directive", "#PBS -W umask=022", "--directive", "-W x=1",
    )  # fmt: skip
    assert re.findall(r"#PBS -W .*", script) == ["#PBS -W umask=022", "#PBS -W x=1"]
    assert "\n#PBS -q R12\n" in script
    assert "\n#PBS -l place=scatter:exclhost\n" in script
    select = re.search(r"#PBS -l select=(\S+)", script)
    assert select
    assert [chunk.split(":", 4)[-1] for chunk in select[1].split("+")] == ["cpu_type=rome:ib=True"] * 2
