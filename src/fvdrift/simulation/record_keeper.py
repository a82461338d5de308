"""Keeps NAME.run.json of a run up to date: what it is, what it has done, what that took. Not the form of it
(that is `output.run_record`)."""

import platform
import sys
import time
from importlib.metadata import version

from fvdrift.engine.manager import Decomposition, DecompositionCounts, Manager
from fvdrift.engine.transport import Crew, described
from fvdrift.output import NoTracks, RecordState, RunRecord, TrackWriter, record_path
from fvdrift.process import peak_memory
from fvdrift.settings import resolved_keys
from fvdrift.tools.new_file import Folder

from .dealt_tracks import DealtTracks
from .start import Start, period

_PACKAGES = ("fvdrift", "numba", "numpy", "netCDF4", "mpi4py")
# over all starts; the tally sums the others itself
_SUMMED = ("read_s", "read_wait_s", "write_s", "total_wall_s")


class RecordKeeper:
    """record: as it stands."""

    def __init__(self, start: Start, folder: Folder, workers: int, ranks: int, started: float):
        """folder: it goes there; started: when the command was given (time.perf_counter)."""
        prepared, versions = start.prepared, {name: version(name) for name in _PACKAGES}
        self.record = RunRecord(record_path(start.path), command=sys.argv, ranks=ranks, versions=versions)
        self.record.set(
            run_file=resolved_keys(prepared.run_file, whole=True),
            run_file_path=str(prepared.run_file.path.absolute()),
            period=period(prepared.series, prepared.timeline.grid),
        )
        self.record.set(machine=platform.platform(), parts=workers)
        self._total = prepared.releases.total
        self._folder, self._workers, self._ranks, self._started = folder, workers, ranks, started
        self._earlier: dict[str, float] = {}  # seconds of earlier starts
        self._first_step_s = 0.0

    def state(self, rows: int | None) -> RecordState:
        """For a checkpoint. rows: so many counts of it, all if None."""
        return self.record.state(rows)

    def restore(self, state: RecordState, *, trajectories: int) -> None:
        """Go on from what `state` gave, of a run that knew of so many particles."""
        self.record.restore(state, self._total - trajectories)
        self._earlier = state["timings"]

    def stepped(self) -> None:
        """An interval is done."""
        self._first_step_s = self._first_step_s or time.perf_counter() - self._started

    def account(
        self,
        manager: Manager,
        decomposition: Decomposition | None,
        changes: DecompositionCounts,
        tracks: TrackWriter | DealtTracks | NoTracks,
    ) -> None:
        """Bring it up to date. decomposition: None where no interval was begun; changes: of it, in all
        starts."""
        tally, away = manager.tally, self._ranks - 1
        workers = tally.peak_memory
        self.record.set(
            particle_steps=tally.particle_steps,
            hand_offs=tally.hand_offs,
            rounds=tally.rounds,
            repartitions=changes.repartitions,
            widened_pieces=changes.widened,
            readers=0 if decomposition is None else decomposition.readers,
            imbalance=round(tally.imbalance(self._workers), 4),
            # by rank, whether rank 0 moves particles or not
            peak_memory_bytes=[peak_memory(), *workers[len(workers) - away :]],
            final_counts=manager.counts(),
            final_on_dry=tally.on_dry,
            released_below_bed=tally.below_bed,
            released_dry=tally.dry,
            not_in_water=tally.not_in_water,
        )
        seconds = {
            "read_s": 0.0 if decomposition is None else decomposition.read_s,
            "read_wait_s": 0.0 if decomposition is None else decomposition.read_wait_s,
            "pack_s": changes.pack_s,
            "advance_cpu_s": tally.advance_cpu_s,
            "computing_s": tally.computing_s,
            "transfer_s": tally.transfer_s,
            "write_s": tracks.write_s,
            "finish_s": tracks.finish_s,
            "first_step_s": self._first_step_s,
            "total_wall_s": time.perf_counter() - self._started,
        }
        self.record.set_seconds(
            {
                name: value + (self._earlier.get(name, 0.0) if name in _SUMMED else 0.0)
                for name, value in seconds.items()
            }
        )

    def count_bytes(self, crew: Crew) -> None:
        """What went from rank to rank, and to and from files, in this start, of all runs of the crew."""
        self.record.set(bytes=described(crew.bytes_moved()))

    def write(self, exit_code: int) -> None:
        """Raises OutputError."""
        self._folder.check()
        self.record.write(exit_code)
