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

from .jit import chosen_by_type, kernel, kernel_called, unsigned
from .lanes import SIDE_BY_SIDE, fma, lowest, without_lowest
from .layers import interval_at, sigma_at
from .noise import chance_beside
from .options import ConstantDiffusivity, LevelDiffusivity

# exp(2 x) / I0(x)^2 is 2 pi (x - 1 / 4 + (A0 + A1 x + A2 x^2) / (1 + B1 x + B2 x^2 + B3 x^3)), to 0.11 %
A0, A1, A2 = (np.float32(a / (2.0 * math.pi)) for a in (1.0 + 0.5 * math.pi, -3.02577071, 0.24773712))
B1, B2, B3 = np.float32(0.49518991), np.float32(0.26488936), np.float32(0.25628859)
ZERO, QUARTER, HALF, ONE, TWO = (np.float32(a) for a in (0.0, 0.25, 0.5, 1.0, 2.0))
LEAST = np.float32(1e-30)  # keeps quotients of nothing finite
FARTHEST = np.float32(1e6)  # the density there is that of the farthest
BED, SURFACE = 1, 2  # where a way was folded last, 0: nowhere


@kernel
def square_of_density(p, c):
    """(sqrt(p) h(p / c))^2, float32: p: M M' (m2/s), c: kappa^2 t (m2/s)."""
    c = c if c > LEAST else LEAST
    x = p / c
    x = x if x < FARTHEST else FARTHEST
    above, below = fma(fma(A2, x, A1), x, A0), fma(fma(fma(B3, x, B2), x, B1), x, ONE)
    return p * x / (x - QUARTER + above / below)


@kernel
def level_k(source, mesh, e, level, place, time):
    """K (m2/s) on a level at a place in element `e`, three barycentric coordinates."""
    return np.float64(k_on_level(source, mesh, e, level, place, time))


@kernel
def k_on_level(source, mesh, e, level, place, time):
    """The same in single precision."""
    e, level = unsigned(e), unsigned(level)
    n0, n1, n2 = unsigned(mesh.corners[e, 0]), unsigned(mesh.corners[e, 1]), unsigned(mesh.corners[e, 2])
    a, b, c = place
    first = fma(c, source.first[level, n2], fma(b, source.first[level, n1], a * source.first[level, n0]))
    second = fma(c, source.second[level, n2], fma(b, source.second[level, n1], a * source.second[level, n0]))
    k = fma(time, second - first, first)
    return k if k > ZERO else ZERO


@kernel
def folded(sigma):
    """Sigma reflected at surface (0) and bed (-1) as often as it takes."""
    turns = math.floor(-sigma)  # of the columns above and below that reflections make, the one it lies in
    within = -sigma - turns
    return within - 1.0 if turns - 2.0 * math.floor(0.5 * turns) > 0.5 else -within


@kernel
def sigma_of(q, j):
    """Where walker `j` is."""
    return min(max(q.walk_anchor[j] + np.float64(q.walk_moved[j]), -1.0), 0.0)


@kernel
def put_walker(source, q, j, sigma, mesh, time):
    """Let walker `j` be at `sigma`, and have the stretch of the profile that this is in."""
    _anchor(q, j, sigma)
    if not -q.walk_thick[j] <= q.walk_off[j] <= 0:
        bring_stretch(source, q, j, sigma, mesh, time)


@kernel
def _anchor(q, j, sigma):
    """Let walker `j` be at `sigma`, in the stretch that it has."""
    q.walk_anchor[j] = sigma
    q.walk_moved[j] = 0
    q.walk_off[j] = sigma - np.float64(q.walk_above[j])


@chosen_by_type
def bring_stretch(source, q, j, sigma, mesh, time):
    """Bring the stretch of the profile to walker `j` that `sigma` is in, where it is."""


@bring_stretch.when(ConstantDiffusivity)
def _one_stretch(source, q, j, sigma, mesh, time):
    return


@bring_stretch.when(LevelDiffusivity)
def _stretch_of_sigma(source, q, j, sigma, mesh, time):
    l = q.walker[j]
    e, place = q.element[l], (q.place_a[l], q.place_b[l], q.place_c[l])
    level = interval_at(mesh, e, place, type(q.s[l])(sigma), 2, q.walk_level[j])
    k_above = k_on_level(source, mesh, e, level, place, time)
    k_below = k_on_level(source, mesh, e, level + 1, place, time)
    above, below = ends_of_stretch(source, mesh, e, place, level)
    _give_stretch(q, j, level, above, below, k_above, k_below)
    _anchor(q, j, sigma)


@kernel
def ends_of_stretch(source, mesh, e, place, level):
    """Sigma of a level, and of the one below it; 0 and -1 at surface and bed."""
    above, below = sigma_at(mesh, e, place, 2 * level), sigma_at(mesh, e, place, 2 * level + 2)
    return above if level > 0 else ZERO, below if level < source.first.shape[0] - 2 else -ONE


