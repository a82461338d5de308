"""Clouds: how they spread, and the way of their centres."""

from typing import Any

import numpy as np

from fvdrift.mesh import METRES_PER_DEGREE

from ..map_base import draw_water, frame, open_side_handle, ratio
from ..page import Page
from .curves import colours_of, draw_curves
from .drawing import Drawing, Made
from .scale import labelled, unit_of
from .wording import span_of

SHOWN = 3  # ellipses along a way
POINTS = 60  # of an ellipse
# what each panel shows, what stands above it, and beside it
PANELS = (
    ("spread", "horizontal spread", "spread"),
    ("dispersion", "apparent diffusivity", "diffusivity"),
    ("variance_z", "vertical variance", "variance"),
    ("centre_z", "height of the centre above the model's zero", "height"),
)


def cloud_pages(drawing: Drawing) -> Made:
    """Spread, its growth, and height over time; then the map of the centres."""
    yield "", _growth(drawing)
    yield "centre", _way(drawing)


def _legend(names: list[str]) -> list[Any]:
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], color=colour, lw=1.8, label=name)
        for name, colour in zip(names, colours_of(len(names)), strict=True)
    ]


def _growth(drawing: Drawing) -> Page:
    statistic = drawing.statistic
    quantities = [statistic.quantity(key) for key, _, _ in PANELS]
    drawing.refuse_nothing(*quantities)
    time, cloud = quantities[0].dimensions
    names = statistic.labels(cloud) or [""]
    page = Page(0.55, bar=False, legend=_legend(names), panels=(2, 2), gaps=(0.7, 0.6))
    for panel, quantity, (_, words, beside) in zip(page.panels, quantities, PANELS, strict=True):
        there = np.isfinite(quantity.values)
        if not there.any():
            panel.set_axis_off()
            panel.text(0.5, 0.5, f"no {words} is known", ha="center", va="center", transform=panel.transAxes)
            continue
        unit = unit_of(quantity.units, float(np.nanmax(np.abs(quantity.values))))
        draw_curves(drawing, panel, quantity, unit)
        panel.set_ylabel(labelled(beside, unit.name))
        page.caption(panel, words)
        if np.nanmin(quantity.values) < 0 < np.nanmax(quantity.values):
            panel.axhline(0, color="#707070", lw=0.6, zorder=1)
    for panel in page.panels[:2]:
        panel.set_xlabel("")
    drawing.title(page, "how clouds grow", span_of(statistic, time), ranges=True)
    return page


def _way(drawing: Drawing) -> Page:
    """With ellipses of one standard deviation at some times."""
    statistic, water = drawing.statistic, drawing.water
    axes_of = ("lon", "lat") if drawing.geographic else ("x", "y")
    x, y = (statistic.quantity(f"centre_{axis}").values for axis in axes_of)
    spreads = [statistic.quantity(key).values for key in ("variance_x", "variance_y", "covariance_xy")]
    names = statistic.labels(statistic.quantity("spread").dimensions[1]) or [""]
    rings = _rings(x, y, spreads, drawing.geographic)
    every = np.concatenate([np.stack([x, y], axis=-1).reshape(-1, 2), *(ring for _, ring in rings)])
    low, high = np.nanmin(every, axis=0), np.nanmax(every, axis=0)
    bounds = (float(low[0]), float(high[0]), float(low[1]), float(high[1]))
    extent = drawing.extent(bounds)
    legend = [*_legend(names), *open_side_handle(water, extent)]
    page = Page(ratio(extent, drawing.geographic), bar=False, legend=legend)
    axes = page.plot
    frame(axes, extent, drawing.geographic)
    if water is not None:
        draw_water(axes, water, extent, depth=False, mesh=False)
    for n, colour in enumerate(colours_of(len(names))):
        axes.plot(x[:, n], y[:, n], "-o", color=colour, lw=1.2, ms=2.5, zorder=5, gid=f"way {names[n]}")
        there = np.flatnonzero(np.isfinite(x[:, n]))
        if len(there):
            axes.plot(x[there[0], n], y[there[0], n], "o", mfc="white", mec=colour, ms=5, zorder=6)
    colours = colours_of(len(names))
    for n, ring in rings:
        axes.plot(*ring.T, color=colours[n], lw=0.7, zorder=4, gid="ellipse")
    words = "centres from the open mark on, ellipses of one standard deviation"
    drawing.title(page, words, span_of(statistic, statistic.quantity("spread").dimensions[0]))
    return page


def _rings(
    x: np.ndarray, y: np.ndarray, spreads: list[np.ndarray], geographic: bool
) -> list[tuple[int, np.ndarray]]:
    """Cloud and outline (point, 2) of each ellipse, at times evenly from the first to the last."""
    turn = np.linspace(0, 2 * np.pi, POINTS)
    circle, found = np.stack([np.cos(turn), np.sin(turn)]), []
    for n in range(x.shape[1]):
        there = np.flatnonzero(np.isfinite(x[:, n]) & np.isfinite(spreads[0][:, n]))
        for row in (
            np.unique(there[np.linspace(0, len(there) - 1, SHOWN).round().astype(int)]) if len(there) else ()
        ):
            xx, yy, xy = (each[row, n] for each in spreads)
            values, vectors = np.linalg.eigh([[xx, xy], [xy, yy]])
            ring = vectors @ (np.sqrt(np.maximum(values, 0))[:, None] * circle)
            if geographic:
                ring[0] /= METRES_PER_DEGREE * np.cos(np.radians(y[row, n]))
                ring[1] /= METRES_PER_DEGREE
            found.append((n, np.stack([x[row, n] + ring[0], y[row, n] + ring[1]], axis=-1)))
    return found
