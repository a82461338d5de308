"""A whole run, on one process or many: sets the roles, drives the manager, writes tracks and the record of the run."""

import json
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from . import __version__
from .errors import FvdriftError, OutputError, RunFileError
from .launcher import AgreedError
from .manager import Manager
from .output.paths import check_output, record_path
from .output.run_record import RunRecord
from .output.tracks import TrackWriter
from .preparation import Preparation, prepare
from .progress import Progress, wall_time
from .rehearsal import rehearse
from .rows import counts, story
from .settings import RunFile, resolved
from .start_story import start_story
from .transport import Crew, InProcessCrew
from .watch import Watch

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

DEDICATED_FROM = 16  # ranks from which the manager has enough to do with feeding the others
_PACKAGES = ("fvdrift", "numba", "numpy", "netCDF4", "mpi4py")


def run(run_file: RunFile, *, overwrite: bool, quiet: bool, communicator: "Intracomm | None") -> int:
    """Do what the run file says; returns the exit code. Every rank calls it; all but rank 0 serve as workers.

    Raises FvdriftError; AgreedError where all ranks leave by the same error.
    """
    if communicator is None:
        return _manage(run_file, overwrite, quiet, None)
    from .transport.mpi import serve

    return _manage(run_file, overwrite, quiet, communicator) if communicator.rank == 0 else serve(communicator)


def _manage(run_file: RunFile, overwrite: bool, quiet: bool, communicator: "Intracomm | None") -> int:
    started = time.perf_counter()
    path = run_file.resolve(run_file.output.file)
    with _calling_off(communicator):
        if communicator is not None and run_file.parallel.parts > 1:
            raise RunFileError(
                f"{run_file.path.name}: parallel.parts: {run_file.parallel.parts} parts are for one process; "
                "under mpiexec the number of ranks says into how many pieces the mesh is cut"
            )
        check_output(path, overwrite)
        prepared = prepare(run_file)
        missing = prepared.source.check()
    crew = _crew(run_file, prepared, communicator)
    path.parent.mkdir(parents=True, exist_ok=True)
    ranks = 1 if communicator is None else communicator.size
    record = RunRecord(
        record_path(path), command=sys.argv, ranks=ranks, versions={name: version(name) for name in _PACKAGES}
    )
    record.set(run_file=resolved(run_file, whole=True), machine=platform.platform(), parts=crew.workers)
    direction = prepared.order.direction
    progress = Progress(
        direction * prepared.grid.start, direction * prepared.grid.end, prepared.series.calendar, quiet=quiet
    )
    writer, manager = None, Manager(prepared, crew)
    try:
        writer = _writer(prepared, path, overwrite)
        for sentence in start_story(prepared, crew.workers, ranks, missing):
            progress.say(sentence)
            record.note(sentence)
        watch = Watch(prepared.alerts, prepared.series.describe_time)
        first_step_s = 0.0
        for interval, rows in manager.run():
            first_step_s = first_step_s or time.perf_counter() - started
            for row, columns in rows:
                writer.write_row(row, columns)
                record.add_counts(prepared.series.describe_time(int(prepared.outputs[row])), counts(columns["status"]))
            progress.update(direction * interval.end, manager.counts(), manager.tally.particle_steps)
            for sentence in watch.look(interval.end, manager.alerts):
                progress.say(sentence)
            if watch.stop:
                break
        manager.close()
        record.set(alerts=watch.told)
        for number, alert in enumerate(watch.told):
            writer.set_attribute(f"alert_{number + 1}", f"{alert['time']}: {alert['say']}")
        writer.finish()
        _close(record, manager, prepared, writer, first_step_s, started)
        progress.done(_summary(manager, path, time.perf_counter() - started))
        crew.stop(0)
        return 0
    except FvdriftError as error:
        with suppress(OutputError):  # what is wrong already is what to say
            record.write(error.exit_code)
        if crew.listening and communicator is not None:
            crew.stop(error.exit_code, str(error))
            raise AgreedError(str(error), error.exit_code) from error
        raise
    except BaseException as error:
        with suppress(OutputError):
            record.write(130 if isinstance(error, KeyboardInterrupt) else 1)
        raise
    finally:
        manager.close()
        if writer is not None:
            writer.close()
        prepared.series.close()


