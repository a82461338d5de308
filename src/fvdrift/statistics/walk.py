"""The ways of particles from look to look, cut where they cross polygons. What is made of them is each
statistic's own.

Between two looks a particle is taken to go straight and at an even pace, from the place of its release to its
last record. So what is counted does not depend, to first order, on how often it is looked at.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from fvdrift.mesh import Polygons
from fvdrift_kernels.passage import cut_ways

NOWHERE, UNSEEN = -1, -2
GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio: its multiples are spread evenly


class Walk(NamedTuple):
    """Pieces of ways, particle by particle, each in order of time: int64 id, begin, end (microseconds of the
    run's clock), int32 code: number of the polygon, or NOWHERE. A piece has its begin, not its end; where
    both are one it is a moment: that of release, or that at which a particle is seen."""

    id: np.ndarray
    begin: np.ndarray
    end: np.ndarray
    code: np.ndarray

    @property
    def first(self) -> np.ndarray:
        """Which pieces are the first of their particle: bool (piece,)."""
        return first_of_each(self.id)

    @property
    def last(self) -> np.ndarray:
        """Which are the last: bool (piece,)."""
        return np.append(self.id[1:] != self.id[:-1], True)[: len(self.id)]

    def before(self, known: np.ndarray) -> np.ndarray:
        """What was so of the particle before each piece, code by code. known: codes (particle,) before the
        first of them."""
        found = np.append(self.code[:1], self.code[:-1])
        first = self.first
        found[first] = known[self.id[first]]
        return found


def first_of_each(ids: np.ndarray) -> np.ndarray:
    """Which of ids that stand together are the first: bool (n,)."""
    return np.append(True, ids[1:] != ids[:-1])[: len(ids)]


class Ways(NamedTuple):
    """Straight ways: number: int64, of the particle among those of a look; begin, end: int64 microseconds;
    x0, y0, x1, y1."""

    number: np.ndarray
    begin: np.ndarray
    end: np.ndarray
    x0: np.ndarray
    y0: np.ndarray
    x1: np.ndarray
    y1: np.ndarray


class Stays(NamedTuple):
    """Times at which a particle is nowhere, because its status does not count."""

    number: np.ndarray
    begin: np.ndarray
    end: np.ndarray


def walk_of(ids: np.ndarray, polygons: Polygons | None, parts: Sequence[Ways | Stays]) -> Walk:
    """parts: those of one particle follow one another in time; each in the order of their numbers. polygons:
    None: all is one."""
    found = [
        _nowhere(part) if isinstance(part, Stays) else _through(part, polygons)
        for part in parts
        if len(part.number)
    ]
    if not found:
        nothing = np.empty(0, np.int64)
        return Walk(nothing, nothing, nothing, np.empty(0, np.int32))
    if len(found) == 1:
        number, *rest = found[0]
        return Walk(ids[number], *rest)
    number, begin, end, code = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.argsort(number, kind="stable")
    return Walk(ids[number[order]], begin[order], end[order], code[order])


def of_age(walk: Walk, born: np.ndarray, ages: tuple[int, int]) -> Walk:
    """The same, nowhere before the first of these ages and from the second on. born: microseconds (piece,)."""
    low, high = born + ages[0], born + ages[1]
    moment = walk.begin == walk.end
    first, second = np.clip(low, walk.begin, walk.end), np.clip(high, walk.begin, walk.end)
    cuts = np.stack([walk.begin, first, second, walk.end])
    kept = cuts[1:] > cuts[:-1]
    kept[1] |= moment
    piece, part = np.nonzero(kept.T)
    out = (part != 1) | (moment & ((walk.begin < low) | (walk.begin >= high)))[piece]
    code = np.where(out, np.int32(NOWHERE), walk.code[piece])
    return Walk(walk.id[piece], cuts[part, piece], cuts[part + 1, piece], code)


def _nowhere(stays: Stays) -> tuple[np.ndarray, ...]:
    return stays.number, stays.begin, stays.end, np.full(len(stays.number), NOWHERE, np.int32)


def _through(ways: Ways, polygons: Polygons | None) -> tuple[np.ndarray, ...]:
    """Pieces of ways: number, begin, end, code."""
    count = len(ways.number)
    if polygons is None:
        way, share, code = np.repeat(np.arange(count), 2), np.ones(2 * count), np.zeros(2 * count, np.int32)
    else:
        way, share, code = _cut(ways, polygons)
    start, length = ways.begin[way], (ways.end - ways.begin)[way]
    end = start + np.rint(share * length).astype(np.int64)
    begin = np.append(start[:1], end[:-1])
    first = first_of_each(way)
    begin[first] = start[first]
    return ways.number[way], begin, end, code


def _cut(ways: Ways, polygons: Polygons) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    outlines = polygons.outlines
    crossing = np.empty(len(outlines.side))
    ends = [np.ascontiguousarray(column) for column in (ways.x0, ways.y0, ways.x1, ways.y1)]
    room = 5 * len(ways.number) // 2 + 64
    while True:
        way, share, code = np.empty(room, np.int64), np.empty(room), np.empty(room, np.int32)
        pieces = cut_ways(outlines, *ends, crossing, way, share, code)
        if pieces <= room:
            return way[:pieces], share[:pieces], code[:pieces]
        room = pieces


def moments_between(ids: np.ndarray, after: np.ndarray, until: np.ndarray) -> np.ndarray:
    """For each particle a time in (after, until], int64, where more is not known: over many particles they
    lie evenly in it."""
    share = ((ids.astype(np.uint64) * GOLDEN) >> np.uint64(32)).astype(np.int64)
    length = until - after
    whole, rest = np.divmod(length, 1 << 30)  # a length times a share of 32 bits may have more than 64
    part = (whole * share >> 2) + (rest * share >> 32)
    return after + np.where(length > 0, part + 1, 0)
