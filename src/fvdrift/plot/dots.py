"""Particles at one time, each status with its own mark; can be moved from one time to the next. Not how they
came there."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .colouring import Colouring
from .lines import DENSE, by_status
from .palette import mark_of

RESTING = ("stranded", "deposited", "settled")  # keep their place, and their mark is larger than a dot


class Dots:
    """The marks on the axes. `show` puts them where particles are now."""

    def __init__(self, axes: Any, statuses: Sequence[str], colouring: Colouring, count: int):
        self._marks = []
        size = dot_size(count)
        for number, status in enumerate(statuses):
            mark = mark_of(status)
            resting = status in RESTING
            drawn = axes.scatter(
                [],
                [],
                s=size * mark.size * (2.0 if resting else 1.0),
                marker=mark.marker,
                c=[],
                cmap=colouring.cmap,
                norm=colouring.norm,
                edgecolors="#202020" if resting else "none",
                linewidths=0.3 if resting else 0.0,
                zorder=5 if resting else 4,
                rasterized=count > DENSE,
                gid=f"particles {status}",
            )
            self._marks.append((number, drawn))

    def show(self, x: np.ndarray, y: np.ndarray, status: np.ndarray, values: np.ndarray) -> None:
        """x, y, status, values: (particle,); without a position they are not there."""
        there = np.isfinite(x)
        for number, drawn in self._marks:
            at = np.flatnonzero(there & (status == number))
            drawn.set_offsets(np.column_stack([x[at], y[at]]))
            drawn.set_array(values[at])

    @property
    def artists(self) -> list[Any]:
        return [drawn for _, drawn in self._marks]


def legend_of(
    statuses: Sequence[str], present: Sequence[int], colouring: Colouring, categories: Sequence[int]
) -> list[Any]:
    """Shapes of the statuses that are present, in grey where colours say something else, and the
    categories."""
    from matplotlib.lines import Line2D

    status_coloured = by_status(colouring, statuses)
    handles = []
    if status_coloured or len(present) > 1 or any(statuses[number] != "active" for number in present):
        for number in present:
            mark = mark_of(statuses[number])
            handles.append(
                Line2D(
                    [],
                    [],
                    ls="",
                    marker=mark.marker,
                    color=mark.colour if status_coloured else "#6a6a6a",
                    mew=0,
                    ms=4.0 + mark.size,
                    label=statuses[number].replace("_", " "),
                )
            )
    if not status_coloured:
        handles += [
            Line2D([], [], ls="", marker="o", color=colour, mew=0, ms=4.5, label=name)
            for number, (name, colour) in enumerate(colouring.categories)
            if number in categories
        ]
    return handles


def dot_size(count: int) -> float:
    """Of a dot, in square points: twenty particles are large ones, a hundred thousand a mist."""
    return float(np.clip(60.0 / max(count, 1) ** 0.34, 0.8, 22.0))
