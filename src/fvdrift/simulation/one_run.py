"""A run on rank 0 from the first step to the last: drives its manager, writes tracks, checkpoints and the
record of the run. Which of several goes on is `side_by_side`.

A checkpoint counts on the rows that are in the records file when it is written, so the rows that wait are
written and that is synced first; after a row that could not be written there is none any more. It is taken
where all workers meet, or, for a signal, where they stop: every particle has its own clock.
"""

from contextlib import closing, suppress
from functools import cached_property
from pathlib import Path

from fvdrift.engine import DealtRows, InvariantError, Keep, write_down
from fvdrift.engine.checkpoint import (
    CheckpointFolder,
    IdentityState,
    identity_of,
    seen_frames,
    state_of,
    write_checkpoint,
)
from fvdrift.engine.manager import Decomposition, DecompositionCounts, Manager, RowQueue
from fvdrift.engine.transport import Crew
from fvdrift.errors import (
    INTERRUPTED,
    RESUMABLE,
    ForcingError,
    FvdriftError,
    Interrupted,
    OutputError,
    during,
)
from fvdrift.forcing import Fields
from fvdrift.output import breach_path, mark_beside, record_path, statistics_path
from fvdrift.preparation import start_summary
from fvdrift.timeline import Interval
from fvdrift.tools.new_file import Folder

from .alerts import Watch
from .dealt_tracks import DealtTracks
from .files import attributes, ended_early, open_tracks
from .record_keeper import RecordKeeper
from .row_writer import RowWriter
from .saved_state import SavedState
from .start import Start
from .statistics_keeper import keeper_of