@kernel
def _give_stretch(q, j, level, above, below, k_above, k_below):
    """Let walker `j` have the stretch of the profile between two levels and K on them."""
    q.walk_level[j] = level
    q.walk_above[j] = above
    q.walk_below[j] = below
    q.walk_k_above[j] = k_above
    q.walk_k_below[j] = k_below
    q.walk_k_slope[j] = (k_above - k_below) / (above - below)
    q.walk_thick[j] = above - below


@chosen_by_type
def cross_layers(source, q, mask, mesh, time, row):
    """End the moves (`walk_way` m in the layers where they began) of the walkers of `mask`, which leave these;
    sets where they are, their stretches, and `walk_folded`. row: the first of the two words of the moves."""


@cross_layers.when(ConstantDiffusivity)
def _fold_column(source, q, mask, mesh, time, row):
    while mask:
        j = lowest(mask)
        mask = without_lowest(mask)
        before = sigma_of(q, j)
        s = before + np.float64(q.walk_way[j]) * np.float64(q.walk_per_depth[j])
        turns = math.floor(-s)
        if turns != 0:
            q.walk_folded[j] = BED if (turns > 0) == (turns % 2 == 1) else SURFACE
        q.walk_from[j] = before
        _anchor(q, j, folded(s))


@cross_layers.when(LevelDiffusivity)
def _cross_levels(source, q, mask, mesh, time, row):
    if mask:
        _cross(source, q, mask, mesh, time, row)


@kernel_called
def _cross(source, q, mask, mesh, time, row):
    n = 0
    while mask:
        _begin(q, n, lowest(mask))
        mask = without_lowest(mask)
        n += 1
    for first in range(0, n, SIDE_BY_SIDE):
        _ways_to_go(q, first)
    while n > 0:
        for c in range(n):
            _pass_level(source, q, c, mesh, time)
        for first in range(0, n, SIDE_BY_SIDE):
            _through_stretches(q, first)
        go_on = 0
        for c in range(n):
            if q.cross_left[c] > q.cross_width[c]:  # what is no number ends here too
                _stay_crosser(q, c, go_on)
                go_on += 1
            else:
                _arrive(q, c, row)
        n = go_on


@kernel
def _begin(q, c, j):
    """Let crosser `c` be walker `j`, where its move begins."""
    up = q.walk_way[j] > ZERO
    q.cross_walker[c] = j
    q.cross_level[c] = q.walk_level[j]
    q.cross_folded[c] = 0
    q.cross_up[c] = ONE if up else -ONE
    q.cross_way[c] = q.walk_way[j] if up else -q.walk_way[j]
    q.cross_t[c] = q.walk_part[j]
    q.cross_k[c] = q.walk_k[j]
    q.cross_toward[c] = q.walk_slope[j] if up else -q.walk_slope[j]
    q.cross_above[c] = q.walk_above[j]
    q.cross_below[c] = q.walk_below[j]
    q.cross_k_ahead[c] = q.walk_k_above[j] if up else q.walk_k_below[j]
    q.cross_k_behind[c] = q.walk_k_below[j] if up else q.walk_k_above[j]
    off = q.walk_off[j] + q.walk_moved[j]
    q.cross_high[c] = (-off if up else q.walk_thick[j] + off) / q.walk_per_depth[j]
    q.cross_since[c] = -ONE


@kernel
def _ways_to_go(q, first):
    """The ways in y of the moves of crossers from `first` on, their densities, and the ways to the ends of the
    stretches where they begin."""
    for each in range(SIDE_BY_SIDE):
        c = unsigned(first + each)
        k, way, toward = q.cross_k[c], q.cross_way[c], q.cross_toward[c]
        at_end = fma(toward, way, k)
        # by rounding alone: no way goes beyond the zero of K
        at_end = at_end if at_end > ZERO else ZERO
        m, there, edge = np.sqrt(TWO * k), np.sqrt(TWO * at_end), np.sqrt(TWO * q.cross_k_ahead[c])
        both, to_edge = m + there, m + edge
        far = TWO * way / (both if both > LEAST else LEAST)
        high = q.cross_high[c] if q.cross_high[c] > ZERO else ZERO
        width = TWO * high / (to_edge if to_edge > LEAST else LEAST)
        q.cross_m[c] = edge
        q.cross_far[c] = far
        q.cross_width[c] = width
        q.cross_left[c] = far - width if far > width else -ONE
        q.cross_density[c] = square_of_density(m * there, toward * toward * q.cross_t[c])


