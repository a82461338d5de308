"""Sentences written for the command line, in the words of whoever calls from Python: arguments for options. Which
sentences there are is known where they are said."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from fvdrift.errors import FvdriftError, RunFileError

SWITCHES = ("overwrite", "resume", "trust-behaviour")
# of runs, pictures, statistics, exports and comparisons; options of other programs, such as srun's --mpi, stay as they are
OPTIONS = (
    "along", "animate", "at", "cell", "color", "colour", "count", "density", "dpi", "every", "extent", "flow", "for", "forcing",
    "fps", "gap", "gone", "no-depth", "no-mesh", "panels", "quiet", "ranks", "release", "sample", "section", "set", "statistic",
    "status", "time", "title", "to", "tolerance", "variable", "variables",
)  # fmt: skip
_OTHER = {"for": "longest"}  # a word of Python's own
_SET = re.compile(r"""--set (?:'([^']*)'|([\w.]+=\S*\w))""")
_TO = re.compile(r"--to (parquet|gpkg|geojson|kml|vtk)\b")
_OUTPUT = re.compile(r"(?<![\w-])-o(?![\w-])")
_FILES = re.compile(r"--forcing FILE \.\.\.")
_SWITCH = re.compile(rf"(?<![\w-])--({'|'.join(SWITCHES)})(?![\w-])")
_OPTION = re.compile(rf"(?<![\w-])--({'|'.join(OPTIONS)})(?![\w=-])")


def in_python(sentence: str) -> str:
    """`--overwrite` is overwrite=True, `--no-mesh` is no_mesh, `--set 'a.b=1'` is set=['a.b=1'], `-o` is output."""
    said = _SET.sub(lambda found: f"set=[{found[1] or found[2]!r}]", sentence)
    said = _TO.sub(r'to="\1"', said)
    said = _OUTPUT.sub("output", said.replace("with -o", "as output"))
    said = _FILES.sub("forcing=[FILE, ...]", said)
    said = _SWITCH.sub(lambda found: f"{found[1].replace('-', '_')}=True", said)
    return _OPTION.sub(lambda found: _OTHER.get(found[1], found[1].replace("-", "_")), said)


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
