"""NAME.nc, packed from NAME.nc.part by the rank that writes both: CF trajectories in compressed NetCDF4. When it is
packed is said by `tracks`, what lies where by `track_file`.

Chunks are packed here, by as many threads as there are cores for. A band is one row of chunks; it is packed as soon
as the run has written its rows.
"""

from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import deflate
import numpy as np

from fvdrift.errors import Interrupted
from fvdrift.process import never, usable_cores

from .chunks import chunk_shape
from .packed_chunks import MOST_THREADS, packed
from .part_file import PartFile
from .track_file import TrackFile
from .track_layout import TrackLayout


class _Block(NamedTuple):
    """Rows of some trajectories of a column: as they lie in the part file, (row, trajectory), and packed."""

    rows: np.ndarray
    packed: bytes


class Packing:
    """A file of tracks that grows band by band. Any thread may call it, one at a time.

    Raises OSError, RuntimeError and OutputError where the file cannot be written, OutputError where the part file
    cannot be read or holds other rows than were written.
    """

    def __init__(self, path: Path, part: PartFile, layout: TrackLayout, rows: int):
        """Create NAME.nc.tmp, for `rows` rows; path: NAME.nc."""
        self.rows = rows
        self._part, self._columns = part, layout.columns
        self._shape = chunk_shape(part.trajectories, rows)
        self._next = 0  # the first row that is not packed yet
        self._threads = min(MOST_THREADS, usable_cores())
        self._file = TrackFile(path, layout, rows, self._shape)

    def advance(self, rows_written: int, asked: Callable[[], bool] = never) -> None:
        """Pack all bands that are complete with the first `rows_written` rows. Raises Interrupted where it is
        `asked` to stop: what it has done is then worth nothing."""
        _, deep = self._shape
        tops = (top for top in self._file.tops if top >= self._next)
        ready = [top for top in tops if min(top + deep, self.rows) <= rows_written]
        if ready:
            with ThreadPoolExecutor(self._threads, "fvdrift-packing") as pool:
                for top in ready:
                    self._pack_band(slice(top, min(top + deep, self.rows)), pool, asked)
                    self._next = top + deep

    def finish(self, more: Mapping[str, str], asked: Callable[[], bool] = never) -> None:
        """Pack the rest, add attributes, look at the whole file, and name it. All rows must be written."""
        self.advance(self.rows, asked)
        self._file.finish(more)
        self._file.commit()

    def abandon(self) -> None:
        """Delete the file. Safe at any time."""
        self._file.abandon()

    def _pack_band(self, rows: slice, pool: ThreadPoolExecutor, asked: Callable[[], bool]) -> None:
        """All chunks of some rows. No more of them are in memory than threads are at work on, and one."""
        stamps = self._file.stamps(rows.start)
        sums = [[0] * (rows.stop - rows.start) for _ in self._columns]
        waiting: deque[tuple[int, Future[list[_Block]]]] = deque()
        for first in self._file.firsts:
            if asked():
                raise Interrupted("stopped while tracks were packed")
            trajectories = slice(first, min(first + self._shape[0], self._part.trajectories))
            waiting.append((first, pool.submit(self._packed, rows, trajectories)))
            if len(waiting) > self._threads:
                self._write(rows.start, stamps, sums, *waiting.popleft())
        while waiting:
            self._write(rows.start, stamps, sums, *waiting.popleft())
        for column, variable in enumerate(self._columns):
            self._part.check(variable.name, column, rows.start, sums[column])

    def _write(
        self, top: int, stamps: bytes, sums: list[list[int]], first: int, packed: Future[list[_Block]]
    ) -> None:
        """sums: CRC-32 by column and row, of what lies before `first`; they grow here."""
        blocks = packed.result()
        self._file.write(first, top, (stamps, *(block.packed for block in blocks)))
        for of_column, block in zip(sums, blocks, strict=True):
            of_column[:] = map(deflate.crc32, block.rows.view(np.uint8), of_column)

    def _packed(self, rows: slice, trajectories: slice) -> list[_Block]:
        read = (self._part.read(column.name, rows, trajectories) for column in self._columns)
        return [_Block(block, packed(block, self._shape)) for block in read]
