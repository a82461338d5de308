"""What can go wrong, each with the exit code a job script sees. Not the place where errors are reported (that
is `cli`)."""

from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 130  # Ctrl-C where there is nothing to keep, as shells say it: 128 + SIGINT


class FvdriftError(Exception):
    """Anything fvdrift can explain in a sentence. `exit_code` is what the command ends with."""

    exit_code = 1


class RunFileError(FvdriftError):
    """Bad usage or a bad run file: everything that is wrong at once, one line each."""

    exit_code = 2

    def __init__(self, problems: str | list[str]):
        self.problems = [problems] if isinstance(problems, str) else problems
        super().__init__("\n".join(self.problems))


class ForcingError(FvdriftError):
    """The forcing is bad, missing, changed, or does not cover the run."""

    exit_code = 3


class OutputError(FvdriftError):
    """The output could not be written."""

    exit_code = 4


class Interrupted(FvdriftError):
    """A signal asked the run to stop: it can be gone on with, from where it came to."""

    exit_code = 75


@contextmanager
def during(phase: str) -> Iterator[None]:
    """A stretch of a run: an error that comes out of it says so, in the words of the innermost."""
    try:
        yield
    except Exception as error:
        if not phase_of(error):
            error.add_note(f"while {phase}")
        raise


def phase_of(error: BaseException) -> str:
    """ "while ..." as `during` has it, "" where it is not known."""
    return next((note for note in getattr(error, "__notes__", ()) if note.startswith("while ")), "")
