"""What a run says at its start: what serves for what, and what limits it. Computes nothing that the run
needs."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache

import numpy as np

from fvdrift.behaviour import Steps
from fvdrift.errors import ForcingError
from fvdrift.forcing import Fields, Forcing
from fvdrift.mesh import WholeMesh, flow_through_coast
from fvdrift.orders import Sample, WalkOrder, WorkOrder
from fvdrift.output import size
from fvdrift.release import Starts, WaterThen, amount_text
from fvdrift.settings import Boundary
from fvdrift.statistics import StatisticsPlan

from .beyond_run import beyond_run
from .first_look import far_numbers, mixed_at_once, nobody_there, ranges_of, too_deep, values_of
from .parts_of_steps import parts_of_steps
from .prepare import Preparation
from .run_sizes import AHEAD, ForcingBy, Sizes
from .stride import beyond_elements, diffusivity, stride, ways

# particles, times and places of releases: of more, who starts on sand or below the bed is only estimated
# before the run
MOST_COUNTED, MOST_TIMES, MOST_EVENTS = 200_000, 24, 2000
# options that move a particle in the column or keep it there: of them `beside_flow` makes `moving`
_UP_OR_DOWN = ("rise", "migration", "bed", "own")
_VERTICAL = {
    "omega": "3-D, vertical motion by omega from the files",
    "ww": "3-D, vertical motion by omega worked out from ww",
    "continuity": "3-D, vertical motion by omega rebuilt from continuity",
    "held": "held at a depth, moved by the flow there",
}


def start_summary(
    prepared: Preparation, workers: int, ranks: int, starts: Starts | None, raw: Fields | None = None
) -> Iterator[str]:
    """Sentences for the log. starts: where particles start; raw: the first frame of the run, reduced, of runs
    that go on side by side: it is read if it is not given, and so is the water at the times of releases."""
    series, grid, mesh = prepared.series, prepared.timeline.grid, prepared.mesh
    kind = prepared.run_file.advection.dimension.kind
    at_surface = "at the surface, moved by the flow of the top layer"
    motion = {"2d": "2-D, by the depth-mean flow", "surface": at_surface}.get(kind)
    layers = f"{series.layers} layers" if series.layers else "depth-averaged"
    yield (
        f"{len(series.files)} file(s), {mesh.elements:,} elements, {mesh.nodes:,} nodes, {layers}; "
        f"{'geographic' if series.geographic else 'projected'} coordinates ({series.why_coordinates})"
    )
    frames = series.times[prepared.timeline.frames.start : prepared.timeline.frames.stop]
    widest = int(np.diff(frames).max()) / 6e7
    yield (
        f"{series.describe_time(grid.start)} to {series.describe_time(grid.end)}, {grid.steps:,} steps of {grid.step / 1e6:g} s, "
        f"frames up to {widest:g} min apart"
    )
    if len(prepared.timeline.rows) > len(prepared.timeline.outputs):
        yield _beside_outputs(series, prepared.timeline.outputs)
    yield f"{motion or _VERTICAL[prepared.order.vertical]}; {_wet(series)}"
    yield from _beside_flow(prepared.order)
    yield from prepared.notes
    alone = raw is None
    if raw is None:
        raw = prepared.supply.reduce(series.read(prepared.timeline.frames.start, prepared.supply.names))
    depth, wet = prepared.depth(raw), raw["wet"][mesh.file_element] > 0
    yield from _first_look(prepared, raw, depth)
    u, v = (raw[name][:, mesh.file_element] for name in ("u", "v"))
    walk, step = prepared.order.walk, grid.step / 1e6
    yield _courant(mesh, u, v, step)
    k = None if walk is None or walk.horizontal is None else diffusivity(mesh, walk, raw)
    if prepared.order.behaviour is not None:
        speed = np.sqrt((u**2 + v**2).max(axis=0))
        walked = np.zeros(mesh.elements) if k is None else ways(mesh, k, step)
        steps = Steps(prepared.order.behaviour, step, mesh, speed, walked)
        for part in steps.order.parts:
            yield from part.in_steps(steps)
    if walk is not None and walk.vertical == "kh":
        keeps = prepared.run_file.boundary.bottom == "deposit"
        mixed_only = _is_mixed_only(prepared.order)
        yield from parts_of_steps(
            mesh, walk.scheme, raw["kh"], depth=depth, wet=wet, step=step, keeps=keeps, mixed_only=mixed_only
        )
    if walk is not None and k is not None:
        yield from stride(mesh, walk, k, wet=wet, depth=depth, step=step)
        yield from beyond_elements(mesh, k, step)
    yield from _boundary(prepared.run_file.boundary, prepared.open_sides, mesh, u=u, v=v)
    if prepared.statistics is not None:
        titles = ", ".join(prepared.statistics.titles)
        yield f"statistics: {titles}" + ("" if prepared.order.tracks else "; no tracks are written")
        yield from _last_looks(series, grid.end, prepared.statistics)
    where = f"{workers} worker(s) on {ranks} rank(s)" if ranks > 1 else f"{workers} part(s) in one process"
    yield f"{prepared.releases.total:,} particles from {len(prepared.releases.names)} release(s){_amount_said(prepared)}; {where}"
    if prepared.order.tracks and (stripes := prepared.stripes).files > 1:
        of_file = size(len(stripes.ids_in(0)) * stripes.rows * prepared.row_bytes)
        yield (
            f"tracks: cut into {stripes.files} files of up to {of_file} of records each, in a folder beside the one that opens "
            "as all of them (output.split)"
        )
    if starts is not None:
        yield from _starts(prepared, starts, WaterThen(wet, depth, depth, 0.0), alone)


def _is_mixed_only(order: WorkOrder) -> bool:
    """Whether nothing but the walk moves particles up and down beside the flow."""
    return order.behaviour is None or all(part.option not in _UP_OR_DOWN for part in order.behaviour.parts)


def _first_look(prepared: Preparation, raw: Fields, depth: np.ndarray) -> Iterator[str]:
    """What of the run file the run is too short for, or its water too shallow, or of other numbers."""
    run_file, grid, order = prepared.run_file, prepared.timeline.grid, prepared.order
    parts = () if order.behaviour is None else order.behaviour.parts
    born = prepared.releases.events["time_us"]
    oldest = grid.end - int(born.min(initial=grid.end))
    yield from beyond_run(run_file, order.behaviour, grid.end - grid.start, oldest)
    yield from too_deep(run_file, order.behaviour, prepared.releases, depth)
    yield from nobody_there(run_file)
    deepest = float(depth.max())
    yield from mixed_at_once(order.walk, deepest, grid.step / 1e6)
    needed = [name for part in parts for name in part.judged]
    needed += [sample.name for alert in prepared.alerts for sample in alert.samples]
    statistics = () if prepared.statistics is None else prepared.statistics.order.questions
    choices = [question.choice for question in statistics]
    needed += [name for choice in choices for name in choice.wants]
    values = values_of(order.fields, needed, raw)
    for part in parts:
        yield from part.odd_values(values)
    if order.fields or prepared.alerts or choices:
        ranges = ranges_of(values) | {
            "particles": (0.0, float(prepared.releases.total)),
            "sigma": (-1.0, 0.0),
        }
        ranges |= {
            "z": (-deepest, 0.0),
            "water_depth": (0.0, deepest),
            "age": (0.0, oldest / 1e6),
            "dry": (0.0, 1.0),
        }
        mesh = prepared.mesh
        ranges |= {name: (float(at.min()), float(at.max())) for name, at in (("x", mesh.x), ("y", mesh.y))}
        yield from far_numbers(order.fields, prepared.alerts, ranges, prepared.units, choices)


def _beside_outputs(series: Forcing, outputs: np.ndarray) -> str:
    """What becomes of an end that is no output time."""
    last = series.describe_time(int(outputs[-1]))
    return f"the end is no output time: it is recorded as a last row, after that of {last}"


def _amount_said(prepared: Preparation) -> str:
    """What is released in all, where particles carry something."""
    releases = prepared.releases
    if releases.amount is None:
        return ""
    return f", {amount_text(releases.amount, releases.total_amount())} in all"


def _last_looks(series: Forcing, end: int, statistics: StatisticsPlan) -> Iterator[str]:
    """Which statistics see less than the whole run."""
    early: dict[int, list[str]] = {}
    for title, question in zip(statistics.titles, statistics.order.questions, strict=True):
        last = question.looks.time(question.looks.number_of - 1)
        if last != end:
            early.setdefault(last, []).append(title)
    for last, titles in sorted(early.items()):
        when = series.describe_time(last)
        yield f"warning: statistics that look last at {when}, and not at the end of the run: {', '.join(titles)}"


def _starts(prepared: Preparation, starts: Starts, first: WaterThen, alone: bool) -> Iterator[str]:
    """Who does not start in the water, or not at the depth that is asked for. first: the water of the first
    frame."""
    if starts.missing:
        kind = prepared.releases.amount
        with_them = "" if kind is None else f", and {amount_text(kind, starts.missing_amount)} with them"
        yield f"{starts.missing:,} of them start on land (allow_outside): they stay not_released{with_them}"
    source, events = prepared.source, prepared.releases.events
    few = prepared.releases.total <= MOST_COUNTED and len(events) <= MOST_EVENTS
    counted: tuple[int, int] | None = None
    if alone and few and len(np.unique(events["time_us"])) <= MOST_TIMES:
        with suppress(ForcingError):  # of a frame that the run comes to later, and has more to say of then
            counted = source.counted(lru_cache(2)(prepared.water.at))
    about = "" if counted else " (by the first frame)"
    if counted is None:
        counted = source.estimated(starts, first)
    dry, below = counted
    if dry:
        yield (
            f"{dry:,} of them start in elements that are dry then{about}: there particles wait for the water "
            "(release.wet = true leaves sand out)"
        )
    if below:
        yield f"warning: {below:,} of them are to start below the bed{about}: they start at it"


def forcing_said(forcing: ForcingBy, sizes: Sizes, why: str = "") -> str:
    """A sentence for the log. why: they were to be read by nodes, and are not, or do not lie in shared memory."""
    reason = f" ({why})" if why else ""
    if forcing == "nodes":
        frames = f"{sizes.window + AHEAD} x {size(sizes.frame_bytes)}"
        return f"Forcing: read by the ranks of each node, one copy of a frame on each, {frames}{reason}"
    return f"Forcing: read by rank 0, which sends every worker its part{reason}"


def together(summaries: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The sentences of several runs, by name, as one: first what holds for all, then what is only true of
    some."""
    common = [
        sentence
        for sentence in next(iter(summaries.values()))
        if all(sentence in each for each in summaries.values())
    ]
    yield from common
    said = set(common)
    for name, summary in summaries.items():
        yield from (f"{name}: {sentence}" for sentence in summary if sentence not in said)
        said |= set(summary)


