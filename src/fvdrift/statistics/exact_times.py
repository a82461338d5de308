"""Sums of times in whole microseconds, exact for 10**12 particles of a thousand years."""

from typing import Any

import numpy as np

from fvdrift.tools.duration import SECOND

SHIFT = 20  # a sum is kept in two parts: of all above these bits, and below


class ExactTimes:
    """Sums of an array of a shape. parts: int64 (2, ...)."""

    def __init__(self, shape: tuple[int, ...]):
        self.parts = np.zeros((2, *shape), np.int64)

    @classmethod
    def of(cls, parts: np.ndarray) -> "ExactTimes":
        """Sums that stand in parts."""
        made = cls(parts.shape[1:])
        made.parts = parts
        return made

    def add(self, index: Any, times: np.ndarray) -> None:
        """index: where each time, int64 microseconds, belongs."""
        self.merge(index, parts_of(times))

    def merge(self, index: Any, parts: np.ndarray) -> None:
        """Add (2, n) parts of other sums."""
        np.add.at(self.parts[0], index, parts[0])
        np.add.at(self.parts[1], index, parts[1])

    def seconds(self) -> np.ndarray:
        """The sums, rounded once."""
        totals = [
            (int(high) << SHIFT) + int(low) for high, low in zip(*self.parts.reshape(2, -1), strict=True)
        ]
        return np.array([total / SECOND for total in totals], np.float64).reshape(self.parts.shape[1:])

    def means(self, counts: np.ndarray) -> np.ndarray:
        """Seconds, rounded once; NaN of none."""
        found = np.full(counts.shape, np.nan)
        for index in zip(*np.nonzero(counts), strict=True):
            total = (int(self.parts[0][index]) << SHIFT) + int(self.parts[1][index])
            found[index] = total / (int(counts[index]) * SECOND)
        return found


def parts_of(times: np.ndarray) -> np.ndarray:
    """int64 (2, n) of int64 (n,)."""
    return np.stack([times >> SHIFT, times & ((1 << SHIFT) - 1)])


def summed(bins: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of times in numbered bins: the bins there are, and the parts of their sums."""
    there, place = np.unique(bins, return_inverse=True)
    total = ExactTimes(there.shape)
    total.add(place.ravel(), times)
    return there, total.parts
