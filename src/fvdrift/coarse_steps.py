"""What of the run file's behaviour hangs on the length of a step, or is not what it seems: said at the start of a run.

Computes nothing a run needs. The steps of the walk across are `stride`.
"""

import math
from collections.abc import Iterator

import numpy as np

from .messages import BehaviourOrder
from .settings.behaviour_values import Settling

AFLOAT = 0.05  # of those that lie ashore may be counted afloat, as they go back there within a step
OTHER_WAY = 0.01  # of the particles may rise where they are to sink


def coarse_steps(order: BehaviourOrder, step: float) -> Iterator[str]:
    """Sentences on steps of `step` s."""
    if order.settling is not None and order.settling.kind == "normal":
        yield spread(order.settling)
    if order.refloat is not None:
        yield from refloat(order.refloat, step)


def spread(settling: Settling) -> str:
    """What a normal spread of speeds means: some have the other sign, by Phi(-mean / deviation)."""
    mean, deviation = settling.first, settling.second
    share = 0.5 * math.erfc(abs(mean) / deviation / math.sqrt(2.0))
    those, others = ("sink", "rise") if mean >= 0 else ("rise", "sink")
    said = f"speeds are normal about {abs(mean) * 1e3:.4g} mm/s, deviation {deviation * 1e3:.4g}: {100 * share:.2g} % {others}"
    if mean == 0 or share <= OTHER_WAY:
        return said
    return f"warning: behaviour.settling: {said}; if all are to {those}, give two speeds between which they are spread evenly"


def refloat(half_life: float, step: float) -> Iterator[str]:
    """Who gets afloat is so for a step at least: where the flow goes ashore a share of p / (1 + p) is afloat then, p being the
    chance to get afloat in a step; in the limit of short steps it is 0."""
    chance = -math.expm1(-math.log(2.0) * step / half_life)
    share = chance / (1.0 + chance)
    if share > AFLOAT:
        enough = -half_life * math.log2(1.0 - AFLOAT / (1.0 - AFLOAT))
        yield (
            f"warning: boundary.refloat: a step is {step / half_life:.2g} of the half-life: where the flow goes ashore "
            f"{share:.0%} of those that would lie there are afloat, each for a step at least; "
            f'time.step = "{_rounded_down(enough)}s" makes it {AFLOAT:.0%}'
        )


def _rounded_down(seconds: float) -> str:
    """To two digits, without an exponent."""
    unit = 10.0 ** (math.floor(math.log10(seconds)) - 1)
    return np.format_float_positional(math.floor(seconds / unit) * unit, precision=3, unique=False, trim="-", fractional=False)