@kernel
def _through_stretches(q, first):
    """The ways in y through the stretches that crossers from `first` on are in, where in these they would end,
    and the densities of the ways back from there."""
    for each in range(SIDE_BY_SIDE):
        c = unsigned(first + each)
        m, left, high = q.cross_m[c], q.cross_left[c], q.cross_high[c]
        toward = (q.cross_k_ahead[c] - q.cross_k_behind[c]) / (high if high > LEAST else LEAST)
        edge = np.sqrt(TWO * q.cross_k_ahead[c])
        both = m + edge
        end = fma(toward, left, m)
        end = end if end > ZERO else ZERO
        gone = fma(HALF * toward, left, m) * left
        back = fma(-toward, q.cross_far[c], end)
        returns = square_of_density(end * (back if back > ZERO else ZERO), toward * toward * q.cross_t[c])
        q.cross_edge[c] = edge
        q.cross_width[c] = TWO * high / (both if both > LEAST else LEAST)
        q.cross_gone[c] = gone if gone < high else high
        q.cross_returns[c] = returns if back >= ZERO else -ONE


@kernel
def _stay_crosser(q, c, to):
    """Let crosser `c`, whose way goes on, be crosser `to`."""
    q.cross_walker[to] = q.cross_walker[c]
    q.cross_level[to] = q.cross_level[c]
    q.cross_folded[to] = q.cross_folded[c]
    q.cross_up[to] = q.cross_up[c]
    q.cross_t[to] = q.cross_t[c]
    q.cross_above[to] = q.cross_above[c]
    q.cross_below[to] = q.cross_below[c]
    q.cross_k_ahead[to] = q.cross_k_ahead[c]
    q.cross_k_behind[to] = q.cross_k_behind[c]
    q.cross_since[to] = q.cross_since[c]
    q.cross_m[to] = q.cross_edge[c]
    q.cross_far[to] = q.cross_far[c]
    q.cross_width[to] = q.cross_width[c]
    q.cross_left[to] = q.cross_left[c] - q.cross_width[c]
    q.cross_density[to] = q.cross_density[c]


@kernel
def _pass_level(source, q, c, mesh, time):
    """Take crosser `c` into what lies ahead: the next stretch, or the same where nothing passes its end."""
    l = unsigned(q.walker[unsigned(q.cross_walker[c])])
    up, level, last = q.cross_up[c] > ZERO, np.int64(q.cross_level[c]), source.first.shape[0] - 2
    above, below, k_edge = q.cross_above[c], q.cross_below[c], q.cross_k_ahead[c]
    q.cross_base[c] = above if up else below
    ends = level == (0 if up else last)
    if ends or k_edge <= ZERO:  # nothing passes a level without mixing
        _turn(q, c, ends, up)
    else:
        e, place = q.element[l], (q.place_a[l], q.place_b[l], q.place_c[l])
        level += -1 if up else 1
        above, below = ends_of_stretch(source, mesh, e, place, level)
        q.cross_k_ahead[c] = k_on_level(source, mesh, e, level + (0 if up else 1), place, time)
        q.cross_level[c] = level
        q.cross_above[c] = above
        q.cross_below[c] = below
        q.cross_since[c] += q.cross_width[c] if q.cross_since[c] >= ZERO else ZERO
    q.cross_k_behind[c] = k_edge
    q.cross_high[c] = (above - below) * type(above)(q.depth[l])


@kernel
def _turn(q, c, ends, up):
    """Turn crosser `c` round, at an end of the column (`ends`) or where K is 0."""
    if q.cross_since[c] >= ZERO:  # all between two turns lies behind: there and back again changes nothing
        both_ways = TWO * (q.cross_since[c] + q.cross_width[c])
        q.cross_left[c] -= both_ways * np.floor(q.cross_left[c] / both_ways)
    if ends:
        q.cross_folded[c] = SURFACE if up else BED
    q.cross_since[c] = ZERO
    q.cross_up[c] = -q.cross_up[c]
    q.cross_k_ahead[c] = q.cross_k_behind[c]


@kernel
def _arrive(q, c, row):
    """Let the walker that crosser `c` is be where its way ends, if chance takes it."""
    j = unsigned(q.cross_walker[c])
    q.walk_from[j] = sigma_of(q, j)
    if q.cross_left[c] < ZERO:  # what begins or ends on a level to rounding, and what is no number
        return
    if q.cross_returns[c] < q.cross_density[c]:
        chance = chance_beside(q.walk_words[row, j], q.walk_words[row + unsigned(1), j])
        if not chance * chance * q.cross_density[c] <= q.cross_returns[c]:
            return
    up, level = q.cross_up[c] > ZERO, q.cross_level[c]
    q.walk_folded[j] = q.cross_folded[c]
    if level != q.walk_level[j]:
        k_above = q.cross_k_ahead[c] if up else q.cross_k_behind[c]
        k_below = q.cross_k_behind[c] if up else q.cross_k_ahead[c]
        _give_stretch(q, j, level, q.cross_above[c], q.cross_below[c], k_above, k_below)
    _anchor(q, j, q.cross_base[c] + np.float64(q.cross_up[c] * q.cross_gone[c]) * q.per_depth[q.walker[j]])
