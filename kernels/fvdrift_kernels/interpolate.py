"""Velocity of all lanes from the polynomial of the prism each is in (`prism`): no branches, no look-ups, all
lanes at once."""

import numpy as np

from .jit import chosen_by_type, kernel
from .lanes import COEFFICIENTS, CUBIC_COEFFICIENTS, LANES, fma
from .options import Cubic, Geographic, HeldDepth, Omega, StokesDrift

ZERO, ONE = np.float32(0.0), np.float32(1.0)
THIRD = np.float32(1.0 / 3.0)
HALF, A_6TH, A_24TH, A_120TH = np.float32(1 / 2), np.float32(1 / 6), np.float32(1 / 24), np.float32(1 / 120)
# exp(-17): half of what single precision has beside 1
A_64TH, LEAST_EXPONENT = np.float32(1.0 / 64.0), np.float32(-17.0)
LEAST_DEPTH = np.float32(1e-5)  # m; FVCOM's own tracker takes omega as 0 below it (mod_lag.F l. 1114)
DEGREES_PER_METRE = np.float32(180.0 / (np.pi * 6371000.0))  # FVCOM's sphere


@chosen_by_type
def coefficient(cubic, q, i, l, r, time):
    """One slope or value at `r` below the reference and `time` into the interval."""


@coefficient.when(None)
def _linear_in_time(cubic, q, i, l, r, time):
    return fma(time, fma(r, q.c[i + 3, l], q.c[i + 2, l]), fma(r, q.c[i + 1, l], q.c[i, l]))


@coefficient.when(Cubic)
def _cubic_in_time(cubic, q, i, l, r, time):
    i = 2 * i
    high = fma(time, fma(r, q.c[i + 7, l], q.c[i + 6, l]), fma(r, q.c[i + 5, l], q.c[i + 4, l]))
    return fma(time, fma(time, high, fma(r, q.c[i + 3, l], q.c[i + 2, l])), fma(r, q.c[i + 1, l], q.c[i, l]))


@kernel
def plane(cubic, q, i, l, r, time, dx, dy):
    """A velocity component at (dx, dy) off the centroid."""
    base = coefficient(cubic, q, i, l, r, time)
    return fma(
        dy, coefficient(cubic, q, i + 8, l, r, time), fma(dx, coefficient(cubic, q, i + 4, l, r, time), base)
    )


@kernel
def barycentric(q, l, dx, dy):
    """Barycentric coordinates at (dx, dy) off the centroid."""
    first = fma(q.ay[l], dy, fma(q.ax[l], dx, THIRD))
    second = fma(q.by[l], dy, fma(q.bx[l], dx, THIRD))
    return first, second, ONE - first - second


@kernel
def depth(q, l, dx, dy, time):
    """h + zeta (m) at (dx, dy) off the centroid."""
    base = fma(time, q.dt_d[l], q.d[l])
    return fma(dy, fma(time, q.dty_d[l], q.dy_d[l]), fma(dx, fma(time, q.dtx_d[l], q.dx_d[l]), base))


@chosen_by_type
def sigma_rate(vertical, cubic, q, l, s, time, dx, dy):
    """dsigma/dt, 1/s."""


@sigma_rate.when(None, HeldDepth)
def _no_sigma_rate(vertical, cubic, q, l, s, time, dx, dy):
    return s * ZERO


@sigma_rate.when(Omega)
def _omega_over_depth(vertical, cubic, q, l, s, time, dx, dy):
    r = s - q.reference_w[l]
    d = depth(q, l, dx, dy, time)
    w = plane(cubic, q, 24, l, r, time, dx, dy) / (d if d > LEAST_DEPTH else LEAST_DEPTH)
    return w if d > LEAST_DEPTH else w * ZERO


@chosen_by_type
def with_waves(stokes, cubic, q, l, s, time, dx, dy, u, v):
    """u and v (m/s) with the Stokes drift at (dx, dy) off the centroid and sigma `s`."""


@with_waves.when(None)
def _without_waves(stokes, cubic, q, l, s, time, dx, dy, u, v):
    return u, v


@with_waves.when(StokesDrift)
def _with_waves(stokes, cubic, q, l, s, time, dx, dy, u, v):
    left = falling(stokes.decay * (s * depth(q, l, dx, dy, time)))
    us, vs = at_surface(cubic, q, l, time, dx, dy)
    return fma(left, us, u), fma(left, vs, v)


