"""Moving particles from the command line, on all ranks. Loads nothing heavy before a run file has been checked."""

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from fvdrift.errors import FvdriftError
from fvdrift.process import end_all, launcher, listening, loading, sent_modules

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

    from fvdrift.settings import RunFile


def move(
    asked: argparse.Namespace,
    run_file_of: Callable[[argparse.Namespace], "RunFile"],
    *,
    resume: bool = False,
    then: Callable[[], None] | None = None,
) -> int:
    """Move particles on all ranks; the exit code. run_file_of: is asked on rank 0 alone; then: what rank 0 does at the
    end of a run that is complete."""
    with listening(asked.whole_process) as signals:
        with signals.held():  # who left here alone would be waited for by the others for ever
            communicator = launcher.connect()
        try:
            signals.check()
            if communicator is not None and communicator.rank > 0:
                with signals.held():  # rank 0 says what becomes of it
                    with sent_modules.received(communicator) as kernels:
                        from fvdrift.simulation import serve
                    return serve(communicator, signals, kernels)
            run_file = _agreed_run_file(asked, communicator, run_file_of)
            with loading(quiet=asked.quiet):
                from fvdrift.simulation import run

            code = run(
                run_file,
                overwrite=asked.overwrite,
                resume=resume,
                quiet=asked.quiet,
                communicator=communicator,
                signals=signals,
            )
            if code == 0 and then is not None:
                then()
            return code
        except launcher.AgreedError:
            raise
        except BaseException as error:
            if communicator is None:
                raise
            return end_all(communicator, error)


def _agreed_run_file(
    asked: argparse.Namespace,
    communicator: "Intracomm | None",
    run_file_of: Callable[[argparse.Namespace], "RunFile"],
) -> "RunFile":
    """Rank 0 alone reads it: the others get the modules that they need from there, or leave with the same error."""
    if communicator is None:
        return run_file_of(asked)
    with sent_modules.noted() as modules:
        try:
            run_file = run_file_of(asked)
        except FvdriftError as error:
            raise sent_modules.refuse(communicator, error) from error
        with loading(quiet=asked.quiet):
            from fvdrift.process import kernel_cache
            from fvdrift.simulation import serve  # noqa: F401  (loads what the others will)
    sent_modules.send(communicator, modules, kernel_cache.sources())
    return run_file
