"""The lines of a CSV file, and which of them is its header."""

import csv
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import IO

from fvdrift.errors import RunFileError

from .csv_header import Header, cells_of, is_header, read_header, separator
from .sources import Defaults

LONGEST_LINE = 10_000  # characters; a row has at most eight cells that count, so more is another kind of file


def lines_of(file: IO[str], path: Path) -> Iterator[str]:
    """One by one. Raises RunFileError at one that is too long for a CSV file."""
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            raise RunFileError(
                f"{path}: line {number}: has {LONGEST_LINE} characters or more: not a CSV file"
            )
        yield line


def find_header(
    lines: Iterator[str], path: Path, defaults: Defaults, called: Mapping[str, str]
) -> tuple[Header, str, Iterator[str], int]:
    """The header, what separates columns, the lines that follow, and how many stand above those. A
    comment serves as header where the first line that is none has numbers only. called: what columns may be called.
    Raises RunFileError."""
    comment, given, above = "", "", 0
    for line in lines:
        above += 1
        bare = line.strip()
        if bare.startswith("#"):
            comment = bare.lstrip("# ")
        elif match := re.fullmatch(r"sep=(.)", bare, re.IGNORECASE):  # as spreadsheets write it
            given = match[1]
        elif bare.strip(",;\t "):
            break
    else:
        raise RunFileError(f"{path}: is empty: the first line must be a header such as lon,lat,depth,count")
    text = line
    mark = given if given and given in line else separator(line)
    if (
        comment
        and not is_header(cells_of(line, mark), called)
        and is_header(cells_of(comment, separator(comment)), called)
    ):
        lines, above, text, mark = chain([line], lines), above - 1, comment, separator(comment)
    try:
        header, problems = read_header(cells_of(text, mark), defaults, called)
    except csv.Error as error:
        header, problems = None, [str(error)]
    if header is None:
        raise RunFileError([f"{path}: header: {problem}" for problem in problems])
    return header, mark, lines, above
