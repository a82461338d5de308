"""Particles in zones: who is in which polygon, when they came and went. What is made of it is each
statistic's own.

Workers tell where particles are at each look, and where those are that are gone, at the record that is their
last. An account knows where everybody of its particles was at the look before, or is released, and cuts the ways
between where they cross the sides of polygons.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, NamedTuple

import numpy as np

from fvdrift.mesh import Polygons
from fvdrift.orders import Answer, Choice, Looks, Observed, Question
from fvdrift_kernels.state import ACTIVE, SETTLED
from fvdrift_kernels.whereabouts import find_polygons

from .base import Account, Cut, Keyed, State, check_numbers, joined
from .context import Context
from .newcomers import Places
from .walk import Stays, Walk, Ways, moments_between, of_age, walk_of

ELSEWHERE = "elsewhere"  # the name of what no polygon holds
Window = tuple[int, int | None]  # microseconds of age, both included; None: for ever
# what is known of a particle at the last look: nothing yet; it counts; or not; it is no more; it has settled, and counts
STRANGE, THERE, ASIDE, GONE, RESTING = range(5)
# bits of what is told: it counts; it would not have, by the filters, where it was released
COUNTS, UNFIT = 1, 2


def polygon_at(polygons: Polygons, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The number of the polygon that holds each point, int32; -1 for none."""
    found = np.empty(len(x), np.int32)
    find_polygons(polygons.outlines, np.ascontiguousarray(x), np.ascontiguousarray(y), found)
    return found


class Trips(NamedTuple):
    """Straight ways of particles that count for some of the time: number: int64, among those of a look; since, until:
    when they set out and come; begin, end: while they count, int64 microseconds; x0, y0, x1, y1."""

    number: np.ndarray
    since: np.ndarray
    until: np.ndarray
    begin: np.ndarray
    end: np.ndarray
    x0: np.ndarray
    y0: np.ndarray
    x1: np.ndarray
    y1: np.ndarray


@dataclass(frozen=True)
class InZones(Question):
    """Where particles are. polygons: None: all the water is one zone; window: ages at which they can arrive;
    sources: polygons that they may come from."""

    looks: Looks
    choice: Choice
    polygons: Polygons | None
    window: Window | None = None
    sources: Polygons | None = None
    needs_starts: bool = True

    def answer(self, row: int, seen: Observed) -> Answer | None:
        seen = self.choice.of(seen)
        gone = seen.where(seen.gone)
        said = {"gone": gone.id, "gone_x": gone.x, "gone_y": gone.y, "gone_status": gone.status}
        said["gone_there"] = self._told(gone)
        if self.is_look(row):
            seen = seen.where(~seen.gone)
            said |= {"id": seen.id, "x": seen.x, "y": seen.y, "there": self._told(seen)}
        return said if any(map(len, said.values())) else None

    def _told(self, seen: Observed) -> np.ndarray:
        """COUNTS and UNFIT, int8 (particle,)."""
        counts = self.choice.status[seen.status].astype(np.int8)
        return np.where(self.choice.fits(seen), counts, np.int8(UNFIT)) if self.choice.filters else counts


