"""Diffusivity where a particle is, and its slope. In how many parts a step is taken is `parts_of_step`.

Barycentric in the element, linear between levels and in time, as all node fields. In the column a lane keeps
the stretch of the profile between two levels that it is in: its values at the element's corners (`k_nodes`),
until it leaves it, and from them K (`k`, m2/s) on the level above it and its slope per sigma (`k_slope`)
where it is. The walks themselves are `walk_in_column` and `walk_across`.
"""

import numpy as np

from .interpolate import barycentric, depth
from .jit import chosen_by_type, kernel
from .lanes import GROUP, LANES, fma, lanes_below_zero, lowest, without_lowest
from .layers import FAR, as_if_even, interval_at, layer_pair, sigma_at
from .locate import local_coordinates
from .options import (
    ConstantDiffusivity,
    HeldDepth,
    LevelDiffusivity,
    NodeDiffusivity,
    NodeLevels,
    Omega,
    Walk,
)

ZERO, ONE = np.float32(0.0), np.float32(1.0)


@chosen_by_type
def load_column(walk, q, l, e):
    """Bring the pace that profiles ask for in element `e` into lane `l`, which is in no stretch of them
    then."""


@load_column.when(None)
def _load_no_walk(walk, q, l, e):
    return


@load_column.when(Walk)
def _load_for_walk(walk, q, l, e):
    _load_pace(walk.vertical, q, l, e)


@chosen_by_type
def _load_pace(source, q, l, e):
    """`load_column` for the diffusivity `source`."""


@_load_pace.when(None, ConstantDiffusivity)
def _load_no_pace(source, q, l, e):
    return


@_load_pace.when(LevelDiffusivity)
def _load_fastest_pace(source, q, l, e):
    q.pace[l] = max(source.pace_first[0, e], source.pace_second[0, e])
    q.pace_through[l] = max(source.pace_first[1, e], source.pace_second[1, e])
    q.most_parts[l] = max(source.pace_first[2, e], source.pace_second[2, e])
    q.k_top[l] = -FAR
    q.k_bottom[l] = FAR


@chosen_by_type
def find_stretches(source, q, group, mesh, time, moved):
    """Bring the profile into the lanes of `group`, each the stretch that its sigma `s` is in.

    time: place between frames; moved: whether lanes have moved across, or in time, since this was done last.
    """


@find_stretches.when(ConstantDiffusivity)
def _one_stretch(source, q, group, mesh, time, moved):
    for l in range(GROUP * group, GROUP * group + GROUP):
        q.k[l] = source.value
        q.k_slope[l] = 0


@find_stretches.when(LevelDiffusivity)
def _between_levels(source, q, group, mesh, time, moved):
    mask = lanes_below_zero(q.margin, group)
    if not moved and mask == 0:
        return
    while mask:
        _load_stretch(source, q, GROUP * group + lowest(mask), mesh)
        mask = without_lowest(mask)
    for l in range(GROUP * group, GROUP * group + GROUP):
        a, b, c = barycentric(q, l, q.x0[l], q.y0[l])
        upper = _at_place(q, 0, l, a, b, c, time)
        lower = _at_place(q, 3, l, a, b, c, time)
        q.k[l] = upper
        q.k_slope[l] = (upper - lower) * q.k_per_sigma[l]


@chosen_by_type
def stretches_of_lanes(source, q, mesh, time):
    """Give each walker the stretch of the profile that the lane of its number is in; `margin` below zero: the
    lane does not have it yet."""


@stretches_of_lanes.when(ConstantDiffusivity)
def _even_stretches(source, q, mesh, time):
    for l in range(LANES):
        q.walk_above[l] = ZERO
        q.walk_below[l] = -ONE
        q.walk_k_above[l] = source.value
        q.walk_k_below[l] = source.value
        q.walk_k_slope[l] = ZERO
        q.walk_level[l] = 0


