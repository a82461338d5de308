"""NAME.nc, packed from NAME.nc.part: CF trajectories in compressed NetCDF4. When it is packed is said by `tracks`.

Chunks are packed here, by as many threads as there are cores for, and go into the file as they are (`raw_chunks`). A band is
one row of chunks; it is packed as soon as the run has written its rows. What lies where in the file follows from the
numbers of trajectories and rows alone: bands, in them ranges of trajectories, in them variables are written in order. So
equal rows give equal bytes, whenever they were written and by whoever they were packed.
"""

import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import deflate
import netCDF4
import numpy as np

from fvdrift.cores import cores
from fvdrift.errors import Interrupted
from fvdrift.netcdf_lock import LOCK
from fvdrift.output.chunks import chunk_shape
from fvdrift.output.classic import Variable
from fvdrift.output.conventions import time_attributes
from fvdrift.output.part_file import PartFile
from fvdrift.output.raw_chunks import RawChunks
from fvdrift.transfer import never

# libdeflate packs 2.3 times as fast as zlib. ISA-L would 10 times, but not always to the same bytes: in one of some hundred
# small files a chunk was another one
LEVEL = 1
MOST_THREADS = 4


class Contents(NamedTuple):
    """What tracks hold beside what is in the part file. seconds: float64 (obs,), of all rows that the run may come to;
    fixed: variables of trajectories as a whole; columns: of a row, as `conventions.columns` gives them."""

    attributes: Mapping[str, str]
    seconds: np.ndarray
    calendar: bool
    fixed: Sequence[Variable]
    columns: Sequence[Variable]


class Packing:
    """A file of tracks that grows band by band. Any thread may call it, one at a time.

    Raises OSError and RuntimeError where the file cannot be written, OutputError where the part file cannot be read.
    """

    def __init__(self, path: Path, part: PartFile, contents: Contents, rows: int):
        """Create the file for `rows` rows, whatever was there."""
        self.path, self.rows = path, rows
        self._part, self._contents = part, contents
        self._wide, self._deep = chunk_shape(part.trajectories, rows)
        self._next = 0  # the first row that is not packed yet
        self._stamps = Variable("time", "f8", ("trajectory", "obs"), time_attributes(contents.calendar))
        self._chunked = (self._stamps, *contents.columns)
        self._threads = min(MOST_THREADS, cores())
        try:
            with LOCK:
                self._create()
            self._chunks = RawChunks(path, [variable.name for variable in self._chunked])
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def advance(self, rows_written: int, asked: Callable[[], bool] = never) -> None:
        """Pack all bands that are complete with the first `rows_written` rows. Raises Interrupted where it is `asked` to stop:
        what it has done is then worth nothing."""
        ready = [top for top in self._tops() if min(top + self._deep, self.rows) <= rows_written]
        if ready:
            with ThreadPoolExecutor(self._threads, "fvdrift-packing") as pool:
                for top in ready:
                    self._pack_band(slice(top, min(top + self._deep, self.rows)), pool, asked)
                    self._next = top + self._deep

    def finish(self, more: Mapping[str, str], asked: Callable[[], bool] = never) -> None:
        """Pack the rest, add attributes, and bring all of it to the disk. All rows must be written."""
        self.advance(self.rows, asked)
        self._chunks.close()
        if more:
            with LOCK, netCDF4.Dataset(self.path, "r+") as file:
                file.setncatts(more)
        with self.path.open("rb+") as written:
            os.fsync(written.fileno())

    def abandon(self) -> None:
        """Delete the file. Safe at any time."""
        with suppress(OSError):
            self._chunks.close()
        self.path.unlink(missing_ok=True)

    def _tops(self) -> range:
        return range(self._next, self.rows, self._deep)

    def _pack_band(self, rows: slice, pool: ThreadPoolExecutor, asked: Callable[[], bool]) -> None:
        """All chunks of some rows. No more of them are in memory than threads are at work on, and one."""
        stamps = self._packed_stamps(rows)
        waiting: deque[tuple[int, Future[list[bytes]]]] = deque()
        for first in range(0, self._part.trajectories, self._wide):
            if asked():
                raise Interrupted("stopped while tracks were packed")
            trajectories = slice(first, min(first + self._wide, self._part.trajectories))
            waiting.append((first, pool.submit(self._packed, rows, trajectories)))
            if len(waiting) > self._threads:
                self._write(rows.start, stamps, *waiting.popleft())
        while waiting:
            self._write(rows.start, stamps, *waiting.popleft())

    def _write(self, top: int, stamps: bytes, first: int, packed: Future[list[bytes]]) -> None:
        for variable, chunk in zip(self._chunked, (stamps, *packed.result()), strict=True):
            self._chunks.write(variable.name, (first, top), chunk)

    def _packed_stamps(self, rows: slice) -> bytes:
        """The chunk of `time`, which is the same for all trajectories."""
        seconds = self._contents.seconds[rows].astype(">f8")
        return self._compressed(np.repeat(seconds[:, None], self._wide, axis=1))

    def _packed(self, rows: slice, trajectories: slice) -> list[bytes]:
        return [self._compressed(self._part.read(column.name, rows, trajectories)) for column in self._contents.columns]

    def _compressed(self, block: np.ndarray) -> bytes:
        """(row, trajectory), most significant byte first, as the whole chunk that HDF5 would make of it: (trajectory, row),
        least significant byte first, shuffled, deflated. What lies beyond the edges is zero."""
        whole = np.zeros((self._wide, self._deep), block.dtype.newbyteorder("<"))
        whole[: block.shape[1], : block.shape[0]] = block.T
        parts = whole.view(np.uint8).reshape(-1, whole.itemsize)
        shuffled = np.empty(parts.shape[::-1], np.uint8)
        for i in range(whole.itemsize):  # twice as fast as all of them in one assignment
            shuffled[i] = parts[:, i]
        return bytes(deflate.zlib_compress(shuffled.data, LEVEL))

    def _create(self) -> None:
        """All but the chunks."""
        names = self._part.read_all("release_name")
        dimensions = {"trajectory": self._part.trajectories, "obs": self.rows}
        dimensions |= {"release_index": names.shape[0], "name_length": names.shape[1]}
        with netCDF4.Dataset(self.path, "w", format="NETCDF4") as file:
            file.set_fill_off()
            file.setncatts(self._contents.attributes)
            for name, length in dimensions.items():
                file.createDimension(name, length)
            for variable in self._contents.fixed:
                _create_variable(file, variable, None)[:] = self._part.read_all(variable.name)
            for variable in self._chunked:
                _create_variable(file, variable, (self._wide, self._deep))


def _create_variable(file: netCDF4.Dataset, variable: Variable, chunk: tuple[int, int] | None) -> netCDF4.Variable:
    """A variable of the file, compressed if it has chunks."""
    attributes = dict(variable.attributes)
    encoding = attributes.pop("_Encoding", None)
    fill = attributes.pop("_FillValue", False)
    packed: dict[str, Any] = {} if chunk is None else {"zlib": True, "complevel": LEVEL, "shuffle": True, "chunksizes": chunk}
    created = file.createVariable(variable.name, variable.kind, variable.dimensions, fill_value=fill, **packed)
    created.set_auto_maskandscale(False)
    created.set_auto_chartostring(False)
    created.setncatts(attributes)
    if encoding is not None:
        created.setncattr("_Encoding", encoding)
    return created
