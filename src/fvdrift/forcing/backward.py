"""A series seen backward: time counts down as up, and all velocities change sign. A run through it is a
backward run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .series import Series

VELOCITIES = ("u", "v", "ua", "va", "omega", "ww")


def sign_of(name: str, direction: int) -> int:
    """What a variable of frames is multiplied by to move particles in the direction of time: velocities are
    reversed there."""
    return 1 if name in VELOCITIES else direction


class BackwardSeries:
    """Offers what `Series` does, with times of the opposite sign, in the opposite order."""

    def __init__(self, series: Series):
        self._series = series
        self.times: np.ndarray = -series.times[::-1]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._series, name)

    def read(self, frame: int, names: Sequence[str]) -> dict[str, np.ndarray]:
        """As `Series.read`, with the velocities of a flow that runs backward."""
        fields = self._series.read(self._own(frame), names)
        for name in fields.keys() & set(VELOCITIES):
            fields[name] = -fields[name]
        return fields

    def describe_time(self, time: int) -> str:
        """The real time, as a person writes it."""
        return self._series.describe_time(-time)

    def file_of(self, frame: int) -> Path:
        return self._series.file_of(self._own(frame))

    def _own(self, frame: int) -> int:
        return len(self.times) - 1 - frame
