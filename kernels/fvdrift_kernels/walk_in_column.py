"""The random walk in the column, and what a particle does by itself there, in sub-steps: for the lanes of a
block at a time.

Reversible, the default: `reversible_walk`. For comparison (K' = dK/dz of the interpolated profile, t: the
sub-step): Milstein K' (W^2 + t) / 2 + sqrt(2 K) W (Graewe 2011, Ocean Modelling 36, 80); Visser: K taken at z
+ K' t / 2 (Visser 1997, MEPS 158, 275); Euler K' t + sqrt(2 K) W; naive without K', which piles particles up
where K is small. W of these is uniform in +-sqrt(3 t): of the right variance, and bounded.
"""

import numpy as np

from .column_ends import stopped
from .diffusivity import find_stretches, off_stretch, on_stretch, still_on_stretch
from .jit import chosen_by_type, kernel
from .lanes import GROUP, LANES
from .layer_crossing import folded
from .noise import draw, increment
from .options import (
    BY_INCREMENT,
    ConstantDiffusivity,
    EulerWalk,
    LevelDiffusivity,
    MilsteinWalk,
    NaiveWalk,
    ReversibleWalk,
    VisserWalk,
)
from .parts_of_step import longest_part, substeps
from .philox import WALK_VERTICAL, use_word
from .reversible_walk import walk_reversibly
from .rise import swum

HALF, ONE, TWO = np.float32(0.5), np.float32(1.0), np.float32(2.0)


@chosen_by_type
def move_in_column(source, q, beside, moving, mesh, clock, time, length):
    """Take all lanes through the vertical moves of a step, by the diffusivity `source`, None: without the
    random walk.

    One that comes to a bed that keeps it stays there, at -1. moving: what moves a lane by itself or keeps it,
    None: nothing. Per lane: dt: how much of `length` (s) the element is wet; depth: m; per_depth: one over
    it, 0 where there is too little water to move in; up: speed through the water, m/s; sought: depth that it
    swims to, m; keeps: whether the bed does.
    """


@move_in_column.when(None)
def _by_itself(source, q, beside, moving, mesh, clock, time, length):
    for l in range(LANES):
        # who sinks besides swims from there: or it would hang below its depth by what it sinks in a step
        sigma = q.sigma[l] + q.up[l] * q.dt[l] * q.per_depth[l]
        way = swum(beside.migration, q.sought[l], sigma, q.depth[l], q.dt[l])
        q.sigma[l] = stopped(sigma + way * q.per_depth[l])


@move_in_column.when(ConstantDiffusivity, LevelDiffusivity)
def _by_walk(source, q, beside, moving, mesh, clock, time, length):
    for l in range(LANES):
        count = (
            substeps(source, beside.walk.scheme, moving, beside.migration, q, l, length)
            if q.per_depth[l] > 0.0
            else 0
        )
        q.part[l] = min(q.dt[l] / max(count, 1), longest_part(moving, source, q, l))
        q.k_level[l] = q.half[l] // 2
        q.count[l] = count
        q.s[l] = q.sigma[l]
        off = still_on_stretch(mesh.levels, off_stretch(source, q, l, q.s[l]))
        q.margin[l] = off if count > 0 else ONE
    take_parts(beside.walk.scheme, source, q, beside, moving, mesh, clock, time)


@chosen_by_type
def take_parts(scheme, source, q, beside, moving, mesh, clock, time):
    """Take all lanes through the parts that their step has."""


@take_parts.when(ReversibleWalk)
def _reversibly(scheme, source, q, beside, moving, mesh, clock, time):
    walk_reversibly(source, q, beside, moving, mesh, clock, time)


@take_parts.when(*BY_INCREMENT)
def _all_alike(scheme, source, q, beside, moving, mesh, clock, time):
    for group in range(LANES // GROUP):
        most = 0
        for l in range(GROUP * group, GROUP * group + GROUP):
            most = max(most, q.count[l])
        for i in range(most):
            find_stretches(source, q, group, mesh, time, i == 0)
            substep(scheme, source, q, beside, mesh, time, clock, group, i)


@kernel
def substep(scheme, source, q, beside, mesh, time, clock, group, i):
    """Part `i` of the lanes of `group` that have so many."""
    if i % 4 == 0:
        draw(
            q,
            GROUP * group,
            GROUP * group + GROUP,
            beside.seed,
            clock >> 1,
            use_word(WALK_VERTICAL, clock & 1, i // 4),
        )
    look_ahead(scheme, source, q, group, mesh, time, i)
    for l in range(GROUP * group, GROUP * group + GROUP):
        real = type(q.s[l])
        k, slope = on_stretch(q, l, q.s[l]), q.k_slope[l] * real(q.per_depth[l])
        way = vertical_move(scheme, k, slope, q.drift[l], real(q.part[l]), real(increment(q.words[i % 4, l])))
        sigma = q.sigma[l] + way * q.per_depth[l]
        keeps = q.keeps[l] == 1
        kept = (sigma <= -1.0) & keeps
        sigma = folded(sigma)
        sigma += q.up[l] * q.part[l] * q.per_depth[l]
        sigma += swum(beside.migration, q.sought[l], sigma, q.depth[l], q.part[l]) * q.per_depth[l]
        kept = kept | ((sigma <= -1.0) & keeps)
        sigma = -1.0 if kept else stopped(sigma)
        moves = i < q.count[l]
        count = 0 if moves & kept else q.count[l]
        q.sigma[l] = sigma if moves else q.sigma[l]
        q.count[l] = count
        q.s[l] = q.sigma[l]
        q.margin[l] = off_stretch(source, q, l, q.s[l]) if i + 1 < count else ONE


@chosen_by_type
def vertical_move(scheme, k, slope, drift, dt, r):
    """Move (m, up) of one sub-step by the increment `r` of variance 1; slope: K' (m/s), drift: K' where the
    step began."""


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
        real = type(q.s[l])
        per_depth = real(q.per_depth[l])
        drift = q.k_slope[l] * per_depth
        q.drift[l] = drift
        q.s[l] = real(folded(q.sigma[l] + HALF * drift * real(q.part[l]) * per_depth))
        q.margin[l] = off_stretch(source, q, l, q.s[l]) if i < q.count[l] else ONE
    find_stretches(source, q, group, mesh, time, False)
