"""fvdrift from Python: what the command line does, for scripts and notebooks. Raises errors, and sets no exit
codes.

Loads heavy modules only once a run file has been checked.
"""

from __future__ import annotations  # the site shows names of types as they are written

import csv
import difflib
import os
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from fvdrift.errors import ForcingError, FvdriftError, Interrupted, OutputError, RunFileError
from fvdrift.output import ensemble_path, record_of, statistics_path
from fvdrift.postprocess import refuse_behaviour, repetition_of
from fvdrift.preparation import members_of
from fvdrift.process import (
    ShowProgress,
    end_all,
    in_python,
    launcher,
    listening,
    occupy,
    say,
    speaking_python,
    telling,
)
from fvdrift.settings import NAMELESS, Config, Override, RunFile, plain, run_file_of
from fvdrift.tools.quantity import parse_duration

if TYPE_CHECKING:
    import xarray


_Made = TypeVar("_Made")


class FinishedRun:
    """A run that has come to its end.

    Parameters
    ----------
    path
        Where the tracks are.
    rank
        Number of this process among those that mpiexec started, 0 if it is alone. Every rank gets the run; let rank
        0 do what must be done once.
    """

    def __init__(self, path: Path, rank: int = 0):
        self.path: Path = path
        self.rank: int = rank

    @property
    def record(self) -> dict[str, Any]:
        """The record of the run, ``NAME.run.json``, as a dict. Raises OutputError if it is gone."""
        record = record_of(self.path)
        if not record:
            raise OutputError(f"{self.path}: the record of the run is not beside it any more")
        return record

    @cached_property
    def dataset(self) -> xarray.Dataset:
        """The tracks in xarray, opened once and read where they are looked at; ``dataset.drift`` draws them and counts
        in them (`fvdrift.accessor.Drift`).

        Raises OutputError if there are none."""
        import fvdrift.accessor  # noqa: F401  (makes `dataset.drift`)

        return _opened(self.path, "it wrote no tracks (output.tracks), or they are gone")

    @cached_property
    def statistics(self) -> xarray.Dataset:
        """The statistics of a run with ``[[statistic]]``, ``NAME.stats.nc``, opened once. Raises OutputError if there
        are none."""
        path = statistics_path(self.path)
        return _opened(path, "it has no [[statistic]], or they are gone")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r})"


class FinishedEnsemble:
    """An ensemble that has come to its end.

    Parameters
    ----------
    path
        Where ``NAME.ensemble.nc`` is.
    members
        Each member as a run of its own.
    values
        Of each member, by key that varies.
    rank
        As in `FinishedRun`.
    """

    def __init__(
        self, path: Path, members: Sequence[FinishedRun], values: Sequence[dict[str, Any]], rank: int = 0
    ):
        self.path: Path = path
        self.members: list[FinishedRun] = list(members)
        self.values: list[dict[str, Any]] = list(values)
        self.rank: int = rank

    @cached_property
    def summary(self) -> xarray.Dataset:
        """Mean, spread and extremes of the members' statistics (NAME.ensemble.nc), opened once."""
        return _opened(self.path, "it is gone")

    def __repr__(self) -> str:
        return f"FinishedEnsemble({str(self.path)!r}, {len(self.members)} members)"


