"""Surface and bed in the column: what a particle does by itself stops there, and a bed that keeps it ends its
walk.

Without a walk, own motion stops at the end it comes to. With one it must not: who is stopped at the bed in
each step and mixed away from it again is lifted by more than the water lifts him, and hangs too high. Two
laws are known. Where K rises from nothing by kappa a metre, a step of the walk takes what is z over the bed
to z + kappa t on average, and sinking by w t leaves z + (kappa - w) t if nobody is stopped: near the bed it
takes a share of the height that was come to (a Rouse profile of 0.8 hangs 2 % too high; 60 % if all sink w t
and are stopped). Where K is even, the lowest point of the way is known (the bridge's minimum), and what lies
beyond the end is pushed back (Skorokhod 1961, Theory Probab. Appl. 6, 264). K at the end decides, against
kappa^2 t.

What a particle meets on its way from z to z', t later, counts, not where it ends alone: the chance is exp(-z
z' / K t) where K is even (the bridge's), z' with its own motion and without the bed. Where K rises from K0 by
kappa a metre the walk is a Brownian motion in a plane that meets a disk: 2 / (1 + r), r = g(2 x0) / g(2
sqrt(x x')), x = K / (kappa^2 t), g = K0 / I0 of Bessel, to leading order in 1 / log(x0), and 1 at the bed
itself. The bed decides as above.
"""

import math

import numpy as np

from .behaviour_options import ErodibleBed, KeepingBed
from .bridge import FARTHEST, chance_to_meet, lowest_between
from .interpolate import barycentric
from .jit import chosen_by_type, kernel, kernel_called
from .layer_crossing import BED, LEAST, SURFACE, level_k
from .layers import sigma_at
from .noise import exponential
from .options import ConstantDiffusivity, LevelDiffusivity
from .philox import uniform_from_word

NEAR_ZERO = 0.3  # of kappa^2 t: K at an end below it counts as a zero of K there
FAR_ABOVE = 1e30


@kernel
def stopped(sigma):
    """Sigma of what moves by itself: it ends at surface and bed."""
    return min(max(sigma, -1.0), 0.0)


@chosen_by_type
def left_over_bed(bed, source, q, l, mesh, time, way, k, slope, before):
    """The height (m) over a bed that keeps what comes to it where lane `l` ends; 0: it met the bed,
    FAR_ABOVE: no bed counts.

    Its walk took it from height `before` (K and dK/dz there) to where it is, and by itself it goes `way` (m,
    up) at once.
    """


@left_over_bed.when(None)
def _nothing_kept(bed, source, q, l, mesh, time, way, k, slope, before):
    return FAR_ABOVE


@left_over_bed.when(KeepingBed, ErodibleBed)
def _kept(bed, source, q, l, mesh, time, way, k, slope, before):
    if q.keeps[l] == 0:
        return FAR_ABOVE
    after = (1.0 + q.sigma[l]) * q.depth[l]
    k_bed, _ = k_at_end(source, q, l, mesh, time, True)
    return over_keeping_bed(
        k_bed, k, slope, q.part[l], before, after, q.folded[l] == BED, way, uniform_from_word(q.words[3, l])
    )


@kernel
def bessel_quotient(u):
    """K0(u) / I0(u) of Bessel, from both its limits: within 5 % up to u = 0.3, 35 % (of little) at 2, right
    again far beyond."""
    return 0.5 * math.log1p((1.261 + 2.522 * u + 2.0 * math.pi * u * u) * math.exp(-2.0 * u) / (u * u))


@kernel
def mean_k(k, k_end):
    """The K (m2/s) that is even and takes a walk as long from one to the other: that of dz / sqrt(K) where K
    is linear."""
    return 0.25 * (math.sqrt(k) + math.sqrt(k_end)) ** 2


@kernel_called
def over_keeping_bed(k_bed, k, slope, t, before, after, beyond, way, chance):
    """The height (m) where a walk over `t` s between two heights that also goes `way` by itself ends; 0 where
    it met the bed.

    k, slope: K and dK/dz where it began; beyond: whether `after` was folded at the bed; chance: a uniform
    number. Where K at the bed counts, the walk's end and the way together are one end of a Brownian bridge,
    whose law does not depend on the way: exact where K is even, however far either goes.
    """
    if k_bed <= 0.0:
        return max(after + way, 0.0)
    c = slope * slope * t
    if slope > 0.0 and k_bed < NEAR_ZERO * c:
        end = after + way
        nearest = 2.0 * k_bed / c
        u = 2.0 * math.sqrt(k * (k_bed + slope * (after + max(way, 0.0)))) / c
        met = (
            0.0 if u > FARTHEST else 2.0 / (1.0 + bessel_quotient(nearest) / bessel_quotient(max(u, nearest)))
        )
    else:
        end = (-after if beyond else after) + way
        met = chance_to_meet(before * end / max(mean_k(k, k_bed) * t, LEAST))
    return 0.0 if chance < met or end <= 0.0 else end


