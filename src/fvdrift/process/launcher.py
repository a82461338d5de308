"""Who am I among the copies that mpiexec or srun started, found without loading MPI; and the way in to MPI
when needed.

A launcher tells each copy its number in the environment. So one copy can speak for all about a bad run file
before any has paid for MPI, and all can notice when MPI then does not see what the launcher started.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from fvdrift.errors import FvdriftError, RunFileError

from . import libmpi
from .orphan import leave_with_launcher

if TYPE_CHECKING:
    from ctypes import CDLL

    from mpi4py.MPI import Intracomm

# rank and size as launchers say them: Open MPI; MVAPICH; MPICH, Intel MPI and srun --mpi=pmi2
_DIRECT = (
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    ("MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE"),
    ("PMI_RANK", "PMI_SIZE"),
)
_NAMES: dict[libmpi.Family, str] = {"mpich": "MPICH", "openmpi": "Open MPI"}


class Seat(NamedTuple):
    """One copy among those a launcher started. size: None where the launcher does not say; said_by: how we
    know."""

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


def connect(environment: Mapping[str, str] = os.environ) -> "Intracomm | None":
    """The communicator of all copies, or None for a single one (then MPI is never loaded).

    From here on a copy ends when its launcher does. Raises RunFileError when several copies were started and
    MPI cannot be loaded, or does not show them to each other.
    """
    here = seat(environment)
    if here is None or here.size == 1:
        return None
    leave_with_launcher(lambda given: seat(given) == here)
    try:
        import mpi4py

        library = libmpi.load()
    except (ImportError, RuntimeError, OSError) as error:
        reason = str(error).strip().splitlines()
        raise RunFileError(
            f"{_started(here)}, but no MPI library could be loaded ({reason[0] if reason else type(error).__name__}): "
            "load the MPI module that this launcher belongs to, set MPI4PY_LIBMPI to its libmpi.so, "
            "or pip install mpich and use the mpiexec that comes with it"
        ) from error
    family, launched_by = libmpi.family(library), _family_of_launcher(here, environment)
    if launched_by not in (None, family):
        raise _strangers(here, library, f"this mpiexec is of {_NAMES[launched_by]}")
    mpi4py.rc.initialize = False
    from mpi4py import MPI

    if not MPI.Is_initialized():
        libmpi.initialise(library, MPI)
    communicator = MPI.COMM_WORLD
    if communicator.size == 1 and (here.rank > 0 or (here.size or 1) > 1):
        raise _strangers(here, library, "each is alone to it")
    return communicator


def _family_of_launcher(here: Seat, environment: Mapping[str, str]) -> libmpi.Family | None:
    """That which an mpiexec belongs to; None where it is not known, or serves both as srun does."""
    if here.said_by == "OMPI_COMM_WORLD_SIZE":
        return "openmpi"
    return "mpich" if here.said_by == "PMI_SIZE" and "HYDI_CONTROL_FD" in environment else None


def _strangers(here: Seat, library: "CDLL", why: str) -> RunFileError:
    """Copies that the library does not bring together."""
    from .mpi_library import mpiexec_of

    if here.said_by == "SLURM_STEP_NUM_TASKS":
        cure = "start them with srun --mpi=pmi2 or srun --mpi=pmix (srun --mpi=list names what there is)"
    else:
        found = mpiexec_of(libmpi.family(library))
        cure = (
            f"use the mpiexec of that library{f' ({found})' if os.path.isabs(found) else ''}, load the module of the MPI that "
            "this mpiexec belongs to and set MPI4PY_LIBMPI to its libmpi.so (Debian's MPICH: libmpich.so.12), or pip install "
            "mpich and use the mpiexec that comes with it"
        )
    return RunFileError(
        f"{_started(here)}, but they don't see each other: mpi4py found the library {libmpi.version(library)}, and {why}; {cure}"
    )


def _started(here: Seat) -> str:
    return f"{here.size} copies were started" if here.size else "several copies were started"


@contextmanager
def together(communicator: "Intracomm | None") -> Iterator[None]:
    """A stretch that every rank goes through; an FvdriftError of any of them becomes the same AgreedError on
    all.

    All ranks meet at the end of the block, so that nobody waits for one who has left. Other exceptions pass:
    they are the concern of the rank they happen on, which stops the others.
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
