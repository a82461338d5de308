"""Random increments for the lanes of a block: words from the counter, and the distributions that walks are
made of.

The logarithm and the cosine are polynomials, as a call of the C library for each lane would keep the loops
from being vectorized, and differs from library to library.
"""

import math

import numpy as np
from numba import types
from numba.extending import intrinsic

from .jit import DEBUG, kernel, kernel_called
from .lanes import fma
from .philox import random_words, uniform_from_word

SQRT3 = math.sqrt(3.0)
LN2 = np.float32(math.log(2.0))
HALF, ONE = np.float32(0.5), np.float32(1.0)
# log(1 + f) / f over 0..1 and sin(pi v) / v over v^2 in 0..1/4, Chebyshev fits: errors of 4e-7 and 2e-8
LOGARITHM = tuple(
    np.float32(c)
    for c in (
        0.9999995170630971, -0.4999635172268246, 0.3326520724646048, -0.24453166236676097, 0.17659330220164793,
        -0.1067923638652339, 0.04365465633523358, -0.008465169584726158,
    )
)  # fmt: skip
SINE = tuple(
    np.float32(c)
    for c in (
        3.1415926441635893,
        -5.167710703488693,
        2.5500918823134526,
        -0.5983951207862297,
        0.07788817791132756,
    )
)


@kernel
def increment(word):
    """An increment of variance 1: uniform in +-sqrt(3)."""
    return SQRT3 * (2.0 * uniform_from_word(word) - 1.0)


@kernel_called
def draw(q, first, last, seed, step, use):
    """Four random words for each of the lanes `first` to `last`."""
    for l in range(first, last):
        q.words[0, l], q.words[1, l], q.words[2, l], q.words[3, l] = random_words(
            seed, q.particle[l], step, use
        )


if DEBUG:

    def bits_of(x):
        """The bits of a float32, an int32."""
        return np.float32(x).view(np.int32)

    def from_bits(i):
        """The float32 of an int32's bits."""
        return np.int32(i).view(np.float32)

else:

    @intrinsic
    def bits_of(typing_context, x):
        """The bits of a float32, an int32."""

        def generate(context, builder, signature, arguments):
            return builder.bitcast(arguments[0], context.get_value_type(types.int32))

        return types.int32(types.float32), generate

    @intrinsic
    def from_bits(typing_context, i):
        """The float32 of an int32's bits."""

        def generate(context, builder, signature, arguments):
            return builder.bitcast(arguments[0], context.get_value_type(types.float32))

        return types.float32(types.int32), generate


@kernel
def chance_beside(word, other):
    """A uniform number in (0, 1), float32, of bits that `exponential` of a word and `cosine` of another hardly
    feel: the lowest eight of each."""
    return np.float32(((int(word) & 255) << 8) + (int(other) & 255) + 0.5) * np.float32(2.0**-16)


@kernel
def exponential(word):
    """A float32 of the exponential distribution of mean 1, at most 23: -log of a uniform number."""
    # a uniform number: half the word in steps of 2**-31, with signed integers, which processors convert at once
    half = np.float32(np.int32(word >> np.uint32(1)))
    bits = bits_of((half + HALF) * np.float32(2.0**-31))
    exponent = (bits >> np.int32(23)) - np.int32(127)
    f = from_bits(np.int32((bits & np.int32(0x7FFFFF)) | np.int32(0x3F800000))) - ONE
    p = LOGARITHM[7]
    p = fma(p, f, LOGARITHM[6])
    p = fma(p, f, LOGARITHM[5])
    p = fma(p, f, LOGARITHM[4])
    p = fma(p, f, LOGARITHM[3])
    p = fma(p, f, LOGARITHM[2])
    p = fma(p, f, LOGARITHM[1])
    p = fma(p, f, LOGARITHM[0])
    e = -fma(np.float32(exponent), LN2, p * f)
    return e if e > np.float32(0.0) else np.float32(0.0)


@kernel
def cosine(word):
    """The cosine (float32) of an angle that is uniform between 0 and pi."""
    v = np.float32(np.int32(word >> np.uint32(1)) - np.int32(2**30)) * np.float32(2.0**-31)
    w = v * v
    p = SINE[4]
    p = fma(p, w, SINE[3])
    p = fma(p, w, SINE[2])
    p = fma(p, w, SINE[1])
    return fma(p, w, SINE[0]) * v
