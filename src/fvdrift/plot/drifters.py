"""Observed tracks and those of particles on one map, and below it their separation with time. Nothing is compared
here."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .dataset_tracks import tracks_of
from .map_base import DENSE, Extent, draw_water, extent_round, frame, ratio
from .origin import origin
from .page import ABOVE, LEFT, RIGHT, WIDTH, plain, style
from .palette import BLUE, ORANGE, VERMILION
from .picture_file import write_picture
from .request import DPI
from .track_file import TrackFile, sample
from .water import Water, open_forcing, water_of

TALLEST, CURVES, BETWEEN, BELOW = 4.8, 1.5, 0.65, 0.45  # inches: map, curves, and round them
MOST_TRACKS = 400  # of the model; more are a sample

Track = tuple[np.ndarray, np.ndarray]


class DrawnDrifters(NamedTuple):
    """observed, modelled, starts: x, y of tracks in the coordinates of the run, and of points; hours: since the start;
    separation, still: km, NaN where there is none, (start, hour), of the particles and of one that stays."""

    observed: Sequence[Track]
    modelled: Sequence[Track]
    starts: Track
    hours: np.ndarray
    separation: np.ndarray
    still: np.ndarray
    title: str
    below: str


def draw_drifters(path: Path, tracks_path: Path, drawn: DrawnDrifters, say: Callable[[str], None]) -> None:
    """Write the picture. tracks_path: of the particles, which tell where the mesh is. Raises OutputError."""
    with style(), tracks_of(tracks_path) as tracks:
        figure = _figure(drawn, _water(tracks, say), tracks.geographic)
        write_picture(path, lambda through: figure.savefig(through, dpi=DPI))


def _water(tracks: TrackFile, say: Callable[[str], None]) -> Water | None:
    found = origin(tracks, None)
    if not found.files:
        say(f"no mesh in the picture: {found.why}")
        return None
    series = open_forcing(found)
    try:
        return water_of(series, found.boundary, found.projection)
    finally:
        series.close()


def _figure(drawn: DrawnDrifters, water: Water | None, geographic: bool) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    extent = _extent(drawn, water, geographic)
    wide = WIDTH - LEFT - RIGHT
    tall = min(wide * ratio(extent, geographic), TALLEST)
    height = ABOVE + tall + BETWEEN + CURVES + BELOW
    figure = Figure(figsize=(WIDTH, height))
    FigureCanvasAgg(figure)
    left, across = LEFT / WIDTH, wide / WIDTH
    above = figure.add_axes((left, (BELOW + CURVES + BETWEEN) / height, across, tall / height))
    below = figure.add_axes((left, BELOW / height, across, CURVES / height))
    frame(above, extent, geographic)
    if water is not None:
        draw_water(above, water, extent, depth=True, mesh=True)
    _map(above, drawn)
    _curves(below, drawn)
    figure.text(left, 1 - 0.13 / height, plain(drawn.title), fontsize=10, fontweight="bold", va="top")
    figure.text(left, 1 - 0.36 / height, plain(drawn.below), fontsize=8, va="top", color="#404040")
    return figure


def _extent(drawn: DrawnDrifters, water: Water | None, geographic: bool) -> Extent:
    """Round what both have in common: starts, all that particles did, and the drifters while they are compared."""
    x, y = (np.concatenate([track[i] for track in (*drawn.modelled, *drawn.observed)]) for i in (0, 1))
    return extent_round((float(x.min()), float(x.max()), float(y.min()), float(y.max())), water, geographic)


def _map(axes: Any, drawn: DrawnDrifters) -> None:
    from matplotlib.collections import LineCollection

    shown = [drawn.modelled[i] for i in sample(np.arange(len(drawn.modelled)), MOST_TRACKS)]
    label = (
        "model" if len(shown) == len(drawn.modelled) else f"model ({len(shown):,} of {len(drawn.modelled):,})"
    )
    for tracks, colour, width, order, name in (
        (drawn.observed, "black", 1.3, 6, "drifters"),
        (shown, VERMILION, 0.7, 7, label),
    ):
        lines = LineCollection(
            [np.column_stack(track) for track in tracks],
            colors=colour, linewidths=width, zorder=order, label=name, gid=name.split()[0], rasterized=len(tracks) > DENSE,
        )  # fmt: skip
        axes.add_collection(lines, autolim=False)
    axes.scatter(
        *drawn.starts,
        s=9,
        color=ORANGE,
        edgecolor="black",
        linewidths=0.3,
        zorder=8,
        label="starts",
        gid="starts",
    )
    axes.legend(loc="best", fontsize=7, framealpha=0.8, borderpad=0.3)


def _curves(axes: Any, drawn: DrawnDrifters) -> None:
    """Median and quartiles over the starts that are still compared."""
    hours, days = drawn.hours, drawn.hours[-1] > 72
    time = hours / 24 if days else hours
    low, middle, high = np.nanpercentile(drawn.separation, (25, 50, 75), axis=0)
    axes.fill_between(
        time, low, high, color=BLUE, alpha=0.25, lw=0, label="half of the starts", gid="quartiles"
    )
    axes.plot(time, middle, color=BLUE, lw=1.4, label="median separation", gid="median")
    axes.plot(
        time,
        np.nanmedian(drawn.still, axis=0),
        color="black",
        lw=0.9,
        ls="--",
        label="had the particle stayed",
        gid="still",
    )
    axes.set_xlim(0, time[-1])
    axes.set_ylim(bottom=0)
    axes.set_xlabel(f"time since the start ({'days' if days else 'hours'})")
    axes.set_ylabel("separation (km)")
    axes.legend(loc="upper left", fontsize=7, framealpha=0.8, borderpad=0.3)
    number = np.sum(np.isfinite(drawn.separation), axis=0)
    axes.text(
        0.99,
        0.04,
        f"{number[0]:,} starts, {number[-1]:,} at the end",
        ha="right",
        fontsize=7,
        transform=axes.transAxes,
    )
