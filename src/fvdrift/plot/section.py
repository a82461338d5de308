"""Depth against time, against the distance travelled, or along a line through the water with its bed. Not maps."""

from typing import Any

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.mesh import METRES_PER_DEGREE

from .colouring import colouring
from .dots import Dots
from .dots import legend_of as legend_of_dots
from .lines import Lines, draw_ends, draw_lines, legend_of
from .map_base import whole_turns
from .maps import DOTS
from .page import Page
from .palette import COAST, LAND, WATER
from .subject import Subject, bounds_of
from .timeaxis import days, time_axis
from .water import Water

TRACKS = 200
RATIO = 0.45
NEAR = 0.05  # of the length of a line: how far from it particles are shown, to both sides
BED_POINTS = 600


def section(subject: Subject) -> Page:
    """The page of --section or --along."""
    return _along(subject) if subject.request.along else _depth_lines(subject)


def _depth_lines(subject: Subject) -> Page:
    tracks, rows = subject.tracks, subject.rows()
    taken = subject.sampled(TRACKS, rows)
    lines, read = subject.lines(taken, rows, "z")
    by_time = subject.request.section == "time"
    times = tracks.times[rows.start : rows.stop : rows.step]
    surface = subject.surface(read["x"], read["y"])
    depth = -read["z"] if surface is None else surface.heights(read["x"], read["y"], times) - read["z"]
    if by_time:
        across = np.where(np.isfinite(read["x"]), days(times)[None, :], np.nan)
    else:
        across = _way(read["x"], read["y"], subject.geographic)
    drawn = Lines(across, depth, lines.values, lines.status)
    colours = colouring(tracks, subject.color, drawn.values)
    page = Page(RATIO, bar=not colours.categories, legend=legend_of(drawn, tracks.statuses, colours))
    axes = page.plot
    axes.set_facecolor("white")
    axes.grid(True, color="#e4e4e4", lw=0.5)
    axes.set_axisbelow(True)
    draw_lines(axes, drawn, colours)
    draw_ends(axes, drawn, tracks.statuses)
    _limits(axes, drawn.x, drawn.y)
    if by_time:
        time_axis(axes, tracks.calendar)
    else:
        axes.set_xlabel("distance travelled (km)")
    axes.set_ylabel(f"depth below the {'mean ' if surface is None else ''}surface (m)")
    if not colours.categories:
        page.colour_bar(colours)
    page.title(
        subject.title,
        f"depth against {'time' if by_time else 'the distance travelled'}, {subject.drawn(taken, drawn)}",
    )
    return page


def _along(subject: Subject) -> Page:
    """Particles near a line at one time, at their depths, above the bed under the line."""
    tracks, line = subject.tracks, subject.request.along
    assert line is not None
    row = subject.row_at(subject.request.at or "end")
    rows = range(row, row + 1)
    taken = subject.sampled(DOTS, rows)
    lines, read = subject.lines(taken, rows, "z", held=True)
    if subject.geographic and np.isfinite(lines.x).any():
        x0, y0, x1, y1 = line
        turns = whole_turns(
            x0, x1, bounds_of(lines.x, lines.y) if subject.water is None else subject.water.bounds()
        )
        line = x0 + turns, y0, x1 + turns, y1
    gone, off, reached = _beside(line, lines.x[:, 0], lines.y[:, 0], subject.geographic)
    length = float(reached[-1])
    near = np.isfinite(gone) & (off <= NEAR * length)
    if not near.any():
        raise RunFileError(
            f"{tracks.path}: no particle is within {NEAR * length:.0f} m of the line at that time"
        )
    status, colour = read["status"][near, 0], lines.values[near, 0]
    colours = colouring(tracks, subject.color, colour)
    present = [int(number) for number in np.unique(status)]
    shown = [int(number) for number in np.unique(colour[np.isfinite(colour)])] if colours.categories else []
    legend = legend_of_dots(tracks.statuses, present, colours, shown)
    page = Page(RATIO, bar=not colours.categories, legend=legend)
    axes, depth = page.plot, -read["z"][near, 0]
    deepest = float(depth.max())
    axes.set_facecolor(WATER)
    highest = 0.0
    if subject.water is not None:
        highest = _draw_surface(subject, axes, line, reached, int(tracks.times[row]))
        at, bed = reached, bed_under(subject.water, line)
        deepest = max(deepest, float(np.nanmax(bed)) if np.isfinite(bed).any() else 0.0)
        ground = np.where(np.isfinite(bed), bed, -1e3)  # no water there: land up to the top
        axes.fill_between(at / 1000, ground, 1e4, color=LAND, lw=0, zorder=2)
        axes.plot(at / 1000, ground, color=COAST, lw=0.8, zorder=2.5, gid="bed")
    Dots(axes, tracks.statuses, colours, int(near.sum())).show(gone[near] / 1000, depth, status, colour)
    axes.set_xlim(0, length / 1000)
    axes.set_ylim(1.08 * max(deepest, 1.0), min(-highest, float(depth.min())) - 0.06 * deepest)
    axes.set_xlabel("along the line (km)")
    axes.set_ylabel("depth below the mean surface (m)")
    if not colours.categories:
        page.colour_bar(colours)
    when = tracks.describe_time(int(tracks.times[row]))
    page.title(
        subject.title,
        f"{when}, {int(near.sum()):,} of {subject.how_many(taken)} within {NEAR * length:,.0f} m of the line",
    )
    return page


