"""The particles that start in an interval, placed in the mesh, with clocks and depths. How they reach
workers: `manager`."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np

from fvdrift.errors import ForcingError, RunFileError
from fvdrift.mesh import Polygon, WholeMesh
from fvdrift.timeline import Interval, StepGrid
from fvdrift.tools.particle_arrays import PARTICLE, for_kernels, together
from fvdrift_kernels.locate import Grid
from fvdrift_kernels.philox import signed_seed
from fvdrift_kernels.release import RANGE, sink_to_depth
from fvdrift_kernels.scatter import Water
from fvdrift_kernels.state import NOT_RELEASED, Frames

from .place import Placed, place_event
from .plan import ReleasePlan
from .water import WaterThen


class Batch(NamedTuple):
    """particles: PARTICLE with global element numbers, in the order of ids; depth_kind: int8, upper, lower:
    float64, as fvdrift_kernels.release takes them; times: int64 microseconds; not_in_water: how many more
    have no place."""

    particles: np.ndarray
    depth_kind: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    times: np.ndarray
    not_in_water: int


def no_batch() -> Batch:
    """Nothing starts."""
    nothing = np.empty(0)
    return Batch(np.empty(0, PARTICLE), np.empty(0, np.int8), nothing, nothing, np.empty(0, np.int64), 0)


class Starts(NamedTuple):
    """missing: particles without a place in the water, which may have none; by_element: int64 (element,), how
    many start in each, without those that ask for wet ones."""

    missing: int
    by_element: np.ndarray


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
        self._mesh = mesh.for_kernels()
        self._geographic = mesh.metric is not None
        self._deepest: dict[int, float] = {}  # by shape
        self._wet_at = wet_at
        self._of_wet: tuple[int, Grid] | None = None  # of the last time that was asked for

    def check(self) -> Starts:
        """Place everything once: raises RunFileError where something does not start in the water, though it
        must."""
        events = self._plan.events
        missing, by_element = 0, np.zeros(len(self._mesh.corners), np.int64)
        problems: list[str] = []
        for event, times in self._alike():
            try:
                element = self._place(event, strict=True).element
            except ForcingError:  # of a frame that the run comes to later, and has more to say of then
                continue
            except RunFileError as error:
                problems += error.problems
                continue
            missing += times * int(np.count_nonzero(element < 0))
            if not events["wet"][event]:
                by_element += times * np.bincount(element[element >= 0], minlength=len(by_element))
        if problems:
            raise RunFileError(list(dict.fromkeys(problems)))
        return Starts(missing, by_element)

    def counted(self, water_at: Callable[[int], WaterThen]) -> tuple[int, int]:
        """How many start where it is dry, and how many are asked for below the bed. water_at: at a time
        (microseconds)."""
        dry = below = 0
        for event in range(len(self._plan.events)):
            batch, water = self._event(event), water_at(int(self._plan.events["time_us"][event]))
            dry += int(np.count_nonzero(~water.wet[batch.particles["element"]]))
            below += self._sunk(batch, water)
        return dry, below

    def estimated(self, starts: Starts, water: WaterThen) -> tuple[int, int]:
        """`counted` as if the water were always the same, and each of several releases alike."""
        dry, below = int(starts.by_element[~water.wet].sum()), 0
        shallowest = min(water.depth0.min(), water.depth1.min())
        for event, times in self._alike():
            depths = self._plan.depths_of(event)
            if ((depths.kind == RANGE) & (np.maximum(depths.upper, depths.lower) > shallowest)).any():
                below += times * self._sunk(self._event(event), water)
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
            self._mesh,
            frames,
        )
        return sunk

    def _alike(self) -> Iterator[tuple[int, int]]:
        """One of all events that have the same places, and how many there are."""
        events = self._plan.events
        time = np.where(events["wet"], events["time_us"], 0)
        places = np.stack([events["shape"].astype(np.int64), events["offset"], events["count"], time], axis=1)
        _, first, counts = np.unique(places, axis=0, return_index=True, return_counts=True)
        order = np.argsort(first)
        yield from zip(first[order].tolist(), counts[order].tolist(), strict=True)

    def batch(self, interval: Interval, first: bool) -> Batch:
        """What starts in (start, end] of an interval; for the first interval of a run also at its start."""
        events = self._plan.events_in(interval.start + (0 if first else 1), interval.end + 1)
        parts = [self._event(event) for event in events]
        if not parts:
            return no_batch()
        if len(parts) == 1:
            return parts[0]
        order = np.argsort(np.concatenate([part.particles["id"] for part in parts]), kind="stable")

        def joined(columns: Iterable[np.ndarray]) -> np.ndarray:
            return together(list(columns)).take(order)

        return Batch(
            joined(part.particles for part in parts),
            joined(part.depth_kind for part in parts),
            joined(part.upper for part in parts),
            joined(part.lower for part in parts),
            joined(part.times for part in parts),
            sum(part.not_in_water for part in parts),
        )

    def places(self, event: int) -> Placed:
        """Where the particles of an event start, with element -1 for those that are not in the water."""
        return self._place(event, strict=False)

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

    def _place(self, event: int, strict: bool) -> Placed:
        it = self._plan.events[event]
        return place_event(
            self._plan,
            event,
            seed=self._seed,
            mesh=self._mesh,
            geographic=self._geographic,
            strict=strict,
            grid=self._grid_of_wet(int(it["time_us"])) if it["wet"] else self._whole.search,
            water=self._water(int(it["shape"])) if it["by_volume"] else None,
        )

    def _water(self, number: int) -> Water:
        """What an area is filled with; the depth of no more than the elements that come near it, so that an
        ocean beside a bay costs no more."""
        if number not in self._deepest:
            shape, corners = self._plan.shapes[number], self._whole.corners
            assert isinstance(shape, Polygon)
            near = np.ones(len(corners), bool)
            for nodes, vertices in ((self._whole.x, shape.x), (self._whole.y, shape.y)):
                sides = nodes[corners]
                near &= (sides.max(axis=1) >= vertices.min()) & (sides.min(axis=1) <= vertices.max())
            self._deepest[number] = float(self._depth[corners[near]].max(initial=0.0))
        return Water(self._depth, self._deepest[number])

    def _grid_of_wet(self, time: int) -> Grid:
        """The search grid without elements that are dry at `time`."""
        if self._of_wet is None or self._of_wet[0] != time:
            search = self._whole.search
            kept = self._wet_at(time)[search.member]
            before = np.concatenate(([0], np.cumsum(kept)))
            grid = search._replace(first=before[search.first], member=search.member[kept])
            self._of_wet = time, grid
        return self._of_wet[1]

    def _event(self, event: int) -> Batch:
        # checked before the run: chance may fail later in a nearly dry shape
        placed = self._place(event, strict=False)
        wet = placed.element >= 0
        time = int(self._plan.events[event]["time_us"])
        depths = self._plan.depths_of(event)
        particles = np.zeros(int(np.count_nonzero(wet)), PARTICLE)
        particles["id"], particles["x"], particles["y"] = placed.ids[wet], placed.x[wet], placed.y[wet]
        particles["element"], particles["status"] = placed.element[wet], NOT_RELEASED
        particles["clock"] = self._grid.clock(time)
        particles["born"] = time
        return Batch(
            particles,
            depths.kind[wet],
            depths.upper[wet],
            depths.lower[wet],
            np.full(len(particles), time, np.int64),
            int(np.count_nonzero(~wet)),
        )
