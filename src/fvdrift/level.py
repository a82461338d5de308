"""One time level of a piece, made ready for the kernels: what came from the files, and what a worker derives from it."""

from dataclasses import dataclass

import numpy as np

from fvdrift_kernels.gradient import wet_code
from fvdrift_kernels.omega import from_continuity, from_vertical_velocity
from fvdrift_kernels.options import Omega
from fvdrift_kernels.state import Frames

from .forcing.mirror import VELOCITIES
from .messages import Fields, TimedFrame, WorkOrder
from .mixing import Mixing, mixing
from .piece import Piece


@dataclass(frozen=True)
class Level:
    """The fields of a piece at one time (microseconds). omega: (level, node), or None where nothing moves vertically."""

    time: int
    fields: Fields
    depth: np.ndarray
    wet: np.ndarray
    omega: np.ndarray | None
    mixing: Mixing


def make_level(piece: Piece, frame: TimedFrame, order: WorkOrder) -> Level:
    """Derive depth, wet code, omega, and what the random walk needs."""
    fields, vertical = _with_fields(piece, frame.fields, order), order.vertical
    depth = fields.get("h", piece.h) + fields["zeta"]
    wet = np.empty(len(piece.elements), np.uint8)
    wet_code(fields["wet"], piece.mesh.stencil, wet)
    omega = fields.get("omega") if vertical == "omega" else None
    if vertical in ("ww", "continuity"):
        omega = _derived_omega(piece, fields, depth, wet, vertical)
    return Level(frame.time, fields, depth, wet, omega, mixing(piece, fields, depth, wet, order.walk))


def _with_fields(piece: Piece, fields: Fields, order: WorkOrder) -> Fields:
    """The fields of the files and those of the run file, which are worked out at every node of the piece."""
    fields = dict(fields)
    for field in order.fields:
        values = {name: fields[name] * order.direction if name in VELOCITIES else fields[name] for name in field.expression.names}
        rows = max((len(v) for v in values.values() if v.ndim == 2), default=1)
        fields[field.name] = field.expression.evaluate(values, (rows, len(piece.nodes))).astype(np.float32)
    return fields


def _derived_omega(piece: Piece, fields: Fields, depth: np.ndarray, wet: np.ndarray, vertical: str) -> np.ndarray:
    """Omega at the nodes of the piece: right at those whose elements are all in it."""
    u, v = fields["u"], fields["v"]
    layers, nodes = len(u), len(piece.nodes)
    areas, rise = np.empty(nodes), np.zeros(nodes)
    omega = np.zeros((layers + 1, nodes), np.float32)
    spacing, divergence = np.empty((2, layers, nodes))
    mesh, metric = piece.mesh, piece.metric
    from_continuity(mesh, metric, piece.x, piece.y, u, v, depth, wet, areas, spacing, divergence, rise, omega)
    if vertical == "ww":
        from_vertical_velocity(mesh, metric, u, v, fields["ww"], depth, fields["zeta"], rise, wet, areas, omega)
    return omega


def between(first: Level, second: Level) -> tuple[Frames, Omega | None]:
    """The two levels a particle is between, as the kernels take them."""
    a, b = first.fields, second.fields
    frames = Frames(
        a["u"], b["u"], a["v"], b["v"], first.depth, second.depth, a["zeta"], b["zeta"], first.wet, second.wet
    )
    if first.omega is None or second.omega is None:
        return frames, None
    return frames, Omega(first.omega, second.omega)
