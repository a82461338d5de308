"""Geometry of elements from the coordinates of their corners: the ELEMENT records. Once a run, for the whole
mesh."""

import numpy as np

from .jit import entry_point

SINGLE_ROUNDING = 5e-7  # 8 roundings of single precision: what `settle.lowest_coordinate` may be wrong by


@entry_point
def fill_elements(x, y, corners, beyond, elements):
    """Set `elements` (ELEMENT) from nodes x, y, counter-clockwise corners and beyond, int32 (element, 3).

    beyond[:, i]: element beyond the side opposite corner i, or COAST, OPEN.
    """
    for e in range(len(corners)):
        x0, x1, x2 = x[corners[e, 0]], x[corners[e, 1]], x[corners[e, 2]]
        y0, y1, y2 = y[corners[e, 0]], y[corners[e, 1]], y[corners[e, 2]]
        twice_area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        record = elements[e]
        # about corner 0, so that large coordinates lose nothing
        record.xc = x0 + ((x1 - x0) + (x2 - x0)) / 3.0
        record.yc = y0 + ((y1 - y0) + (y2 - y0)) / 3.0
        record.ax = (y1 - y2) / twice_area
        record.ay = (x2 - x1) / twice_area
        record.bx = (y2 - y0) / twice_area
        record.by = (x0 - x2) / twice_area
        record.beyond0, record.beyond1, record.beyond2 = beyond[e, 0], beyond[e, 1], beyond[e, 2]
        largest = 0.0
        for i in range(3):
            dx = abs(x[corners[e, i]] - record.xc)
            dy = abs(y[corners[e, i]] - record.yc)
            a = abs(record.ax) * dx + abs(record.ay) * dy
            b = abs(record.bx) * dx + abs(record.by) * dy
            largest = max(largest, a + b)
        record.tolerance = np.float32(SINGLE_ROUNDING * (1.0 + largest))


@entry_point
def fill_areas(x, y, corners, areas):
    """Signed areas of the elements, in squared units of x and y (float64, filled): negative where
    clockwise."""
    for e in range(len(corners)):
        a, b, c = corners[e, 0], corners[e, 1], corners[e, 2]
        areas[e] = 0.5 * ((x[b] - x[a]) * (y[c] - y[a]) - (x[c] - x[a]) * (y[b] - y[a]))
