"""The rows of the tracks: reports of all workers about one output time become full columns over all
particles."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from fvdrift.forcing import Fields
from fvdrift.tools.particle_arrays import GONE, STATUS_NAMES


class Rows:
    """Collects rows; keeps of every particle its last status, which is all that is known of those that have
    left."""

    def __init__(self, total: int, variables: tuple[str, ...], born: Callable[[], np.ndarray]):
        """born: gives the release times (particle,), int64 microseconds, asked only if `age` is a
        variable."""
        self.status = np.zeros(total, np.int8)
        self._variables = variables
        self._born = born() if "age" in variables else None

    def state(self) -> np.ndarray:
        """For a checkpoint: last known status of every particle, int8 (particle,)."""
        return self.status

    def restore(self, status: np.ndarray) -> None:
        """Go on from what `state` gave, perhaps of a run with fewer particles."""
        self.status[: len(status)] = status

    def complete(self, time: int, parts: list[Fields]) -> dict[str, np.ndarray]:
        """Columns of the row of a time (microseconds) from what the workers reported of it."""
        total = len(self.status)
        columns: dict[str, np.ndarray] = {name: np.full(total, np.nan) for name in ("x", "y", "z", "sigma")}
        columns |= {name: np.full(total, np.nan, np.float32) for name in self._variables}
        columns["dry"] = np.zeros(total, np.int8)
        for part in parts:
            ids = part["id"]
            self.status[ids] = part["status"]
            for name, values in part.items():
                if name not in ("id", "status"):
                    columns[name][ids] = values
        if self._born is not None:
            present = np.isfinite(columns["x"])
            columns["age"][present] = (time - self._born[present]) / 1e6
        columns["status"] = self.status.copy()
        return columns


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


def rows_summary(numbers: Mapping[str, int]) -> str:
    """What became of the particles, in words: "912 active, 61 exited, 27 stranded"."""
    said = [f"{number:,} {name.replace('_', ' ')}" for name, number in numbers.items() if number]
    return ", ".join(said) or "no particles"
