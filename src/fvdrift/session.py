"""Rank 0 from the first step to the last: drives the manager, writes tracks, checkpoints and the record of the run.

A checkpoint counts on the rows that are in the records file when it is written, so that is synced first. It is taken where all
workers meet, or, for a signal, where they stop: every particle has its own clock.
"""

import json
import platform
import sys
import time
from contextlib import suppress
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from . import __version__
from .beginning import Beginning, period
from .checkpoint.contents import write_checkpoint
from .checkpoint.identity import identity, seen_frames
from .checkpoint.shelf import Shelf
from .errors import ForcingError, FvdriftError, Interrupted, OutputError, during
from .invariants import InvariantError, write_down
from .manager import Manager
from .memory import peak_memory
from .output.no_tracks import NoTracks
from .output.paths import breach_path, make_folder, record_path, statistics_path
from .output.run_record import RunRecord
from .output.tracks import TrackWriter
from .preparation import Preparation
from .progress import Progress, wall_time
from .rows import story
from .settings import resolved
from .start_story import start_story
from .statistics import Ledger
from .timetable import Interval
from .transport import Crew
from .watch import Watch

INTERRUPTED = 75
_PACKAGES = ("fvdrift", "numba", "numpy", "netCDF4", "mpi4py")
_OF_STATISTICS = "statistics/"
_SUMMED = ("read_s", "read_wait_s", "write_s", "total_wall_s")  # over all starts; the tally sums the others itself


