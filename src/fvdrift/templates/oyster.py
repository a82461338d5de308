"""How oyster larvae swim: about the upper water while they grow, the faster the older, and down when they can settle.

In the run file: custom = "oyster.py:swim". fvdrift compiles `swim` and calls it for every larva at every step.
"""

from typing import Any

from fvdrift_kernels.own import uniform

# m/s: less than 1 cm/min of early veligers to 5 cm/min of eyed ones (Hidu & Haskin 1978, Estuaries 1, 252)
YOUNG = 0.17e-3
EYED = 0.83e-3
UPPER = (
    5.0  # m from the surface that the young keep to, swimming up and down by chance there; CHANGE: a choice
)


def swim(depth: float, state: Any, random: Any) -> float:
    """Speed upwards in m/s. That behaviour changes with age, and decides where they settle: North et al. 2008 (Mar. Ecol.
    Prog. Ser. 359, 99)."""
    speed: float = YOUNG + (EYED - YOUNG) * min(state.development, 1.0)
    if state.development >= 1.0:
        return -speed
    if depth > UPPER or uniform(random, 0) < 0.5:
        return speed
    return -speed
