"""A walk between two ends that are known, a Brownian bridge: the chance that it met a wall on its way, and its least
value."""

import math

from .jit import kernel

FARTHEST = 30.0  # exponents beyond it are no chance at all


@kernel
def chance_to_meet(exponent):
    """exp(-exponent), which is d d' / K t for ends d and d' m from the wall, t s apart."""
    return math.exp(-exponent) if exponent < FARTHEST else 0.0


@kernel
def lowest_between(first, last, bridge):
    """The least of a Brownian bridge between two values; bridge: 4 K t times an exponential number."""
    return 0.5 * (first + last - math.sqrt((last - first) * (last - first) + bridge))
