"""Rows of the stripes that one rank owns: a part file each, and their packed chunks. Not the file of tracks those go
into (that is `file_writer`), nor how either comes to another rank."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from fvdrift.errors import Interrupted
from fvdrift.process import never

from .band_packer import BandPacker
from .row_thread import RowThread
from .stripe_parts import StripeParts
from .stripes import Stripes
from .tracks import Before
from .tracks_request import TracksRequest


class StripeOwner:
    """Writes the part files of some stripes from a thread of its own; another one packs their bands.

    Failures in a thread come out of the next call, as OutputError. write_s: seconds of both threads.

    A run goes so: `write_row` for each row; `packed` for each band once all its rows were handed over, in the order
    of bands (two bands wait to be taken at most, so who takes none stops the packing, not the writing); `sync` at each
    checkpoint, and once that is kept `settle`. At the end: all bands are taken; files are named; `remove`.
    """

    def __init__(
        self, request: TracksRequest, stripes: Stripes, mine: Sequence[int], before: Before | None = None
    ):
        """mine: numbers of the stripes; may be empty. before: go on behind these rows; its sums are by stripe of the
        cut before (of one at least, and of all those whose ids are in `mine`).

        Rows of another cut are dealt anew, into files that get their names by `settle`: all owners may read the
        earlier ones until then. Raises OutputError.
        """
        self._request, self._stripes = request, stripes
        self._handed = 0 if before is None else before.row_count
        self._layouts = {stripe: request.layout(stripes.ids(stripe)) for stripe in mine}
        self._seconds = np.array(request.times_us, np.int64) / 1e6
        self._parts = StripeParts(request, stripes, mine, before)
        self._packed_s = 0.0
        self._packer = self._new_packer(len(self._seconds))
        self._rows = RowThread(self._write, self._sync, lambda: str(request.path))

    @property
    def write_s(self) -> float:
        return self._rows.seconds + self._packed_s + self._packer.seconds

    def write_row(self, row: int, columns: Mapping[int, Mapping[str, np.ndarray]]) -> None:
        """Hand over all columns (trajectory,) of one output time, by stripe, in order of the rows; don't change them
        afterwards. As `TrackWriter.write_row`; every stripe of `mine` must be there."""
        self._check()
        self._rows.put(row, columns)
        self._handed = row + 1

    def set_time(self, row: int, time_us: int) -> None:
        """Give a row another time (microseconds) than it was to have, before it is handed over: it is the last."""
        if self._seconds[row] != time_us / 1e6:
            self._seconds[row] = time_us / 1e6
            for part in self._parts.files.values():
                part.write("time", self._seconds)

    def sync(self) -> dict[int, np.ndarray]:
        """Make all rows handed over last in the part files; their CRC-32, uint32 (row, column), by stripe."""
        self._check()
        self._rows.sync()
        columns = len(self._request.column_names)
        return {
            stripe: np.array(part.sums, np.uint32).reshape(part.rows_written, columns)
            for stripe, part in self._parts.files.items()
        }

    def settle(self) -> None:
        """A checkpoint with the sums of `sync` is kept: part files that were made anew take their names, in place of
        those of the cut before. Every owner calls it after every checkpoint, when all ranks know that it is kept."""
        self._parts.settle()

    def ready(self, stripe: int, band: int) -> bool:
        """Whether `packed` would not wait. Raises OutputError."""
        self._check()
        return self._packer.ready(stripe, band)

    def packed(self, stripe: int, band: int, asked: Callable[[], bool] = never) -> list[bytes]:
        """The packed chunks of a band of a stripe, in file order: by chunk, in it by column (`time` is not among
        them). Waits for the packer; all rows of the band must have been handed over. Each is given once, in order of
        bands. Raises OutputError, and Interrupted where it is `asked` to stop."""
        if self._packer.bands[band].stop > self._handed:
            raise ValueError(f"band {band} is not whole with {self._handed} rows")
        while True:
            self._check()
            chunks = self._packer.take(stripe, band, 0.2)
            if chunks is not None:
                return chunks
            if asked():
                raise Interrupted("stopped while tracks were packed")

    def repack(self, rows: int) -> None:
        """The run ended early, after `rows` rows, fewer than planned: chunks have another shape, and are packed anew
        from the part files of all stripes of the file (of other owners too: all must have called `sync` before, and
        must not `remove` before all bands are taken). Then `packed` gives bands from 0 on, and a `FileWriter` with
        these rows takes them."""
        self._check()
        self._rows.sync()
        self._end_packer()
        self._packer = self._new_packer(rows)

    def close(self) -> None:
        """Stop, and keep the part files with all rows handed over. Safe after an error, and to call twice."""
        self._rows.close()
        self._end_packer()
        self._parts.close()

    def remove(self) -> None:
        """Stop and delete the part files: the tracks are named."""
        self._rows.close()
        self._end_packer()
        self._parts.remove()

    def _new_packer(self, rows: int) -> BandPacker:
        packer = BandPacker(self._request, self._stripes, self._parts.files, rows)
        packer.written(self._handed)
        return packer

    def _end_packer(self) -> None:
        self._packed_s, self._packer.seconds = self._packed_s + self._packer.seconds, 0.0
        self._packer.close()

    def _check(self) -> None:
        self._rows.check()
        if self._packer.error is not None:
            raise self._packer.error

    def _write(self, row: int, columns: Mapping[int, Mapping[str, np.ndarray]]) -> None:
        for stripe, part in self._parts.files.items():
            part.write_row(row, self._layouts[stripe].row(columns[stripe]))
        self._packer.written(row + 1)

    def _sync(self) -> None:
        for part in self._parts.files.values():
            part.sync()
