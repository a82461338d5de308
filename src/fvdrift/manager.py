"""The manager: feeds the workers with pieces, frames and releases, lets them advance, and gathers what they report.

It knows the whole mesh and the whole frames in use; how its workers are reached is the crew's business (`transport`).
"""

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from fvdrift_kernels.state import ACTIVE

from .alert import Partials
from .checkpoint.contents import Contents, Standing
from .errors import Interrupted, during
from .forcing import FrameReader
from .frames_ahead import Frame, FramesAhead
from .invariants import check_counts, check_hand_offs, refuse_breach
from .messages import Advance, Fields, Kept, Release, Restore, TakeFrame, TakePiece, TimedFrame
from .particles import where
from .partition import Cuts, cut
from .piece import Piece, cut_piece
from .preparation import Preparation
from .release.batch import Batch, no_batch
from .rows import Fates, Rows
from .shares import ELEMENT_WEIGHT, first_weights, largest_share, weights_of
from .statistics import Answers
from .supply import Supply
from .tally import Tally
from .timetable import Interval, output_steps, remaining
from .transport import Crew

OUT_OF_BALANCE = 1.2  # busiest worker over the mean: above it the cuts are looked at again
WORTH_IT = 0.9  # new cuts are made when they promise less than this share of the imbalance there is
MANY = 0.1  # hand-offs in an interval for each particle that moves: with fewer it is not by them that one worker gets most
REACH = 1.5  # of the fastest flow known when a piece is cut; what flows faster later widens the piece
SLOWEST_REACH = 0.25  # m/s


