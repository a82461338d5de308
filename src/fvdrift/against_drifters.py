"""`fvdrift.compare`: a run held against observed drifters, from Python."""

from __future__ import annotations  # the site shows names of types as they are written

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from fvdrift.errors import RunFileError
from fvdrift.process import ShowProgress, end_all, launcher, say, speaking_python
from fvdrift.settings import Config, plain, run_file_of
from fvdrift.tools import arguments
from fvdrift.tools.quantity import parse_duration

from .finished import FinishedComparison
from .python_run import configured, make

_Made = TypeVar("_Made")


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
    from fvdrift.comparison import Wish, finish_comparison, notes_of, plan_comparison, tracks_path

    run_file = configured(config, set, keys, trust_behaviour=trust_behaviour)
    arguments.check(arguments.PATH, drifters=drifters)
    arguments.check(arguments.WHOLE, count=count)
    arguments.check(arguments.NUMBER, tolerance=tolerance)
    if output is not None:
        arguments.check(arguments.PATH, output=output)
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
        made = make(there, overwrite, False, progress)
    else:
        told = say if progress is True or isinstance(progress, str) else lambda _: None
        planned = _alone(lambda: plan_comparison(run_file, wish))
        for note in notes_of(planned):
            told(note)
        made = make(planned.run_file, overwrite, False, progress)
        for line in _alone(lambda: finish_comparison(planned, told)):
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
