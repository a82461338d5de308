"""The records of all files, by the number of their frame. Not whether they are water (that is
`water_fields`)."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import netCDF4

from fvdrift.errors import ForcingError
from fvdrift.tools.calendar import format_time

from ..fields import Reading
from ..library import UNREADABLE, told
from ..located import LocatedFrame
from .merge import Merged, Place
from .open_files import OpenFiles


class Records:
    """heads: of the files, in order of time. times: int64 (frame,) microseconds; names: variables that will be
    read of most frames."""

    def __init__(self, merged: Merged, names: Sequence[str]) -> None:
        self.heads, self.times = merged.heads, merged.times
        self.calendar: bool = merged.heads[0].times.calendar
        self.open_files = OpenFiles(merged.heads, names)
        self._file, self._in_file = merged.file, merged.record

    def of(self, frame: int) -> "RecordsOfFrame":
        """Those of a frame."""
        return RecordsOfFrame(self, frame)

    def read(self, frame: int, name: str) -> Reading:
        """A variable of a frame. Raises ForcingError."""
        return self._read(self._place(frame), name, self.when(frame))

    def locate(self, frame: int, names: Sequence[str], stored: Sequence[str]) -> LocatedFrame | None:
        """Where a frame lies. names: of fields; stored: of the variables that they may be made from. None where
        only the library can read them. Raises ForcingError when the file is not what it was."""
        place, when = self._place(frame), self.when(frame)
        found = self.open_files.locate(place.file, stored, place.record, when)
        if found is None:
            return None
        head, state = self.heads[place.file], found.state
        units = {name: head.variables[name].units for name in names if name in head.variables}
        return LocatedFrame(frame, head.path, state.size, state.mtime_ns, when, found.records, units)

    def at(self, place: Place, name: str) -> Reading:
        """A record of a file, also one that another replaces. Raises ForcingError."""
        when = self.describe_time(int(self.heads[place.file].times.times[place.record]))
        return self._read(place, name, when)

    def _read(self, place: Place, name: str, when: str) -> Reading:
        try:
            return self.open_files.read(place.file, name, place.record, when)
        except UNREADABLE as error:
            raise unreadable(self.heads[place.file].path, when, name, error) from error

    def _place(self, frame: int) -> Place:
        return Place(int(self._file[frame]), int(self._in_file[frame]))

    def first_file(self, name: str) -> netCDF4.Dataset:
        """The first file, open, for a variable that does not change. Call it under the library's lock."""
        return self.open_files.dataset(0, name, self.when(0))

    def file_of(self, frame: int) -> Path:
        """The file that a frame is read from."""
        return self.heads[int(self._file[frame])].path

    def units(self, frame: int, name: str) -> str:
        """The unit of a variable, as that file has it."""
        return self.heads[int(self._file[frame])].variables[name].units

    def when(self, frame: int) -> str:
        """The time of a frame, as a person writes it."""
        return self.describe_time(int(self.times[frame]))

    def describe_time(self, time: int) -> str:
        """A time as a person writes it."""
        return format_time(time, self.calendar)


class RecordsOfFrame(NamedTuple):
    """The records of one frame, read by the library or as it would."""

    records: Records
    frame: int

    @property
    def path(self) -> Path:
        return self.records.file_of(self.frame)

    @property
    def when(self) -> str:
        return self.records.when(self.frame)

    def units(self, name: str) -> str:
        return self.records.units(self.frame, name)

    def read(self, name: str) -> Reading:
        return self.records.read(self.frame, name)


def unreadable(path: Path, when: str, name: str, error: Exception) -> ForcingError:
    """What to say where a variable cannot be read."""
    return ForcingError(
        f"{path}: {name}: cannot be read at {when} ({told(error)}); is the file damaged or was it changed?"
    )
