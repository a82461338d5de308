"""A forcing seen backward: time counts down as up, and all velocities change sign. A run through it is a
backward run."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .forcing import FieldReader, Forcing
from .frame import Fields
from .located import LocatedFrame

VELOCITIES = ("u", "v", "ua", "va", "omega", "ww")


def sign_of(name: str, direction: int) -> int:
    """What a variable of frames is multiplied by to move particles in the direction of time: velocities are
    reversed there."""
    return 1 if name in VELOCITIES else direction


class BackwardForcing:
    """A `Forcing` with the times of another, of the opposite sign and in the opposite order; all else is as it
    is there."""

    def __init__(self, forcing: Forcing):
        self._forcing = it = forcing
        self.times: np.ndarray = -it.times[::-1]
        self.calendar, self.max_gap = it.calendar, it.max_gap
        self.name, self.files, self.notes = it.name, it.files, it.notes
        self.geographic, self.why_coordinates = it.geographic, it.why_coordinates
        self.x, self.y, self.lon, self.lat, self.triangles = it.x, it.y, it.lon, it.lat, it.triangles
        self.h, self.h_varies = it.h, it.h_varies
        self.layers, self.sigma, self.no_layers = it.layers, it.sigma, it.no_layers
        self.siglay, self.siglev = it.siglay, it.siglev
        self.variables, self.vertical = it.variables, it.vertical
        self.has_wet, self.min_depth, self.has_coefficient = it.has_wet, it.min_depth, it.has_coefficient

    @property
    def packed(self) -> bool:
        return self._forcing.packed

    @property
    def mesh_prints(self) -> dict[str, str]:
        return self._forcing.mesh_prints

    def read(self, frame: int, names: Sequence[str]) -> Fields:
        """As `Forcing.read`, with the velocities of a flow that runs backward."""
        fields = self._forcing.read(self._own(frame), names)
        for name in fields.keys() & set(VELOCITIES):
            fields[name] = -fields[name]
        return fields

    def locate(self, frame: int, names: Sequence[str]) -> LocatedFrame | None:
        found = self._forcing.locate(self._own(frame), names)
        return None if found is None else found._replace(frame=frame)

    def reader(self) -> FieldReader:
        return _BackwardReader(self._forcing.reader())

    def describe_time(self, time: int) -> str:
        """The real time, as a person writes it."""
        return self._forcing.describe_time(-time)

    def name_of(self, frame: int) -> str:
        return self._forcing.name_of(self._own(frame))

    def nearest_longitude(self, lon: Any) -> Any:
        return self._forcing.nearest_longitude(lon)

    def close(self) -> None:
        self._forcing.close()

    def _own(self, frame: int) -> int:
        return len(self.times) - 1 - frame


class _BackwardReader:
    """Reads frames of a flow that runs backward."""

    def __init__(self, reader: FieldReader) -> None:
        self._reader = reader

    def read(self, located: LocatedFrame, name: str) -> np.ndarray:
        values = self._reader.read(located, name)
        return -values if name in VELOCITIES else values

    def close(self) -> None:
        self._reader.close()
