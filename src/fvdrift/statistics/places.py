"""The cells that particles are counted in: a grid of boxes, or the elements of the mesh. Not the counting
(that is `density`)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fvdrift.mesh import WholeMesh
from fvdrift.orders import Observed
from fvdrift.tools.sphere import EARTH_RADIUS
from fvdrift_kernels.whereabouts import nearest_elements

# of a barycentric coordinate: who is farther than that from all sides is in no other element (see
# `well_inside`)
MARGIN = 1e-5


@dataclass(frozen=True)
class Boxes:
    """Equal boxes over [x0, x1] x [y0, y1], row by row from the lower left. Each has its left and lower side;
    the last also its right or upper one. In degrees a place is where it is on any turn of longitude."""

    x0: float
    y0: float
    x1: float
    y1: float
    columns: int
    rows: int
    geographic: bool

    @property
    def cells(self) -> int:
        return self.columns * self.rows

    def cell(self, seen: Observed) -> np.ndarray:
        """The cell of each particle; -1 outside the grid."""
        return self.at(seen.x, seen.y)

    def at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The cell of each place; -1 outside the grid."""
        x_edges, y_edges = self.edges
        if self.geographic:
            outside = (x < self.x0) | (x > self.x1)
            x = np.where(outside, x - 360.0 * np.floor((x - self.x0) / 360.0), x)
        inside = (x >= self.x0) & (x <= self.x1) & (y >= self.y0) & (y <= self.y1)
        column = np.minimum(np.searchsorted(x_edges, x, side="right") - 1, self.columns - 1)
        row = np.minimum(np.searchsorted(y_edges, y, side="right") - 1, self.rows - 1)
        return np.where(inside, row * self.columns + column, -1)

    @cached_property
    def edges(self) -> tuple[np.ndarray, np.ndarray]:
        """float64 (column + 1,), (row + 1,): the very numbers that the file has, and that particles are held
        against."""
        return np.linspace(self.x0, self.x1, self.columns + 1), np.linspace(self.y0, self.y1, self.rows + 1)

    def areas(self) -> np.ndarray:
        """m2, (row, column); on the sphere between parallels."""
        x, y = self.edges
        if self.geographic:
            band = EARTH_RADIUS**2 * np.diff(np.sin(np.radians(y)))
            areas: np.ndarray = band[:, np.newaxis] * np.diff(np.radians(x))
            return areas
        return np.diff(y)[:, np.newaxis] * np.diff(x)


@dataclass(frozen=True)
class Elements:
    """The elements of the mesh, by their number along the curve; what is known of them is rank 0's."""

    cells: int

    def cell(self, seen: Observed) -> np.ndarray:
        """The element of each particle; -1 where its position has to be looked up."""
        return seen.element


class ElementFinder:
    """Finds elements by positions alone: where several hold one, the lowest along the curve."""

    def __init__(self, mesh: WholeMesh):
        self._mesh, self._grid = mesh.for_kernels(), mesh.search

    def __call__(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """int32 (point,); who is just beyond the edge of the mesh counts to the element there; -1 far from
        it."""
        found = np.empty(len(x), np.int32)
        nearest_elements(self._mesh, self._grid, np.ascontiguousarray(x), np.ascontiguousarray(y), found)
        return found


def element_areas(mesh: WholeMesh) -> np.ndarray:
    """m2, float64 (element,) along the curve."""
    return areas_of(mesh.x, mesh.y, mesh.corners, None if mesh.metric is None else mesh.metric.scale)


def areas_of(x: np.ndarray, y: np.ndarray, corners: np.ndarray, scale: np.ndarray | None) -> np.ndarray:
    """m2, float64 (element,). scale: metres per unit of x and y, (element, 2), None: 1."""
    x, y = x[corners], y[corners]
    twice = (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0])
    areas: np.ndarray = 0.5 * np.abs(twice)
    return areas if scale is None else areas * scale[:, 0] * scale[:, 1]
