"""fvdrift from Python: what the command line does, for scripts and notebooks. Raises errors, and sets no exit
codes.

Loads heavy modules only once a run file has been checked.
"""

from __future__ import annotations  # the site shows names of types as they are written

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fvdrift.errors import RunFileError
from fvdrift.postprocess import repetition_of
from fvdrift.process import ShowProgress, in_python, launcher, say, speaking_python
from fvdrift.settings import NAMELESS, Config, Override, plain, run_file_of
from fvdrift.tools import arguments

from .finished import FinishedEnsemble, FinishedRun
from .python_run import configured, make, refuse_misspelt


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
    return make(configured(config, set, keys, trust_behaviour=trust_behaviour), overwrite, resume, progress)


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
    arguments.check(arguments.PATH, tracks=tracks)
    arguments.check(arguments.LIST, set=set)
    refuse_misspelt(keys)
    given: list[Override] = [*set, *((name, plain(value)) for name, value in keys.items())]
    run_file, notes = repetition_of(Path(tracks), given, trust_behaviour=trust_behaviour)
    here = launcher.seat()
    if (progress is True or progress == "lines") and (here is None or here.rank == 0):
        for note in notes:
            say(in_python(note))
    return make(run_file, overwrite, resume, progress)


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
    RunFileError, ForcingError
        If a key or its value is wrong; if files are missing, or cannot be read.
    """
    from fvdrift.forcing import describe, open_series

    arguments.check(arguments.PATHS, files=files)
    several = [os.fspath(name) for name in ([files] if isinstance(files, str | os.PathLike) else files)]
    forcing = _forcing({"files": several, **reading})
    with open_series(
        [Path(name) for name in forcing.files],
        coordinates=forcing.coordinates,
        projection=forcing.projection,
        max_gap=forcing.max_gap,
        max_speed=forcing.max_speed,
        min_depth=forcing.min_depth,
    ) as series:
        return describe(series)


def _forcing(keys: dict[str, Any]) -> Any:
    """`[forcing]` as a run file has it. Raises RunFileError that speaks of its keys alone."""
    try:
        return run_file_of({"forcing": keys, "release": [{"point": [0.0, 0.0]}]}, (), {}).forcing
    except RunFileError as error:
        before = f"{NAMELESS}: forcing."
        raise RunFileError([problem.removeprefix(before) for problem in error.problems]) from None
