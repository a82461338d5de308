"""Where levels and layers are, and which of them a sigma lies between. The fields on them are read elsewhere.

The flow takes them as flat in an element (`half`), with the slopes they have where they differ in its
coefficients (`polynomial.along_sigma`); fields at nodes take them where they are (`sigma_at`).
"""

import numpy as np

from .jit import chosen_by_type, kernel, unsigned
from .options import NodeLevels

FAR = np.float32(10.0)  # any sigma lies between FAR and -FAR


@kernel
def as_if_even(mesh, s):
    """The half layer of sigma `s` were they all as thick: a good place to look for it from."""
    count = mesh.half.shape[1] - 1
    return min(max(int(-s * count), 0), count - 1)


@kernel
def half_layer(mesh, e, s, guess):
    """The half layer of element `e` that holds sigma `s`: below its upper end or on its lower one, without
    tolerance.

    guess: a half layer to look from; the answer does not depend on it.
    """
    row = mesh.half[unsigned(e * mesh.half_step)]
    h = guess
    while h > 0 and s >= row[unsigned(h)]:
        h -= 1
    while h < len(row) - 2 and s < row[unsigned(h + 1)]:
        h += 1
    return h


@chosen_by_type
def sigma_at_node(levels, mesh, e, node, i):
    """Sigma of row `i` of levels and layers in turn at `node`, a corner of element `e`."""


@sigma_at_node.when(None)
def _as_in_the_element(levels, mesh, e, node, i):
    return mesh.half[unsigned(e * mesh.half_step)][unsigned(i)]


@sigma_at_node.when(NodeLevels)
def _its_own(levels, mesh, e, node, i):
    return levels.half[unsigned(node), unsigned(i)]


@kernel
def thickness(mesh, e, node, layer):
    """Thickness of a layer over the depth at `node`, a corner of element `e`."""
    above = np.float64(sigma_at_node(mesh.levels, mesh, e, node, 2 * layer))
    return above - np.float64(sigma_at_node(mesh.levels, mesh, e, node, 2 * layer + 2))


@kernel
def sigma_at(mesh, e, place, i):
    """The same at a place in element `e`, three barycentric coordinates."""
    return _sigma_at(mesh.levels, mesh, e, place, i)


@chosen_by_type
def _sigma_at(levels, mesh, e, place, i):
    """`sigma_at` by the kind of levels."""


@_sigma_at.when(None)
def _flat(levels, mesh, e, place, i):
    return mesh.half[unsigned(e * mesh.half_step)][unsigned(i)]


@_sigma_at.when(NodeLevels)
def _sloping(levels, mesh, e, place, i):
    nodes, i = mesh.corners[unsigned(e)], unsigned(i)
    upper = place[0] * levels.half[unsigned(nodes[0]), i] + place[1] * levels.half[unsigned(nodes[1]), i]
    return upper + place[2] * levels.half[unsigned(nodes[2]), i]


@kernel
def interval_at(mesh, e, place, s, stride, guess):
    """The half layer (stride 1) or layer (2) that holds sigma `s` at a place in element `e`; as
    `half_layer`."""
    i, last = guess, (mesh.half.shape[1] - 1) // stride - 1
    while i > 0 and s >= sigma_at(mesh, e, place, stride * i):
        i -= 1
    while i < last and s < sigma_at(mesh, e, place, stride * (i + 1)):
        i += 1
    return i


@kernel
def layer_pair(half, layers):
    """The two layers a half layer lies between; one layer twice above the first and below the last centre."""
    upper = half // 2 if half % 2 else half // 2 - 1
    return min(max(upper, 0), layers - 1), min(upper + 1, layers - 1)
