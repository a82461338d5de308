"""How many particles are where: counts in square cells over all particles, read block by block. No line is
drawn."""

from typing import Any, NamedTuple

import numpy as np

from fvdrift.mesh import METRES_PER_DEGREE

from .map_base import Extent, metres
from .track_file import TrackFile

CELLS = 120  # along the longer side of the map, unless a size is asked for
COUNTED = ("active", "stranded", "deposited", "settled")  # what has left or died is nowhere
MOST_CELLS = 4_000_000


class Density(NamedTuple):
    """edges_x, edges_y: float64 (cell + 1,); per_km2: float64 (y cell, x cell), mean over the records; cell:
    metres, in the middle of the map; counted: observations within the map; particles: how many particles are
    counted at any time."""

    edges_x: np.ndarray
    edges_y: np.ndarray
    per_km2: np.ndarray
    cell: float
    counted: int
    particles: int


def count(
    tracks: TrackFile, ids: np.ndarray, rows: range, extent: Extent, geographic: bool, cell: float | None
) -> Density:
    """The mean over `rows` of how many of `ids` lie in each cell, per square kilometre. cell: metres."""
    per_x, per_y = metres(extent, geographic)
    wide, tall = (extent[1] - extent[0]) * per_x, (extent[3] - extent[2]) * per_y
    size = max(cell or max(wide, tall) / CELLS, (wide * tall / MOST_CELLS) ** 0.5)
    across, up = max(1, round(wide / size)), max(1, round(tall / size))
    edges_x, edges_y = np.linspace(*extent[:2], across + 1), np.linspace(*extent[2:], up + 1)
    counted = [number for number, status in enumerate(tracks.statuses) if status in COUNTED]
    total, particles = np.zeros(up * across, np.int64), 0
    for block in tracks.blocks(rows, ids):
        read = tracks.read_held((), block, rows)
        kept = np.isfinite(read["x"]) & np.isin(read["status"], counted)
        i = np.floor((read["x"][kept] - extent[0]) / (extent[1] - extent[0]) * across)
        j = np.floor((read["y"][kept] - extent[2]) / (extent[3] - extent[2]) * up)
        inside = (i >= 0) & (i < across) & (j >= 0) & (j < up)
        total += np.bincount((j[inside] * across + i[inside]).astype(np.int64), minlength=up * across)
        particles += len(np.unique(np.nonzero(kept)[0][inside]))
    per_km2 = total.reshape(up, across) / (_areas(edges_x, edges_y, geographic)[:, None] * max(len(rows), 1))
    return Density(edges_x, edges_y, per_km2, float(size), int(total.sum()), particles)


def _areas(edges_x: np.ndarray, edges_y: np.ndarray, geographic: bool) -> np.ndarray:
    """km2 of a cell in each row, (y cell,); in degrees between two parallels of the sphere."""
    wide, tall = float(edges_x[1] - edges_x[0]), np.diff(edges_y)
    if not geographic:
        return wide * tall / 1e6
    per_radian = METRES_PER_DEGREE * 180.0 / np.pi
    areas: np.ndarray = METRES_PER_DEGREE * wide * per_radian * np.diff(np.sin(np.radians(edges_y))) / 1e6
    return areas


def draw_density(axes: Any, density: Density) -> Any:
    """Cells in colour, none where nobody was; returns what a bar shows."""
    from matplotlib.colors import LogNorm, Normalize

    from .palette import cut_off

    there = density.per_km2[density.per_km2 > 0]
    low, high = (float(there.min()), float(there.max())) if len(there) else (0.1, 1.0)
    norm = LogNorm(low, high) if high > 30 * low else Normalize(0, high)
    return axes.pcolormesh(
        density.edges_x,
        density.edges_y,
        np.ma.masked_equal(density.per_km2, 0),
        cmap=cut_off("inferno", 0.97, 0.1),
        norm=norm,
        rasterized=True,
        zorder=1.8,
        gid="density",
    )


def bounds(tracks: TrackFile, ids: np.ndarray, rows: range) -> Extent | None:
    """Smallest and largest x and y of all positions, None where there is none."""
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    for block in tracks.blocks(rows, ids):
        read = tracks.read(("x", "y"), block, rows)
        for axis, name in enumerate(("x", "y")):
            there = read[name][np.isfinite(read[name])]
            if len(there):
                low[axis], high[axis] = min(low[axis], there.min()), max(high[axis], there.max())
    if not np.isfinite(low).all():
        return None
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])
