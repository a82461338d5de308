"""fvdrift from Python: what the command line does, for scripts and notebooks. Errors are raised, not turned
into exit codes.

Loads nothing heavy before a run file is found to be good.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fvdrift.errors import ForcingError, FvdriftError, Interrupted, OutputError, RunFileError, during
from fvdrift.output import ensemble_path, record_of, statistics_path
from fvdrift.postprocess import refuse_behaviour, repetition_of
from fvdrift.preparation import members_of
from fvdrift.process import THEIRS, Moment, end_all, launcher, listening, occupy, say
from fvdrift.settings import NAMELESS, Config, Override, RunFile, plain, run_file_of

if TYPE_CHECKING:
    import xarray


class FinishedRun:
    """path: of the tracks. rank: of this process among those that mpiexec started, 0 where it is alone: every
    rank has the run, and what is to be done once is done where it is 0."""

    def __init__(self, path: Path, rank: int = 0):
        self.path, self.rank = path, rank

    @property
    def record(self) -> dict[str, Any]:
        """NAME.run.json. Raises OutputError where it is gone."""
        record = record_of(self.path)
        if not record:
            raise OutputError(f"{self.path}: the record of the run is not beside it any more")
        return record

    @cached_property
    def dataset(self) -> "xarray.Dataset":
        """The tracks, opened once and read where they are looked at. `dataset.drift` draws them and counts in
        them.

        Raises OutputError where there are none."""
        import fvdrift.accessor  # noqa: F401  (makes `dataset.drift`)

        return _opened(self.path, "it wrote no tracks (output.tracks), or they are gone")

    @cached_property
    def statistics(self) -> "xarray.Dataset":
        """NAME.stats.nc of a run with [[statistic]]s, opened once."""
        path = statistics_path(self.path)
        return _opened(path, "it has no [[statistic]], or they are gone")

    def __repr__(self) -> str:
        return f"FinishedRun({str(self.path)!r})"


class FinishedEnsemble:
    """members: each as a run of its own; values: of each, by key that varies; path: of NAME.ensemble.nc;
    rank: as of a run."""

    def __init__(
        self, path: Path, members: Sequence[FinishedRun], values: Sequence[dict[str, Any]], rank: int = 0
    ):
        self.path, self.members, self.values, self.rank = path, list(members), list(values), rank

    @cached_property
    def summary(self) -> "xarray.Dataset":
        """NAME.ensemble.nc: mean, spread and extremes of the members' statistics; opened once."""
        return _opened(self.path, "it is gone")

    def __repr__(self) -> str:
        return f"FinishedEnsemble({str(self.path)!r}, {len(self.members)} members)"


def _opened(path: Path, absent: str) -> "xarray.Dataset":
    import xarray

    if not path.is_file():
        raise OutputError(f"{path}: is not there: {absent}")
    return xarray.open_dataset(path)


_KINDS: dict[int, type[FvdriftError]] = {
    kind.exit_code: kind for kind in (FvdriftError, RunFileError, ForcingError, OutputError, Interrupted)
}


def run(
    config: Config,
    *,
    set: Sequence[str] = (),
    overwrite: bool = False,
    resume: bool = False,
    trust_behaviour: bool = False,
    progress: bool | Callable[[Moment], None] = True,
    **keys: Any,
) -> FinishedRun | FinishedEnsemble:
    """Move particles as `config` says, and return when they have come to the end.

    config: the path of a run file, a dict with its tables (paths start in the current folder), or a RunFile.
    set: as on the command line, "time.step=30s"; keys: the same with Python's values, **{"time.step": "30s"}.
    overwrite, resume: as on the command line. trust_behaviour: whether the Python file may be run that a dict
    names as behaviour.custom (it may come from tracks, which are data); what a run file, `set` or `keys` name
    is run anyway. progress: True: lines on stderr; False: warnings alone; a function: is called with a Moment
    at every frame, and what it raises ends the run.

    Under mpiexec every rank calls it, and every rank gets the run: a FinishedEnsemble where it has an
    [ensemble].

    Raises FvdriftError as the command line says it: RunFileError, ForcingError, OutputError; Interrupted
    where a signal stopped the run after a checkpoint: `resume` goes on.
    """
    run_file = run_file_of(config, set, keys)
    if isinstance(config, Mapping) and not trust_behaviour:
        refuse_behaviour(run_file, [*set, *keys.items()], NAMELESS, "trust_behaviour=True")
    return _made(run_file, overwrite, resume, progress)


def repeat(
    tracks: str | os.PathLike[str],
    *,
    set: Sequence[str] = (),
    overwrite: bool = False,
    resume: bool = False,
    trust_behaviour: bool = False,
    progress: bool | Callable[[Moment], None] = True,
    **keys: Any,
) -> FinishedRun | FinishedEnsemble:
    """Repeat the run that made `tracks` (or its NAME.run.json), to NAME-again.nc beside them unless
    output.file is given.

    trust_behaviour: whether the Python file that they name as behaviour.custom may be run; the others: as of
    `run`.
    """
    given: list[Override] = [*set, *((name, plain(value)) for name, value in keys.items())]
    run_file, notes = repetition_of(Path(tracks), given, trust_behaviour=trust_behaviour)
    here = launcher.seat()
    if progress is True and (here is None or here.rank == 0):
        for note in notes:
            say(note)
    return _made(run_file, overwrite, resume, progress)


def info(files: str | os.PathLike[str] | Sequence[str | os.PathLike[str]], **reading: Any) -> dict[str, Any]:
    """What is in FVCOM output, and how it will be read: what `fvdrift info --json` prints.

    files: paths and patterns that form one series. reading: coordinates, projection, as in a run file. Raises
    ForcingError.
    """
    from fvdrift.forcing import describe, open_series

    several = [files] if isinstance(files, str | os.PathLike) else files
    with open_series([Path(name) for name in several], **reading) as series:
        return describe(series)


def _made(
    run_file: RunFile, overwrite: bool, resume: bool, progress: bool | Callable[[Moment], None]
) -> FinishedRun | FinishedEnsemble:
    if overwrite and resume:
        raise RunFileError("overwrite starts anew and resume goes on: give one of them")
    occupy()
    members = members_of(run_file)
    paths = [member.tracks for member in members]

    def tell(moment: Moment) -> None:
        if callable(progress):
            with during(THEIRS):
                progress(moment)

    with listening(spare_process=True) as signals:
        communicator = launcher.connect()
        try:
            from fvdrift.simulation import roles

            code = roles.run(
                run_file,
                overwrite=overwrite,
                resume=resume,
                quiet=progress is not True,
                communicator=communicator,
                signals=signals,
                tell=tell if callable(progress) else None,
            )
        except launcher.AgreedError as error:
            raise _kind(error) from error.__cause__
        except BaseException as error:
            if communicator is not None:
                end_all(communicator, error)
            raise
    if code == Interrupted.exit_code:
        raise Interrupted(
            f"{paths[0]}: stopped by {record_of(paths[0]).get('stopped_by', 'a signal')}: go on with resume=True"
        )
    rank = 0 if communicator is None else communicator.rank
    runs = [FinishedRun(path, rank) for path in paths]
    if run_file.ensemble.off:
        return runs[0]
    summary = ensemble_path(run_file.resolve(run_file.output.file))
    return FinishedEnsemble(summary, runs, [member.values for member in members], rank)


def _kind(error: FvdriftError) -> FvdriftError:
    """As the rank raised it that met it first."""
    kind = _KINDS.get(error.exit_code, FvdriftError)
    return RunFileError(str(error).splitlines()) if kind is RunFileError else kind(str(error))
