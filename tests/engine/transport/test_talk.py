"""What a rank hears, in whatever order it arrives. On real ranks: tests/mpi/test_talk.py."""

import pickle
from collections import Counter, deque
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("mpi4py")

from fvdrift.engine.transport.talk import Talk
from fvdrift.engine.transport.tree import Tree

RANK = 3


class Arriving:
    """Stands for a communicator, and for waiting: at each look the next message is there, of the one kind or of the
    other as `ways` says. Each kind comes in its order."""

    rank = RANK

    def __init__(self, alone: list[Any], to_all: list[Any], ways: list[bool]):
        self._left, self._ways = {0: deque(alone), 2: deque(to_all)}, deque(ways)
        self._here: dict[int, deque[Any]] = {0: deque(), 2: deque()}

    def until(self, poll: Any) -> None:
        while not poll():
            first = 0 if self._ways and self._ways.popleft() else 2
            source = first if self._left[first] else 2 - first
            self._here[source].append(self._left[source].popleft())

    def Iprobe(self, source: int, tag: int) -> bool:
        return bool(self._here[source])

    def recv(self, source: int, tag: int) -> Any:
        return self._here[source].popleft()


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["to all", "to it", "to another"]), max_size=30),
    st.lists(st.booleans(), max_size=30),
)
def test_it_hears_all_in_the_order_it_was_said_in(script: list[str], ways: list[bool]) -> None:
    """Told by rank 0, and passed on by rank 2."""
    manager, alone, to_all = Talk.__new__(Talk), [], []
    manager._told, manager._said_to_all = Counter(), 0
    manager._send = lambda what, message, rank: alone.append((rank, what))
    manager._pass_on = lambda data, message: to_all.append(data)
    for number, whom in enumerate(script):
        if whom == "to all":
            manager.tell_all(number)
        else:
            manager.tell(number, RANK if whom == "to it" else 5)
    heard = Talk.__new__(Talk)
    arriving = Arriving([what for rank, what in alone if rank == RANK], to_all, ways)
    heard._talk = heard._waiting = arriving
    heard._tree, heard._said_to_all, heard._heard = Tree(2, ()), 0, 0
    heard._alone, heard._to_all = deque(), None
    heard._take = arriving.recv
    heard._pass_on = lambda data, message: passed.append(message)
    passed: list[int] = []
    of_it = [number for number, whom in enumerate(script) if whom != "to another"]
    assert [heard.hear() for _ in of_it] == of_it
    assert passed == [number for number, whom in enumerate(script) if whom == "to all"]
    assert all(isinstance(pickle.loads(data), tuple) for data in to_all)
