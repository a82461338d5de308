"""A run that a call from Python asks for: its run file, and its way through all ranks."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from fvdrift.errors import ForcingError, FvdriftError, Interrupted, OutputError, RunFileError
from fvdrift.output import ensemble_path, record_of
from fvdrift.postprocess import refuse_behaviour
from fvdrift.preparation import members_of
from fvdrift.process import ShowProgress, end_all, in_python, launcher, listening, occupy, telling
from fvdrift.settings import NAMELESS, Config, RunFile, run_file_of

from .finished import FinishedEnsemble, FinishedRun

_ARGUMENTS = ("set", "overwrite", "resume", "trust_behaviour", "progress")


def refuse_misspelt(keys: Mapping[str, Any]) -> None:
    """Raise RunFileError for a key that is nearly an argument."""
    for name in keys:
        meant = difflib.get_close_matches(name, _ARGUMENTS, n=1, cutoff=0.75)
        if meant and name not in RunFile.model_fields:
            raise RunFileError(f"{name}: there is no such argument or key (did you mean {meant[0]}?)")


def configured(
    config: Config, set: Sequence[str], keys: Mapping[str, Any], *, trust_behaviour: bool
) -> RunFile:
    """The run file of a call from Python; the parameters are those of `fvdrift.run`.

    Raises
    ------
    RunFileError
        If it is wrong, if a key is nearly an argument, or if a dict names a behaviour that is not trusted.
    """
    refuse_misspelt(keys)
    run_file = run_file_of(config, set, keys)
    if isinstance(config, Mapping) and not trust_behaviour:
        refuse_behaviour(run_file, [*set, *keys.items()], NAMELESS, "trust_behaviour=True")
    return run_file


_KINDS: dict[int, type[FvdriftError]] = {
    kind.exit_code: kind for kind in (FvdriftError, RunFileError, ForcingError, OutputError, Interrupted)
}


def make(
    run_file: RunFile, overwrite: bool, resume: bool, progress: ShowProgress
) -> FinishedRun | FinishedEnsemble:
    """Move particles on all ranks that call it.

    Parameters
    ----------
    run_file
        What to do; rank 0's counts.
    overwrite, resume, progress
        As in `fvdrift.run`.

    Raises
    ------
    FvdriftError
        As `fvdrift.run`; on every rank, of the kind and with the words of the rank that met it first.
    """
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
