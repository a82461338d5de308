"""Where straight ways cross straight pieces of lines, and from which side. Who goes there, and when, is not known here.

Whether a point is left of a line is decided exactly (Shewchuk 1997, Discrete & Computational Geometry 18, 305: rounded,
and where that may be wrong by fractions). Who is on a line is taken to be a hair off it, all to the same side: as if
every particle were moved by (e, e**2) with an e smaller than any number (Edelsbrunner & Muecke 1990, ACM Transactions on
Graphics 9, 66). So a way through a corner or an end of a line crosses it once or not at all, a way along it never, and
the crossings of a path add up, whichever way it is cut.
"""

from fractions import Fraction
from typing import NamedTuple

import numpy as np

UNSURE = (
    3.0 + 16.0 * 2.0**-53
) * 2.0**-53  # of the two products: Shewchuk's bound of the determinant's error


class Crossings(NamedTuple):
    """way, piece: int64, numbers; sign: int64, 1 from the left to the right of the piece, -1 back; share: float64, at
    which part of the way."""

    way: np.ndarray
    piece: np.ndarray
    sign: np.ndarray
    share: np.ndarray


def crossings(ends: tuple[np.ndarray, ...], x: np.ndarray, y: np.ndarray) -> Crossings:
    """ends: x0, y0, x1, y1, float64 (way,); x, y: float64 (piece, 2). By piece, then by way."""
    lows = [np.minimum(ends[axis], ends[axis + 2]) for axis in (0, 1)]
    highs = [np.maximum(ends[axis], ends[axis + 2]) for axis in (0, 1)]
    moving = (ends[0] != ends[2]) | (ends[1] != ends[3])
    near = np.flatnonzero(moving & _meet(lows, highs, x, y))
    lows, highs, ends = (
        [low[near] for low in lows],
        [high[near] for high in highs],
        tuple(e[near] for e in ends),
    )
    found = []
    for piece in range(len(x)):
        some = np.flatnonzero(_meet(lows, highs, x[piece], y[piece]))
        way, sign, share = _across(tuple(e[some] for e in ends), x[piece], y[piece])
        found.append(Crossings(near[some[way]], np.full(len(way), piece), sign, share))
    return Crossings(*map(np.concatenate, zip(*found, strict=True)))


def _meet(lows: list[np.ndarray], highs: list[np.ndarray], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Whose box meets that of some places."""
    beside = [(highs[k] < v.min()) | (lows[k] > v.max()) for k, v in enumerate((x, y))]
    met: np.ndarray = ~(beside[0] | beside[1])
    return met


def _across(ends: tuple[np.ndarray, ...], x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, ...]:
    """Of one piece: numbers of the ways, signs and shares."""
    x0, y0, x1, y1 = ends
    (px, qx), (py, qy) = x, y
    # who is on the line is left of it where (e, e**2) is
    tie = -1 if qy > py else 1 if qy < py else 1 if qx > px else -1
    before, first = _left(px, py, qx, qy, x0, y0, np.full(len(x0), tie))
    after, last = _left(px, py, qx, qy, x1, y1, np.full(len(x0), tie))
    way = np.flatnonzero(before != after)
    a, b, c, d = (end[way] for end in ends)
    # an end of the piece that the way leads through: the way is moved, not the end
    ties = np.where(d > b, 1, np.where(d < b, -1, np.where(c > a, -1, 1)))
    low, _ = _left(a, b, c, d, px, py, ties)
    high, _ = _left(a, b, c, d, qx, qy, ties)
    way = way[low != high]
    apart = first[way] - last[way]
    share = np.divide(first[way], apart, out=np.full(len(way), 0.5), where=apart != 0)
    return way, before[way], np.clip(share, 0.0, 1.0)


def _left(ax, ay, bx, by, cx, cy, ties: np.ndarray) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[no-untyped-def]
    """1 where c is left of the line from a to b, -1 where it is right, `ties` where it is on it, int64; and twice the
    area of the triangle, rounded."""
    ax, ay, bx, by, cx, cy = np.broadcast_arrays(ax, ay, bx, by, cx, cy, ties)[:6]
    one, other = (ax - cx) * (by - cy), (ay - cy) * (bx - cx)
    area = one - other
    sign = np.where(area > 0, 1, -1)
    for k in np.flatnonzero(np.abs(area) <= UNSURE * (np.abs(one) + np.abs(other))):
        a, b, c = (
            tuple(map(Fraction, map(float, p))) for p in ((ax[k], ay[k]), (bx[k], by[k]), (cx[k], cy[k]))
        )
        exact = (a[0] - c[0]) * (b[1] - c[1]) - (a[1] - c[1]) * (b[0] - c[0])
        sign[k] = ties[k] if exact == 0 else 1 if exact > 0 else -1
    return sign, area