class ZoneAccount(Account):
    """Keeps where everybody was at the last look, and hands on the ways from there. Particles are numbered from
    the first of its `keys`."""

    keyed: ClassVar[Keyed] = {
        "gone": ("gone_x", "gone_y", "gone_status", "gone_there"),
        "id": ("x", "y", "there"),
    }
    cut: ClassVar[Cut] = {"x": 0, "y": 0, "known": 0, "rested": 0}
    wants_starts = True
    bytes_each = 17  # x, y, known
    question: InZones

    def __init__(self, name: str, question: InZones, scene: Context, keys: range):
        self.name, self.question, self._first = name, question, keys.start
        self._origins, self._starts = scene.origins, scene.starts
        self._x, self._y = np.full((2, len(keys)), np.nan)
        self._known = np.full(len(keys), STRANGE, np.int8)
        self._resting = bool(question.choice.status[SETTLED])
        # at which record it has settled, of those that rest; kept where it matters
        self._rested = np.full(len(keys) if self._resting else 0, -1, np.int32)
        self.looks_taken = 0

    @classmethod
    def bytes_of(cls, question: InZones) -> int:
        return cls.bytes_each + (4 if question.choice.status[SETTLED] else 0)

    def take(self, row: int, answers: Sequence[Answer]) -> None:
        gone = [answer for answer in answers if len(answer["gone"])]
        if gone:
            self._take_gone(row, int(self.question.looks.times[row]), gone)
        if not self.question.is_look(row):
            return
        seen = [*self._at_rest(), *answers]
        if seen:
            ids, x, y, told = (joined(seen, name) for name in ("id", "x", "y", "there"))
            self._take_seen(ids - self._first, x, y, told)
        self.closed()
        self.looks_taken += 1

    def _at_rest(self) -> Iterator[Answer]:
        """What those would say that have settled and count."""
        ids = np.flatnonzero(self._known == RESTING) if self._resting else np.empty(0, np.int64)
        if len(ids):
            there = np.full(len(ids), COUNTS, np.int8)
            yield {"id": ids + self._first, "x": self._x[ids], "y": self._y[ids], "there": there}

    def _take_seen(self, ids: np.ndarray, x: np.ndarray, y: np.ndarray, told: np.ndarray) -> None:
        there = (told & COUNTS) > 0
        now = np.full(len(ids), self.question.looks.time(self.looks_taken))
        x0, y0, since, was_there, starting = self._before(ids, x, y, now, told)
        number = np.arange(len(ids))
        changing = was_there != there
        middle = now.copy()
        middle[changing] = self._moments(ids[changing], since[changing], now[changing])
        # who came to count has waited until then, who ceased to waits from then on
        early, late, moving = changing & there, ~there, there | was_there
        begin, end = np.where(early, middle, since), np.where(changing & ~there, middle, now)
        parts: list[Ways | Stays] = [
            starting,
            Stays(number[early], since[early], middle[early]),
            _ways(number, moving, begin, end, (x0, y0, x, y)),
            Stays(number[late], np.where(was_there, middle, since)[late], now[late]),
            Stays(number[late], now[late], now[late]),
        ]
        columns = (number, since, now, begin, end, x0, y0, x, y)
        self.moved(ids, parts, partial(_trips, columns, moving))
        self._x[ids], self._y[ids] = x, y
        self._known[ids] = np.where(self._known[ids] == RESTING, RESTING, np.where(there, THERE, ASIDE))

    def moved(self, ids: np.ndarray, parts: Sequence[Ways | Stays], trips: Callable[[], Trips]) -> None:
        """Ways and stays of particles since the look before; trips: gives what those made that counted."""
        walk, ages = walk_of(ids, self.question.polygons, parts), self.question.choice.ages
        self.walked(walk if ages is None else of_age(walk, self._born(walk.id), ages))

    def started_at(self, places: Places) -> None:
        first, last = np.searchsorted(places.id, [self._first, self._first + len(self._known)])
        ids, x, y = (column[first:last] for column in places)
        strange = self._known[ids - self._first] == STRANGE
        ids = ids[strange] - self._first
        self._x[ids], self._y[ids] = x[strange], y[strange]

    def end(self, time: int, answers: Sequence[Answer]) -> None:
        gone = [answer for answer in answers if len(answer["gone"])]
        # of those released since the last look nobody is known but them: none counts
        if gone and self.looks_taken:
            last = self.question.looks.time(self.looks_taken - 1)
            self._take_gone(int(np.searchsorted(self.question.looks.times, time)), time, gone, last)

    def _take_gone(self, row: int, time: int, answers: Sequence[Answer], born_by: int | None = None) -> None:
        """Those that are recorded for the last time, at `time` (microseconds): they went since the record
        before `row`. born_by: others don't count."""
        times = self.question.looks.times
        names = ("gone", "gone_x", "gone_y", "gone_status", "gone_there")
        ids, x, y, status, told = (joined(answers, name) for name in names)
        ids = ids - self._first
        fresh = (self._known[ids] < GONE) & (self._born(ids) <= (time if born_by is None else born_by))
        ids, x, y, status, told = ids[fresh], x[fresh], y[fresh], status[fresh], told[fresh]
        now = np.full(len(ids), time)
        x0, y0, since, was_there, starting = self._before(ids, x, y, now, told)
        # has settled and counts; at the end there is no look to come
        rests = (told & COUNTS > 0) & (born_by is None)
        end = self._moments(ids, np.maximum(since, times[row - 1] if row else since), now)
        number = np.arange(len(ids))
        parts: list[Ways | Stays] = [
            starting,
            _ways(number, was_there, since, end, (x0, y0, x, y)),
            Stays(number[~was_there], since[~was_there], end[~was_there]),
            Stays(number[~rests], end[~rests], end[~rests]),
            _ways(number, rests, end, now, (x, y, x, y)),
        ]
        columns = (number, since, end, since, end, x0, y0, x, y)
        self.moved(ids, parts, partial(_trips, columns, was_there))
        self.went(ids, status)
        self._known[ids] = np.where(rests, RESTING, GONE)
        self._x[ids[rests]], self._y[ids[rests]] = x[rests], y[rests]
        if self._resting:
            self._rested[ids[rests]] = row

    def _before(
        self, ids: np.ndarray, x: np.ndarray, y: np.ndarray, now: np.ndarray, told: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, Ways]:
        """Of particles that are at (x, y) now: where they were at the look before, or were released; when;
        whether they counted; and the moments of those that start. Whether a newcomer passed the filters at its
        release is taken from what is told of it now."""
        strange = self._known[ids] == STRANGE
        look = self.looks_taken
        since = np.full(len(ids), self.question.looks.time(look - 1) if look else 0)
        since[strange] = self._born(ids[strange])
        x0, y0 = self._x[ids], self._y[ids]
        was_there = (self._known[ids] == THERE) | (self._known[ids] == RESTING)
        was_there[strange] = self.question.choice.status[ACTIVE] & (told[strange] & UNFIT == 0)
        if self._resting:
            rested = self._rested[ids]
            since = np.where(rested >= 0, np.maximum(since, self.question.looks.times[rested]), since)
        just_now = strange & (since >= now)
        x0[just_now], y0[just_now] = x[just_now], y[just_now]
        untold = np.flatnonzero(strange & ~just_now & np.isnan(x0))
        if len(untold):
            x0[untold], y0[untold] = self._starts(ids[untold] + self._first)
        fresh = np.flatnonzero(strange)
        if len(fresh):
            self.started(ids[fresh], x0[fresh], y0[fresh])
        counting = fresh[was_there[fresh]]
        a, b, moment = x0[counting], y0[counting], since[counting]
        return x0, y0, since, was_there, Ways(counting, moment, moment, a, b, a, b)

    def _born(self, ids: np.ndarray) -> np.ndarray:
        born: np.ndarray = self._origins.born[self._origins.at(ids + self._first)]
        return born

    def _moments(self, ids: np.ndarray, after: np.ndarray, until: np.ndarray) -> np.ndarray:
        return moments_between(ids + self._first, after, until)

    def state(self) -> State:
        rested = {"rested": self._rested} if self._resting else {}
        return {
            "x": self._x,
            "y": self._y,
            "known": self._known,
            "looks_taken": np.array(self.looks_taken),
        } | rested

    def restore(self, state: State) -> None:
        self._x, self._y, self._known = (state[name].copy() for name in ("x", "y", "known"))
        if self._resting:
            self._rested = state["rested"].copy()
        self.looks_taken = int(state["looks_taken"])
        check_numbers(STRANGE, RESTING + 1, self._known)
        check_numbers(-1, len(self.question.looks.times), self._rested)
        seen = (self._known != STRANGE) & (self._known != GONE)
        if not np.isfinite([self._x[seen], self._y[seen]]).all():
            raise ValueError("a particle that was seen has no place")

    def started(self, ids: np.ndarray, x: np.ndarray, y: np.ndarray) -> None:
        """Those that are seen for the first time, and where they were released."""

    @abstractmethod
    def walked(self, walk: Walk) -> None:
        """Ways of particles since the look before."""

    def went(self, ids: np.ndarray, status: np.ndarray) -> None:
        """Those that are gone, after their ways."""

    def closed(self) -> None:
        """All has been said of a look; some have something to do then."""


def _trips(columns: Sequence[np.ndarray], chosen: np.ndarray) -> Trips:
    return Trips(*columns) if chosen.all() else Trips(*(column[chosen] for column in columns))


def _ways(
    number: np.ndarray, chosen: np.ndarray, begin: np.ndarray, end: np.ndarray, ends: tuple[np.ndarray, ...]
) -> Ways:
    if chosen.all():
        return Ways(number, begin, end, *ends)
    x0, y0, x1, y1 = (column[chosen] for column in ends)
    return Ways(number[chosen], begin[chosen], end[chosen], x0, y0, x1, y1)