@contextmanager
def _calling_off(communicator: "Intracomm | None") -> Iterator[None]:
    """What goes wrong before the workers have anything to do lets all leave with one sentence and one code."""
    try:
        yield
    except FvdriftError as error:
        if communicator is None:
            raise
        from .transport.mpi import call_off

        call_off(communicator, error.exit_code, str(error))
        raise AgreedError(str(error), error.exit_code) from error


def _crew(run_file: RunFile, prepared: Preparation, communicator: "Intracomm | None") -> Crew:
    geographic = prepared.series.geographic
    if communicator is None:
        rehearse(prepared.order, geographic)
        return InProcessCrew(run_file.parallel.parts, prepared.order)
    from .transport.mpi import MpiCrew

    wish = run_file.parallel.manager
    shared = communicator.size < DEDICATED_FROM if wish == "auto" else wish == "shared"
    return MpiCrew(communicator, prepared.order, shared or communicator.size == 1, geographic)


def _writer(prepared: Preparation, path, overwrite: bool) -> TrackWriter:
    run_file = prepared.run_file
    attributes = {
        "title": run_file.title or "Particle tracks",
        "source": f"fvdrift {__version__}, from FVCOM output",
        "run_file": json.dumps(resolved(run_file), ensure_ascii=False),
        "seed": str(run_file.seed),
        "forcing_files": " ".join(file.name for file in prepared.series.files),
        "vertical_motion": prepared.order.vertical,
        "habitats": _habitats(prepared),
    }
    return TrackWriter(
        path,
        trajectories=prepared.releases.total,
        times_us=prepared.order.direction * prepared.outputs,
        release_index=prepared.releases.release_of,
        release_names=prepared.releases.names,
        coordinates=prepared.coordinates,
        variables=prepared.output_variables,
        attributes=attributes,
        calendar=prepared.series.calendar,
        overwrite=overwrite,
    )


def _habitats(prepared: Preparation) -> str:
    """What the numbers in the column `habitat` stand for."""
    behaviour = prepared.order.behaviour
    names = () if behaviour is None or behaviour.polygons is None else behaviour.polygons.names
    return "; ".join(f"{number}: {name}" for number, name in enumerate(names))


def _close(record: RunRecord, manager: Manager, prepared: Preparation, writer: TrackWriter, first_step_s, started) -> None:
    tally = manager.tally
    workers = len(tally.peak_memory)
    record.set(
        particle_steps=tally.particle_steps,
        hand_offs=tally.hand_offs,
        rounds=tally.rounds,
        repartitions=tally.repartitions,
        widened_pieces=tally.widened,
        readers=manager.readers,
        imbalance=round(tally.imbalance(workers), 4),
        peak_memory_bytes=[tally.peak_memory[worker] for worker in sorted(tally.peak_memory)],
        final_counts=manager.counts(),
        released_below_bed=tally.below_bed,
        not_in_water=tally.not_in_water,
    )
    record.add_seconds(
        read_s=manager.read_s,
        read_wait_s=manager.read_wait_s,
        pack_s=tally.pack_s,
        advance_cpu_s=tally.advance_cpu_s,
        transfer_s=tally.transfer_s,
        write_s=writer.write_s,
        first_step_s=first_step_s,
        total_wall_s=time.perf_counter() - started,
    )
    record.write(0)


def _summary(manager: Manager, path, seconds: float) -> str:
    tally = manager.tally
    rate = tally.particle_steps / tally.advance_cpu_s / 1e6 if tally.advance_cpu_s else np.nan
    return (
        f"Done in {wall_time(seconds)}: {story(manager.counts())}\n"
        f"{tally.particle_steps:,} particle-steps, {rate:.1f} million per CPU-second of advancing\n"
        f"Tracks: {path}   Record: {record_path(path).name}"
    )
