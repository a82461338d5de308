"""Where there is water at a time, as the frames of the forcing have it: for who starts on sand or below the bed."""

from typing import NamedTuple

import numpy as np

from fvdrift.forcing import Mirrored, Series
from fvdrift.mesh import WholeMesh


class WaterThen(NamedTuple):
    """The water at a time. wet: bool (element,); depth0, depth1: float32 (node,), m, in the frames before and after;
    fraction: where between them."""

    wet: np.ndarray
    depth0: np.ndarray
    depth1: np.ndarray
    fraction: float


class WaterInTime:
    """Reads frames when it is asked. series: as the run sees it, backward or forward."""

    def __init__(self, series: Series | Mirrored, mesh: WholeMesh):
        self._series, self._mesh = series, mesh

    def wet_at(self, time: int) -> np.ndarray:
        """Which elements, bool (element,), are wet in a frame that counts at `time` (microseconds). Raises ForcingError."""
        wet = [self._series.read(frame, ("wet",))["wet"][self._mesh.file_element] > 0 for frame in self._frames_at(time)]
        return np.any(wet, axis=0)

    def at(self, time: int) -> WaterThen:
        """All there is to know. Raises ForcingError."""
        frames = self._frames_at(time)
        depths = []
        for frame in frames:
            read = self._series.read(frame, ("zeta", "h"))
            depths.append((read["h"] + read["zeta"])[self._mesh.file_node])
        first, last = (int(self._series.times[frame]) for frame in (frames[0], frames[-1]))
        fraction = (time - first) / (last - first) if last > first else 0.0
        return WaterThen(self.wet_at(time), depths[0], depths[-1], fraction)

    def _frames_at(self, time: int) -> list[int]:
        """The frames that count at `time`: one, or the two that it lies between."""
        before = int(np.searchsorted(self._series.times, time, side="right")) - 1
        return [before] if self._series.times[before] == time else [before, before + 1]
