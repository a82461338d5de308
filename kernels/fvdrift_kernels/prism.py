"""Bringing a prism into a lane: geometry, depth plane and velocity polynomial of element x half a layer x
frame interval.

All scalar work; what is done with the polynomial is `interpolate`.
"""

import numpy as np

from .behaviour_options import BesideFlow
from .diffusivity import load_column
from .field_plane import corner_planes, corners_of, node_plane
from .jit import chosen_by_type, kernel, unsigned
from .layers import FAR, layer_pair
from .options import Geographic, HeldDepth, Omega
from .plane import difference, part
from .polynomial import along_sigma, powers, put_omega, put_velocity
from .stokes_drift import load_drift

# single precision constants: with a bare 0.5 or 2 the arithmetic of a lane would become double
ZERO, ONE = np.float32(0.0), np.float32(1.0)


@kernel
def park(q, l):
    """Make lane `l` one that nothing moves: no velocity, and any place is inside its prism."""
    q.xc[l] = q.x[l]
    q.yc[l] = q.y[l]
    for field in (q.x0, q.y0, q.ax, q.ay, q.bx, q.by, q.reference, q.reference_w):
        field[l] = 0
    for field in (q.dx_d, q.dy_d, q.dt_d, q.dtx_d, q.dty_d):
        field[l] = 0
    for field in (q.dx, q.dy, q.u, q.v, q.w, q.su, q.sv, q.sw, q.m0, q.m1, q.m2):
        field[l] = 0
    q.d[l] = 1
    q.tolerance[l] = -1
    q.s[l] = q.sigma[l]
    q.s0[l] = q.sigma[l]
    q.top[l] = FAR
    q.bottom[l] = -FAR
    q.blocked[l] = 0
    for i in range(len(q.c)):
        q.c[i, l] = 0


@chosen_by_type
def load_metric(metric, q, l, e):
    """Bring what turns metres into units of x and y in element `e` into lane `l`."""


@load_metric.when(None)
def _load_metric_projected(metric, q, l, e):
    return


@load_metric.when(Geographic)
def _load_metric_geographic(metric, q, l, e):
    q.m0[l] = metric.secant[e, 0]
    q.m1[l] = metric.secant[e, 1]
    q.m2[l] = metric.secant[e, 2]


@chosen_by_type
def load_beside(beside, q, l, frames, e):
    """Bring what the moves beside the flow need of element `e` into lane `l`."""


@load_beside.when(None)
def _load_nothing_beside(beside, q, l, frames, e):
    return


@load_beside.when(BesideFlow)
def _load_wetness(beside, q, l, frames, e):
    """1 where it is wet in both frames, falling to 0 in time where one is dry, as its velocity does."""
    q.wet[l] = frames.wet0[e] & 1
    q.dt_wet[l] = (frames.wet1[e] & 1) - (frames.wet0[e] & 1)
    load_column(beside.walk, q, l, e)


@kernel
def load_element(q, l, mesh, frames, physics, e):
    """Bring geometry and depth plane of element `e` into lane `l`, which has no half layer then."""
    element = mesh.element[unsigned(e)]
    q.element[l] = e
    q.pair[l] = -1
    q.level[l] = -1
    q.top[l] = -FAR
    q.bottom[l] = FAR
    q.xc[l] = element.xc
    q.yc[l] = element.yc
    q.x0[l] = q.x[l] - element.xc
    q.y0[l] = q.y[l] - element.yc
    q.ax[l] = element.ax
    q.ay[l] = element.ay
    q.bx[l] = element.bx
    q.by[l] = element.by
    q.tolerance[l] = element.tolerance
    load_metric(physics.metric, q, l, e)
    load_beside(physics.beside, q, l, frames, e)
    load_drift(physics.stokes, q, l, mesh, frames, physics, e)
    n0, n1, n2 = corners_of(mesh, e)
    corners = corner_planes(q, l)
    first = node_plane(corners, frames.depth0[n0], frames.depth0[n1], frames.depth0[n2])
    rise = difference(node_plane(corners, frames.depth1[n0], frames.depth1[n1], frames.depth1[n2]), first)
    q.d[l], q.dx_d[l], q.dy_d[l] = part(first, 0), part(first, 1), part(first, 2)
    q.dt_d[l], q.dtx_d[l], q.dty_d[l] = part(rise, 0), part(rise, 1), part(rise, 2)


@kernel
def load_half_layer(q, l, mesh, frames, physics, e, half):
    """Bring the velocity polynomial of half layer `half` of element `e` into lane `l`.

    Next to it only one of the two changes: u and v, which go from layer to layer, or omega, which goes from
    level to level.
    """
    row = mesh.half[unsigned(e * mesh.half_step)]
    last = len(row) - 2
    q.half[l] = half
    q.top[l] = row[unsigned(half)] if half > 0 else FAR
    q.bottom[l] = row[unsigned(half + 1)] if half < last else -FAR
    pair = (half + 1) // 2
    if pair != q.pair[l]:
        q.pair[l] = pair
        upper, lower = layer_pair(half, len(frames.u0))
        q.reference[l] = row[unsigned(2 * upper + 1)]
        per_sigma = row[0] * ZERO
        if lower > upper:
            per_sigma = ONE / (row[unsigned(2 * lower + 1)] - row[unsigned(2 * upper + 1)])
        put_velocity(physics.time, q, l, mesh, frames, physics.metric, e, upper, lower, per_sigma)
        count, rows = powers(physics.time), (2 * upper + 1, 2 * lower + 1)
        along_sigma(mesh.levels, q, l, mesh, e, 0, count, rows, per_sigma)
        along_sigma(mesh.levels, q, l, mesh, e, 1, count, rows, per_sigma)
    load_vertical(physics.vertical, q, l, mesh, frames, physics.time, e, half // 2)


@chosen_by_type
def load_vertical(vertical, q, l, mesh, frames, time, e, level):
    """Bring the vertical velocity between `level` and the one below into lane `l`."""


@load_vertical.when(None, HeldDepth)
def _load_no_vertical(vertical, q, l, mesh, frames, time, e, level):
    return


@load_vertical.when(Omega)
def _load_omega(vertical, q, l, mesh, frames, time, e, level):
    if level != q.level[l]:
        row = mesh.half[unsigned(e * mesh.half_step)]
        q.level[l] = level
        q.reference_w[l] = row[unsigned(2 * level)]
        per_sigma = ONE / (row[unsigned(2 * level + 2)] - row[unsigned(2 * level)])
        put_omega(time, q, l, mesh, frames, vertical, e, level, per_sigma)
        along_sigma(mesh.levels, q, l, mesh, e, 2, powers(time), (2 * level, 2 * level + 2), per_sigma)