@chosen_by_type
def at_surface(cubic, q, l, time, dx, dy):
    """The Stokes drift (m/s) of the surface at (dx, dy) off the centroid."""


@at_surface.when(None)
def _linear_at_surface(cubic, q, l, time, dx, dy):
    return _line(q, l, COEFFICIENTS, time, dx, dy), _line(q, l, COEFFICIENTS + 6, time, dx, dy)


@kernel
def _line(q, l, i, time, dx, dy):
    x, y = fma(time, q.c[i + 3, l], q.c[i + 2, l]), fma(time, q.c[i + 5, l], q.c[i + 4, l])
    return fma(dy, y, fma(dx, x, fma(time, q.c[i + 1, l], q.c[i, l])))


@at_surface.when(Cubic)
def _cubic_at_surface(cubic, q, l, time, dx, dy):
    return _curve(q, l, CUBIC_COEFFICIENTS, time, dx, dy), _curve(q, l, CUBIC_COEFFICIENTS + 12, time, dx, dy)


@kernel
def _curve(q, l, i, time, dx, dy):
    base, x, y = _power_sum(q, l, i, time), _power_sum(q, l, i + 4, time), _power_sum(q, l, i + 8, time)
    return fma(dy, y, fma(dx, x, base))


@kernel
def _power_sum(q, l, i, time):
    return fma(time, fma(time, fma(time, q.c[i + 3, l], q.c[i + 2, l]), q.c[i + 1, l]), q.c[i, l])


@kernel
def falling(x):
    """exp(x), and 1 where x > 0, to 5e-7 of 1: the exponential of x / 64 less 1, to the fifth order, and six
    times that of the double. Written out, as lanes do it all at once."""
    x = x if x < ZERO else ZERO
    y = (x if x > LEAST_EXPONENT else LEAST_EXPONENT) * A_64TH
    e = y * fma(y, fma(y, fma(y, fma(y, A_120TH, A_24TH), A_6TH), HALF), ONE)
    for _ in range(6):
        e = fma(e, e, e + e)
    return ONE + e


@chosen_by_type
def in_units(metric, q, l, u, v, dy):
    """Velocity (m/s) in units of x and y per second."""


@in_units.when(None)
def _in_metres(metric, q, l, u, v, dy):
    return u, v


@in_units.when(Geographic)
def _in_degrees(metric, q, l, u, v, dy):
    return u * fma(dy, fma(dy, q.m2[l], q.m1[l]), q.m0[l]), v * DEGREES_PER_METRE


@kernel
def velocity(q, l, physics, time, dx, dy, s):
    """Velocity of lane `l` at (dx, dy) off the centroid and sigma `s`, in units of x, y and sigma per
    second."""
    r = s - q.reference[l]
    u = plane(physics.time, q, 0, l, r, time, dx, dy)
    v = plane(physics.time, q, 12, l, r, time, dx, dy)
    u, v = with_waves(physics.stokes, physics.time, q, l, s, time, dx, dy, u, v)
    u, v = in_units(physics.metric, q, l, u, v, dy)
    return u, v, sigma_rate(physics.vertical, physics.time, q, l, s, time, dx, dy)


@kernel
def evaluate_first(q, physics, time):
    """Velocity of all lanes where the step begins; with it begin the sums of the step."""
    for l in range(LANES):
        u, v, w = velocity(q, l, physics, time, q.x0[l], q.y0[l], q.s0[l])
        q.u[l], q.v[l], q.w[l] = u, v, w
        q.su[l], q.sv[l], q.sw[l] = u, v, w


@kernel
def evaluate(q, physics, time, weight, keep):
    """Velocity of all lanes at their place, added to the sums of the step (`keep` 0 begins them anew)."""
    for l in range(LANES):
        u, v, w = velocity(q, l, physics, time, q.dx[l], q.dy[l], q.s[l])
        q.u[l], q.v[l], q.w[l] = u, v, w
        q.su[l] = fma(weight, u, keep * q.su[l])
        q.sv[l] = fma(weight, v, keep * q.sv[l])
        q.sw[l] = fma(weight, w, keep * q.sw[l])
