"""A run on rank 0 from the first step to the last: drives its manager, writes tracks, checkpoints and the
record of the run.

Rows of an interval are handed on when the workers have been sent into the next one (`Crew.later`), or by who
needs that before: the end, a checkpoint, a failure (`_write`). A checkpoint counts on the rows that are in
the records file when it is written, so rows are handed on and that is synced first; after a row that could
not be handed on there is none any more. It is taken where all workers meet, or, for a signal, where they
stop: every particle has its own clock.
"""

import platform
import sys
import time
from contextlib import suppress
from copy import deepcopy
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from fvdrift.engine import InvariantError, write_down
from fvdrift.engine.checkpoint import (
    OF_STATISTICS,
    CheckpointFolder,
    IdentityState,
    WatchState,
    identity_of,
    seen_frames,
    write_checkpoint,
)
from fvdrift.engine.manager import Decomposition, DecompositionCounts, Manager, Row, Tally
from fvdrift.engine.transport import Crew
from fvdrift.errors import ForcingError, FvdriftError, Interrupted, OutputError, during
from fvdrift.forcing import Fields
from fvdrift.output import NoTracks, RunRecord, TrackWriter, breach_path, record_path, statistics_path
from fvdrift.preparation import start_summary
from fvdrift.process import peak_memory
from fvdrift.settings import resolved_keys
from fvdrift.statistics import Ledger
from fvdrift.timeline import Interval
from fvdrift.tools.new_file import Folder

from .alerts import Watch
from .files import attributes, open_tracks
from .start import Start, period

INTERRUPTED = 75
_PACKAGES = ("fvdrift", "numba", "numpy", "netCDF4", "mpi4py")
# over all starts; the tally sums the others itself
_SUMMED = ("read_s", "read_wait_s", "write_s", "total_wall_s")


