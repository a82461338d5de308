"""The places of the particles of one release event, found by the compiled kernels. Not their depths.

Apart from `plan`, because the kernels take a second to load.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.mesh import Points, Polygon
from fvdrift_kernels.locate import Grid
from fvdrift_kernels.philox import signed_seed
from fvdrift_kernels.scatter import (
    Water,
    line_lengths,
    scatter_by_volume,
    scatter_line,
    scatter_points,
    scatter_polygon,
)
from fvdrift_kernels.state import Mesh

from .plan import ReleasePlan
from .sources import Written


class Placed(NamedTuple):
    """ids: int64, x, y: float64 in the coordinates of the run, element: int32; -1: not in the water, never
    released."""

    ids: np.ndarray
    x: np.ndarray
    y: np.ndarray
    element: np.ndarray


class Outside(NamedTuple):
    """Particles of an event that are not in the water. number: of them; first: id of the first; points: where
    their shape has points, their numbers, ascending, int64 (point,), and particles: how many are of each."""

    number: int
    first: int
    points: np.ndarray
    particles: np.ndarray


def place_event(
    plan: ReleasePlan,
    event: int,
    *,
    seed: int,
    mesh: Mesh,
    grid: Grid,
    geographic: bool,
    strict: bool = True,
    water: Water | None = None,
    part: range | None = None,
) -> Placed:
    """Places of all particles of one event of the plan, or of a `part` of them: range of their numbers in it.

    mesh, grid: the whole mesh and its search grid, as `find_element` takes them: only elements of that are
    found; geographic: degrees, not metres; water: what its area is filled with, None for a map. Raises
    RunFileError where some are not in the water, unless their release allows it or `strict` is False. A part
    is placed as it would be in the whole, but for what ends a search (`apart.ended_before`).
    """
    it = plan.events[event]
    shape = plan.shapes[it["shape"]]
    part = range(int(it["count"])) if part is None else part
    count, first_id = len(part), int(it["first_id"]) + part.start
    x, y, element = np.empty(count), np.empty(count), np.empty(count, np.int32)
    to_fill = (x, y, element)
    mine = (mesh, grid, signed_seed(seed), first_id)
    if isinstance(shape, Points):
        points = (
            int(it["offset"]) + part.start,
            shape.x,
            shape.y,
            shape.end,
            float(shape.radius),
            geographic,
        )
        scatter_points(*mine, *points, *to_fill)
    elif isinstance(shape, Polygon) and water is not None:
        scatter_by_volume(*mine, *shape, water, geographic, *to_fill)
    elif isinstance(shape, Polygon):
        scatter_polygon(*mine, *shape, geographic, *to_fill)
    else:
        length = np.empty(len(shape.x))
        line_lengths(shape.x, shape.y, geographic, length)
        scatter_line(*mine, shape.x, shape.y, length, *to_fill)
    ids = np.arange(first_id, first_id + count, dtype=np.int64)
    outside = outside_of(plan, event, ids, element)
    if strict and outside is not None and not it["allow_outside"]:
        raise RunFileError(not_in_the_water(plan, event, outside))
    return Placed(ids, x, y, element)


def outside_of(plan: ReleasePlan, event: int, ids: np.ndarray, element: np.ndarray) -> Outside | None:
    """Those of some particles of an event that have no element; None where all have one."""
    out = ids[element < 0]
    if not len(out):
        return None
    it = plan.events[event]
    shape = plan.shapes[it["shape"]]
    points = particles = np.empty(0, np.int64)
    if isinstance(shape, Points):
        at = np.searchsorted(shape.end, out - it["first_id"] + it["offset"], side="right")
        points, particles = np.unique(at, return_counts=True)
    return Outside(len(out), int(out[0]), points, particles)


def together_outside(parts: Sequence[Outside]) -> Outside:
    """Those of several parts of an event."""
    points, at = np.unique(np.concatenate([part.points for part in parts]), return_inverse=True)
    particles = np.zeros(len(points), np.int64)
    np.add.at(particles, at, np.concatenate([part.particles for part in parts]))
    return Outside(sum(part.number for part in parts), min(part.first for part in parts), points, particles)


def not_in_the_water(plan: ReleasePlan, event: int, outside: Outside) -> str:
    """What to say of them: a sentence."""
    name = plan.names[plan.release_of(np.array([outside.first]))[0]]
    where = f'{plan.origin}: release "{name}"'
    it = plan.events[event]
    wet = it["wet"]
    water = "the water of their release time (wet = true)" if wet else "the water"
    shape, written = plan.shapes[it["shape"]], plan.written[it["shape"]]
    if not isinstance(shape, Points):  # areas and lines are filled where there is water
        then = " at its time (wet = true)" if wet else ""
        there = f"({written.x.min():.10g}, {written.y.min():.10g}) to ({written.x.max():.10g}, {written.y.max():.10g})"
        guess = _guess(plan, written, written.x, written.y)
        return f"{where}: there is no water{then}, or almost none, in its shape, {there}: look at its coordinates{guess}"
    point, times = outside.points, outside.particles // np.gcd.reduce(outside.particles)
    at_x, at_y = np.repeat(written.x[point], times), np.repeat(written.y[point], times)
    line = 0 if written.places is None else int(written.places[point[0]])
    near = f"within {shape.radius:g} m of " if shape.radius else "at "
    place = f"{near}({at_x[0]:.10g}, {at_y[0]:.10g})" + f", line {line}" * (line > 0)
    return (
        f"{where}: {outside.number} of {it['count']} particles are not in {water}, the first {place}: "
        f"move it, or set allow_outside = true to go on without them{_guess(plan, written, at_x, at_y)}"
    )


def _guess(plan: ReleasePlan, written: Written, x: np.ndarray, y: np.ndarray) -> str:
    return "" if plan.reach is None else f" ({plan.reach.guess(x, y, written.coordinates)})"
