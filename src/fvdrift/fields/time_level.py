"""One time level of a piece, made ready for the kernels: what came from the files, and what a worker derives
from it."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fvdrift.forcing import VELOCITIES, Fields, TimedFrame, sign_of
from fvdrift.mesh import Subdomain
from fvdrift.orders import FieldOrder, StokesOrder, WalkOrder, WorkOrder
from fvdrift_kernels.ashore import fill_bed
from fvdrift_kernels.coast import CONSTRAINED, REVERSED
from fvdrift_kernels.gradient import wet_code
from fvdrift_kernels.omega import from_continuity, from_vertical_velocity, through_sigma
from fvdrift_kernels.options import Omega
from fvdrift_kernels.state import Frames
from fvdrift_kernels.stokes_drift import add_stokes_drift

from .diffusivity import Mixing, mixing


@dataclass(frozen=True)
class TimeLevel:
    """The fields of a piece at one time (microseconds). u, v: what carries particles, with the Stokes drift
    of layers; omega: (level, node), or None where nothing moves vertically; lift: (level, node) D dsigma/dt,
    which is the same where levels are the same everywhere; bed: float32 (element, 3), see `ashore.fill_bed`,
    or empty."""

    time: int
    fields: Fields
    u: np.ndarray
    v: np.ndarray
    depth: np.ndarray
    wet: np.ndarray
    omega: np.ndarray | None
    lift: np.ndarray | None
    mixing: Mixing
    bed: np.ndarray


class TimeLevelOrder(NamedTuple):
    """What of a WorkOrder levels depend on: runs for which this is the same share their levels. stokes: where
    it is in the flow; roughness: of the bed, m, where the shear at it is needed, else None."""

    vertical: str
    direction: int
    fields: tuple[FieldOrder, ...]
    stokes: StokesOrder | None
    walk: WalkOrder | None
    roughness: float | None


def time_level_order(order: WorkOrder) -> TimeLevelOrder:
    """Of a work order; of its walk only what comes from the fields."""
    walk = order.walk
    if walk is not None:
        across = walk.horizontal if isinstance(walk.horizontal, str) else None
        vertical, scheme = ("kh", walk.scheme) if walk.vertical == "kh" else (None, "")
        walk = WalkOrder(scheme, vertical, across, 0.0 if across is None else walk.smagorinsky)
    roughness = None if order.behaviour is None else order.behaviour.bed_roughness
    stokes = order.stokes if order.stokes is not None and order.stokes.in_flow else None
    return TimeLevelOrder(order.vertical, order.direction, order.fields, stokes, walk, roughness)


def make_time_level(piece: Subdomain, frame: TimedFrame, order: TimeLevelOrder) -> TimeLevel:
    """Derive depth, wet code, omega, and what the random walk needs."""
    fields, vertical = _with_fields(piece, frame.fields, order), order.vertical
    depth = fields.get("h", piece.h) + fields["zeta"]
    wet = np.empty(len(piece.elements), np.uint8)
    wet_code(fields["wet"], piece.mesh.stencil, wet)
    if order.direction < 0:
        wet[wet & CONSTRAINED > 0] |= REVERSED
    omega = fields.get("omega") if vertical == "omega" else None
    if vertical in ("ww", "continuity"):
        omega = _derived_omega(piece, fields, depth, wet, vertical)
    u, v = fields["u"], fields["v"]
    # the Stokes drift, added below, moves along surfaces of sigma
    lift = omega if omega is None or piece.mesh.levels is None else _lift(piece, u, v, depth, wet, omega)
    if order.stokes is not None:
        u, v = _with_stokes_drift(piece, fields, depth, order.stokes, order.direction)
    mixed = mixing(piece, fields, depth, wet, order.walk)
    return TimeLevel(
        frame.time, fields, u, v, depth, wet, omega, lift, mixed, _bed(piece, fields, depth, wet, order)
    )


def rows_of(level: TimeLevel, name: str) -> np.ndarray:
    """A variable of a level as (row, place): one row where it has no vertical."""
    if name == "omega" and level.omega is not None:
        return level.omega
    values = level.fields[name]
    return values[np.newaxis] if values.ndim == 1 else values


def _with_stokes_drift(
    piece: Subdomain, fields: Fields, depth: np.ndarray, stokes: StokesOrder, direction: int
) -> tuple[np.ndarray, np.ndarray]:
    """u, v with the Stokes drift in them."""
    both = []
    for name, sample in (("u", stokes.u), ("v", stokes.v)):
        drift = fields[sample.name]
        total = np.empty_like(fields[name])
        decay = 0.0 if stokes.depth is None else 1.0 / stokes.depth
        rows = drift[np.newaxis] if drift.ndim == 1 else drift
        add_stokes_drift(piece.mesh, depth, fields[name], rows, decay, sign_of(sample.name, direction), total)
        both.append(total)
    return both[0], both[1]


def _bed(
    piece: Subdomain, fields: Fields, depth: np.ndarray, wet: np.ndarray, order: TimeLevelOrder
) -> np.ndarray:
    if order.roughness is None:
        return np.empty(0, np.float32)
    bed = np.empty((len(piece.elements), 3), np.float32)
    fill_bed(piece.mesh, fields["u"], fields["v"], depth, wet, order.roughness, bed)
    return bed


def _with_fields(piece: Subdomain, fields: Fields, order: TimeLevelOrder) -> Fields:
    """The fields of the files and those of the run file, which are worked out at every node of the piece."""
    fields = dict(fields)
    for field in order.fields:
        values = {
            name: fields[name] * order.direction if name in VELOCITIES else fields[name]
            for name in field.expression.names
        }
        rows = max((len(v) for v in values.values() if v.ndim == 2), default=1)
        fields[field.name] = field.expression.evaluate(values, (rows, len(piece.nodes))).astype(np.float32)
    return fields


def _derived_omega(
    piece: Subdomain, fields: Fields, depth: np.ndarray, wet: np.ndarray, vertical: str
) -> np.ndarray:
    """Omega at the nodes of the piece: right at those whose elements are all in it."""
    u, v = fields["u"], fields["v"]
    layers, nodes = len(u), len(piece.nodes)
    areas, rise = np.empty(nodes), np.zeros(nodes)
    omega = np.zeros((layers + 1, nodes), np.float32)
    spacing, divergence = np.empty((2, layers, nodes))
    mesh, metric = piece.mesh, piece.metric
    from_continuity(mesh, metric, piece.x, piece.y, u, v, depth, wet, areas, spacing, divergence, rise, omega)
    if vertical == "ww":
        from_vertical_velocity(
            mesh, metric, u, v, fields["ww"], depth, fields["zeta"], rise, wet, areas, omega
        )
    return omega


def _lift(
    piece: Subdomain, u: np.ndarray, v: np.ndarray, depth: np.ndarray, wet: np.ndarray, omega: np.ndarray
) -> np.ndarray:
    """D dsigma/dt at the nodes of the piece: right at those whose elements are all in it."""
    lift, areas, along = np.empty(omega.shape, np.float32), np.empty(len(piece.nodes)), np.empty(omega.shape)
    through_sigma(piece.mesh, piece.metric, piece.x, piece.y, u, v, depth, wet, omega, areas, along, lift)
    return lift


def between(first: TimeLevel, second: TimeLevel) -> tuple[Frames, Omega | None]:
    """The two levels a particle is between, as the kernels take them."""
    a, b = first.fields, second.fields
    frames = Frames(
        first.u,
        second.u,
        first.v,
        second.v,
        first.depth,
        second.depth,
        a["zeta"],
        b["zeta"],
        first.wet,
        second.wet,
    )
    if first.lift is None or second.lift is None:
        return frames, None
    return frames, Omega(first.lift, second.lift)
