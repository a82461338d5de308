"""Where a point is: barycentric coordinates, the element that holds a point, the path of a straight move.

All in double precision. A path is followed from element to element, so no island or spit can be jumped.
"""

from typing import NamedTuple

import numpy as np

from .jit import entry_point, kernel, kernel_called, unsigned

THIRD = 1.0 / 3.0
MOST_CROSSINGS = 100_000  # more sides than any step crosses; a path longer than this stays where it began
# of an element's height: a release on a side is in the elements on both sides, the lowest is taken
ON_SIDE = 1e-9
# sides; more than meet at a node: a path that ends on one, outside all elements round it, goes no further
ROUND_A_NODE = 20


@kernel
def local_coordinates(element, x, y):
    """Barycentric coordinates of (x, y) in one ELEMENT record.

    Three numbers that add to one; number i is negative beyond the side opposite corner i.
    """
    dx = x - element.xc
    dy = y - element.yc
    first = THIRD + element.ax * dx + element.ay * dy
    second = THIRD + element.bx * dx + element.by * dy
    return first, second, 1.0 - first - second


@kernel
def _exit_fraction(start, end):
    """Fraction of the path at which a coordinate that ends below zero passes it; 0 where it began below."""
    return start / (start - end) if start > 0.0 else 0.0


@kernel_called
def trace(elements, e, x, y, dx, dy):
    """Follow the straight path from (x, y) in element `e` by (dx, dy).

    Returns (element, side, fraction): side -1 and fraction 1 where the path ends inside `element`; else the
    side (0, 1, 2) at which it leaves the piece, and the fraction of the path done there. The side it came in
    by is never the way out, so rounding cannot send it back and forth; nor round and round a node that it
    ends on, as after ROUND_A_NODE crossings an end on a side counts as inside.
    """
    start = e
    came = -1
    for crossings in range(MOST_CROSSINGS):
        element = elements[unsigned(e)]
        b0, b1, b2 = local_coordinates(element, x + dx, y + dy)
        if min(b0, b1, b2) >= 0.0:
            return e, -1, 1.0
        a0, a1, a2 = local_coordinates(element, x, y)
        side = -1
        fraction = 2.0
        beyond = -1
        if b0 < 0.0 and (element.beyond0 != came or came < 0):
            side, fraction, beyond = 0, _exit_fraction(a0, b0), element.beyond0
        if b1 < 0.0 and (element.beyond1 != came or came < 0):
            f = _exit_fraction(a1, b1)
            if f < fraction:
                side, fraction, beyond = 1, f, element.beyond1
        if b2 < 0.0 and (element.beyond2 != came or came < 0):
            f = _exit_fraction(a2, b2)
            if f < fraction:
                side, fraction, beyond = 2, f, element.beyond2
        if side < 0:
            return e, -1, 1.0
        if beyond < 0:
            return e, side, fraction
        if crossings >= ROUND_A_NODE and min(b0, b1, b2) > -ON_SIDE:
            return e, -1, 1.0
        came = e
        e = beyond
    return start, -1, 0.0


class Grid(NamedTuple):
    """A search grid over the mesh: elements whose box touches cell c are member[first[c] : first[c + 1]],
    ascending."""

    x0: float
    y0: float
    per_x: float
    per_y: float
    columns: int
    rows: int
    first: np.ndarray
    member: np.ndarray


@kernel
def _cells(grid_origin, per_unit, count, low, high):
    """First and last cell of a range of coordinates, kept inside the grid."""
    lowest = int((low - grid_origin) * per_unit)
    highest = int((high - grid_origin) * per_unit)
    return min(max(lowest, 0), count - 1), min(max(highest, 0), count - 1)


@entry_point
def fill_grid(x, y, corners, x0, y0, per_x, per_y, columns, rows, first, member, counting):
    """Count (counting = True, into first[c + 1]) or list (into member) the elements that touch each cell."""
    for e in range(len(corners)):
        a, b, c = corners[e]
        left, right = _cells(x0, per_x, columns, min(x[a], x[b], x[c]), max(x[a], x[b], x[c]))
        lower, upper = _cells(y0, per_y, rows, min(y[a], y[b], y[c]), max(y[a], y[b], y[c]))
        for row in range(lower, upper + 1):
            for column in range(left, right + 1):
                cell = row * columns + column
                if counting:
                    first[cell + 1] += 1
                else:
                    member[first[cell]] = e
                    first[cell] += 1


def search_grid(x: np.ndarray, y: np.ndarray, corners: np.ndarray) -> Grid:
    """A Grid of about one cell an element over nodes x, y (node,) and corners (element, 3)."""
    used = np.unique(corners)
    x0, y0 = float(x[used].min()), float(y[used].min())
    width, height = float(np.ptp(x[used])) or 1.0, float(np.ptp(y[used])) or 1.0
    across = max(1.0, (len(corners) * width / height) ** 0.5)
    columns, rows = int(min(across, 4096)), int(min(max(1.0, len(corners) / across), 4096))
    box = (x0, y0, columns / width, rows / height, columns, rows)
    first = np.zeros(columns * rows + 1, np.int64)
    fill_grid(x, y, corners, *box, first, np.empty(0, np.int32), True)
    np.cumsum(first, out=first)
    member = np.empty(first[-1], np.int32)
    fill_grid(x, y, corners, *box, first[:-1].copy(), member, False)
    return Grid(*box, first, member)


@kernel_called
def find_element(mesh, grid, x, y):
    """The lowest element of the water that holds (x, y), or -1: no walk, so right wherever the point is."""
    column = (x - grid.x0) * grid.per_x
    row = (y - grid.y0) * grid.per_y
    if not (-1.0 < column < grid.columns + 1.0 and -1.0 < row < grid.rows + 1.0):
        return -1
    cell = min(int(max(row, 0.0)), grid.rows - 1) * grid.columns + min(
        int(max(column, 0.0)), grid.columns - 1
    )
    for i in range(grid.first[cell], grid.first[cell + 1]):
        e = grid.member[i]
        first, second, third = local_coordinates(mesh.element[e], x, y)
        if min(first, second, third) >= -ON_SIDE:
            return e
    return -1


@entry_point
def find_elements(mesh, grid, x, y, found):
    """`find_element` for arrays of points; found: int32, the same length."""
    for i in range(len(x)):
        found[i] = find_element(mesh, grid, x[i], y[i])
