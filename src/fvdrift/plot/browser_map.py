"""What a page in a browser knows of the water: its elements, depth, coast and open sides. Not how they look
there."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .map_base import Extent, metres, whole_turns
from .water import Water

MOST_ELEMENTS = 500_000  # some 10 MB of the file
ROUND = 0.5  # of the extent, on each side: where a mesh is cut, one may still look about


class MapArrays(NamedTuple):
    """nodes: float32 (node, 2) from `origin`; depth: float32 (node,) m; triangles: uint32 (element, 3); coast,
    open: uint32 (side, 2), numbers of nodes; deepest: at which depth colours end, m; side: metres, of a usual
    side of an element."""

    nodes: np.ndarray
    depth: np.ndarray
    triangles: np.ndarray
    coast: np.ndarray
    open: np.ndarray
    deepest: float
    side: float


def map_arrays(
    water: Water,
    extent: Extent,
    origin: tuple[float, float],
    *,
    geographic: bool,
    most: int = MOST_ELEMENTS,
    say: Callable[[str], None],
) -> MapArrays | None:
    """All of the water, or what lies near `extent` where it is large, None where that is too large as well.
    origin: x, y that places are counted from."""
    taken = np.ones(len(water.triangles), bool)
    if len(taken) > most:
        x0, x1, y0, y1 = extent
        wide, tall = ROUND * (x1 - x0), ROUND * (y1 - y0)
        taken = water.within((x0 - wide, x1 + wide, y0 - tall, y1 + tall))
        if not 0 < taken.sum() <= most:
            say(f"without the mesh: {taken.sum():,} elements near the particles, more than {most:,}")
            return None
        say(f"{taken.sum():,} of {len(taken):,} elements, those near the particles")
    nodes, corners = np.unique(water.triangles[taken], return_inverse=True)
    number = np.full(len(water.x), -1)
    number[nodes] = np.arange(len(nodes))
    sides = [number[ends] for ends in (water.coast, water.open)]
    kept = [ends[(ends >= 0).all(axis=1)].astype(np.uint32) for ends in sides]
    turns = whole_turns(*water.bounds()[:2], extent) if geographic else 0.0
    x, y, h = water.x[nodes] + turns, water.y[nodes], np.maximum(water.h[nodes], 0.0)
    triangles = corners.reshape(-1, 3)
    per_x, per_y = metres(extent, geographic)
    lengths = np.hypot(*(np.diff(a[triangles[:, :2]], axis=1) * p for a, p in ((x, per_x), (y, per_y))))
    return MapArrays(
        np.stack([x - origin[0], y - origin[1]], axis=-1).astype(np.float32),
        h.astype(np.float32),
        triangles.astype(np.uint32),
        kept[0],
        kept[1],
        float(np.percentile(h, 99)) or 1.0,
        float(np.median(lengths)),
    )
