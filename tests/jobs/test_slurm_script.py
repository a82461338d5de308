"""The script for SLURM as text, and run with stand-ins for SLURM's commands. SLURM itself runs it in
tests/system."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Jobscript, checked_by_bash, stub

SHELLCHECK = shutil.which("shellcheck", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
WAYS = (
    [
        ("slurm", "--mpi", mpi, "--launcher", launcher)
        for mpi in ("mpich", "openmpi")
        for launcher in ("srun", "mpiexec")
    ]
    + [("pbs", "--mpi", mpi) for mpi in ("mpich", "openmpi")]
    + [("slurm", "--stage"), ("pbs", "--stage")]
)
WAYS += [(scheduler, "--array", "seed=1-3", "--set", "seed={seed}") for scheduler in ("slurm", "pbs")]  # fmt: skip


def directives(script: str) -> dict[str, str]:
    """What sbatch reads: lines from the top on until the first command."""
    found = {}
    for line in script.splitlines():
        if line and not line.startswith("#"):
            return found
        if match := re.fullmatch(r"#SBATCH --([a-z-]+)(?:=(\S+))?", line):
            found[match[1]] = match[2]
        else:
            assert not line.startswith("#SBATCH"), line
    raise AssertionError("no command")


@pytest.mark.parametrize("way", WAYS)
def test_bash_reads_it(way: tuple[str, ...], jobscript: Jobscript) -> None:
    modules = ("--module", "openmpi/4.1", "--module", "python")
    checked_by_bash(jobscript(*way, "--ranks", 5, "--nodes", 2, *modules, "--set", "seed=7"))


@pytest.mark.skipif(SHELLCHECK is None, reason="no shellcheck")
@pytest.mark.parametrize("way", WAYS)
def test_shellcheck_finds_nothing(way: tuple[str, ...], jobscript: Jobscript, run_file: Path) -> None:
    script = jobscript(*way, "--ranks", 5, "--nodes", 2, "--module", "mpi")
    script = script.replace(shlex.quote(str(run_file)), "run.toml")  # it holds what must not be expanded
    done = subprocess.run(
        [str(SHELLCHECK), "-s", "bash", "-"], input=script, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_directives_ask_for_what_is_needed(jobscript: Jobscript) -> None:
    found = directives(
        jobscript(
            "slurm", "--ranks", 5, "--nodes", 2, "--memory", "1GB", "--walltime", "2h", "--mpi", "mpich"
        )
    )
    assert found == {
        "job-name": "my-run-s", "nodes": "2", "ntasks": "5", "ntasks-per-node": "3", "cpus-per-task": "1", "mem": "3328M",
        "time": "02:00:00", "signal": "B:USR1@121", "requeue": None, "open-mode": "append", "output": "%x-%j.log",
    }  # fmt: skip


def test_the_site_is_told_only_where_it_is_given(jobscript: Jobscript) -> None:
    given = ("--partition", "long", "--account", "ocean-1", "--email", "a.b@example.org")
    found = directives(jobscript("slurm", "--mpi", "mpich", *given))
    assert {name: found[name] for name in ("partition", "account", "mail-user", "mail-type")} == {
        "partition": "long", "account": "ocean-1", "mail-user": "a.b@example.org", "mail-type": "END,FAIL,REQUEUE",
    }  # fmt: skip
    assert (
        not {"partition", "account", "mail-user", "mail-type"}
        & directives(jobscript("slurm", "--mpi", "mpich")).keys()
    )


@pytest.mark.parametrize(
    ("mpi", "launcher", "words"),
    [
        ("mpich", "srun", ["srun", "--mpi=pmi2", "--cpus-per-task=1"]),
        ("openmpi", "srun", ["srun", "--mpi=pmix", "--cpus-per-task=1"]),
        ("mpich", "mpiexec", ["-n", "4", "-ppn", "2"]),
        (
            "openmpi",
            "mpiexec",
            ["-n", "4", "--map-by", "ppr:2:node", "--bind-to", "none", "-x", "FVDRIFT_CACHE_DIR"],
        ),
    ],
)
def test_every_word_reaches_the_run_as_it_is(
    mpi: str, launcher: str, words: list[str], jobscript: Jobscript, run_file: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    said = tmp_path / "said"
    for name in ("srun", "mpiexec"):
        stub(tmp_path, name, f'printf "%s\\0" {name} "$@" >"{said}"')
    for name in ("PYTHONPATH", "MPI4PY_LIBMPI"):
        monkeypatch.delenv(name, raising=False)  # they would be handed on
    monkeypatch.setattr("fvdrift.jobs.batch.mpiexec_of", lambda family: "mpiexec")
    title = 'title="it\'s $(touch x) @{run}"'
    script = jobscript(
        "slurm", "--ranks", 4, "--nodes", 2, "--mpi", mpi, "--launcher", launcher, "--set", title
    )
    environment = {
        "PATH": f"{tmp_path}:/usr/bin:/bin",
        "FVDRIFT_CACHE_DIR": str(tmp_path),
        "SLURM_JOB_ID": "1",
    }
    done = subprocess.run(
        ["bash"], input=script, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    heard = said.read_text().split("\0")[:-1]
    run = heard.index(sys.executable)
    assert heard[run + 1 :] == ["-P", "-m", "fvdrift", "run", "--resume", f"--set={title}", str(run_file)]
    assert heard[0] == launcher
    assert [word for word in heard[:run] if word in words] == words
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mpiexec", "said", "srun"]


@pytest.mark.parametrize(
    ("code", "restarts", "requeued"),
    [(0, 0, False), (3, 0, False), (75, 0, True), (75, 99, True), (75, 100, False)],
)
def test_it_is_queued_again_only_after_a_checkpoint(
    code: int, restarts: int, requeued: bool, jobscript: Jobscript, tmp_path: Path
) -> None:
    stub(tmp_path, "srun", f"exit {code}")
    stub(tmp_path, "scontrol", f'echo "$@" >"{tmp_path}/asked"')
    environment = {
        "PATH": f"{tmp_path}:/usr/bin:/bin",
        "FVDRIFT_CACHE_DIR": str(tmp_path),
        "SLURM_JOB_ID": "17",
    }
    done = subprocess.run(
        ["bash"], input=jobscript("slurm", "--mpi", "mpich"), env=environment | {"SLURM_RESTART_COUNT": str(restarts)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code
    assert (tmp_path / "asked").exists() == requeued
    if requeued:
        assert (tmp_path / "asked").read_text() == "requeue 17\n"


def prepared(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The script run where srun starts one copy of everything, and `folder` is that of the node."""
    stub(folder, "srun", 'while [[ $1 == --* ]]; do shift; done; [[ $1 == bash ]] || exit 0; exec "$@"')
    environment = {
        "PATH": f"{folder}:/usr/bin:/bin",
        "TMPDIR": str(folder),
        "SLURM_JOB_ID": "17",
        "SLURM_JOB_NUM_NODES": "1",
    }
    return subprocess.run(
        ["bash"], input=script, env=environment, capture_output=True, text=True, check=False
    )


