"""Bringing a prism into a lane: geometry, depth plane and velocity polynomial of element x half a layer x frame interval.

Inside it FVCOM's interpolation is a polynomial: linear in the element (velocity by the least-squares gradient over the
neighbours, as FVCOM's INTERP_AZONAL; node fields barycentric, as INTERP_ANODAL), linear in sigma, linear or cubic in time.
All scalar work; what is done with the polynomial is `interpolate`.
"""

import numpy as np

from .diffusivity import load_column
from .gradient import participating_weights
from .jit import chosen_by_type, kernel
from .lanes import fma
from .layers import FAR, layer_pair
from .options import BesideFlow, Cubic, Geographic, HeldDepth, Omega

# single precision constants: with a bare 0.5 or 2 the arithmetic of a lane would become double
ZERO, ONE = np.float32(0.0), np.float32(1.0)
THIRD = np.float32(1.0 / 3.0)


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


@kernel
def node_plane(q, l, f0, f1, f2):
    """Value at the centroid and slopes of a field given at the three corners of the element of lane `l`."""
    d0 = f0 - f2
    d1 = f1 - f2
    return (f0 + f1 + f2) * THIRD, fma(q.bx[l], d1, q.ax[l] * d0), fma(q.by[l], d1, q.ay[l] * d0)


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
    element = mesh.element[e]
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
    n0, n1, n2 = mesh.corners[e, 0], mesh.corners[e, 1], mesh.corners[e, 2]
    first, first_x, first_y = node_plane(q, l, frames.depth0[n0], frames.depth0[n1], frames.depth0[n2])
    second, second_x, second_y = node_plane(q, l, frames.depth1[n0], frames.depth1[n1], frames.depth1[n2])
    q.d[l] = first
    q.dx_d[l] = first_x
    q.dy_d[l] = first_y
    q.dt_d[l] = second - first
    q.dtx_d[l] = second_x - first_x
    q.dty_d[l] = second_y - first_y


@kernel
def put(q, l, i, upper0, lower0, upper1, lower1, per_sigma):
    """Coefficients of one plane from its values at the upper and lower layer, in the first and second frame."""
    slope0 = (lower0 - upper0) * per_sigma
    slope1 = (lower1 - upper1) * per_sigma
    q.c[i, l] = upper0
    q.c[i + 1, l] = slope0
    q.c[i + 2, l] = upper1 - upper0
    q.c[i + 3, l] = slope1 - slope0


@kernel
def put_cubic(q, l, i, upper, lower, weights, curve, per_sigma):
    """Coefficients of one plane from its values at the upper and lower layer in four frames; i as for `put`."""
    for power in range(4):
        before, first = weights[curve, power, 0], weights[curve, power, 1]
        second, after = weights[curve, power, 2], weights[curve, power, 3]
        u = before * upper[0] + first * upper[1] + second * upper[2] + after * upper[3]
        w = before * lower[0] + first * lower[1] + second * lower[2] + after * lower[3]
        slope = (w - u) * per_sigma
        q.c[2 * i + 2 * power, l] = u
        q.c[2 * i + 2 * power + 1, l] = slope


@kernel
def element_plane(field, k, e, stencil, weights, wet):
    """Value and slopes of an element field on layer `k`; all zero where the element is dry."""
    f = field[k, e]
    d0 = field[k, stencil.n0] - f
    d1 = field[k, stencil.n1] - f
    d2 = field[k, stencil.n2] - f
    x0, x1, x2, y0, y1, y2 = weights
    zero = f * ZERO
    if not wet & 1:
        return zero, zero, zero
    return f, fma(x2, d2, fma(x1, d1, x0 * d0)), fma(y2, d2, fma(y1, d1, y0 * d0))


@kernel
def stencil_weights(mesh, metric, e, wet):
    """Gradient weights of element `e`; computed anew where a neighbour is dry, as it then takes no part."""
    stencil = mesh.stencil[e]
    if wet == 15:
        return stencil.x0, stencil.x1, stencil.x2, stencil.y0, stencil.y1, stencil.y2
    return participating_weights(mesh.element, stencil, metric, e, wet)


@chosen_by_type
def put_velocity(time, q, l, mesh, frames, metric, e, upper, lower, per_sigma):
    """The three planes of u and of v between layers `upper` and `lower`."""


