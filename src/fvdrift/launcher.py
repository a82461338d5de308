"""Who am I among the copies that mpiexec or srun started, found without loading MPI; and the way in to MPI when needed.

A launcher tells each copy its number in the environment. So one copy can speak for all about a bad run file before any
has paid for MPI, and all can notice when MPI then does not see what the launcher started.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from fvdrift.errors import FvdriftError, RunFileError

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

# rank and size as launchers say them: Open MPI; MVAPICH; MPICH, Intel MPI and srun --mpi=pmi2
_DIRECT = (
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    ("MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE"),
    ("PMI_RANK", "PMI_SIZE"),
)
_LEFT_BEHIND = ("PMI_", "PMIX_", "OMPI_", "MV2_", "HYDI_", "MPI_LOCAL", "SLURM_")


class Seat(NamedTuple):
    """One copy among those a launcher started. size: None where the launcher does not say; said_by: how we know."""

    rank: int
    size: int | None
    said_by: str


class AgreedError(FvdriftError):
    """An error that all ranks have heard of and raise alike: nobody needs to be stopped."""

    def __init__(self, message: str, exit_code: int):
        super().__init__(message)
        self.exit_code = exit_code


def seat(environment: Mapping[str, str] = os.environ) -> Seat | None:
    """This copy's seat, or None when no launcher is seen."""

    def read(name: str) -> int | None:
        value = environment.get(name, "")
        return int(value) if value.isascii() and value.isdigit() else None

    direct = []
    for rank_name, size_name in _DIRECT:
        rank, size = read(rank_name), read(size_name)
        if rank is not None and size is not None and rank < size:
            direct.append(Seat(rank, size, size_name))
    if direct:
        # a shell that srun started leaves PMI_SIZE=1 behind for the mpirun started in it
        return max(direct, key=lambda found: found.size or 0)
    rank, size = read("SLURM_PROCID"), read("SLURM_STEP_NUM_TASKS")
    # a batch script has SLURM_PROCID=0 as well; only a step that srun launched has these
    by_srun = "SLURM_STEP_ID" in environment or "SLURM_LAUNCH_NODE_IPADDR" in environment
    if by_srun and rank is not None and size is not None and rank < size:
        return Seat(rank, size, "SLURM_STEP_NUM_TASKS")
    rank = read("PMIX_RANK")
    return None if rank is None else Seat(rank, None, "PMIX_RANK")


def outside(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment for a process that is none of the copies: without what the launcher told this one."""
    return {name: value for name, value in environment.items() if not name.startswith(_LEFT_BEHIND)}


def connect(environment: Mapping[str, str] = os.environ) -> "Intracomm | None":
    """The communicator of all copies, or None for a single one (then MPI is never loaded).

    Raises RunFileError when several copies were started and MPI cannot be loaded, or does not show them to each other.
    """
    here = seat(environment)
    if here is None or here.size == 1:
        return None
    try:
        import mpi4py

        mpi4py.rc.thread_level = "funneled"  # reader and writer threads never talk MPI
        from mpi4py import MPI
    except (ImportError, RuntimeError, OSError) as error:
        reason = str(error).strip().splitlines()
        raise RunFileError(
            f"{_started(here)}, but no MPI library could be loaded ({reason[0] if reason else type(error).__name__}): "
            "load the MPI module that this launcher belongs to, set MPI4PY_LIBMPI to its libmpi.so, "
            "or pip install mpich and use the mpiexec that comes with it"
        ) from error
    communicator = MPI.COMM_WORLD
    if communicator.size == 1 and (here.rank > 0 or (here.size or 1) > 1):
        library = MPI.Get_library_version().strip("\0 \n").splitlines()[0]
        by_srun = here.said_by == "SLURM_STEP_NUM_TASKS"
        cure = (
            "start them with srun --mpi=pmi2 or srun --mpi=pmix (srun --mpi=list names what there is)"
            if by_srun
            else "use the mpiexec of that library, load the module of the MPI that this mpiexec belongs to and set "
            "MPI4PY_LIBMPI to its libmpi.so, or pip install mpich and use the mpiexec that comes with it"
        )
        raise RunFileError(
            f"{_started(here)}, but they don't see each other: each is alone to the MPI library that mpi4py found "
            f"({library}); {cure}"
        )
    return communicator


def _started(here: Seat) -> str:
    return f"{here.size} copies were started" if here.size else "several copies were started"


@contextmanager
def together(communicator: "Intracomm | None") -> Iterator[None]:
    """A stretch that every rank goes through; an FvdriftError of any of them becomes the same AgreedError on all.

    All ranks meet at the end of the block, so that nobody waits for one who has left. Other exceptions pass: they are
    the concern of the rank they happen on, which stops the others.
    """
    own: FvdriftError | None = None
    try:
        yield
    except FvdriftError as error:
        if communicator is None:
            raise
        own = error
    if communicator is None:
        return
    heard = communicator.allgather(None if own is None else (own.exit_code, str(own)))
    rank = next((rank for rank, said in enumerate(heard) if said), None)
    if rank is not None:
        exit_code, message = heard[rank]
        everyone = all(said == heard[rank] for said in heard)
        raise AgreedError(message if everyone else f"rank {rank}: {message}", exit_code) from own