def _beside_flow(order: WorkOrder) -> Iterator[str]:
    """What happens to particles beside the flow, where anything does."""
    said, walk, behaviour, stokes = [], order.walk, order.behaviour, order.stokes
    if stokes is not None:
        falls = (
            ""
            if stokes.depth is None
            else f", 1/e of it {stokes.depth:g} m down{', the mean of the column' * stokes.mean}"
        )
        said.append(f"Stokes drift by {stokes.u.name}, {stokes.v.name}{falls}")
    if walk is not None and walk.vertical is not None:
        said.append(f"{walk.scheme} walk in the vertical by {_amount(walk.vertical, 'm2/s')}")
    if walk is not None and walk.horizontal is not None:
        said.append(f"walk across by {_across(walk)}")
    if behaviour is not None:
        said += [sentence for part in behaviour.parts for sentence in part.summary()]
    if said:
        yield "; ".join(said)
    if walk is not None and walk.scheme == "naive":
        yield "warning: diffusion.scheme = naive piles particles up where there is little mixing: for comparison only"


def _across(walk: WalkOrder) -> str:
    if not isinstance(walk.horizontal, str):
        return _amount(walk.horizontal, "m2/s")
    what = "viscofh" if walk.horizontal == "viscofh" else "FVCOM's viscofh, worked out from the flow,"
    times = (
        "nn_hvc of the files" if walk.smagorinsky is None else f"{walk.smagorinsky:g} (diffusion.smagorinsky)"
    )
    return f"{what} times {times}"