@put_velocity.when(None)
def _put_linear_velocity(time, q, l, mesh, frames, metric, e, upper, lower, per_sigma):
    stencil = mesh.stencil[e]
    wet0, wet1 = frames.wet0[e], frames.wet1[e]
    common = (stencil, stencil_weights(mesh, metric, e, wet0), stencil_weights(mesh, metric, e, wet1), wet0, wet1)
    put_element_field(q, l, 0, frames.u0, frames.u1, e, upper, lower, *common, per_sigma)
    put_element_field(q, l, 12, frames.v0, frames.v1, e, upper, lower, *common, per_sigma)


@kernel
def put_element_field(q, l, i, field0, field1, e, upper, lower, stencil, weights0, weights1, wet0, wet1, per_sigma):
    """The three planes of one component."""
    a, ax, ay = element_plane(field0, upper, e, stencil, weights0, wet0)
    b, bx, by = element_plane(field0, lower, e, stencil, weights0, wet0)
    c, cx, cy = element_plane(field1, upper, e, stencil, weights1, wet1)
    d, dx, dy = element_plane(field1, lower, e, stencil, weights1, wet1)
    put(q, l, i, a, b, c, d, per_sigma)
    put(q, l, i + 4, ax, bx, cx, dx, per_sigma)
    put(q, l, i + 8, ay, by, cy, dy, per_sigma)


@put_velocity.when(Cubic)
def _put_cubic_velocity(time, q, l, mesh, frames, metric, e, upper, lower, per_sigma):
    curve = curve_in_time(time, frames, e)
    u, v = (time.u_before, frames.u0, frames.u1, time.u_after), (time.v_before, frames.v0, frames.v1, time.v_after)
    codes = (time.wet_before[e], frames.wet0[e], frames.wet1[e], time.wet_after[e])
    put_cubic_field(q, l, 0, u, mesh, metric, e, upper, lower, codes, time.weights, curve, per_sigma)
    put_cubic_field(q, l, 12, v, mesh, metric, e, upper, lower, codes, time.weights, curve, per_sigma)


@kernel
def curve_in_time(time, frames, e):
    """0: cubic, where element and neighbours are as wet in all four frames; else 1: linear, never across a wet/dry change."""
    wet = frames.wet0[e]
    steady = wet == frames.wet1[e] and wet == time.wet_before[e] and wet == time.wet_after[e]
    return 0 if steady else 1


@kernel
def put_cubic_field(q, l, i, fields, mesh, metric, e, upper, lower, codes, weights, curve, per_sigma):
    """The three planes of one component, from four frames."""
    stencil = mesh.stencil[e]
    a, ax, ay = element_plane(fields[0], upper, e, stencil, stencil_weights(mesh, metric, e, codes[0]), codes[0])
    b, bx, by = element_plane(fields[1], upper, e, stencil, stencil_weights(mesh, metric, e, codes[1]), codes[1])
    c, cx, cy = element_plane(fields[2], upper, e, stencil, stencil_weights(mesh, metric, e, codes[2]), codes[2])
    d, dx, dy = element_plane(fields[3], upper, e, stencil, stencil_weights(mesh, metric, e, codes[3]), codes[3])
    f, fx, fy = element_plane(fields[0], lower, e, stencil, stencil_weights(mesh, metric, e, codes[0]), codes[0])
    g, gx, gy = element_plane(fields[1], lower, e, stencil, stencil_weights(mesh, metric, e, codes[1]), codes[1])
    h, hx, hy = element_plane(fields[2], lower, e, stencil, stencil_weights(mesh, metric, e, codes[2]), codes[2])
    j, jx, jy = element_plane(fields[3], lower, e, stencil, stencil_weights(mesh, metric, e, codes[3]), codes[3])
    put_cubic(q, l, i, (a, b, c, d), (f, g, h, j), weights, curve, per_sigma)
    put_cubic(q, l, i + 4, (ax, bx, cx, dx), (fx, gx, hx, jx), weights, curve, per_sigma)
    put_cubic(q, l, i + 8, (ay, by, cy, dy), (fy, gy, hy, jy), weights, curve, per_sigma)


