"""What a file of tracks holds: its dimensions, its variables, and what does not grow with the run. Not when rows are
written (that is `tracks`)."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from fvdrift.mesh import TrackCoordinates
from fvdrift.tools.netcdf.cf_crs import GRID_MAPPING
from fvdrift.tools.netcdf.classic_header import Attribute, Variable

from .conventions import OutputVariable, columns, file_attributes, fixed_variables, time_attributes

Release = np.ndarray | Callable[[np.ndarray], np.ndarray]
TABLES = ("release_name", GRID_MAPPING)  # the same in all files of split tracks
_SLAB = 1 << 20  # trajectories whose fixed values are in memory at once


class TrackLayout:
    """ids: of the particles whose trajectories are in it; seconds: float64 (obs,), the times; columns: the variables
    of a row, in the order of the file; release_names: their table, S1 (release, character).

    release_index, release_time, calendar: as of `TrackWriter`.
    """

    def __init__(
        self,
        ids: range,
        times_us: np.ndarray,
        coordinates: TrackCoordinates,
        variables: Sequence[OutputVariable],
        release_index: Release,
        release_names: Sequence[str],
        release_time: Callable[[np.ndarray], np.ndarray] | None,
        attributes: Mapping[str, Attribute],
        calendar: bool,
    ):
        self.seconds = np.asarray(times_us, np.int64) / 1e6
        self.ids, self.coordinates, self.calendar = ids, coordinates, calendar
        self.attributes = file_attributes(attributes)
        self.columns = columns(coordinates, variables)
        self._release_index, self._release_time = release_index, release_time
        self.release_names = _name_table(release_names)

    @property
    def trajectories(self) -> int:
        """How many there are."""
        return len(self.ids)

    @property
    def column_names(self) -> list[str]:
        """The columns of a row, in the order of the file."""
        return [column.name for column in self.columns]

    @property
    def dimensions(self) -> dict[str, int]:
        """Of a part file, with their lengths."""
        table = {"release_index": self.release_names.shape[0], "name_length": self.release_names.shape[1]}
        return {"obs": len(self.seconds), "trajectory": self.trajectories, **table}

    def file_dimensions(self, rows: int) -> dict[str, int]:
        """Of the tracks, with their lengths, for so many rows."""
        lengths = self.dimensions | {"obs": rows}
        return {name: lengths[name] for name in ("trajectory", "obs", "release_index", "name_length")}

    @property
    def file_variables(self) -> list[Variable]:
        """Of the tracks, in their order."""
        return [*self.fixed, self.stamps, *self.columns]

    @property
    def stamps(self) -> Variable:
        """`time` of the tracks."""
        return Variable("time", "f8", ("trajectory", "obs"), time_attributes(self.calendar))

    @property
    def variables(self) -> list[Variable]:
        """Of a part file: the rows of a column lie one behind the other."""
        time = Variable("time", "f8", ("obs",), time_attributes(self.calendar))
        rows = [column._replace(dimensions=("obs", "trajectory")) for column in self.columns]
        return [*self.fixed, time, *rows]

    @property
    def fixed(self) -> list[Variable]:
        """Those that do not grow with the run."""
        timed = self._release_time is not None
        return [
            variable
            for variable in fixed_variables(self.coordinates, self.calendar)
            if timed or variable.name != "release_time"
        ]

    def fixed_values(self) -> dict[str, np.ndarray]:
        """Their values, and the times, in the order in which they are written."""
        return {"time": self.seconds} | {each.name: self._value(each.name, self.ids) for each in self.fixed}

    @property
    def tables(self) -> dict[str, np.ndarray]:
        """Values of those that are not of trajectories."""
        return {each.name: self._value(each.name, self.ids) for each in self.fixed if each.name in TABLES}

    def slabs(self, name: str) -> Iterator[tuple[slice, np.ndarray]]:
        """The values of one of them, from the first to the last, and where in it they lie."""
        if name in TABLES:
            yield slice(None), self._value(name, self.ids)
            return
        for first in range(0, self.trajectories, _SLAB):
            some = self.ids[first : first + _SLAB]
            yield slice(first, first + len(some)), self._value(name, some)

    def _value(self, name: str, some: range) -> np.ndarray:
        if name == "release_name":
            return self.release_names
        if name == GRID_MAPPING:
            return np.array(0, np.int32)
        ids = np.arange(some.start, some.stop, dtype=np.int64)
        if name == "release":
            releases = self._release_index
            return releases(ids) if callable(releases) else releases[some.start : some.stop]
        if name == "release_time" and self._release_time is not None:
            return self._release_time(ids) / 1e6
        return ids

    def row(self, given: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The columns of one row: those given, with lon and lat. Raises ValueError where one is missing."""
        row = dict(given)
        if self.coordinates.geographic:
            row["lon"], row["lat"] = row.pop("x"), row.pop("y")
        elif self.coordinates.to_lonlat is not None:
            there = np.isfinite(row["x"])
            row["lon"], row["lat"] = np.full((2, self.trajectories), np.nan)
            row["lon"][there], row["lat"][there] = self.coordinates.to_lonlat(
                row["x"][there], row["y"][there]
            )
        for column in self.columns:
            if column.name not in row or np.shape(row[column.name]) != (self.trajectories,):
                raise ValueError(f"column {column.name} is missing or not one value a trajectory")
        return {column.name: row[column.name] for column in self.columns}

    def widened(self, values: np.ndarray) -> np.ndarray:
        """A column of a run that had fewer particles: the others were not released yet."""
        more = self.trajectories - len(values)
        return np.concatenate(
            (values, np.full(more, np.nan if values.dtype.kind == "f" else 0, values.dtype))
        )


def _name_table(names: Sequence[str]) -> np.ndarray:
    """Names as characters, S1 (name, longest), padded with zeros."""
    encoded = np.array([name.encode() for name in names] or [b" "], dtype=np.bytes_)
    return encoded.view("S1").reshape(len(encoded), -1)
