"""Where particles were released that nobody has looked at yet: placed anew as the run does, or kept by who let
them go. What is made of it is each statistic's own."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

import numpy as np

from fvdrift.orders import Origins, StatisticsOrder

from .origins import BLOCK

Releases = np.ndarray  # bool, by number of the release


class Places(NamedTuple):
    """id: int64, x, y: float64 (particle,), of those that are in the water."""

    id: np.ndarray
    x: np.ndarray
    y: np.ndarray

    def take(self, chosen: np.ndarray) -> "Places":
        """Some of them, by number or by bool (particle,)."""
        return Places(*(column[chosen] for column in self))


NOBODY = Places(np.empty(0, np.int64), np.empty(0), np.empty(0))


class Newcomers(Protocol):
    """Whoever knows where particles were released."""

    def between(self, after: int, before: int, releases: Releases) -> Iterator[Places]:
        """Those that were released between two times, microseconds, both excluded."""


class PlacedAnew:
    """Of all particles of a run, by what gives the places of release."""

    def __init__(
        self, origins: Origins, total: int, starts: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
    ):
        """total: particles; starts: as `Context` has it."""
        self._origins, self._ends, self._starts = origins, np.append(origins.first, total), starts

    def between(self, after: int, before: int, releases: Releases) -> Iterator[Places]:
        origins, ends = self._origins, self._ends
        fresh = (origins.born > after) & (origins.born < before) & releases[origins.release]
        for group in np.flatnonzero(fresh):
            for begin in range(ends[group], ends[group + 1], BLOCK):
                ids = np.arange(begin, min(begin + BLOCK, ends[group + 1]))
                x, y = self._starts(ids)
                yield Places(ids, x, y).take(np.isfinite(x))


class KeptNewcomers:
    """Of the particles that one rank has let go: kept until every statistic that asks for their places has had a
    look since. Those that are let go at its looks are not asked for."""

    def __init__(self, order: StatisticsOrder):
        self._order, self._origins = order, order.origins
        self._looks = [question.looks for question in order.questions if question.needs_starts]
        self._kept: list[Places] = []
        self._told = 0  # how many of these were taken by `fresh`

    def add(self, ids: np.ndarray, x: np.ndarray, y: np.ndarray) -> None:
        """More that are let go."""
        born = self._born(ids)
        asked_for = np.zeros(len(ids), bool)
        for looks in self._looks:
            asked_for |= (born - looks.times[0]) % looks.every != 0
        if asked_for.any():
            self._kept.append(Places(ids, x, y).take(asked_for))

    def fresh(self) -> Places:
        """Those that were added since this was asked, in the order of their numbers."""
        parts, self._told = self._kept[self._told :], len(self._kept)
        if not parts:
            return NOBODY
        joined = Places(*(np.concatenate(column) for column in zip(*parts, strict=True)))
        return joined.take(np.argsort(joined.id))

    def between(self, after: int, before: int, releases: Releases) -> Iterator[Places]:
        for places in self._kept:
            at = self._origins.at(places.id)
            born = self._origins.born[at]
            chosen = (born > after) & (born < before) & releases[self._origins.release[at]]
            if chosen.any():
                yield places.take(chosen)

    def looked(self, time: int) -> None:
        """All looks up to a time are taken; only after `fresh`."""
        last = last_looks(self._order, time)
        if not self._kept or last is None:
            return
        kept = [places.take(self._born(places.id) > last) for places in self._kept]
        self._kept = [places for places in kept if len(places.id)]
        self._told = len(self._kept)

    def _born(self, ids: np.ndarray) -> np.ndarray:
        born: np.ndarray = self._origins.born[self._origins.at(ids)]
        return born


def last_looks(order: StatisticsOrder, time: int) -> int | None:
    """The earliest of the last looks, up to a time (microseconds), of all statistics that ask where newcomers were
    released; None where none does."""
    asking = [question.looks for question in order.questions if question.needs_starts]
    return min((time - (time - int(looks.times[0])) % looks.every for looks in asking), default=None)
