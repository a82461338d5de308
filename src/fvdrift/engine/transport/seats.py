"""Where ranks are, and which see the folder of the output: told by all to all. Who owns what follows from it
(`engine.owners`)."""

from mpi4py import MPI

from fvdrift.engine.owners import Seat
from fvdrift.output import Mark


def seats_of(communicator: MPI.Comm, mark: Mark) -> list[Seat]:
    """Of all ranks; all call it together."""
    sees = communicator.rank == 0 or mark.is_seen()
    return communicator.allgather(Seat(communicator.rank, MPI.Get_processor_name(), sees))
