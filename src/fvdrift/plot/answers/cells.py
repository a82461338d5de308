"""Where the values of a statistic lie on the map, the elements of the mesh or the cells of a grid, and how they are
drawn there."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..colouring import Colouring
from ..map_base import DENSE, Extent
from ..water import Water
from .answer_file import Answers, Quantity, Statistic
from .ground import mesh_of

FACE = "mesh_face"
_PAIRS = (("y", "x"), ("lat", "lon"))


class Cells(ABC):
    """dimensions: how many of the last ones of a variable they are."""

    dimensions: int

    @abstractmethod
    def bounds(self, there: np.ndarray) -> Extent:
        """Of the cells that are `there`, bool in their shape."""

    @abstractmethod
    def at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The cell of each place, as an index into all of them; -1 where there is none."""

    @abstractmethod
    def draw(self, axes: Any, values: np.ndarray, colours: Colouring) -> Any:
        """None where a value is NaN."""


class Faces(Cells):
    """Elements."""

    dimensions = 1

    def __init__(self, mesh: Water):
        self._mesh = mesh

    def bounds(self, there: np.ndarray) -> Extent:
        corners = self._mesh.triangles[there]
        x, y = self._mesh.x[corners], self._mesh.y[corners]
        return float(x.min()), float(x.max()), float(y.min()), float(y.max())

    def at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        from matplotlib.tri import Triangulation

        net = Triangulation(self._mesh.x, self._mesh.y, self._mesh.triangles)
        return np.asarray(net.get_trifinder()(x, y))

    def draw(self, axes: Any, values: np.ndarray, colours: Colouring) -> Any:
        from matplotlib.collections import PolyCollection

        there = np.flatnonzero(np.isfinite(values))
        corners = self._mesh.triangles[there]
        return axes.add_collection(
            PolyCollection(
                list(np.stack([self._mesh.x[corners], self._mesh.y[corners]], axis=-1)),
                array=values[there],
                cmap=colours.cmap,
                norm=colours.norm,
                edgecolors="face",
                linewidths=0.15,  # else seams shine through between neighbours
                rasterized=len(there) > DENSE,
                zorder=1.8,
                gid="cells",
            ),
            autolim=False,
        )


class Boxes(Cells):
    """A grid of rows and columns; edges: float64 (cell + 1,)."""

    dimensions = 2

    def __init__(self, edges_x: np.ndarray, edges_y: np.ndarray):
        self._x, self._y = edges_x, edges_y

    def bounds(self, there: np.ndarray) -> Extent:
        return tuple(float(end) for edges in (self._x, self._y) for end in (edges.min(), edges.max()))  # type: ignore[return-value]

    def at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        column = np.searchsorted(self._x, x, side="right") - 1
        row = np.searchsorted(self._y, y, side="right") - 1
        columns, rows = len(self._x) - 1, len(self._y) - 1
        inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
        return np.where(inside, row * columns + column, -1)

    def draw(self, axes: Any, values: np.ndarray, colours: Colouring) -> Any:
        return axes.pcolormesh(
            self._x, self._y, np.ma.masked_invalid(values),
            cmap=colours.cmap, norm=colours.norm, rasterized=True, zorder=1.8, gid="cells",
        )  # fmt: skip


class Points(Cells):
    """A grid of points that may be turned, curved and have holes: x, y: float64 (row, column)."""

    dimensions = 2

    def __init__(self, x: np.ndarray, y: np.ndarray):
        self._x, self._y = x, y

    def bounds(self, there: np.ndarray) -> Extent:
        x, y = self._x[there], self._y[there]
        return float(x.min()), float(x.max()), float(y.min()), float(y.max())

    def at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.full(x.shape, -1)  # what is known at points has no layers

    def draw(self, axes: Any, values: np.ndarray, colours: Colouring) -> Any:
        """Each value fills the quarter cells round its point."""
        from matplotlib.collections import PolyCollection

        rows, columns = np.nonzero(np.isfinite(values))
        corners = self._corners()
        around = [corners[rows + i, columns + j] for i, j in ((0, 0), (0, 1), (1, 1), (1, 0))]
        return axes.add_collection(
            PolyCollection(
                list(np.stack(around, axis=1)), array=values[rows, columns], cmap=colours.cmap, norm=colours.norm,
                edgecolors="face", linewidths=0.15, rasterized=len(rows) > DENSE, zorder=1.8, gid="cells",
            ),
            autolim=False,
        )  # fmt: skip

    def _corners(self) -> np.ndarray:
        """(row + 1, column + 1, 2): the means of the points round each corner, those beyond the edge by going
        on evenly."""
        grid = np.stack([self._x, self._y], axis=-1)
        for axis in (0, 1):
            grid = np.moveaxis(grid, axis, 0)
            first, last = (
                (2 * grid[:1] - grid[1:2], 2 * grid[-1:] - grid[-2:-1]) if len(grid) > 1 else (grid, grid)
            )
            grid = np.concatenate([first, grid, last])
            both = np.stack([grid[:-1], grid[1:]])
            middle = both.mean(axis=0)
            grid = np.moveaxis(
                np.where(np.isnan(middle), np.where(np.isnan(both[0]), both[1], both[0]), middle), 0, axis
            )
        return grid


def cells_of(answers: Answers, statistic: Statistic, quantity: Quantity) -> Cells | None:
    """None for what does not lie on a map."""
    dimensions = quantity.dimensions
    if FACE in dimensions[-1:]:
        mesh = mesh_of(answers)
        return None if mesh is None else Faces(mesh)
    if len(dimensions) < 2:
        return None
    name = statistic.name
    for pair in _PAIRS:
        if list(dimensions[-2:]) == [f"{name}_{axis}" for axis in pair]:
            edges = [_edges(statistic.bounds(each)) for each in dimensions[-2:]]
            return None if any(each is None for each in edges) else Boxes(edges[1], edges[0])  # type: ignore[arg-type]
        if dimensions[-2:] == (f"{name}_row", f"{name}_column") and set(pair) <= statistic.variables.keys():
            y, x = (np.asarray(statistic.variables[axis].values, float) for axis in pair)
            return Points(x, y)
    return None


def _edges(bounds: np.ndarray | None) -> np.ndarray | None:
    return None if bounds is None else np.append(bounds[:, 0], bounds[-1, 1])


def leading(quantity: Quantity, cells: Cells) -> Sequence[str]:
    """The dimensions before those of the map."""
    return quantity.dimensions[: -cells.dimensions]
