"""The matrix of a connectivity: which part of each source arrives where, is lost, settles or is left."""

from typing import Any, NamedTuple

import numpy as np

from ..colouring import Colouring
from ..page import LEFT, LETTER, WIDTH, Page, inches, plain
from ..palette import cut_off
from .drawing import Drawing, Made
from .scale import number, unit_of

REST = ("lost", "settled", "alive")
APART = 0.25  # of a cell, between polygons and the rest
ROOM = 0.42, 0.22  # inches a cell needs across and up for its number
TWO_LINES = 0.36  # inches up for a mean age below it
LONGEST = 22  # letters of a name
TALL = 0.6, 0.24  # inches of a row, at most and at least
DARK = 0.55  # of the scale, from which numbers are white


class _Cells(NamedTuple):
    """parts: (source, column); below: what stands under a number, "" for nothing; left: where each column begins."""

    parts: np.ndarray
    spread: np.ndarray | None
    below: np.ndarray
    heads: list[str]
    left: np.ndarray


def matrix_pages(drawing: Drawing) -> Made:
    """One page. The first columns are polygons, then come those that arrived nowhere."""
    statistic = drawing.statistic
    arrived = statistic.quantity("connectivity")
    drawing.refuse_nothing(arrived)
    source, polygon = arrived.dimensions
    rows = statistic.labels(source) or [str(n + 1) for n in range(len(arrived.values))]
    cells = _cells(drawing, statistic.labels(polygon) or [])
    particles = statistic.quantity("particles").values if "particles" in statistic.keys else None
    count = len(rows)
    names = [_cut(name) for name in rows]
    if particles is not None:
        names = [f"{name}\n(n = {n:,.0f})" for name, n in zip(names, particles, strict=True)]
    left = max(LEFT, 0.45 + max(inches(line) for name in names for line in name.split("\n")))
    wide = WIDTH - left - 1.05
    turned = max(len(_cut(name)) for name in cells.heads) * LETTER > 0.95 * wide / len(cells.heads)
    below = max(0.0, LETTER * 0.75 * max(len(_cut(name)) for name in cells.heads) - 0.3) if turned else 0.0
    tall = float(np.clip(4.8 / count, TALL[1] if count < 25 else 5.0 / count, TALL[0])) * count
    page = Page(tall / wide, bar=True, left=left, below=below)
    axes = page.plot
    colours = _colours(cells.parts, drawing)
    _fill(axes, cells, colours)
    _number(axes, cells, wide, tall)
    axes.set_xticks(cells.left + 0.5, [plain(_cut(name)) for name in cells.heads])
    if turned:
        axes.tick_params(axis="x", rotation=40)
        for label in axes.get_xticklabels():
            label.set_horizontalalignment("right")
            label.set_rotation_mode("anchor")
    axes.set_yticks(np.arange(count) + 0.5, [plain(name) for name in names])
    axes.tick_params(length=0)
    axes.set_ylabel(_head(statistic.variables["source_name"]), labelpad=4)
    page.colour_bar(colours)
    ages = (
        "below each the mean age at arrival"
        if (cells.below != "").any() and tall / count >= TWO_LINES
        else ""
    )
    spread = "± standard deviation" if cells.spread is not None else ""
    drawing.title(page, "fraction of the particles of each source", spread, ages)
    yield "", page


def _head(names: Any) -> str:
    """What the rows are: where particles come from; in a backward run where they go."""
    words = str(names.attrs.get("long_name", "sources"))
    return words.removeprefix("names of the ").removeprefix("names of ")


def _cells(drawing: Drawing, polygons: list[str]) -> _Cells:
    statistic = drawing.statistic
    arrived = statistic.quantity("connectivity")
    columns, heads = [arrived.values], list(polygons)
    spread = None if arrived.sd is None else [arrived.sd]
    ages = np.full(arrived.values.shape, np.nan)
    if "mean_age" in statistic.keys:
        ages = statistic.quantity("mean_age").values
    unit = unit_of("s", float(np.nanmax(ages)) if np.isfinite(ages).any() else 0.0)
    below = [
        [f"{number(age * unit.factor)} {unit.name}" if np.isfinite(age) else "" for age in row]
        for row in ages
    ]
    for key in REST:
        if key not in statistic.keys:
            continue
        of_key = statistic.quantity(key)
        if key == "settled" and not np.nan_to_num(of_key.values).any():
            continue  # a run without settlement
        columns.append(of_key.values[:, None])
        heads.append(key)
        if spread is not None and of_key.sd is not None:
            spread.append(of_key.sd[:, None])
    parts = np.concatenate(columns, axis=1)
    texts = np.full(parts.shape, "", object)
    texts[:, : len(polygons)] = np.array(below, object).reshape(ages.shape)
    left = np.arange(len(heads)) + APART * (np.arange(len(heads)) >= len(polygons))
    return _Cells(parts, None if spread is None else np.concatenate(spread, axis=1), texts, heads, left)


def _colours(parts: np.ndarray, drawing: Drawing) -> Colouring:
    from matplotlib.colors import Normalize

    cmap = cut_off("YlGnBu", 0.0, 1.0)
    return Colouring(
        cmap, Normalize(0.0, max(float(np.nanmax(parts)), 1e-9)), "fraction of the particles of a source"
    )


def _fill(axes: Any, cells: _Cells, colours: Colouring) -> None:
    from matplotlib.collections import PolyCollection

    rows, columns = np.nonzero(np.isfinite(cells.parts))
    x, y = cells.left[columns], rows.astype(float)
    square = np.stack([np.stack([x + i, y + j], axis=1) for i, j in ((0, 0), (1, 0), (1, 1), (0, 1))], axis=1)
    axes.add_collection(
        PolyCollection(
            list(square), array=cells.parts[rows, columns], cmap=colours.cmap, norm=colours.norm,
            edgecolors="white", linewidths=0.8 if cells.parts.size < 1000 else 0.0, gid="matrix",
        )
    )  # fmt: skip
    axes.set_xlim(0, cells.left[-1] + 1)
    axes.set_ylim(len(cells.parts), 0)
    axes.set_facecolor("white")
    for side in axes.spines.values():
        side.set_visible(False)


def _number(axes: Any, cells: _Cells, wide: float, tall: float) -> None:
    """Numbers in the cells, where there is room; nothing in those that are 0."""
    across, up = wide / (cells.left[-1] + 1), tall / len(cells.parts)
    if across < ROOM[0] or up < ROOM[1]:
        return
    highest = float(np.nanmax(cells.parts)) or 1.0
    for (row, column), part in np.ndenumerate(cells.parts):
        if not np.isfinite(part):
            continue
        text = f"{part:.2f}" if part >= 0.005 else "0" if part == 0 else "<0.01"
        if cells.spread is not None and np.isfinite(cells.spread[row, column]) and part > 0:
            text += f" ± {cells.spread[row, column]:.2f}" if across > 1.6 * ROOM[0] else ""
        if cells.below[row, column] and up >= TWO_LINES:
            text += f"\n{cells.below[row, column]}"
        axes.text(
            cells.left[column] + 0.5, row + 0.5, text, ha="center", va="center", fontsize=7, linespacing=1.3,
            color="white" if part > DARK * highest else "#9a9a9a" if part == 0 else "#202020", gid="number",
        )  # fmt: skip


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
