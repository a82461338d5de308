"""The maps that don't move: tracks, particles at one time, density. Each gives a finished page."""

from typing import Any

import numpy as np

from fvdrift.errors import RunFileError

from .areas import area_handle, draw_areas
from .colouring import Colouring, colouring
from .density import bounds, count, draw_density
from .dots import Dots
from .dots import legend_of as legend_of_dots
from .flow import Flow
from .lines import draw_ends, draw_lines, legend_of
from .map_base import Extent, draw_water, frame, in_sight, open_side_handle, ratio
from .moments import PANELS, arranged, spread_rows
from .page import BAR, GAPS, LEFT, RIGHT, TALLEST, WIDTH, Page
from .subject import Subject, bounds_of

TRACKS = 300  # lines that a page of a paper can hold
DOTS = 50_000


def track_map(subject: Subject) -> Page:
    """Tracks from start to end."""
    tracks, rows = subject.tracks, subject.rows()
    taken = subject.sampled(TRACKS, rows)
    lines, _ = subject.lines(taken, rows)
    extent = subject.extent(bounds_of(lines.x, lines.y))
    colours = colouring(tracks, subject.color, lines.values[in_sight(lines.x, lines.y, extent)])
    page = map_page(subject, extent, colours, legend_of(lines, tracks.statuses, colours, extent))
    draw_lines(page.plot, lines, colours)
    draw_ends(page.plot, lines, tracks.statuses)
    page.title(subject.title, f"{_span(subject)}, {subject.drawn(taken, lines)}")
    return page


def snapshot_map(subject: Subject) -> Page:
    """Particles at one time."""
    assert subject.request.at is not None
    tracks, row = subject.tracks, subject.row_at(subject.request.at)
    rows = range(row, row + 1)
    taken = subject.sampled(DOTS, rows)
    lines, read = subject.lines(taken, rows, held=True)
    x, y, status, values = (a[:, 0] for a in (lines.x, lines.y, read["status"], lines.values))
    extent = subject.extent(bounds_of(x, y))
    there = in_sight(x, y, extent)
    colours = colouring(tracks, subject.color, values[there])
    present = [int(number) for number in np.unique(status[there])]
    shown = [int(number) for number in np.unique(values[there])] if colours.categories else []
    page = map_page(subject, extent, colours, legend_of_dots(tracks.statuses, present, colours, shown))
    time = int(tracks.times[row])
    if subject.request.flow:
        flow_of(subject, page, extent, time, time).show(time)
    Dots(page.plot, tracks.statuses, colours, int(there.sum())).show(x, y, status, values)
    page.title(subject.title, f"{tracks.describe_time(time)}, {subject.present(taken, int(there.sum()))}")
    return page


def moment_maps(subject: Subject) -> Page:
    """Particles at several times, side by side, in the same colours."""
    tracks, request, water = subject.tracks, subject.request, subject.water
    rows = spread_rows(tracks.observations, request.panels or PANELS)
    step = range(rows[0], rows[-1] + 1)
    taken = subject.sampled(DOTS, step)
    columns = [subject.lines(taken, range(row, row + 1), held=True, nobody=True) for row in rows]
    x, y, status, values = (
        np.concatenate(each, axis=1)
        for each in zip(
            *((drawn.x, drawn.y, read["status"], drawn.values) for drawn, read in columns), strict=True
        )
    )
    subject.refuse_nowhere(bool(np.isfinite(x).any()))
    extent = subject.extent(bounds_of(x, y))
    there = in_sight(x, y, extent)
    colours = colouring(tracks, subject.color, values[there])
    present = [int(number) for number in np.unique(status[there])]
    shown = [int(number) for number in np.unique(values[there])] if colours.categories else []
    bar, tall = not colours.categories, ratio(extent, subject.geographic)
    legend = [*legend_of_dots(tracks.statuses, present, colours, shown), *area_handle(subject.areas, extent)]
    room = (WIDTH - LEFT - (RIGHT + BAR if bar else RIGHT), TALLEST)
    page = Page(
        tall, bar=bar, legend=[*legend, *open_side_handle(water, extent)],
        panels=arranged(len(rows), tall, room), gaps=GAPS,
    )  # fmt: skip
    for number, (panel, row) in enumerate(zip(page.panels, rows, strict=False)):
        frame(panel, extent, subject.geographic, scale=number == min(page.columns, len(rows)) - 1)
        if water is not None:
            draw_water(panel, water, extent, depth=not request.no_depth, mesh=False)
        if subject.areas is not None:
            draw_areas(panel, subject.areas, extent, names=False)
        dots = Dots(panel, tracks.statuses, colours, int(there[:, number].sum()))
        dots.show(x[:, number], y[:, number], status[:, number], values[:, number])
        page.caption(
            panel, f"{tracks.describe_time(int(tracks.times[row]))}, {int(there[:, number].sum()):,} in sight"
        )
    page.share_axes(len(rows))
    if bar:
        page.colour_bar(colours)
    page.title(subject.title, subject.how_many(taken))
    return page


