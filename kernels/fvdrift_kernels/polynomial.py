"""The velocity polynomial of a prism, from the planes of the fields on its layers and levels in its frames, into a lane.

Inside a prism FVCOM's interpolation is a polynomial: linear in the element, linear in sigma, linear or cubic in time. Coefficient
by coefficient as `interpolate` reads them; which prism it is, `prism` knows.
"""

import numpy as np

from .field_plane import corner_planes, corners_of, element_plane, node_plane, surroundings
from .jit import chosen_by_type, kernel, unsigned
from .options import Cubic
from .plane import difference, part, tilted, times

ZERO, ONE = np.float32(0.0), np.float32(1.0)


@chosen_by_type
def put_velocity(time, q, l, mesh, frames, metric, e, upper, lower, per_sigma):
    """Bring the polynomial of u and v into lane `l`: between layers `upper` and `lower`."""


@put_velocity.when(None)
def _put_linear_velocity(time, q, l, mesh, frames, metric, e, upper, lower, per_sigma):
    around0 = surroundings(mesh, metric, e, frames.wet0[unsigned(e)])
    around1 = surroundings(mesh, metric, e, frames.wet1[unsigned(e)])
    put_element_field(q, l, 0, frames.u0, frames.u1, e, upper, lower, around0, around1, per_sigma)
    put_element_field(q, l, 12, frames.v0, frames.v1, e, upper, lower, around0, around1, per_sigma)


@kernel
def put_element_field(q, l, i, field0, field1, e, upper, lower, around0, around1, per_sigma):
    """The polynomial of one component."""
    put(
        q, l, i, element_plane(field0, upper, e, around0), element_plane(field0, lower, e, around0),
        element_plane(field1, upper, e, around1), element_plane(field1, lower, e, around1), per_sigma,
    )  # fmt: skip


@put_velocity.when(Cubic)
def _put_cubic_velocity(time, q, l, mesh, frames, metric, e, upper, lower, per_sigma):
    curve = curve_in_time(time, frames, e)
    u, v = (time.u_before, frames.u0, frames.u1, time.u_after), (time.v_before, frames.v0, frames.v1, time.v_after)
    around = (
        surroundings(mesh, metric, e, time.wet_before[unsigned(e)]), surroundings(mesh, metric, e, frames.wet0[unsigned(e)]),
        surroundings(mesh, metric, e, frames.wet1[unsigned(e)]), surroundings(mesh, metric, e, time.wet_after[unsigned(e)]),
    )  # fmt: skip
    put_cubic_field(q, l, 0, u, e, upper, lower, around, time.weights, curve, per_sigma)
    put_cubic_field(q, l, 12, v, e, upper, lower, around, time.weights, curve, per_sigma)


@kernel
def put_cubic_field(q, l, i, fields, e, upper, lower, around, weights, curve, per_sigma):
    """The polynomial of one component, from four frames."""
    put_cubic(
        q, l, i, planes_in_time(fields, upper, e, around), planes_in_time(fields, lower, e, around), weights, curve, per_sigma
    )  # fmt: skip


@kernel
def planes_in_time(fields, k, e, around):
    """The planes of an element field on layer `k` in four frames."""
    return (
        element_plane(fields[0], k, e, around[0]), element_plane(fields[1], k, e, around[1]),
        element_plane(fields[2], k, e, around[2]), element_plane(fields[3], k, e, around[3]),
    )  # fmt: skip


@kernel
def curve_in_time(time, frames, e):
    """0: cubic, where element and neighbours are as wet in all four frames; else 1: linear, never across a wet/dry change."""
    e = unsigned(e)
    wet = frames.wet0[e]
    steady = wet == frames.wet1[e] and wet == time.wet_before[e] and wet == time.wet_after[e]
    return 0 if steady else 1


@chosen_by_type
def put_omega(time, q, l, mesh, frames, vertical, e, level, per_sigma):
    """Bring the polynomial of omega into lane `l`: between `level` and the one below."""