class Manager:
    """Drives a prepared run, interval by interval: `for completed in manager.run(): ...`. standing: how far it has come."""

    def __init__(self, prepared: Preparation, crew: Crew):
        self._prepared = prepared
        self._crew = crew
        self.tally = Tally()
        self.rows = Rows(
            prepared.releases.total, prepared.outputs, prepared.variables,
            lambda: prepared.releases.born_of(np.arange(prepared.releases.total)),
        )  # fmt: skip
        self.standing = Standing(prepared.grid.start, None)
        self.under_way = False  # whether the workers hold all that the run has come to
        self._window: list[Frame] = []
        self._cuts: Cuts
        self._accepted: float | None = None
        self._pieces: list[Piece] = []
        self._distance = np.zeros(crew.workers)  # m, that each worker sees beyond its own part
        self._ahead = prepared.grid.step  # microseconds of travel that it is to see
        self.readers, self.read_s, self.read_wait_s = 0, 0.0, 0.0
        self._reader: FrameReader | None = None
        self._frames: FramesAhead
        self.fates = Fates(prepared.releases.total)
        self.statistics: list[tuple[int, list[Answers]]] = []  # by row of the last interval: what each worker says of it
        self.alerts: dict[int, list[Partials]] = {}  # by alert looked at when the last interval ended: what each worker says

    def run(self, before: Contents | None = None) -> Iterator[tuple[Interval, list[tuple[int, Fields, dict[str, int]]]]]:
        """Generator over the intervals of the run: yields (interval, [(row, columns, counts of every fate), ...]) as each is
        done; without tracks there are no columns.

        before: the checkpoint that it goes on from. It ends early, with `standing` as it is then, where a signal asks for it.
        """
        prepared, asked = self._prepared, self._crew.alarm.asked
        intervals = prepared.intervals
        if before is not None:
            self.standing = before.standing
            intervals = remaining(intervals, prepared.outputs, prepared.series.times, *before.standing)
            self.rows.status[: len(before.status)] = before.status
            self.fates.left[:] = before.state["left"]
        if not intervals:
            return
        supply: Supply = prepared.supply
        wish = prepared.run_file.parallel
        busy = self._crew.beside * wish.threads
        needed = prepared.frames_of(intervals)
        self._reader = FrameReader(prepared.series, supply.names, needed, wanted=wish.readers, busy=busy, taken_early=True)
        self._frames = FramesAhead(self._reader, supply.reduce, self._cut_frame)
        for interval in intervals:
            half_done = self.standing.unfinished is not None
            batch = no_batch() if half_done else prepared.source.batch(interval, first=interval.start == prepared.grid.start)
            if asked():
                return
            try:
                self._fill_window(interval, batch, before)
            except Interrupted:
                return
            before, self.under_way = None, True
            self.tally.not_in_water += batch.not_in_water
            self.tally.released += len(batch.particles)
            self._release(batch, interval)
            del batch  # memory for as many particles again
            advanced = self._advance(interval, half_done)
            if advanced is None:
                self.standing = Standing(interval.start, (interval.start, interval.end))
                return
            parts, numbers = advanced
            tracks = prepared.order.tracks
            done = [
                (row, self.rows.complete(row, parts[i]) if tracks else {}, numbers[i]) for i, row in enumerate(interval.outputs)
            ]
            del parts, advanced
            self.standing = Standing(interval.end, None)
            self._check_counts(interval)
            yield interval, done
            del done

    def close(self) -> None:
        """Read no more."""
        if self._reader is not None:
            self._reader.close()
            self._frames.close()
            self.readers, self.read_s, self.read_wait_s = self._reader.readers, self._reader.read_s, self._reader.wait_s

    # frames and pieces

    def _fill_window(self, interval: Interval, batch: Batch, before: Contents | None) -> None:
        """Take the frames that the interval needs, and send every worker its parts of them; and what it held `before`."""
        needed = self._prepared.window(interval)
        fresh = []
        while not self._window or self._window[-1][0] < needed[-1]:
            with during("reading a frame"):
                fresh.append(self._frames.take(self._pieces, self._crew.alarm.asked))
            self._window = [frame for frame in (*self._window, fresh[-1].frame) if frame[0] >= needed[0]]
            self.tally.pack_s += fresh[-1].pack_s
        started = time.perf_counter()
        if not self._pieces:
            self._deal_out(self._initial_weights(batch, before))
            for kept in () if before is None else before.kept():
                self._restore(kept)
        else:
            for taken in fresh:
                for worker, frame in enumerate(taken.cuts):
                    self._crew.send(worker, TakeFrame(frame))
        self.tally.pack_s += time.perf_counter() - started

    def _cut_frame(self, frame: Frame, piece: Piece) -> TimedFrame:
        number, fields = frame
        prepared = self._prepared
        return prepared.supply.cut(int(prepared.series.times[number]), fields, prepared.mesh, piece)

    def _initial_weights(self, batch: Batch, before: Contents | None) -> np.ndarray:
        """Weights of the elements by where the first particles start, and where those are that were there `before`."""
        weights = first_weights(self._prepared, batch)
        for kept in () if before is None else before.kept():
            at = kept.particles["element"][kept.particles["status"] <= ACTIVE]
            weights += weights_of(self._prepared, at, np.ones(len(at), np.int64)) - ELEMENT_WEIGHT
        return weights

    def _restore(self, kept: Kept) -> None:
        """Give what one worker held, of any cuts, to its owners."""
        owners = self._cuts.owner(kept.particles["element"], kept.particles["id"])
        owners_of_rows = [self._cuts.owner(row["element"], row["id"]) for row in kept.records]
        for worker in np.unique(np.concatenate([owners, *owners_of_rows])):
            records = [row[mine == worker] for row, mine in zip(kept.records, owners_of_rows, strict=True)]
            self._crew.send(int(worker), Restore(kept.particles[owners == worker], records))

    def _deal_out(self, weights: np.ndarray) -> None:
        """Cut the curve by `weights`, and give every worker its piece and every particle to its owner."""
        self._cuts, self._accepted = cut(weights, self._crew.workers), None
        reach = REACH * self._fastest() * self._ahead / 1e6
        self._distance = np.maximum(self._distance, reach)
        self._pieces = [self._cut_piece(worker) for worker in range(self._crew.workers)]
        self._crew.redistribute([self._piece_message(worker, redistribute=True) for worker in range(self._crew.workers)])

    def _fastest(self) -> float:
        """The fastest flow in the frames in use, m/s."""
        speeds = [np.sqrt(np.max(f["u"] ** 2 + f["v"] ** 2, initial=0.0)) for _, f in self._window]
        return float(max(*speeds, SLOWEST_REACH))

    def _cut_piece(self, worker: int) -> Piece:
        prepared = self._prepared
        h = prepared.series.h[prepared.mesh.file_node]
        return cut_piece(
            prepared.mesh, prepared.surroundings, h, self._cuts.owned(worker), self._distance[worker],
            prepared.node_rings,
        )

    def _piece_message(self, worker: int, redistribute: bool) -> TakePiece:
        piece = self._pieces[worker]
        frames = [self._cut_frame(frame, piece) for frame in self._window]
        return TakePiece(piece, self._cuts, frames, redistribute)

    # releases, intervals

    def _release(self, batch: Batch, interval: Interval) -> None:
        owners = self._cuts.owner(batch.particles["element"], batch.particles["id"])
        for worker in np.unique(owners):
            mine = owners == worker
            self._crew.send(
                int(worker),
                Release(
                    where(batch.particles, mine), where(batch.depth_kind, mine), where(batch.upper, mine),
                    where(batch.lower, mine), where(batch.times, mine), self._prepared.window_times(interval),
                ),
            )

    def _advance(self, interval: Interval, half_done: bool) -> tuple[list[list[Fields]], list[dict[str, int]]] | None:
        """Take the workers through an interval; what they recorded, by output of the interval and worker, and how many
        particles have had each fate by then; None where a signal stopped them on the way. half_done: it was stopped before, and
        they hold what was recorded."""
        prepared = self._prepared
        schedule = prepared.grid.schedule(interval.start, interval.end)
        steps = output_steps(prepared.grid, schedule, interval, prepared.outputs)
        looks = prepared.alerts_at(interval.end)
        rows = interval.outputs
        message = Advance(schedule, steps, prepared.window_times(interval), half_done, looks, rows)
        parts: list[list[Fields]] = [[] for _ in interval.outputs]
        fates: list[list[np.ndarray]] = [[] for _ in interval.outputs]
        asked: list[tuple[int, list[Answers]]] = [(row, []) for row in interval.outputs]
        work, handed = np.zeros(self._crew.workers, np.int64), 0
        while True:
            reports = self._crew.advance(message)
            when = prepared.series.describe_time(interval.end)
            refuse_breach(reports, prepared.mesh, when)
            check_hand_offs([report.sent for report in reports], [report.received for report in reports], when)
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
                for i, said in enumerate(report.statistics):
                    asked[i][1].append(said)
            stuck = [report.worker for report in reports if report.stuck]
            if not stuck:
                break
            for worker in stuck:
                self._widen(worker)
            # few particles and one more pass: what was reported already is not to be kept half done
            message = replace(message, again=True, stoppable=False)
        self.alerts = {number: [report.alerts[i] for report in reports] for i, number in enumerate(looks)}
        self.statistics = asked
        self._balance(work, handed, interval)
        return parts, [self.fates.add(numbers) for numbers in fates]

    def _widen(self, worker: int) -> None:
        """Double how far a worker sees: a particle of its own could not take a step in its piece.

        The distance never falls, so that all it holds stays in its piece.
        """
        self._distance[worker] *= 2.0
        self.tally.widened += 1
        self._pieces[worker] = self._cut_piece(worker)
        self._crew.send(worker, self._piece_message(worker, redistribute=False))

    def _balance(self, work: np.ndarray, handed: int, interval: Interval) -> None:
        """Make new cuts where the work of the last interval was out of balance and they promise to help.

        Where new cuts did not help, particles that were dealt out well met again in elements of one worker before the interval
        was over, as a cloud does that several share: then pieces reach as far as particles travel in an interval, so that they
        stay with those they were dealt out to. Work is counted in steps, not in seconds, so that a run can be repeated exactly.
        """
        mean = work.mean()
        if self._crew.workers == 1 or mean == 0:
            return
        imbalance = work.max() / mean
        fresh = self._accepted is None
        # what these cuts gave at first: a few particles can't be shared better, however often they are dealt out
        self._accepted = imbalance if self._accepted is None else self._accepted
        if imbalance <= OUT_OF_BALANCE:
            return
        weighed = self._crew.weigh()
        elements = np.concatenate([w.elements for w in weighed])
        particles = np.concatenate([w.particles for w in weighed])
        weights = weights_of(self._prepared, elements, particles)
        promised = largest_share(cut(weights, self._crew.workers), weights)
        drifted = imbalance > OUT_OF_BALANCE * self._accepted  # to workers that hold what others own
        moved_away = handed > MANY * particles.sum()
        met_again = fresh and moved_away and promised < WORTH_IT * imbalance and self._ahead < interval.end - interval.start
        if met_again:
            self._ahead = interval.end - interval.start
        if (
            met_again
            or promised < WORTH_IT * largest_share(self._cuts, weights)
            or (drifted and promised < WORTH_IT * imbalance)
        ):
            self._deal_out(weights)
            self.tally.repartitions += 1

    def _check_counts(self, interval: Interval) -> None:
        held, gone = int(self.tally.held.sum()), int(self.fates.left.sum())
        check_counts(self.tally.released, held, gone, self._prepared.series.describe_time(interval.end))

    def counts(self) -> dict[str, int]:
        """Particles of each status now: those the workers hold, and those that have left."""
        return self.fates.with_held(self.tally.held)
