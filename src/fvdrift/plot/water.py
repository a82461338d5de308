"""The water under a picture: mesh, coast, open sides and depth of the forcing. Nothing is drawn here."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.forcing import Forcing, open_series
from fvdrift.mesh import area_in_run, conversion, inside, read_area, read_obc_nodes
from fvdrift.tools.feature_file import is_features

from .origin import Origin


class Water(NamedTuple):
    """x, y: float64 (node,) in the coordinates of the tracks; triangles: int32 (element, 3); h: depth (node,)
    in m below the still water; coast, open: int32 (side, 2) the nodes at the ends of the outer sides."""

    x: np.ndarray
    y: np.ndarray
    triangles: np.ndarray
    h: np.ndarray
    coast: np.ndarray
    open: np.ndarray

    def bounds(self) -> tuple[float, float, float, float]:
        """Smallest and largest x, then y, of the nodes in use."""
        x, y = self.x[self.triangles], self.y[self.triangles]
        return float(x.min()), float(x.max()), float(y.min()), float(y.max())

    def within(self, extent: tuple[float, float, float, float]) -> np.ndarray:
        """The elements that reach into an extent: bool (element,)."""
        x, y = self.x[self.triangles], self.y[self.triangles]
        x0, x1, y0, y1 = extent
        inside: np.ndarray = (
            (x.max(axis=1) >= x0) & (x.min(axis=1) <= x1) & (y.max(axis=1) >= y0) & (y.min(axis=1) <= y1)
        )
        return inside


def open_forcing(origin: Origin) -> Forcing:
    """The forcing as the run read it. Raises ForcingError."""
    return open_series(
        origin.files, coordinates=origin.coordinates, projection=origin.projection, min_depth=origin.min_depth
    )


def water_of(series: Forcing, boundary: Any, projection: str | None = None) -> Water:
    """boundary: `boundary.open`: a file of FVCOM or of features (Path), a polygon, or None; projection: of the
    run."""
    outer = outer_sides(series.triangles, len(series.x))
    is_open = _open(series, outer, boundary, projection)
    return Water(series.x, series.y, series.triangles, series.h, outer[~is_open], outer[is_open])


def outer_sides(triangles: np.ndarray, nodes: int) -> np.ndarray:
    """Nodes at the ends of the sides that belong to one element only: (side, 2)."""
    from fvdrift.mesh import neighbours

    beyond = neighbours(triangles, nodes)
    sides = [triangles[beyond[:, corner] < 0][:, [(corner + 1) % 3, (corner + 2) % 3]] for corner in range(3)]
    return np.concatenate(sides)


def _open(series: Forcing, sides: np.ndarray, boundary: Any, projection: str | None) -> np.ndarray:
    x, y, to_run = series.x, series.y, conversion(series, projection, "")
    try:
        if isinstance(boundary, Path) and not is_features(boundary):
            both: np.ndarray = np.all(np.isin(sides, read_obc_nodes(boundary, len(x))), axis=1)
            return both
        if isinstance(boundary, Path):
            area, *_ = read_area(boundary, to_run)
        elif isinstance(boundary, list):
            ring = np.asarray(boundary, float)
            area = area_in_run(to_run, [[ring]], "geographic" if series.geographic else "projected")
        else:
            return np.zeros(len(sides), bool)
    except (RunFileError, ValueError):  # of another mesh: a picture can do without
        return np.zeros(len(sides), bool)
    return inside(area, x[sides].mean(axis=1), y[sides].mean(axis=1))
