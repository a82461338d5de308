"""The releases of a run as rank 0 knows them: checked before the first step, and given out interval by
interval."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from typing import NamedTuple

import numpy as np

from fvdrift.errors import ForcingError, RunFileError
from fvdrift.mesh import Polygon, WholeMesh
from fvdrift.timeline import Interval, StepGrid
from fvdrift.tools.particle_arrays import for_kernels, together
from fvdrift_kernels.philox import signed_seed
from fvdrift_kernels.release import sink_to_depth
from fvdrift_kernels.state import Frames

from .batch import Batch, batch_of, no_batch
from .check import Alike, Checked, Findings, Starts, check_share, events_alike
from .place import Placed
from .plan import ReleasePlan
from .roll import Roll
from .sites import Sites
from .water import WaterThen

CheckByAll = Callable[[Alike], Checked]


class Group(NamedTuple):
    """Events that are placed in the same water. wet: bool (element,), where alone they start, None for
    anywhere."""

    events: np.ndarray | range
    wet: np.ndarray | None


class ReleaseSource:
    """Places the releases of a plan, interval by interval."""

    def __init__(
        self,
        plan: ReleasePlan,
        mesh: WholeMesh,
        grid: StepGrid,
        seed: int,
        depth: np.ndarray,
        wet_at: Callable[[int], np.ndarray],
    ):
        """depth: float64 (node,) m of still water, as nodes are numbered in the mesh; wet_at: which elements,
        bool (element,), are wet at a time (microseconds)."""
        self._plan, self._grid, self._seed = plan, grid, seed
        self._whole, self._depth = mesh, np.maximum(depth, 0.0)
        self._wet_at = wet_at
        self._of_wet: tuple[int, np.ndarray] | None = None  # of the last time that was asked for

    @cached_property
    def sites(self) -> Sites:
        """All that placing needs."""
        events = self._plan.events
        filled = np.unique(events["shape"][events["by_volume"]])
        return Sites(
            plan=self._plan,
            seed=self._seed,
            steps=self._grid,
            mesh=self._whole.for_kernels(),
            search=self._whole.search,
            geographic=self._whole.metric is not None,
            depth=self._depth,
            deepest={int(shape): self._deepest(int(shape)) for shape in filled},
        )

    @property
    def total(self) -> int:
        """Particles that start in the run."""
        return self._plan.total

    def check(self, by_all: Callable[[int], CheckByAll | None] = lambda particles: None) -> Starts:
        """Place everything once: raises RunFileError where something does not start in the water, though it
        must. by_all: what lets all ranks place so many particles, where they are to."""
        found = Findings(self._plan, np.zeros(self._whole.elements, np.int64))
        for alike in self._alike():
            how = by_all(len(Roll(self._plan, alike.events)))
            found.add(alike, check_share(self.sites, alike) if how is None else how(alike))
        if found.problems:
            raise RunFileError(found.problems)
        return Starts(found.missing, found.by_element, found.missing_amount)

    def _alike(self) -> Iterator[Alike]:
        """All events that differ, in groups; those of a frame that the run comes to later, and has more to say
        of then, are left out."""
        found = np.array(list(events_alike(self._plan)), np.int64).reshape(-1, 2)
        wet, time = (self._plan.events[name][found[:, 0]] for name in ("wet", "time_us"))
        if not wet.all():
            yield Alike(found[~wet, 0], found[~wet, 1], None)
        for now in np.unique(time[wet]):
            its = found[wet & (time == now)]
            with suppress(ForcingError):
                yield Alike(its[:, 0], its[:, 1], self._wet(int(now)))

    def counted(self, water_at: Callable[[int], WaterThen]) -> tuple[int, int]:
        """How many start where it is dry, and how many are asked for below the bed. water_at: at a time
        (microseconds)."""
        dry = below = 0
        for event in range(len(self._plan.events)):
            water = water_at(int(self._plan.events["time_us"][event]))
            for batch in self._portions(event):
                dry += int(np.count_nonzero(~water.wet[batch.particles["element"]]))
                below += self._sunk(batch, water)
        return dry, below

    def estimated(self, starts: Starts, water: WaterThen) -> tuple[int, int]:
        """`counted` as if the water were always the same, and each of several releases alike."""
        dry, below = int(starts.by_element[~water.wet].sum()), 0
        shallowest = float(min(water.depth0.min(), water.depth1.min()))
        for event, times in events_alike(self._plan):
            if self._plan.ranges_reach(event, shallowest):
                below += times * sum(self._sunk(batch, water) for batch in self._portions(event))
        return dry, below

    def _sunk(self, batch: Batch, water: WaterThen) -> int:
        """How many of them are asked for below the bed."""
        nothing, wet = np.zeros((1, 1), np.float32), np.zeros(1, np.uint8)
        depths = (water.depth0, water.depth1)
        frames = Frames(nothing, nothing, nothing, nothing, *depths, *depths, wet, wet)
        sunk: int = sink_to_depth(
            for_kernels(batch.particles),
            batch.depth_kind,
            batch.upper,
            batch.lower,
            np.full(len(batch.particles), water.fraction),
            signed_seed(self._seed),
            self.sites.mesh,
            frames,
        )
        return sunk

    def _portions(self, event: int) -> Iterator[Batch]:
        """The particles of one event."""
        roll = Roll(self._plan, [event])
        for _, placed in self.sites.share_of(roll, self._wet_for(event)):
            yield batch_of(self._plan, self._grid, placed)

    # interval by interval

    def groups(self, interval: Interval, first: bool) -> list[Group]:
        """What starts in (start, end] of an interval; for the first interval of a run also at its start.
        Raises ForcingError."""
        found = self._plan.events_in(interval.start + (0 if first else 1), interval.end + 1)
        events, wet = np.arange(found.start, found.stop), self._plan.events["wet"][found.start : found.stop]
        groups = [] if wet.all() else [Group(events[~wet], None)]
        time, last = self._plan.events["time_us"][events[wet]], None
        for now in np.unique(time):
            its, mask = events[wet][time == now], self._wet(int(now))
            if last is not None and np.array_equal(last, mask):  # between two frames it is always the same
                groups[-1] = Group(np.append(groups[-1].events, its), last)
            else:
                groups.append(Group(its, mask))
                last = mask
        return [Group(_as_range(group.events), group.wet) for group in groups]

    def batch(self, groups: Sequence[Group]) -> Batch:
        """All that starts in some groups, placed here."""
        placed = [
            each
            for group in groups
            for _, each in self.sites.share_of(Roll(self._plan, group.events), group.wet)
        ]
        if not placed:
            return no_batch()
        found = together(placed)
        ids = found["id"]
        if (ids[1:] < ids[:-1]).any():
            found = found.take(np.argsort(ids, kind="stable"))
        return batch_of(self._plan, self._grid, found)

    def number(self, group: Group) -> int:
        """Of particles in a group."""
        return len(Roll(self._plan, group.events))

    def places(self, event: int) -> Placed:
        """Where the particles of an event start, with element -1 for those that are not in the water."""
        return self.sites.place(event, wet=self._wet_for(event))

    def starts(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where particles start: float64 x, y (particle,), NaN where one never does. ids: int64
        (particle,)."""
        x, y = np.full((2, len(ids)), np.nan)
        event = self._plan.event_of(ids)
        for number in np.unique(event):
            mine = np.flatnonzero(event == number)
            placed = self.places(int(number))
            at = ids[mine] - placed.ids[0]
            wet = placed.element[at] >= 0
            x[mine[wet]], y[mine[wet]] = placed.x[at[wet]], placed.y[at[wet]]
        return x, y

    def _deepest(self, number: int) -> float:
        """How deep the water is that an area is filled with; of no more than the elements that come near it,
        so that an ocean beside a bay costs no more."""
        shape, corners = self._plan.shapes[number], self._whole.corners
        assert isinstance(shape, Polygon)
        near = np.ones(len(corners), bool)
        for nodes, vertices in ((self._whole.x, shape.x), (self._whole.y, shape.y)):
            sides = nodes[corners]
            near &= (sides.max(axis=1) >= vertices.min()) & (sides.min(axis=1) <= vertices.max())
        return float(self._depth[corners[near]].max(initial=0.0))

    def _wet_for(self, event: int) -> np.ndarray | None:
        it = self._plan.events[event]
        return self._wet(int(it["time_us"])) if it["wet"] else None

    def _wet(self, time: int) -> np.ndarray:
        """Which elements are wet at `time`."""
        if self._of_wet is None or self._of_wet[0] != time:
            self._of_wet = time, self._wet_at(time)
        return self._of_wet[1]


def _as_range(events: np.ndarray | range) -> np.ndarray | range:
    """What weighs less on its way, where nothing is left out."""
    first, last = int(events[0]), int(events[-1])
    return range(first, last + 1) if last - first + 1 == len(events) else events
