"""How wide and how large polygons are, in metres, whatever the coordinates of the run."""

import math
from itertools import pairwise

import numpy as np

from .polygons import Polygons
from .whole_mesh import METRES_PER_DEGREE


def widths(polygons: Polygons, geographic: bool) -> np.ndarray:
    """How long straight ways through each polygon are on average, m: pi times its area over its outline
    (Cauchy's mean chord)."""
    return widths_and_areas(polygons, geographic)[0]


def widths_and_areas(polygons: Polygons, geographic: bool) -> tuple[np.ndarray, np.ndarray]:
    """`widths`, and areas in m2, both float64 (polygon,)."""
    metre = METRES_PER_DEGREE if geographic else 1.0
    x, y = polygons.px * metre, polygons.py * metre
    x = x * np.cos(np.radians(polygons.py)) if geographic else x
    area, outline = np.array([_area_and_outline(x[a:b], y[a:b]) for a, b in pairwise(polygons.first)]).T
    area[np.diff(polygons.part, prepend=-1) == 0] *= -1.0  # all but the first ring of a part go round holes
    areas = np.add.reduceat(area, polygons.ring[:-1])
    return math.pi * areas / np.add.reduceat(outline, polygons.ring[:-1]), areas


def _area_and_outline(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Of one ring, whichever way it goes."""
    xn, yn = np.roll(x, -1), np.roll(y, -1)
    area = abs(float(((x - x[0]) * (yn - y[0]) - (xn - x[0]) * (y - y[0])).sum())) / 2
    return area, float(np.hypot(xn - x, yn - y).sum())
