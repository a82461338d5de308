"""Job scripts run by SLURM, by srun and by mpiexec, with either family of MPI. Without SLURM and munge none
of this is tried."""

import ctypes.util
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fvdrift.process.mpi_library import mpiexec_of

from .cases import cloud
from .small_slurm import DAEMONS, ENDED, Slurm, daemon, small_slurm
from .workshop import digest, record, solve, start, write_run

pytestmark = pytest.mark.skipif(not all(map(daemon, (*DAEMONS, "sbatch"))), reason="no SLURM or munge")

# mpich: the wheel, which mpi4py finds first
LIBRARY = {"openmpi": ctypes.util.find_library("mpi") or "", "mpich": ""}
AS_ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
QUICK = ("mpich", "srun")  # each of the others takes a minute more
WAYS = [(mpi, launcher) for mpi in ("mpich", "openmpi") for launcher in ("srun", "mpiexec")]


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slurm]:
    """A SLURM of our own."""
    with small_slurm(tmp_path_factory.mktemp("slurm")) as running:
        yield running


@pytest.fixture(scope="module")
def resumes() -> bool:
    """Whether `run` knows of checkpoints; without, scripts ask for what there is not."""
    return "--resume" in start("run", "--help").stdout


@pytest.fixture
def submitted(slurm: Slurm, tmp_path: Path) -> Iterator[Callable[[Path], str]]:
    """Submits a script; kernels go to one folder for all tests, as on a node."""
    jobs = []

    def submit(script: Path) -> str:
        jobs.append(slurm.submit(script, TMPDIR=str(slurm.folder), **AS_ROOT))
        return jobs[-1]

    yield submit
    for job in jobs:
        slurm.wait(job)


def script_of(run_file: Path, mpi: str, launcher: str, *more: str) -> Path:
    """The script for three ranks that `fvdrift jobscript` writes."""
    if mpi == "openmpi" and not (LIBRARY[mpi] and mpiexec_of("openmpi") != "mpiexec"):
        pytest.skip("no Open MPI")
    if mpi == "mpich" and mpiexec_of("mpich") == "mpiexec":
        pytest.skip("no MPICH")
    if (mpi, launcher) == ("openmpi", "srun") and not opens("libpmix.so"):
        pytest.skip("no libpmix.so, which srun --mpi=pmix opens: apt install libpmix-dev")
    script = run_file.with_name("job.sh")
    # SLURM's pmix does not serve two nodes on one machine
    nodes = 1 if (mpi, launcher) == ("openmpi", "srun") else 2
    done = start("jobscript", "slurm", run_file, "--ranks", 3, "--nodes", nodes, "--mpi", mpi, "--launcher", launcher,
                 "--walltime", "5min", *more, "-o", script, MPI4PY_LIBMPI=LIBRARY[mpi])  # fmt: skip
    assert done.returncode == 0, done.stderr
    return script


