"""The water of a run at the records of its tracks, worked out from the forcing again, as its workers did."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from fvdrift.forcing import BackwardForcing, Forcing
from fvdrift.mesh import WholeMesh
from fvdrift.statistics import Ground, Levels, WaterAtLook, ground_of_mesh


class _Frame(NamedTuple):
    depth: np.ndarray
    wet: np.ndarray


class WaterOfTracks:
    """Reads frames as they are asked for, and keeps the last two."""

    def __init__(self, series: Forcing, mesh: WholeMesh, times: np.ndarray, direction: int):
        """times: int64 (row,) microseconds of the records, as the run has them; direction: of its time."""
        self._series = BackwardForcing(series) if direction < 0 else series
        self._mesh, self._times = mesh, times
        self._frame = lru_cache(2)(self._read)
        self._ground: Ground = ground_of_mesh(mesh)

    def at(self, row: int) -> WaterAtLook:
        """Of all elements. Raises ForcingError."""
        time, frames = int(self._times[row]), self._series.times
        # an interval has its end, and the first its begin too
        first = int(np.searchsorted(frames, time, side="left" if row else "right")) - 1
        before, after = self._frame(first), self._frame(first + 1)
        fraction = float((time - frames[first]) / np.float64(frames[first + 1] - frames[first]))
        return WaterAtLook(self._ground, Levels(before.depth, after.depth, before.wet, after.wet, fraction))

    def _read(self, frame: int) -> _Frame:
        series, mesh = self._series, self._mesh
        names = ["zeta", "wet", *(["h"] if series.h_varies else [])]
        raw = series.read(frame, names)
        h = raw.get("h", series.h.astype(np.float32))
        return _Frame((h + raw["zeta"])[mesh.file_node], raw["wet"][mesh.file_element])
