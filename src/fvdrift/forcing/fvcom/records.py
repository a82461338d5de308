"""The records of all files, by the number of their frame. Not whether they are water (that is
`water_fields`)."""

from collections.abc import Sequence
from pathlib import Path

import netCDF4

from fvdrift.errors import ForcingError
from fvdrift.tools.calendar import format_time

from ..fields import Reading
from ..library import UNREADABLE, told
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

    def read(self, frame: int, name: str) -> Reading:
        """A variable of a frame. Raises ForcingError."""
        place = Place(int(self._file[frame]), int(self._in_file[frame]))
        return self._read(place, name, self.when(frame))

    def at(self, place: Place, name: str) -> Reading:
        """A record of a file, also one that another replaces. Raises ForcingError."""
        when = self.describe_time(int(self.heads[place.file].times.times[place.record]))
        return self._read(place, name, when)

    def _read(self, place: Place, name: str, when: str) -> Reading:
        try:
            return self.open_files.read(place.file, name, place.record, when)
        except UNREADABLE as error:
            raise self.unreadable(place.file, when, name, error) from error

    def first_file(self, name: str) -> netCDF4.Dataset:
        """The first file, open, for a variable that does not change. Call it under the library's lock."""
        return self.open_files.dataset(0, name, self.when(0))

    def unreadable(self, file: int, when: str, name: str, error: Exception) -> ForcingError:
        """What to say where the library fails on a variable."""
        return ForcingError(
            f"{self.heads[file].path}: {name}: cannot be read at {when} ({told(error)}); "
            "is the file damaged or was it changed?"
        )

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
