"""Where a move of the reversible walk leaves the layer it began in: carried on through other layers, and
taken or refused.

The coordinate y = integral of dz / sqrt(2 K) makes the noise of the walk the same everywhere (Lamperti's
transformation). In a layer K is linear in z, M = dz/dy = sqrt(2 K) linear in y, and the walk that leaves
water even is the distance of a Brownian motion in the plane from the point where M would be 0 (a Bessel
process of dimension two): a move of it in time t from M to M' has the density

    pi(y) q(y, y') = sqrt(M M') exp(-(y' - y)^2 / 2 t) h(M M' / (kappa^2 t)) / sqrt(2 pi t),  h(x) = sqrt(2 pi
x) exp(-x) I0(x)

against what is even, pi = M; kappa = dK/dz. It is the same there and back, so a walk within one layer is
even. A move that ends in another layer covers the same y, through whatever K lies between, and is taken with
the chance min(1, back / there) (Metropolis et al. 1953, J. Chem. Phys. 21, 1087; Hastings 1970, Biometrika
57, 97), else the particle stays: even again, however long the step and however K jumps. At surface and bed
the way in y is folded back; the way back is folded at the same places.
"""

import math

import numpy as np

from .interpolate import barycentric
from .jit import chosen_by_type, kernel, kernel_called
from .layers import sigma_at
from .options import ConstantDiffusivity, LevelDiffusivity
from .philox import uniform_from_word

# exp(2 x) / I0(x)^2 is 2 pi x - pi / 2 + (1 + pi / 2 + A1 x + A2 x^2) / (1 + B1 x + B2 x^2 + B3 x^3), to 0.11
# %
A1, A2 = -3.02577071, 0.24773712
B1, B2, B3 = 0.49518991, 0.26488936, 0.25628859
LEAST = 1e-30  # keeps quotients of nothing finite
BED, SURFACE = 1, 2  # where a way was folded last, 0: nowhere


@kernel
def square_of_density(p, c):
    """(sqrt(p) h(p / c))^2: p: M M' (m2/s), c: kappa^2 t (m2/s)."""
    c = max(c, LEAST)
    rest = ((1.0 + 0.5 * math.pi) * c * c + A1 * p * c + A2 * p * p) * c
    rest = rest * c / (((c + B1 * p) * c + B2 * p * p) * c + B3 * p * p * p)
    return 2.0 * math.pi * p * p / (2.0 * math.pi * p - 0.5 * math.pi * c + rest)


@kernel
def level_k(source, mesh, e, level, place, time):
    """K (m2/s) on a level at a place in element `e`, three barycentric coordinates."""
    first = second = 0.0
    for corner in range(3):
        node = mesh.corners[e, corner]
        first += np.float64(place[corner]) * source.first[level, node]
        second += np.float64(place[corner]) * source.second[level, node]
    return max(first + np.float64(time) * (second - first), 0.0)


@kernel
def folded(sigma):
    """Sigma reflected at surface (0) and bed (-1) as often as it takes."""
    turns = math.floor(-sigma)  # of the columns above and below that reflections make, the one it lies in
    within = -sigma - turns
    return within - 1.0 if turns - 2.0 * math.floor(0.5 * turns) > 0.5 else -within


@chosen_by_type
def cross_layers(source, q, l, mesh, time):
    """End the move `drift` (m, in the stretch where it began) of lane `l` that leaves its stretch; sets sigma
    and `folded`."""


@cross_layers.when(ConstantDiffusivity)
def _fold_column(source, q, l, mesh, time):
    s = q.sigma[l] + q.drift[l] * q.per_depth[l]
    turns = math.floor(-s)
    if turns != 0:
        q.folded[l] = BED if (turns > 0) == (turns % 2 == 1) else SURFACE
    q.sigma[l] = folded(s)


@cross_layers.when(LevelDiffusivity)
def _cross_levels(source, q, l, mesh, time):
    _cross_lane(source, q, l, mesh, time)


@kernel_called
def _cross_lane(source, q, l, mesh, time):
    e, place, deep = q.element[l], barycentric(q, l, q.x0[l], q.y0[l]), q.depth[l]
    level, last = np.int64(q.k_level[l]), source.first.shape[0] - 2
    above, below = (
        np.float64(sigma_at(mesh, e, place, 2 * level)),
        np.float64(sigma_at(mesh, e, place, 2 * level + 2)),
    )
    k_above = level_k(source, mesh, e, level, place, time)
    k_below = level_k(source, mesh, e, level + 1, place, time)
    slope = (k_above - k_below) / ((above - below) * deep)
    s = q.sigma[l]
    k = max(k_above + slope * (s - above) * deep, 0.0)
    way, t = np.float64(q.drift[l]), q.part[l]
    m, left_of_k = math.sqrt(2.0 * k), k + slope * way
    if left_of_k < 0.0:  # by rounding in single precision: no way goes beyond the zero of K
        way, left_of_k = -k / slope, 0.0
    there = math.sqrt(2.0 * left_of_k)
    if m + there <= 0.0:
        return
    far = 2.0 * abs(way) / (m + there)
    density = square_of_density(m * there, slope * slope * t)
    up = bool(way > 0.0)
    left, since, turned, folded = far, 0.0, False, 0
    while True:
        edge = above if up else below
        k_edge = k_above if up else k_below
        m_edge = math.sqrt(2.0 * k_edge)
        toward = slope if up else -slope
        high = abs(edge - s) * deep
        width = 2.0 * high / max(m + m_edge, LEAST)
        if not left > width:  # what is no number ends here too
            break
        left -= width
        since += width
        s = edge
        m = m_edge
        ends = level == (0 if up else last)
        if ends or k_edge <= 0.0:  # nothing passes a level without mixing
            if turned:  # all between two turns lies behind: there and back again changes nothing
                left -= 2.0 * since * np.floor(left / (2.0 * since))
            if ends:
                folded = SURFACE if up else BED
            up = not up
            since = 0.0
            turned = True
        elif up:
            level -= 1
            below, k_below = above, k_above
            above, k_above = (
                np.float64(sigma_at(mesh, e, place, 2 * level)),
                level_k(source, mesh, e, level, place, time),
            )
            slope = (k_above - k_below) / ((above - below) * deep)
        else:
            level += 1
            above, k_above = below, k_below
            below = np.float64(sigma_at(mesh, e, place, 2 * level + 2))
            k_below = level_k(source, mesh, e, level + 1, place, time)
            slope = (k_above - k_below) / ((above - below) * deep)
    high = min((m + 0.5 * toward * left) * left, high)
    s += (high if up else -high) / deep
    m = max(m + toward * left, 0.0)
    back = m + (-slope if up else slope) * far
    chance = uniform_from_word(q.words[2, l])
    if back >= 0.0 and chance * chance * density <= square_of_density(m * back, slope * slope * t):
        q.sigma[l] = s
        q.folded[l] = folded
