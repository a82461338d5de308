"""The places of the particles of one release event, found by the compiled kernels. Not their depths.

Apart from `plan`, because the kernels take a second to load.
"""

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
) -> Placed:
    """Places of all particles of one event of the plan.

    mesh, grid: the whole mesh and its search grid, as `find_element` takes them: only elements of that are
    found; geographic: degrees, not metres; water: what its area is filled with, None for a map. Raises
    RunFileError where some are not in the water, unless their release allows it or `strict` is False.
    """
    it = plan.events[event]
    shape = plan.shapes[it["shape"]]
    count, first_id = int(it["count"]), int(it["first_id"])
    x, y, element = np.empty(count), np.empty(count), np.empty(count, np.int32)
    to_fill = (x, y, element)
    mine = (mesh, grid, signed_seed(seed), first_id)
    if isinstance(shape, Points):
        points = (int(it["offset"]), shape.x, shape.y, shape.end, float(shape.radius), geographic)
        placed = scatter_points(*mine, *points, *to_fill)
    elif isinstance(shape, Polygon) and water is not None:
        placed = scatter_by_volume(*mine, *shape, water, geographic, *to_fill)
    elif isinstance(shape, Polygon):
        placed = scatter_polygon(*mine, *shape, geographic, *to_fill)
    else:
        length = np.empty(len(shape.x))
        line_lengths(shape.x, shape.y, geographic, length)
        placed = scatter_line(*mine, shape.x, shape.y, length, *to_fill)
    ids = np.arange(first_id, first_id + count, dtype=np.int64)
    if strict and placed < count and not it["allow_outside"]:
        raise RunFileError(_not_in_the_water(plan, event, ids, x, element))
    return Placed(ids, x, y, element)


def _not_in_the_water(
    plan: ReleasePlan, event: int, ids: np.ndarray, x: np.ndarray, element: np.ndarray
) -> str:
    outside = np.flatnonzero(element < 0)
    first = int(outside[0])
    name = plan.names[plan.release_of(ids[first : first + 1])[0]]
    where = f'{plan.origin}: release "{name}"'
    it = plan.events[event]
    wet = it["wet"]
    water = "the water of their release time (wet = true)" if wet else "the water"
    shape, written = plan.shapes[it["shape"]], plan.written[it["shape"]]
    if np.isnan(x[first]):
        then = " at its time (wet = true)" if wet else ""
        there = f"({written.x.min():.10g}, {written.y.min():.10g}) to ({written.x.max():.10g}, {written.y.max():.10g})"
        guess = _guess(plan, written, written.x, written.y)
        return f"{where}: there is no water{then}, or almost none, in its shape, {there}: look at its coordinates{guess}"
    assert isinstance(shape, Points)  # areas and lines are filled where there is water
    point = np.searchsorted(shape.end, outside + it["offset"], side="right")
    at_x, at_y = written.x[point], written.y[point]
    line = 0 if written.places is None else int(written.places[point[0]])
    near = f"within {shape.radius:g} m of " if shape.radius else "at "
    place = f"{near}({at_x[0]:.10g}, {at_y[0]:.10g})" + f", line {line}" * (line > 0)
    return (
        f"{where}: {len(outside)} of {len(ids)} particles are not in {water}, the first {place}: "
        f"move it, or set allow_outside = true to go on without them{_guess(plan, written, at_x, at_y)}"
    )


def _guess(plan: ReleasePlan, written: Written, x: np.ndarray, y: np.ndarray) -> str:
    return "" if plan.reach is None else f" ({plan.reach.guess(x, y, written.coordinates)})"
