"""Arrows of the surface flow on a map, at any time of the forcing. Linear in time: a picture needs no
more."""

from typing import Any

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.forcing import Forcing

from .map_base import Extent, metres
from .page import above
from .water import Water

ACROSS = 30  # arrows along the wider side
COLOUR = "#33475a"
KEY = 0.085  # inches above the map


class Flow:
    """One arrow in each cell of a grid, from the element nearest to its middle. frames are read as time goes
    on."""

    def __init__(self, axes: Any, series: Forcing, water: Water, extent: Extent, first: int, last: int):
        """first, last: microseconds, the times that will be shown. Raises RunFileError where there is no flow
        for them."""
        self._series = series
        low, high = sorted((first, last))
        if low < series.times[0] or high > series.times[-1]:
            raise RunFileError("--flow: the forcing does not cover the times of the tracks")
        self._names = ("u", "v") if "u" in series.variables else ("ua", "va")
        self._frames: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self._elements, x, y = _spread(water, extent, series.geographic)
        self._axes, self._at = axes, (x, y)
        self._arrows: Any = None

    def show(self, time: int) -> None:
        """Turn the arrows to the flow at a time (microseconds)."""
        u, v = self._at_time(time)
        if self._arrows is None:
            speeds = [
                np.hypot(*self._frame(number))
                for number in {self._number(time), 0, len(self._series.times) // 2}
            ]
            fast = max(float(np.percentile(np.concatenate(speeds), 98)), 1e-3)
            power = 10.0 ** np.floor(np.log10(fast))
            step = max(s * power for s in (1, 2, 5) if s * power <= fast * 1.0001)
            frame, page = self._axes.get_position(), self._axes.figure
            cell = max(frame.width * page.get_figwidth(), frame.height * page.get_figheight()) / ACROSS
            # width and scale on the page, so that arrows in degrees have the length and direction of those in
            # metres
            self._arrows = self._axes.quiver(
                *self._at,
                u,
                v,
                color=COLOUR,
                units="inches",
                width=0.009,
                headwidth=3.6,
                headlength=4.5,
                headaxislength=4.0,
                minlength=0.6,
                scale=fast / (1.5 * cell),
                scale_units="inches",
                zorder=3,
                pivot="mid",
                alpha=0.75,
                gid="flow",
            )
            self._axes.quiverkey(
                self._arrows,
                0.45,
                above(self._axes, KEY),
                step,
                f"{step:g} m/s",
                labelpos="E",
                coordinates="axes",
                fontproperties={"size": 7},
            )
        else:
            self._arrows.set_UVC(u, v)

    @property
    def artists(self) -> list[Any]:
        return [self._arrows]

    def _at_time(self, time: int) -> tuple[np.ndarray, np.ndarray]:
        times = self._series.times
        before = self._number(time)
        after = min(before + 1, len(times) - 1)
        share = (time - times[before]) / (times[after] - times[before]) if after > before else 0.0
        first, second = self._frame(before), self._frame(after)
        u, v = (float(1 - share) * a + float(share) * b for a, b in zip(first, second, strict=True))
        return u, v

    def _number(self, time: int) -> int:
        return int(
            np.clip(
                np.searchsorted(self._series.times, time, side="right") - 1, 0, len(self._series.times) - 1
            )
        )

    def _frame(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        if number not in self._frames:
            if len(self._frames) > 3:
                self._frames.clear()
            read = self._series.read(number, [*self._names, "wet"])
            u, v = (
                values if values.ndim == 1 else values[0] for values in (read[name] for name in self._names)
            )
            wet = read["wet"][self._elements] > 0
            self._frames[number] = u[self._elements] * wet, v[self._elements] * wet
        return self._frames[number]


def _spread(water: Water, extent: Extent, geographic: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Elements (arrow,) spread evenly over the extent, and their middles."""
    per_x, per_y = metres(extent, geographic)
    cell = max((extent[1] - extent[0]) * per_x, (extent[3] - extent[2]) * per_y) / ACROSS
    x, y = water.x[water.triangles].mean(axis=1), water.y[water.triangles].mean(axis=1)
    inside = np.flatnonzero((x > extent[0]) & (x < extent[1]) & (y > extent[2]) & (y < extent[3]))
    across, up = (x[inside] - extent[0]) * per_x / cell, (y[inside] - extent[2]) * per_y / cell
    off = np.hypot(across % 1 - 0.5, up % 1 - 0.5)
    key = np.floor(up).astype(np.int64) * (ACROSS + 1) + np.floor(across).astype(np.int64)
    order = np.lexsort((off, key))
    _, first = np.unique(key[order], return_index=True)
    elements = inside[order[first]]
    return elements, x[elements], y[elements]
