"""The plan of all releases of a run: which particles start when, in which shape, at which depth. Not where
exactly.

Particles are numbered block by block in the order of the run file; within a block by time, within a time by
shape or row. Rows of a CSV file with times of their own are numbered in the order of the rows.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.mesh import DEPTH_KINDS, Points, Reach, Shape, ToRun
from fvdrift.settings import Depth
from fvdrift.timeline import StepGrid

from .sources import PER_POINT, Written

if TYPE_CHECKING:
    from fvdrift.settings import RunFile


class Depths(NamedTuple):
    """Depths of the particles of an event: int8 (particle,) index into DEPTH_KINDS, and two float64
    (particle,)."""

    kind: np.ndarray
    upper: np.ndarray
    lower: np.ndarray


@dataclass(frozen=True)
class ReleasePlan:
    """All releases. total: particles; names: of releases; events: EVENT (event,) sorted by (time_us,
    first_id); written: where those are in the words of the person; notes: sentences for the person (what was
    rounded or left out); origin: the run file, for messages; held: where in the column all particles are,
    whatever their releases say; reach: where the mesh is; amount: what particles carry, "mass" (kg), "number" or
    None."""

    total: int
    names: list[str]
    events: np.ndarray
    shapes: list[Shape]
    written: list[Written]
    notes: list[str]
    origin: str = ""
    held: Depth | None = None
    reach: Reach | None = None
    amount: str | None = None

    @cached_property
    def _by_id(self) -> tuple[np.ndarray, np.ndarray]:
        order = np.argsort(self.events["first_id"], kind="stable")
        return self.events["first_id"][order], order

    def event_of(self, ids: np.ndarray) -> np.ndarray:
        """Index of the event each particle starts in. ids: int64 (particle,), each below `total`."""
        first, order = self._by_id
        return order[np.searchsorted(first, ids, side="right") - 1]

    def born_of(self, ids: np.ndarray) -> np.ndarray:
        """Release times, int64 (particle,) microseconds."""
        times: np.ndarray = self.events["time_us"][self.event_of(ids)]
        return times

    def release_of(self, ids: np.ndarray) -> np.ndarray:
        """Index into `names`, int32 (particle,)."""
        ids = np.asarray(ids, np.int64)
        event = self.event_of(ids)
        release: np.ndarray = self.events["release"][event].astype(np.int32)
        for mine, points, at in self._points_of(ids, event, release == PER_POINT):
            release[mine] = points.release[at]
        return release

    def _points_of(
        self, ids: np.ndarray, event: np.ndarray, own: np.ndarray
    ) -> Iterator[tuple[np.ndarray, Points, np.ndarray]]:
        """Of particles that have something of their `own` point: places among `ids`, shape, numbers of their
        points."""
        chosen = np.flatnonzero(own)
        shape_of = self.events["shape"][event[chosen]]
        for shape in np.unique(shape_of):
            mine = chosen[shape_of == shape]
            numbers = ids[mine] - self.events["first_id"][event[mine]] + self.events["offset"][event[mine]]
            points = self.shapes[shape]
            assert isinstance(points, Points)
            yield mine, points, np.searchsorted(points.end, numbers, side="right")

    def events_in(self, start: int, end: int) -> range:
        """Indices of the events with start <= time_us < end."""
        return range(*map(int, np.searchsorted(self.events["time_us"], [start, end])))

    def depths_of(self, event: int) -> Depths:
        """Depths of the particles of one event, in the order of their ids."""
        it = self.events[event]
        return self.depths_at(np.arange(it["first_id"], it["first_id"] + it["count"], dtype=np.int64))

    def depths_at(self, ids: np.ndarray) -> Depths:
        """Depths of particles. ids: int64 (particle,)."""
        if self.held is not None:
            kind = np.full(len(ids), DEPTH_KINDS.index(self.held.kind), np.int8)
            return Depths(kind, np.full(len(ids), self.held.upper), np.full(len(ids), self.held.lower))
        event = self.event_of(ids)
        found = Depths(*(self.events[name][event] for name in ("depth_kind", "upper", "lower")))
        for mine, points, at in self._points_of(ids, event, found.kind == PER_POINT):
            found.kind[mine], found.upper[mine] = points.depth_kind[at], points.upper[at]
            found.lower[mine] = points.lower[at]
        return found

    def amounts_at(self, ids: np.ndarray) -> np.ndarray:
        """What particles carry at their release, float64 (particle,). ids: int64 (particle,)."""
        event = self.event_of(ids)
        found: np.ndarray = self.events["amount"][event]
        for mine, points, at in self._points_of(ids, event, np.isnan(found)):
            assert points.amount is not None
            found[mine] = points.amount[at]
        return found

    def total_amount(self) -> float:
        """Of all that is asked for; 0 where nothing is."""
        if self.amount is None:
            return 0.0
        own = np.isnan(self.events["amount"])
        each = self.events[~own]
        parts = [each["count"] * each["amount"]]
        for it in self.events[own]:
            points = self.shapes[it["shape"]]
            assert isinstance(points, Points)
            assert points.amount is not None
            ends = np.clip(points.end - it["offset"], 0, it["count"])
            parts.append(np.diff(ends, prepend=0) * points.amount)
        return math.fsum(np.concatenate(parts))

    def ranges_reach(self, event: int, depth: float) -> bool:
        """Whether any particle of an event may be asked for deeper than `depth` (m), by a depth in metres."""
        it, wanted = self.events[event], DEPTH_KINDS.index("range")
        if self.held is not None:
            kind, upper, lower = DEPTH_KINDS.index(self.held.kind), self.held.upper, self.held.lower
            return kind == wanted and max(upper, lower) > depth
        if it["depth_kind"] != PER_POINT:
            return bool(it["depth_kind"] == wanted and max(it["upper"], it["lower"]) > depth)
        points = self.shapes[it["shape"]]
        assert isinstance(points, Points)
        ends = (it["offset"], it["offset"] + it["count"] - 1)
        first, last = np.searchsorted(points.end, ends, side="right")
        its = slice(int(first), int(last) + 1)
        deepest = np.maximum(points.upper[its], points.lower[its])
        counted = np.diff(points.end[its], prepend=it["offset"]) > 0
        return bool(((points.depth_kind[its] == wanted) & counted & (deepest > depth)).any())


def plan_releases(
    run_file: "RunFile",
    grid: StepGrid,
    to_run_coordinates: ToRun,
    *,
    geographic: bool = False,
    first_record: int | None = None,
    calendar: bool = True,
    direction: int = 1,
    reach: Reach | None = None,
) -> ReleasePlan:
    """The plan of all [[release]] blocks.

    to_run_coordinates: (x, y, "geographic" or "projected") -> (x, y) in the coordinates of the run, arrays of
    float64; not finite where a point has no place in them. geographic: what those of the run are;
    first_record: microseconds that relative times count from (default: the start of the run); calendar: False
    for times without one; direction: -1 for a backward run, whose grid and times have the opposite sign;
    reach: as ReleasePlan has it. Raises RunFileError with all that is wrong.
    """
    from .blocks import Blocks, held_depth  # what nobody needs but who plans: files of many kinds
    from .plan_notes import spread_by, unsure_numbers, unused_depths
    from .times import Calendar

    clock = Calendar(grid, grid.start if first_record is None else first_record, calendar, direction)
    blocks = Blocks(run_file, clock, to_run_coordinates, geographic)
    problems: list[str] = []
    for number, release in enumerate(run_file.release):
        try:
            blocks.add(number, release)
        except RunFileError as error:
            problems += error.problems
    amount, mixed = blocks.amount()
    problems += mixed
    if not problems and blocks.total == 0:
        problems.append(f"{run_file.path}: release: no particle is released: all counts are 0")
    if problems:
        raise RunFileError(problems)
    events = np.concatenate(blocks.events)
    events = events[np.lexsort((events["first_id"], events["time_us"]))]
    held = held_depth(run_file)
    notes = [*blocks.notes, *unused_depths(held, events, blocks.shapes), *spread_by(events, blocks)]
    notes += unsure_numbers(blocks, direction)
    names = list(blocks.names)
    origin = str(run_file.path)
    return ReleasePlan(
        blocks.total, names, events, blocks.shapes, blocks.written, notes, origin, held, reach, amount
    )
