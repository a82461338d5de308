"""A file of tracks, NetCDF4, that packed chunks are put into. Not the packing (that is `packing` and `band_packer`).

Chunks go into the file as they are (`raw_chunks`). What lies where follows from the numbers of trajectories and rows
alone: bands (rows of chunks), in them ranges of trajectories, in them variables are written in order. So equal rows
give equal bytes, whenever they were written and by whoever they were packed.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import deflate
import numpy as np

from fvdrift.errors import OutputError
from fvdrift.tools.netcdf.lock import LOCK
from fvdrift.tools.netcdf.new_variable import create_variable
from fvdrift.tools.netcdf.raw_chunks import RawChunks
from fvdrift.tools.new_file import NewFile, lies_at

from .packed_chunks import LEVEL, packed_stamps
from .track_layout import TrackLayout


class TrackFile:
    """A file that grows band by band. Any thread may call it, one at a time.

    The library gets the file by its descriptor: it can neither write into another one, nor make one where
    this is gone. Raises OSError, RuntimeError and OutputError where the file cannot be written.
    """

    def __init__(
        self,
        path: Path,
        layout: TrackLayout,
        rows: int,
        shape: tuple[int, int],
        temporary: Path | None = None,
    ):
        """Create it, complete but for its chunks of `shape` (trajectories, rows). path, temporary: as of `NewFile`."""
        self.rows, self.shape = rows, shape
        self._layout = layout
        self._chunked = (layout.stamps, *layout.columns)
        self._sums: list[int] = []  # CRC-32 of all chunks, in the order in which they were written
        self._dimensions = layout.file_dimensions(rows)
        self._file = NewFile(path, temporary)
        try:
            with LOCK:
                self._create()
            self._chunks = RawChunks(self._file.through, [variable.name for variable in self._chunked])
        except BaseException:
            self._file.close()
            raise

    @property
    def firsts(self) -> range:
        """The first trajectory of each chunk, from 0 on."""
        return range(0, self._layout.trajectories, self.shape[0])

    @property
    def tops(self) -> range:
        """The first row of each chunk."""
        return range(0, self.rows, self.shape[1])

    def stamps(self, top: int) -> bytes:
        """The chunk of `time` of a band, as `write` takes it."""
        return packed_stamps(self._layout.seconds[top : min(top + self.shape[1], self.rows)], self.shape)

    def write(self, first: int, top: int, chunks: Sequence[bytes]) -> None:
        """The packed chunks there, of `time` and all columns."""
        for variable, chunk in zip(self._chunked, chunks, strict=True):
            self._chunks.write(variable.name, (first, top), chunk)
            self._sums.append(deflate.crc32(chunk))

    @property
    def digest(self) -> bytes:
        """Of all chunks that were written."""
        return hashlib.blake2b(np.array(self._sums, "<u4").tobytes(), digest_size=16).digest()

    def finish(self, more: Mapping[str, Any]) -> None:
        """Add attributes, and look at the whole file. All chunks must be written."""
        self._chunks.close()
        if more:
            import netCDF4

            with LOCK, netCDF4.Dataset(self._file.through, "r+") as file:
                file.setncatts(more)
        self._check()

    def commit(self, path: Path | None = None) -> None:
        """Give it its name. path: another one than it was to have, in the same folder."""
        self._file.path = self._file.path if path is None else path
        self._file.commit()

    @property
    def lost(self) -> str:
        """What became of it while it was written, as the library only speaks of a descriptor; "" where it is there."""
        if lies_at(self._file.descriptor, self._file.temporary):
            return ""
        return f"{self._file.temporary}: was removed or replaced while the run went on"

    def abandon(self) -> None:
        """Delete the file unless it has its name. Safe at any time."""
        with suppress(OSError):
            self._chunks.close()
        self._file.close()

    def _check(self) -> None:
        """Raises OutputError where the file, read again, has other sizes, fixed values or chunks than were
        written."""
        import netCDF4

        with LOCK, netCDF4.Dataset(self._file.through) as file:
            file.set_auto_maskandscale(False)
            file.set_auto_chartostring(False)
            sizes = {name: len(dimension) for name, dimension in file.dimensions.items()}
            whole = sizes == self._dimensions and all(
                np.array_equal(file[name][where], values) for name, where, values in self._fixed()
            )
        chunks = RawChunks(self._file.through, [variable.name for variable in self._chunked], read_only=True)
        try:
            sums = (
                deflate.crc32(chunks.read(variable.name, (first, top)))
                for top in self.tops
                for first in self.firsts
                for variable in self._chunked
            )
            whole = whole and all(found == written for found, written in zip(sums, self._sums, strict=True))
        finally:
            chunks.close()
        if not whole:
            raise OutputError(f"{self._file.temporary}: does not hold what was written to it")

    def _create(self) -> None:
        """All but the chunks."""
        import netCDF4

        with netCDF4.Dataset(self._file.through, "w", format="NETCDF4") as file:
            file.set_fill_off()
            file.setncatts(self._layout.attributes)
            for name, length in self._dimensions.items():
                file.createDimension(name, length)
            for variable in self._layout.fixed:
                created = create_variable(file, variable)
                for where, values in self._layout.slabs(variable.name):
                    created[where] = values
            for variable in self._chunked:
                create_variable(
                    file, variable, zlib=True, complevel=LEVEL, shuffle=True, chunksizes=self.shape
                )

    def _fixed(self) -> Iterator[tuple[str, slice, np.ndarray]]:
        for variable in self._layout.fixed:
            for where, values in self._layout.slabs(variable.name):
                yield variable.name, where, values
