"""Messages between the manager and the others, counted by kind. What they say is in `messages`.

What all are told, and what all say, goes from rank to rank along a tree, so that no rank has to do with more than a
few others. What one is told alone, and what is large, goes straight. Either may overtake the other on its way, so
each says how many of the other kind the manager sent before it: a rank hears all in the order it was said in.
"""

import pickle
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from mpi4py import MPI
from mpi4py.util import pkl5

from fvdrift.process import Waiting

from .traffic import Traffic
from .tree import tree_of

Shared = TypeVar("Shared")
_STRAIGHT, _TO_ALL, _OF_ALL = 0, 1, 2  # tags


class Talk:
    """Of a rank with the manager, or of the manager with them. Messages from one to another arrive in the order
    they were sent. Made by all ranks together."""

    def __init__(self, communicator: MPI.Comm, traffic: Traffic, waiting: Waiting):
        self._talk = pkl5.Intracomm(communicator.Dup())
        self._traffic, self._waiting = traffic, waiting
        self._tree = tree_of(communicator.rank, communicator.size)
        self._said_to_all = 0  # messages: of rank 0, sent; of another, heard
        self._told = Counter[int]()  # of rank 0: how many each rank was told alone, since the last to all
        self._heard = 0  # of another: how many it has heard alone, since then
        self._alone: deque[tuple[int, Any]] = deque()  # arrived, with how many to all go before
        self._to_all: tuple[dict[int, int], Any] | None = (
            None  # the next, with how many alone go before, by rank
        )

    def tell(self, message: Any, rank: int) -> None:
        """The manager tells one rank, which is to `hear` it."""
        self._told[rank] += 1
        self._send((self._said_to_all, message), message, rank)

    def tell_all(self, message: Any) -> None:
        """The manager tells all others the same, who are to `hear` it."""
        told, self._told = dict(self._told), Counter()
        self._said_to_all += 1
        self._pass_on(pickle.dumps((told, message), pickle.HIGHEST_PROTOCOL), message)

    def hear(self) -> Any:
        """What the manager tells this rank next."""
        while True:
            if self._alone and self._alone[0][0] == self._said_to_all:
                self._heard += 1
                return self._alone.popleft()[1]
            if self._to_all is not None and self._to_all[0].get(self._talk.rank, 0) == self._heard:
                (_, message), self._to_all = self._to_all, None
                self._said_to_all, self._heard = self._said_to_all + 1, 0
                return message
            self._waiting.until(self._listen)

    def _listen(self) -> bool:
        """Take what has arrived; whether anything has. What all are told goes on before it is looked at."""
        if self._talk.Iprobe(0, _STRAIGHT):
            self._alone.append(self._talk.recv(source=0, tag=_STRAIGHT))
            return True
        if self._to_all is None and self._talk.Iprobe(self._tree.above, _TO_ALL):
            data = self._take(self._tree.above, _TO_ALL)
            self._to_all = pickle.loads(data)
            self._pass_on(data, self._to_all[1])
            return True
        return False

    def send(self, what: Any) -> None:
        """Give the manager something that it waits for of this rank."""
        self._send(what, what, 0)

    def receive(self, source: int) -> Any:
        """What a rank has sent to the manager."""
        # not improbe: it waits for all parts of a message before it takes the first, and a large part is not
        # sent before
        self._waiting.until(lambda: self._talk.Iprobe(source, _STRAIGHT))
        return self._talk.recv(source=source, tag=_STRAIGHT)

    def say_together(self, own: Any, plus: Callable[[Any, Any], Any]) -> Any:
        """What all ranks say, on rank 0; all call it. own: None where this one says nothing; plus: puts together
        what ranks say and what those say that come after them, in any grouping."""
        for rank in self._tree.below:
            theirs = pickle.loads(self._take(rank, _OF_ALL))
            own = theirs if own is None else own if theirs is None else plus(own, theirs)
        if self._talk.rank > 0:
            self._traffic.add_message(own, self._tree.above)
            self._give(pickle.dumps(own, pickle.HIGHEST_PROTOCOL), [self._tree.above], _OF_ALL)
        return own

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

    def _send(self, what: Any, message: Any, rank: int) -> None:
        self._traffic.add_message(message, rank)
        self._talk.send(what, rank, _STRAIGHT)

    def _pass_on(self, data: bytes | bytearray, message: Any) -> None:
        for rank in self._tree.below:
            self._traffic.add_message(message, rank)
        self._give(data, self._tree.below, _TO_ALL)

    def _give(self, data: bytes | bytearray, ranks: Sequence[int], tag: int) -> None:
        """Waits until it has left."""
        for request in [self._talk.Isend([data, MPI.BYTE], rank, tag) for rank in ranks]:
            self._waiting.request(request)

    def _take(self, source: int, tag: int) -> bytearray:
        status = MPI.Status()
        self._waiting.until(lambda: self._talk.Iprobe(source, tag, status))
        data = bytearray(status.Get_count(MPI.BYTE))
        self._talk.Recv([data, MPI.BYTE], source, tag)
        return data


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
