"""The moves of a step in the column and across: the random walk, and in the column what a particle does by itself.

Schemes (K' = dK/dz of the interpolated profile, dW of variance dt): Milstein z + K' (dW^2 + dt) / 2 + sqrt(2 K) dW (Graewe 2011,
Ocean Modelling 36, 80); Visser: K taken at z + K' dt / 2 (Visser 1997, MEPS 158, 275); Euler z + K' dt + sqrt(2 K) dW; naive
without K', which piles particles up where K is small. Across: Euler with the gradient of K. Increments are uniform in
+-sqrt(3 dt): of the right variance, and bounded.
"""

import math

from .boundary import metres, within_column
from .diffusivity import across, moved_stretch, on_stretch, stretch_at, substeps
from .jit import chosen_by_type, kernel
from .locate import local_coordinates
from .options import (
    ConstantDiffusivity,
    EulerWalk,
    LevelDiffusivity,
    MilsteinWalk,
    NaiveWalk,
    NodeDiffusivity,
    VisserWalk,
    Walk,
)
from .philox import WALK_HORIZONTAL, WALK_VERTICAL, random_words, uniform_from_word, use_word
from .rise import swum

SQRT3 = math.sqrt(3.0)


@kernel
def increment(word):
    """An increment of variance 1: uniform in +-sqrt(3)."""
    return SQRT3 * (2.0 * uniform_from_word(word) - 1.0)


@chosen_by_type
def vertical_move(scheme, source, stretch, mesh, e, a, b, c, sigma, fraction, d, dt, r):
    """Move (m, up) of one sub-step by the increment `r` of variance 1; stretch: of the profile, at sigma; d: depth, m."""


@vertical_move.when(MilsteinWalk)
def _milstein(scheme, source, stretch, mesh, e, a, b, c, sigma, fraction, d, dt, r):
    return 0.5 * stretch[4] / d * dt * (r * r + 1.0) + math.sqrt(2.0 * on_stretch(stretch, sigma) * dt) * r


@vertical_move.when(EulerWalk)
def _euler(scheme, source, stretch, mesh, e, a, b, c, sigma, fraction, d, dt, r):
    return stretch[4] / d * dt + math.sqrt(2.0 * on_stretch(stretch, sigma) * dt) * r


@vertical_move.when(VisserWalk)
def _visser(scheme, source, stretch, mesh, e, a, b, c, sigma, fraction, d, dt, r):
    there = within_column(sigma + 0.5 * stretch[4] * dt / (d * d))
    beyond = moved_stretch(source, stretch, mesh, e, a, b, c, there, fraction)
    return stretch[4] / d * dt + math.sqrt(2.0 * on_stretch(beyond, there) * dt) * r


@vertical_move.when(NaiveWalk)
def _naive(scheme, source, stretch, mesh, e, a, b, c, sigma, fraction, d, dt, r):
    return math.sqrt(2.0 * on_stretch(stretch, sigma) * dt) * r


@chosen_by_type
def walk_in_column(walk, beside, q, l, mesh, e, sigma, d, clock, fraction, length, dt, up, sought, bed_keeps):
    """Sigma of lane `l` after the vertical moves of a step, and whether it has come to a bed that keeps it.

    d: depth of the column, m; length: of the step, s; dt: how much of it the element is wet; up: speed through the water, m/s;
    sought: depth that it swims to, m.
    """


@walk_in_column.when(None)
def _by_itself(walk, beside, q, l, mesh, e, sigma, d, clock, fraction, length, dt, up, sought, bed_keeps):
    sigma += (up * dt + swum(beside.migration, sought, sigma, d, dt)) / d
    return within_column(sigma), bed_keeps and sigma <= -1.0


@walk_in_column.when(Walk)
def _by_walk(walk, beside, q, l, mesh, e, sigma, d, clock, fraction, length, dt, up, sought, bed_keeps):
    return vertical_walk(
        walk.vertical, walk.scheme, beside, q, l, mesh, e, sigma, d, clock, fraction, length, dt, up, sought, bed_keeps
    )


