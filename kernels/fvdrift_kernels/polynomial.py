"""The velocity polynomial of a prism, from the planes of the fields on its layers and levels in its frames,
into a lane.

Inside a prism FVCOM's interpolation is a polynomial: linear in the element, linear in sigma, linear or cubic
in time. Coefficient by coefficient as `interpolate` reads them; which prism it is, `prism` knows.
"""

import numpy as np

from .field_plane import corner_planes, corners_of, flow_planes, node_plane, omega_planes
from .jit import chosen_by_type, kernel, unsigned
from .options import Cubic, NodeLevels
from .plane import difference, first_and_change, four, not_zero, part, tilted, times

ZERO, ONE = np.float32(0.0), np.float32(1.0)


@chosen_by_type
def put_velocity(time, q, l, mesh, frames, metric, e, upper, lower, per_sigma):
    """Bring the polynomial of u and v into lane `l`: between layers `upper` and `lower`."""


@put_velocity.when(None)
def _put_linear_velocity(time, q, l, mesh, frames, metric, e, upper, lower, per_sigma):
    first = flow_planes(mesh, metric, e, frames.wet0[unsigned(e)], frames.u0, frames.v0, upper, lower)
    second = flow_planes(mesh, metric, e, frames.wet1[unsigned(e)], frames.u1, frames.v1, upper, lower)
    put_line(q, l, 0, first[0], second[0], per_sigma)
    put_line(q, l, 4, first[1], second[1], per_sigma)
    put_line(q, l, 8, first[2], second[2], per_sigma)


@kernel
def put_line(q, l, i, first, second, per_sigma):
    """Coefficients of one value or slope of u (i on) and v (i + 12 on), from both on upper and lower layer,
    in two frames."""
    start = first_and_change(first, per_sigma)
    rise = difference(first_and_change(second, per_sigma), start)
    q.c[i, l], q.c[i + 1, l], q.c[i + 2, l], q.c[i + 3, l] = (
        part(start, 0),
        part(start, 2),
        part(rise, 0),
        part(rise, 2),
    )
    i += 12
    q.c[i, l], q.c[i + 1, l], q.c[i + 2, l], q.c[i + 3, l] = (
        part(start, 1),
        part(start, 3),
        part(rise, 1),
        part(rise, 3),
    )


@put_velocity.when(Cubic)
def _put_cubic_velocity(time, q, l, mesh, frames, metric, e, upper, lower, per_sigma):
    before = flow_planes(
        mesh, metric, e, time.wet_before[unsigned(e)], time.u_before, time.v_before, upper, lower
    )
    first = flow_planes(mesh, metric, e, frames.wet0[unsigned(e)], frames.u0, frames.v0, upper, lower)
    second = flow_planes(mesh, metric, e, frames.wet1[unsigned(e)], frames.u1, frames.v1, upper, lower)
    after = flow_planes(
        mesh, metric, e, time.wet_after[unsigned(e)], time.u_after, time.v_after, upper, lower
    )
    at_rest = (not_zero(first[0]) | not_zero(second[0])) == 0
    weights = time.weights[curve_in_time(time, frames, e, at_rest)]
    put_curve(q, l, 0, (before[0], first[0], second[0], after[0]), weights, per_sigma)
    put_curve(q, l, 8, (before[1], first[1], second[1], after[1]), weights, per_sigma)
    put_curve(q, l, 16, (before[2], first[2], second[2], after[2]), weights, per_sigma)


@kernel
def put_curve(q, l, i, frames, weights, per_sigma):
    """Coefficients of one value or slope of u (i on) and v (i + 24 on), from both on upper and lower layer,
    in four frames."""
    for power in range(4):
        p = first_and_change(in_time(weights[power], frames), per_sigma)
        j = i + 2 * power
        q.c[j, l], q.c[j + 1, l] = part(p, 0), part(p, 2)
        q.c[j + 24, l], q.c[j + 25, l] = part(p, 1), part(p, 3)


@kernel
def curve_in_time(time, frames, e, at_rest):
    """0: cubic; 1: linear, where element or neighbours are not as wet in all four frames, and where the
    element is `at_rest` in the two it is between: flow before and after would stir it."""
    e = unsigned(e)
    wet = frames.wet0[e]
    steady = wet == frames.wet1[e] and wet == time.wet_before[e] and wet == time.wet_after[e]
    return 0 if steady and not at_rest else 1


@chosen_by_type
def powers(time):
    """How many powers of time a polynomial has."""


@powers.when(None)
def _two(time):
    return 2


@powers.when(Cubic)
def _four(time):
    return 4


@chosen_by_type
def along_sigma(levels, q, l, mesh, e, number, count, rows, per_sigma):
    """Turn the slopes of u, v or omega (number 0, 1, 2) in lane `l`, taken along the levels, into those at
    one sigma.

    With F = F_k on level k at sigma_k(x, y): grad F = grad F_k - dF/dsigma grad sigma_k, which is linear
    between two `rows` of levels and layers in turn. count: powers of time.
    """


