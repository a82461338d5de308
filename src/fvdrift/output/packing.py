"""NAME.nc, packed from NAME.nc.part: CF trajectories in compressed NetCDF4. When it is packed is said by
`tracks`.

Chunks are packed here, by as many threads as there are cores for, and go into the file as they are
(`raw_chunks`). A band is one row of chunks; it is packed as soon as the run has written its rows. What lies
where in the file follows from the numbers of trajectories and rows alone: bands, in them ranges of
trajectories, in them variables are written in order. So equal rows give equal bytes, whenever they were
written and by whoever they were packed.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import deflate
import netCDF4
import numpy as np

from fvdrift.errors import Interrupted, OutputError
from fvdrift.process import never, usable_cores
from fvdrift.tools.netcdf.classic_header import Variable
from fvdrift.tools.netcdf.lock import LOCK
from fvdrift.tools.netcdf.new_variable import create_variable
from fvdrift.tools.netcdf.raw_chunks import RawChunks
from fvdrift.tools.new_file import NewFile

from .chunks import chunk_shape
from .conventions import time_attributes
from .part_file import PartFile

# libdeflate packs 2.3 times as fast as zlib. ISA-L would 10 times, but not always to the same bytes: in one
# of some hundred small files a chunk was another one
LEVEL = 1
MOST_THREADS = 4


class Contents(NamedTuple):
    """What tracks hold beside what is in the part file. seconds: float64 (obs,), of all rows that the run may
    come to; fixed: variables of trajectories as a whole; columns: of a row, as `conventions.columns` gives
    them."""

    attributes: Mapping[str, str]
    seconds: np.ndarray
    calendar: bool
    fixed: Sequence[Variable]
    columns: Sequence[Variable]


class _Block(NamedTuple):
    """Rows of some trajectories of a column: as they lie in the part file, (row, trajectory), and packed."""

    rows: np.ndarray
    packed: bytes


class Packing:
    """A file of tracks that grows band by band. Any thread may call it, one at a time.

    The library gets the file by its descriptor: it can neither write into another one, nor make one where
    this is gone. Raises OSError, RuntimeError and OutputError where the file cannot be written, OutputError
    where the part file cannot be read or holds other rows than were written.
    """

    def __init__(self, path: Path, part: PartFile, contents: Contents, rows: int):
        """Create NAME.nc.tmp, for `rows` rows; path: NAME.nc."""
        self.rows = rows
        self._part, self._contents = part, contents
        self._wide, self._deep = chunk_shape(part.trajectories, rows)
        self._next = 0  # the first row that is not packed yet
        self._stamps = Variable("time", "f8", ("trajectory", "obs"), time_attributes(contents.calendar))
        self._chunked = (self._stamps, *contents.columns)
        self._storage = {
            "zlib": True,
            "complevel": LEVEL,
            "shuffle": True,
            "chunksizes": (self._wide, self._deep),
        }
        self._threads = min(MOST_THREADS, usable_cores())
        self._sums: list[int] = []  # CRC-32 of all chunks, in the order in which they were written
        self._file = NewFile(path)
        try:
            with LOCK:
                self._create()
            self._chunks = RawChunks(self._file.through, [variable.name for variable in self._chunked])
        except BaseException:
            self._file.close()
            raise

    def advance(self, rows_written: int, asked: Callable[[], bool] = never) -> None:
        """Pack all bands that are complete with the first `rows_written` rows. Raises Interrupted where it is
        `asked` to stop: what it has done is then worth nothing."""
        ready = [top for top in self._tops() if min(top + self._deep, self.rows) <= rows_written]
        if ready:
            with ThreadPoolExecutor(self._threads, "fvdrift-packing") as pool:
                for top in ready:
                    self._pack_band(slice(top, min(top + self._deep, self.rows)), pool, asked)
                    self._next = top + self._deep

    def finish(self, more: Mapping[str, str], asked: Callable[[], bool] = never) -> None:
        """Pack the rest, add attributes, look at the whole file, and name it. All rows must be written."""
        self.advance(self.rows, asked)
        self._chunks.close()
        if more:
            with LOCK, netCDF4.Dataset(self._file.through, "r+") as file:
                file.setncatts(more)
        self._check()
        self._file.commit()

    def abandon(self) -> None:
        """Delete the file. Safe at any time."""
        with suppress(OSError):
            self._chunks.close()
        self._file.close()

    def _check(self) -> None:
        """Raises OutputError where the file, read again, has other sizes, fixed values or chunks than were
        written."""
        with LOCK, netCDF4.Dataset(self._file.through) as file:
            file.set_auto_maskandscale(False)
            file.set_auto_chartostring(False)
            sizes = {name: len(dimension) for name, dimension in file.dimensions.items()}
            names = [variable.name for variable in self._contents.fixed]
            whole = sizes == self._dimensions and all(
                np.array_equal(file[name][...], self._part.read_all(name)) for name in names
            )
        chunks = RawChunks(self._file.through, [variable.name for variable in self._chunked], read_only=True)
        try:
            sums = (
                deflate.crc32(chunks.read(variable.name, (first, top)))
                for top in range(0, self.rows, self._deep)
                for first in self._firsts()
                for variable in self._chunked
            )
            whole = whole and all(found == written for found, written in zip(sums, self._sums, strict=True))
        finally:
            chunks.close()
        if not whole:
            raise OutputError(f"{self._file.temporary}: does not hold what was written to it")

    def _tops(self) -> range:
        return range(self._next, self.rows, self._deep)

    def _firsts(self) -> range:
        return range(0, self._part.trajectories, self._wide)

    def _pack_band(self, rows: slice, pool: ThreadPoolExecutor, asked: Callable[[], bool]) -> None:
        """All chunks of some rows. No more of them are in memory than threads are at work on, and one."""
        stamps = self._packed_stamps(rows)
        sums = [[0] * (rows.stop - rows.start) for _ in self._contents.columns]
        waiting: deque[tuple[int, Future[list[_Block]]]] = deque()
        for first in self._firsts():
            if asked():
                raise Interrupted("stopped while tracks were packed")
            trajectories = slice(first, min(first + self._wide, self._part.trajectories))
            waiting.append((first, pool.submit(self._packed, rows, trajectories)))
            if len(waiting) > self._threads:
                self._write(rows.start, stamps, sums, *waiting.popleft())
        while waiting:
            self._write(rows.start, stamps, sums, *waiting.popleft())
        for column, variable in enumerate(self._contents.columns):
            self._part.check(variable.name, column, rows.start, sums[column])

    def _write(
        self, top: int, stamps: bytes, sums: list[list[int]], first: int, packed: Future[list[_Block]]
    ) -> None:
        """sums: CRC-32 by column and row, of what lies before `first`; they grow here."""
        blocks = packed.result()
        for variable, chunk in zip(self._chunked, (stamps, *(block.packed for block in blocks)), strict=True):
            self._chunks.write(variable.name, (first, top), chunk)
            self._sums.append(deflate.crc32(chunk))
        for of_column, block in zip(sums, blocks, strict=True):
            of_column[:] = map(deflate.crc32, block.rows.view(np.uint8), of_column)

    def _packed_stamps(self, rows: slice) -> bytes:
        """The chunk of `time`, which is the same for all trajectories."""
        seconds = self._contents.seconds[rows].astype(">f8")
        return self._compressed(np.repeat(seconds[:, None], self._wide, axis=1))

    def _packed(self, rows: slice, trajectories: slice) -> list[_Block]:
        read = (self._part.read(column.name, rows, trajectories) for column in self._contents.columns)
        return [_Block(block, self._compressed(block)) for block in read]

    def _compressed(self, block: np.ndarray) -> bytes:
        """(row, trajectory), most significant byte first, as the whole chunk that HDF5 would make of it:
        (trajectory, row), least significant byte first, shuffled, deflated. What lies beyond the edges is
        zero."""
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
        self._dimensions = {"trajectory": self._part.trajectories, "obs": self.rows}
        self._dimensions |= {"release_index": names.shape[0], "name_length": names.shape[1]}
        with netCDF4.Dataset(self._file.through, "w", format="NETCDF4") as file:
            file.set_fill_off()
            file.setncatts(self._contents.attributes)
            for name, length in self._dimensions.items():
                file.createDimension(name, length)
            for variable in self._contents.fixed:
                create_variable(file, variable)[:] = self._part.read_all(variable.name)
            for variable in self._chunked:
                create_variable(file, variable, **self._storage)
