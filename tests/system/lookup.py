"""Fields of FVCOM output at a point, by numpy from the files alone: what samples along tracks are held
against.

Its rules are FVCOM's, written from its description and from nothing in the engine: barycentric between nodes,
a least squares gradient over neighbours within elements, linear between layers or levels (the mean of the
three nodes') and constant beyond the last, linear in time.
"""

from pathlib import Path

import netCDF4
import numpy as np

MJD = np.datetime64("1858-11-17", "us")


class Lookup:
    """All records of some files, in memory."""

    def __init__(self, *files: Path):
        names = ("u", "v", "temp", "salinity", "omega", "kh", "zeta", "wet_cells", "Itime", "Itime2")
        parts: dict[str, list[np.ndarray]] = {name: [] for name in names}
        for path in files:
            with netCDF4.Dataset(path) as data:
                data.set_auto_mask(False)
                for name in names:
                    parts[name].append(np.asarray(data[name][:], float))
                fixed = {
                    name: np.asarray(data[name][:], float)
                    for name in ("x", "y", "h", "siglay", "siglev", "nv")
                }
        self.field = {name: np.concatenate(values) for name, values in parts.items()}
        self.x, self.y, self.h, self.siglay, self.siglev = (
            fixed[name] for name in ("x", "y", "h", "siglay", "siglev")
        )
        self.corners = fixed["nv"].T.astype(int) - 1
        days, parts_of_day = self.field["Itime"], self.field["Itime2"]
        self.times = ((MJD.astype(np.int64) + days * 86_400e6 + parts_of_day * 1e3) / 1e6).astype(float)
        self.xc, self.yc = self.x[self.corners].mean(axis=1), self.y[self.corners].mean(axis=1)
        sides: dict[frozenset[int], list[int]] = {}
        for e, (a, b, c) in enumerate(self.corners):
            for side in ((a, b), (b, c), (c, a)):
                sides.setdefault(frozenset(side), []).append(e)
        self.neighbours: list[list[int]] = [[] for _ in self.corners]
        for pair in sides.values():
            if len(pair) == 2:
                self.neighbours[pair[0]].append(pair[1])
                self.neighbours[pair[1]].append(pair[0])

    def weights(self, x: float, y: float) -> tuple[int, np.ndarray]:
        """The element that holds a point, and the weights of its three nodes."""
        x0, x1, x2 = self.x[self.corners].T
        y0, y1, y2 = self.y[self.corners].T
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        w1 = ((x - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) / area
        w2 = ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) / area
        all_three = np.stack([1 - w1 - w2, w1, w2], axis=1)
        e = int(np.argmax(all_three.min(axis=1)))
        return e, all_three[e]

    def is_plain(self, e: int, time: float) -> bool:
        """Whether the gradient in an element takes all three neighbours, in both records round a time."""
        around = self.neighbours[e]
        return len(around) == 3 and all(
            (self.field["wet_cells"][k][[e, *around]] == 1).all() for k in self._between(time)[0]
        )

    def at(self, name: str, x: float, y: float, sigma: float, time: float) -> float:
        """One variable at one place and time (seconds since 1970)."""
        e, weights = self.weights(x, y)
        (first, second), share = self._between(time)
        a, b = (self._in_record(name, k, e, weights, x, y, sigma) for k in (first, second))
        return a + share * (b - a)

    def _between(self, time: float) -> tuple[tuple[int, int], float]:
        second = int(np.clip(np.searchsorted(self.times, time), 1, len(self.times) - 1))
        return (second - 1, second), (time - self.times[second - 1]) / (
            self.times[second] - self.times[second - 1]
        )

    def _in_record(self, name, k, e, weights, x, y, sigma) -> float:
        field = self.field[name][k]
        nodes = self.corners[e]
        if name == "zeta":
            return float(field[nodes] @ weights)
        heights = (self.siglev if name in ("omega", "kh") else self.siglay)[:, nodes].mean(axis=1)
        if name in ("u", "v"):
            around = self.neighbours[e]
            offsets = np.stack([self.xc[around] - self.xc[e], self.yc[around] - self.yc[e]], axis=1)
            slope = np.linalg.lstsq(offsets, (field[:, around] - field[:, [e]]).T, rcond=None)[0]
            column = field[:, e] + slope[0] * (x - self.xc[e]) + slope[1] * (y - self.yc[e])
        else:
            column = field[:, nodes] @ weights
        return float(np.interp(-sigma, -heights, column))
