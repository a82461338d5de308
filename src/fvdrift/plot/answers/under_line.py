"""Layers under a line: a section of what is known in them, above the bed."""

from typing import Any

import numpy as np

from ..map_base import metres
from ..moments import arranged
from ..page import Page
from ..palette import COAST, LAND, WATER
from ..section import bed_under
from .answer_file import Quantity
from .cells import Cells, cells_of
from .drawing import Drawing, Made, NothingToDraw
from .fields import BESIDE
from .moment import times_shown
from .parts import parts_of
from .scale import labelled, pretty, scale, unit_of
from .wording import LAYER, TIME, span_of, words_of

MOST = 6  # times
THIN = 0.42  # of a panel, its height over its width
POINTS = 401  # along the line
ROOM = 1.06  # of the depth of the water, that the axis shows


def along_pages(drawing: Drawing) -> Made:
    """A page of each variable that is in layers, or of the one asked for, and of each threshold. Raises RunFileError where
    nothing is in layers, or nothing under the line."""
    statistic, wanted = drawing.statistic, drawing.request.color
    nothing: list[NothingToDraw] = []
    drawn = layered = False
    for key in statistic.keys if wanted is None else [key for key in statistic.keys if key == wanted]:
        quantity = statistic.quantity(key)
        cells = cells_of(drawing.answers, statistic, quantity)
        if cells is None or not _in_layers(drawing, quantity) or (wanted is None and key in BESIDE):
            continue
        layered = True
        lead = quantity.dimensions[: -cells.dimensions]
        others = [name for name in lead if not name.endswith((TIME, LAYER))]
        for ending, part, words in parts_of(statistic, quantity, others):
            try:
                page = _page(drawing, part, cells, words)
            except NothingToDraw as error:
                nothing.append(error)
                continue
            drawn = True
            yield key + ending, page
    if not layered and (wanted is None or wanted in statistic.keys):
        raise drawing.nothing("--along is for what is known in layers")
    if nothing and not drawn:
        raise nothing[0]


def _in_layers(drawing: Drawing, quantity: Quantity) -> bool:
    return any(
        name.endswith(LAYER) and drawing.statistic.bounds(name) is not None for name in quantity.dimensions
    )


