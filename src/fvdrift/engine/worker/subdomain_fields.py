"""Where a worker works: its subdomain of the mesh, who owns the rest, and the time levels in use. No particle
is known here.

It never sees more of the mesh than its subdomain. Where several runs go on side by side they share it, and
time levels that are alike.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from fvdrift.fields import TimeLevel, TimeLevelOrder, make_time_level, time_level_order
from fvdrift.forcing import TimedFrame, Window
from fvdrift.mesh import Cuts, InFile, Subdomain
from fvdrift.orders import WorkOrder
from fvdrift.statistics import Ground, ground_of_subdomain

from ..messages import TakeSubdomain


class SubdomainFields:
    """number: of the worker; orders: of the runs that go on here; subdomain, cuts: its own, and who owns the
    rest; in_file: where the subdomain stands in the files, where ranks read them."""

    subdomain: Subdomain
    cuts: Cuts
    in_file: InFile | None = None
    _ground: Ground | None = None

    def __init__(self, number: int, orders: Sequence[WorkOrder]):
        self.number = number
        self._kinds: list[TimeLevelOrder] = []
        for order in map(time_level_order, orders):
            if order not in self._kinds:
                self._kinds.append(order)
        self._time_levels: list[dict[int, TimeLevel]] = [{} for _ in self._kinds]

    def time_levels(self, order: WorkOrder) -> dict[int, TimeLevel]:
        """The time levels as a run of this order needs them, by time (microseconds): those in use, now and
        later."""
        return self._time_levels[self._kinds.index(time_level_order(order))]

    def take(self, message: TakeSubdomain, frames: Iterable[TimedFrame]) -> None:
        """Change to another subdomain. frames: those of the message, cut to it."""
        self.subdomain, self.cuts, self.in_file = message.subdomain, message.cuts, message.in_file
        self._ground = None
        for time_levels in self._time_levels:
            time_levels.clear()
        for frame in frames:
            self.take_frame(frame)

    def take_frame(self, frame: TimedFrame) -> None:
        """Add a time level."""
        for kind, time_levels in zip(self._kinds, self._time_levels, strict=True):
            time_levels[frame.time] = make_time_level(self.subdomain, frame, kind)

    @property
    def ground(self) -> Ground:
        """The elements of which this worker has the first share: those whose water it answers for."""
        if self._ground is None:
            elements = self.subdomain.elements
            mine = self.cuts.owner(elements, np.zeros(len(elements), np.int64)) == self.number
            self._ground = ground_of_subdomain(self.subdomain, np.flatnonzero(mine))
        return self._ground

    def look_through(self, window: Window) -> None:
        """Forget the time levels before this window: every run has come to it."""
        oldest = window.first if window.before is None else window.before
        for time_levels in self._time_levels:
            for time in [time for time in time_levels if time < oldest]:
                del time_levels[time]
