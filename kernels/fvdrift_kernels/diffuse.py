"""The random walk of a step, behind its advection: up and down in the column by sub-steps, then across, reflected at coasts.

Schemes (K' = dK/dz of the interpolated profile, dW of variance dt): Milstein z + K' (dW^2 + dt) / 2 + sqrt(2 K) dW (Graewe 2011,
Ocean Modelling 36, 80); Visser: K taken at z + K' dt / 2 (Visser 1997, MEPS 158, 275); Euler z + K' dt + sqrt(2 K) dW; naive
without K', which piles particles up where K is small. Across: Euler with the gradient of K. Increments are uniform in
+-sqrt(3 dt): of the right variance, and bounded.
"""

import math

import numpy as np

from .boundary import metres, moved, within_column
from .column import arrival_sigma
from .diffusivity import across, in_column, substeps
from .interpolate import depth
from .jit import chosen_by_type, kernel, kernel_called
from .lanes import LANES
from .locate import local_coordinates
from .options import (
    ConstantDiffusivity,
    EulerWalk,
    LevelDiffusivity,
    MilsteinWalk,
    NaiveWalk,
    NodeDiffusivity,
    Rise,
    VisserWalk,
    Walk,
)
from .philox import WALK_HORIZONTAL, WALK_VERTICAL, random_words, uniform_from_word, use_word
from .prism import load_element, park
from .settle import change_half_layer, hand_on
from .state import DEPOSITED, END_OF_PIECE, EXITED, REFLECT

SQRT3 = math.sqrt(3.0)
DRY = 0.05  # m of water: what FVCOM leaves on dry land


@chosen_by_type
def diffuse(walk, q, mesh, frames, physics, clock, fraction, length):
    """Move all lanes that are going by the random walk of the (part) step that began at `clock`.

    fraction: its end between the two frames; length: s.
    """


@diffuse.when(None)
def _no_walk(walk, q, mesh, frames, physics, clock, fraction, length):
    return


@diffuse.when(Walk)
def _walk(walk, q, mesh, frames, physics, clock, fraction, length):
    for l in range(LANES):
        if q.going[l]:
            walk_lane(q, l, mesh, frames, physics, clock, fraction, length)


@chosen_by_type
def keep_state(walk, q):
    """Keep the state that a step begins with, for lanes that turn out not to be able to take it here."""


@keep_state.when(None)
def _keep_nothing(walk, q):
    return


@keep_state.when(Walk)
def _keep_all(walk, q):
    for l in range(LANES):
        q.x_before[l] = q.x[l]
        q.y_before[l] = q.y[l]
        q.sigma_before[l] = q.sigma[l]
        q.home_before[l] = q.home[l]


@kernel
def wetness(frames, e, fraction):
    """1 in an element that is wet in both frames, falling to 0 in time where one is dry, as its velocity does."""
    first = 1.0 - fraction if frames.wet0[e] & 1 else 0.0
    second = fraction if frames.wet1[e] & 1 else 0.0
    return first + second


@kernel
def increment(word):
    """An increment of variance 1: uniform in +-sqrt(3)."""
    return SQRT3 * (2.0 * uniform_from_word(word) - 1.0)


@chosen_by_type
def vertical_move(scheme, source, mesh, e, a, b, c, sigma, fraction, d, dt, r, guess):
    """Move (m, up) of one sub-step by the increment `r` of variance 1; d: depth of the column, m."""


@vertical_move.when(MilsteinWalk)
def _milstein(scheme, source, mesh, e, a, b, c, sigma, fraction, d, dt, r, guess):
    k, slope, guess = in_column(source, mesh, e, a, b, c, sigma, fraction, guess)
    return 0.5 * slope / d * dt * (r * r + 1.0) + math.sqrt(2.0 * k * dt) * r, guess


@vertical_move.when(EulerWalk)
def _euler(scheme, source, mesh, e, a, b, c, sigma, fraction, d, dt, r, guess):
    k, slope, guess = in_column(source, mesh, e, a, b, c, sigma, fraction, guess)
    return slope / d * dt + math.sqrt(2.0 * k * dt) * r, guess


