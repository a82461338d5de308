"""The Stokes drift of waves: at a particle's own depth where it is given at the surface, else put into the
flow of a frame."""

import math

import numpy as np

from .coast import CONSTRAINED, slopes_of_waves
from .field_plane import flow_planes, on_two_layers
from .jit import chosen_by_type, entry_point, kernel, unsigned
from .lanes import COEFFICIENTS, CUBIC_COEFFICIENTS
from .node_field import mean_of_corners
from .options import Cubic, StokesDrift
from .plane import difference, four, not_zero, part, times
from .polynomial import curve_in_time, in_time

ZERO, ONE = np.float32(0.0), np.float32(1.0)


@entry_point
def add_stokes_drift(mesh, depth, velocity, drift, decay, direction, total):
    """Fill `total` with velocity + direction * drift, m/s (layer, element).

    drift: float32 (layer, element), or (1, element), of the surface; decay: 1/m, 0 for all of it, else its
    mean over the depth counts, of what falls off with depth z as exp(-decay z); depth: h + zeta (node,).
    """
    for e in range(len(mesh.corners)):
        down = decay * max(mean_of_corners(mesh, e, depth), 0.0)
        mean = -math.expm1(-down) / down if down > 0.0 else 1.0
        for k in range(len(velocity)):
            at = np.float64(drift[k, e] if len(drift) == len(velocity) else drift[0, e])
            total[k, e] = np.float64(velocity[k, e]) + direction * mean * at


@chosen_by_type
def load_drift(stokes, q, l, mesh, frames, physics, e):
    """Bring the Stokes drift at the surface of element `e` into lane `l`: u and v and their slopes, each by
    powers of time."""


@load_drift.when(None)
def _load_no_drift(stokes, q, l, mesh, frames, physics, e):
    return


@load_drift.when(StokesDrift)
def _load_drift(stokes, q, l, mesh, frames, physics, e):
    put_drift(physics.time, stokes, q, l, mesh, frames, physics.metric, unsigned(e))


@chosen_by_type
def put_drift(time, stokes, q, l, mesh, frames, metric, e):
    """`load_drift`, by how velocity goes in time."""


@put_drift.when(None)
def _put_linear_drift(time, stokes, q, l, mesh, frames, metric, e):
    first = drift_planes(mesh, metric, e, frames.wet0[e], stokes.u0, stokes.v0)
    second = drift_planes(mesh, metric, e, frames.wet1[e], stokes.u1, stokes.v1)
    for j in range(3):
        i, rise = COEFFICIENTS + 2 * j, difference(second[j], first[j])
        q.c[i, l], q.c[i + 1, l] = part(first[j], 0), part(rise, 0)
        q.c[i + 6, l], q.c[i + 7, l] = part(first[j], 1), part(rise, 1)


@put_drift.when(Cubic)
def _put_cubic_drift(time, stokes, q, l, mesh, frames, metric, e):
    before = drift_planes(mesh, metric, e, time.wet_before[e], stokes.u_before, stokes.v_before)
    first = drift_planes(mesh, metric, e, frames.wet0[e], stokes.u0, stokes.v0)
    second = drift_planes(mesh, metric, e, frames.wet1[e], stokes.u1, stokes.v1)
    after = drift_planes(mesh, metric, e, time.wet_after[e], stokes.u_after, stokes.v_after)
    at_rest = (not_zero(first[0]) | not_zero(second[0])) == 0
    weights = time.weights[curve_in_time(time, frames, e, at_rest)]
    for j in range(3):
        for power in range(4):
            p = in_time(weights[power], (before[j], first[j], second[j], after[j]))
            i = CUBIC_COEFFICIENTS + 4 * j + power
            q.c[i, l], q.c[i + 12, l] = part(p, 0), part(p, 1)


@kernel
def drift_planes(mesh, metric, e, wet, u, v):
    """The Stokes drift of element `e` in a frame as `flow_planes` has the flow, by its rules for coast and
    dry land."""
    if not wet & CONSTRAINED:
        return flow_planes(mesh, metric, e, wet, u, v, 0, 0)
    f = on_two_layers(u, v, e, 0, 0)
    zero = part(f, 0) * ZERO
    f = times(f, (zero + ONE) if wet & 1 else zero)
    ux, uy, vx, vy = slopes_of_waves(mesh.element[e], mesh.stencil[e], metric, e, part(f, 0), part(f, 1))
    return f, four(ux, vx, ux, vx), four(uy, vy, uy, vy)
