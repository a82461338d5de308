"""What every rank must know of the tracks of a run to write its share of them. Plain data, and picklable where its
parts are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from fvdrift.mesh import TrackCoordinates
from fvdrift.tools.netcdf.classic_header import Attribute

from .conventions import OutputVariable, columns, row_bytes
from .track_layout import TrackLayout


class Releases(Protocol):
    """What tracks say of releases, as `ReleasePlan` has it."""

    @property
    def names(self) -> Sequence[str]: ...
    def release_of(self, ids: np.ndarray) -> np.ndarray: ...
    def born_of(self, ids: np.ndarray) -> np.ndarray: ...


@dataclass(frozen=True)
class TracksRequest:
    """path: NAME.nc; times_us: int64 (obs,), of the rows as planned; direction: -1 where times run backward (those of
    releases are multiplied by it); attributes: global ones, equal in equal runs."""

    path: Path
    trajectories: int
    times_us: np.ndarray
    coordinates: TrackCoordinates
    releases: Releases
    variables: Sequence[OutputVariable] = ()
    direction: int = 1
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    calendar: bool = True

    @property
    def column_names(self) -> list[str]:
        """The columns of a row, in the order of the file. Raises RunFileError."""
        return [column.name for column in columns(self.coordinates, self.variables)]

    @property
    def row_bytes(self) -> int:
        """Bytes of one particle in one row. Raises RunFileError."""
        return row_bytes(self.coordinates, self.variables)

    def layout(self, ids: range) -> TrackLayout:
        """Of a file of these ids. Raises RunFileError."""
        return TrackLayout(
            ids=ids,
            times_us=self.times_us,
            coordinates=self.coordinates,
            variables=self.variables,
            release_index=self.releases.release_of,
            release_names=self.releases.names,
            release_time=lambda some: self.direction * self.releases.born_of(some),
            attributes=self.attributes,
            calendar=self.calendar,
        )
