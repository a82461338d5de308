"""What one rank of each node does first, so that the others there find it done."""

from collections.abc import Callable

from mpi4py import MPI

from .waiting import Waiting


def in_turn(on_node: MPI.Comm, do: Callable[[], None]) -> None:
    """The first rank of a node does it, then all others. on_node: the ranks of a node, which call it together."""
    if on_node.rank == 0:
        do()
    Waiting().request(on_node.Ibarrier())
    if on_node.rank > 0:
        do()
