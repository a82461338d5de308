"""Which layers a sigma lies between. The fields on them are read elsewhere (`prism`, `sample`, `diffusivity`)."""

import numpy as np

from .jit import kernel, unsigned

FAR = np.float32(10.0)  # any sigma lies between FAR and -FAR


@kernel
def as_if_even(mesh, s):
    """The half layer of sigma `s` were they all as thick: a good place to look for it from."""
    count = mesh.half.shape[1] - 1
    return min(max(int(-s * count), 0), count - 1)


@kernel
def half_layer(mesh, e, s, guess):
    """The half layer of element `e` that holds sigma `s`: below its upper end or on its lower one, without tolerance.

    guess: a half layer to look from; the answer does not depend on it.
    """
    row = mesh.half[unsigned(e * mesh.half_step)]
    h = guess
    while h > 0 and s >= row[unsigned(h)]:
        h -= 1
    while h < len(row) - 2 and s < row[unsigned(h + 1)]:
        h += 1
    return h


@kernel
def level_above(mesh, e, s, guess):
    """The level above sigma `s` in element `e`, or at it where it is the bed; as `half_layer`, for whole layers."""
    row = mesh.half[unsigned(e * mesh.half_step)]
    level = guess
    while level > 0 and s >= row[unsigned(2 * level)]:
        level -= 1
    while level < len(row) // 2 - 1 and s < row[unsigned(2 * level + 2)]:
        level += 1
    return level


@kernel
def layer_pair(half, layers):
    """The two layers a half layer lies between; one layer twice above the first and below the last centre."""
    upper = half // 2 if half % 2 else half // 2 - 1
    return min(max(upper, 0), layers - 1), min(upper + 1, layers - 1)
