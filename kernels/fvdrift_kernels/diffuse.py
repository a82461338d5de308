"""The moves of a step in the column and across: the random walk, and in the column what a particle does by itself.

Schemes (K' = dK/dz of the interpolated profile, dW of variance dt): Milstein z + K' (dW^2 + dt) / 2 + sqrt(2 K) dW (Graewe 2011,
Ocean Modelling 36, 80); Visser: K taken at z + K' dt / 2 (Visser 1997, MEPS 158, 275); Euler z + K' dt + sqrt(2 K) dW; naive
without K', which piles particles up where K is small. Increments are uniform in +-sqrt(3 dt): of the right variance, and
bounded.

Across, what is even has M particles on a unit of x times y: M is D, or 1 at a held depth, and in degrees times cos(latitude).
The drift that leaves it so is grad(M K) / M. Its part grad(K) is in the move, as in Euler's walk. The rest, K grad(log M),
comes from how often the increment dX keeps its sign: with the chance (1 + dX . grad(log M) / 2) / 2 (so do Barker's proposals:
Livingstone & Zanella 2022, J. R. Stat. Soc. B 84, 496). Where M is linear, as many go by dX as come back, whatever the step;
and where D falls to 0 no move is longer than its increment. All for the lanes of a block at a time.
"""

import math

import numpy as np

from .boundary import within_column
from .diffusivity import across, find_stretches, off_stretch, on_stretch, still_on_stretch, substeps
from .interpolate import DEGREES_PER_METRE, LEAST_DEPTH, depth
from .jit import chosen_by_type, kernel, kernel_called
from .lanes import GROUP, LANES, fma
from .options import (
    ConstantDiffusivity,
    EulerWalk,
    EvenByArea,
    EvenByVolume,
    Geographic,
    LevelDiffusivity,
    MilsteinWalk,
    NaiveWalk,
    VisserWalk,
    Walk,
)
from .philox import WALK_HORIZONTAL, WALK_VERTICAL, random_words, uniform_from_word, use_word
from .rise import swum

SQRT3 = math.sqrt(3.0)
HALF, ONE, TWO = np.float32(0.5), np.float32(1.0), np.float32(2.0)


@kernel
def increment(word):
    """An increment of variance 1: uniform in +-sqrt(3)."""
    return SQRT3 * (2.0 * uniform_from_word(word) - 1.0)


@kernel_called
def draw(q, first, last, seed, step, use):
    """Four random words for each of the lanes `first` to `last`."""
    for l in range(first, last):
        q.words[0, l], q.words[1, l], q.words[2, l], q.words[3, l] = random_words(seed, q.particle[l], step, use)


@chosen_by_type
def vertical_move(scheme, k, slope, drift, dt, r):
    """Move (m, up) of one sub-step by the increment `r` of variance 1; slope: K' (m/s), drift: K' where the step began."""


@vertical_move.when(MilsteinWalk)
def _milstein(scheme, k, slope, drift, dt, r):
    return HALF * slope * dt * (r * r + ONE) + np.sqrt(TWO * k * dt) * r


@vertical_move.when(EulerWalk)
def _euler(scheme, k, slope, drift, dt, r):
    return slope * dt + np.sqrt(TWO * k * dt) * r


@vertical_move.when(VisserWalk)
def _visser(scheme, k, slope, drift, dt, r):
    return drift * dt + np.sqrt(TWO * k * dt) * r


@vertical_move.when(NaiveWalk)
def _naive(scheme, k, slope, drift, dt, r):
    return np.sqrt(TWO * k * dt) * r


@chosen_by_type
def look_ahead(scheme, source, q, group, mesh, time, i):
    """Go where the scheme takes K, if that is not where the particle is."""


@look_ahead.when(MilsteinWalk, EulerWalk, NaiveWalk)
def _look_here(scheme, source, q, group, mesh, time, i):
    return


@look_ahead.when(VisserWalk)
def _look_half_a_drift_away(scheme, source, q, group, mesh, time, i):
    for l in range(GROUP * group, GROUP * group + GROUP):
        per_depth = type(q.s[l])(q.per_depth[l])
        drift = q.k_slope[l] * per_depth
        q.drift[l] = drift
        q.s[l] = within_column(q.s[l] + HALF * drift * type(q.s[l])(q.part[l]) * per_depth)
        q.margin[l] = off_stretch(source, q, l, q.s[l]) if i < q.count[l] else ONE
    find_stretches(source, q, group, mesh, time, False)


@chosen_by_type
def vertical_of(walk):
    """The vertical diffusivity of a walk, or None."""


@chosen_by_type
def horizontal_of(walk):
    """The horizontal diffusivity of a walk, or None."""


@vertical_of.when(None)
@horizontal_of.when(None)
def _no_source(walk):
    return None


@vertical_of.when(Walk)
def _vertical(walk):
    return walk.vertical


@horizontal_of.when(Walk)
def _horizontal(walk):
    return walk.horizontal


@chosen_by_type
def move_in_column(source, q, beside, mesh, clock, time, length):
    """Take all lanes through the vertical moves of a step, by the diffusivity `source`, None: without the random walk.

    One that comes to a bed that keeps it stays there, at -1. Per lane: dt: how much of `length` (s) the element is wet;
    depth: m; per_depth: one over it, 0 where there is too little water to move in; up: speed through the water, m/s;
    sought: depth that it swims to, m; keeps: whether the bed does.
    """


@move_in_column.when(None)
def _by_itself(source, q, beside, mesh, clock, time, length):
    for l in range(LANES):
        way = q.up[l] * q.dt[l] + swum(beside.migration, q.sought[l], q.sigma[l], q.depth[l], q.dt[l])
        move_up(q, l, way, q.per_depth[l] > 0.0)


