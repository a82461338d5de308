"""Volumes of water between two surfaces, in elements or in what of them lies in the cells of a grid. Depth is linear
in an element, and the surfaces are a height above its bed, or a depth below its surface.

Over a place where the water is D deep, what lies between two depths (or heights) c0 < c1 is as thick as
max(D - c0, 0) - max(D - c1, 0). Over a triangle the integral of the positive part of a linear function is closed: where
it changes its sign, what is left of zero is a triangle that is similar about the corner there.
"""

from typing import NamedTuple

import numpy as np

from .jit import entry_point, kernel

CORNERS = 8  # a triangle that is cut by four sides has 7 at the most


class Pieces(NamedTuple):
    """Convex parts of elements. element: int32 (piece,); first: int64 (piece + 1,) where the corners of each begin; a,
    b: float64 (corner,) their first two barycentric coordinates. A piece without corners is the whole element."""

    element: np.ndarray
    first: np.ndarray
    a: np.ndarray
    b: np.ndarray


class Water(NamedTuple):
    """Where it stands between two time levels. corners: int32 (element, 3); areas: float64 (element,) m2; depth0, depth1:
    float32 (node,) m; wet0, wet1: uint8 (element,), bit 0 where there is water; fraction: of the way from one to the
    other."""

    corners: np.ndarray
    areas: np.ndarray
    depth0: np.ndarray
    depth1: np.ndarray
    wet0: np.ndarray
    wet1: np.ndarray
    fraction: float


@kernel
def positive_part(f0, f1, f2):
    """Mean over a triangle of the positive part of the linear function that is f0, f1, f2 in its corners."""
    low, high = min(f0, f1, f2), max(f0, f1, f2)
    total = f0 + f1 + f2
    middle = max(min(f0, f1), min(max(f0, f1), f2))
    if low >= 0.0:
        return total / 3.0
    if high <= 0.0:
        return 0.0 * total
    if middle <= 0.0:
        return high * (high / (high - low)) * (high / (high - middle)) / 3.0
    return (total - low * (low / (low - high)) * (low / (low - middle))) / 3.0


@entry_point
def fill_volumes(water, pieces, edges, sigma, volumes):
    """The water in each piece between each two of `edges`, m3: float64 (edge - 1, piece), filled.

    edges: float64, ascending from 0 or more, m from the surface down or from the bed up, or parts of the depth where
    `sigma`. Elements that are dry in every frame that has weight hold none, as `sample.sample_dry` has it.
    """
    for k in range(len(pieces.element)):
        e = pieces.element[k]
        for layer in range(len(edges) - 1):
            volumes[layer, k] = 0.0
        wet0 = water.fraction < 1.0 and water.wet0[e] & 1
        wet1 = water.fraction > 0.0 and water.wet1[e] & 1
        if not (wet0 or wet1):
            continue
        d0 = _depth(water, water.corners[e, 0])
        d1 = _depth(water, water.corners[e, 1])
        d2 = _depth(water, water.corners[e, 2])
        first, end = pieces.first[k], pieces.first[k + 1]
        if first == end:
            _add(d0, d1, d2, water.areas[e], edges, sigma, volumes, k)
            continue
        a0, b0 = pieces.a[first], pieces.b[first]
        f0 = a0 * d0 + b0 * d1 + (1.0 - a0 - b0) * d2
        for i in range(first + 1, end - 1):
            a1, b1, a2, b2 = pieces.a[i], pieces.b[i], pieces.a[i + 1], pieces.b[i + 1]
            f1 = a1 * d0 + b1 * d1 + (1.0 - a1 - b1) * d2
            f2 = a2 * d0 + b2 * d1 + (1.0 - a2 - b2) * d2
            part = abs((a1 - a0) * (b2 - b0) - (a2 - a0) * (b1 - b0))
            _add(f0, f1, f2, part * water.areas[e], edges, sigma, volumes, k)


@kernel
def _depth(water, node):
    d0, d1 = np.float64(water.depth0[node]), np.float64(water.depth1[node])
    return d0 + water.fraction * (d1 - d0)


@kernel
def _add(d0, d1, d2, area, edges, sigma, volumes, k):
    """What is over a triangle of an area, in all layers."""
    if sigma:
        column = area * positive_part(d0, d1, d2)
        for layer in range(len(edges) - 1):
            volumes[layer, k] += (edges[layer + 1] - edges[layer]) * column
        return
    above = positive_part(d0 - edges[0], d1 - edges[0], d2 - edges[0])
    for layer in range(len(edges) - 1):
        c = edges[layer + 1]
        below = positive_part(d0 - c, d1 - c, d2 - c)
        volumes[layer, k] += area * max(above - below, 0.0)
        above = below


