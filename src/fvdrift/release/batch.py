"""The particles that start in an interval, placed in the mesh, with clocks and depths. How they reach workers: `manager`."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from fvdrift.clock import StepGrid
from fvdrift.mesh import WholeMesh
from fvdrift.particles import PARTICLE, together
from fvdrift.release.place import Placed, place_event
from fvdrift.release.plan import ReleasePlan
from fvdrift.release.shapes import Polygon
from fvdrift.timetable import Interval
from fvdrift_kernels.locate import search_grid
from fvdrift_kernels.scatter import Water
from fvdrift_kernels.state import NOT_RELEASED


class Batch(NamedTuple):
    """particles: PARTICLE with global element numbers, in the order of ids; depth_kind: int8, upper, lower: float64, as
    fvdrift_kernels.release takes them; times: int64 microseconds; not_in_water: how many more have no place."""

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


class ReleaseSource:
    """Places the releases of a plan, interval by interval."""

    def __init__(self, plan: ReleasePlan, mesh: WholeMesh, grid: StepGrid, seed: int, depth: np.ndarray):
        """depth: float64 (node,) m of still water, as nodes are numbered in the mesh."""
        self._plan, self._grid, self._seed = plan, grid, seed
        self._whole, self._depth = mesh, np.maximum(depth, 0.0)
        self._mesh = mesh.for_kernels()
        self._search = search_grid(mesh.x, mesh.y, mesh.corners)
        self._geographic = mesh.metric is not None
        self._deepest: dict[int, float] = {}  # by shape

    def check(self) -> int:
        """Place everything once: raises RunFileError where something does not start in the water, though it must.

        Returns how many particles have no place in the water and may have none.
        """
        events = self._plan.events
        places = np.stack([events["shape"].astype(np.int64), events["offset"], events["count"]], axis=1)
        _, first, same = np.unique(places, axis=0, return_index=True, return_inverse=True)
        outside = np.array([np.count_nonzero(self._place(int(event), strict=True).element < 0) for event in first])
        return int(outside[same.ravel()].sum())

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
        """Where particles start: float64 x, y (particle,), NaN where one never does. ids: int64 (particle,)."""
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
            self._plan, event, seed=self._seed, mesh=self._mesh, grid=self._search, geographic=self._geographic, strict=strict,
            water=self._water(int(it["shape"])) if it["by_volume"] else None,
        )  # fmt: skip

    def _water(self, number: int) -> Water:
        """What an area is filled with; the depth of no more than the elements that come near it, so that an ocean beside a bay
        costs no more."""
        if number not in self._deepest:
            shape, corners = self._plan.shapes[number], self._whole.corners
            assert isinstance(shape, Polygon)
            near = np.ones(len(corners), bool)
            for nodes, vertices in ((self._whole.x, shape.x), (self._whole.y, shape.y)):
                sides = nodes[corners]
                near &= (sides.max(axis=1) >= vertices.min()) & (sides.min(axis=1) <= vertices.max())
            self._deepest[number] = float(self._depth[corners[near]].max(initial=0.0))
        return Water(self._depth, self._deepest[number])

    def _event(self, event: int) -> Batch:
        placed = self._place(event, strict=False)  # checked before the run: chance may fail later in a nearly dry shape
        wet = placed.element >= 0
        time = int(self._plan.events[event]["time_us"])
        depths = self._plan.depths_of(event)
        particles = np.zeros(int(np.count_nonzero(wet)), PARTICLE)
        particles["id"], particles["x"], particles["y"] = placed.ids[wet], placed.x[wet], placed.y[wet]
        particles["element"], particles["status"] = placed.element[wet], NOT_RELEASED
        particles["clock"] = self._grid.clock(time)
        particles["born"] = time
        return Batch(
            particles, depths.kind[wet], depths.upper[wet], depths.lower[wet],
            np.full(len(particles), time, np.int64), int(np.count_nonzero(~wet)),
        )  # fmt: skip
