"""What a rank above 0 does: it serves as a worker. All modules that it takes are loaded with this one, and those of
rank 0 alone are not."""

from typing import TYPE_CHECKING

from fvdrift.engine.transport import serve as until_told_to_stop
from fvdrift.process import Signals, kernel_cache

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

kernel_cache.load_compiler()


def serve(communicator: "Intracomm", signals: Signals, kernels: str = "") -> int:
    """Do what rank 0 says until it says stop; returns the exit code. kernels: the hash of their sources, where
    rank 0 has sent them. Raises AgreedError."""
    if kernels:
        kernel_cache.believe(kernels)
    kernel_cache.set_up()
    with signals.held():
        return until_told_to_stop(communicator, signals)
