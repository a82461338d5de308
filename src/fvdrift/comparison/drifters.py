"""Observed tracks, put in order, and where particles are to start along them. Not the file they are read from."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fvdrift.release import Fixes
from fvdrift.tools.duration import short_duration


class Drifter(NamedTuple):
    """times: int64 microseconds, ascending, (fix,) as are all; x, y: in the coordinates of the run; depth: as `Fixes`
    has it."""

    name: str
    times: np.ndarray
    x: np.ndarray
    y: np.ndarray
    depth: Sequence[str]


class Start(NamedTuple):
    """Where particles start: drifter: its number; time: microseconds; depth: as `Fixes` has it; x, y: float64
    (lead + 1,), where the drifter was at the start and at each later comparison."""

    drifter: int
    time: int
    depth: str
    x: np.ndarray
    y: np.ndarray

    @property
    def leads(self) -> int:
        return len(self.x) - 1


class Clock(NamedTuple):
    """When is compared, microseconds: at origin + k step, from `start` to `end`; every: from start to start; longest: of
    a comparison; gap: the longest between two fixes that is interpolated."""

    origin: int
    start: int
    end: int
    step: int
    every: int
    longest: int
    gap: int

    def at_or_after(self, time: int) -> int:
        return self.origin + -((self.origin - time) // self.step) * self.step


def drifters_of(fixes: Fixes, path: Path) -> tuple[list[Drifter], list[str]]:
    """Each in order of time, without what is there twice; and sentences on what was put in order."""
    found, notes = [], []
    unsorted, same, other = [], 0, list[int]()
    for number, name in enumerate(fixes.names):
        mine = np.flatnonzero(fixes.drifter == number)
        if np.any(np.diff(fixes.times[mine]) < 0):
            unsorted.append(name)
        mine = mine[np.argsort(fixes.times[mine], kind="stable")]
        again = np.append(False, np.diff(fixes.times[mine]) == 0)
        for at in np.flatnonzero(again):
            one, before = mine[at], mine[at - 1]
            if fixes.x[one] == fixes.x[before] and fixes.y[one] == fixes.y[before]:
                same += 1
            else:
                other.append(int(fixes.lines[one]))
        mine = mine[~again]
        depth = [fixes.depth[i] for i in mine]
        found.append(Drifter(name, fixes.times[mine], fixes.x[mine], fixes.y[mine], depth))
    if unsorted:
        notes.append(
            f"{path}: the rows of {len(unsorted):,} of {len(found):,} drifters were put in order of time"
        )
    if same:
        notes.append(f"{path}: {same:,} rows are there twice: one of each counts")
    if other:
        notes.append(
            f"warning: {path}: {len(other):,} rows have another position at the time of an earlier row of their drifter and "
            f"are left out (the first in line {min(other)})"
        )
    return found, notes


class Count(NamedTuple):
    """What became of the fixes: outside: of them, before or after the run; gaps: between fixes, in the run, too long to
    interpolate; silent: names of drifters without a start."""

    outside: int
    gaps: int
    silent: list[str]


def starts_along(drifters: Sequence[Drifter], clock: Clock) -> tuple[list[Start], Count]:
    """Starts of all drifters. Each unbroken piece of a track has its first at the first comparison time in it, the others
    every `clock.every` after; each has one comparison at least."""
    starts, silent = [], []
    for number, drifter in enumerate(drifters):
        mine = [start for piece in _pieces(drifter, clock) for start in _starts(number, piece, clock)]
        starts += mine
        silent += [] if mine else [drifter.name]
    outside = sum(int(np.sum((d.times < clock.start) | (d.times > clock.end))) for d in drifters)
    gaps = sum(_gaps(drifter, clock) for drifter in drifters)
    return starts, Count(outside, gaps, silent)


def _gaps(drifter: Drifter, clock: Clock) -> int:
    """Of those, the ones that lie within the run, or in part."""
    since, until = drifter.times[:-1], drifter.times[1:]
    return int(np.sum((until - since > clock.gap) & (until > clock.start) & (since < clock.end)))


def _pieces(drifter: Drifter, clock: Clock) -> Iterator[Drifter]:
    """The track cut where two fixes are too far apart."""
    cuts = np.flatnonzero(np.diff(drifter.times) > clock.gap) + 1
    for ids in np.split(np.arange(len(drifter.times)), cuts):
        its = slice(int(ids[0]), int(ids[-1]) + 1)
        yield Drifter(drifter.name, drifter.times[its], drifter.x[its], drifter.y[its], drifter.depth[its])


def _starts(number: int, piece: Drifter, clock: Clock) -> Iterator[Start]:
    first = clock.at_or_after(max(int(piece.times[0]), clock.start))
    last = min(int(piece.times[-1]), clock.end)
    for time in range(first, last - clock.step + 1, clock.every):
        leads = min(clock.longest, last - time) // clock.step
        # since the first fix: differences of microseconds are exact in double precision
        at = (time - int(piece.times[0])) + clock.step * np.arange(leads + 1)
        since = piece.times - piece.times[0]
        x, y = np.interp(at, since, piece.x), np.interp(at, since, piece.y)
        fix = int(np.searchsorted(piece.times, time, side="right")) - 1
        yield Start(number, time, piece.depth[fix], x, y)


def count_said(count: Count, clock: Clock, path: Path) -> Iterator[str]:
    """Sentences on what is not compared."""
    if count.outside:
        yield f"{path}: {count.outside:,} fixes lie before the run begins or after it ends, and are not compared"
    if count.gaps:
        longest = short_duration(clock.gap)
        yield f"{path}: {count.gaps:,} gap(s) between fixes are longer than {longest}: nothing is compared across them"
    if count.silent:
        names = ", ".join(count.silent[:6]) + (" ..." if len(count.silent) > 6 else "")
        yield (
            f"warning: {path}: {len(count.silent):,} drifters have no start, as no unbroken piece of their fixes within "
            f"the run reaches from one comparison time to the next ({short_duration(clock.step)}): {names}"
        )