@along_sigma.when(None)
def _levels_are_flat(levels, q, l, mesh, e, number, count, rows, per_sigma):
    return


@along_sigma.when(NodeLevels)
def _off_sloping_levels(levels, q, l, mesh, e, number, count, rows, per_sigma):
    half, corners = levels.half, corner_planes(q, l)
    n0, n1, n2 = corners_of(mesh, e)
    above = node_plane(corners, half[n0, rows[0]], half[n1, rows[0]], half[n2, rows[0]])
    below = node_plane(corners, half[n0, rows[1]], half[n1, rows[1]], half[n2, rows[1]])
    change = times(difference(below, above), per_sigma)
    for power in range(count):
        i = 6 * count * number + 2 * power
        j, k, by = i + 2 * count, i + 4 * count, q.c[i + 1, l]
        q.c[j, l] -= by * part(above, 1)
        q.c[j + 1, l] -= by * part(change, 1)
        q.c[k, l] -= by * part(above, 2)
        q.c[k + 1, l] -= by * part(change, 2)


@chosen_by_type
def put_omega(time, q, l, mesh, frames, vertical, e, level, per_sigma):
    """Bring the polynomial of omega into lane `l`: between `level` and the one below."""


@put_omega.when(None)
def _put_linear_omega(time, q, l, mesh, frames, vertical, e, level, per_sigma):
    kept = wet_share(frames.wet0, e), wet_share(frames.wet1, e)
    planes = omega_planes(q, l, corners_of(mesh, e), vertical.omega0, vertical.omega1, level, kept)
    put_omega_line(q, l, 24, planes[0], per_sigma)
    put_omega_line(q, l, 28, planes[1], per_sigma)
    put_omega_line(q, l, 32, planes[2], per_sigma)


@kernel
def put_omega_line(q, l, i, both, per_sigma):
    """Coefficients i on of one value or slope of omega: in two frames on the upper level, and on the
    lower."""
    p = first_and_change(both, per_sigma)
    q.c[i, l], q.c[i + 1, l] = part(p, 0), part(p, 2)
    q.c[i + 2, l], q.c[i + 3, l] = part(p, 1) - part(p, 0), part(p, 3) - part(p, 2)


@put_omega.when(Cubic)
def _put_cubic_omega(time, q, l, mesh, frames, vertical, e, level, per_sigma):
    early_kept = wet_share(time.wet_before, e), wet_share(frames.wet0, e)
    late_kept = wet_share(frames.wet1, e), wet_share(time.wet_after, e)
    nodes = corners_of(mesh, e)
    early = omega_planes(q, l, nodes, time.omega_before, vertical.omega0, level, early_kept)
    late = omega_planes(q, l, nodes, vertical.omega1, time.omega_after, level, late_kept)
    moves_early = not_zero(early[0]) | not_zero(early[1]) | not_zero(early[2])
    moves_late = not_zero(late[0]) | not_zero(late[1]) | not_zero(late[2])
    # of the frames the particle is between: the second of the early two and the first of the late two
    at_rest = (moves_early & 0b1010 | moves_late & 0b0101) == 0
    weights = time.weights[curve_in_time(time, frames, e, at_rest)]
    put_omega_curve(q, l, 48, early[0], late[0], weights, per_sigma)
    put_omega_curve(q, l, 56, early[1], late[1], weights, per_sigma)
    put_omega_curve(q, l, 64, early[2], late[2], weights, per_sigma)


@kernel
def put_omega_curve(q, l, i, early, late, weights, per_sigma):
    """Coefficients i on of one value or slope of omega: early and late two frames each, on the upper level
    and on the lower."""
    upper = of_powers(weights, part(early, 0), part(early, 1), part(late, 0), part(late, 1))
    lower = of_powers(weights, part(early, 2), part(early, 3), part(late, 2), part(late, 3))
    slope = times(difference(lower, upper), per_sigma)
    for power in range(4):
        q.c[i + 2 * power, l] = part(upper, power)
        q.c[i + 2 * power + 1, l] = part(slope, power)


@kernel
def of_powers(weights, before, first, second, after):
    """The coefficients of the four powers of time of what four frames hold."""
    p = tilted(times(shares(weights, 0), before), first, shares(weights, 1))
    return tilted(tilted(p, second, shares(weights, 2)), after, shares(weights, 3))


@kernel
def shares(weights, frame):
    """What a frame has in the coefficients of the four powers."""
    return four(weights[0, frame], weights[1, frame], weights[2, frame], weights[3, frame])


@kernel
def wet_share(wet, e):
    """1 where element `e` is wet, else 0."""
    return ONE if wet[unsigned(e)] & 1 else ZERO


@kernel
def in_time(share, planes):
    """The sum of the planes in four frames, each times its share."""
    first = tilted(times(planes[0], share[0]), share[1], planes[1])
    return tilted(tilted(first, share[2], planes[2]), share[3], planes[3])
