"""What goes wrong in an own behaviour, as one sentence that names the line of the user's file."""

import difflib
import os
import re
import traceback
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from fvdrift.errors import RunFileError
from fvdrift.orders import OwnOrder, OwnSource
from fvdrift_kernels.jit import DEBUG

FORMS = "up, (east, north, up), or (east, north, up, status), in the same form on all its paths"


@contextmanager
def own_problems(order: OwnOrder) -> Iterator[None]:
    """A stretch in which the loop is compiled and runs: what a line of the user's file is to blame for
    becomes a RunFileError. With compiling off all is left to the debugger."""
    try:
        yield
    except Exception as error:
        line, what = blamed_line(order.source, error), "does not compile"
        if line is None and not DEBUG:
            line, what = raised_line(order.source, error), f"{type(error).__name__} while particles move"
        if line is None:
            raise
        raise RunFileError(order.source.problem(line, f"{what}: {sentence_of(error)}")) from error


def unusable(order: OwnOrder, particle: int) -> RunFileError:
    """What to say where own_move gave UNUSABLE."""
    moved = ", an up that is not 0, which needs a 3-D run," if order.level else ","
    known = "ACTIVE, the only one of a backward run" if order.backward else "ACTIVE, DEAD or SETTLED"
    returned = f"a number that is not finite{moved} or a status that is not {known}"
    return RunFileError(
        order.source.problem(None, f"{order.source.function} returned {returned} (particle {particle})")
    )


def raised_line(source: OwnSource, error: BaseException) -> int | None:
    """The innermost line of the user's file that an exception came through. Compiled code that was kept names the
    folder that the same file lay in then."""
    name, text = os.path.basename(source.path), source.text.splitlines()
    found = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        file = frame.f_code.co_filename
        elsewhere = os.path.basename(file) == name and not _is_ours(file) and line <= len(text)
        found = line if file == source.path or elsewhere else found
    return found


def _is_ours(file: str) -> bool:
    return file.startswith(os.path.dirname(os.path.dirname(__file__)) + os.sep)


def blamed_line(source: OwnSource, error: Exception) -> int | None:
    """The line of the user's file that an error of Numba blames: the innermost, which it names first."""
    for path, line, path_, line_ in re.findall(
        r'File "([^"\n]+)", line (\d+)| (?:at|from) (\S.*?) \((\d+)\)', str(error)
    ):
        if os.path.abspath(path or path_) == source.path:
            return int(line or line_)
    place = getattr(error, "loc", None)
    return place.line if place is not None and os.path.abspath(place.filename) == source.path else None


def sentence_of(error: BaseException) -> str:
    """What an error says, in one sentence; those of Numba have many lines."""
    if isinstance(error, KeyError):  # Numba's way of saying it
        return f"there is no {error}"
    lines = [line.strip() for line in str(error).splitlines()]
    lines = [line for line in lines if line and not line.startswith("Failed in nopython mode")] or [
        type(error).__name__
    ]
    called = next((line.removeprefix(">>> ") for line in lines if line.startswith(">>> ")), None)
    if lines[0].startswith("No implementation of function") and called:
        return f"there is no {called}"
    first = re.sub(r"( Raised from .*|, defined at \S+ \(\d+\))$", "", lines[0]).rstrip(".")
    return first + (f": return {FORMS}" if first.startswith("Can't unify return type") else "")


def guess(word: str, words: Collection[str]) -> str:
    # tmep: temp, not time
    close = sorted(difflib.get_close_matches(word, words), key=lambda one: sorted(one) != sorted(word))
    return f" (did you mean {close[0]}?)" if close else ""
