"""Random numbers from a counter: Philox4x32-10. No stream, no state; what is done with them is elsewhere.

J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw: Parallel random numbers: as easy as 1, 2, 3, SC11 (2011).
Numbers depend on (seed, particle, step, use) alone, so they are the same on every worker and after every
restart. All is written in signed 64-bit integers that are masked to 32 bits: compiled code and plain Python
give the same bits.
"""

from .jit import kernel

MASK = 0xFFFFFFFF
MULTIPLIER_0 = 0xD2511F53  # the four constants of the paper's 4x32 variant
MULTIPLIER_1 = 0xCD9E8D57
WEYL_0 = 0x9E3779B9
WEYL_1 = 0xBB67AE85
ROUNDS = 10  # the paper's choice: 7 already pass all tests of TestU01

# What a number is for: the high byte of the last word of the counter; uses never share numbers.
RELEASE, WALK_HORIZONTAL, WALK_VERTICAL, BEHAVIOUR, SHORE, TRAITS, LEEWAY = range(1, 8)


@kernel
def philox4x32(c0, c1, c2, c3, k0, k1):
    """Four random words from a counter of four and a key of two; each of 32 bits, held in a 64-bit
    integer."""
    for _ in range(ROUNDS):
        product0 = MULTIPLIER_0 * c0
        product1 = MULTIPLIER_1 * c2
        c0 = ((product1 >> 32) & MASK) ^ c1 ^ k0
        c2 = ((product0 >> 32) & MASK) ^ c3 ^ k1
        c1 = product1 & MASK
        c3 = product0 & MASK
        k0 = (k0 + WEYL_0) & MASK
        k1 = (k1 + WEYL_1) & MASK
    return c0, c1, c2, c3


@kernel
def use_word(purpose, part, substep):
    """Last word of the counter. purpose: RELEASE, ...; part: of a cut step, 0 or 1; substep: below 2**23."""
    return ((purpose & 0xFF) << 24) | ((part & 1) << 23) | (substep & 0x7FFFFF)


@kernel
def random_words(seed, particle, step, use):
    """Four random 32-bit words for one use of one step of one particle.

    seed, particle: 64-bit integers; step: 32 bits of it count; use: what `use_word` gives.
    """
    # int(): a NumPy scalar would overflow with a warning where a Python integer grows
    seed, particle = int(seed), int(particle)
    return philox4x32(
        particle & MASK, (particle >> 32) & MASK, int(step) & MASK, int(use), seed & MASK, (seed >> 32) & MASK
    )


@kernel
def uniform_from_word(word):
    """A uniform double in (0, 1) from 32 random bits: the middles of 2**32 equal bins, symmetrical about
    1/2."""
    return (word + 0.5) * 2.0**-32


@kernel
def uniform_from_words(high, low):
    """A uniform double in (0, 1) from 52 of 64 random bits: the middles of 2**52 equal bins.

    One bit more would round the last middle up to 1.
    """
    return ((high << 20) + (low >> 12) + 0.5) * 2.0**-52


@kernel
def two_uniforms(seed, particle, step, use):
    """Two independent uniform doubles in (0, 1), of 52 bits each."""
    a, b, c, d = random_words(seed, particle, step, use)
    return uniform_from_words(a, b), uniform_from_words(c, d)


def signed_seed(seed: int) -> int:
    """A seed below 2**64 as the signed 64-bit integer with the same bits: what kernels must be given.

    An unsigned one would make compiled code work in floating point where it meets signed numbers.
    """
    return seed - 2**64 if seed >= 2**63 else seed