@stretches_of_lanes.when(LevelDiffusivity)
def _stretches_between_levels(source, q, mesh, time):
    for group in range(LANES // GROUP):
        mask = lanes_below_zero(q.margin, group)
        while mask:
            _load_stretch(source, q, GROUP * group + lowest(mask), mesh)
            mask = without_lowest(mask)
    for l in range(LANES):
        a, b, c = barycentric(q, l, q.x0[l], q.y0[l])
        upper, lower = _at_place(q, 0, l, a, b, c, time), _at_place(q, 3, l, a, b, c, time)
        upper, lower = upper if upper > ZERO else ZERO, lower if lower > ZERO else ZERO
        q.place_a[l], q.place_b[l], q.place_c[l] = a, b, c
        q.walk_k_above[l] = upper
        q.walk_k_below[l] = lower
        q.walk_k_slope[l] = (upper - lower) * q.k_per_sigma[l]
        q.walk_above[l] = q.k_top[l] if q.k_top[l] < ZERO else ZERO
        q.walk_below[l] = q.k_bottom[l] if q.k_bottom[l] > -ONE else -ONE
        q.walk_level[l] = q.k_level[l]


@kernel
def _at_place(q, i, l, a, b, c, time):
    """K on a level at barycentric coordinates (a, b, c)."""
    first = fma(c, q.k_nodes[i + 2, l], fma(b, q.k_nodes[i + 1, l], a * q.k_nodes[i, l]))
    second = fma(c, q.k_nodes[i + 8, l], fma(b, q.k_nodes[i + 7, l], a * q.k_nodes[i + 6, l]))
    return fma(time, second - first, first)


@kernel
def _load_stretch(source, q, l, mesh):
    """The stretch that holds sigma `s`: below its upper end or on its lower one, without tolerance."""
    e = q.element[l]
    place = barycentric(q, l, q.x0[l], q.y0[l])
    level, last = interval_at(mesh, e, place, q.s[l], 2, q.k_level[l]), mesh.half.shape[1] // 2 - 1
    above = sigma_at(mesh, e, place, 2 * level)
    below = sigma_at(mesh, e, place, 2 * level + 2)
    q.k_level[l] = level
    q.k_above[l] = above
    q.k_per_sigma[l] = ONE / (above - below)
    q.k_top[l] = above if level > 0 else FAR
    q.k_bottom[l] = below if level < last else -FAR
    for corner in range(3):
        node = mesh.corners[e, corner]
        q.k_nodes[corner, l] = source.first[level, node]
        q.k_nodes[corner + 3, l] = source.first[level + 1, node]
        q.k_nodes[corner + 6, l] = source.second[level, node]
        q.k_nodes[corner + 9, l] = source.second[level + 1, node]


@chosen_by_type
def off_stretch(source, q, l, s):
    """Below zero where sigma `s` is not in the stretch of lane `l`."""


@off_stretch.when(ConstantDiffusivity)
def _never_off(source, q, l, s):
    return ONE


@off_stretch.when(LevelDiffusivity)
def _beyond_a_level(source, q, l, s):
    return ONE if (s < q.k_top[l]) & (s >= q.k_bottom[l]) else -ONE


@chosen_by_type
def still_on_stretch(levels, off):
    """`off_stretch` of a lane that may have moved across since its stretch was brought in."""


@still_on_stretch.when(None)
def _as_before(levels, off):
    return off


@still_on_stretch.when(NodeLevels)
def _among_other_levels(levels, off):
    return -ONE


@kernel
def on_stretch(q, l, s):
    """Diffusivity (m2/s) at sigma `s` of the stretch in lane `l`."""
    k = fma(q.k_slope[l], s - q.k_above[l], q.k[l])
    return k if k > ZERO else ZERO


@chosen_by_type
def across(source, vertical, mesh, q, l, fraction):
    """Horizontal diffusivity (m2/s) where lane `l` is, and its slopes per unit of x and y along the way it
    can go."""


@across.when(ConstantDiffusivity)
def _even_across(source, vertical, mesh, q, l, fraction):
    return source.value, 0.0, 0.0


@across.when(NodeDiffusivity)
def _from_nodes(source, vertical, mesh, q, l, fraction):
    e, sigma = q.element[l], q.sigma[l]
    element, n0, n1, n2 = mesh.element[e], mesh.corners[e, 0], mesh.corners[e, 1], mesh.corners[e, 2]
    a, b, c = local_coordinates(element, q.x[l], q.y[l])
    k0, s0 = _in_column(source, mesh, e, n0, (1.0, 0.0, 0.0), sigma, fraction)
    k1, s1 = _in_column(source, mesh, e, n1, (0.0, 1.0, 0.0), sigma, fraction)
    k2, s2 = _in_column(source, mesh, e, n2, (0.0, 0.0, 1.0), sigma, fraction)
    per_sigma = a * s0 + b * s1 + c * s2
    d0, d1 = k0 - k2, k1 - k2
    x, y = along(vertical, q, l, fraction)
    kx = element.ax * d0 + element.bx * d1 + per_sigma * x
    ky = element.ay * d0 + element.by * d1 + per_sigma * y
    return max(a * k0 + b * k1 + c * k2, 0.0), kx, ky


@kernel
def _in_column(source, mesh, e, node, place, sigma, fraction):
    """Horizontal diffusivity at a node, which is a place in element `e`, and its slope per sigma.

    Linear between the layers' centres of that column, constant beyond the first and the last.
    """
    if len(source.first) == 1:
        return _in_layer(source, 0, node, fraction), 0.0
    s = np.float32(sigma)
    upper, lower = layer_pair(interval_at(mesh, e, place, s, 1, as_if_even(mesh, s)), len(source.first))
    above, below = sigma_at(mesh, e, place, 2 * upper + 1), sigma_at(mesh, e, place, 2 * lower + 1)
    first, second = _in_layer(source, upper, node, fraction), _in_layer(source, lower, node, fraction)
    slope = (first - second) / (np.float64(above) - np.float64(below)) if above > below else 0.0
    return first + slope * (sigma - np.float64(above)), slope


@kernel
def _in_layer(source, layer, node, fraction):
    first = np.float64(source.first[layer, node])
    return first + fraction * (source.second[layer, node] - first)


@chosen_by_type
def along(vertical, q, l, fraction):
    """Slopes of a lane's sigma, per unit of x and y, along the way it can go across."""


@along.when(None, Omega)
def _along_sigma(vertical, q, l, fraction):
    return 0.0, 0.0


@along.when(HeldDepth)
def _along_depth(vertical, q, l, fraction):
    """sigma = -depth / D; at the bed, where the water is too shallow, K has no slope per sigma."""
    time = type(q.x0[l])(fraction)
    steepness = -q.sigma[l] / np.float64(depth(q, l, q.x0[l], q.y0[l], time))
    return steepness * fma(time, q.dtx_d[l], q.dx_d[l]), steepness * fma(time, q.dty_d[l], q.dy_d[l])