@chosen_by_type
def vertical_walk(source, scheme, beside, q, l, mesh, e, sigma, d, clock, fraction, length, dt, up, sought, bed_keeps):
    """`walk_in_column` by the diffusivity `source`, None: without it."""


@vertical_walk.when(None)
def _not_mixed(source, scheme, beside, q, l, mesh, e, sigma, d, clock, fraction, length, dt, up, sought, bed_keeps):
    sigma += (up * dt + swum(beside.migration, sought, sigma, d, dt)) / d
    return within_column(sigma), bed_keeps and sigma <= -1.0


@vertical_walk.when(ConstantDiffusivity, LevelDiffusivity)
def _mixed(source, scheme, beside, q, l, mesh, e, sigma, d, clock, fraction, length, dt, up, sought, bed_keeps):
    seed, particle = beside.seed, q.particle[l]
    a, b, c = local_coordinates(mesh.element[e], q.x[l], q.y[l])
    count = substeps(source, e, length)
    part = dt / count
    words = random_words(seed, particle, clock >> 1, use_word(WALK_VERTICAL, clock & 1, 0))
    stretch = stretch_at(source, mesh, e, a, b, c, sigma, fraction)
    for i in range(count):
        if i > 0 and i % 4 == 0:
            words = random_words(seed, particle, clock >> 1, use_word(WALK_VERTICAL, clock & 1, i // 4))
        r = increment(words[i % 4])
        way = vertical_move(scheme, source, stretch, mesh, e, a, b, c, sigma, fraction, d, part, r)
        sigma += (way + up * part + swum(beside.migration, sought, sigma, d, part)) / d
        if bed_keeps and sigma <= -1.0:
            return -1.0, True
        sigma = within_column(sigma)
        stretch = moved_stretch(source, stretch, mesh, e, a, b, c, sigma, fraction)
    return sigma, False


@chosen_by_type
def horizontal_move(walk, seed, particle, clock, mesh, metric, e, x, y, sigma, fraction, dt):
    """Move across of a step by the random walk, m towards x and y."""


@horizontal_move.when(None)
def _no_walk_across(walk, seed, particle, clock, mesh, metric, e, x, y, sigma, fraction, dt):
    return 0.0, 0.0


@horizontal_move.when(Walk)
def _walk_across(walk, seed, particle, clock, mesh, metric, e, x, y, sigma, fraction, dt):
    return horizontal_walk(
        walk.horizontal, walk.scheme, seed, particle, clock, mesh, metric, e, x, y, sigma, fraction, dt
    )


@chosen_by_type
def horizontal_walk(source, scheme, seed, particle, clock, mesh, metric, e, x, y, sigma, fraction, dt):
    """`horizontal_move` by the diffusivity `source`, None: without it."""


@horizontal_walk.when(None)
def _no_horizontal_walk(source, scheme, seed, particle, clock, mesh, metric, e, x, y, sigma, fraction, dt):
    return 0.0, 0.0


@horizontal_walk.when(ConstantDiffusivity, NodeDiffusivity)
def _horizontal_walk(source, scheme, seed, particle, clock, mesh, metric, e, x, y, sigma, fraction, dt):
    a, b, c = local_coordinates(mesh.element[e], x, y)
    k, kx, ky = across(source, mesh, e, a, b, c, sigma, fraction)
    words = random_words(seed, particle, clock >> 1, use_word(WALK_HORIZONTAL, clock & 1, 0))
    spread = math.sqrt(2.0 * k * dt)
    per_x, per_y = metres(metric, e)
    drift = with_drift(scheme)
    dx = drift * kx / per_x * dt + spread * increment(words[0])
    dy = drift * ky / per_y * dt + spread * increment(words[1])
    return dx, dy


@chosen_by_type
def with_drift(scheme):
    """1 where the gradient of the diffusivity counts, 0 in the naive walk."""


@with_drift.when(MilsteinWalk, VisserWalk, EulerWalk)
def _drift(scheme):
    return 1.0


@with_drift.when(NaiveWalk)
def _no_drift(scheme):
    return 0.0
