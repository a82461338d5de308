"""Diffusivity where a particle is, and its slope; and in how many sub-steps the profile there asks a step to be taken.

Barycentric in the element, linear between levels and in time, as all node fields. The walk itself is `diffuse`.
"""

import numpy as np

from .jit import chosen_by_type, kernel
from .layers import half_layer
from .options import ConstantDiffusivity, LevelDiffusivity, NodeDiffusivity

SHARPEST = 0.1  # of 1 / max |K''|: the longest sub-step (Visser 1997, MEPS 158, 275, asks for much less than 1)
MOST_SUBSTEPS = 64


@chosen_by_type
def stretch_at(source, mesh, e, a, b, c, sigma, fraction):
    """The stretch of the profile that holds `sigma`: (level, above, below, K above, slope), K in m2/s linear from sigma
    `above` down to `below`; a, b, c: barycentric coordinates."""


@stretch_at.when(ConstantDiffusivity)
def _all_of_it(source, mesh, e, a, b, c, sigma, fraction):
    return 0, 0.0, -1.0, source.value, 0.0


@stretch_at.when(LevelDiffusivity)
def _between_levels(source, mesh, e, a, b, c, sigma, fraction):
    row = mesh.half[e * mesh.half_step]
    level = half_layer(mesh, e, np.float32(sigma), 0) // 2
    return _stretch_below(source, mesh, e, a, b, c, level, fraction, row)


@kernel
def _stretch_below(source, mesh, e, a, b, c, level, fraction, row):
    upper = _at_level(source, mesh, e, a, b, c, level, fraction)
    lower = _at_level(source, mesh, e, a, b, c, level + 1, fraction)
    above, below = np.float64(row[2 * level]), np.float64(row[2 * level + 2])
    return level, above, below, upper, (upper - lower) / (above - below)


@chosen_by_type
def moved_stretch(source, stretch, mesh, e, a, b, c, sigma, fraction):
    """The stretch that holds `sigma`, looked for from another one of the same column."""


@moved_stretch.when(ConstantDiffusivity)
def _still_all_of_it(source, stretch, mesh, e, a, b, c, sigma, fraction):
    return stretch


@moved_stretch.when(LevelDiffusivity)
def _up_or_down(source, stretch, mesh, e, a, b, c, sigma, fraction):
    # most sub-steps end in the stretch they begin in
    if stretch[2] <= sigma <= stretch[1]:
        return stretch
    row = mesh.half[e * mesh.half_step]
    level, last = stretch[0], len(row) // 2 - 1
    while level > 0 and sigma > row[2 * level]:
        level -= 1
    while level < last and sigma < row[2 * level + 2]:
        level += 1
    return _stretch_below(source, mesh, e, a, b, c, level, fraction, row)


@kernel
def on_stretch(stretch, sigma):
    """Diffusivity (m2/s) at `sigma` of a stretch."""
    return max(stretch[3] + stretch[4] * (sigma - stretch[1]), 0.0)


@kernel
def _at_level(source, mesh, e, a, b, c, level, fraction):
    n0, n1, n2 = mesh.corners[e, 0], mesh.corners[e, 1], mesh.corners[e, 2]
    first = a * source.first[level, n0] + b * source.first[level, n1] + c * source.first[level, n2]
    second = a * source.second[level, n0] + b * source.second[level, n1] + c * source.second[level, n2]
    return first + fraction * (second - first)


@chosen_by_type
def substeps(source, e, length):
    """In how many parts a step is taken, by how sharply the profiles of the element bend."""


@substeps.when(ConstantDiffusivity)
def _one_step(source, e, length):
    return 1


@substeps.when(LevelDiffusivity)
def _as_profile_asks(source, e, length):
    sharpest = max(source.bend_first[e], source.bend_second[e])
    return max(1, min(MOST_SUBSTEPS, int(float(length) * sharpest / SHARPEST) + 1))


@chosen_by_type
def across(source, mesh, e, a, b, c, sigma, fraction):
    """Horizontal diffusivity (m2/s) and its slopes per unit of x and y."""


@across.when(ConstantDiffusivity)
def _constant_across(source, mesh, e, a, b, c, sigma, fraction):
    return source.value, 0.0, 0.0


@across.when(NodeDiffusivity)
def _interpolated_across(source, mesh, e, a, b, c, sigma, fraction):
    element = mesh.element[e]
    n0, n1, n2 = mesh.corners[e, 0], mesh.corners[e, 1], mesh.corners[e, 2]
    k0 = _at_node(source, mesh, e, n0, sigma, fraction)
    k1 = _at_node(source, mesh, e, n1, sigma, fraction)
    k2 = _at_node(source, mesh, e, n2, sigma, fraction)
    d0, d1 = k0 - k2, k1 - k2
    return max(a * k0 + b * k1 + c * k2, 0.0), element.ax * d0 + element.bx * d1, element.ay * d0 + element.by * d1


@kernel
def _at_node(source, mesh, e, node, sigma, fraction):
    """The layer that holds sigma: no slope in the vertical is needed across."""
    row = min(half_layer(mesh, e, np.float32(sigma), 0) // 2, len(source.first) - 1)
    first = np.float64(source.first[row, node])
    return first + fraction * (source.second[row, node] - first)
