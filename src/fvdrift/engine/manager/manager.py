"""The manager of a run: releases particles, lets the workers advance, and gathers what they report.

The decomposition and the frames, which all runs that go on side by side share, are the business of
`decomposition`.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from fvdrift.engine.checkpoint import Contents, Standing
from fvdrift.engine.transport import Crew
from fvdrift.errors import Interrupted
from fvdrift.expression import Partials
from fvdrift.forcing import Fields
from fvdrift.orders import END
from fvdrift.preparation import ELEMENT_WEIGHT, Preparation, first_weights, weights_of
from fvdrift.release import Batch, no_batch
from fvdrift.statistics import Answers
from fvdrift.timeline import Interval, closed, output_steps, remaining
from fvdrift.tools.particle_arrays import where
from fvdrift_kernels.state import ACTIVE

from ..invariants import check_counts, check_hand_offs, refuse_breach
from ..messages import Advance, Kept, Release, Restore
from .decomposition import Decomposition
from .rows import Fates, Rows
from .tally import Tally


class Row(NamedTuple):
    """What was recorded at one output. number: of the row; time: microseconds; closing: whether it is that of
    an end which is no output time; parts: by worker, columns over those that it held, none where no tracks
    are written; fates: how many particles have each status; said: to each statistic, by worker."""

    number: int
    time: int
    closing: bool
    parts: list[Fields]
    fates: dict[str, int]
    said: list[Answers]


class Manager:
    """Drives a prepared run by intervals: `begin`, then `step` while there is a `next`. standing: how far it
    has come."""

    def __init__(self, prepared: Preparation, crew: Crew, member: int = 0):
        """member: number of the run among those that the crew takes on side by side."""
        self._prepared, self._crew, self._member = prepared, crew, member
        self.tally = Tally()
        self.rows = Rows(
            prepared.releases.total,
            prepared.variables,
            lambda: prepared.releases.born_of(np.arange(prepared.releases.total)),
        )
        self.standing = Standing(prepared.grid.start, None)
        self.under_way = False  # whether the workers hold all that the run has come to
        self.fates = Fates(prepared.releases.total)
        # by alert looked at when the last interval ended: what each worker says
        self.alerts: dict[int, list[Partials]] = {}
        self._intervals = prepared.intervals
        self._before: Contents | None = None
        self._first_batch: Batch | None = None

    def begin(self, before: Contents | None) -> None:
        """before: the checkpoint that it goes on from."""
        if before is None:
            return
        prepared = self._prepared
        self._before, self.standing = before, before.standing
        self._intervals = remaining(
            prepared.intervals, prepared.outputs, prepared.series.times, *before.standing
        )
        self.rows.status[: len(before.status)] = before.status
        self.fates.left[:] = before.state["left"]

    def end(self) -> None:
        """Go no further than to here, where all meet: what stands is to be recorded, if it is not."""
        prepared, since = self._prepared, self.standing.since
        if since == prepared.grid.end:
            return
        last = [
            interval for interval in prepared.intervals if interval.end == since and not interval.closing
        ][-1]
        recorded = int(np.searchsorted(prepared.outputs, since, side="right"))
        self._intervals = [] if since in prepared.outputs else [closed(last, (recorded,))]

    @property
    def next(self) -> Interval | None:
        """The interval to come; None at the end."""
        return self._intervals[0] if self._intervals else None

    @property
    def frames(self) -> range:
        """Numbers of the frames that are needed yet."""
        return self._prepared.frames_of(self._intervals)

    def first_weights(self) -> np.ndarray:
        """Weights of the elements by where the first particles start, and where those are that there were
        before."""
        self._first_batch = self._batch()
        weights = first_weights(self._prepared, self._first_batch)
        for kept in () if self._before is None else self._before.kept():
            at = kept.particles["element"][kept.particles["status"] <= ACTIVE]
            weights += weights_of(self._prepared, at, np.ones(len(at), np.int64)) - ELEMENT_WEIGHT
        return weights

    def step(self, decomposition: Decomposition) -> list[Row] | None:
        """Take the run through the next interval; its rows, or None where a signal stopped it: then
        `standing` says where."""
        interval, half_done = self._intervals[0], self.standing.unfinished is not None
        if self._crew.alarm.asked():
            return None
        try:
            decomposition.fill_window(self._prepared.window(interval))
        except Interrupted:
            return None
        for kept in () if self._before is None else self._before.kept():
            self._restore(kept, decomposition)
        batch = self._batch() if self._first_batch is None else self._first_batch
        self._before, self._first_batch, self.under_way = None, None, True
        self.tally.not_in_water += batch.not_in_water
        self.tally.released += len(batch.particles)
        self._release(batch, interval, decomposition)
        del batch  # memory for as many particles again
        advanced = self._advance(interval, half_done, decomposition)
        if advanced is None:
            self.standing = Standing(interval.start, (interval.start, interval.end))
            return None
        self.standing = Standing(interval.end, None)
        self._intervals = self._intervals[1:]
        self._check_counts(interval)
        return advanced

    def _batch(self) -> Batch:
        """The particles that start in the next interval."""
        interval, prepared = self._intervals[0], self._prepared
        if self.standing.unfinished is not None:
            return no_batch()
        return prepared.source.batch(
            interval, first=interval.start == prepared.grid.start and not self.under_way
        )

    def _restore(self, kept: Kept, decomposition: Decomposition) -> None:
        """Give what one worker held, of any cuts, to its owners."""
        owners = decomposition.cuts.owner(kept.particles["element"], kept.particles["id"])
        owners_of_rows = [decomposition.cuts.owner(row["element"], row["id"]) for row in kept.records]
        for worker in np.unique(np.concatenate([owners, *owners_of_rows])):
            records = [row[mine == worker] for row, mine in zip(kept.records, owners_of_rows, strict=True)]
            self._crew.send(int(worker), Restore(kept.particles[owners == worker], records, self._member))

    def _release(self, batch: Batch, interval: Interval, decomposition: Decomposition) -> None:
        owners = decomposition.cuts.owner(batch.particles["element"], batch.particles["id"])
        for worker in np.unique(owners):
            mine = owners == worker
            self._crew.send(
                int(worker),
                Release(
                    where(batch.particles, mine),
                    where(batch.depth_kind, mine),
                    where(batch.upper, mine),
                    where(batch.lower, mine),
                    where(batch.times, mine),
                    self._prepared.window_times(interval),
                    self._member,
                ),
            )

    def _advance(self, interval: Interval, half_done: bool, decomposition: Decomposition) -> list[Row] | None:
        """Take the workers through an interval; what they recorded; None where a signal stopped them on the
        way. half_done: it was stopped before, and they hold what was recorded."""
        prepared = self._prepared
        schedule = prepared.grid.schedule(interval.start, interval.end)
        looks, rows, closing = prepared.alerts_at(interval), interval.outputs, interval.closing
        times = [interval.end] * len(rows) if closing else [int(prepared.outputs[row]) for row in rows]
        message = Advance(
            schedule,
            output_steps(prepared.grid, schedule, times),
            prepared.window_times(interval),
            half_done,
            looks,
            (END,) * len(rows) if closing else rows,
            stoppable=interval.end > interval.start,
            member=self._member,
            closing=closing,
        )
        parts: list[list[Fields]] = [[] for _ in interval.outputs]
        fates: list[list[np.ndarray]] = [[] for _ in interval.outputs]
        said: list[list[Answers]] = [[] for _ in interval.outputs]
        work, handed = np.zeros(self._crew.workers, np.int64), 0
        while True:
            reports = self._crew.advance(message)
            when = prepared.series.describe_time(interval.end)
            refuse_breach(reports, prepared.mesh, when)
            check_hand_offs(
                [report.sent for report in reports], [report.received for report in reports], when
            )
            self.tally.add(reports)
            if any(report.stopped for report in reports):
                return None
            work += [report.steps for report in reports]
            handed += sum(report.hand_offs for report in reports)
            for report in reports:
                for i, record in enumerate(report.records):
                    parts[i].append(record)
                for i, numbers in enumerate(report.fates):
                    fates[i].append(numbers)
                for i, answers in enumerate(report.statistics):
                    said[i].append(answers)
            stuck = [report.worker for report in reports if report.stuck]
            if not stuck:
                break
            for worker in stuck:
                decomposition.widen(worker)
            # few particles and one more pass: what was reported already is not to be kept half done
            message = replace(message, again=True, stoppable=False)
        decomposition.worked(work, handed, interval.end - interval.start)
        count = self.fates.of_standing if closing else self.fates.add
        counted = [count(of_row) for of_row in fates]
        numbers = np.array(list(self.counts().values()))
        self.alerts = {
            number: [
                *(report.alerts[i] for report in reports),
                prepared.alerts[number].condition.of_absent(numbers),
            ]
            for i, number in enumerate(looks)
        }
        columns = (rows, times, [closing] * len(rows), parts, counted, said)
        return [Row(*each) for each in zip(*columns, strict=True)]

    def _check_counts(self, interval: Interval) -> None:
        held, gone = int(self.tally.held.sum()), int(self.fates.left.sum())
        check_counts(self.tally.released, held, gone, self._prepared.series.describe_time(interval.end))

    def counts(self) -> dict[str, int]:
        """Particles of each status now: those the workers hold, and those that have left."""
        return self.fates.with_held(self.tally.held)