class FinishedComparison(FinishedRun):
    """A comparison with drifters that has come to its end: a `FinishedRun` with a table.

    Parameters
    ----------
    path
        Where its tracks are.
    rank
        As in `FinishedRun`.
    """

    @property
    def table(self) -> Path:
        """The path of ``NAME.csv``, which has a row for each start."""
        return self.path.with_suffix(".csv")

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of the table, read once, with numbers where they are and None where a cell is empty."""
        with self.table.open(encoding="utf-8", newline="") as file:
            return [{name: _number(name, cell) for name, cell in row.items()} for row in csv.DictReader(file)]


def _number(column: str, cell: str) -> str | float | None:
    return cell if column in ("drifter", "start") else float(cell) if cell else None


def _opened(path: Path, absent: str) -> xarray.Dataset:
    import xarray

    from fvdrift.output import files_of

    if not path.is_file():
        raise OutputError(f"{path}: is not there: {absent}")
    files_of(path)  # refuses tracks of which a file is missing: xarray would read that nothing is there
    return xarray.open_dataset(path)


_ARGUMENTS = ("set", "overwrite", "resume", "trust_behaviour", "progress")


def _refuse_misspelt(keys: Mapping[str, Any]) -> None:
    """Raise RunFileError for a key that is nearly an argument."""
    for name in keys:
        meant = difflib.get_close_matches(name, _ARGUMENTS, n=1, cutoff=0.75)
        if meant and name not in RunFile.model_fields:
            raise RunFileError(f"{name}: there is no such argument or key (did you mean {meant[0]}?)")


_KINDS: dict[int, type[FvdriftError]] = {
    kind.exit_code: kind for kind in (FvdriftError, RunFileError, ForcingError, OutputError, Interrupted)
}


@speaking_python()
def run(
    config: Config,
    *,
    set: Sequence[str] = (),
    overwrite: bool = False,
    resume: bool = False,
    trust_behaviour: bool = False,
    progress: ShowProgress = True,
    **keys: Any,
) -> FinishedRun | FinishedEnsemble:
    """Move particles as `config` says, and return at the end of the run.

    Parameters
    ----------
    config
        The path of a run file, a dict with its tables (paths start in the current folder), or a `RunFile`.
    set
        Changes as on the command line: ``["time.step=30s"]``.
    overwrite
        Replace tracks that exist.
    resume
        Go on from the newest checkpoint, if there is one.
    trust_behaviour
        Whether fvdrift may run the Python file that a dict names as ``behaviour.custom`` (the dict may come from
        tracks, which are data). It always runs what a run file, `set` or `keys` name.
    progress
        True prints lines on stderr, and in a notebook that has tqdm draws its bar; "lines" and "tqdm" say which; False
        prints warnings alone. A function is called with a `Moment` at every frame; an exception that it raises ends the run.
    **keys
        Changes by name, with Python's values: ``**{"time.step": "30s"}``.

    Returns
    -------
    FinishedRun or FinishedEnsemble
        A FinishedEnsemble if the run file has an ``[ensemble]``, else a FinishedRun. Under mpiexec every rank calls
        `run`, and every rank gets it.

    Raises
    ------
    RunFileError, ForcingError, OutputError
        With the sentence of the command line.
    Interrupted
        If a signal stopped the run after a checkpoint: call it again with ``resume=True``.
    """
    _refuse_misspelt(keys)
    run_file = run_file_of(config, set, keys)
    if isinstance(config, Mapping) and not trust_behaviour:
        refuse_behaviour(run_file, [*set, *keys.items()], NAMELESS, "trust_behaviour=True")
    return _made(run_file, overwrite, resume, progress)


@speaking_python()
def repeat(
    tracks: str | os.PathLike[str],
    *,
    set: Sequence[str] = (),
    overwrite: bool = False,
    resume: bool = False,
    trust_behaviour: bool = False,
    progress: ShowProgress = True,
    **keys: Any,
) -> FinishedRun | FinishedEnsemble:
    """Repeat the run that made `tracks`: the same bytes, unless keys are changed. Returns and raises what `run` does.

    Parameters
    ----------
    tracks
        Tracks of a run, or its ``NAME.run.json``. ``NAME-again.nc`` is written beside them unless ``output.file`` is
        given.
    trust_behaviour
        Whether fvdrift may run the Python file that the tracks name as ``behaviour.custom``.
    set, overwrite, resume, progress, **keys
        As in `run`.
    """
    _refuse_misspelt(keys)
    given: list[Override] = [*set, *((name, plain(value)) for name, value in keys.items())]
    run_file, notes = repetition_of(Path(tracks), given, trust_behaviour=trust_behaviour)
    here = launcher.seat()
    if (progress is True or progress == "lines") and (here is None or here.rank == 0):
        for note in notes:
            say(in_python(note))
    return _made(run_file, overwrite, resume, progress)


@speaking_python()
def compare(
    config: Config,
    drifters: str | os.PathLike[str],
    *,
    every: Any = "6h",
    longest: Any = "3d",
    count: int = 1,
    tolerance: float = 1.0,
    gap: Any = "6h",
    output: str | os.PathLike[str] | None = None,
    set: Sequence[str] = (),
    overwrite: bool = False,
    trust_behaviour: bool = False,
    progress: ShowProgress = True,
    **keys: Any,
) -> FinishedComparison:
    """Hold a run against observed drifters, as ``fvdrift compare`` does.

    Parameters
    ----------
    drifters
        The CSV file of their fixes.
    every
        The time from start to start.
    longest
        How long each comparison lasts at most (``--for`` of the command).
    count
        Particles of each start.
    tolerance
        The n of the skill score, which is 1 - s/n.
    gap
        The longest time between two fixes that is interpolated.
    output
        What the names of the files begin with.
    config, set, overwrite, trust_behaviour, progress, **keys
        As in `run`.

    Returns
    -------
    FinishedComparison
        Its rows, table and tracks. Under mpiexec every rank calls `compare`, and every rank gets it.

    Raises
    ------
    RunFileError, ForcingError, OutputError, Interrupted
        As `run`; for a file of drifters too.
    """
    from fvdrift.commands.compare import finish
    from fvdrift.comparison import Wish, notes_of, plan_comparison, tracks_path

    _refuse_misspelt(keys)
    run_file = run_file_of(config, set, keys)
    if isinstance(config, Mapping) and not trust_behaviour:
        refuse_behaviour(run_file, [*set, *keys.items()], NAMELESS, "trust_behaviour=True")
    spans = {
        name: _span(name, value) for name, value in (("every", every), ("longest", longest), ("gap", gap))
    }
    wish = Wish(
        Path(drifters),
        **spans,
        particles=count,
        tolerance=tolerance,
        output=None if output is None else os.fspath(output),
        overwrite=overwrite,
    )
    here = launcher.seat()
    if here is not None and here.rank > 0:  # rank 0 alone reads the drifters
        there = run_file_of(run_file, (), {"output.file": tracks_path(run_file, wish)})
        made = _made(there, overwrite, False, progress)
    else:
        told = say if progress is True or isinstance(progress, str) else lambda _: None
        planned = _alone(lambda: plan_comparison(run_file, wish))
        for note in notes_of(planned):
            told(note)
        made = _made(planned.run_file, overwrite, False, progress)
        for line in _alone(lambda: finish(planned, told)):
            told(line)
    communicator = launcher.connect()
    if communicator is not None:
        communicator.Barrier()  # the table is there for every rank
    return FinishedComparison(made.path, made.rank)


def _alone(do: Callable[[], _Made]) -> _Made:
    """What rank 0 does while the others wait: an error ends them all."""
    try:
        return do()
    except BaseException as error:
        communicator = launcher.connect()
        if communicator is not None:
            end_all(communicator, error)
        raise


def _span(name: str, value: Any) -> int:
    """Microseconds, more than none. Raises RunFileError."""
    try:
        found = parse_duration(plain(value))
    except ValueError as problem:
        raise RunFileError(f"{name}: {problem}") from None
    if found <= 0:
        raise RunFileError(f"{name}: {value!r} must be longer than 0 s")
    return found


def info(files: str | os.PathLike[str] | Sequence[str | os.PathLike[str]], **reading: Any) -> dict[str, Any]:
    """Describe FVCOM output, and how it will be read: what ``fvdrift info --json`` prints.

    Parameters
    ----------
    files
        Paths and patterns that form one series.
    **reading
        Keys of ``[forcing]`` as in a run file, such as ``coordinates`` and ``projection``.

    Returns
    -------
    dict
        By subject: mesh, coordinates, time, vertical, variables and others.

    Raises
    ------
    ForcingError
        If they are missing, or cannot be read.
    """
    from fvdrift.forcing import describe, open_series

    several = [files] if isinstance(files, str | os.PathLike) else files
    with open_series([Path(name) for name in several], **reading) as series:
        return describe(series)


def _made(
    run_file: RunFile, overwrite: bool, resume: bool, progress: ShowProgress
) -> FinishedRun | FinishedEnsemble:
    if overwrite and resume:
        raise RunFileError("overwrite starts anew and resume goes on: give one of them")
    occupy()
    members = members_of(run_file)
    paths = [member.tracks for member in members]

    with telling(progress) as tell, listening(spare_process=True) as signals:
        communicator = launcher.connect()
        try:
            from fvdrift.simulation import roles

            code = roles.run(
                run_file,
                overwrite=overwrite,
                resume=resume,
                quiet=tell is not None or progress is False,
                communicator=communicator,
                signals=signals,
                tell=tell,
                spoken=in_python,
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
    """The error as the rank that met it first raised it."""
    kind = _KINDS.get(error.exit_code, FvdriftError)
    return RunFileError(str(error).splitlines()) if kind is RunFileError else kind(str(error))
