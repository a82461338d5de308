"""The manager of a run: releases particles, lets the workers advance, and gathers what they report.

The decomposition and the frames, which all runs that go on side by side share, are the business of
`decomposition`.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fvdrift.engine.checkpoint import Contents, Standing
from fvdrift.engine.owners import Deal
from fvdrift.engine.transport import Crew
from fvdrift.errors import Interrupted
from fvdrift.expression import Partials
from fvdrift.orders import END
from fvdrift.preparation import ELEMENT_WEIGHT, Preparation, weights_of
from fvdrift.timeline import Interval, closed, output_steps, remaining

from ..invariants import check_counts, check_hand_offs, refuse_breach
from ..messages import Advance, Kept, Restore
from ..report import Report
from .budget import Budget
from .decomposition import Decomposition
from .releases import Releases
from .row_queue import Recorded, Row, RowQueue, Sink
from .rows import Fates
from .tally import Tally


class Manager:
    """Drives a prepared run by intervals: while there is a `next`, `read`, `release` and `advance`. standing:
    how far it has come; under_way: whether the workers hold all that the run has come to; alerts: by alert
    looked at when the last interval ended, what is said to it."""

    def __init__(self, prepared: Preparation, crew: Crew, queue: RowQueue, sink: Sink, member: int = 0):
        """queue: takes the rows of all runs that go on side by side; sink: where those of this one go;
        member: its number among them."""
        self._prepared, self._crew, self._member = prepared, crew, member
        self._queue, self._sink = queue, sink
        self.tally, self.fates = Tally(), Fates(prepared.releases.total)
        self.budget = Budget()
        self.standing = Standing(prepared.timeline.grid.start, None)
        self.under_way = False
        self.alerts: dict[int, list[Partials]] = {}
        self._intervals = prepared.timeline.intervals
        self._before: Contents | None = None
        self._releases = Releases(prepared, crew, member)

    def resume(self, before: Contents) -> None:
        """Go on from where this checkpoint was taken, with the particles in it."""
        prepared = self._prepared
        self._before, self.standing = before, before.standing
        self._intervals = remaining(
            prepared.timeline.intervals, prepared.timeline.outputs, prepared.series.times, *before.standing
        )

    def end(self) -> None:
        """Go no further than to here, where all meet: what stands is to be recorded, if it is not."""
        prepared, since = self._prepared, self.standing.since
        if since == prepared.timeline.grid.end:
            return
        last = [
            interval
            for interval in prepared.timeline.intervals
            if interval.end == since and not interval.closing
        ][-1]
        recorded = int(np.searchsorted(prepared.timeline.outputs, since, side="right"))
        self._intervals = [] if since in prepared.timeline.outputs else [closed(last, (recorded,))]

    @property
    def next(self) -> Interval | None:
        """The interval to come; None at the end, or where an alert stopped the run."""
        return self._intervals[0] if self._intervals else None

    @property
    def turn(self) -> tuple[int, bool]:
        """Of several the least goes on: whoever closes at a time does so while its frames are there."""
        return self._intervals[0].start, not self._intervals[0].closing

    @property
    def frames(self) -> range:
        """Numbers of the frames that are needed yet; only while there is a `next`."""
        return self._prepared.timeline.frames_of(self._intervals)

    def first_weights(self) -> np.ndarray:
        """Weights of the elements by where the first particles start, and where those are that there were
        before."""
        if self.standing.unfinished is not None:
            self._releases.skip()
        weights = self._releases.weights(self._intervals[0], first=self._is_first)
        if self._before is not None:
            prepared, moving = self._prepared, self._before.looked.moving
            at = np.flatnonzero(moving)
            weights += weights_of(prepared.mesh, prepared.timeline, at, moving[at]) - ELEMENT_WEIGHT
        return weights

    def counts(self) -> dict[str, int]:
        """Particles of each status now: those the workers hold, and those that have left."""
        return self.fates.with_held(self.tally.held)

    # the next interval

    def read(self, decomposition: Decomposition) -> bool:
        """Have every worker know the frames that the interval needs; False where a signal asks to stop."""
        if self._crew.alarm.asked():
            return False
        try:
            decomposition.fill_window(self._prepared.timeline.window(self._intervals[0]))
        except Interrupted:
            return False
        return True

    def release(self, decomposition: Decomposition) -> None:
        """Give the particles that start in it to their owners, at first those of a checkpoint too."""
        if self._before is not None:
            self._take_up(self._before, decomposition)
        placed = self._releases.release(self._intervals[0], decomposition, first=self._is_first)
        self._before, self.under_way = None, True
        self.tally.not_in_water += placed

    def advance(self, decomposition: Decomposition) -> bool:
        """Take the workers through it; its rows wait to be written. False where a signal stopped them on the
        way: then `standing` says where."""
        interval = self._intervals[0]
        message, recorded = self._message(interval), Recorded(len(interval.outputs), self._crew.workers)
        while True:
            report = self._queue.write_while_moving(self._crew, message)
            self._check(report, interval)
            self.tally.add(report)
            self.budget.released += report.begun
            if report.stopped:
                self.standing = Standing(interval.start, (interval.start, interval.end))
                return False
            recorded.add(report)
            stuck = np.flatnonzero(report.stuck)
            if not len(stuck):
                break
            for worker in stuck.tolist():
                decomposition.widen(worker)
            # few particles and one more pass: what was reported already is not to be kept half done
            message = replace(message, again=True, stoppable=False)
        decomposition.worked(recorded.steps, recorded.hand_offs, interval.end - interval.start)
        rows = self._rows(interval, recorded)
        self.alerts = self._said_to_alerts(message.alerts, report)
        self.standing, self._intervals = Standing(interval.end, None), self._intervals[1:]
        held, gone = int(self.tally.held.sum()), int(self.fates.left.sum())
        check_counts(self.tally.released, held, gone, self._prepared.series.describe_time(interval.end))
        if rows and self._crew.statistics is not None:
            self._crew.statistics.swap(self._member, message.rows, rows[-1].time)
        if rows and self._crew.owners.deals(self._member):
            numbers, times = tuple(row.number for row in rows), tuple(row.time for row in rows)
            self._crew.by_all(Deal(self._member, numbers, times, interval.closing))
        self._queue.put(self._sink, rows)
        return True

    @property
    def _is_first(self) -> bool:
        """Whether the run begins with it."""
        return self._intervals[0].start == self._prepared.timeline.grid.start and not self.under_way

    def _take_up(self, before: Contents, decomposition: Decomposition) -> None:
        """Have the workers read what is in a checkpoint; where only this rank sees it, send it to them."""
        if not self._crew.take_up(before.archives, before.looked.readers, self._member):
            for kept in before.kept():
                self._restore(kept, decomposition)

    def _restore(self, kept: Kept, decomposition: Decomposition) -> None:
        """Give what one worker held, of any cuts, to its owners."""
        owners = decomposition.cuts.owner(kept.particles["element"], kept.particles["id"])
        owners_of_rows = [decomposition.cuts.owner(row["element"], row["id"]) for row in kept.records]
        for worker in np.unique(np.concatenate([owners, *owners_of_rows])):
            records = [row[mine == worker] for row, mine in zip(kept.records, owners_of_rows, strict=True)]
            self._crew.send(int(worker), Restore(kept.particles[owners == worker], records, self._member))

    def _message(self, interval: Interval) -> Advance:
        """What the workers are told of an interval; where it was stopped half done before, they hold what was
        recorded."""
        prepared, outputs = self._prepared, interval.outputs
        schedule = prepared.timeline.grid.schedule(interval.start, interval.end)
        return Advance(
            schedule=schedule,
            output_steps=output_steps(prepared.timeline.grid, schedule, self._times(interval)),
            window=prepared.timeline.window_times(interval),
            again=self.standing.unfinished is not None,
            alerts=prepared.timeline.alerts_at(interval),
            rows=(END,) * len(outputs) if interval.closing else outputs,
            stoppable=interval.end > interval.start,
            member=self._member,
            closing=interval.closing,
        )

    def _times(self, interval: Interval) -> list[int]:
        """Of its rows, microseconds."""
        if interval.closing:
            return [interval.end] * len(interval.outputs)
        return [int(self._prepared.timeline.outputs[row]) for row in interval.outputs]

    def _check(self, report: Report, interval: Interval) -> None:
        """Raises InvariantError, and what an owner of rows has met with."""
        when = self._prepared.series.describe_time(interval.end)
        refuse_breach(report, self._prepared.mesh, when)
        check_hand_offs(report.sent, report.received, when)
        for trouble in (self._crew.owners.trouble, report.trouble):
            if trouble is not None:
                raise trouble.as_error()

    def _rows(self, interval: Interval, recorded: Recorded) -> list[Row]:
        count = self.fates.of_standing if interval.closing else self.fates.add
        fates = [count(of_row) for of_row in recorded.fates]
        for sums in recorded.amounts:
            self.budget.add_row(sums, closing=interval.closing)
        of_rows = zip(
            interval.outputs, self._times(interval), recorded.parts, fates, recorded.said, strict=True
        )
        return [
            Row(number=number, time=time, closing=interval.closing, parts=parts, fates=each, said=said)
            for number, time, parts, each, said in of_rows
        ]

    def _said_to_alerts(self, alerts: Sequence[int], report: Report) -> dict[int, list[Partials]]:
        """What workers say to these alerts, and what follows for particles that none of them holds."""
        numbers = np.array(list(self.counts().values()))
        conditions = [self._prepared.alerts[number].condition for number in alerts]
        return {
            number: [report.alerts[i], conditions[i].of_absent(numbers)] for i, number in enumerate(alerts)
        }
