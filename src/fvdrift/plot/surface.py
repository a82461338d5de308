"""The surface of the water, which tides and storms move, where particles are. Nothing is drawn here."""

import numpy as np

from fvdrift.forcing import Forcing

from .water import Water


class Surface:
    """Linear in time and in the elements; at the first or last frame beyond them."""

    def __init__(self, series: Forcing, water: Water, x: np.ndarray, y: np.ndarray):
        """x, y: all places that it will be asked for, NaN among them."""
        from matplotlib.tri import Triangulation

        x0, x1, y0, y1 = np.nanmin(x), np.nanmax(x), np.nanmin(y), np.nanmax(y)
        near = water.within((float(x0), float(x1), float(y0), float(y1)))
        self._nodes, corners = np.unique(water.triangles[near], return_inverse=True)
        self._net = (
            Triangulation(water.x[self._nodes], water.y[self._nodes], corners.reshape(-1, 3))
            if near.any()
            else None
        )
        self._series = series
        self._frames: dict[int, np.ndarray] = {}

    def height(self, x: np.ndarray, y: np.ndarray, time: int) -> np.ndarray:
        """Metres above the zero level of the model, of each place; off the mesh the mean of all nodes near it; time:
        microseconds."""
        from matplotlib.tri import LinearTriInterpolator

        if self._net is None:
            return np.zeros(x.shape)
        zeta = self._at(time)
        found = np.ma.filled(LinearTriInterpolator(self._net, zeta)(x, y).astype(float), np.nan)
        return np.where(np.isnan(found), zeta.mean(), found)

    def heights(self, x: np.ndarray, y: np.ndarray, times: np.ndarray) -> np.ndarray:
        """As `height`, of x, y: (particle, row) at the times (row,)."""
        found = np.full(x.shape, np.nan)
        for row, time in enumerate(times):
            there = np.isfinite(x[:, row])
            if there.any():
                found[there, row] = self.height(x[there, row], y[there, row], int(time))
        return found

    def _at(self, time: int) -> np.ndarray:
        times = self._series.times
        before = int(np.clip(np.searchsorted(times, time, side="right") - 1, 0, len(times) - 1))
        after = min(before + 1, len(times) - 1)
        share = (time - times[before]) / (times[after] - times[before]) if after > before else 0.0
        share = float(np.clip(share, 0.0, 1.0))
        zeta: np.ndarray = (1 - share) * self._frame(before) + share * self._frame(after)
        return zeta

    def _frame(self, number: int) -> np.ndarray:
        if number not in self._frames:
            if len(self._frames) > 3:
                self._frames.clear()
            read = np.asarray(self._series.read(number, ["zeta"])["zeta"], float)
            self._frames[number] = read[self._nodes]
        return self._frames[number]
