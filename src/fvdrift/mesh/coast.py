"""The coast of a mesh: its sides in order along each coastline, and which of them a place is nearest to. What lies
there is not known here.

Sides go with the water at their left: round the water counter-clockwise, round an island clockwise.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fvdrift.tools.sphere import EARTH_RADIUS
from fvdrift_kernels.state import COAST

from .whole_mesh import WholeMesh

NEAR = 0.05  # of the median side: within it a side is looked for in its cell; strandings are 1e-9 of an element off
CELLS = 4  # of the grid they are looked for in, for each side
AT_ONCE = 1 << 14  # pairs of a place and a side: what is worked out for them fits the second cache


@dataclass(frozen=True, eq=False)
class Coast:
    """Sides, coastline by coastline, the longest first. x, y: float64 (side, 2), their ends in the coordinates of the
    run; scale: float64 (side, 2), metres per unit of x and of y; length: float64 (side,) m, on the sphere where the
    run is in degrees; line: int32 (side,), which coastline."""

    x: np.ndarray
    y: np.ndarray
    scale: np.ndarray
    length: np.ndarray
    line: np.ndarray

    def __len__(self) -> int:
        return len(self.length)

    @property
    def middles(self) -> tuple[np.ndarray, np.ndarray]:
        """x, y, float64 (side,)."""
        return 0.5 * (self.x[:, 0] + self.x[:, 1]), 0.5 * (self.y[:, 0] + self.y[:, 1])

    def along(self) -> np.ndarray:
        """How far along its coastline each side begins, float64 (side,) m."""
        found = np.cumsum(self.length) - self.length
        first = np.flatnonzero(np.append(True, self.line[1:] != self.line[:-1]))
        begun: np.ndarray = found - found[first][self.line]
        return begun

    def nearest(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The side that each place is nearest to, of those whose water it is on; int32. The first of several.

        By the place alone: the same whoever asks. Both sides of a wall without width are told apart.
        """
        found = np.full(len(x), -1, np.int32)
        first, sides = self._cells.first, self._cells.sides
        cell = self._cells.at(x, y)
        count = np.where(cell >= 0, first[cell + 1] - first[cell], 0)
        for part in _parts(count):
            asked = part[count[part] > 0]
            if not len(asked):
                continue
            many = count[asked]
            begin = np.cumsum(many) - many
            place = np.repeat(np.arange(len(asked)), many)
            side = sides[first[cell[asked]][place] + np.arange(len(place)) - begin[place]]
            apart, landward = self._squared(side, x[asked][place], y[asked][place])
            apart[landward] = np.inf
            least = np.minimum.reduceat(apart, begin)
            hits = np.flatnonzero(apart == least[place])
            hits = hits[np.append(True, place[hits][1:] != place[hits][:-1])]
            near = least <= self._cells.near**2
            found[asked[near]] = side[hits[near]]
        for i in np.flatnonzero(found < 0):
            apart, landward = self._squared(np.arange(len(self)), x[i], y[i])
            found[i] = np.where(landward, np.inf, apart).argmin() if not landward.all() else apart.argmin()
        return found

    def _squared(self, side: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Distances squared (m2) of places to sides, and which places are landward of theirs."""
        x0, y0, per_x, per_y, dx, dy, squared = self._columns[:, side]
        ux, uy = (x - x0) * per_x, (y - y0) * per_y
        share = np.clip((ux * dx + uy * dy) / squared, 0.0, 1.0)
        off_x, off_y = ux - share * dx, uy - share * dy
        return off_x * off_x + off_y * off_y, dx * uy - dy * ux < 0

    @cached_property
    def _columns(self) -> np.ndarray:
        """x0, y0, metres per unit, then in metres the way to the other end, and its length squared: (7, side)."""
        (x0, x1), (y0, y1), (per_x, per_y) = self.x.T, self.y.T, self.scale.T
        dx, dy = (x1 - x0) * per_x, (y1 - y0) * per_y
        return np.stack([x0, y0, per_x, per_y, dx, dy, dx * dx + dy * dy])

    @cached_property
    def _cells(self) -> "_Cells":
        return _Cells.of(self)


@dataclass(frozen=True, eq=False)
class _Cells:
    """Which sides are within `near` (m) of a place in each cell of a grid over them: sides[first[c] : first[c + 1]],
    ascending."""

    x0: float
    y0: float
    width: float
    height: float
    columns: int
    rows: int
    near: float
    first: np.ndarray
    sides: np.ndarray

    @classmethod
    def of(cls, coast: Coast) -> "_Cells":
        near = NEAR * float(np.median(coast.length))
        reach = 1.001 * near / coast.scale.T
        low = np.stack([coast.x.min(axis=1), coast.y.min(axis=1)]) - reach
        high = np.stack([coast.x.max(axis=1), coast.y.max(axis=1)]) + reach
        (x0, y0), (x1, y1) = low.min(axis=1), high.max(axis=1)
        size = 2.0 * np.median(high - low, axis=1) + 1e-300
        extent = np.array([x1 - x0, y1 - y0])
        size *= max(1.0, float(np.sqrt((extent / size).prod() / (CELLS * len(coast)))))
        columns, rows = (int(each) for each in np.clip(extent // size, 1, CELLS * len(coast)))
        empty = np.empty(0, np.int64)
        grid = cls(x0, y0, (x1 - x0) / columns, (y1 - y0) / rows, columns, rows, near, empty, empty)
        (left, below), (right, above) = grid._index(*low), grid._index(*high)
        wide, tall = right - left + 1, above - below + 1
        side = np.repeat(np.arange(len(coast)), wide * tall)
        number = np.arange(len(side)) - np.repeat(np.cumsum(wide * tall) - wide * tall, wide * tall)
        cell = (below[side] + number // wide[side]) * columns + left[side] + number % wide[side]
        order = np.argsort(cell, kind="stable")
        first = np.searchsorted(cell[order], np.arange(columns * rows + 1))
        return cls(x0, y0, grid.width, grid.height, columns, rows, near, first, side[order])

    def at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The cell of each place; -1 off the grid."""
        column, row = self._index(x, y)
        inside = (x >= self.x0) & (x <= self.x0 + self.width * self.columns)
        inside &= (y >= self.y0) & (y <= self.y0 + self.height * self.rows)
        return np.where(inside, row * self.columns + column, -1)

    def _index(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        column = np.clip((x - self.x0) / self.width, 0, self.columns - 1).astype(np.int64)
        row = np.clip((y - self.y0) / self.height, 0, self.rows - 1).astype(np.int64)
        return column, row


def _parts(count: np.ndarray) -> list[np.ndarray]:
    """Numbers of places, some at a time, who have so many sides to be held against."""
    before = np.cumsum(count) - count
    return np.split(np.arange(len(count)), np.flatnonzero(np.diff(before // AT_ONCE)) + 1)


def coast_of(mesh: WholeMesh) -> Coast:
    """Of all outer sides that are not open. Coastlines that are no loop begin behind an open side, loops with the
    side that is first in the files."""
    element, side = np.nonzero(mesh.beyond == COAST)
    following = _following(mesh, element, side)
    length = _lengths(mesh, element, side)
    rank = np.argsort(mesh.file_element[element] * 3 + side)
    led_to = np.zeros(len(element), bool)
    led_to[following[following >= 0]] = True
    lines, done = list[list[int]](), np.zeros(len(element), bool)
    for start in (*rank[~led_to[rank]].tolist(), *rank.tolist()):
        if not done[start]:
            lines.append([])
            at = start
            while at >= 0 and not done[at]:
                done[at] = True
                lines[-1].append(at)
                at = int(following[at])
    lines.sort(key=lambda line: -float(np.sum(length[line])))
    order = np.array([at for line in lines for at in line], np.int64)
    line = np.repeat(np.arange(len(lines), dtype=np.int32), [len(line) for line in lines])
    element, side, length = element[order], side[order], length[order]
    ends = np.stack([mesh.corners[element, (side + 1) % 3], mesh.corners[element, (side + 2) % 3]], axis=1)
    scale = np.stack([per[element] for per in mesh.metres_per_unit()], axis=1)
    return Coast(mesh.x[ends], mesh.y[ends], scale, length, line)


def _following(mesh: WholeMesh, element: np.ndarray, side: np.ndarray) -> np.ndarray:
    """Which coast side goes on from the end of each, int64; -1 where an open one does: the next outer side, going
    round the node through the elements that the water there is in."""
    number = np.full(mesh.beyond.shape, -1, np.int64)
    number[element, side] = np.arange(len(element))
    node = mesh.corners[element, (side + 2) % 3]
    at, leaving = element.copy(), (side + 1) % 3
    while True:
        inner = np.flatnonzero(mesh.beyond[at, leaving] >= 0)
        if not len(inner):
            found: np.ndarray = number[at, leaving]
            return found
        at[inner] = mesh.beyond[at[inner], leaving[inner]]
        leaving[inner] = (np.argmax(mesh.corners[at[inner]] == node[inner, np.newaxis], axis=1) + 2) % 3


def _lengths(mesh: WholeMesh, element: np.ndarray, side: np.ndarray) -> np.ndarray:
    """m, float64: in the plane, or along the great circle (haversine)."""
    a, b = mesh.corners[element, (side + 1) % 3], mesh.corners[element, (side + 2) % 3]
    if mesh.metric is None:
        flat: np.ndarray = np.hypot(mesh.x[b] - mesh.x[a], mesh.y[b] - mesh.y[a])
        return flat
    lon, lat = np.radians(mesh.x), np.radians(mesh.y)
    half = np.sin(0.5 * (lat[b] - lat[a])) ** 2
    half += np.cos(lat[a]) * np.cos(lat[b]) * np.sin(0.5 * (lon[b] - lon[a])) ** 2
    found: np.ndarray = 2.0 * EARTH_RADIUS * np.arcsin(np.sqrt(half))
    return found
