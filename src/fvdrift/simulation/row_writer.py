"""Where the rows of a run go: its tracks, the counts in its record, its statistics. Not when they are written
(that is `engine.manager`)."""

import numpy as np

from fvdrift.engine.checkpoint import Contents, KeptRows
from fvdrift.engine.manager import Row
from fvdrift.engine.owners import Rows
from fvdrift.output import NoTracks, RunRecord, TrackWriter
from fvdrift.preparation import Preparation

from .dealt_tracks import DealtTracks
from .statistics_keeper import StatisticsKeeper


class RowWriter:
    """name: of the member of an ensemble, or ""; tracks: to be set before the first row; whole: whether all rows
    that were taken are written; closing_row: number of the row of an end that is no output time, once that is
    written."""

    def __init__(
        self,
        prepared: Preparation,
        record: RunRecord,
        ledger: StatisticsKeeper | None,
        *,
        dealt: bool = False,
    ):
        """dealt: whether rows are completed and written by their owners."""
        releases = prepared.releases
        self.name = prepared.order.name
        self.tracks: TrackWriter | DealtTracks | NoTracks = NoTracks()
        self.whole = True
        self.closing_row: int | None = None
        self._here = prepared.order.tracks and not dealt  # else there is nothing here of any particle
        self._rows = Rows(
            releases.total if self._here else 0,
            {each.name: each.kind for each in prepared.output_variables} if self._here else {},
            lambda: releases.born_of(np.arange(releases.total)),
        )
        self._prepared, self._record, self._ledger = prepared, record, ledger

    def write(self, row: Row) -> None:
        """Hand a row on; nothing more once that failed. Raises OutputError."""
        if not self.whole:
            return
        self.whole, order, series = False, self._prepared.order, self._prepared.series
        if row.closing:  # of another time than it was to be where an alert ends the run
            self.closing_row = row.number
            self.tracks.set_time(row.number, order.direction * row.time)
        columns = self._rows.complete(row.time, row.parts) if self._here else {}
        self.tracks.write_row(row.number, columns)
        self._record.add_counts(series.describe_time(row.time), row.fates)
        if self._ledger is not None and row.closing:
            self._ledger.end(row.time, row.said)
        elif self._ledger is not None:
            self._ledger.take(row.number, row.said)
        self.whole = True

    def state(self) -> dict[str, np.ndarray]:
        """For a checkpoint: the last status of every particle, int8 (particle,), and the sums of all rows, on the
        disk by then, but of that which closes the run, as it is done again: uint32 (row, column). Owners keep
        theirs. Raises OutputError."""
        if isinstance(self.tracks, DealtTracks):
            return self.tracks.state()
        total = self._prepared.releases.total
        status = self._rows.state() if self._here else np.zeros(total, np.int8)  # pages that nobody touches
        return {"status": status, "sums": self.tracks.sync()[: self.closing_row]}

    def restore(self, found: Contents) -> None:
        """Go on from a checkpoint; owners do so by themselves."""
        if self._here:
            self._rows.restore(KeptRows(found.archives).status())
