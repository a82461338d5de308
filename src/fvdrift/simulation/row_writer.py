"""Where the rows of a run go: its tracks, the counts in its record, its statistics. Not when they are written
(that is `engine.manager`)."""

import numpy as np

from fvdrift.engine.manager import Row, Rows
from fvdrift.output import NoTracks, RunRecord, TrackWriter
from fvdrift.preparation import Preparation

from .statistics_keeper import StatisticsKeeper


class RowWriter:
    """name: of the member of an ensemble, or ""; tracks: to be set before the first row; whole: whether all rows
    that were taken are written; closing_row: number of the row of an end that is no output time, once that is
    written."""

    def __init__(self, prepared: Preparation, record: RunRecord, ledger: StatisticsKeeper | None):
        releases = prepared.releases
        self.name = prepared.order.name
        self.tracks: TrackWriter | NoTracks = NoTracks()
        self.whole = True
        self.closing_row: int | None = None
        self.rows = Rows(
            releases.total, prepared.variables, lambda: releases.born_of(np.arange(releases.total))
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
        columns = self.rows.complete(row.time, row.parts) if order.tracks else {}
        self.tracks.write_row(row.number, columns)
        self._record.add_counts(series.describe_time(row.time), row.fates)
        if self._ledger is not None and row.closing:
            self._ledger.end(row.time, row.said)
        elif self._ledger is not None:
            self._ledger.take(row.number, row.said)
        self.whole = True

    def sums(self) -> np.ndarray:
        """Of all rows, on the disk by then, but that which closes the run, as it is done again: uint32 (row,
        column). Raises OutputError."""
        return self.tracks.sync()[: self.closing_row]