def _page(drawing: Drawing, quantity: Quantity, cells: Cells, more: str) -> Page:
    """Panels by time. What is 0 has the colour of water; where there is no water there is none."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    statistic, line = drawing.statistic, drawing.request.along
    assert line is not None
    x, y, reached = points_of(line, drawing.geographic)
    place = cells.at(x, y)
    time, layer = (next(d for d in quantity.dimensions if d.endswith(ending)) for ending in (TIME, LAYER))
    values = quantity.values if quantity.dimensions[0] == time else quantity.values.swapaxes(0, 1)
    under, volume = _under(values, place, cells), _volume(drawing, values, place, cells)
    under = under if volume is None else np.where(volume > 0, under, np.nan)
    rows, left_out = times_shown(drawing, time, MOST)
    if not (under[rows] > 0).any():
        raise drawing.nothing("there is nothing under that line")
    unit = unit_of(quantity.units, float(np.nanmax(under)))
    head = quantity.long_name.split(",")[0].split(":")[0]
    colours = scale(under[rows] * unit.factor, labelled(head, unit.name), amounts=True)
    legend: list[Any] = [
        Patch(fc=WATER, ec="#9a9a9a", lw=0.4, label="0"),
        Patch(fc="white", ec="#9a9a9a", lw=0.4, label="no water, or outside the cells"),
        Patch(fc=LAND, ec=COAST, lw=0.6, label="bed"),
    ]
    said = statistic.dataset.variables[layer].attrs
    edges = statistic.bounds(layer)
    assert edges is not None
    bed = _bed(drawing, line) if said.get("units") == "m" else None
    ends = cut_ends(edges, said, bed, thickness(drawing, volume, cells, place))
    if bed is not None and said.get("positive") != "down":  # heights above the bed: the water ends above
        legend[2] = Line2D([], [], color=COAST, lw=0.8, label="still water level")
    legend = legend if bed is not None else legend[:2]
    page = Page(
        THIN, bar=True, panels=arranged(len(rows), THIN, (5.2, 5.6)), gaps=(0.14, 0.32), legend=legend
    )
    for panel, row, words in zip(page.panels, rows, words_of(statistic, time, rows), strict=False):
        _layers(panel, reached / 1000, edges, under[row] * unit.factor, colours)
        if bed is not None and said.get("positive") == "down":
            ground = np.where(np.isfinite(bed), bed, -1e3)  # no water there: land up to the top
            panel.fill_between(reached / 1000, ground, 1e4, color=LAND, lw=0, zorder=2)
            panel.plot(reached / 1000, ground, color=COAST, lw=0.8, zorder=2.5, gid="bed")
        elif bed is not None:
            level = np.maximum(np.nan_to_num(bed), 0.0)
            panel.fill_between(reached / 1000, level, 1e4, color="white", lw=0, zorder=2)
            panel.plot(reached / 1000, level, color=COAST, lw=0.8, zorder=2.5, gid="surface")
        panel.set_facecolor("white")
        panel.set_xlim(0, reached[-1] / 1000)
        panel.set_ylim(ends)
        panel.set_xlabel("along the line (km)")
        panel.set_ylabel(labelled(str(said.get("long_name", "layer")).split(" ")[0], unit_said(said)))
        if len(rows) > 1:
            page.caption(panel, words)
    page.share_axes(len(rows))
    when = span_of(statistic, time) if len(rows) > 1 else words_of(statistic, time, rows)[0]
    page.colour_bar(colours)
    drawing.title(page, head, more, "by layer under a line", when, left_out)
    return page


def _layers(axes: Any, along: np.ndarray, edges: np.ndarray, values: np.ndarray, colours: Any) -> None:
    """values: (layer, point)."""
    from matplotlib.colors import ListedColormap

    values, ends = values[:, :-1], np.append(edges[:, 0], edges[-1, 1])
    nothing = np.ma.masked_where(~(values == 0), np.zeros_like(values))
    axes.pcolormesh(along, ends, nothing, cmap=ListedColormap([WATER]), rasterized=True, gid="zero")
    there = np.ma.masked_where(~(values > 0), values)
    axes.pcolormesh(
        along, ends, there, cmap=colours.cmap, norm=colours.norm, rasterized=True, gid="layers"
    )  # fmt: skip


def _under(values: np.ndarray, place: np.ndarray, cells: Cells) -> np.ndarray:
    """(..., point), NaN beside the cells."""
    flat = values.reshape(*values.shape[: values.ndim - cells.dimensions], -1)
    found: np.ndarray = np.where(place >= 0, flat[..., np.maximum(place, 0)], np.nan)
    return found


def _volume(drawing: Drawing, values: np.ndarray, place: np.ndarray, cells: Cells) -> np.ndarray | None:
    """Of the water under the line, m3 (time, layer, point); None where the file does not say."""
    if "volume" not in drawing.statistic.keys:
        return None
    volume = drawing.statistic.quantity("volume").values
    return _under(volume, place, cells) if volume.shape == values.shape else None


def thickness(
    drawing: Drawing, volume: np.ndarray | None, cells: Cells, place: np.ndarray | None = None
) -> np.ndarray | None:
    """The greatest of the water in each layer, m (layer,), at the cells `place` or at all; None where the file does not tell
    volumes and areas. volume: m3 (time, layer, ...)."""
    if volume is None or "cell_area" not in drawing.statistic.variables:
        return None
    areas = np.asarray(drawing.statistic.variables["cell_area"].values, float)
    if place is not None:
        areas = _under(areas, place, cells)
    thick = np.nan_to_num(volume / areas)
    found: np.ndarray = thick.reshape(*thick.shape[:2], -1).max(axis=(0, 2))
    return found


def _bed(drawing: Drawing, line: tuple[float, float, float, float]) -> np.ndarray | None:
    """Its depth at the points, where the forcing tells it."""
    water = drawing.water
    if water is None or not water.h.any():
        return None
    bed = bed_under(water, line, POINTS)
    return bed if np.isfinite(bed).any() else None


def cut_ends(
    edges: np.ndarray, said: Any, bed: np.ndarray | None, thick: np.ndarray | None
) -> tuple[float, float]:
    """Ends of the axis: not far beyond the deepest water under the line."""
    ends = ends_of(edges, str(said.get("positive", "up")))
    if said.get("units") != "m":
        return ends
    if bed is not None:
        most = ROOM * float(np.nanmax(bed))
    elif thick is not None and thick.any():
        last = int(np.flatnonzero(thick > 0)[-1])
        most = float(edges[last].min()) + ROOM * float(thick[last])
    else:
        return ends
    return min(ends[0], most), min(ends[1], most)


def points_of(
    line: tuple[float, float, float, float], geographic: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places evenly along a line, and the metres up to each."""
    x0, y0, x1, y1 = line
    part = np.linspace(0.0, 1.0, POINTS)
    x, y = x0 + part * (x1 - x0), y0 + part * (y1 - y0)
    per_x, per_y = metres((min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)), geographic)
    return x, y, part * float(np.hypot((x1 - x0) * per_x, (y1 - y0) * per_y))


def unit_said(said: Any) -> str:
    """Of a coordinate with these attributes."""
    return "" if said.get("units", "1") == "1" else pretty(str(said["units"]))


def ends_of(edges: np.ndarray, positive: str) -> tuple[float, float]:
    """Bottom and top of the axis: what counts down grows downwards."""
    low, high = float(edges.min()), float(edges.max())
    return (high, low) if positive == "down" else (low, high)