@move_in_column.when(ConstantDiffusivity, LevelDiffusivity)
def _by_walk(source, q, beside, mesh, clock, time, length):
    for l in range(LANES):
        count = substeps(source, q.bend[l], length)
        q.part[l] = q.dt[l] / count
        q.k_level[l] = q.half[l] // 2
        q.count[l] = count if q.per_depth[l] > 0.0 else 0
        q.s[l] = q.sigma[l]
        off = still_on_stretch(mesh.levels, off_stretch(source, q, l, q.s[l]))
        q.margin[l] = off if q.per_depth[l] > 0.0 else ONE
    for group in range(LANES // GROUP):
        most = 0
        for l in range(GROUP * group, GROUP * group + GROUP):
            most = max(most, q.count[l])
        for i in range(most):
            if i % 4 == 0:
                draw(q, GROUP * group, GROUP * group + GROUP, beside.seed, clock >> 1, use_word(WALK_VERTICAL, clock & 1, i // 4))
            find_stretches(source, q, group, mesh, time, i == 0)
            look_ahead(beside.walk.scheme, source, q, group, mesh, time, i)
            substep(beside.walk.scheme, source, q, beside, group, i)


@kernel
def move_up(q, l, way, moves):
    """Move lane `l` up by `way` (m), if it `moves`; whether the bed keeps it."""
    sigma = q.sigma[l] + way * q.per_depth[l]
    kept = (sigma <= -ONE) & (q.keeps[l] == 1)
    sigma = -1.0 if kept else within_column(sigma)
    q.sigma[l] = sigma if moves else q.sigma[l]
    return kept


@kernel
def substep(scheme, source, q, beside, group, i):
    """Sub-step `i` of the lanes of `group` that have so many."""
    for l in range(GROUP * group, GROUP * group + GROUP):
        real = type(q.s[l])
        k, slope = on_stretch(q, l, q.s[l]), q.k_slope[l] * real(q.per_depth[l])
        way = vertical_move(scheme, k, slope, q.drift[l], real(q.part[l]), real(increment(q.words[i % 4, l])))
        way = way + q.up[l] * q.part[l] + swum(beside.migration, q.sought[l], q.sigma[l], q.depth[l], q.part[l])
        kept = move_up(q, l, way, i < q.count[l])
        count = 0 if kept else q.count[l]
        q.count[l] = count
        q.s[l] = q.sigma[l]
        q.margin[l] = off_stretch(source, q, l, q.s[l]) if i + 1 < count else ONE


@kernel
def move_across(source, q, beside, mesh, physics, clock, fraction, length):
    """The way (`way_x`, `way_y`; m) that the random walk by the diffusivity `source` takes all lanes across in `length` s.

    Where an element is on its way to dry, the whole step is taken: a walk that is shorter there would gather particles.
    """
    draw(q, 0, LANES, beside.seed, clock >> 1, use_word(WALK_HORIZONTAL, clock & 1, 0))
    counts = with_drift(beside.walk.scheme)
    for l in range(LANES):
        dt = length if q.dt[l] > 0.0 else 0.0
        per_x, per_y, narrow, converges = scale(physics.metric, q, l)
        k, kx, ky = across(source, physics.vertical, mesh, q, l, fraction)
        spread = np.sqrt(2.0 * k * dt)
        x, y = spread * increment(q.words[0, l]), spread * increment(q.words[1, l])
        mx, my = crowding(beside.walk.even, q, l, type(q.x0[l])(fraction))
        lean = 0.5 * counts * (x * mx * per_x + y * (my * per_y - converges))
        side = 1.0 if 2.0 * uniform_from_word(q.words[2, l]) - 1.0 < lean else -1.0
        q.way_x[l] = (counts * kx * per_x * dt + side * x) * narrow
        q.way_y[l] = counts * ky * per_y * dt + side * y


@chosen_by_type
def scale(metric, q, l):
    """Units of x and of y per metre where lane `l` is; what `shift`, which has one scale for an element, must be given for a
    metre to the east; and tan(latitude) over the sphere's radius (1/m), the rate at which parallels shorten."""


@scale.when(None)
def _scale_projected(metric, q, l):
    return 1.0, 1.0, 1.0, 0.0


@scale.when(Geographic)
def _scale_geographic(metric, q, l):
    y = q.y0[l]
    east, north = np.float64(fma(y, fma(y, q.m2[l], q.m1[l]), q.m0[l])), np.float64(DEGREES_PER_METRE)
    east = east if east > 0.0 else north  # a lane at rest has none
    slope = np.float64(fma(y, q.m2[l] + q.m2[l], q.m1[l]))
    return east, north, east * metric.scale[q.element[l], 0], slope / east * north


@chosen_by_type
def crowding(even, q, l, fraction):
    """Gradient of the logarithm of what is even where lane `l` is, but for the sphere's part: per unit of x and of y."""


@crowding.when(EvenByVolume)
def _with_depth(even, q, l, fraction):
    d = depth(q, l, q.x0[l], q.y0[l], fraction)
    per = type(d)(1.0) / (d if d > LEAST_DEPTH else LEAST_DEPTH)
    mx, my = fma(fraction, q.dtx_d[l], q.dx_d[l]), fma(fraction, q.dty_d[l], q.dy_d[l])
    return np.float64(mx * per), np.float64(my * per)


@crowding.when(EvenByArea)
def _alike(even, q, l, fraction):
    return 0.0, 0.0


@chosen_by_type
def with_drift(scheme):
    """1 where gradients count, 0 in the naive walk."""


@with_drift.when(MilsteinWalk, VisserWalk, EulerWalk)
def _drift(scheme):
    return 1.0


@with_drift.when(NaiveWalk)
def _no_drift(scheme):
    return 0.0
