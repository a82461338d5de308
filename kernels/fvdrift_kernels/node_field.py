"""A variable given at nodes, between two frames, where a particle is: what behaviour looks at and tracks
record.

Barycentric in the element, linear in sigma between the layers or levels it is given on, linear in time.
"""

from typing import NamedTuple

import numpy as np

from .jit import kernel
from .layers import interval_at, layer_pair, sigma_at
from .locate import local_coordinates


class NodeField(NamedTuple):
    """first, second: float32 (layer, level or 1, node), the two frames; on_levels: 1 where the rows are
    levels."""

    first: np.ndarray
    second: np.ndarray
    on_levels: int


@kernel
def at_nodes(mesh, e, x, y, f0, f1, fraction):
    """A node field (node,) at (x, y) in element `e`, `fraction` of the way from f0 to f1."""
    a, b, c = local_coordinates(mesh.element[e], x, y)
    n0, n1, n2 = mesh.corners[e, 0], mesh.corners[e, 1], mesh.corners[e, 2]
    first = a * f0[n0] + b * f0[n1] + c * f0[n2]
    second = a * f1[n0] + b * f1[n1] + c * f1[n2]
    return first + fraction * (second - first)


@kernel
def mean_of_corners(mesh, e, field):
    """A node field (node,) at the centroid of element `e`, in double precision."""
    n0, n1, n2 = mesh.corners[e, 0], mesh.corners[e, 1], mesh.corners[e, 2]
    return (np.float64(field[n0]) + np.float64(field[n1]) + np.float64(field[n2])) / 3.0


@kernel
def blend(upper, lower, above, below, sigma):
    """Linear between sigma `above` and `below`; where they are the same, the upper value."""
    return upper + (lower - upper) * ((above - sigma) / (above - below)) if above > below else upper


@kernel
def node_value(field, mesh, e, x, y, sigma, fraction):
    """A NodeField at (x, y, sigma) in element `e`, `fraction` of the way between its frames, in double
    precision."""
    place = local_coordinates(mesh.element[e], x, y)
    half = interval_at(mesh, e, place, np.float32(sigma), 1, 0)
    if len(field.first) == 1:
        upper, lower, above, below = 0, 0, 0.0, 0.0
    elif field.on_levels:
        upper, lower = half // 2, half // 2 + 1
        above, below = sigma_at(mesh, e, place, 2 * upper), sigma_at(mesh, e, place, 2 * lower)
    else:
        upper, lower = layer_pair(half, len(field.first))
        above, below = sigma_at(mesh, e, place, 2 * upper + 1), sigma_at(mesh, e, place, 2 * lower + 1)
    first = at_nodes(mesh, e, x, y, field.first[upper], field.second[upper], fraction)
    second = at_nodes(mesh, e, x, y, field.first[lower], field.second[lower], fraction)
    return blend(first, second, above, below, sigma)
