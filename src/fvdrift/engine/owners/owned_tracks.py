"""What one rank owns of the tracks of one run: rows of some stripes, and the files that it writes. Who tells it
what to do is `owners`.

Nothing is raised while other ranks wait: what goes wrong is kept as `trouble`, rows are no longer written then, and
nothing (None) is sent in place of chunks, so that whoever waits for them is not left waiting.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial

import numpy as np

from fvdrift.engine.checkpoint import KeptRows, arrays_of_stripe
from fvdrift.errors import FvdriftError, Interrupted
from fvdrift.forcing import Fields
from fvdrift.output import Before, FileWriter, StripeOwner

from ..messages import DealtRows, Refusal
from ..report import Report
from .dealing import Dealer, Parcel, record_kinds
from .links import Links, Pending
from .orders import Deal, FindRows, FinishFiles, Packed, PackRest, RemoveParts
from .places import Places
from .rows import Rows

LAG = 1  # bands that owners are left to pack before their chunks are asked for: then nobody waits for them


class OwnedTracks:
    """trouble: the first that there was."""

    def __init__(self, dealt: DealtRows, places: Places, here: int, links: Links, asked: Callable[[], bool]):
        """here: this rank; asked: whether a signal asks to stop."""
        self._request, self._stripes = dealt
        self._places, self._here, self._links, self._asked = places, here, links, asked
        self._variables = {variable.name: variable.kind for variable in self._request.variables}
        self._dealer = Dealer(self._stripes, places.owners, record_kinds(self._variables), here)
        self.trouble: Refusal | None = None
        self._interrupted = False
        self._rows: dict[int, Rows] = {}
        self._before: Before | None = None  # found, and not taken over yet
        self._owner: StripeOwner | None = None
        self._writers: dict[int, FileWriter] = {}
        self._recorded: list[list[Fields]] = []  # by output of an interval: parts that are not dealt yet
        self._on_the_way: tuple[Deal, Parcel | None, Pending] | None = None
        self._last_time: tuple[int, int] | None = None
        self._rows_done = self._bands_passed = 0
        self._writing_s = 0.0
        self._sums: dict[int, np.ndarray] = {}

    @property
    def write_s(self) -> float:
        """Seconds of all its threads."""
        return self._writing_s + (0.0 if self._owner is None else self._owner.write_s)

    @contextmanager
    def _keeping_trouble(self) -> Iterator[None]:
        try:
            yield
        except Interrupted:
            raise
        except FvdriftError as error:
            if self.trouble is None:
                self.trouble = Refusal(str(error), error.exit_code)

    # rows, from the first to the last

    def find_rows(self, order: FindRows) -> None:
        """Find the rows that a checkpoint counts on, and take up what it knows of them."""
        for stripe in self._dealer.mine:
            ids = self._stripes.ids(stripe)
            self._rows[stripe] = Rows(len(ids), self._variables, partial(self._born, ids))
        with self._keeping_trouble():
            if order.checkpoint is not None:
                self._before = self._take_up(KeptRows(order.checkpoint))

    def open(self) -> None:
        """Open part files and files of tracks, with the rows that were found."""
        before, self._before = self._before, None
        with self._keeping_trouble():
            if self.trouble is None:
                self._owner = StripeOwner(self._request, self._stripes, self._dealer.mine, before)
                self._open_files(self._stripes.rows)

    def _take_up(self, kept: KeptRows) -> Before:
        """Go on from the last status of particles; the rows that are there."""
        of_mine = {stripe: self._stripes.ids(stripe) for stripe in self._dealer.mine}
        for stripe, ids in of_mine.items():
            self._rows[stripe].restore(kept.status(ids))
        before = kept.before(self._request.path, list(of_mine.values()))
        self._rows_done = before.row_count
        return before

    def _born(self, ids: range) -> np.ndarray:
        return self._request.releases.born_of(np.arange(ids.start, ids.stop, dtype=np.int64))

    def _open_files(self, rows: int) -> None:
        for file, rank in enumerate(self._places.writers):
            if rank == self._here:
                self._writers[file] = FileWriter(self._request, self._stripes, file, rows)

    def record(self, report: Report) -> None:
        """Keep what workers of this rank have recorded in a pass of an interval; it goes from their
        report."""
        self._recorded += [[] for _ in range(len(report.records) - len(self._recorded))]
        for row, parts in enumerate(report.records):
            self._recorded[row].extend(parts)
        report.records = []

    def deal(self, order: Deal) -> None:
        """Begin to give what was recorded to its owners, with all other ranks."""
        rows, self._recorded = self._recorded, []
        rows += [[] for _ in range(len(order.rows) - len(rows))]
        outgoing = self._dealer.pack(rows)
        pending = self._links.deal(outgoing, self._dealer, len(order.rows))
        self._on_the_way = order, outgoing.parcels.get(self._here), pending

    def take_in(self) -> None:
        """Complete the rows that were dealt last, hand them to be written, and pass packed bands on. All ranks
        come to it."""
        if self._on_the_way is None:
            return
        order, own, pending = self._on_the_way
        self._on_the_way = None
        arrived = pending.wait()
        parcels = arrived if own is None else [own, *arrived]
        rows = self._dealer.open(parcels) if self._rows else [{}] * len(order.rows)
        with self._keeping_trouble():
            for number, when, parts in zip(order.rows, order.times, rows, strict=True):
                self._write(number, when, parts, closing=order.closing)
        self._rows_done += len(order.rows)
        whole = sum(rows.stop <= self._rows_done for rows in self._stripes.bands(self._stripes.rows))
        self._pass_bands(whole - LAG)

    def _write(self, number: int, when: int, parts: dict[int, list[Fields]], *, closing: bool) -> None:
        if self.trouble is not None or self._owner is None:
            return
        if closing:
            self._last_time = number, self._request.direction * when
            self._set_time()
            self._owner.set_time(*self._last_time)
        columns = {
            stripe: self._rows[stripe].complete(when, of_stripe) for stripe, of_stripe in parts.items()
        }
        self._owner.write_row(number, columns)

    def _set_time(self) -> None:
        if self._last_time is not None:
            for writer in self._writers.values():
                writer.set_time(*self._last_time)

    # checkpoints

    def sync(self) -> None:
        """Make all rows last on the disk."""
        with self._keeping_trouble():
            if self.trouble is None and self._owner is not None:
                self._sums = self._owner.sync()

    def state(self) -> dict[str, np.ndarray]:
        """For a checkpoint: what there is of its stripes at the last `sync`, but of the row that closes the run,
        as that is done again."""
        closing = None if self._last_time is None else self._last_time[0]
        found: dict[str, np.ndarray] = {}
        for stripe, rows in self._rows.items():
            found |= arrays_of_stripe(stripe, rows.state(), self._sums[stripe][:closing])
        return found

    def settle(self) -> None:
        """A checkpoint counts on these rows."""
        with self._keeping_trouble():
            if self._owner is not None:
                self._owner.settle()

    # bands

    def _pass_bands(self, end: int) -> None:
        """Give packed chunks of all bands up to `end` to those who write them, and write those of others."""
        for band in range(self._bands_passed, end):
            own: dict[int, Sequence[bytes] | None] = {}
            for stripe in self._dealer.mine:
                chunks = self._packed(stripe, band)
                to = self._places.writers[self._stripes.file_of(stripe)]
                if to == self._here:
                    own[stripe] = chunks
                else:
                    self._links.send_chunks(to, chunks)
            for file, rank in enumerate(self._places.writers):
                if rank == self._here:
                    self._put(file, band, own)
            self._links.sent()
        self._bands_passed = max(self._bands_passed, end)

    def _packed(self, stripe: int, band: int) -> Sequence[bytes] | None:
        if self.trouble is not None or self._interrupted or self._owner is None:
            return None
        try:
            with self._keeping_trouble():
                return self._owner.packed(stripe, band, self._asked)
        except Interrupted:
            self._interrupted = True
        return None

    def _put(self, file: int, band: int, own: dict[int, Sequence[bytes] | None]) -> None:
        for stripe in self._stripes.stripes_in(file):
            owner = self._places.owners[stripe]
            chunks = own.pop(stripe) if owner == self._here else self._links.take_chunks(owner)
            if chunks is None:
                self._interrupted = True  # or in trouble: that is for its owner to say
            elif self.trouble is None and not self._interrupted and file in self._writers:
                began = time.perf_counter()
                with self._keeping_trouble():
                    self._writers[file].put(stripe, band, chunks)
                self._writing_s += time.perf_counter() - began

    # the end

    def pack_rest(self, order: PackRest) -> Packed:
        """Pass all bands on that are left."""
        with self._keeping_trouble():
            if order.rows != self._stripes.rows and self._owner is not None and self.trouble is None:
                self._owner.repack(order.rows)
                for writer in self._writers.values():
                    writer.abandon()
                self._writers = {}
                self._open_files(order.rows)
                self._set_time()
        if order.rows != self._stripes.rows:
            self._bands_passed = 0
        # asked here too: where all is packed already, no one waits and asks
        self._interrupted = self._interrupted or self._asked()
        self._pass_bands(len(self._stripes.bands(order.rows)))
        whole = self.trouble is None and not self._interrupted
        digests = {file: writer.digest for file, writer in self._writers.items()} if whole else {}
        return Packed(interrupted=self._interrupted, digests=digests)

    def finish(self, order: FinishFiles) -> None:
        """Make its files of tracks whole."""
        began = time.perf_counter()
        with self._keeping_trouble():
            for writer in self._writers.values():
                writer.finish(order.attributes, order.run)
        self._writing_s += time.perf_counter() - began

    def commit(self) -> None:
        """Give them their names."""
        with self._keeping_trouble():
            for writer in self._writers.values():
                writer.commit()

    def remove_parts(self, order: RemoveParts) -> None:
        """Remove its part files."""
        with self._keeping_trouble():
            if self._owner is not None and order.first == (0 in self._dealer.mine):
                self._owner.remove()

    def close(self) -> None:
        """Keep the part files, let go of all. Safe at any time."""
        for writer in self._writers.values():
            with suppress(FvdriftError):
                writer.abandon()
        if self._owner is not None:
            with suppress(FvdriftError):
                self._owner.close()
