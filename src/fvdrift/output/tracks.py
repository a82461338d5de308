"""Tracks: CF-1.11 trajectories, written row by row while the run goes on, and packed beside it (how is in
`packing`).

`time` has the output time in every place, also where a particle has no position (NaN) yet or any more: with
gaps in it trajan (0.12) fails in gridtime, seltime and condense_obs, and xarray users could not take the time
of a row from any trajectory they like. So obs j is output time j, and `status` says why a position is
missing.
"""

import contextlib
import queue
import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fvdrift.errors import Interrupted, OutputError
from fvdrift.mesh import TrackCoordinates
from fvdrift.process import never
from fvdrift.tools.netcdf.classic_header import Variable
from fvdrift.tools.new_file import temporary_path

from .conventions import OutputVariable, columns, file_attributes, fixed_variables, time_attributes
from .earlier_rows import EarlierRows
from .packing import Contents, Packing
from .part_file import PartFile, same_layout
from .paths import check_output, part_path

ROWS_WAITING = 2  # rows handed over and not written yet; more would only hide a slow disk for a little longer
FULL = 1 << 20  # bytes that are free: with less, it is for want of room that writing failed

Release = np.ndarray | Callable[[np.ndarray], np.ndarray]


class Before(NamedTuple):
    """What an earlier start has written: its rows, and which of them count: those with the sums (row,
    column)."""

    rows: EarlierRows
    sums: np.ndarray


