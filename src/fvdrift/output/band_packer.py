"""Packs the bands of some stripes in a thread, as soon as their rows are written. Not the rows (that is
`stripe_owner`), nor the file their chunks go into (`file_writer`)."""

import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from fvdrift.errors import OutputError
from fvdrift.process import usable_cores

from .packed_chunks import MOST_THREADS, packed
from .part_file import PartFile
from .stripe_parts import AcrossStripes
from .stripes import Stripes
from .tracks_request import TracksRequest

BANDS_WAITING = 2  # that are packed and not taken yet: they are in memory


class BandPacker:
    """Packed chunks by stripe and band. bands: the rows of each; seconds: that packing took.

    The thread packs band by band, in each stripe by stripe. It waits while BANDS_WAITING are not taken, unless somebody
    waits for one that comes later. error: what it failed by.
    """

    def __init__(self, request: TracksRequest, stripes: Stripes, parts: Mapping[int, PartFile], rows: int):
        """rows: as many as the run comes to."""
        self.seconds = 0.0
        self.error: OutputError | None = None
        self.bands = stripes.bands(rows)
        self._stripes, self._parts, self._rows = stripes, parts, rows
        self._request, self._columns = request, request.column_names
        self._across = AcrossStripes(request, stripes, parts)
        self._threads = min(MOST_THREADS, usable_cores())
        self._done: dict[tuple[int, int], list[bytes]] = {}
        self._written, self._wanted, self._closing = 0, -1, False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._pack_all, name="fvdrift-packing", daemon=True)
        self._thread.start()

    def written(self, rows: int) -> None:
        """The first `rows` rows are in all part files."""
        with self._changed:
            self._written = rows
            self._changed.notify_all()

    def ready(self, stripe: int, band: int) -> bool:
        """Whether `take` would not wait."""
        with self._changed:
            return (stripe, band) in self._done

    def take(self, stripe: int, band: int, seconds: float) -> list[bytes] | None:
        """The chunks of a band, once; None where they are not packed within so many seconds, or packing has failed."""
        with self._changed:
            self._wanted = max(self._wanted, band)
            self._changed.notify_all()
            self._changed.wait_for(lambda: (stripe, band) in self._done or self.error is not None, seconds)
            chunks = self._done.pop((stripe, band), None)
            self._changed.notify_all()
            return chunks

    def close(self) -> None:
        """End the thread; what was not taken is gone."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        self._across.close()
        self._done.clear()

    def _pack_all(self) -> None:
        try:
            with ThreadPoolExecutor(self._threads, "fvdrift-packing") as pool:
                for band, rows in enumerate(self.bands):
                    if not self._may_pack(band, rows):
                        return
                    for stripe in self._parts:
                        begun = time.perf_counter()
                        chunks = self._packed(stripe, rows, pool)
                        self.seconds += time.perf_counter() - begun
                        with self._changed:
                            self._done[stripe, band] = chunks
                            self._changed.notify_all()
                        if self._closing:
                            return
        except Exception as error:
            failed = OutputError(f"{self._request.path}: rows cannot be packed: {error!r}")
            with self._changed:
                self.error = error if isinstance(error, OutputError) else failed
                self._changed.notify_all()

    def _may_pack(self, band: int, rows: slice) -> bool:
        """Waits until a band is to be packed; False where none is any more."""
        with self._changed:
            while not self._closing:
                waiting = len({done for _, done in self._done})
                if rows.stop <= self._written and (waiting < BANDS_WAITING or band <= self._wanted):
                    return True
                self._changed.wait()
        return False

    def _packed(self, stripe: int, rows: slice, pool: ThreadPoolExecutor) -> list[bytes]:
        chunks = self._stripes.chunks(stripe, self._rows)
        if not chunks:
            return []
        shape = self._stripes.shape(self._stripes.file_of(stripe), self._rows)
        ids = range(chunks[0].start, chunks[-1].stop)
        self._across.open(ids)

        def column(number: int) -> list[bytes]:
            block = self._across.block(number, self._columns[number], rows, ids)
            return [
                packed(block[:, each.start - ids.start : each.stop - ids.start], shape) for each in chunks
            ]

        columns = list(pool.map(column, range(len(self._columns))))
        return [packed_column[number] for number in range(len(chunks)) for packed_column in columns]
