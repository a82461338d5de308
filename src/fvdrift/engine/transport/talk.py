"""Messages between the manager and the others, counted by kind. What they say is in `messages`."""

import pickle
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from mpi4py import MPI
from mpi4py.util import pkl5

from .traffic import Traffic
from .waiting import Waiting

Shared = TypeVar("Shared")


class Talk:
    """Of a rank with the manager, or of the manager with them. Messages from one to another arrive in the order
    they were sent. Made by all ranks together."""

    def __init__(self, communicator: MPI.Comm, traffic: Traffic, waiting: Waiting):
        self._talk = pkl5.Intracomm(communicator.Dup())
        self._traffic, self._waiting = traffic, waiting

    def send(self, message: Any, rank: int) -> None:
        """Tell one rank."""
        self._traffic.add_message(message)
        self._talk.send(message, rank)

    def send_to_all(self, message: Any, ranks: Sequence[int]) -> None:
        """Tell them all the same."""
        self._traffic.add_message(message, len(ranks))
        for rank in ranks:
            self._talk.send(message, rank)

    def receive(self, source: int) -> Any:
        """The next message from a rank."""
        # not improbe: it waits for all parts of a message before it takes the first, and a large part is not
        # sent before
        self._waiting.until(lambda: self._talk.Iprobe(source))
        return self._talk.recv(source=source)

    def share(self, what: Shared, kind: str = "releases") -> Shared:
        """Rank 0 gives all others something that follows a message, by a tree."""
        self._traffic.broadcast(kind, pickled_size(what))
        self.shared(what)
        return what

    def shared(self, what: Any = None) -> Any:
        """What rank 0 shares. Called by all others together."""
        return self._talk.bcast(what)

    def sum_on_first(self, counts: np.ndarray) -> np.ndarray:
        """The sum of int64 arrays of all ranks, on rank 0. Called by all together."""
        total = np.zeros_like(counts)
        self._waiting.request(self._talk.Ireduce(counts, total))
        return total

    def sum_of_traffic(self) -> np.ndarray:
        """What all ranks have counted (`Traffic.state`), on rank 0. Called by all together."""
        return self.sum_on_first(self._traffic.state())


def traffic_of(communicator: MPI.Comm) -> Traffic:
    """Counts of this rank, with the nodes of all. Called by all ranks together."""
    on_node = communicator.Split_type(MPI.COMM_TYPE_SHARED)
    node = on_node.bcast(communicator.rank)  # the number of the first rank on it
    on_node.Free()
    return Traffic(communicator.allgather(node), communicator.rank)


def pickled_size(value: Any) -> int:
    """Bytes of a value on its way, with its arrays; they are not copied for it."""
    arrays: list[pickle.PickleBuffer] = []
    return len(pickle.dumps(value, 5, buffer_callback=arrays.append)) + sum(a.raw().nbytes for a in arrays)