def test_kernels_that_are_there_are_taken_to_the_node(
    jobscript: Jobscript, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warm = tmp_path / "it's home" / "0123abcd"
    (warm / "kernels").mkdir(parents=True)
    (warm / "kernels" / "advance.nbi").write_text("index")
    monkeypatch.setattr("fvdrift.process.kernel_cache.set_up", lambda: warm)
    script = jobscript("slurm", "--mpi", "mpich")
    for _ in range(2):  # the second finds them there
        done = prepared(script, tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        ours = tmp_path / f"fvdrift-{os.getuid()}"
        assert [str(path.relative_to(ours)) for path in sorted(ours.rglob("*"))] == [
            "0123abcd", "0123abcd/kernels", "0123abcd/kernels/advance.nbi",
        ]  # fmt: skip
        assert ours.stat().st_mode & 0o777 == 0o700


def test_a_folder_for_kernels_that_others_own_is_refused(jobscript: Jobscript, tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can give a folder away")
    theirs = tmp_path / f"fvdrift-{os.getuid()}"
    theirs.mkdir(mode=0o777)
    os.chown(theirs, 12345, 12345)
    done = prepared(jobscript("slurm", "--mpi", "mpich"), tmp_path)
    assert done.returncode == 1
    assert f"{theirs} is not ours alone" in done.stderr
    assert not list(theirs.iterdir())


@pytest.mark.parametrize("scheduler", ["slurm", "pbs"])
def test_what_mpi_leaves_goes_with_the_job_and_kernels_stay(
    scheduler: str, jobscript: Jobscript, tmp_path: Path
) -> None:
    said = tmp_path / "said"
    body = (
        f'[[ $* == *fvdrift* && $* != *FVDRIFT_CACHE_DIR/* ]] || exit 0\ntouch "$TMPDIR/left"\n'
        f'stat -c "%n %a" "$TMPDIR" >"{said}"; echo "$FVDRIFT_CACHE_DIR" >>"{said}"; exit 3'
    )
    for name in ("srun", "mpiexec"):
        stub(tmp_path, name, body)
    (tmp_path / "tmp").mkdir()
    script = jobscript(scheduler, "--mpi", "mpich", "--ranks", 2)
    script = re.sub(r"/\S*/mpiexec", str(tmp_path / "mpiexec"), script)
    environment = {
        "PATH": f"{tmp_path}:/usr/bin:/bin", "TMPDIR": str(tmp_path / "tmp"), "SLURM_JOB_ID": "17", "SLURM_JOB_NUM_NODES": "1",
        "PBS_O_WORKDIR": str(tmp_path), "PBS_NODEFILE": "/dev/null",
    }  # fmt: skip
    done = subprocess.run(
        ["bash"], input=script, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 3, done.stderr
    (folder, mode), (kernels,) = (line.split() for line in said.read_text().splitlines())
    assert Path(folder).parent == tmp_path / "tmp"
    assert mode == "700"
    assert not Path(folder).exists()
    assert kernels == str(tmp_path / "tmp")  # they lie in fvdrift-UID there
