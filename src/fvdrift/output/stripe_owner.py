"""Rows of the stripes that one rank owns: a part file each, and their packed chunks. Not the file of tracks those go
into (that is `file_writer`), nor how either comes to another rank."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from fvdrift.process import never

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
        cut before (of those at least whose ids are in `mine`).

        Rows of another cut are dealt anew, into files that get their names by `settle`: all owners may read the
        earlier ones until then. Raises OutputError.
        """
        raise NotImplementedError

    @property
    def write_s(self) -> float:
        raise NotImplementedError

    def write_row(self, row: int, columns: Mapping[int, Mapping[str, np.ndarray]]) -> None:
        """Hand over all columns (trajectory,) of one output time, by stripe, in order of the rows; don't change them
        afterwards. As `TrackWriter.write_row`; every stripe of `mine` must be there."""
        raise NotImplementedError

    def set_time(self, row: int, time_us: int) -> None:
        """Give a row another time (microseconds) than it was to have, before it is handed over: it is the last."""
        raise NotImplementedError

    def sync(self) -> dict[int, np.ndarray]:
        """Make all rows handed over last in the part files; their CRC-32, uint32 (row, column), by stripe."""
        raise NotImplementedError

    def settle(self) -> None:
        """A checkpoint with the sums of `sync` is kept: part files that were made anew take their names, in place of
        those of the cut before. Every owner calls it after every checkpoint, when all ranks know that it is kept."""
        raise NotImplementedError

    def ready(self, stripe: int, band: int) -> bool:
        """Whether `packed` would not wait. Raises OutputError."""
        raise NotImplementedError

    def packed(self, stripe: int, band: int, asked: Callable[[], bool] = never) -> list[bytes]:
        """The packed chunks of a band of a stripe, in file order: by chunk, in it by column (`time` is not among
        them). Waits for the packer; all rows of the band must have been handed over. Each is given once, in order of
        bands. Raises OutputError, and Interrupted where it is `asked` to stop."""
        raise NotImplementedError

    def repack(self, rows: int) -> None:
        """The run ended early, after `rows` rows, fewer than planned: chunks have another shape, and are packed anew
        from the part files of all stripes of the file (of other owners too: all must have called `sync` before, and
        must not `remove` before all bands are taken). Then `packed` gives bands from 0 on, and a `FileWriter` with
        these rows takes them."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop, and keep the part files with all rows handed over (but those that count for no checkpoint, as they
        were dealt anew and never settled). Safe after an error, and to call twice."""
        raise NotImplementedError

    def remove(self) -> None:
        """Stop and delete the part files: the tracks are named."""
        raise NotImplementedError