@chosen_by_type
def k_at_end(source, q, l, mesh, time, down):
    """K (m2/s) at bed (`down`) or surface of lane `l`, and its slope (m/s) away from there."""


@k_at_end.when(ConstantDiffusivity)
def _even_to_the_end(source, q, l, mesh, time, down):
    return source.value, 0.0


@k_at_end.when(LevelDiffusivity)
def _in_end_layer(source, q, l, mesh, time, down):
    e, place = q.element[l], barycentric(q, l, q.x0[l], q.y0[l])
    end = source.first.shape[0] - 1 if down else 0
    inner = end - 1 if down else 1
    k = level_k(source, mesh, e, end, place, time)
    apart = abs(
        np.float64(sigma_at(mesh, e, place, 2 * end)) - np.float64(sigma_at(mesh, e, place, 2 * inner))
    )
    return k, (level_k(source, mesh, e, inner, place, time) - k) / (apart * q.depth[l])


@chosen_by_type
def moved_by_itself(source, q, l, mesh, time, way, k, slope, before):
    """Sigma of lane `l` after its own motion of `way` (m, up), which follows a walk from sigma `before` (K
    and dK/dz there)."""


@moved_by_itself.when(ConstantDiffusivity)
def _in_even_mixing(source, q, l, mesh, time, way, k, slope, before):
    deep = q.depth[l]
    if 2.0 * source.value * q.part[l] >= deep * deep:
        return by_equilibrium(way * deep / (source.value * q.part[l]), uniform_from_word(q.words[3, l]))
    return _pushed_back(source, q, l, mesh, time, way, source.value, 0.0, before)


@moved_by_itself.when(LevelDiffusivity)
def _in_a_profile(source, q, l, mesh, time, way, k, slope, before):
    return _pushed_back(source, q, l, mesh, time, way, k, slope, before)


@kernel
def _pushed_back(source, q, l, mesh, time, way, k, slope, before):
    bed, deep, t = before < -0.5, q.depth[l], q.part[l]  # the nearer end
    z0, z1 = (
        ((1.0 + before) * deep, (1.0 + q.sigma[l]) * deep) if bed else (-before * deep, -q.sigma[l] * deep)
    )
    nearer, away = (-way, slope) if bed else (way, -slope)
    if z0 > 4.0 * math.sqrt(k * t) + abs(slope) * t + abs(way):
        z1 -= nearer
    else:
        z1 = _near_end(source, q, l, mesh, time, bed, z0, z1, nearer, k, away)
    z1 = min(max(z1, 0.0), deep)
    return z1 / deep - 1.0 if bed else -z1 / deep


@kernel_called
def _near_end(source, q, l, mesh, time, bed, z0, z1, nearer, k, away):
    """The distance (m) from bed (`bed`) or surface of lane `l`, which a walk took from z0 to z1, after its own
    motion of `nearer` towards it; away: dK/dz away from there."""
    t = q.part[l]
    k_end, rise = k_at_end(source, q, l, mesh, time, bed)
    if rise > 0.0 and k_end < NEAR_ZERO * rise * rise * t:
        return z1 - nearer * (shared_out(z0, z1, max(away, 0.0) * t) if nearer > 0.0 else 1.0)
    beyond = q.folded[l] == (BED if bed else SURFACE)
    u = (-z1 if beyond else z1) - nearer
    bridge = 4.0 * mean_k(k, k_end) * t * np.float64(exponential(q.words[3, l]))
    return u - min(lowest_between(z0, u, bridge), 0.0)


@kernel
def shared_out(z0, z1, gain):
    """The part of its way to an end with K = 0 that a lane takes after the walk took it from z0 to z1 (m from
    the end).

    On average 1, as z1 is z0 + gain on average: in proportion to z1 near the end, or it would be stopped
    there; far away the same for all.
    """
    mean = z0 + gain
    return (z0 * mean + gain * z1) / (mean * mean) if mean > 0.0 else 1.0


@kernel
def by_equilibrium(a, chance):
    """Sigma drawn from what a walk by an even K and a rise come to in the end, exp(a sigma); a: rise times
    depth over K."""
    if abs(a) < 1e-6:
        return -chance
    if a > 0.0:
        return max(math.log1p(-chance * -math.expm1(-a)) / a, -1.0)
    return min(-1.0 + math.log1p(-chance * -math.expm1(a)) / a, 0.0)
