"""Where a worker works: its piece of the mesh, who owns the rest, and the time levels in use. No particle is
known here.

It never sees more of the mesh than its piece. Where several runs go on side by side they share it, and levels
that are alike.
"""

from collections.abc import Sequence

from fvdrift.fields import TimeLevel, TimeLevelOrder, make_time_level, time_level_order
from fvdrift.forcing import TimedFrame, Window
from fvdrift.mesh import Cuts, Subdomain
from fvdrift.orders import WorkOrder

from ..messages import TakePiece


class SubdomainFields:
    """number: of the worker; orders: of the runs that go on here."""

    piece: Subdomain
    cuts: Cuts

    def __init__(self, number: int, orders: Sequence[WorkOrder]):
        self.number = number
        self._kinds: list[TimeLevelOrder] = []
        for order in map(time_level_order, orders):
            if order not in self._kinds:
                self._kinds.append(order)
        self._levels: list[dict[int, TimeLevel]] = [{} for _ in self._kinds]

    def levels(self, order: WorkOrder) -> dict[int, TimeLevel]:
        """The time levels as a run of this order needs them, by time (microseconds): those in use, now and
        later."""
        return self._levels[self._kinds.index(time_level_order(order))]

    def take(self, message: TakePiece) -> None:
        """Change to another piece."""
        self.piece, self.cuts = message.piece, message.cuts
        for levels in self._levels:
            levels.clear()
        for frame in message.frames:
            self.take_frame(frame)

    def take_frame(self, frame: TimedFrame) -> None:
        """Add a time level."""
        for kind, levels in zip(self._kinds, self._levels, strict=True):
            levels[frame.time] = make_time_level(self.piece, frame, kind)

    def look_through(self, window: Window) -> None:
        """Forget the levels before this window: every run has come to it."""
        oldest = window.first if window.before is None else window.before
        for levels in self._levels:
            for time in [time for time in levels if time < oldest]:
                del levels[time]
