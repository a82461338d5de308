"""One file of tracks that others pack the chunks of: NAME.nc itself, or one of the files it is split into. Not the
packing (that is `stripe_owner`)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from fvdrift.errors import OutputError
from fvdrift.tools.netcdf.classic_header import Attribute

from .paths import part_paths
from .room import disk_is_full
from .split_commit import make_split_folder, remove_split_files
from .split_files import split_attributes, split_paths
from .stripes import Stripes
from .track_file import TrackFile
from .tracks_request import TracksRequest


class FileWriter:
    """Puts packed chunks in their places. Raises OutputError where the file cannot be written; then call `abandon`.

    One file: `put` all; `finish({...})`; `commit`. Several: `put` all; each rank tells all the `digest` of its files;
    `finish({...}, run_id(request, stripes, digests of all files in order))`; when all are finished each is `commit`ted.
    When all are committed one rank calls `commit_tracks`. At last owners `remove` their parts.
    """

    def __init__(self, request: TracksRequest, stripes: Stripes, file: int, rows: int):
        """Create it under a temporary name. file: its number; rows: as many as the run has come to, or may come to."""
        self._stripes, self._number, self._rows = stripes, file, rows
        self._path = request.path
        self._layout = request.layout(stripes.ids_in(file))
        self._shape = stripes.shape(file, rows)
        self._order = self._places()
        self._run = ""
        made = request.path if stripes.files == 1 else make_split_folder(request.path) / f"{file:04d}.nc"
        self._made = False
        with self._told():
            self._file = TrackFile(made, self._layout, rows, self._shape)
        self._made = True

    def set_time(self, row: int, time_us: int) -> None:
        """As `StripeOwner.set_time`, before the band of that row is put."""
        self._layout.seconds[row] = time_us / 1e6

    def put(self, stripe: int, band: int, chunks: Sequence[bytes | memoryview]) -> None:
        """What `StripeOwner.packed` gave, in file order: band by band, in it stripe by stripe. Raises ValueError for
        another, or other chunks than those."""
        if next(self._order, None) != (band, stripe):
            raise ValueError(f"band {band} of stripe {stripe} is not the next")
        ids = self._stripes.chunks(stripe, self._rows)
        if len(chunks) != len(ids) * len(self._layout.columns):
            raise ValueError(f"{len(chunks)} chunks of {len(ids)} times {len(self._layout.columns)} columns")
        top, columns = self._stripes.bands(self._rows)[band].start, len(self._layout.columns)
        stamps = self._file.stamps(top)
        with self._told():
            for number, its in enumerate(ids):
                given = map(bytes, chunks[number * columns : (number + 1) * columns])
                self._file.write(its.start - self._layout.ids.start, top, (stamps, *given))

    @property
    def digest(self) -> bytes:
        """Of all chunks that were put: equal in equal runs only."""
        return self._file.digest

    def finish(self, more: Mapping[str, str], run: str = "") -> None:
        """Add attributes, and look at the whole file. All bands must have been put. run: of several files, the run's
        id; "" for NAME.nc itself."""
        if (left := next(self._order, None)) is not None:
            raise ValueError(f"band {left[0]} of stripe {left[1]} was not put")
        self._run, files = run, self._stripes.files
        told: dict[str, Attribute] = dict(more)
        if run:
            told |= split_attributes(run, self._number, files, self._layout.ids.start)
        with self._told():
            self._file.finish(told)

    def commit(self) -> None:
        """Give it its name in place of what has that: NAME.nc, whereupon split files of an earlier run go; or its own in
        the folder NAME.split."""
        its = split_paths(self._path, self._run, self._stripes.files)[self._number] if self._run else None
        with self._told():
            self._file.commit(its)
        if not self._run:
            remove_split_files(self._path)

    def abandon(self) -> None:
        """Delete it unless it was committed. Safe at any time."""
        self._file.abandon()

    def _places(self) -> Iterator[tuple[int, int]]:
        """Bands and stripes, in file order."""
        for band in range(len(self._stripes.bands(self._rows))):
            for stripe in self._stripes.stripes_in(self._number):
                yield band, stripe

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (OSError, RuntimeError) as error:
            full = " (the disk is full)" if disk_is_full(self._path.parent) else ""
            parts = part_paths(self._path)
            kept = f"; the records are kept in {parts[0]}" if parts else ""
            kept += f" and {len(parts) - 1} more beside it" if len(parts) > 1 else ""
            why = f"{self._path}: cannot be written: {error}{full}"
            lost = self._file.lost if self._made else ""
            raise OutputError(f"{lost or why}{kept}") from None
