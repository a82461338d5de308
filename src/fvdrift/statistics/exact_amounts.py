"""Sums of doubles that are not negative, exact to 2**-78 of a given power of two, so that neither order nor grouping
matters. Those of times are `exact_times`."""

import numpy as np

BITS = 26  # of each of the three parts a value is cut in: 2**27 of them are added up in doubles, and 2**37 in int64

DENSE = 8  # numbers that there may be for each value: beyond it sorting is quicker than counting them all


class ExactAmounts:
    """Sums by number. parts: int64 (3, n), in units of scale 2**-26, 2**-52 and 2**-78."""

    def __init__(self, count: int, scale: float):
        """scale: a power of two, no less than most of what is added."""
        self.scale, self.parts = scale, np.zeros((3, count), np.int64)

    def merge(self, numbers: np.ndarray, parts: np.ndarray) -> None:
        """Add what others have summed: numbers, ascending, each once, and parts (3, n)."""
        if (
            len(numbers) and numbers[-1] - numbers[0] == len(numbers) - 1
        ):  # ascending, none left out: half the time
            self.parts[:, numbers[0] : numbers[-1] + 1] += parts
        else:
            self.parts[:, numbers] += parts

    def values(self) -> np.ndarray:
        """The sums, float64 (n,)."""
        return values_of(self.parts, self.scale)


def scale_for(largest: float) -> float:
    """The power of two above it; 1 for none."""
    return float(np.ldexp(1.0, int(np.frexp(largest)[1]))) if largest > 0 else 1.0


def values_of(parts: np.ndarray, scale: float) -> np.ndarray:
    """What sums in parts (3, ...) come to: one double for one sum, however it came together."""
    low = parts[2]
    middle = parts[1] + (low >> BITS)
    high = parts[0] + (middle >> BITS)
    mask = (1 << BITS) - 1
    rest = (middle & mask) + np.ldexp((low & mask).astype(np.float64), -BITS)
    found: np.ndarray = np.ldexp(high + np.ldexp(rest, -BITS), -BITS) * scale
    return found


def parts_of(values: np.ndarray, scale: float) -> np.ndarray:
    """float64 (3, ...): whole numbers, exact but for the rounding of the last."""
    rest = np.ldexp(values / scale, BITS)
    high = np.floor(rest)
    rest = np.ldexp(rest - high, BITS)
    middle = np.floor(rest)
    return np.stack([high, middle, np.rint(np.ldexp(rest - middle, BITS))])


def summed(numbers: np.ndarray, values: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Of numbered values, fewer than 2**26: the numbers there are, ascending, and the parts of their sums."""
    count = int(numbers.max(initial=-1)) + 1
    if count <= DENSE * len(numbers):
        there = np.flatnonzero(np.bincount(numbers, minlength=count))
        parts = [np.bincount(numbers, part, count)[there] for part in parts_of(values, scale)]
    else:
        there, place = np.unique(numbers, return_inverse=True)
        parts = [np.bincount(place.ravel(), part, len(there)) for part in parts_of(values, scale)]
    return there, np.array(parts).reshape(3, len(there)).astype(np.int64)
