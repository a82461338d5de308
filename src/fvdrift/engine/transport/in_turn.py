"""Compiling on each node by one rank, so that the others there find it done."""

from collections.abc import Callable

from mpi4py import MPI

from fvdrift.process import broadcast
from fvdrift_kernels import keeping


def in_turn(on_node: MPI.Comm, rehearse: Callable[[], None]) -> None:
    """The first rank of a node compiles what `rehearse` calls, or reads what was kept of it; then all others, with
    what it has. on_node: the ranks of a node, which call it together."""
    if on_node.rank == 0:
        keeping.note()
        rehearse()
    compiled = broadcast(on_node, keeping.noted() if on_node.rank == 0 else None)
    if on_node.rank > 0:
        keeping.take(compiled)
        rehearse()