def density_map(subject: Subject) -> Page:
    """How many particles are where, at one time or as the mean of all."""
    tracks, request = subject.tracks, subject.request
    rows = range(tracks.observations)
    if request.at is not None:
        row = subject.row_at(request.at)
        rows = range(row, row + 1)
    found = bounds(tracks, subject.ids, rows)
    if found is None:
        raise RunFileError(f"{tracks.path}: no particle of those chosen has a position then")
    extent = subject.extent(found)
    counted = count(tracks, subject.ids, rows, extent, subject.geographic, request.cell)
    page = map_page(subject, extent, None, [], shaded=False)
    drawn = draw_density(page.plot, counted)
    what = "particles per km²" if len(rows) == 1 else "particles per km², mean over time"
    page.colour_bar(Colouring(drawn.cmap, drawn.norm, what))
    when = tracks.describe_time(int(tracks.times[rows[0]])) if len(rows) == 1 else _span(subject)
    chosen = len(subject.ids)
    of_all = f"{counted.particles:,} particles" + (f" of {chosen:,}" if counted.particles < chosen else "")
    page.title(subject.title, f"{when}, {of_all} in cells of {counted.cell:.3g} m")
    return page


def map_page(
    subject: Subject, extent: Extent, colours: Colouring | None, legend: list[Any], *, shaded: bool = True
) -> Page:
    """A page with the map and no particles yet. colours: None where the bar is made later; shaded: by
    depth."""
    request, water = subject.request, subject.water
    depth = water is not None and shaded and not request.no_depth
    bar = colours is None or not colours.categories
    legend = [*legend, *area_handle(subject.areas, extent), *open_side_handle(water, extent)]
    page = Page(ratio(extent, subject.geographic), bar=bar, legend=legend, small_bar=depth)
    frame(page.plot, extent, subject.geographic)
    if water is not None:
        drawn = draw_water(page.plot, water, extent, depth=depth, mesh=not request.no_mesh)
        if depth and drawn is not None:
            page.depth_bar(drawn)
        elif page.small_bar is not None:
            page.small_bar.remove()
        if subject.areas is not None:
            draw_areas(page.plot, subject.areas, extent)
    if colours is not None and bar:
        page.colour_bar(colours)
    return page


def flow_of(subject: Subject, page: Page, extent: Extent, first: int, last: int) -> Flow:
    """The arrows of --flow, not yet turned. Raises RunFileError without forcing."""
    if subject.series is None or subject.water is None:
        raise RunFileError("--flow needs the forcing: give --forcing FILE ...")
    return Flow(page.plot, subject.series, subject.water, extent, first, last)


def _span(subject: Subject) -> str:
    say, times = subject.tracks.describe_time, subject.tracks.times
    first, last = say(int(times[0])), say(int(times[-1]))
    if len(times) == 1:
        return first
    if subject.tracks.calendar and first[:10] == last[:10]:
        return f"{first.removesuffix(' UTC')} to {last[11:]}"
    return f"{first.removesuffix(' UTC')} to {last}"
