"""One time level of a piece, made ready for the kernels: what came from the files, and what a worker derives from it."""

from dataclasses import dataclass

import numpy as np

from fvdrift_kernels.gradient import wet_code
from fvdrift_kernels.omega import from_continuity, from_vertical_velocity
from fvdrift_kernels.options import Omega
from fvdrift_kernels.state import Frames

from .messages import Fields, TimedFrame
from .piece import Piece


@dataclass(frozen=True)
class Level:
    """The fields of a piece at one time (microseconds). omega: (level, node), or None where nothing moves vertically."""

    time: int
    fields: Fields
    depth: np.ndarray
    wet: np.ndarray
    omega: np.ndarray | None


def make_level(piece: Piece, frame: TimedFrame, vertical: str) -> Level:
    """Derive depth, wet code and omega. vertical: "omega", "ww", "continuity" or "none"."""
    fields = frame.fields
    depth = fields.get("h", piece.h) + fields["zeta"]
    wet = np.empty(len(piece.elements), np.uint8)
    wet_code(fields["wet"], piece.mesh.stencil, wet)
    omega = fields.get("omega") if vertical == "omega" else None
    if vertical in ("ww", "continuity"):
        omega = _derived_omega(piece, fields, depth, wet, vertical)
    return Level(frame.time, fields, depth, wet, omega)


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
