"""Sentences written for the command line, in the words of whoever calls from Python: arguments for options. Which
sentences there are is known where they are said."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from fvdrift.errors import FvdriftError, RunFileError

SWITCHES = ("overwrite", "resume", "trust-behaviour")
# of runs, pictures and statistics; options of other programs, such as srun's --mpi, stay as they are
OPTIONS = (
    "along", "animate", "at", "cell", "color", "colour", "density", "dpi", "extent", "flow", "forcing", "fps", "no-depth",
    "no-mesh", "panels", "quiet", "ranks", "release", "sample", "section", "set", "statistic", "time", "title", "variable",
)  # fmt: skip
_SET = re.compile(r"""--set (?:'([^']*)'|([\w.]+=\S*\w))""")
_FILES = re.compile(r"--forcing FILE \.\.\.")
_SWITCH = re.compile(rf"(?<![\w-])--({'|'.join(SWITCHES)})(?![\w-])")
_OPTION = re.compile(rf"(?<![\w-])--({'|'.join(OPTIONS)})(?![\w=-])")


def in_python(sentence: str) -> str:
    """`--overwrite` is overwrite=True, `--no-mesh` is no_mesh, `--set 'a.b=1'` is set=['a.b=1']."""
    said = _SET.sub(lambda found: f"set=[{found[1] or found[2]!r}]", sentence)
    said = _FILES.sub("forcing=[FILE, ...]", said)
    said = _SWITCH.sub(lambda found: f"{found[1].replace('-', '_')}=True", said)
    return _OPTION.sub(lambda found: found[1].replace("-", "_"), said)


@contextmanager
def speaking_python() -> Iterator[None]:
    """An FvdriftError that leaves it speaks of arguments."""
    try:
        yield
    except FvdriftError as error:
        if isinstance(error, RunFileError):
            error.problems = [in_python(problem) for problem in error.problems]
        error.args = tuple(in_python(each) if isinstance(each, str) else each for each in error.args)
        raise
