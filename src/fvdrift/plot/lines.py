"""Tracks as lines with marks where they start and end. Not which tracks (that is `subject`)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .colouring import Colouring
from .map_base import Extent, in_sight
from .palette import mark_of

DENSE = 3000  # pieces of lines, or marks, beyond which a vector file gets them as an image
START = {"marker": "o", "facecolor": "white", "edgecolor": "#303030"}


class Lines(NamedTuple):
    """x, y: float (track, row), NaN where there is no position; values: to colour by, (track, row); status:
    the last of each track, (track,)."""

    x: np.ndarray
    y: np.ndarray
    values: np.ndarray
    status: np.ndarray


def draw_lines(axes: Any, lines: Lines, colouring: Colouring) -> None:
    """Every piece between two records in the colour of its middle."""
    from matplotlib.collections import LineCollection

    there = np.isfinite(lines.x[:, 1:]) & np.isfinite(lines.x[:, :-1])
    moved = (lines.x[:, 1:] != lines.x[:, :-1]) | (lines.y[:, 1:] != lines.y[:, :-1])
    track, row = np.nonzero(there & moved)
    ends = np.stack([lines.x, lines.y], axis=-1)
    pieces = np.stack([ends[track, row], ends[track, row + 1]], axis=1)
    if colouring.categories:
        colours = lines.values[track, row + 1]
    else:
        colours = 0.5 * (lines.values[track, row] + lines.values[track, row + 1])
    count = max(len(lines.x), 1)
    axes.add_collection(
        LineCollection(
            list(pieces),
            array=colours,
            cmap=colouring.cmap,
            norm=colouring.norm,
            capstyle="round",
            linewidths=float(np.clip(1.6 - 0.35 * np.log10(count), 0.5, 1.4)),
            alpha=float(np.clip(1.15 - 0.15 * np.log10(count), 0.6, 1.0)),
            zorder=4,
            rasterized=len(pieces) > DENSE,
            gid="tracks",
        ),
        autolim=False,
    )


def ends_of(lines: Lines) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First and last row with a position, and which tracks have any: int (track,) twice, bool (track,)."""
    there = np.isfinite(lines.x)
    return there.argmax(axis=1), there.shape[1] - 1 - there[:, ::-1].argmax(axis=1), there.any(axis=1)


def draw_ends(axes: Any, lines: Lines, statuses: Sequence[str]) -> None:
    """A hollow mark at each start, the mark of its last status at each end."""
    first, last, any_there = ends_of(lines)
    size = _size(int(any_there.sum()))
    at = np.flatnonzero(any_there)
    axes.scatter(
        lines.x[at, first[at]],
        lines.y[at, first[at]],
        s=size,
        linewidths=0.5,
        zorder=5,
        rasterized=len(at) > DENSE,
        gid="starts",
        **START,
    )
    for number, status in enumerate(statuses):
        at = np.flatnonzero(any_there & (lines.status == number))
        mark = mark_of(status)
        if len(at):
            axes.scatter(
                lines.x[at, last[at]],
                lines.y[at, last[at]],
                s=1.3 * size * mark.size,
                marker=mark.marker,
                color=mark.colour,
                edgecolor="white",
                linewidths=0.35,
                zorder=6,
                rasterized=len(at) > DENSE,
                gid=f"ends {status}",
            )


def legend_of(
    lines: Lines, statuses: Sequence[str], colouring: Colouring, extent: Extent | None = None
) -> list[Any]:
    """What the marks mean, and the categories that are there: those within an extent."""
    from matplotlib.lines import Line2D

    first, last, any_there = ends_of(lines)
    seen = np.isfinite(lines.x) if extent is None else in_sight(lines.x, lines.y, extent)
    each = np.arange(len(lines.x))
    handles = []
    if (any_there & seen[each, first]).any():
        handles.append(
            Line2D([], [], ls="", marker="o", mfc="white", mec="#303030", mew=0.6, ms=4.5, label="start")
        )
    for number, status in enumerate(statuses):
        if (any_there & seen[each, last] & (lines.status == number)).any():
            handles.append(status_handle(status, f"end: {status.replace('_', ' ')}"))
    there: Any = []
    # the marks at the ends say it already
    if len(colouring.categories) > 1 and not by_status(colouring, statuses):
        there = np.unique(lines.values[np.isfinite(lines.values) & seen])
    handles += [
        Line2D([], [], color=colour, lw=1.8, label=name)
        for number, (name, colour) in enumerate(colouring.categories)
        if number in there
    ]
    return handles


def by_status(colouring: Colouring, statuses: Sequence[str]) -> bool:
    """Whether the categories are the statuses."""
    return [name for name, _ in colouring.categories] == [status.replace("_", " ") for status in statuses]


def status_handle(status: str, text: str) -> Any:
    """A line of a legend for a status."""
    from matplotlib.lines import Line2D

    mark = mark_of(status)
    return Line2D(
        [],
        [],
        ls="",
        marker=mark.marker,
        color=mark.colour,
        mec="white",
        mew=0.35,
        ms=4.2 + mark.size,
        label=text,
    )


def _size(count: int) -> float:
    """Of a mark, in square points: smaller where there are many."""
    return float(np.clip(26.0 / max(count, 1) ** 0.25, 3.0, 20.0))
