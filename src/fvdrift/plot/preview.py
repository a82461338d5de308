"""A run before it is made: mesh, coast, open sides, the pieces of the ranks, and where particles start."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from fvdrift.preparation import Preparation, first_cuts, members_of, prepare_run
from fvdrift.settings import RunFile
from fvdrift.tools.duration import short_duration
from fvdrift_kernels.state import OPEN

from .map_base import DENSE, draw_water, extent_asked, extent_round, frame, open_side_handle, ratio
from .page import Page
from .palette import CATEGORIES, VERMILION, values_map
from .pieces import draw_pieces
from .request import PlotRequest
from .track_file import minute, sample
from .water import Water, outer_sides

STARTS = 3000  # marks of particles
EVENTS = 200  # places looked at: those of a long series of releases come again and again


def run_preview(run_file: RunFile, request: PlotRequest, say: Callable[[str], None]) -> Page:
    """The page. Raises FvdriftError for whatever would stop the run."""
    prepared = prepare_run(members_of(run_file)[0].run_file)
    try:
        return _preview(prepared, request, say)
    finally:
        prepared.series.close()


def _preview(prepared: Preparation, request: PlotRequest, say: Callable[[str], None]) -> Page:
    mesh, series, run_file = prepared.mesh, prepared.series, prepared.run_file
    geographic = series.geographic
    sides = outer_sides(mesh.corners, mesh.nodes)
    is_open = _open_sides(mesh)
    water = Water(mesh.x, mesh.y, mesh.corners, series.h[mesh.file_node], _without(sides, is_open), is_open)
    if request.extent is None:
        extent = extent_round(water.bounds(), water, geographic)
    else:
        extent = extent_asked(request.extent, water.bounds(), geographic)
    begin = starts(prepared)
    workers = workers_of(run_file, request.ranks)
    pieces = first_cuts(prepared, workers) if workers > 1 else None
    names = prepared.releases.names
    colours = CATEGORIES if len(names) <= len(CATEGORIES) else values_map()(np.linspace(0, 1, len(names)))
    legend = _legend(names, colours, dry=not begin.wet.all()) + open_side_handle(water, extent)
    depth = pieces is None and not request.no_depth
    page = Page(ratio(extent, geographic), bar=False, legend=legend, small_bar=depth)
    frame(page.plot, extent, geographic)
    drawn = draw_water(page.plot, water, extent, depth=depth, mesh=not request.no_mesh)
    if depth and drawn is not None:
        page.depth_bar(drawn)
    if pieces is not None:
        draw_pieces(page.plot, water, pieces, request.ranks - workers)
    _draw_starts(page, begin, prepared.releases.release_of(begin.ids), names, colours)
    if not begin.wet.all():
        dry = ~begin.wet
        say(
            f"{int(dry.sum()):,} of {len(dry):,} starts looked at are not in the water; fvdrift plan says which"
        )
    words = _words(prepared)
    if pieces is not None:
        words.append(f"subdomains of ranks {request.ranks - workers} to {request.ranks - 1} at the start")
    if len(begin.ids) < prepared.releases.total:
        say(f"{len(begin.ids):,} of {prepared.releases.total:,} starts are drawn, each place once")
    page.title(request.title or run_file.title or run_file.path.name, ", ".join(words))
    return page


def _words(prepared: Preparation) -> list[str]:
    """What the run is, in a few words each."""
    grid, direction = prepared.timeline.grid, prepared.order.direction
    begun = minute(direction * grid.start, prepared.series.calendar)
    return [
        f"{short_duration(grid.end - grid.start)} {'back ' if direction < 0 else ''}from {begun}",
        f"{prepared.releases.total:,} particles",
        f"{prepared.mesh.elements:,} elements",
    ]


def _legend(names: Sequence[str], colours: Any, *, dry: bool) -> list[Any]:
    """The releases, each if they are few. dry: whether starts are not in the water."""
    from matplotlib.lines import Line2D

    known = (
        list(enumerate(names))
        if len(names) <= len(CATEGORIES)
        else [(0, f"starts of {len(names):,} releases")]
    )
    legend = [
        Line2D([], [], ls="", marker="o", color=colours[number], mec="white", mew=0.3, ms=4.5, label=name)
        for number, name in known
    ]
    if dry:
        legend.append(Line2D([], [], ls="", marker="x", color=VERMILION, ms=5, label="not in the water"))
    return legend


def _draw_starts(
    page: Page, begin: "Starts", release: np.ndarray, names: Sequence[str], colours: Any
) -> None:
    """release: the number of that of each start."""
    size = float(np.clip(40 / max(len(begin.ids), 1) ** 0.3, 1.5, 18))
    for number in np.unique(release[begin.wet]):
        mine = begin.wet & (release == number)
        page.plot.scatter(
            begin.x[mine],
            begin.y[mine],
            s=size,
            color=colours[number],
            edgecolor="white",
            linewidths=0.25,
            zorder=6,
            rasterized=len(begin.ids) > DENSE,
            gid=f"starts {names[number]}",
        )
    dry = ~begin.wet
    if dry.any():
        page.plot.scatter(
            begin.x[dry], begin.y[dry], s=25, marker="x", color=VERMILION, lw=1.0, zorder=6, gid="dry starts"
        )


class Starts(NamedTuple):
    """ids: int64; x, y: where they start; wet: whether in the water (NaN: no place at all), (particle,)
    each."""

    ids: np.ndarray
    x: np.ndarray
    y: np.ndarray
    wet: np.ndarray


def starts(prepared: Preparation) -> Starts:
    """Particles at their start: of every place where any start, but at most STARTS in all."""
    events = prepared.releases.events
    places = np.stack([events["shape"].astype(np.int64), events["offset"]], axis=1)
    _, first = np.unique(places, axis=0, return_index=True)
    looked_at = sample(np.sort(first), EVENTS)
    each = max(1, STARTS // len(looked_at))
    found = []
    for event in looked_at:
        placed = prepared.source.places(int(event))
        taken = sample(np.arange(len(placed.ids)), each)
        found.append((placed.ids[taken], placed.x[taken], placed.y[taken], placed.element[taken] >= 0))
    return Starts(*(np.concatenate(column) for column in zip(*found, strict=True)))


def workers_of(run_file: RunFile, ranks: int) -> int:
    """How many of the ranks own a piece: all, or all but the first where that one only manages."""
    wish = run_file.parallel.manager
    from fvdrift.preparation import DEDICATED_FROM

    dedicated = ranks >= DEDICATED_FROM if wish == "auto" else wish == "dedicated"
    return ranks - 1 if dedicated and ranks > 1 else ranks


def _open_sides(mesh: Any) -> np.ndarray:
    """Nodes at the ends of the open sides: (side, 2)."""
    sides = [mesh.corners[mesh.beyond[:, i] == OPEN][:, [(i + 1) % 3, (i + 2) % 3]] for i in range(3)]
    return np.concatenate(sides)


def _without(sides: np.ndarray, others: np.ndarray) -> np.ndarray:
    known = {tuple(sorted(ends)) for ends in others.tolist()}
    kept = [tuple(sorted(ends)) not in known for ends in sides.tolist()]
    outer: np.ndarray = sides[np.array(kept, bool)]
    return outer
