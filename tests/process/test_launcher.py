"""Who a copy is, from what each launcher leaves in the environment; and copies that do not see each other."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fvdrift.errors import OutputError, RunFileError
from fvdrift.process import launcher
from fvdrift.process.mpi_library import outside

MPIEXEC = shutil.which("mpiexec", path=str(Path(sys.executable).parent)) or shutil.which("mpiexec")
needs_mpiexec = pytest.mark.skipif(MPIEXEC is None, reason="no mpiexec")


def clean_environment() -> dict[str, str]:
    seen = ("PMI_", "PMIX_", "OMPI_", "MV2_", "SLURM_", "MPI_LOCAL")
    return {name: value for name, value in os.environ.items() if not name.startswith(seen)}


def launch(ranks: int, code: str) -> subprocess.CompletedProcess:
    command = [MPIEXEC, "-n", str(ranks), sys.executable, "-c", code]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, env=clean_environment(), check=False
    )


@pytest.mark.parametrize(
    ("environment", "rank", "size"),
    [
        ({"PMI_RANK": "2", "PMI_SIZE": "4"}, 2, 4),
        ({"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "3", "PMIX_RANK": "1"}, 1, 3),
        ({"MV2_COMM_WORLD_RANK": "0", "MV2_COMM_WORLD_SIZE": "2"}, 0, 2),
        ({"SLURM_PROCID": "5", "SLURM_STEP_NUM_TASKS": "8", "SLURM_STEP_ID": "0"}, 5, 8),
        ({"SLURM_PROCID": "5", "SLURM_STEP_NUM_TASKS": "8", "SLURM_STEP_ID": "0", "PMIX_RANK": "5"}, 5, 8),
        ({"PMIX_RANK": "3"}, 3, None),
        ({"PMI_RANK": "0", "PMI_SIZE": "1"}, 0, 1),
        # mpirun of Open MPI within a shell that srun --mpi=pmi2 started
        ({"PMI_RANK": "0", "PMI_SIZE": "1", "OMPI_COMM_WORLD_RANK": "2", "OMPI_COMM_WORLD_SIZE": "4"}, 2, 4),
        # mpiexec of MPICH starts one helper per node through srun
        (
            {
                "PMI_RANK": "7",
                "PMI_SIZE": "8",
                "SLURM_PROCID": "1",
                "SLURM_STEP_NUM_TASKS": "2",
                "SLURM_STEP_ID": "0",
            },
            7,
            8,
        ),
    ],
)
def test_each_launcher_is_recognised(environment, rank, size):
    seat = launcher.seat(environment)
    assert (seat.rank, seat.size) == (rank, size)


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"SLURM_PROCID": "0", "SLURM_NTASKS": "64", "SLURM_JOB_ID": "9"},  # a batch script without srun
        {"PMI_RANK": "x", "PMI_SIZE": "4"},
        {"PMI_RANK": "1"},
    ],
)
def test_no_launcher_no_seat(environment):
    assert launcher.seat(environment) is None
    assert launcher.connect(environment) is None


def test_a_single_copy_never_loads_mpi():
    code = (
        "import sys; from fvdrift.process import launcher\n"
        "assert launcher.connect({}) is None\n"
        "assert launcher.connect({'PMI_RANK': '0', 'PMI_SIZE': '1'}) is None\n"
        "assert 'mpi4py' not in sys.modules and 'mpi4py.MPI' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize(
    ("environment", "cure"),
    [
        ({"OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "3"}, "pip install mpich"),
        ({"SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "3", "SLURM_STEP_ID": "0"}, "--mpi=pmi2"),
        ({"PMIX_RANK": "2"}, "MPI4PY_LIBMPI"),
    ],
)
def test_copies_that_do_not_see_each_other_are_told_what_to_do(environment, cure):
    code = (
        "from fvdrift import errors; from fvdrift.process import launcher\n"
        f"try: launcher.connect({environment!r})\n"
        "except errors.RunFileError as error: print(error)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, env=clean_environment(), check=True
    )
    assert "copies were started, but they don't see each other" in done.stdout
    assert cure in done.stdout
    assert len(done.stdout.splitlines()) == 1


def test_a_missing_mpi_library_is_told_in_one_sentence():
    code = (
        "from fvdrift import errors; from fvdrift.process import launcher\n"
        "try: launcher.connect({'PMI_RANK': '1', 'PMI_SIZE': '2'})\n"
        "except errors.RunFileError as error: print(error)"
    )
    environment = {**clean_environment(), "MPI4PY_LIBMPI": "/nowhere/libmpi.so"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=True)
    assert "2 copies were started, but no MPI library could be loaded" in done.stdout
    assert len(done.stdout.splitlines()) == 1


@needs_mpiexec
def test_launched_copies_get_one_communicator():
    code = "from fvdrift.process import launcher; c = launcher.connect(); assert (c.rank, c.size) == launcher.seat()[:2]"
    done = launch(3, code)
    assert done.returncode == 0, done.stderr


class FakeCommunicator:
    """Rank 0 of three; the others report what they are given."""

    def __init__(self, others):
        self.others = others

    def allgather(self, value):
        return [value, *self.others]


def test_an_error_of_one_rank_is_raised_on_all():
    ranks = FakeCommunicator([None, (4, "disk full")])
    with pytest.raises(launcher.AgreedError, match="rank 2: disk full") as error, launcher.together(ranks):
        pass
    assert error.value.exit_code == 4


def test_an_error_of_all_ranks_is_said_without_a_rank():
    ranks = FakeCommunicator([(2, "no water"), (2, "no water")])
    with pytest.raises(launcher.AgreedError, match=r"^no water$") as error, launcher.together(ranks):
        raise RunFileError("no water")
    assert error.value.exit_code == 2


def test_one_process_keeps_its_own_error():
    with pytest.raises(OutputError), launcher.together(None):
        raise OutputError("disk full")
    with launcher.together(None):
        pass


@needs_mpiexec
def test_together_on_real_ranks():
    code = (
        "from fvdrift import errors; from fvdrift.process import launcher\n"
        "c = launcher.connect()\n"
        "try:\n"
        "    with launcher.together(c):\n"
        "        if c.rank == 1: raise errors.ForcingError('truncated')\n"
        "except launcher.AgreedError as e:\n"
        "    assert e.exit_code == 3 and str(e) == 'rank 1: truncated', e\n"
        "else: raise SystemExit(9)"
    )
    done = launch(2, code)
    assert done.returncode == 0, done.stderr


def test_a_process_beside_the_copies_is_told_nothing_of_their_launcher():
    left = {
        "PMI_RANK": "1",
        "PMIX_RANK": "1",
        "OMPI_COMM_WORLD_SIZE": "4",
        "SLURM_PROCID": "1",
        "MPI_LOCALNRANKS": "4",
    }
    assert outside({**left, "PATH": "/bin"}) == {"PATH": "/bin"}
