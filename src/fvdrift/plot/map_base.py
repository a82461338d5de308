"""The map that particles are drawn on: its frame, scale, mesh, coast and depth. Not the particles."""

from typing import Any

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.mesh import METRES_PER_DEGREE

from .page import above
from .palette import COAST, LAND, MESH, OPEN_SIDE, WATER, depth_map
from .water import Water

Extent = tuple[float, float, float, float]  # smallest and largest x, then y

MARGIN = 0.04  # of the larger side, round what is shown
NARROW, TALL = 0.3, 1.6  # ratios of height to width: what is longer or taller gets more water round it
WHOLE = 0.5  # of both sides of the mesh: who fills as much of it is shown with all of it
FINE_MESH = 0.035  # inches: sides shorter than this on the page would only be a grey mist
DENSE = 3000  # elements or sides beyond which a vector file gets them as an image


def metres(extent: Extent, geographic: bool) -> tuple[float, float]:
    """Metres per unit of x and of y in the middle of an extent."""
    if not geographic:
        return 1.0, 1.0
    return METRES_PER_DEGREE * float(np.cos(np.radians(0.5 * (extent[2] + extent[3])))), METRES_PER_DEGREE


def whole_turns(x0: float, x1: float, bounds: Extent) -> float:
    """Degrees, whole turns, from what lies between two longitudes to what lies in bounds."""
    return 360.0 * round((bounds[0] + bounds[1] - x0 - x1) / 720.0)


def extent_asked(asked: Extent, bounds: Extent, geographic: bool) -> Extent:
    """--extent, moved by whole turns to where tracks and mesh have their longitudes. Raises RunFileError where it is off
    their bounds."""
    x0, x1, y0, y1 = asked
    turns = whole_turns(x0, x1, bounds) if geographic else 0.0
    x0, x1 = x0 + turns, x1 + turns
    if x1 < bounds[0] or x0 > bounds[1] or y1 < bounds[2] or y0 > bounds[3]:
        there = f"x is {bounds[0]:.6g} to {bounds[1]:.6g}, y {bounds[2]:.6g} to {bounds[3]:.6g}"
        raise RunFileError(f"--extent: nothing that could be shown lies there: {there}")
    return x0, x1, y0, y1


def extent_round(bounds: Extent, water: Water | None, geographic: bool) -> Extent:
    """What to show of the map: `bounds` with a margin, or all water where they fill much of it."""
    x0, x1, y0, y1 = bounds
    if water is not None:
        w0, w1, v0, v1 = water.bounds()
        if x1 - x0 > WHOLE * (w1 - w0) and y1 - y0 > WHOLE * (v1 - v0):
            x0, x1, y0, y1 = min(w0, x0), max(w1, x1), min(v0, y0), max(v1, y1)
    per_x, per_y = metres((x0, x1, y0, y1), geographic)
    wide, tall = (x1 - x0) * per_x, (y1 - y0) * per_y
    margin = MARGIN * max(wide, tall)
    if margin == 0:
        margin = 500.0  # a single point: a kilometre round it
    wide, tall = wide + 2 * margin, tall + 2 * margin
    tall, wide = max(tall, NARROW * wide), max(wide, tall / TALL)
    x, y = 0.5 * (x0 + x1), 0.5 * (y0 + y1)
    return x - 0.5 * wide / per_x, x + 0.5 * wide / per_x, y - 0.5 * tall / per_y, y + 0.5 * tall / per_y


def ratio(extent: Extent, geographic: bool) -> float:
    """Height over width, on the ground."""
    per_x, per_y = metres(extent, geographic)
    return (extent[3] - extent[2]) * per_y / ((extent[1] - extent[0]) * per_x)


