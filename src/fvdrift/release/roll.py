"""Particles of several release events, one after the other: what many share out to place it. Not where they
are (`place`)."""

from collections.abc import Iterator, Sequence

import numpy as np

from fvdrift.mesh import Points

from .plan import ReleasePlan


class Roll:
    """A roll of all particles of some events of a plan. A *place* on it is a number from 0; the *search* of a
    particle is all that is given up together when one finds no water: its point, or else its event."""

    def __init__(self, plan: ReleasePlan, events: Sequence[int] | np.ndarray):
        if isinstance(events, range):
            events = np.arange(events.start, events.stop)
        self.events = np.asarray(events, np.int64)
        self._plan = plan
        self._end = np.cumsum(plan.events["count"][self.events])

    def __len__(self) -> int:
        return int(self._end[-1]) if len(self._end) else 0

    def parts(self, first: int, last: int) -> Iterator[tuple[int, range]]:
        """Which events lie in places first .. last - 1: the index of each in `events`, and the numbers of its
        particles that do."""
        index = int(np.searchsorted(self._end, first, side="right"))
        while first < last:
            end = int(self._end[index])
            begin = end - int(self._plan.events["count"][self.events[index]])
            yield index, range(first - begin, min(last, end) - begin)
            first, index = end, index + 1

    def end_of_search(self, place: int) -> int:
        """The place behind the search that a place is in."""
        index = int(np.searchsorted(self._end, place, side="right"))
        it, end = self._plan.events[self.events[index]], int(self._end[index])
        shape = self._plan.shapes[it["shape"]]
        if not isinstance(shape, Points):
            return end
        before = int(it["offset"]) - (
            end - int(it["count"])
        )  # from a place to a number among all its points'
        point = np.searchsorted(shape.end, place + before, side="right")
        return min(int(shape.end[point]) - before, end)


def shares(first: int, last: int, ranks: int) -> list[int]:
    """Where the share of each of so many begins, and the last ends: places in equal numbers, in order."""
    return [first + (last - first) * rank // ranks for rank in range(ranks + 1)]


def ended_before(roll: Roll, borders: Sequence[int], ended: Sequence[bool], before: bool) -> list[bool]:
    """For each border whether the search that goes on across it was given up before it.

    borders: from `shares`; ended: by share, whether its last particle was left without a place; before: the
    same as the result, for the first border. A search is given up at its first particle without a place, so
    that the last of a share says all that those behind have to know.
    """
    found = [before]
    for first, last, its in zip(borders[:-1], borders[1:], ended, strict=True):
        if first == last:
            found.append(found[-1])
            continue
        given_up = its or (found[-1] and last <= roll.end_of_search(first))
        found.append(given_up and roll.end_of_search(last - 1) > last)
    return found
