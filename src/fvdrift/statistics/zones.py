"""Particles in zones: who is in which polygon, when they came and went. What is made of it is each
statistic's own.

Workers tell where particles are at each look, and where those are that are gone, at the record that is their
last. An account knows where everybody of its particles was at the look before, or is released, and cuts the ways
between where they cross the sides of polygons.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fvdrift.mesh import Polygons
from fvdrift.orders import Answer, Choice, Looks, Observed, Question
from fvdrift_kernels.state import ACTIVE
from fvdrift_kernels.whereabouts import find_polygons

from .base import Account, Cut, Keyed, State, check_numbers, joined
from .context import Context
from .newcomers import Places
from .walk import Stays, Walk, Ways, moments_between, walk_of

Window = tuple[int, int | None]  # microseconds of age, both included; None: for ever
# what is known of a particle at the last look: nothing yet; its status counts; or not; it is no more
STRANGE, THERE, ASIDE, GONE = range(4)


def polygon_at(polygons: Polygons, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The number of the polygon that holds each point, int32; -1 for none."""
    found = np.empty(len(x), np.int32)
    find_polygons(polygons.outlines, np.ascontiguousarray(x), np.ascontiguousarray(y), found)
    return found


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
        if self.is_look(row):
            seen = seen.where(~seen.gone)
            said |= {"id": seen.id, "x": seen.x, "y": seen.y, "there": self.choice.status[seen.status]}
        return said if any(map(len, said.values())) else None


class ZoneAccount(Account):
    """Keeps where everybody was at the last look, and hands on the ways from there. Particles are numbered from
    the first of its `keys`."""

    keyed: ClassVar[Keyed] = {"gone": ("gone_x", "gone_y", "gone_status"), "id": ("x", "y", "there")}
    cut: ClassVar[Cut] = {"x": 0, "y": 0, "known": 0}
    wants_starts = True
    bytes_each = 17  # x, y, known
    question: InZones

    def __init__(self, name: str, question: InZones, scene: Context, keys: range):
        self.name, self.question, self._first = name, question, keys.start
        self._origins, self._starts = scene.origins, scene.starts
        self._x, self._y = np.full((2, len(keys)), np.nan)
        self._known = np.full(len(keys), STRANGE, np.int8)
        self.looks_taken = 0

    def take(self, row: int, answers: Sequence[Answer]) -> None:
        gone = [answer for answer in answers if len(answer["gone"])]
        if gone:
            self._take_gone(row, self.question.looks.times[row], gone)
        if not self.question.is_look(row):
            return
        if answers:
            ids, x, y, there = (joined(answers, name) for name in ("id", "x", "y", "there"))
            self._take_seen(ids - self._first, x, y, there)
        self.closed()
        self.looks_taken += 1

    def _take_seen(self, ids: np.ndarray, x: np.ndarray, y: np.ndarray, there: np.ndarray) -> None:
        now = np.full(len(ids), self.question.looks.time(self.looks_taken))
        x0, y0, since, was_there, starting = self._before(ids, x, y, now)
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
        self.walked(walk_of(ids, self.question.polygons, parts))
        self._x[ids], self._y[ids] = x, y
        self._known[ids] = np.where(there, THERE, ASIDE)

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
        ids, x, y, status = (joined(answers, name) for name in ("gone", "gone_x", "gone_y", "gone_status"))
        ids = ids - self._first
        fresh = (self._known[ids] != GONE) & (self._born(ids) <= (time if born_by is None else born_by))
        ids, x, y, status = ids[fresh], x[fresh], y[fresh], status[fresh]
        now = np.full(len(ids), time)
        x0, y0, since, was_there, starting = self._before(ids, x, y, now)
        end = self._moments(ids, np.maximum(since, times[row - 1] if row else since), now)
        number = np.arange(len(ids))
        parts: list[Ways | Stays] = [
            starting,
            _ways(number, was_there, since, end, (x0, y0, x, y)),
            Stays(number[~was_there], since[~was_there], end[~was_there]),
            Stays(number, end, end),
        ]
        self.walked(walk_of(ids, self.question.polygons, parts))
        self.went(ids, status)
        self._known[ids] = GONE

    def _before(
        self, ids: np.ndarray, x: np.ndarray, y: np.ndarray, now: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, Ways]:
        """Of particles that are at (x, y) now: where they were at the look before, or were released; when;
        whether they counted; and the moments of those that start."""
        strange = self._known[ids] == STRANGE
        look = self.looks_taken
        since = np.full(len(ids), self.question.looks.time(look - 1) if look else 0)
        since[strange] = self._born(ids[strange])
        x0, y0, was_there = self._x[ids], self._y[ids], self._known[ids] == THERE
        was_there[strange] = self.question.choice.status[ACTIVE]
        just_now = strange & (since >= now)
        x0[just_now], y0[just_now] = x[just_now], y[just_now]
        untold = np.flatnonzero(strange & ~just_now & np.isnan(x0))
        if len(untold):
            x0[untold], y0[untold] = self._starts(ids[untold] + self._first)
        fresh = np.flatnonzero(strange)
        if len(fresh):
            self.started(ids[fresh], x0[fresh], y0[fresh])
        counting = fresh if self.question.choice.status[ACTIVE] else fresh[:0]
        a, b, moment = x0[counting], y0[counting], since[counting]
        return x0, y0, since, was_there, Ways(counting, moment, moment, a, b, a, b)

    def _born(self, ids: np.ndarray) -> np.ndarray:
        born: np.ndarray = self._origins.born[self._origins.at(ids + self._first)]
        return born

    def _moments(self, ids: np.ndarray, after: np.ndarray, until: np.ndarray) -> np.ndarray:
        return moments_between(ids + self._first, after, until)

    def state(self) -> State:
        return {"x": self._x, "y": self._y, "known": self._known, "looks_taken": np.array(self.looks_taken)}

    def restore(self, state: State) -> None:
        self._x, self._y, self._known = (state[name].copy() for name in ("x", "y", "known"))
        self.looks_taken = int(state["looks_taken"])
        check_numbers(STRANGE, GONE + 1, self._known)
        seen = (self._known == THERE) | (self._known == ASIDE)
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


def _ways(
    number: np.ndarray, chosen: np.ndarray, begin: np.ndarray, end: np.ndarray, ends: tuple[np.ndarray, ...]
) -> Ways:
    if chosen.all():
        return Ways(number, begin, end, *ends)
    x0, y0, x1, y1 = (column[chosen] for column in ends)
    return Ways(number[chosen], begin[chosen], end[chosen], x0, y0, x1, y1)
