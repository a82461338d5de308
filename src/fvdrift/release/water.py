"""Where there is water at a time, as the frames of the forcing have it: for who starts on sand or below the
bed."""

from typing import NamedTuple

import numpy as np

from fvdrift.forcing import Fields, Forcing
from fvdrift.mesh import WholeMesh


class WaterThen(NamedTuple):
    """The water at a time. wet: bool (element,); depth0, depth1: float32 (node,), m, in the frames before and
    after; fraction: where between them."""

    wet: np.ndarray
    depth0: np.ndarray
    depth1: np.ndarray
    fraction: float


class WaterInTime:
    """Reads frames when it is asked. series: as the run sees it, backward or forward."""

    def __init__(self, series: Forcing, mesh: WholeMesh):
        self._series, self._mesh = series, mesh

    def wet_at(self, time: int) -> np.ndarray:
        """Which elements, bool (element,), are wet in a frame that counts at `time` (microseconds). Raises
        ForcingError."""
        return self._any_wet([self._series.read(frame, ("wet",)) for frame in self._frames_at(time)])

    def _any_wet(self, read: list[Fields]) -> np.ndarray:
        wet: np.ndarray = np.any([each["wet"][self._mesh.file_element] > 0 for each in read], axis=0)
        return wet

    def at(self, time: int) -> WaterThen:
        """All there is to know. Raises ForcingError."""
        frames = self._frames_at(time)
        read = [self._series.read(frame, ("wet", "zeta", "h")) for frame in frames]
        depth0, depth1 = ((each["h"] + each["zeta"])[self._mesh.file_node] for each in (read[0], read[-1]))
        first, last = (int(self._series.times[frame]) for frame in (frames[0], frames[-1]))
        fraction = (time - first) / (last - first) if last > first else 0.0
        return WaterThen(self._any_wet(read), depth0, depth1, fraction)

    def _frames_at(self, time: int) -> list[int]:
        """The frames that count at `time`: one, or the two that it lies between."""
        before = int(np.searchsorted(self._series.times, time, side="right")) - 1
        return [before] if self._series.times[before] == time else [before, before + 1]
