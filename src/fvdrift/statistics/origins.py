"""When and where the particles of a run start, for statistics: from what gives it for numbers of
particles."""

from collections.abc import Callable

import numpy as np

from fvdrift.orders import Origins

BLOCK = 1 << 20  # particles at a time


def origins_of(
    total: int, born: Callable[[np.ndarray], np.ndarray], release: Callable[[np.ndarray], np.ndarray]
) -> Origins:
    """Origins of `total` particles. born, release: what gives them for int64 ids."""
    first, born_parts, release_parts = [], [], []
    for start in range(0, total, BLOCK):
        ids = np.arange(start, min(start + BLOCK, total))
        times, numbers = born(ids), release(ids)
        begins = np.flatnonzero(
            np.concatenate(([True], (times[1:] != times[:-1]) | (numbers[1:] != numbers[:-1])))
        )
        first.append(ids[begins])
        born_parts.append(times[begins])
        release_parts.append(numbers[begins])
    return Origins(
        np.concatenate(first).astype(np.int64),
        np.concatenate(born_parts).astype(np.int64),
        np.concatenate(release_parts).astype(np.int32),
    )