def _amount(value: Sample | str | float | None, unit: str) -> str:
    return f"{value:.4g} {unit}" if isinstance(value, float) else getattr(value, "name", str(value))


def _wet(series: Forcing) -> str:
    if series.has_wet:
        return "wet and dry elements from wet_cells"
    return f"elements under {series.min_depth:g} m of water are dry"


def _courant(mesh: WholeMesh, u: np.ndarray, v: np.ndarray, step: float) -> str:
    speed = np.sqrt((u**2 + v**2).max(axis=0))
    courant = speed * step / mesh.smallest_height()
    worst = int(np.argmax(courant))
    return f"largest Courant number {courant[worst]:.2f} in the first frame ({speed[worst]:.2f} m/s)"


def _boundary(
    boundary: Boundary, open_sides: int, mesh: WholeMesh, *, u: np.ndarray, v: np.ndarray
) -> Iterator[str]:
    if boundary.open is not None:
        yield f"{open_sides} open sides; coast: {boundary.coast}"
        return
    through = flow_through_coast(mesh, u, v)
    if through:
        strongest = "; ".join(f"({x:.6g}, {y:.6g})" for x, y, _ in through[:3])
        yield (
            f"warning: boundary.open is not set, so all sides are coast, but water flows through {len(through)} outer sides, "
            f'most at {strongest}: give boundary.open (a casename_obc.dat, a polygon round them, or "none" to keep them closed)'
        )
