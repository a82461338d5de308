"""What statistics see: the particles recorded at one time, by whoever holds them. Not what is made of them.

A worker sees those in its piece, a reader of tracks a block of trajectories: both give the same columns.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from fvdrift_kernels.state import GONE


@dataclass(frozen=True)
class Seen:
    """Columns (particle,), ascending in id: x, y: float64, those of the run; age: int64 microseconds; release: int32 number;
    status: int8; element: int32 number along the curve, -1 where only the position can tell; z: m, NaN where no statistic
    needs it."""

    id: np.ndarray
    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    age: np.ndarray
    release: np.ndarray
    status: np.ndarray
    element: np.ndarray

    def where(self, chosen: np.ndarray) -> "Seen":
        """Those that a bool (particle,) says, or numbers of them."""
        if chosen.dtype == bool and chosen.all():
            return self
        return replace(self, **{name: values[chosen] for name, values in vars(self).items()})

    @property
    def gone(self) -> np.ndarray:
        """Who is recorded for the last time: bool (particle,)."""
        return self.status >= GONE

    def __len__(self) -> int:
        return len(self.id)


class Origins(NamedTuple):
    """When and in which release particles start: all from id first[i] to first[i + 1] alike. int64, int64 microseconds, int32."""

    first: np.ndarray
    born: np.ndarray
    release: np.ndarray

    def at(self, ids: np.ndarray) -> np.ndarray:
        """Index of each particle in these columns."""
        return np.searchsorted(self.first, ids, side="right") - 1


BLOCK = 1 << 20  # particles at a time


def origins_of(total: int, born: Callable[[np.ndarray], np.ndarray], release: Callable[[np.ndarray], np.ndarray]) -> Origins:
    """Origins of `total` particles. born, release: what gives them for int64 ids."""
    first, born_parts, release_parts = [], [], []
    for start in range(0, total, BLOCK):
        ids = np.arange(start, min(start + BLOCK, total))
        times, numbers = born(ids), release(ids)
        begins = np.flatnonzero(np.concatenate(([True], (times[1:] != times[:-1]) | (numbers[1:] != numbers[:-1]))))
        first.append(ids[begins])
        born_parts.append(times[begins])
        release_parts.append(numbers[begins])
    return Origins(
        np.concatenate(first).astype(np.int64),
        np.concatenate(born_parts).astype(np.int64),
        np.concatenate(release_parts).astype(np.int32),
    )


class Choice(NamedTuple):
    """Which particles count. status: bool by number of the status; releases: bool by number of the release."""

    status: np.ndarray
    releases: np.ndarray

    def of(self, seen: Seen) -> Seen:
        """Those of these releases."""
        return seen if self.releases.all() else seen.where(self.releases[seen.release])

    def counted(self, seen: Seen) -> Seen:
        """Those of these releases that have one of these statuses."""
        return seen.where(self.status[seen.status] & self.releases[seen.release])
