"""Standard input, output and error of a process of ours, whatever whoever started it has made of them. No
word is said here.

A run needs nobody who listens: what cannot be said is left unsaid. A command whose purpose is its output
fails when that is lost.
"""

import errno
import os
import sys
from typing import Any, TextIO

from fvdrift.errors import OutputError


def occupy() -> None:
    """Open those of the first three files that are closed: else what is opened next, maybe the tracks, would
    be taken for them.

    Nothing comes from them, and writing to them fails.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDONLY), True)  # the lowest that is free: this one


def prepare() -> None:
    """Have standard error swallow what it cannot write, and standard output raise OutputError
    (BrokenPipeError: who read it has left). Names of files that are no text are shown in some way."""
    occupy()
    sys.stdout = _Output(_stream(sys.stdout, 1))
    sys.stderr = _Unheard(_stream(sys.stderr, 2))


def silence() -> None:
    """Let what is still to be written to standard output go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _stream(stream: TextIO | None, number: int) -> Any:
    if stream is None:
        return open(number, "w", errors="backslashreplace", closefd=False)
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")
    return stream


def check() -> None:
    """Flush standard output. Raises OutputError also where some of it was lost before."""
    sys.stdout.flush()
    lost = getattr(sys.stdout, "lost", None)
    if lost is not None:
        raise lost


class _Output:
    """A stream whose failures are told in a sentence, once. lost: that of what it could not write."""

    def __init__(self, stream: Any):
        self._stream = stream
        self.lost: OutputError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        written: int = self._tried(self._stream.write, text)
        return written

    def flush(self) -> None:
        self._tried(self._stream.flush)

    def _tried(self, do: Any, *given: str) -> Any:
        try:
            return do(*given)
        except BrokenPipeError:
            raise
        except OSError as error:
            silence()
            why = "it is closed" if error.errno == errno.EBADF else error.strerror or error
            self.lost = OutputError(f"standard output cannot be written: {why}")
            raise self.lost from None


class _Unheard(_Output):
    """A stream that nobody needs to hear."""

    def _tried(self, do: Any, *given: str) -> Any:
        try:
            return do(*given)
        except (OSError, ValueError):
            return sum(map(len, given))
