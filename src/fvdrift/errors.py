"""The errors of fvdrift, each with the exit code that a job script sees. `cli` reports them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

RESUMABLE = 75  # a run that a signal ended early and --resume goes on with: EX_TEMPFAIL of sysexits.h
INTERRUPTED = 130  # Ctrl-C where there is nothing to keep, as shells say it: 128 + SIGINT


class FvdriftError(Exception):
    """Any error that fvdrift can explain in a sentence. The command ends with `exit_code`."""

    exit_code = 1


class RunFileError(FvdriftError):
    """Bad usage or a bad run file. `problems` has everything that is wrong, one line each."""

    exit_code = 2

    def __init__(self, problems: str | list[str]):
        self.problems: list[str] = [problems] if isinstance(problems, str) else problems
        super().__init__("\n".join(self.problems))

    def __reduce__(self) -> tuple[Any, ...]:
        """It comes whole out of another process."""
        return type(self), (self.problems,), self.__dict__


class ForcingError(FvdriftError):
    """The forcing is bad, missing, changed, or does not cover the run."""

    exit_code = 3


class OutputError(FvdriftError):
    """The output could not be written."""

    exit_code = 4


class Interrupted(FvdriftError):
    """A signal stopped the run. It can be resumed from its last checkpoint."""

    exit_code = RESUMABLE


@contextmanager
def during(phase: str) -> Iterator[None]:
    """Mark a phase of a run: an error that leaves it says so, in the words of the innermost phase."""
    try:
        yield
    except Exception as error:
        if not phase_of(error):
            error.add_note(f"while {phase}")
        raise


@contextmanager
def blamed(name: str) -> Iterator[None]:
    """An error that leaves it names a member of an ensemble, "" where there is one run; but for one that names
    a member, or a file of it, already."""
    try:
        yield
    except Exception as error:
        if name and not blame_of(error):
            _blame(error, name)
        raise


@contextmanager
def asked_by(place: str) -> Iterator[None]:
    """What is wrong with a file that a run file names says where it does. place: "run.toml: statistic.0.lines"; a
    sentence that begins with it stays."""
    try:
        yield
    except RunFileError as error:
        problems = [
            problem if problem.startswith(place) else f"{place}: {problem}" for problem in error.problems
        ]
        raise RunFileError(problems) from None


def _blame(error: Exception, name: str) -> None:
    error.add_note(f"of {name}")
    named = name, name.replace(" ", "-")  # as a sentence has it, and as files are called
    if isinstance(error, RunFileError):
        error.problems = [
            problem if any(word in problem for word in named) else f"{name}: {problem}"
            for problem in error.problems
        ]
        error.args = ("\n".join(error.problems),)
    elif isinstance(error, FvdriftError) and not any(word in str(error) for word in named):
        error.args = (f"{name}: {error}",)


def blame_of(error: BaseException) -> str:
    """Return the "of member ..." that `blamed` added, "" if there is none."""
    return next((note for note in getattr(error, "__notes__", ()) if note.startswith("of ")), "")


def phase_of(error: BaseException) -> str:
    """Return the "while ..." that `during` added, "" if there is none."""
    return next((note for note in getattr(error, "__notes__", ()) if note.startswith("while ")), "")