@vertical_move.when(VisserWalk)
def _visser(scheme, source, mesh, e, a, b, c, sigma, fraction, d, dt, r, guess):
    k, slope, guess = in_column(source, mesh, e, a, b, c, sigma, fraction, guess)
    there = within_column(sigma + 0.5 * slope * dt / (d * d))
    k, _, guess = in_column(source, mesh, e, a, b, c, there, fraction, guess)
    return slope / d * dt + math.sqrt(2.0 * k * dt) * r, guess


@vertical_move.when(NaiveWalk)
def _naive(scheme, source, mesh, e, a, b, c, sigma, fraction, d, dt, r, guess):
    k, _, guess = in_column(source, mesh, e, a, b, c, sigma, fraction, guess)
    return math.sqrt(2.0 * k * dt) * r, guess


@chosen_by_type
def walk_in_column(source, walk, particle, clock, q, l, mesh, e, fraction, length, wet):
    """Sigma of lane `l` after the vertical walk of a step, and whether it has come to a bed that it stays on."""


@walk_in_column.when(None)
def _sink_only(source, walk, particle, clock, q, l, mesh, e, fraction, length, wet):
    sigma = q.sigma[l]
    d = depth_of_column(q, l, fraction)
    if d < DRY:
        return sigma, False
    sigma += risen(walk.rise, float(length) * wet) / d
    return within_column(sigma), deposited(walk.rise, sigma)


