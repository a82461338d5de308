"""One file of tracks that others pack the chunks of: NAME.nc itself, or one of the files it is split into. Not the
packing (that is `stripe_owner`)."""

from collections.abc import Mapping, Sequence

from .stripes import Stripes
from .tracks_request import TracksRequest


class FileWriter:
    """Puts packed chunks in their places. Raises OutputError where the file cannot be written; then call `abandon`.

    One file: `put` all; `finish({...})`; `commit`. Several: `put` all; each rank tells all the `digest` of its files;
    `finish({...}, run_id(digests of all files in order))`; when all are finished each is `commit`ted; when all are
    committed one rank calls `commit_tracks`.
    """

    def __init__(self, request: TracksRequest, stripes: Stripes, file: int, rows: int):
        """Create it under a temporary name. file: its number; rows: as many as the run has come to, or may come to."""
        raise NotImplementedError

    def set_time(self, row: int, time_us: int) -> None:
        """As `StripeOwner.set_time`, before the band of that row is put."""
        raise NotImplementedError

    def put(self, stripe: int, band: int, chunks: Sequence[bytes | memoryview]) -> None:
        """What `StripeOwner.packed` gave, in file order: band by band, in it stripe by stripe."""
        raise NotImplementedError

    @property
    def digest(self) -> bytes:
        """Of all chunks that were put: equal in equal runs only."""
        raise NotImplementedError

    def finish(self, more: Mapping[str, str], run: str = "") -> None:
        """Add attributes, and look at the whole file. All bands must have been put. run: of several files, the run's
        id; "" for NAME.nc itself."""
        raise NotImplementedError

    def commit(self) -> None:
        """Give it its name in place of what has that: NAME.nc, or its own in the folder NAME.split."""
        raise NotImplementedError

    def abandon(self) -> None:
        """Delete it unless it was committed. Safe at any time."""
        raise NotImplementedError


def run_id(request: TracksRequest, stripes: Stripes, digests: Sequence[bytes]) -> str:
    """What all files of one run, and of equal ones, have in common. digests: of all files, in order."""
    raise NotImplementedError


def commit_tracks(
    request: TracksRequest, stripes: Stripes, rows: int, more: Mapping[str, str], run: str
) -> None:
    """All files have their names: give NAME.nc its own, where it lies over several; then remove what files of other
    runs are in the folder NAME.split.

    Names of split files carry the run's id, which is of what is in them. So files of two runs lie side by side while
    NAME.nc is replaced, in one step, and at no kill it lies over files of two runs. Raises OutputError.
    """
    raise NotImplementedError
