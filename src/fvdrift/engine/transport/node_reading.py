"""A rank's part in the frames that its node reads for itself: its share of each, and its elements of what all have
read. Which frames those are, the manager says.

What all ranks do together here, they do in the same order, because the manager tells them so.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from mpi4py import MPI

from fvdrift.forcing import Fields, LocatedFrame, TimedFrame
from fvdrift.mesh import InFile
from fvdrift.process import Waiting

from ..frame_messages import BeginFrame, PlacedFrame, ReadByNodes, TakePlaced
from ..node_frames import FrameLayout, FramePlaces, FrameShare, Outcome, State, shares
from .agreement import agree
from .segment import node_segment

if TYPE_CHECKING:
    from .crew import Host


class NodeReading:
    """Of one rank. readers: its threads; why_not: why it cannot be used, "" where it can; trouble: why frames lie
    nowhere better; both are the same on all ranks; wait_s: seconds in which it has waited for frames."""

    def __init__(
        self, communicator: MPI.Comm, order: ReadByNodes, asked: Callable[[], bool], waiting: Waiting
    ):
        """All ranks make it together."""
        self._communicator, self._asked, self._waiting = communicator.Dup(), asked, waiting
        self._supply, self._reader = order.supply, order.reader
        self._node = communicator.Split_type(MPI.COMM_TYPE_SHARED)
        self.readers, self.wait_s, self.trouble = 1, 0.0, ""
        self._share: FrameShare | None = None
        self.why_not = self._first(order.files.missed())
        if not self.why_not:
            self.why_not = self._make_room(order)

    def _make_room(self, order: ReadByNodes) -> str:
        """Why there is none."""
        self._layout = FrameLayout(order.layout)
        found = node_segment(self._node, order.places * self._layout.nbytes)
        trouble = "; ".join(found.troubles)
        why = self._first("" if found.memory is not None else trouble)
        self.trouble = self._first(trouble)
        if why or found.memory is None:
            return why
        self._places = FramePlaces(self._layout, found.memory)
        self._share = FrameShare(self._places)
        return ""

    def _first(self, why: str) -> str:
        """What the first rank says that says anything."""
        self._waiting.request(self._communicator.Ibarrier())
        return next(filter(None, self._communicator.allgather(why)), "")

    @property
    def read_s(self) -> float:
        return 0.0 if self._share is None else self._share.read_s

    @property
    def nbytes(self) -> int:
        """Of a frame."""
        return self._layout.nbytes

    def begin(self, order: BeginFrame) -> None:
        """Have this rank's share of a frame read meanwhile."""
        assert self._share is not None
        located = order.located
        names = shares(self._layout, self._node.size, located.frame)[self._node.rank]
        self._share.begin(located.frame, order.place, names, lambda name: self._field(located, name))

    def _field(self, located: LocatedFrame, name: str) -> np.ndarray:
        return self._supply.field(name, lambda raw: self._reader.read(located, raw))

    def due(self, order: TakePlaced) -> Outcome:
        """Wait until all have read their shares of a frame that was begun; how it went, the same on all ranks."""
        assert self._share is not None
        began = time.perf_counter()
        outcome = agree(self._communicator, self._waiting, self._share.wait(order.number, self._asked))
        self.wait_s += time.perf_counter() - began
        return outcome

    def fields(self, place: int) -> Fields:
        """Those of the whole mesh, reduced, in the order of the files; they cannot be written to."""
        return self._places.fields(place)

    def cut(self, frame: PlacedFrame, in_file: InFile) -> TimedFrame:
        """The part of a frame that belongs to a subdomain; in_file: where that stands."""
        return self._supply.cut(frame.time, self.fields(frame.place), in_file)

    def close(self) -> None:
        """Read no more."""
        if self._share is not None:
            self._share.close()
        self._reader.close()


def take_placed(order: TakePlaced, reading: NodeReading, host: "Host | None") -> Outcome:
    """Take in a frame when all ranks have read it. host: None where this one moves no particles."""
    outcome = reading.due(order)
    if outcome.state == State.READY and host is not None:
        host.take_placed(order.frame)
    return outcome