@kernel
def load_half_layer(q, l, mesh, frames, physics, e, half):
    """Bring the velocity polynomial of half layer `half` of element `e` into lane `l`.

    Next to it only one of the two changes: u and v, which go from layer to layer, or omega, which goes from level to level.
    """
    row = mesh.half[e * mesh.half_step]
    last = len(row) - 2
    q.half[l] = half
    q.top[l] = row[half] if half > 0 else FAR
    q.bottom[l] = row[half + 1] if half < last else -FAR
    pair = (half + 1) // 2
    if pair != q.pair[l]:
        q.pair[l] = pair
        upper, lower = layer_pair(half, len(frames.u0))
        q.reference[l] = row[2 * upper + 1]
        per_sigma = row[0] * ZERO
        if lower > upper:
            per_sigma = ONE / (row[2 * lower + 1] - row[2 * upper + 1])
        put_velocity(physics.time, q, l, mesh, frames, physics.metric, e, upper, lower, per_sigma)
    load_vertical(physics.vertical, q, l, mesh, frames, physics.time, e, half // 2)


@kernel
def level_plane(q, l, field, level, n0, n1, n2, kept):
    """Plane of a node field on one level, times `kept` (0 where the element is dry)."""
    return node_plane(q, l, kept * field[level, n0], kept * field[level, n1], kept * field[level, n2])


@chosen_by_type
def load_vertical(vertical, q, l, mesh, frames, time, e, level):
    """Bring the vertical velocity between `level` and the one below into lane `l`."""


@load_vertical.when(None, HeldDepth)
def _load_no_vertical(vertical, q, l, mesh, frames, time, e, level):
    return


@load_vertical.when(Omega)
def _load_omega(vertical, q, l, mesh, frames, time, e, level):
    if level != q.level[l]:
        row = mesh.half[e * mesh.half_step]
        q.level[l] = level
        q.reference_w[l] = row[2 * level]
        per_sigma = ONE / (row[2 * level + 2] - row[2 * level])
        put_omega(time, q, l, mesh, frames, vertical, e, level, per_sigma)


@chosen_by_type
def put_omega(time, q, l, mesh, frames, vertical, e, level, per_sigma):
    """The three planes of omega between `level` and the one below."""


@put_omega.when(None)
def _put_linear_omega(time, q, l, mesh, frames, vertical, e, level, per_sigma):
    n0, n1, n2 = mesh.corners[e, 0], mesh.corners[e, 1], mesh.corners[e, 2]
    kept0 = ONE if frames.wet0[e] & 1 else ZERO
    kept1 = ONE if frames.wet1[e] & 1 else ZERO
    a, ax, ay = level_plane(q, l, vertical.omega0, level, n0, n1, n2, kept0)
    b, bx, by = level_plane(q, l, vertical.omega0, level + 1, n0, n1, n2, kept0)
    c, cx, cy = level_plane(q, l, vertical.omega1, level, n0, n1, n2, kept1)
    d, dx, dy = level_plane(q, l, vertical.omega1, level + 1, n0, n1, n2, kept1)
    put(q, l, 24, a, b, c, d, per_sigma)
    put(q, l, 28, ax, bx, cx, dx, per_sigma)
    put(q, l, 32, ay, by, cy, dy, per_sigma)


@put_omega.when(Cubic)
def _put_cubic_omega(time, q, l, mesh, frames, vertical, e, level, per_sigma):
    n0, n1, n2 = mesh.corners[e, 0], mesh.corners[e, 1], mesh.corners[e, 2]
    curve = curve_in_time(time, frames, e)
    kept0 = ONE if time.wet_before[e] & 1 else ZERO
    kept1 = ONE if frames.wet0[e] & 1 else ZERO
    kept2 = ONE if frames.wet1[e] & 1 else ZERO
    kept3 = ONE if time.wet_after[e] & 1 else ZERO
    a, ax, ay = level_plane(q, l, time.omega_before, level, n0, n1, n2, kept0)
    b, bx, by = level_plane(q, l, vertical.omega0, level, n0, n1, n2, kept1)
    c, cx, cy = level_plane(q, l, vertical.omega1, level, n0, n1, n2, kept2)
    d, dx, dy = level_plane(q, l, time.omega_after, level, n0, n1, n2, kept3)
    f, fx, fy = level_plane(q, l, time.omega_before, level + 1, n0, n1, n2, kept0)
    g, gx, gy = level_plane(q, l, vertical.omega0, level + 1, n0, n1, n2, kept1)
    h, hx, hy = level_plane(q, l, vertical.omega1, level + 1, n0, n1, n2, kept2)
    j, jx, jy = level_plane(q, l, time.omega_after, level + 1, n0, n1, n2, kept3)
    put_cubic(q, l, 24, (a, b, c, d), (f, g, h, j), time.weights, curve, per_sigma)
    put_cubic(q, l, 28, (ax, bx, cx, dx), (fx, gx, hx, jx), time.weights, curve, per_sigma)
    put_cubic(q, l, 32, (ay, by, cy, dy), (fy, gy, hy, jy), time.weights, curve, per_sigma)
