"""Where particles start: points, areas and lines, as arrays. Not where in them each particle starts (that is
`place`).

All coordinates are those the run integrates in: metres, or degrees.
"""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

DEPTH_KINDS = ("uniform", "surface", "bottom", "range", "sigma")  # depth_kind is the index


class Points(NamedTuple):
    """Places given one by one, each with its own number of particles; many of them cost no more than their
    numbers.

    x, y: float64 (point,); end: int64 (point,), particles of all points up to and with this one; radius:
    metres round each point (0: exactly there); release: int32 (point,) index into the plan's names;
    depth_kind: int8 (point,) index into DEPTH_KINDS; upper, lower: float64 (point,), as
    `settings.values.Depth` has them; amount: float64 (point,), what each particle of a point carries, None where
    that is not said point by point.
    """

    x: np.ndarray
    y: np.ndarray
    end: np.ndarray
    radius: float
    release: np.ndarray
    depth_kind: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    amount: np.ndarray | None = None


class Polygon(NamedTuple):
    """An area of parts, which may overlap: inside of one is what an odd number of its rings goes round, so
    holes need no mark.

    x, y: float64 (vertex,), ring after ring, none closed; first: int64 (ring + 1,), ring i is first[i] :
    first[i + 1]; part: int32 (ring,), number of the part that it is of, ascending from 0.
    """

    x: np.ndarray
    y: np.ndarray
    first: np.ndarray
    part: np.ndarray


class Line(NamedTuple):
    """One or several broken lines, as their straight pieces: x, y: float64 (piece, 2), both ends of each."""

    x: np.ndarray
    y: np.ndarray


Shape = Points | Polygon | Line


def polygon(parts: Sequence[Sequence[np.ndarray]]) -> Polygon:
    """A Polygon of parts, each its rings, (vertex, 2); closing vertices are dropped. Raises ValueError for
    one without area."""
    kept = []
    for ring in chain.from_iterable(parts):
        vertices = np.asarray(ring, np.float64).reshape(-1, 2)
        if len(vertices) > 1 and (vertices[0] == vertices[-1]).all():
            vertices = vertices[:-1]
        if len(np.unique(vertices, axis=0)) < 3:
            raise ValueError("a polygon needs three different corners")
        if _area(vertices) == 0:
            raise ValueError("the polygon has no area: its corners lie on one line")
        kept.append(vertices)
    if not kept:
        raise ValueError("a polygon needs three different corners")
    vertices = np.concatenate(kept)
    first = np.concatenate(([0], np.cumsum([len(ring) for ring in kept]))).astype(np.int64)
    part = np.repeat(np.arange(len(parts), dtype=np.int32), [len(rings) for rings in parts])
    return Polygon(np.ascontiguousarray(vertices[:, 0]), np.ascontiguousarray(vertices[:, 1]), first, part)


def _area(vertices: np.ndarray) -> float:
    x, y = (vertices - vertices[0]).T
    return float(abs(x * np.roll(y, -1) - y * np.roll(x, -1)).max())


def box_ring(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    """The ring (4, 2) round a box given by two opposite corners. Raises ValueError if it has no area."""
    if x0 == x1 or y0 == y1:
        raise ValueError("the box has no area: its two corners must differ in both coordinates")
    (left, right), (below, above) = sorted((x0, x1)), sorted((y0, y1))
    return np.array([[left, below], [right, below], [right, above], [left, above]], np.float64)


def line(parts: Sequence[np.ndarray]) -> Line:
    """A Line of broken lines, each (vertex, 2); pieces without length are dropped. Raises ValueError if none
    is."""
    pieces = []
    for part in parts:
        vertices = np.asarray(part, np.float64).reshape(-1, 2)
        ends = np.stack([vertices[:-1], vertices[1:]], axis=1)
        pieces.append(ends[(ends[:, 0] != ends[:, 1]).any(axis=1)])
    ends = np.concatenate(pieces) if pieces else np.empty((0, 2, 2))
    if len(ends) == 0:
        raise ValueError("a line needs two different points")
    return Line(np.ascontiguousarray(ends[..., 0]), np.ascontiguousarray(ends[..., 1]))
