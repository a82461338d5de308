"""NAME.nc.part: the records of a run while it goes on, one row of all trajectories after the other. Not the
tracks.

A CDF-5 file of fixed size that any NetCDF library opens, also after a crash. `rows_written` says how many
rows of (obs, trajectory) count; it is written after the row it counts. What was not written reads as zeros.
"""

import errno
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import deflate
import numpy as np

from fvdrift.errors import OutputError
from fvdrift.tools.netcdf.classic_header import Attribute, Variable, layout
from fvdrift.tools.new_file import lies_at, make, open_plain

ROW_SUMS = "row_sums"
ROWS_WRITTEN = Variable("rows_written", "i8", (), {"long_name": "number of output times recorded so far"})


class PartRows:
    """Rows of a part file that is there, for reading. Every failure is an OutputError naming it.

    sums: of each row that was written, the CRC-32 of each column's bytes. What is read is held against that:
    a file that was cut, or written into by another, gives zeros or worse.
    """

    sums: list[tuple[int, ...]]

    def __init__(
        self,
        path: Path,
        dimensions: Mapping[str, int],
        variables: Sequence[Variable],
        attributes: Mapping[str, Attribute],
    ):
        """A file with its sums in it (ROW_SUMS), that another PartFile of the same arguments writes."""
        self._lay_out(path, dimensions, variables, attributes)
        self.sums = []
        if not same_layout(path, dimensions, variables, attributes):
            raise OutputError(f"{path}: is gone, or holds other records than it did")
        self._open(lambda: open_plain(path))
        table = np.empty((dimensions["obs"], len(self._columns)), self.kind[ROW_SUMS])
        self._fill(table.reshape(-1).view(np.uint8).data, self._begin[ROW_SUMS])
        self.sums = [tuple(map(int, row)) for row in table]

    def _lay_out(
        self,
        path: Path,
        dimensions: Mapping[str, int],
        variables: Sequence[Variable],
        attributes: Mapping[str, Attribute],
    ) -> None:
        self.path = path
        self.trajectories = dimensions["trajectory"]
        everything = [*variables, ROWS_WRITTEN]
        self.kind = {variable.name: np.dtype(variable.kind).newbyteorder(">") for variable in everything}
        self._layout = layout(dimensions, everything, attributes)
        self._begin = self._layout.begin
        self._columns = [each.name for each in variables if each.dimensions == ("obs", "trajectory")]
        self._descriptor = -1

    def _open(self, opened: Callable[[], int]) -> None:
        try:
            self._descriptor = opened()
        except OSError as error:
            raise _failed(self.path, error) from None

    @property
    def rows_written(self) -> int:
        """How many rows are in the file."""
        return len(self.sums)

    def read(self, name: str, rows: slice, trajectories: slice) -> np.ndarray:
        """Part of a column as it is stored: (row, trajectory), the most significant byte first. Any thread
        may.

        Whoever has read all of a row calls `check`.
        """
        kind = self.kind[name]
        block = np.empty((rows.stop - rows.start, trajectories.stop - trajectories.start), kind)
        for i, row in enumerate(range(rows.start, rows.stop)):
            place = self._begin[name] + (row * self.trajectories + trajectories.start) * kind.itemsize
            self._fill(memoryview(block[i]).cast("B"), place)
        return block

    def check(self, name: str, column: int, first: int, sums: Sequence[int]) -> None:
        """Hold what was read of rows from `first` on, by its CRC-32 `sums`, against what was written.

        column: number of `name` in a row. Raises OutputError.
        """
        for row, found in enumerate(sums, first):
            if found != self.sums[row][column]:
                said = "is not what was written there: was the file cut while the run went on?"
                raise OutputError(f"{self.path}: row {row} of {name} {said}")

    def close(self) -> None:
        """Leave the file as it is."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _fill(self, view: memoryview, place: int) -> None:
        try:
            while view.nbytes:
                done = os.preadv(self._descriptor, [view], place)
                if done == 0:
                    raise self._cut()
                view, place = view[done:], place + done
        except OSError as error:
            raise _failed(self.path, error) from None

    def _cut(self) -> OutputError:
        size, lost = os.fstat(self._descriptor).st_size, []
        for name in self._columns:
            row = max(size - self._begin[name], 0) // (self.trajectories * self.kind[name].itemsize or 1)
            lost += [(row, name)] if row < self.rows_written else []
        first = f": row {min(lost)[0]} of {min(lost)[1]} is lost" if lost else ""
        return OutputError(f"{self.path}: has become shorter while the run went on{first}")


class PartFile(PartRows):
    """Rows of named columns at fixed places of one file, written and read."""

    def __init__(
        self,
        path: Path,
        dimensions: Mapping[str, int],
        variables: Sequence[Variable],
        attributes: Mapping[str, Attribute],
        sums: np.ndarray | None = None,
    ):
        """Create the file, in place of a plain one. `dimensions` must have obs and trajectory. Where `variables` have
        one named ROW_SUMS, the sums of rows are in the file too.

        sums: go on behind the rows that have these (row, column), in the file that is there. Its header must
        be the very same: `same_layout` tells.
        """
        self._lay_out(path, dimensions, variables, attributes)
        self.sums = [] if sums is None else [tuple(map(int, row)) for row in sums]
        self._keeps_sums = ROW_SUMS in self.kind
        self._open(lambda: make(path) if sums is None else open_plain(path, os.O_RDWR))
        try:
            os.ftruncate(self._descriptor, self._layout.size)
            self._write(self._layout.header, 0)
            self.write("rows_written", np.array(self.rows_written))
        except (OSError, OutputError) as error:
            self.close()
            raise error if isinstance(error, OutputError) else _failed(path, error) from None

    def write(self, name: str, values: np.ndarray) -> None:
        """All of a variable that does not grow with the run."""
        self._write(np.ascontiguousarray(values, self.kind[name]), self._begin[name])

    def write_row(self, row: int, columns: Mapping[str, np.ndarray]) -> None:
        """The next row of every column; it counts once all of them are in the file."""
        if not self.is_there:  # what is written now is seen by nobody
            if os.fstat(self._descriptor).st_nlink == 0:
                raise OutputError(f"{self.path}: was removed while the run went on: its records are lost")
            raise OutputError(f"{self.path}: was moved or replaced while the run went on")
        if os.fstat(self._descriptor).st_size < self._layout.size:
            raise self._cut()
        sums = []
        for name, values in columns.items():
            kind = self.kind[name]
            place = self._begin[name] + row * self.trajectories * kind.itemsize
            data = np.ascontiguousarray(values, kind)
            self._write(data, place)
            sums.append(checksum(data))
        if self._keeps_sums:
            table = np.array(sums, self.kind[ROW_SUMS])
            self._write(table, self._begin[ROW_SUMS] + row * table.nbytes)
        self.sums.append(tuple(sums))
        self.write("rows_written", np.array(self.rows_written))

    def sync(self) -> None:
        """Make all that was written last."""
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise _failed(self.path, error) from None

    def rename(self, path: Path) -> None:
        """Give the file another name, in place of what is there."""
        try:
            os.replace(self.path, path)
        except OSError as error:
            raise _failed(path, error) from None
        self.path = path

    def remove(self) -> None:
        """Close the file and delete it."""
        if self.is_there:
            self.path.unlink(missing_ok=True)
        self.close()

    @property
    def is_there(self) -> bool:
        """Whether its name still leads to it."""
        return self._descriptor >= 0 and lies_at(self._descriptor, self.path)

    def _write(self, data: bytes | np.ndarray, place: int) -> None:
        view = memoryview(data if isinstance(data, bytes) else data.reshape(-1).view(np.uint8).data)
        try:
            while view.nbytes:
                done = os.pwrite(self._descriptor, view, place)
                view, place = view[done:], place + done
        except OSError as error:
            raise _failed(self.path, error) from None


def checksum(values: np.ndarray) -> int:
    """CRC-32 of a column of one row, as it stands in a file (most significant byte first)."""
    stored = np.ascontiguousarray(values, values.dtype.newbyteorder(">"))
    return deflate.crc32(stored.reshape(-1).view(np.uint8).data)


def same_layout(
    path: Path,
    dimensions: Mapping[str, int],
    variables: Sequence[Variable],
    attributes: Mapping[str, Attribute],
) -> bool:
    """Whether a file is there that PartFile would have made with the same arguments."""
    places = layout(dimensions, [*variables, ROWS_WRITTEN], attributes)
    try:
        with path.open("rb") as file:
            return file.read(len(places.header)) == places.header and file.seek(0, os.SEEK_END) == places.size
    except OSError:
        return False


def _failed(path: Path, error: OSError) -> OutputError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return OutputError(
            f"{path}: the disk is full: free some space, or change output.file or output.every"
        )
    if error.errno == errno.EFBIG:
        return OutputError(
            f"{path}: is larger than a file may be here: look at ulimit -f, or write less (output.every)"
        )
    return OutputError(f"{path}: cannot be written: {error.strerror or error}")
