"""How many particles there are of each status, row by row."""

from collections.abc import Sequence

import numpy as np

from fvdrift.tools.particle_arrays import GONE, STATUS_NAMES


class Fates:
    """How many particles have each status; those that have left are added up as they are recorded, once
    each."""

    def __init__(self, total: int):
        self.total = total
        self.left = np.zeros(len(STATUS_NAMES), np.int64)

    def state(self) -> list[int]:
        """For a checkpoint: how many have left, by status."""
        return self.left.tolist()

    def restore(self, left: Sequence[int]) -> None:
        """Go on from what `state` gave."""
        self.left[:] = left

    def add(self, recorded: list[np.ndarray]) -> dict[str, int]:
        """Of all at one row, by name. recorded: by worker, int64 (status,) of those recorded there."""
        named = self.of_standing(recorded)
        here = np.array(recorded).sum(axis=0) if recorded else np.zeros_like(self.left)
        self.left[GONE:] += here[GONE:]
        return named

    def of_standing(self, recorded: list[np.ndarray]) -> dict[str, int]:
        """The same of a row that is recorded beside the others: whoever has left will be recorded once
        more."""
        here = np.array(recorded).sum(axis=0) if recorded else np.zeros_like(self.left)
        return self.with_held(here)

    def with_held(self, held: np.ndarray) -> dict[str, int]:
        """Of all, by name. held: int64 (status,) of those that workers still hold."""
        return self._named(held + self.left)

    def _named(self, numbers: np.ndarray) -> dict[str, int]:
        numbers[0] = self.total - numbers[1:].sum()
        return dict(zip(STATUS_NAMES, map(int, numbers), strict=True))


def counts(status: np.ndarray) -> dict[str, int]:
    """How many particles have each status, by its name."""
    return dict(zip(STATUS_NAMES, map(int, np.bincount(status, minlength=len(STATUS_NAMES))), strict=True))
