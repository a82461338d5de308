"""The rows of the tracks: reports of all workers about one output time become full columns over all
particles, or over those of a stripe."""

from collections.abc import Callable, Mapping

import numpy as np

from fvdrift.forcing import Fields


class Rows:
    """Collects rows; keeps of every particle its last status, which is all that is known of those that have
    left."""

    def __init__(self, total: int, variables: Mapping[str, str], born: Callable[[], np.ndarray]):
        """variables: with their types, as "f4"; born: gives the release times (particle,), int64 microseconds,
        asked only if `age` is a variable."""
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
        columns |= {name: np.full(total, np.nan, kind) for name, kind in self._variables.items()}
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
