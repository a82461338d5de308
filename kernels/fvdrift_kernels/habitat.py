"""Which polygon a particle is in: known from its element in most, asked of the polygons' sides in the others.

Polygons are numbered from 0; where several hold a point it is the lowest that counts. A part of a polygon
holds a point that an odd number of its rings go round, so holes need no mark; a polygon holds what any of its
parts does, so parts may overlap. Sides are straight in the coordinates of the run.
"""

from typing import NamedTuple

import numpy as np

from .jit import entry_point, kernel, kernel_called
from .scatter import crossed_beyond

NOWHERE, UNSURE = -1, -2
# of an element's size: a particle may lie that much beyond the sides of its element (single precision, see
# ELEMENT), and rounding of the test is less
MARGIN = 1e-5
# bands a side is in on average, beside its first: a point is then tested against 5/4 of the sides at its
# height
LISTED = 4
MOST_BANDS = 16  # for each side; small polygons far apart would have more, nearly all of them empty


class Outlines(NamedTuple):
    """The sides of all polygons, sorted into bands of y, so that a point asks only those at its height.

    px, py: float64 (vertex,), ring after ring, polygon after polygon; before: int32 (vertex,), the vertex
    before it in its ring: the two make side `vertex`; polygon, part: int32 (vertex,), ascending, parts
    numbered over all polygons. Bands begin at y0 and are 1 / per_y high; the sides that touch band b are
    side[first[b] : first[b + 1]], int32, ascending.
    """

    px: np.ndarray
    py: np.ndarray
    before: np.ndarray
    polygon: np.ndarray
    part: np.ndarray
    y0: float
    per_y: float
    first: np.ndarray
    side: np.ndarray


class Habitat(NamedTuple):
    """Polygons over a piece of the mesh. code: int32 (element,), the one polygon that counts all over the
    element, NOWHERE, or UNSURE: ask the outlines."""

    code: np.ndarray
    outlines: Outlines


@kernel
def _band(y0, per_y, bands, y):
    """The band of a height; those beyond first and last count to them."""
    return int(min(max((y - y0) * per_y, 0.0), bands - 1.0))


@entry_point
def list_sides(py, before, y0, per_y, first, side, counting):
    """Count (counting = True, into first[b + 1]) or list (into side) the sides that touch each band."""
    for i in range(len(py)):
        low = _band(y0, per_y, len(first) - 1, min(py[i], py[before[i]]))
        high = _band(y0, per_y, len(first) - 1, max(py[i], py[before[i]]))
        for band in range(low, high + 1):
            if counting:
                first[band + 1] += 1
            else:
                side[first[band]] = i
                first[band] += 1


def outlines(
    px: np.ndarray, py: np.ndarray, first: np.ndarray, ring: np.ndarray, part: np.ndarray | None = None
) -> Outlines:
    """The Outlines of polygons: float64 px, py (vertex,); ring i is first[i] : first[i + 1], unclosed;
    polygon k has the rings ring[k] : ring[k + 1]; part: int32 (ring,) ascending over all polygons, None: each
    has one. Together they have some height."""
    before = np.arange(-1, len(px) - 1, dtype=np.int32)
    before[first[:-1]] = first[1:] - 1
    of_ring = np.repeat(np.arange(len(ring) - 1), np.diff(ring))
    polygon, part = (
        np.repeat(n, np.diff(first)).astype(np.int32) for n in (of_ring, of_ring if part is None else part)
    )
    y0, height = float(py.min()), float(np.ptp(py))
    per_side = min(LISTED * height / float(np.abs(py - py[before]).sum()), MOST_BANDS)
    bands = max(1, int(per_side * len(py)))
    begin = np.zeros(bands + 1, np.int64)
    list_sides(py, before, y0, bands / height, begin, np.empty(0, np.int32), True)
    np.cumsum(begin, out=begin)
    side = np.empty(begin[-1], np.int32)
    list_sides(py, before, y0, bands / height, begin.copy(), side, False)
    return Outlines(px, py, before, polygon, part, y0, bands / height, begin, side)


@kernel_called
def holder(outlines, least, x, y):
    """The lowest polygon from number `least` on that holds (x, y), or -1."""
    band = _band(outlines.y0, outlines.per_y, len(outlines.first) - 1, y)
    polygon = part = -1
    inside = False
    for j in range(outlines.first[band], outlines.first[band + 1]):
        i = outlines.side[j]
        if outlines.part[i] != part:
            if inside:
                return polygon
            part, polygon = outlines.part[i], outlines.polygon[i]
        if polygon >= least and crossed_beyond(outlines.px, outlines.py, i, outlines.before[i], x, y):
            inside = not inside
    return polygon if inside else -1


@kernel
def polygon_at(habitat, e, x, y):
    """The lowest polygon that holds (x, y), a point of element `e`, or -1."""
    code = habitat.code[e]
    return holder(habitat.outlines, 0, x, y) if code == UNSURE else code


@kernel_called
def _sides_near(outlines, corners_x, corners_y, touched):
    """Whether any side comes near an element, given by the coordinates of its three corners; marks the
    polygons of all that do.

    Near: the boxes round both touch, and the element is not all on one hand of the line through the side.
    """
    x0, x1, x2 = corners_x
    y0, y1, y2 = corners_y
    left, right = min(x0, x1, x2), max(x0, x1, x2)
    lower, upper = min(y0, y1, y2), max(y0, y1, y2)
    margin = MARGIN * (right - left + upper - lower)
    left, right, lower, upper = left - margin, right + margin, lower - margin, upper + margin
    bands = len(outlines.first) - 1
    low, high = (
        _band(outlines.y0, outlines.per_y, bands, lower),
        _band(outlines.y0, outlines.per_y, bands, upper),
    )
    crossed = False
    for j in range(outlines.first[low], outlines.first[high + 1]):
        i = outlines.side[j]
        before = outlines.before[i]
        ax, bx = outlines.px[i], outlines.px[before]
        if max(ax, bx) < left or min(ax, bx) > right:
            continue
        ay, by = outlines.py[i], outlines.py[before]
        if max(ay, by) < lower or min(ay, by) > upper:
            continue
        dx, dy = bx - ax, by - ay
        hand0 = dx * (y0 - ay) - dy * (x0 - ax)
        hand1 = dx * (y1 - ay) - dy * (x1 - ax)
        hand2 = dx * (y2 - ay) - dy * (x2 - ax)
        near = margin * (abs(dx) + abs(dy))
        if min(hand0, hand1, hand2) <= near and max(hand0, hand1, hand2) >= -near:
            crossed = True
            touched[outlines.polygon[i]] = True
    return crossed


@entry_point
def fill_codes(x, y, corners, outlines, code, touched):
    """Set `code` (see Habitat) of all elements; mark in `touched`, bool (polygon,), those that touch one of
    them.

    x, y: nodes, float64 in the coordinates of the outlines; corners: int32 (element, 3).
    """
    for e in range(len(corners)):
        a, b, c = corners[e]
        if _sides_near(outlines, (x[a], x[b], x[c]), (y[a], y[b], y[c]), touched):
            code[e] = UNSURE
            continue
        # no side comes near: what holds one of its points holds them all
        xc = x[a] + ((x[b] - x[a]) + (x[c] - x[a])) / 3.0
        yc = y[a] + ((y[b] - y[a]) + (y[c] - y[a])) / 3.0
        polygon = holder(outlines, 0, xc, yc)
        code[e] = polygon  # -1: NOWHERE
        while polygon >= 0:
            touched[polygon] = True
            polygon = holder(outlines, polygon + 1, xc, yc)