def opens(library: str) -> bool:
    """Whether the dynamic linker finds a library by that name."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def changed(script: Path, old: str, new: str) -> None:
    """Put something else into a script."""
    text = script.read_text()
    assert old in text
    script.write_text(text.replace(old, new))


def log_of(slurm: Slurm, job: str) -> str:
    return next(slurm.folder.glob(f"*-{job}.log")).read_text()


def await_true(what: Callable[[], bool], seconds: float = 180.0) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until
        time.sleep(0.1)


def await_files(folder: Path, *names: str) -> None:
    await_true(lambda: all((folder / name).exists() for name in names))


@pytest.mark.parametrize(("mpi", "launcher"), WAYS)
def test_a_job_writes_the_bytes_of_a_plain_run(
    mpi: str, launcher: str, slurm: Slurm, submitted: Callable[[Path], str], resumes: bool, tmp_path: Path
) -> None:
    run_file = write_run(tmp_path, cloud(tmp_path))
    expected = digest(solve(run_file, output="plain.nc"))
    script = script_of(run_file, mpi, launcher)
    if not resumes:
        changed(script, " --resume", "")
    job = submitted(script)
    facts = slurm.wait(job)
    assert (facts["JobState"], facts["ExitCode"]) == ("COMPLETED", "0:0"), log_of(slurm, job)
    assert digest(tmp_path / "tracks.nc") == expected
    assert record(tmp_path / "tracks.nc")["ranks"] == 3


@pytest.mark.parametrize(("mpi", "launcher"), WAYS)
def test_a_job_that_is_signalled_is_queued_again_and_goes_on(
    mpi: str, launcher: str, slurm: Slurm, submitted: Callable[[Path], str], tmp_path: Path
) -> None:
    script = script_of(write_run(tmp_path, cloud(tmp_path)), mpi, launcher)
    changed(script, "-P -m fvdrift run", f"{Path(__file__).with_name('stopped_by_a_signal.py')} run")
    job = submitted(script)
    await_files(tmp_path, "waits.0", "waits.1", "waits.2")
    slurm.command("scancel", "--signal=USR1", "--batch", job)
    await_files(tmp_path, "checkpoint")
    slurm.wait(job, "RUNNING", "COMPLETING", "PENDING")
    facts = slurm.wait(job)
    said = log_of(slurm, job)
    assert (facts["JobState"], facts["ExitCode"], facts["Restarts"]) == ("COMPLETED", "0:0", "1"), said
    assert "queued again" in said
    for rank in (0, 1, 2):
        assert f"rank {rank} of 3 got 1 signal(s)" in said
        assert f"rank {rank} of 3 goes on" in said


def test_a_job_that_is_cancelled_is_not_queued_again(
    slurm: Slurm, submitted: Callable[[Path], str], tmp_path: Path
) -> None:
    script = script_of(write_run(tmp_path, cloud(tmp_path)), "mpich", "srun")
    stand_in = tmp_path / "leaves.py"
    stand_in.write_text(
        "import signal, sys, time\nfrom pathlib import Path\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(75))\n"
        "Path(sys.argv[-1]).with_name('waits').touch()\ntime.sleep(60)\n"
    )
    changed(script, "-P -m fvdrift run", f"{stand_in} run")
    job = submitted(script)
    await_files(tmp_path, "waits")
    slurm.command("scancel", job)
    facts = slurm.wait(job)
    assert (facts["JobState"], facts["Restarts"]) == ("CANCELLED", "0")
    time.sleep(2)
    assert slurm.facts(job)["JobState"] == "CANCELLED"
    assert "queued again" not in log_of(slurm, job)


@pytest.mark.parametrize(
    ("mpi", "launcher"),
    [way if way == QUICK else pytest.param(*way, marks=pytest.mark.validation) for way in WAYS],
)
def test_a_run_that_is_stopped_twice_ends_with_the_bytes_of_a_plain_run(
    mpi: str, launcher: str, slurm: Slurm, submitted: Callable[[Path], str], resumes: bool, tmp_path: Path
) -> None:
    if not resumes:
        pytest.skip("fvdrift run has no --resume")
    tree = cloud(tmp_path)
    tree["release"][0]["count"] = 80_000  # some seconds of work
    tree["time"]["step"] = "10s"
    run_file = write_run(tmp_path, tree)
    expected = digest(solve(run_file, output="plain.nc"))
    job = submitted(script_of(run_file, mpi, launcher))

    def said(words: str, times: int) -> bool:
        return slurm.facts(job)["JobState"] in ENDED or (
            bool(list(slurm.folder.glob(f"*-{job}.log"))) and log_of(slurm, job).count(words) >= times
        )

    await_true(lambda: said(" active ", 1))
    slurm.command("scancel", "--signal=USR1", "--batch", job)
    await_true(lambda: said("resumes from", 1))
    if slurm.facts(job)["JobState"] not in ENDED:
        slurm.command("scancel", "--signal=USR1", "--batch", job)
    facts = slurm.wait(job, seconds=180.0)
    assert (facts["JobState"], facts["ExitCode"]) == ("COMPLETED", "0:0"), log_of(slurm, job)
    assert int(facts["Restarts"]) >= 1, log_of(slurm, job)
    assert "resumes from" in log_of(slurm, job)
    assert digest(tmp_path / "tracks.nc") == expected


def test_a_task_of_an_array_that_is_signalled_goes_on_alone(
    slurm: Slurm, submitted: Callable[[Path], str], tmp_path: Path
) -> None:
    """The last task has the number of the whole array, by which all would be queued again."""
    run_file = write_run(tmp_path, cloud(tmp_path))
    script = script_of(run_file, *QUICK, "--array", "seed=5-6", "--set", "seed={seed}")
    changed(script, "-P -m fvdrift run", f"{Path(__file__).with_name('stopped_by_a_signal.py')} run")
    changed(script, str(run_file), f"{tmp_path}/${{each}}/run.toml")
    for seed in ("5", "6"):
        (tmp_path / seed).mkdir()
    job = submitted(script)
    await_files(tmp_path, *(f"{seed}/waits.{rank}" for seed in (5, 6) for rank in (0, 1, 2)))
    slurm.command("scancel", "--signal=USR1", "--batch", f"{job}_1")
    await_files(tmp_path, "6/checkpoint")
    await_true(lambda: slurm.facts(f"{job}_1")["Restarts"] == "1")
    assert slurm.facts(f"{job}_0")["Restarts"] == "0"
    assert slurm.facts(f"{job}_0")["JobState"] == "RUNNING"
    slurm.command("scancel", "--signal=USR1", "--batch", f"{job}_0")
    for task in (0, 1):
        facts = slurm.wait(f"{job}_{task}")
        assert (facts["JobState"], facts["ExitCode"], facts["Restarts"]) == ("COMPLETED", "0:0", "1")
        said = (slurm.folder / f"run-{job}_{task}.log").read_text()
        assert said.count(f"seed={5 + task}\n") == 2
        assert said.count("goes on") == 3


def test_a_module_that_is_missing_ends_the_job(
    slurm: Slurm, submitted: Callable[[Path], str], tmp_path: Path
) -> None:
    script = script_of(write_run(tmp_path, cloud(tmp_path)), *QUICK, "--module", "no-such-module/1")
    job = submitted(script)
    facts = slurm.wait(job)
    assert (facts["JobState"], facts["ExitCode"], facts["Restarts"]) == ("FAILED", "1:0", "0")
    assert "no-such-module/1" in log_of(slurm, job)
    assert not (tmp_path / "tracks.nc").exists()
