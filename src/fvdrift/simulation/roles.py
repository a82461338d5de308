"""A whole run, on one process or many: sets the roles, and lets all ranks leave together. What rank 0 does is
`side_by_side`."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from fvdrift.engine import DealtRows, Errands, OneProcess, Outfit
from fvdrift.engine.manager import RowQueue
from fvdrift.engine.transport import Crew, InProcessCrew
from fvdrift.engine.worker import LoopBeside, rehearse
from fvdrift.errors import RESUMABLE, FvdriftError, RunFileError
from fvdrift.output import check_output, ensemble_path, locked, mark_beside
from fvdrift.preparation import (
    DEDICATED_FROM,
    Member,
    Preparation,
    SharedForcing,
    members_of,
    seeds_said,
    sizes,
)
from fvdrift.process import AgreedError, Alarm, Compiling, Moment, Progress, Signals, kernel_cache
from fvdrift.settings import Parallel, RunFile
from fvdrift_kernels import keeping

from .files import dealt_rows
from .one_run import RunDriver
from .side_by_side import SideBySide
from .start import Start, begin

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

    from fvdrift.engine.transport import Checking


def run(
    run_file: RunFile,
    *,
    overwrite: bool,
    quiet: bool,
    communicator: "Intracomm | None",
    resume: bool = False,
    signals: Signals | None = None,
    tell: Callable[[Moment], None] | None = None,
    spoken: Callable[[str], str] = str,
) -> int:
    """Do what the run file says, or `resume` what it has begun; returns the exit code. Every rank calls it;
    all but rank 0 serve as workers. signals: to this process, where someone listens to them; tell: is called
    on rank 0 as the run goes on; spoken: turns what is said into the words of whoever called.

    Raises FvdriftError; AgreedError where all ranks leave by the same error.
    """
    heard = Signals() if signals is None else signals
    if communicator is None or communicator.rank == 0:
        kernel_cache.set_up()
        if communicator is not None:
            keeping.note()
        others_wait = communicator is not None and communicator.size > 1
        with ExitStack() as held, Compiling(quiet=quiet, others_wait=others_wait) as compiling:
            return _manage(
                run_file,
                overwrite=overwrite,
                resume=resume,
                quiet=quiet,
                communicator=communicator,
                signals=heard,
                tell=tell,
                spoken=spoken,
                held=held,
                compiling=compiling,
            )
    from .serving import serve

    return serve(communicator, heard)


def _manage(
    run_file: RunFile,
    *,
    overwrite: bool,
    resume: bool,
    quiet: bool,
    communicator: "Intracomm | None",
    signals: Signals,
    tell: Callable[[Moment], None] | None,
    spoken: Callable[[str], str],
    held: ExitStack,
    compiling: Compiling,
) -> int:
    """held: keeps all that the run writes from being written by others."""
    started = time.perf_counter()
    ranks = 1 if communicator is None else communicator.size
    with _calling_off(communicator):
        if communicator is not None:
            _refuse_parts(run_file.parallel.parts, run_file.path.name)
        members = members_of(run_file)
        for member in members:
            member.check_outputs(True)  # as far as that tells before anything is made
        whole = run_file.resolve(run_file.output.file)
        folder = held.enter_context(locked([whole, *(member.tracks for member in members)]))
        if not run_file.ensemble.off:
            check_output(ensemble_path(whole), overwrite or resume)
        checking = _checking(communicator)
        starts = _starts(members, communicator, checking, compiling, overwrite=overwrite, resume=resume)
    first = starts[0].prepared
    grid, direction = first.timeline.grid, first.order.direction
    progress = Progress(
        direction * grid.start,
        direction * grid.end,
        first.series.calendar,
        quiet=quiet,
        tell=tell,
        spoken=spoken,
        now=compiling.clock,
    )
    to_do = [start for start in starts if not start.finished]
    if not to_do:
        _leave_alone(communicator)
        progress.say(f"{starts[0].path}: the run is finished already")
        return 0
    if not run_file.ensemble.off and seeds_said(members):
        progress.say(seeds_said(members))
    shared_out, queue = ranks > 1 and len(to_do) > 1, RowQueue()
    dealt = [dealt_rows(start, shared_out=shared_out) for start in to_do]
    crew = _crew(run_file.parallel, to_do, dealt, communicator, signals, checking)
    compiling.settle()
    with signals.held():
        drivers = [
            RunDriver(
                each,
                folder=folder,
                crew=crew,
                queue=queue,
                ranks=ranks,
                started=started,
                member=member,
                dealt=dealt[member],
            )
            for member, each in enumerate(to_do)
        ]
        prepared = [start.prepared for start in to_do]
        runs = SideBySide(
            drivers,
            SharedForcing(prepared),
            crew,
            progress=progress,
            compiling=compiling,
            started=started,
            of=sizes(prepared),
        )
        try:
            if not runs.go():
                return RESUMABLE
            progress.done("\n".join([*runs.summary(), *_together(run_file, members, starts)]))
            crew.stop(0)
            return 0
        except FvdriftError as error:
            if crew.listening and communicator is not None:
                crew.stop(error.exit_code, str(error))
                raise AgreedError(str(error), error.exit_code) from error
            raise


def _starts(
    members: Sequence[Member],
    communicator: "Intracomm | None",
    checking: "Checking | None",
    compiling: Compiling,
    *,
    overwrite: bool,
    resume: bool,
) -> list[Start]:
    """Where each begins. A single process has their loop compiled meanwhile."""
    with LoopBeside(compiling) as beside:

        def known(to_do: Sequence[Preparation]) -> None:
            if communicator is None:
                beside.begin([each.order for each in to_do], to_do[0].series.geographic)

        starts = begin(
            members,
            1 if communicator is None else communicator.size,
            overwrite=overwrite,
            resume=resume,
            errands=_errands(communicator),
            checking=checking,
            known=known,
        )
        beside.finish()
    return starts


def _errands(communicator: "Intracomm | None") -> Errands:
    if communicator is None:
        return OneProcess()
    from fvdrift.engine.transport import MpiErrands

    return MpiErrands(communicator)


def _leave_alone(communicator: "Intracomm | None") -> None:
    """Let the other ranks leave where there is nothing to do."""
    if communicator is not None:
        from fvdrift.engine.transport import call_off

        call_off(communicator, 0, "")


def _refuse_parts(parts: int, name: str) -> None:
    """Under mpiexec every rank is one part. name: of the run file."""
    if parts > 1:
        raise RunFileError(
            f"{name}: parallel.parts: {parts} parts are for one process; "
            "under mpiexec the number of ranks says into how many pieces the mesh is cut"
        )


def _together(run_file: RunFile, members: Sequence[Member], starts: Sequence[Start]) -> list[str]:
    """Write what is made of all members together; says where it is."""
    if run_file.ensemble.off:
        return []
    from fvdrift.postprocess import write_summary

    path, notes = write_summary(run_file, members, [start.path for start in starts])
    return [*(f"warning: {note}" for note in notes), f"Ensemble: {path}"]


@contextmanager
def _calling_off(communicator: "Intracomm | None") -> Iterator[None]:
    """What goes wrong before the workers have anything to do lets all leave with one sentence and one
    code."""
    try:
        yield
    except FvdriftError as error:
        if communicator is None:
            raise
        from fvdrift.engine.transport import call_off

        call_off(communicator, error.exit_code, str(error))
        raise AgreedError(str(error), error.exit_code) from error


def _checking(communicator: "Intracomm | None") -> "Checking | None":
    if communicator is None:
        return None
    from fvdrift.engine.transport import Checking

    return Checking(communicator)


def _crew(
    wish: Parallel,
    runs: Sequence[Start],
    dealt: Sequence[DealtRows | None],
    communicator: "Intracomm | None",
    signals: Signals,
    checking: "Checking | None",
) -> Crew:
    geographic, orders = runs[0].prepared.series.geographic, [each.prepared.order for each in runs]
    if communicator is None:
        rehearse(orders, geographic)
        return InProcessCrew(wish.parts, orders, Alarm(signals), dealt)
    from fvdrift.engine.transport import MpiCrew

    shared = communicator.size < DEDICATED_FROM if wish.manager == "auto" else wish.manager == "shared"
    mark = mark_beside(runs[0].path)
    outfit = Outfit(orders, shared or communicator.size == 1, geographic, dealt, mark)
    crew = MpiCrew(communicator, outfit, signals, checking)
    crew.keep_statistics([each.prepared.statistics for each in runs])
    return crew