class RunDriver:
    """One start of a run: `begin`; while its manager has a `next` interval: `read`, `release`, `advance`,
    `look`, and `keep_if` at a meeting; then `finish`, or `leave` where a signal stops it."""

    def __init__(
        self,
        start: Start,
        *,
        folder: Folder,
        crew: Crew,
        queue: RowQueue,
        ranks: int,
        started: float,
        member: int = 0,
        dealt: DealtRows | None = None,
    ):
        """folder: all that it writes goes there; queue: takes its rows and those of the runs beside it;
        started: when the command was given (time.perf_counter); member: its number among the runs that the
        crew takes on side by side; dealt: its tracks, where owners on all ranks write them."""
        prepared = self._prepared = start.prepared
        self._start, self._path, self._wish = start, start.path, prepared.run_file.checkpoint
        self._folder, self._crew, self._queue, self._ranks = folder, crew, queue, ranks
        self._member = member
        self._due = False
        self.budget = ""  # at the end, in words
        self._interval: Interval  # that is taken, or was last
        self._checkpoints = CheckpointFolder(start.path)
        self._decomposition: Decomposition | None = None  # that it has gone on in
        self._ledger = keeper_of(prepared.statistics, crew, member)
        self._watch = Watch(prepared.alerts, prepared.series.describe_time)
        self._record = RecordKeeper(start, folder, crew.workers, ranks=ranks, started=started)
        self._dealt = dealt
        self._writer = RowWriter(prepared, self._record.record, self._ledger, dealt=dealt is not None)
        self.manager = Manager(prepared, crew, queue=queue, sink=self._writer, member=member)
        self._saved = SavedState(
            manager=self.manager,
            changes=DecompositionCounts(),
            watch=self._watch,
            record=self._record,
            writer=self._writer,
            ledger=self._ledger,
        )

    @property
    def name(self) -> str:
        """Which of several runs it is, "" where there is one."""
        return self._start.name

    def named(self, sentence: str) -> str:
        """A sentence about this run, among others."""
        return f"{self.name}: {sentence}" if self.name else sentence

    def note(self, sentence: str) -> None:
        """Keep it in the record of the run."""
        self._record.record.note(sentence)

    # from the first step to the last

    def begin(self, raw: Fields | None) -> list[str]:
        """Open what it writes, and take up what a checkpoint holds; sentences for a person. raw: the first
        frame, where it was read already. Raises FvdriftError."""
        if self._dealt is not None:
            self._writer.tracks = DealtTracks(self._dealt, self._crew, self._member, self._start.checkpoint)
        elif self._prepared.order.tracks:
            self._writer.tracks = open_tracks(self._start)
        if self._start.checkpoint is None:
            self._checkpoints.keep(0)  # of an earlier run: none may be taken for one of this
        else:
            self._saved.restore(self._start.checkpoint)
            self.manager.resume(self._start.checkpoint)
        if self._watch.stop:
            self.manager.end()
        summary = [
            *start_summary(self._prepared, self._crew.workers, self._ranks, self._start.starts, raw=raw),
            *self._start.notes,
        ]
        for sentence in summary:
            self._record.record.note(sentence)
        return summary

    def read(self, decomposition: Decomposition) -> bool:
        """Have the frames of the next interval at hand; False where a signal asks to stop. Raises
        ForcingError."""
        assert self.manager.next is not None
        self._decomposition, self._interval = decomposition, self.manager.next
        if self._interval.closing:
            self._watch.keep_for_the_end()
        return self.manager.read(decomposition)

    def release(self, decomposition: Decomposition) -> None:
        """Let the particles go that start in it."""
        self.manager.release(decomposition)

    def advance(self, decomposition: Decomposition) -> bool:
        """Take all particles through it; False where a signal stopped them on the way. Raises
        FvdriftError."""
        if not self.manager.advance(decomposition):
            return False
        self._record.stepped()
        self._due = self._due or self._is_due(self._interval)
        return True

    def look(self) -> list[str]:
        """What alerts say at its end; they may have the run stop here."""
        said = self._watch.look(self._interval.end, self.manager.alerts)
        if self._watch.stop and not self._interval.closing:
            self.manager.end()
        return [self.named(sentence) for sentence in said]

    def keep_if(self, wanted: bool) -> None:
        """Write a checkpoint where it is due or wanted, at a meeting."""
        if (wanted or self._due) and not self._watch.stop:
            self.keep()

    def leave(self) -> str:
        """Keep a checkpoint and end, because a signal asked for it; says where it stands."""
        kept = self.keep()
        self._account()
        self._record.count_bytes(self._crew)
        self._record.record.set(stopped_by=self._crew.alarm.reason)
        self._record.write(RESUMABLE)
        come_to = self._prepared.series.describe_time(self.manager.standing.since)
        then = f"{kept} is kept: go on with --resume" if kept else "nothing was done yet: start it again"
        return self.named(f"Stopped by {self._crew.alarm.reason} at {come_to}: {then}")

    def finish(self) -> bool:
        """Write what is to be written at the end; False where a signal came between. Raises FvdriftError."""
        tracks, at_end = self._writer.tracks, self._wish.at_end
        self._queue.write_those_of(self._writer)
        self._record.record.set(alerts=self._watch.told)
        for number, alert in enumerate(self._watch.told):
            tracks.set_attribute(f"alert_{number + 1}", f"{alert['time']}: {alert['say']}")
        ended = ended_early(self._prepared, self._record.record.last_time)
        for name, text in ended.items():
            tracks.set_attribute(name, text)
        if (kind := self._prepared.releases.amount) is not None:
            self.budget = self.manager.budget.said(kind, self.manager.tally.on_dry)
            self._record.record.note(self.budget)
            self._record.record.set(amounts={"what": kind, **self.manager.budget.found()})
        self._folder.check()
        kept = self.keep() if at_end else ""
        if self._ledger is not None:
            with during("writing statistics"):
                self._ledger.write(statistics_path(self._path), {**attributes(self._prepared), **ended})
        try:
            with during("packing the tracks"):
                tracks.finish(self._crew.alarm.asked)
        except Interrupted:
            return False
        self._account()
        self._record.count_bytes(self._crew)
        self._record.write(0)
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
            self._queue.write_those_of(self._writer)
        if not isinstance(error, FvdriftError):
            with suppress(OutputError):
                self._record.write(INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1)
            return
        if isinstance(error, ForcingError) and self._crew.listening and self._writer.whole:
            with suppress(FvdriftError):
                self.keep()
        with suppress(FvdriftError):
            self._account()
            self._record.write(error.exit_code)
        if own and isinstance(error, InvariantError):
            write_down(error, breach_path(self._path), self._record.record.describing)

    def close(self) -> None:
        """Let go of all files."""
        self._writer.tracks.close()

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

    # checkpoints

    def _is_due(self, interval: Interval) -> bool:
        every, grid = self._wish.every, self._prepared.timeline.grid
        if every is None or interval.end == grid.end:
            return False
        return (interval.end - grid.start) // every > (interval.start - grid.start) // every

    def keep(self) -> str:
        """Write a checkpoint; its name. Nothing where no step was taken: what they began from is still
        there."""
        standing, prepared, self._due = self.manager.standing, self._prepared, False
        if not self.manager.under_way or standing == (prepared.timeline.grid.start, None):
            before = self._start.checkpoint
            return "" if before is None else before.path.name
        self._folder.check()
        self._queue.write_those_of(self._writer)
        self._account()
        arrays = self._saved.arrays() | state_of(self._crew.keepers[self._member])
        since, unfinished = standing
        reached = since if unfinished is None else unfinished[1]
        state = {
            "identity": self._identity,
            "frames": seen_frames(prepared.timeline, reached),
            **self._saved.state(self._changes),
        }
        path = self._checkpoints.next()
        message = Keep(self._member, path.absolute(), mark_beside(self._path))
        with during("writing a checkpoint"):
            try:
                with closing(self._crew.keep(message)) as kept:
                    write_checkpoint(path, standing, kept, arrays=arrays, state=state)
            except FvdriftError:
                with suppress(OutputError):  # archives of it take room, and those before it stay
                    self._checkpoints.keep(self._wish.keep)
                raise
            self._checkpoints.keep(self._wish.keep)
        self._writer.tracks.settle()
        return path.name

    @cached_property
    def _identity(self) -> IdentityState:
        try:
            return identity_of(self._prepared)
        except OSError as error:
            raise ForcingError(f"{error.filename}: cannot be read: {error.strerror or error}") from None

    @property
    def _changes(self) -> DecompositionCounts:
        """Of the decomposition, in all starts."""
        here = DecompositionCounts() if self._decomposition is None else self._decomposition.counts
        return self._saved.changes.plus(here)

    def _account(self) -> None:
        """Bring the record up to date."""
        self._record.account(self.manager, self._decomposition, self._changes, self._writer.tracks)
