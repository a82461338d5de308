"""What a run says at its start: what serves for what, and what limits it. Computes nothing that the run needs."""

from collections.abc import Iterator

import numpy as np

from .open_boundary import flow_through_coast
from .preparation import Preparation

_VERTICAL = {
    "omega": "3-D, vertical motion by omega from the files",
    "ww": "3-D, vertical motion by omega worked out from ww",
    "continuity": "3-D, vertical motion by omega rebuilt from continuity",
    "held": "held at a depth, moved by the flow there",
}


def start_story(prepared: Preparation, workers: int, ranks: int, missing: int) -> Iterator[str]:
    """Sentences for the log. Reads the first frame of the run."""
    series, grid, mesh = prepared.series, prepared.grid, prepared.mesh
    kind = prepared.run_file.advection.dimension.kind
    motion = {"2d": "2-D, by the depth-mean flow", "surface": "2-D, by the flow of the top layer"}.get(kind)
    layers = f"{series.layers} layers" if series.layers else "depth-averaged"
    yield (
        f"{len(series.files)} file(s), {mesh.elements:,} elements, {mesh.nodes:,} nodes, {layers}; "
        f"{'geographic' if series.geographic else 'projected'} coordinates ({series.why_coordinates})"
    )
    frames = series.times[prepared.frames.start : prepared.frames.stop]
    widest = int(np.diff(frames).max()) / 6e7
    yield (
        f"{series.describe_time(grid.start)} to {series.describe_time(grid.end)}, {grid.steps:,} steps of {grid.step / 1e6:g} s, "
        f"frames up to {widest:g} min apart"
    )
    yield f"{motion or _VERTICAL[prepared.order.vertical]}; {_wet(prepared)}"
    yield from prepared.notes
    raw = prepared.supply.reduce(series.read(prepared.frames.start, prepared.supply.names))
    u, v = (raw[name][:, mesh.file_element] for name in ("u", "v"))
    yield _courant(prepared, u, v)
    yield from _boundary(prepared, u, v)
    where = f"{workers} worker(s) on {ranks} rank(s)" if ranks > 1 else f"{workers} part(s) in one process"
    yield f"{prepared.releases.total:,} particles from {len(prepared.releases.names)} release(s); {where}"
    if missing:
        yield f"{missing:,} of them start on land (allow_outside): they stay not_released"


def _wet(prepared: Preparation) -> str:
    return "wet and dry elements from wet_cells" if prepared.series.has_wet else "elements under 5 cm of water are dry"


def _courant(prepared: Preparation, u: np.ndarray, v: np.ndarray) -> str:
    speed = np.sqrt((u**2 + v**2).max(axis=0))
    courant = speed * (prepared.grid.step / 1e6) / prepared.mesh.smallest_height()
    worst = int(np.argmax(courant))
    return f"largest Courant number {courant[worst]:.2f} in the first frame ({speed[worst]:.2f} m/s)"


def _boundary(prepared: Preparation, u: np.ndarray, v: np.ndarray) -> Iterator[str]:
    if prepared.run_file.boundary.open is not None:
        yield f"{prepared.open_sides} open sides; coast: {prepared.run_file.boundary.coast}"
        return
    through = flow_through_coast(prepared.mesh, u, v)
    if through:
        strongest = "; ".join(f"({x:.6g}, {y:.6g})" for x, y, _ in through[:3])
        yield (
            f"warning: boundary.open is not set, so all sides are coast, but water flows through {len(through)} outer sides, "
            f"most at {strongest}: give boundary.open (a casename_obc.dat, a polygon round them, or \"none\" to keep them closed)"
        )