def frame(axes: Any, extent: Extent, geographic: bool, *, scale: bool = True) -> None:
    """Ends, aspect and labels: kilometres, or degrees and, where it is wanted, a scale."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    per_x, per_y = metres(extent, geographic)
    axes.set_xlim(extent[:2])
    axes.set_ylim(extent[2:])
    axes.set_aspect(per_y / per_x, adjustable="box")
    axes.set_facecolor(WATER)
    place, page = axes.get_position(), axes.figure
    # ticks that have room for their numbers
    across = int(np.clip(place.width * page.get_figwidth() / 0.8, 2, 7))
    up = int(np.clip(place.height * page.get_figheight() / 0.4, 2, 7))
    if not geographic:
        for axis, letter, most in ((axes.xaxis, "x", across), (axes.yaxis, "y", up)):
            axis.set_major_locator(_kilometres(most))
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1000:.10g}"))
            axis.set_label_text(f"{letter} (km)")
        return
    for axis, letters, most in ((axes.xaxis, "EW", across), (axes.yaxis, "NS", up)):
        axis.set_major_locator(MaxNLocator(nbins=min(most, 6), steps=[1, 2, 2.5, 5, 10]))
        axis.set_major_formatter(FuncFormatter(_degrees(letters)))
    if scale:
        _scale(axes, extent, per_x)


def _degrees(letters: str) -> Any:
    def text(value: float, _: int) -> str:
        value = (value + 180) % 360 - 180 if letters == "EW" else value
        shown = f"{abs(value):.6f}".rstrip("0").rstrip(".")
        return f"{shown}°{'' if float(shown) == 0 else letters[int(value < 0)]}"

    return text


def _kilometres(most: int) -> Any:
    """A locator that puts ticks at round kilometres of an axis in metres."""
    from matplotlib.ticker import MaxNLocator

    class Kilometres(MaxNLocator):
        def tick_values(self, low: float, high: float) -> Any:
            return 1000.0 * np.asarray(super().tick_values(low / 1000.0, high / 1000.0))

    return Kilometres(nbins=most, steps=[1, 2, 2.5, 5, 10])


def _scale(axes: Any, extent: Extent, per_x: float) -> None:
    """A bar of round length above the right corner of the map, where no particle is."""
    wide = (extent[1] - extent[0]) * per_x
    power = 10.0 ** np.floor(np.log10(wide / 4))
    length = next(step * power for step in (5, 2, 1) if step * power <= wide / 4)
    text = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    part = length / wide
    x1, y, top = 0.985, above(axes, 0.06), above(axes, 0.095)
    axes.plot(
        [x1 - part, x1 - part, x1, x1],
        [top, y, y, top],
        color="black",
        lw=0.9,
        clip_on=False,
        transform=axes.transAxes,
        solid_capstyle="butt",
        zorder=10,
    )
    axes.text(x1 - part - 0.012, y, text, ha="right", va="center", fontsize=7, transform=axes.transAxes)


def draw_water(axes: Any, water: Water, extent: Extent, *, depth: bool, mesh: bool) -> Any:
    """Land, water by its depth, mesh and coast; returns what a depth bar shows, None without."""
    from matplotlib.collections import LineCollection
    from matplotlib.tri import Triangulation

    axes.set_facecolor(LAND)
    near = np.flatnonzero(water.within(extent))
    drawn = None
    if len(near):
        nodes, corners = np.unique(water.triangles[near], return_inverse=True)
        x, y, h = water.x[nodes], water.y[nodes], np.maximum(water.h[nodes], 0.0)
        net = Triangulation(x, y, corners.reshape(-1, 3))
        shown = h if depth else np.zeros(len(h))
        top = float(np.percentile(h, 99)) or 1.0
        drawn = axes.tripcolor(
            net, shown, shading="gouraud", cmap=depth_map(), vmin=0, vmax=top, rasterized=True, zorder=1
        )
        if mesh and _fine_enough(axes, x, y, net.triangles, extent):
            axes.triplot(net, color=MESH, lw=0.2, alpha=0.55, zorder=1.5, rasterized=len(near) > DENSE)
    for sides, colour, width, line in (
        (water.coast, COAST, 0.7, "-"),
        (water.open, OPEN_SIDE, 1.0, (0, (4, 2))),
    ):
        if len(sides):
            ends = np.stack([water.x[sides], water.y[sides]], axis=-1)
            axes.add_collection(
                LineCollection(
                    list(ends),
                    colors=colour,
                    linewidths=width,
                    linestyles=[line],
                    zorder=2,
                    capstyle="round",
                    rasterized=len(sides) > 10 * DENSE,
                ),
                autolim=False,
            )
    return drawn if depth else None


def in_sight(x: np.ndarray, y: np.ndarray, extent: Extent) -> np.ndarray:
    """Which places lie within an extent: bool, in the shape of x."""
    return (x >= extent[0]) & (x <= extent[1]) & (y >= extent[2]) & (y <= extent[3])


def open_side_handle(water: Water | None, extent: Extent) -> list[Any]:
    """The line of a legend for open sides, where some are in sight."""
    from matplotlib.lines import Line2D

    if water is None or not len(water.open):
        return []
    x, y = water.x[water.open].mean(axis=1), water.y[water.open].mean(axis=1)
    if not in_sight(x, y, extent).any():
        return []
    return [Line2D([], [], color=OPEN_SIDE, lw=1.0, ls=(0, (3, 1.5)), label="open boundary")]


def _fine_enough(axes: Any, x: np.ndarray, y: np.ndarray, triangles: np.ndarray, extent: Extent) -> bool:
    """Whether the elements are large enough on the page to be seen one by one."""
    inches = axes.get_position().width * axes.figure.get_figwidth()
    side = np.median(np.abs(np.diff(x[triangles][:, [0, 1, 2, 0]], axis=1)).max(axis=1))
    return bool(side / (extent[1] - extent[0]) * inches > FINE_MESH)
