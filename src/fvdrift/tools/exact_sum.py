"""Sums that are exact until they are asked for, so that neither order nor grouping matters. Nothing is known
of particles here.

A double is an integer times a power of two. Those integers are added up by exponent, in halves small enough
for doubles to add exactly, and then in one Python integer, in units of 2**-1126.
"""

from dataclasses import dataclass

import numpy as np

MANTISSA = 53  # bits of a double
HALF = 26  # bits of the lower half of a mantissa
SMALLEST = -1073  # exponent of the smallest double, 2**-1074, in frexp's form 0.5 * 2**-1073
UNIT = MANTISSA - SMALLEST  # sums are integers times 2**-UNIT
BULK = 1 << 20  # values at a time: 2**20 upper halves of 2**27 stay below 2**53, and the work space small


@dataclass
class ExactSum:
    """The sum of all finite values, and how many there were of each kind. `count` counts all, also NaN and
    infinities."""

    total: int = 0
    count: int = 0
    nans: int = 0
    infinities: int = 0
    minus_infinities: int = 0

    def add(self, values: np.ndarray) -> None:
        """Take in an array of any shape; cast to double, exact for float32 and integers below 2**53."""
        flat = np.asarray(values, np.float64).ravel()
        self.count += len(flat)
        finite = np.isfinite(flat)
        if not finite.all():
            self.nans += int(np.count_nonzero(np.isnan(flat)))
            self.infinities += int(np.count_nonzero(flat == np.inf))
            self.minus_infinities += int(np.count_nonzero(flat == -np.inf))
            flat = flat[finite]
        for first in range(0, len(flat), BULK):
            self.total += _in_units(flat[first : first + BULK])

    def add_times(self, value: float, times: int) -> None:
        """Take in one value so many times."""
        once = ExactSum()
        once.add(np.array([value]))
        self.total += once.total * times
        self.count += times
        self.nans += once.nans * times
        self.infinities += once.infinities * times
        self.minus_infinities += once.minus_infinities * times

    def merge(self, other: "ExactSum") -> None:
        """Take in what another has summed."""
        self.total += other.total
        self.count += other.count
        self.nans += other.nans
        self.infinities += other.infinities
        self.minus_infinities += other.minus_infinities

    def value(self) -> float:
        """The sum, rounded once; NaN if a value was, or if both infinities were among them."""
        return self._over(1)

    def mean(self) -> float:
        """The sum over the count, rounded once; NaN of nothing."""
        return self._over(self.count) if self.count else np.nan

    def _over(self, divisor: int) -> float:
        if self.nans or (self.infinities and self.minus_infinities):
            return np.nan
        if self.infinities or self.minus_infinities:
            return np.inf if self.infinities else -np.inf
        try:
            return self.total / (divisor << UNIT)  # Python rounds the quotient of integers correctly
        except OverflowError:
            return np.inf if self.total > 0 else -np.inf


def _in_units(values: np.ndarray) -> int:
    """The exact sum of at most BULK finite values."""
    mantissas, exponents = np.frexp(values)
    integers = np.ldexp(mantissas, MANTISSA).astype(np.int64)
    bins = exponents - SMALLEST
    # adds doubles, exactly: all partial sums are integers below 2**53
    upper = np.bincount(bins, integers >> HALF)
    lower = np.bincount(bins, integers & ((1 << HALF) - 1))
    total = 0
    for i in np.flatnonzero((upper != 0) | (lower != 0)).tolist():
        total += ((int(upper[i]) << HALF) + int(lower[i])) << i
    return total