@entry_point
def clip(x, y, corners, shift, x_edges, y_edges, work, found):
    """Cut elements by the cells of a grid; returns how many pieces there are, and corners of them.

    x, y: float64 (node,); shift: is added to x; x_edges, y_edges: ascending sides of the columns and rows; work: float64
    (4, 2 CORNERS); found: as `Clipped`, filled as far as there is room.
    """
    pieces, used = 0, 0
    columns, rows = len(x_edges) - 1, len(y_edges) - 1
    for e in range(len(corners)):
        x0, x1, x2 = x[corners[e, 0]] + shift, x[corners[e, 1]] + shift, x[corners[e, 2]] + shift
        y0, y1, y2 = y[corners[e, 0]], y[corners[e, 1]], y[corners[e, 2]]
        west, east = min(x0, x1, x2), max(x0, x1, x2)
        south, north = min(y0, y1, y2), max(y0, y1, y2)
        if east <= x_edges[0] or west >= x_edges[columns] or north <= y_edges[0] or south >= y_edges[rows]:
            continue
        left = max(np.searchsorted(x_edges, west, side="right") - 1, 0)
        lower = max(np.searchsorted(y_edges, south, side="right") - 1, 0)
        for row in range(lower, rows):
            if y_edges[row] >= north:
                break
            for column in range(left, columns):
                if x_edges[column] >= east:
                    break
                inside = west >= x_edges[column] and east <= x_edges[column + 1]
                inside = inside and south >= y_edges[row] and north <= y_edges[row + 1]
                count = 0
                if not inside:
                    work[0, 0], work[0, 1], work[0, 2] = x0, x1, x2
                    work[1, 0], work[1, 1], work[1, 2] = y0, y1, y2
                    work[2, 0], work[2, 1], work[2, 2] = 1.0, 0.0, 0.0
                    work[3, 0], work[3, 1], work[3, 2] = 0.0, 1.0, 0.0
                    count = _cut(work, 3, 0, x_edges[column], 1.0)
                    count = _cut(work, count, 0, x_edges[column + 1], -1.0)
                    count = _cut(work, count, 1, y_edges[row], 1.0)
                    count = _cut(work, count, 1, y_edges[row + 1], -1.0)
                    if not _has_area(work, count):
                        continue
                if pieces < len(found.element) and used + count <= len(found.a):
                    found.element[pieces] = e
                    found.cell[pieces] = row * columns + column
                    found.first[pieces + 1] = used + count
                    for i in range(count):
                        found.a[used + i], found.b[used + i] = work[2, i], work[3, i]
                pieces += 1
                used += count
    return pieces, used


class Clipped(NamedTuple):
    """Pieces, and the cell of each, int32 (piece,), row by row."""

    element: np.ndarray
    first: np.ndarray
    a: np.ndarray
    b: np.ndarray
    cell: np.ndarray


@kernel
def _has_area(work, count):
    twice = 0.0
    for i in range(1, count - 1):
        twice += abs(
            (work[2, i] - work[2, 0]) * (work[3, i + 1] - work[3, 0])
            - (work[2, i + 1] - work[2, 0]) * (work[3, i] - work[3, 0])
        )
    return twice > 0.0


@kernel
def _cut(work, count, axis, side, sign):
    """Leave of a polygon what is on one side of a line across an axis (Sutherland & Hodgman 1974, Communications of the
    ACM 17, 32); returns how many corners it has then. work: (4, 2 CORNERS) x, y, and two barycentric coordinates."""
    kept = 0
    for i in range(count):
        j = i + 1 if i + 1 < count else 0
        here, there = sign * (work[axis, i] - side), sign * (work[axis, j] - side)
        if here >= 0.0:
            for row in range(4):
                work[row, CORNERS + kept] = work[row, i]
            kept += 1
        if (here > 0.0 and there < 0.0) or (here < 0.0 and there > 0.0):
            part = here / (here - there)
            for row in range(4):
                work[row, CORNERS + kept] = work[row, i] + part * (work[row, j] - work[row, i])
            work[axis, CORNERS + kept] = side
            kept += 1
    for i in range(kept):
        for row in range(4):
            work[row, i] = work[row, CORNERS + i]
    return kept
