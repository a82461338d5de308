"""Tracks: CF-1.11 trajectories, written row by row while the run goes on, and packed beside it (how is in
`packing`).

`time` has the output time in every place, also where a particle has no position (NaN) yet or any more: with
gaps in it trajan (0.12) fails in gridtime, seltime and condense_obs, and xarray users could not take the time
of a row from any trajectory they like. So obs j is output time j, and `status` says why a position is
missing.
"""

import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fvdrift.errors import Interrupted, OutputError
from fvdrift.mesh import TrackCoordinates
from fvdrift.process import never
from fvdrift.tools.netcdf.classic_header import Attribute
from fvdrift.tools.new_file import remove

from .conventions import OutputVariable
from .earlier_rows import EarlierRows
from .packing import Packing
from .part_file import PartFile, same_layout
from .paths import check_output, new_part_path, part_path, part_paths
from .room import disk_is_full
from .row_thread import RowThread
from .split_commit import remove_split_files
from .track_layout import Release, TrackLayout
from .tracks_request import TracksRequest


class Before(NamedTuple):
    """What an earlier start has written: its rows, and which of them count: those with the sums (row, column),
    where they were cut into stripes by stripe of that cut."""

    rows: EarlierRows
    sums: np.ndarray | Mapping[int, np.ndarray]

    @property
    def row_count(self) -> int:
        """How many rows count."""
        return len(self.sums if isinstance(self.sums, np.ndarray) else next(iter(self.sums.values())))

    def sums_of(self, stripe: int) -> np.ndarray:
        """The sums of a stripe of that cut."""
        return self.sums if isinstance(self.sums, np.ndarray) else self.sums[stripe]


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
        attributes: Mapping[str, Attribute] | None = None,
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
        self._layout = TrackLayout(
            ids=range(trajectories),
            times_us=times_us,
            coordinates=coordinates,
            variables=variables,
            release_index=release_index,
            release_names=release_names,
            release_time=release_time,
            attributes=attributes or {},
            calendar=calendar,
        )
        self.seconds = self._layout.seconds
        self._late: dict[str, str] = {}
        self.finish_s = self._packing_s = 0.0
        self._part = self._open_part(before)
        try:
            self._packing = self._new_packing(len(self.seconds))
        except OutputError:
            if before is None:
                self._part.remove()
            raise
        if before is None:
            self._remove_other_parts()
        self._written: queue.SimpleQueue[int | None] = queue.SimpleQueue()  # numbers of rows in the part file
        self._written.put(self._part.rows_written)
        self._closing = False
        self._rows = RowThread(self._write, self._part.sync, lambda: str(self._part.path))
        self._packer = threading.Thread(target=self._pack_rows, name="fvdrift-packing", daemon=True)
        self._packer.start()

    @classmethod
    def of(cls, request: TracksRequest, before: Before | None = None) -> "TrackWriter":
        """The writer of all that is asked for, in place of what is there. Raises as `__init__` does."""
        return cls(
            request.path,
            trajectories=request.trajectories,
            times_us=request.times_us,
            release_index=request.releases.release_of,
            release_names=request.releases.names,
            coordinates=request.coordinates,
            variables=request.variables,
            release_time=lambda ids: request.direction * request.releases.born_of(ids),
            attributes=request.attributes,
            calendar=request.calendar,
            overwrite=True,
            before=before,
        )

    @property
    def write_s(self) -> float:
        return self._rows.seconds + self._packing_s + self.finish_s

    @property
    def column_names(self) -> list[str]:
        """The columns of a row, in the order of the file."""
        return self._layout.column_names

    def write_row(self, row: int, columns: Mapping[str, np.ndarray]) -> None:
        """Hand over all columns (trajectory,) of one output time, in order of the rows; don't change them
        afterwards.

        x, y, z, sigma: float64, NaN where there is no position; status, dry: int8; sampled variables:
        float32.
        """
        self._rows.put(row, columns)

    def set_time(self, row: int, time_us: int) -> None:
        """Give a row another time (microseconds) than it was to have, before it is handed over: it is the
        last."""
        if self.seconds[row] != time_us / 1e6:
            self.seconds[row] = time_us / 1e6
            self._part.write("time", self.seconds)

    def sync(self) -> np.ndarray:
        """Make all rows handed over last in NAME.nc.part; their CRC-32, uint32 (row, column)."""
        self._rows.sync()
        return np.array(self._part.sums, np.uint32).reshape(
            self._part.rows_written, len(self._layout.columns)
        )

    def settle(self) -> None:
        """As `StripeOwner.settle`."""
        if self._part.path != (path := part_path(self.path)):
            self._part.rename(path)
        self._remove_other_parts()

    def set_attribute(self, name: str, value: str) -> None:
        """Give the final file one more global attribute; nothing in it may differ between equal runs."""
        self._late[name] = value

    def finish(self, asked: Callable[[], bool] = never) -> None:
        """Write NAME.nc from the rows handed over, then remove NAME.nc.part; it stays on OutputError, and on
        Interrupted where it is `asked` to stop."""
        self._rows.finish()
        begun = time.perf_counter()
        self._written.put(None)
        while self._packer.is_alive():
            self._packer.join(0.1)
            self._closing = self._closing or asked()
        self._rows.check()
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
        self._remove_other_parts()
        remove_split_files(self.path)
        self.finish_s += time.perf_counter() - begun

    def _why(self, error: Exception) -> str:
        """What went wrong with the final file (the library only says "HDF error"), and where the records are
        now."""
        why = str(error)
        why += " (the disk is full)" if disk_is_full(self.path.parent) else ""
        kept = self._part.is_there
        where = f"the records are kept in {self._part.path}" if kept else f"{self._part.path} is gone too"
        return f"{why}; {where}"

    def close(self) -> None:
        """Stop, and keep NAME.nc.part with all rows handed over. Safe after finish and after an error."""
        self._rows.close()
        if self._packer.is_alive():
            self._closing = True
            self._written.put(None)
            self._packer.join()
        self._packing.abandon()
        self._part.close()

    def _write(self, row: int, given: Mapping[str, np.ndarray]) -> None:
        self._part.write_row(row, self._layout.row(given))
        self._written.put(self._part.rows_written)

    def _pack_rows(self) -> None:
        while (rows := self._written.get()) is not None and not self._closing:
            begun = time.perf_counter()
            try:
                self._packing.advance(rows, lambda: self._closing)
            except Interrupted:
                return
            except OutputError as error:
                self._rows.error = error
                return
            except Exception as error:
                self._rows.error = self._failed(error)
                return
            self._packing_s += time.perf_counter() - begun

    def _failed(self, error: Exception) -> OutputError:
        return OutputError(f"{self.path}: cannot be written: {self._why(error)}")

    def _new_packing(self, rows: int) -> Packing:
        try:
            return Packing(self.path, self._part, self._layout, rows)
        except (OSError, RuntimeError) as error:
            raise OutputError(f"{self.path}: cannot be written: {error}") from None

    def _open_part(self, before: Before | None) -> PartFile:
        it, path = self._layout, part_path(self.path)
        dimensions, variables = it.dimensions, it.variables
        if (
            before is not None
            and before.rows.lies_in(path) == it.ids
            and same_layout(path, dimensions, variables, it.attributes)
        ):
            part = PartFile(path, dimensions, variables, it.attributes, before.sums_of(0))
            return self._with_fixed(part)
        new = path if before is None else new_part_path(path)
        part = self._with_fixed(PartFile(new, dimensions, variables, it.attributes))
        if before is not None:
            for row, found in enumerate(before.rows.rows(it.column_names, before.row_count, before.sums)):
                part.write_row(row, {name: it.widened(values) for name, values in found.items()})
            if before.rows.one_of(it.trajectories):
                part.rename(path)
            before.rows.close()
        return part

    def _remove_other_parts(self) -> None:
        """Those that are left where rows were cut into stripes."""
        for path in part_paths(self.path):
            if path != self._part.path:
                remove(path)

    def _with_fixed(self, part: PartFile) -> PartFile:
        """All that does not grow with the run is in it."""
        for name, values in self._layout.fixed_values().items():
            part.write(name, values)
        return part