class Session:
    """One start of a run. `go` once; crew: the workers, who are told to leave where it ends well."""

    def __init__(self, beginning: Beginning, crew: Crew, ranks: int, progress: Progress, started: float):
        self._prepared, self._path, self._before = beginning.prepared, beginning.path, beginning.checkpoint
        self._beginning, self._crew, self._ranks = beginning, crew, ranks
        self._progress, self._started = progress, started
        self._shelf = Shelf(beginning.path)
        self._manager = Manager(beginning.prepared, crew)
        self._watch = Watch(beginning.prepared.alerts, beginning.prepared.series.describe_time)
        self._record = self._new_record()
        self._earlier: dict[str, float] = {}  # seconds of earlier starts
        self._first_step_s = 0.0
        self._steps_before = 0
        self._writer: TrackWriter | NoTracks | None = None
        self._ledger = None if self._prepared.statistics is None else Ledger(self._prepared.statistics)

    def go(self) -> int:
        """Take the run to its end, or to where a signal stops it; returns the exit code. Raises FvdriftError."""
        try:
            make_folder(self._path)
            writer = self._writer = _writer(self._beginning) if self._prepared.order.tracks else NoTracks()
            self._begin()
            if not self._watch.stop:
                self._move(writer)
            if self._crew.alarm.asked():
                return self._leave()
            return self._finish(writer)
        except FvdriftError as error:
            with suppress(FvdriftError):  # what is wrong already is what to say
                if isinstance(error, ForcingError) and self._crew.listening:
                    self._keep()
                self._account()
                self._record.write(error.exit_code)
            if isinstance(error, InvariantError):
                write_down(error, breach_path(self._path), self._record.describing)
            raise
        except BaseException as error:
            with suppress(OutputError):
                self._record.write(130 if isinstance(error, KeyboardInterrupt) else 1)
            raise
        finally:
            self._manager.close()
            if self._writer is not None:
                self._writer.close()
            self._prepared.series.close()

    def _begin(self) -> None:
        prepared, before = self._prepared, self._before
        if before is None:
            self._shelf.keep(0)  # of an earlier run: none may be taken for one of this
        else:
            state = before.state
            self._manager.tally.restore(state["tally"])
            self._watch.restore(state["watch"])
            self._record.restore(state["record"])
            if self._ledger is not None:
                self._ledger.restore(before.arrays(_OF_STATISTICS))
            self._earlier = state["record"]["timings"]
            self._steps_before = self._manager.tally.particle_steps
        story_of_start = start_story(prepared, self._crew.workers, self._ranks, self._beginning.missing)
        for sentence in (*story_of_start, *self._beginning.notes):
            self._progress.say(sentence)
            self._record.note(sentence)

    def _move(self, writer: TrackWriter | NoTracks) -> None:
        """Interval by interval, to the end, or to where an alert or a signal stops the run."""
        prepared, manager = self._prepared, self._manager
        for interval, rows in manager.run(self._before):
            self._first_step_s = self._first_step_s or time.perf_counter() - self._started
            for row, columns, fates in rows:
                writer.write_row(row, columns)
                self._record.add_counts(prepared.series.describe_time(int(prepared.outputs[row])), fates)
            if self._ledger is not None:
                for row, said in manager.statistics:
                    self._ledger.take(row, said)
            steps = manager.tally.particle_steps - self._steps_before
            self._progress.update(prepared.order.direction * interval.end, manager.counts(), steps)
            for sentence in self._watch.look(interval.end, manager.alerts):
                self._progress.say(sentence)
            if self._watch.stop:
                return
            if self._crew.alarm.wanted() or self._is_due(interval):
                self._keep()

    def _is_due(self, interval: Interval) -> bool:
        every, grid = self._prepared.run_file.checkpoint.every, self._prepared.grid
        if every is None or interval.end == grid.end:
            return False
        return (interval.end - grid.start) // every > (interval.start - grid.start) // every

    def _keep(self) -> str:
        """Write a checkpoint; its name. Nothing where the workers hold nothing yet: what they began from is still there."""
        manager, prepared = self._manager, self._prepared
        if not manager.under_way or self._writer is None:
            return "" if self._before is None else self._before.path.name
        self._account()
        arrays = {"status": manager.rows.status, "sums": self._writer.sync()}
        if self._ledger is not None:
            arrays |= {_OF_STATISTICS + name: values for name, values in self._ledger.state().items()}
        since, unfinished = manager.standing
        state: dict[str, Any] = {
            "identity": self._identity,
            "frames": seen_frames(prepared, since if unfinished is None else unfinished[1]),
            "tally": manager.tally.state(),
            "left": manager.fates.left.tolist(),
            "watch": self._watch.state(),
            "record": self._record.state(),
        }
        path = self._shelf.next()
        with during("writing a checkpoint"):
            write_checkpoint(path, manager.standing, self._crew.keep(), arrays, state)
            self._shelf.keep(prepared.run_file.checkpoint.keep)
        return path.name

    @cached_property
    def _identity(self) -> dict[str, Any]:
        try:
            return identity(self._prepared)
        except OSError as error:
            raise ForcingError(f"{error.filename}: cannot be read: {error.strerror or error}") from None

    def _leave(self) -> int:
        """Keep a checkpoint and end, because a signal asked for it."""
        kept = self._keep()
        self._account()
        self._record.set(stopped_by=self._crew.alarm.reason)
        self._record.write(INTERRUPTED)
        come_to = self._prepared.series.describe_time(self._manager.standing.since)
        then = f"{kept} is kept: go on with --resume" if kept else "nothing was done yet: start it again"
        self._progress.done(f"Stopped by {self._crew.alarm.reason} at {come_to}: {then}")
        self._crew.stop(INTERRUPTED)
        return INTERRUPTED

    def _finish(self, writer: TrackWriter | NoTracks) -> int:
        self._manager.close()
        self._record.set(alerts=self._watch.told)
        for number, alert in enumerate(self._watch.told):
            writer.set_attribute(f"alert_{number + 1}", f"{alert['time']}: {alert['say']}")
        at_end = self._prepared.run_file.checkpoint.at_end
        if at_end:
            self._keep()
        if self._ledger is not None:
            with during("writing statistics"):
                self._ledger.write(statistics_path(self._path), _attributes(self._prepared))
        try:
            with during("packing the tracks"):
                writer.finish(self._crew.alarm.asked)
        except Interrupted:
            return self._leave()
        self._account()
        self._record.write(0)
        self._shelf.keep(1 if at_end else 0)
        self._progress.done(_summary(self._manager, self._prepared, self._path, time.perf_counter() - self._started))
        self._crew.stop(0)
        return 0

    def _new_record(self) -> RunRecord:
        versions = {name: version(name) for name in _PACKAGES}
        record = RunRecord(record_path(self._path), command=sys.argv, ranks=self._ranks, versions=versions)
        whole = resolved(self._prepared.run_file, whole=True)
        record.set(run_file=whole, run_file_path=str(self._prepared.run_file.path.absolute()), period=period(self._prepared))
        record.set(machine=platform.platform(), parts=self._crew.workers)
        return record

    def _account(self) -> None:
        """Bring the record up to date."""
        manager, tally, away = self._manager, self._manager.tally, self._ranks - 1
        workers = [tally.peak_memory[worker] for worker in sorted(tally.peak_memory)]
        self._record.set(
            particle_steps=tally.particle_steps,
            hand_offs=tally.hand_offs,
            rounds=tally.rounds,
            repartitions=tally.repartitions,
            widened_pieces=tally.widened,
            readers=manager.readers,
            imbalance=round(tally.imbalance(self._crew.workers), 4),
            peak_memory_bytes=[peak_memory(), *workers[len(workers) - away :]],  # by rank, whether rank 0 moves particles or not
            final_counts=manager.counts(),
            released_below_bed=tally.below_bed,
            not_in_water=tally.not_in_water,
        )
        seconds = {
            "read_s": manager.read_s,
            "read_wait_s": manager.read_wait_s,
            "pack_s": tally.pack_s,
            "advance_cpu_s": tally.advance_cpu_s,
            "transfer_s": tally.transfer_s,
            "write_s": 0.0 if self._writer is None else self._writer.write_s,
            "finish_s": 0.0 if self._writer is None else self._writer.finish_s,
            "first_step_s": self._first_step_s,
            "total_wall_s": time.perf_counter() - self._started,
        }
        self._record.set_seconds(
            {name: value + (self._earlier.get(name, 0.0) if name in _SUMMED else 0.0) for name, value in seconds.items()}
        )