class RunDriver:
    """One start of a run: `begin`, `step` while there is a `next`, then `finish`, or `leave` where a signal
    stops it."""

    def __init__(self, start: Start, folder: Folder, crew: Crew, ranks: int, started: float, member: int = 0):
        """folder: all that it writes goes there; started: when the command was given (time.perf_counter);
        member: its number among the runs that the crew takes on side by side."""
        self._prepared, self._path, self._before = start.prepared, start.path, start.checkpoint
        self._start, self._folder, self._crew, self._ranks = start, folder, crew, ranks
        self._started, self._member = started, member
        self._due = False
        # number of the row of an end that is no output time, once it is written
        self._closing_row: int | None = None
        self._watched: WatchState | None = None  # what alerts knew before the end was looked at
        self._recorded: list[Row] = []
        self._whole = True  # whether all rows that were taken from there are written
        self._checkpoints = CheckpointFolder(start.path)
        self._manager = Manager(start.prepared, crew, member)
        self._watch = Watch(start.prepared.alerts, start.prepared.series.describe_time)
        self._record = self._new_record()
        self._earlier: dict[str, float] = {}  # seconds of earlier starts
        self._first_step_s = 0.0
        self._pieces: Decomposition | None = None
        self._pieces_before = DecompositionCounts()
        self._writer: TrackWriter | NoTracks = NoTracks()
        self._ledger = start.ledger
        if self._ledger is None and self._prepared.statistics is not None:
            self._ledger = Ledger(self._prepared.statistics)

    @property
    def name(self) -> str:
        """Which of several runs it is, "" where there is one."""
        return self._start.name

    def named(self, sentence: str) -> str:
        """A sentence about this run, among others."""
        return f"{self.name}: {sentence}" if self.name else sentence

    # what it has come to

    @property
    def next(self) -> Interval | None:
        """The interval to come; None where the run has come to its end, or to where an alert stopped it."""
        return self._manager.next

    @property
    def starts_at(self) -> int:
        """When that starts, microseconds; only while there is a `next`."""
        assert self._manager.next is not None
        return self._manager.next.start

    @property
    def turn(self) -> tuple[int, bool]:
        """Of several the least takes its `next`: whoever closes at a time does so while its frames are
        there."""
        assert self._manager.next is not None
        return self.starts_at, not self._manager.next.closing

    @property
    def come_to(self) -> int:
        """Time of the last meeting of its workers, microseconds."""
        return self._manager.standing.since

    @property
    def frames(self) -> range:
        """Numbers of the frames it needs yet; only while there is a `next`."""
        return self._manager.frames

    @property
    def counts(self) -> dict[str, int]:
        """Particles of each status now."""
        return self._manager.counts()

    @property
    def tally(self) -> Tally:
        """What it has done, in this start and those before."""
        return self._manager.tally

    def first_weights(self) -> np.ndarray:
        """Weights of all elements, of where its particles begin."""
        return self._manager.first_weights()

    # from the first step to the last

    def begin(self, raw: Fields | None) -> list[str]:
        """Open what it writes, and take up what a checkpoint holds; sentences for a person. raw: the first
        frame, where it was read already. Raises FvdriftError."""
        if self._prepared.order.tracks:
            self._writer = open_tracks(self._start)
        prepared, before = self._prepared, self._before
        if before is None:
            self._checkpoints.keep(0)  # of an earlier run: none may be taken for one of this
        else:
            state = before.state
            self._manager.tally.restore(state["tally"])
            self._pieces_before = DecompositionCounts.of(state["pieces"])
            self._watch.restore(state["watch"])
            self._record.restore(state["record"], prepared.releases.total - state["identity"]["trajectories"])
            self._earlier = state["record"]["timings"]
        self._manager.begin(before)
        if self._watch.stop:
            self._manager.end()
        story = [
            *start_summary(prepared, self._crew.workers, self._ranks, self._start.starts, raw),
            *self._start.notes,
        ]
        for sentence in story:
            self._record.note(sentence)
        return story

    def step(self, pieces: Decomposition) -> list[str] | None:
        """Take the next interval; what alerts say, or None where a signal stopped it. Raises FvdriftError."""
        self._pieces = pieces
        interval, manager = self._manager.next, self._manager
        if interval is not None and interval.closing:
            self._watched = deepcopy(self._watch.state())
        rows = manager.step(pieces)
        if interval is None or rows is None:
            return None
        self._first_step_s = self._first_step_s or time.perf_counter() - self._started
        self._recorded += rows
        self._crew.later(self._write)
        self._due = self._due or self._is_due(interval)
        said = self._watch.look(interval.end, manager.alerts)
        if self._watch.stop and not interval.closing:
            manager.end()
        return said

    def _write(self) -> None:
        """Hand on what was recorded and is not written yet; no more once that failed. Raises OutputError."""
        while self._recorded and self._whole:
            self._whole, row = False, self._recorded.pop(0)
            if row.closing:
                self._close(row.number, row.time)
            columns = self._manager.rows.complete(row.time, row.parts) if self._prepared.order.tracks else {}
            self._writer.write_row(row.number, columns)
            self._record.add_counts(self._prepared.series.describe_time(row.time), row.fates)
            if self._ledger is not None and row.closing:
                self._ledger.end(row.time, row.said)
            elif self._ledger is not None:
                self._ledger.take(row.number, row.said)
            self._whole = True

    def _close(self, row: int, time: int) -> None:
        """The next row is the last, of another time than it was to be where an alert ends the run."""
        self._closing_row = row
        self._writer.set_time(row, self._prepared.order.direction * time)

    def keep_if(self, wanted: bool) -> None:
        """Write a checkpoint where it is due or wanted, at a meeting."""
        if (wanted or self._due) and not self._watch.stop:
            self.keep()

    def leave(self) -> str:
        """Keep a checkpoint and end, because a signal asked for it; says where it stands."""
        kept = self.keep()
        self._account()
        self._record.set(stopped_by=self._crew.alarm.reason)
        self._write_record(INTERRUPTED)
        come_to = self._prepared.series.describe_time(self._manager.standing.since)
        then = f"{kept} is kept: go on with --resume" if kept else "nothing was done yet: start it again"
        return self.named(f"Stopped by {self._crew.alarm.reason} at {come_to}: {then}")

    def finish(self) -> bool:
        """Write what is to be written at the end; False where a signal came between. Raises FvdriftError."""
        writer = self._writer
        self._write()
        self._record.set(alerts=self._watch.told)
        for number, alert in enumerate(self._watch.told):
            writer.set_attribute(f"alert_{number + 1}", f"{alert['time']}: {alert['say']}")
        self._folder.check()
        at_end = self._prepared.run_file.checkpoint.at_end
        kept = self.keep() if at_end else ""
        if self._ledger is not None:
            with during("writing statistics"):
                self._ledger.write(statistics_path(self._path), attributes(self._prepared))
        try:
            with during("packing the tracks"):
                writer.finish(self._crew.alarm.asked)
        except Interrupted:
            return False
        self._account()
        self._write_record(0)
        self._checkpoints.keep(1 if at_end else 0)
        self._folder.check()
        last = [self._path.with_name(kept)] if kept else []
        for path in (*self._written, record_path(self._path), *last):
            if not path.is_file():
                raise OutputError(f"{path}: was removed while the run came to its end")
        return True

    def fail(self, error: BaseException, *, own: bool) -> None:
        """Leave a record of what ended it, and what was reached where input is at fault; own: whether it came
        from this run, not from one beside it. Raises nothing of its own."""
        with suppress(Exception):  # what is wrong already is what to say
            self._write()
        if not isinstance(error, FvdriftError):
            with suppress(OutputError):
                self._write_record(130 if isinstance(error, KeyboardInterrupt) else 1)
            return
        if isinstance(error, ForcingError) and self._crew.listening and self._whole:
            with suppress(FvdriftError):
                self.keep()
        with suppress(FvdriftError):
            self._account()
            self._write_record(error.exit_code)
        if own and isinstance(error, InvariantError):
            write_down(error, breach_path(self._path), self._record.describing)

    def close(self) -> None:
        """Let go of all files."""
        self._writer.close()

    @property
    def written(self) -> str:
        """Where to find what it wrote, in one line."""
        written = [f"{what}: {path}" for path, what in self._written.items()]
        return "   ".join([*written, f"Record: {record_path(self._path).name}"])

    @property
    def _written(self) -> dict[Path, str]:
        """What it leaves when it is finished, beside its record."""
        tracks = {self._path: "Tracks"} if self._prepared.order.tracks else {}
        counted = {statistics_path(self._path): "Statistics"} if self._prepared.statistics is not None else {}
        return tracks | counted

    def _write_record(self, exit_code: int) -> None:
        self._folder.check()
        self._record.write(exit_code)

    def _is_due(self, interval: Interval) -> bool:
        every, grid = self._prepared.run_file.checkpoint.every, self._prepared.grid
        if every is None or interval.end == grid.end:
            return False
        return (interval.end - grid.start) // every > (interval.start - grid.start) // every

    def keep(self) -> str:
        """Write a checkpoint; its name. Nothing where no step was taken: what they began from is still
        there."""
        manager, prepared, self._due = self._manager, self._prepared, False
        if not manager.under_way or manager.standing == (prepared.grid.start, None):
            return "" if self._before is None else self._before.path.name
        self._folder.check()
        self._write()
        self._account()
        # of what closes a run nothing is kept: it is done again
        arrays = {"status": manager.rows.status, "sums": self._writer.sync()[: self._closing_row]}
        if self._ledger is not None:
            arrays |= {OF_STATISTICS + name: values for name, values in self._ledger.state().items()}
        since, unfinished = manager.standing
        state: dict[str, Any] = {
            "identity": self._identity,
            "frames": seen_frames(prepared, since if unfinished is None else unfinished[1]),
            "tally": manager.tally.state(),
            "pieces": self._piece_counts.state(),
            "left": manager.fates.left.tolist(),
            "watch": self._watch.state() if self._watched is None else self._watched,
            "record": self._record.state(self._closing_row),
        }
        path = self._checkpoints.next()
        with during("writing a checkpoint"):
            write_checkpoint(path, manager.standing, self._crew.keep(self._member), arrays, state)
            self._checkpoints.keep(prepared.run_file.checkpoint.keep)
        return path.name

    @cached_property
    def _identity(self) -> IdentityState:
        try:
            return identity_of(self._prepared)
        except OSError as error:
            raise ForcingError(f"{error.filename}: cannot be read: {error.strerror or error}") from None

    def _new_record(self) -> RunRecord:
        versions = {name: version(name) for name in _PACKAGES}
        record = RunRecord(record_path(self._path), command=sys.argv, ranks=self._ranks, versions=versions)
        whole = resolved_keys(self._prepared.run_file, whole=True)
        record.set(
            run_file=whole,
            run_file_path=str(self._prepared.run_file.path.absolute()),
            period=period(self._prepared),
        )
        record.set(machine=platform.platform(), parts=self._crew.workers)
        return record

    @property
    def _piece_counts(self) -> DecompositionCounts:
        return self._pieces_before if self._pieces is None else self._pieces_before.plus(self._pieces.counts)

    def _account(self) -> None:
        """Bring the record up to date."""
        manager, tally, pieces, away = self._manager, self._manager.tally, self._pieces, self._ranks - 1
        workers = [tally.peak_memory[worker] for worker in sorted(tally.peak_memory)]
        of_pieces = self._piece_counts
        self._record.set(
            particle_steps=tally.particle_steps,
            hand_offs=tally.hand_offs,
            rounds=tally.rounds,
            repartitions=of_pieces.repartitions,
            widened_pieces=of_pieces.widened,
            readers=0 if pieces is None else pieces.readers,
            imbalance=round(tally.imbalance(self._crew.workers), 4),
            # by rank, whether rank 0 moves particles or not
            peak_memory_bytes=[peak_memory(), *workers[len(workers) - away :]],
            final_counts=manager.counts(),
            released_below_bed=tally.below_bed,
            released_dry=tally.dry,
            not_in_water=tally.not_in_water,
        )
        seconds = {
            "read_s": 0.0 if pieces is None else pieces.read_s,
            "read_wait_s": 0.0 if pieces is None else pieces.read_wait_s,
            "pack_s": of_pieces.pack_s,
            "advance_cpu_s": tally.advance_cpu_s,
            "computing_s": tally.computing_s,
            "transfer_s": tally.transfer_s,
            "write_s": self._writer.write_s,
            "finish_s": self._writer.finish_s,
            "first_step_s": self._first_step_s,
            "total_wall_s": time.perf_counter() - self._started,
        }
        self._record.set_seconds(
            {
                name: value + (self._earlier.get(name, 0.0) if name in _SUMMED else 0.0)
                for name, value in seconds.items()
            }
        )