@put_omega.when(None)
def _put_linear_omega(time, q, l, mesh, frames, vertical, e, level, per_sigma):
    n0, n1, n2 = corners_of(mesh, e)
    corners = corner_planes(q, l)
    kept0, kept1 = wet_share(frames.wet0, e), wet_share(frames.wet1, e)
    put(
        q, l, 24,
        level_plane(corners, vertical.omega0, level, n0, n1, n2, kept0),
        level_plane(corners, vertical.omega0, level + 1, n0, n1, n2, kept0),
        level_plane(corners, vertical.omega1, level, n0, n1, n2, kept1),
        level_plane(corners, vertical.omega1, level + 1, n0, n1, n2, kept1),
        per_sigma,
    )  # fmt: skip


@put_omega.when(Cubic)
def _put_cubic_omega(time, q, l, mesh, frames, vertical, e, level, per_sigma):
    nodes = corners_of(mesh, e)
    corners = corner_planes(q, l)
    kept = (
        wet_share(time.wet_before, e), wet_share(frames.wet0, e), wet_share(frames.wet1, e), wet_share(time.wet_after, e)
    )  # fmt: skip
    fields = (time.omega_before, vertical.omega0, vertical.omega1, time.omega_after)
    upper = levels_in_time(corners, fields, level, nodes, kept)
    lower = levels_in_time(corners, fields, level + 1, nodes, kept)
    put_cubic(q, l, 24, upper, lower, time.weights, curve_in_time(time, frames, e), per_sigma)


@kernel
def levels_in_time(corners, fields, level, nodes, kept):
    """The planes of a node field on one level in four frames."""
    n0, n1, n2 = nodes
    return (
        level_plane(corners, fields[0], level, n0, n1, n2, kept[0]), level_plane(corners, fields[1], level, n0, n1, n2, kept[1]),
        level_plane(corners, fields[2], level, n0, n1, n2, kept[2]), level_plane(corners, fields[3], level, n0, n1, n2, kept[3]),
    )  # fmt: skip


@kernel
def level_plane(corners, field, level, n0, n1, n2, kept):
    """Plane of a node field on one level, times `kept` (0 where the element is dry)."""
    row = field[unsigned(level)]
    return node_plane(corners, kept * row[n0], kept * row[n1], kept * row[n2])


@kernel
def wet_share(wet, e):
    """1 where element `e` is wet, else 0."""
    return ONE if wet[unsigned(e)] & 1 else ZERO


@kernel
def put(q, l, i, upper0, lower0, upper1, lower1, per_sigma):
    """Coefficients of one component from its planes on the upper and lower layer, in the first and second frame."""
    slope0 = times(difference(lower0, upper0), per_sigma)
    slope1 = times(difference(lower1, upper1), per_sigma)
    keep_plane(q, l, i, 4, upper0)
    keep_plane(q, l, i + 1, 4, slope0)
    keep_plane(q, l, i + 2, 4, difference(upper1, upper0))
    keep_plane(q, l, i + 3, 4, difference(slope1, slope0))


@kernel
def put_cubic(q, l, i, upper, lower, weights, curve, per_sigma):
    """Coefficients of one component from its planes on the upper and lower layer in four frames; i as for `put`."""
    for power in range(4):
        share = weights[curve, power]
        u = in_time(share, upper)
        keep_plane(q, l, 2 * i + 2 * power, 8, u)
        keep_plane(q, l, 2 * i + 2 * power + 1, 8, times(difference(in_time(share, lower), u), per_sigma))


@kernel
def in_time(share, planes):
    """The sum of the planes in four frames, each times its share."""
    first = tilted(times(planes[0], share[0]), share[1], planes[1])
    return tilted(tilted(first, share[2], planes[2]), share[3], planes[3])


@kernel
def keep_plane(q, l, i, step, p):
    """Put a plane into coefficients i, i + step and i + 2 step."""
    q.c[i, l] = part(p, 0)
    q.c[i + step, l] = part(p, 1)
    q.c[i + 2 * step, l] = part(p, 2)