def _writer(beginning: Beginning) -> TrackWriter:
    prepared = beginning.prepared
    own = {"vertical_motion": prepared.order.vertical, "habitats": _habitats(prepared)}
    return TrackWriter(
        beginning.path,
        trajectories=prepared.releases.total,
        times_us=prepared.order.direction * prepared.outputs,
        release_index=prepared.releases.release_of,
        release_names=prepared.releases.names,
        coordinates=prepared.coordinates,
        variables=prepared.output_variables,
        release_time=lambda ids: prepared.order.direction * prepared.releases.born_of(ids),
        attributes={**_attributes(prepared), **own},
        calendar=prepared.series.calendar,
        overwrite=True,  # whether what is there may go was decided where the run began
        before=beginning.rows,
    )


def _attributes(prepared: Preparation) -> dict[str, str]:
    """Global attributes of whatever a run writes."""
    run_file = prepared.run_file
    return {
        "title": run_file.title or "Particle tracks",
        "source": f"fvdrift {__version__}, from FVCOM output",
        "run_file": json.dumps(resolved(run_file), ensure_ascii=False),
        "seed": str(run_file.seed),
        "forcing_files": " ".join(file.name for file in prepared.series.files),
    }


def _habitats(prepared: Preparation) -> str:
    """What the numbers in the column `habitat` stand for."""
    behaviour = prepared.order.behaviour
    names = () if behaviour is None or behaviour.polygons is None else behaviour.polygons.names
    return "; ".join(f"{number}: {name}" for number, name in enumerate(names))


def _summary(manager: Manager, prepared: Preparation, path: Path, seconds: float) -> str:
    tally = manager.tally
    rate = tally.particle_steps / tally.advance_cpu_s / 1e6 if tally.advance_cpu_s else np.nan
    written = [f"Tracks: {path}"] if prepared.order.tracks else []
    written += [f"Statistics: {statistics_path(path)}"] if prepared.statistics is not None else []
    return (
        f"Done in {wall_time(seconds)}: {story(manager.counts())}\n"
        f"{tally.particle_steps:,} particle-steps, {rate:.1f} million per CPU-second of advancing\n"
        + "   ".join([*written, f"Record: {record_path(path).name}"])
    )