def _draw_surface(
    subject: Subject, axes: Any, line: tuple[float, float, float, float], reached: np.ndarray, time: int
) -> float:
    """The surface at that time along the line, and the air above it; returns the highest it is, metres."""
    x0, y0, x1, y1 = line
    part = np.linspace(0.0, 1.0, BED_POINTS)
    x, y = x0 + part * (x1 - x0), y0 + part * (y1 - y0)
    surface = subject.surface(x, y)
    height = np.zeros(BED_POINTS) if surface is None else surface.height(x, y, time)
    axes.fill_between(reached / 1000, -height, -1e4, color="white", lw=0, zorder=1)
    axes.plot(reached / 1000, -height, color="#6c8ba3", lw=0.9, zorder=1.5, gid="surface")
    return float(height.max())


def _beside(
    line: tuple[float, float, float, float], x: np.ndarray, y: np.ndarray, geographic: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each place the metres along the line to what of it is nearest, NaN beyond its ends, and the metres
    off it; the metres along the line of BED_POINTS of its points. In degrees as the parallel of each place is
    long."""
    x0, y0, x1, y1 = line
    part = np.linspace(0.0, 1.0, BED_POINTS)
    reached = 1000.0 * _way((x0 + part * (x1 - x0))[None], (y0 + part * (y1 - y0))[None], geographic)[0]
    per_y = METRES_PER_DEGREE if geographic else 1.0
    per_x = per_y * (np.cos(np.radians(y)) if geographic else 1.0)
    dx, dy, wide, tall = (x - x0) * per_x, (y - y0) * per_y, (x1 - x0) * per_x, (y1 - y0) * per_y
    share = (dx * wide + dy * tall) / (wide**2 + tall**2)
    off = np.hypot(dx - share * wide, dy - share * tall)
    return np.interp(share, part, reached, left=np.nan, right=np.nan), off, reached


def bed_under(water: Water, line: tuple[float, float, float, float], points: int = BED_POINTS) -> np.ndarray:
    """The depth of the bed at so many points of the line, NaN outside the water."""
    from matplotlib.tri import LinearTriInterpolator, Triangulation

    x0, y0, x1, y1 = line
    near = water.within((min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)))
    part = np.linspace(0.0, 1.0, points)
    if not near.any():
        return np.full(points, np.nan)
    nodes, corners = np.unique(water.triangles[near], return_inverse=True)
    net = Triangulation(water.x[nodes], water.y[nodes], corners.reshape(-1, 3))
    bed = LinearTriInterpolator(net, water.h[nodes])(x0 + part * (x1 - x0), y0 + part * (y1 - y0))
    return np.ma.filled(bed.astype(float), np.nan)


def _way(x: np.ndarray, y: np.ndarray, geographic: bool) -> np.ndarray:
    """Kilometres gone by each particle up to each record: (particle, row), NaN where it is not there."""
    per_x, per_y = 1.0, 1.0
    if geographic:
        per_x, per_y = METRES_PER_DEGREE * np.cos(np.radians(0.5 * (y[:, 1:] + y[:, :-1]))), METRES_PER_DEGREE
    steps = np.hypot(np.diff(x, axis=1) * per_x, np.diff(y, axis=1) * per_y)
    way = np.concatenate([np.zeros((len(x), 1)), np.cumsum(np.nan_to_num(steps), axis=1)], axis=1)
    return np.where(np.isfinite(x), way / 1000.0, np.nan)


def _limits(axes: Any, x: np.ndarray, depth: np.ndarray) -> None:
    """Depth grows downwards; the surface is in sight."""
    low, high = float(np.nanmin(x)), float(np.nanmax(x))
    wide = (high - low) or 1.0
    axes.set_xlim(low - 0.02 * wide, high + 0.02 * wide)
    top, bottom = min(float(np.nanmin(depth)), 0.0), max(float(np.nanmax(depth)), 1.0)
    axes.set_ylim(bottom + 0.05 * (bottom - top), top - 0.05 * (bottom - top))
