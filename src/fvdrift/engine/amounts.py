"""What particles carry, summed up by their status: exactly, so that neither ranks nor order matter. Plain data."""

from collections.abc import Iterable, Sequence

import numpy as np

from fvdrift.tools.exact_sum import ExactSum
from fvdrift.tools.particle_arrays import STATUS_NAMES

Sums = list[int]  # by status, in units of ExactSum


def sums_by_status(portions: Iterable[np.ndarray], name: str) -> Sums:
    """Of records or particles, in portions, that carry `name`."""
    sums = [ExactSum() for _ in STATUS_NAMES]
    for portion in portions:
        status, amount = portion["status"], portion["state"][name]
        for present in np.flatnonzero(np.bincount(status, minlength=len(STATUS_NAMES))).tolist():
            sums[present].add(amount[status == present])
    return [each.total for each in sums]


def plus(first: Sequence[int], second: Sequence[int]) -> Sums:
    """Of both."""
    return [a + b for a, b in zip(first, second, strict=True)]
