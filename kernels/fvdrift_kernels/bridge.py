"""The chance that a walk met a wall on its way between two ends that are known: of a Brownian bridge."""

import math

from .jit import kernel

FARTHEST = 30.0  # exponents beyond it are no chance at all


@kernel
def chance_to_meet(exponent):
    """exp(-exponent), which is d d' / K t for ends d and d' m from the wall, t s apart."""
    return math.exp(-exponent) if exponent < FARTHEST else 0.0