@walk_in_column.when(ConstantDiffusivity, LevelDiffusivity)
def _walk_in_column(source, walk, particle, clock, q, l, mesh, e, fraction, length, wet):
    sigma = q.sigma[l]
    d = depth_of_column(q, l, fraction)
    if d < DRY:
        return sigma, False
    seed, scheme = walk.seed, walk.scheme
    a, b, c = local_coordinates(mesh.element[e], q.x[l], q.y[l])
    count = substeps(source, e, length)
    dt = float(length) / count * wet
    words = random_words(seed, particle, clock >> 1, use_word(WALK_VERTICAL, clock & 1, 0))
    guess = np.int64(q.half[l])
    for i in range(count):
        if i > 0 and i % 4 == 0:
            words = random_words(seed, particle, clock >> 1, use_word(WALK_VERTICAL, clock & 1, i // 4))
        r = increment(words[i % 4])
        up, guess = vertical_move(scheme, source, mesh, e, a, b, c, sigma, fraction, d, dt, r, guess)
        sigma += (up + risen(walk.rise, dt)) / d
        if deposited(walk.rise, sigma):
            return -1.0, True
        sigma = within_column(sigma)
    return sigma, False


@kernel
def depth_of_column(q, l, fraction):
    """h + zeta (m) where lane `l` is."""
    return float(depth(q, l, q.x0[l], q.y0[l], type(q.x0[l])(fraction)))


@chosen_by_type
def risen(rise, dt):
    """How far (m, up) a particle rises through the water in `dt` s."""


@risen.when(None)
def _not_risen(rise, dt):
    return 0.0


@risen.when(Rise)
def _risen(rise, dt):
    return rise.speed * dt


@chosen_by_type
def deposited(rise, sigma):
    """Whether a particle that would go to `sigma` stays on the bed."""


@deposited.when(None)
def _never(rise, sigma):
    return False


@deposited.when(Rise)
def _on_the_bed(rise, sigma):
    return rise.deposits == 1 and sigma <= -1.0


@chosen_by_type
def horizontal_move(source, scheme, seed, particle, clock, mesh, metric, e, x, y, sigma, fraction, dt):
    """Move across of a step, in units of x and y."""


@horizontal_move.when(None)
def _no_horizontal_move(source, scheme, seed, particle, clock, mesh, metric, e, x, y, sigma, fraction, dt):
    return 0.0, 0.0


@horizontal_move.when(ConstantDiffusivity, NodeDiffusivity)
def _horizontal_move(source, scheme, seed, particle, clock, mesh, metric, e, x, y, sigma, fraction, dt):
    a, b, c = local_coordinates(mesh.element[e], x, y)
    k, kx, ky = across(source, mesh, e, a, b, c, sigma, fraction)
    words = random_words(seed, particle, clock >> 1, use_word(WALK_HORIZONTAL, clock & 1, 0))
    spread = math.sqrt(2.0 * k * dt)
    per_x, per_y = metres(metric, e)
    drift = with_drift(scheme)
    dx = drift * kx / per_x * dt + spread * increment(words[0])
    dy = drift * ky / per_y * dt + spread * increment(words[1])
    return dx / per_x, dy / per_y


@chosen_by_type
def with_drift(scheme):
    """1 where the gradient of the diffusivity counts, 0 in the naive walk."""


@with_drift.when(MilsteinWalk, VisserWalk, EulerWalk)
def _drift(scheme):
    return 1.0


@with_drift.when(NaiveWalk)
def _no_drift(scheme):
    return 0.0


@kernel_called
def walk_lane(q, l, mesh, frames, physics, clock, fraction, length):
    """The random walk of one lane. Where it would end on a dry element it stays in place."""
    walk = physics.walk
    e = q.element[l]
    wet = wetness(frames, e, fraction)
    if wet == 0.0:
        return
    particle = q.particle[l]
    sigma, lies = walk_in_column(walk.vertical, walk, particle, clock, q, l, mesh, e, fraction, length, wet)
    x, y = q.x[l], q.y[l]
    if lies:
        stop_lane(q, l, DEPOSITED, e, x, y, -1.0)
        return
    dx, dy = horizontal_move(
        walk.horizontal, walk.scheme, walk.seed, particle, clock, mesh, physics.metric, e, x, y, sigma, fraction,
        float(length) * wet,
    )  # fmt: skip
    there = e
    if dx != 0.0 or dy != 0.0:
        status, there, to_x, to_y = moved(mesh.element, physics.metric, REFLECT, e, x, y, dx, dy)
        if status == END_OF_PIECE:
            q.x[l], q.y[l], q.sigma[l] = q.x_before[l], q.y_before[l], q.sigma_before[l]
            q.home[l] = q.home_before[l]
            q.done[l] -= 1
            hand_on(q, l)
            return
        if status == EXITED:
            stop_lane(q, l, EXITED, there, to_x, to_y, sigma)
            return
        if wetness(frames, there, fraction) > 0.0:
            x, y = to_x, to_y
        else:
            there = e
    place_lane(q, l, mesh, frames, physics, there, x, y, sigma, fraction)


@kernel
def stop_lane(q, l, status, e, x, y, sigma):
    """Leave lane `l` where it ends."""
    q.x[l], q.y[l], q.sigma[l] = x, y, sigma
    q.home[l] = q.element[l] = e
    q.status[l] = status
    park(q, l)
    q.going[l] = 0


@kernel
def place_lane(q, l, mesh, frames, physics, e, x, y, sigma, fraction):
    """Put lane `l` at a place in element `e`, as its next step will begin there."""
    new_element = e != q.element[l]
    q.x[l] = x
    q.y[l] = y
    q.sigma[l] = sigma
    if new_element:
        load_element(q, l, mesh, frames, physics.metric, e)
    q.home[l] = e
    q.x0[l] = x - q.xc[l]
    q.y0[l] = y - q.yc[l]
    q.dx[l] = q.x0[l]
    q.dy[l] = q.y0[l]
    # where a particle is held at a depth its sigma follows from the place; no velocity is left to go by
    real = type(q.x0[l])
    q.sigma[l] = arrival_sigma(physics.vertical, q, l, q.x0[l], q.y0[l], real(fraction), real(0.0))
    q.s[l] = q.sigma[l]
    change_half_layer(q, l, mesh, frames, physics, new_element)