class TrackWriter:
    """Writes NAME.nc.part row by row from a thread of its own; another one packs its rows into what becomes
    NAME.nc.

    The caller never waits for the disk unless two rows already do. A failure in a thread comes out of the
    next call, as OutputError. Nothing that exists is replaced before what replaces it is complete. write_s:
    seconds of both threads, and of finishing; finish_s: of finishing alone.
    """

    def __init__(
        self,
        path: Path,
        *,
        trajectories: int,
        times_us: np.ndarray,
        release_index: Release,
        release_names: Sequence[str],
        coordinates: TrackCoordinates,
        variables: Sequence[OutputVariable] = (),
        release_time: Callable[[np.ndarray], np.ndarray] | None = None,
        attributes: Mapping[str, str] | None = None,
        calendar: bool = True,
        overwrite: bool = False,
        before: Before | None = None,
    ):
        """times_us: int64 (obs,); release_index: int32 (trajectory,), or what gives it for int64 ids;
        release_time: gives int64 microseconds for ids; None: the file says nothing of it.

        attributes: global ones; nothing in them may differ between equal runs; before: go on behind these
        rows. Raises RunFileError, OutputError.
        """
        self.path = Path(path)
        check_output(self.path, overwrite or before is not None)
        self.seconds = np.asarray(times_us, np.int64) / 1e6
        self.trajectories, self.coordinates = trajectories, coordinates
        self._release_index, self._release_time, self._calendar = release_index, release_time, calendar
        self._attributes = file_attributes(attributes or {})
        self._columns = columns(coordinates, variables)
        self._late: dict[str, str] = {}
        self._names = _name_table(release_names)
        self.finish_s = self._rows_s = self._packing_s = 0.0
        self._part = self._open_part(before)
        try:
            self._packing = self._new_packing(len(self.seconds))
        except OutputError:
            if before is None:
                self._part.remove()
            raise
        self._rows: queue.Queue[tuple[int, Mapping[str, np.ndarray]] | threading.Event | None] = queue.Queue(
            ROWS_WAITING
        )
        self._written: queue.SimpleQueue[int | None] = queue.SimpleQueue()  # numbers of rows in the part file
        self._written.put(self._part.rows_written)
        self._closing = False
        self._error: OutputError | None = None
        self._thread = threading.Thread(target=self._write_rows, name="fvdrift-tracks", daemon=True)
        self._packer = threading.Thread(target=self._pack_rows, name="fvdrift-packing", daemon=True)
        self._thread.start()
        self._packer.start()

    @property
    def write_s(self) -> float:
        return self._rows_s + self._packing_s + self.finish_s

    @property
    def column_names(self) -> list[str]:
        """The columns of a row, in the order of the file."""
        return [column.name for column in self._columns]

    def write_row(self, row: int, columns: Mapping[str, np.ndarray]) -> None:
        """Hand over all columns (trajectory,) of one output time, in order of the rows; don't change them
        afterwards.

        x, y, z, sigma: float64, NaN where there is no position; status, dry: int8; sampled variables:
        float32.
        """
        self._put((row, columns))

    def set_time(self, row: int, time_us: int) -> None:
        """Give a row another time (microseconds) than it was to have, before it is handed over: it is the
        last."""
        if self.seconds[row] != time_us / 1e6:
            self.seconds[row] = time_us / 1e6
            self._part.write("time", self.seconds)

    def sync(self) -> np.ndarray:
        """Make all rows handed over last in NAME.nc.part; their CRC-32, uint32 (row, column)."""
        done = threading.Event()
        if self._thread.is_alive():
            self._put(done)
        else:  # all rows are written
            self._part.sync()
            done.set()
        while not done.wait(0.2):
            self._raise_error()
        return np.array(self._part.sums, np.uint32).reshape(self._part.rows_written, len(self._columns))

    def set_attribute(self, name: str, value: str) -> None:
        """Give the final file one more global attribute; nothing in it may differ between equal runs."""
        self._late[name] = value

    def finish(self, asked: Callable[[], bool] = never) -> None:
        """Write NAME.nc from the rows handed over, then remove NAME.nc.part; it stays on OutputError, and on
        Interrupted where it is `asked` to stop."""
        self._put(None)
        self._thread.join()
        begun = time.perf_counter()
        self._written.put(None)
        while self._packer.is_alive():
            self._packer.join(0.1)
            self._closing = self._closing or asked()
        self._raise_error()
        if self._closing:
            raise Interrupted("stopped while tracks were packed")
        try:
            if self._packing.rows != self._part.rows_written:  # the run stopped early
                self._packing.abandon()
                self._packing = self._new_packing(self._part.rows_written)
            self._packing.finish(self._late, asked)
        except (OSError, RuntimeError, OutputError) as error:
            self._packing.abandon()
            raise self._failed(error) from None
        except BaseException:
            self._packing.abandon()
            raise
        self._part.remove()
        self.finish_s += time.perf_counter() - begun

    def _why(self, error: Exception) -> str:
        """What went wrong with the final file (the library only says "HDF error"), and where the records are
        now."""
        why = str(error)
        with contextlib.suppress(OSError):
            why += " (the disk is full)" if shutil.disk_usage(self.path.parent).free < FULL else ""
        kept = self._part.is_there
        where = f"the records are kept in {self._part.path}" if kept else f"{self._part.path} is gone too"
        return f"{why}; {where}"

    def close(self) -> None:
        """Stop, and keep NAME.nc.part with all rows handed over. Safe after finish and after an error."""
        while self._thread.is_alive():  # whatever error there is was told already, or leads here
            with contextlib.suppress(queue.Full):
                self._rows.put(None, timeout=0.2)
                self._thread.join()
        if self._packer.is_alive():
            self._closing = True
            self._written.put(None)
            self._packer.join()
        self._packing.abandon()
        self._part.close()

    def _put(self, item: tuple[int, Mapping[str, np.ndarray]] | threading.Event | None) -> None:
        while True:
            self._raise_error()
            try:
                return self._rows.put(item, timeout=0.2)
            except queue.Full:
                continue  # the thread may have died meanwhile: look again

    def _raise_error(self) -> None:
        if self._error is not None:
            raise self._error

    def _write_rows(self) -> None:
        while (item := self._rows.get()) is not None:
            begun = time.perf_counter()
            try:
                if isinstance(item, threading.Event):
                    self._part.sync()
                    item.set()
                else:
                    row, given = item
                    self._part.write_row(row, self._with_lonlat(given))
                    self._written.put(self._part.rows_written)
            except OutputError as error:
                self._error = error
                return
            except Exception as error:
                self._error = OutputError(
                    f"{self._part.path}: row {self._part.rows_written} cannot be written: {error!r}"
                )
                return
            self._rows_s += time.perf_counter() - begun

    def _pack_rows(self) -> None:
        while (rows := self._written.get()) is not None and not self._closing:
            begun = time.perf_counter()
            try:
                self._packing.advance(rows, lambda: self._closing)
            except Interrupted:
                return
            except OutputError as error:
                self._error = error
                return
            except Exception as error:
                self._error = self._failed(error)
                return
            self._packing_s += time.perf_counter() - begun

    def _failed(self, error: Exception) -> OutputError:
        return OutputError(f"{self.path}: cannot be written: {self._why(error)}")

    def _new_packing(self, rows: int) -> Packing:
        contents = Contents(self._attributes, self.seconds, self._calendar, self._fixed(), self._columns)
        try:
            return Packing(self.path, self._part, contents, rows)
        except (OSError, RuntimeError) as error:
            raise OutputError(f"{self.path}: cannot be written: {error}") from None

    def _with_lonlat(self, given: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        row = dict(given)
        if self.coordinates.geographic:
            row["lon"], row["lat"] = row.pop("x"), row.pop("y")
        elif self.coordinates.to_lonlat is not None:
            there = np.isfinite(row["x"])
            row["lon"], row["lat"] = np.full((2, self.trajectories), np.nan)
            row["lon"][there], row["lat"][there] = self.coordinates.to_lonlat(
                row["x"][there], row["y"][there]
            )
        for column in self._columns:
            if column.name not in row or np.shape(row[column.name]) != (self.trajectories,):
                raise ValueError(f"column {column.name} is missing or not one value a trajectory")
        return {column.name: row[column.name] for column in self._columns}

    def _open_part(self, before: Before | None) -> PartFile:
        dimensions = {"obs": len(self.seconds), "trajectory": self.trajectories, **self._name_dimensions()}
        time_variable = Variable("time", "f8", ("obs",), time_attributes(self._calendar))
        rows = [column._replace(dimensions=("obs", "trajectory")) for column in self._columns]
        variables = [*self._fixed(), time_variable, *rows]
        path = part_path(self.path)
        if (
            before is not None
            and before.rows.path == path
            and same_layout(path, dimensions, variables, self._attributes)
        ):
            return self._with_fixed(PartFile(path, dimensions, variables, self._attributes, before.sums))
        new = path if before is None else temporary_path(path)
        part = self._with_fixed(PartFile(new, dimensions, variables, self._attributes))
        if before is not None:
            for row, found in enumerate(before.rows.rows(self.column_names, len(before.sums), before.sums)):
                part.write_row(row, {name: self._widened(values) for name, values in found.items()})
            before.rows.close()
            part.rename(path)
        return part

    def _with_fixed(self, part: PartFile) -> PartFile:
        """All that does not grow with the run is in it."""
        ids = np.arange(self.trajectories, dtype=np.int64)
        part.write("trajectory", ids)
        part.write("time", self.seconds)
        for name, values in self._timed(ids).items():
            part.write(name, values)
        part.write("release", self._releases(ids))
        part.write("release_name", self._names)
        return part

    def _widened(self, values: np.ndarray) -> np.ndarray:
        """A column of a run that had fewer particles: the others were not released yet."""
        more = self.trajectories - len(values)
        return np.concatenate(
            (values, np.full(more, np.nan if values.dtype.kind == "f" else 0, values.dtype))
        )

    def _releases(self, ids: np.ndarray) -> np.ndarray:
        return self._release_index(ids) if callable(self._release_index) else self._release_index

    def _fixed(self) -> list[Variable]:
        timed = self._release_time is not None
        return [
            variable
            for variable in fixed_variables(self._calendar)
            if timed or variable.name != "release_time"
        ]

    def _timed(self, ids: np.ndarray) -> dict[str, np.ndarray]:
        return {} if self._release_time is None else {"release_time": self._release_time(ids) / 1e6}

    def _name_dimensions(self) -> dict[str, int]:
        return {"release_index": self._names.shape[0], "name_length": self._names.shape[1]}


def _name_table(names: Sequence[str]) -> np.ndarray:
    """Names as characters, S1 (name, longest), padded with zeros."""
    encoded = np.array([name.encode() for name in names] or [b" "], dtype=np.bytes_)
    return encoded.view("S1").reshape(len(encoded), -1)
