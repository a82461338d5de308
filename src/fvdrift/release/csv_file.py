"""Release points from a CSV file: header lon,lat or x,y; optional depth or sigma, time, count, name. Not their release.

Rows are read one by one into arrays; every problem names file, line and column.
"""

import csv
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.quantity import shown
from fvdrift.release.shapes import Points
from fvdrift.release.sources import Defaults, Names, PointRows, ToRun, Unplaceable, count_of, number_from_text
from fvdrift.settings.values import Depth, depth_of

LONGEST_LINE = 10_000  # characters; a row has at most seven cells, so more is another kind of file
MOST_PROBLEMS = 10  # then the rest of the file is not worth a message each
PAIRS = {("lon", "lat"): "geographic", ("x", "y"): "projected"}
OPTIONAL = ("depth", "sigma", "time", "count", "name")


class Rows(NamedTuple):
    """points: Points of the file, row after row; times: int64 (row,) microseconds, or None without a time column."""

    points: Points
    times: np.ndarray | None


class _Header(NamedTuple):
    columns: dict[str, int]
    width: int
    x: str
    y: str
    coordinates: str


def read_csv(
    path: Path, defaults: Defaults, names: Names, to_run: ToRun, time_of: Callable[[str], int], start: int
) -> Rows:
    """The release points of a CSV file.

    time_of: microseconds of the text of a `time` cell, raising ValueError with a sentence; start: of an empty one.
    Raises RunFileError with all that is wrong (the first ten).
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read(path, file, defaults, names, to_run, time_of, start)
    except OSError as error:
        raise RunFileError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise RunFileError(f"{path}: is not UTF-8 text: save it as CSV UTF-8") from None


def _lines(path: Path, file: IO[str]) -> Iterator[str]:
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            raise RunFileError(f"{path}: line {number}: has {LONGEST_LINE} characters or more: not a CSV file")
        yield line


def _read(
    path: Path,
    file: IO[str],
    defaults: Defaults,
    names: Names,
    to_run: ToRun,
    time_of: Callable[[str], int],
    start: int,
) -> Rows:
    reader = csv.reader(_lines(path, file), skipinitialspace=True, strict=True)
    header: _Header | None = None
    rows, times, problems = PointRows(), array("q"), []
    read_time = _remembering(time_of)
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = _header(path, cells, defaults)
                continue
            try:
                _add_row(cells, reader.line_num, header, defaults, names, rows, times, read_time, start)
            except ValueError as problem:
                problems.append(f"{path}: line {reader.line_num}: {problem}")
                if len(problems) == MOST_PROBLEMS:
                    break
    except csv.Error as error:
        problems.append(f"{path}: line {reader.line_num}: {error}")
    if problems:
        raise RunFileError(problems)
    if header is None:
        raise RunFileError(f"{path}: is empty: the first line must be a header such as lon,lat,depth,count")
    if not len(times):
        raise RunFileError(f"{path}: has no rows below its header")
    try:
        points = rows.points(defaults.radius, header.coordinates, to_run)
    except Unplaceable as problem:
        column = f"columns {header.x},{header.y}"
        raise RunFileError(f"{path}: line {problem.place}: {column}: {problem}") from None
    except ValueError as problem:
        raise RunFileError(f"{path}: {problem}") from None
    return Rows(points, np.array(times, np.int64) if "time" in header.columns else None)


def _header(path: Path, cells: list[str], defaults: Defaults) -> _Header:
    found = [cell.strip().lower() for cell in cells]
    problems = []
    pairs = [pair for pair in PAIRS if set(pair) <= set(found)]
    if len(pairs) != 1:
        problems.append(f"must have the columns lon,lat or x,y, separated by commas; it has {shown(','.join(found))}")
    known = (*(pairs[0] if pairs else ("lon", "lat", "x", "y")), *OPTIONAL)
    for name in dict.fromkeys(found):
        if name not in known and len(pairs) == 1:
            problems.append(f"unknown column {shown(name)} (known: {', '.join(known)})")
        if found.count(name) > 1:
            problems.append(f"column {shown(name)} is there twice")
    if "depth" in found and "sigma" in found:
        problems.append("depth and sigma are both there: take one away")
    if len(pairs) == 1 and defaults.stated and defaults.coordinates != PAIRS[pairs[0]]:
        problems.append(
            f"the columns {','.join(pairs[0])} are {PAIRS[pairs[0]]}, "
            f"but the run file says coordinates = \"{defaults.coordinates}\""
        )
    if problems:
        raise RunFileError([f"{path}: header: {problem}" for problem in problems])
    return _Header({name: i for i, name in enumerate(found)}, len(found), *pairs[0], PAIRS[pairs[0]])


def _add_row(
    cells: list[str],
    line: int,
    header: _Header,
    defaults: Defaults,
    names: Names,
    rows: PointRows,
    times: array,
    time_of: Callable[[str], int],
    start: int,
) -> None:
    if len(cells) != header.width:
        raise ValueError(f"has {len(cells)} cells where the header has {header.width}")
    x = _cell(cells, header, header.x, number_from_text, None)
    y = _cell(cells, header, header.y, number_from_text, None)
    count = _cell(cells, header, "count", lambda text: count_of(number_from_text(text)), defaults.particles)
    depth = _cell(cells, header, "depth", _depth, defaults.depth)
    depth = _cell(cells, header, "sigma", _sigma, depth)
    time = _cell(cells, header, "time", time_of, start)
    name = _cell(cells, header, "name", str, defaults.name)
    rows.add(x, y, count, names(name), depth, line)
    times.append(time)


def _cell(cells: list[str], header: _Header, column: str, read: Callable, default):
    """What `read` makes of the cell; `default` where cell or column is absent, None: it must be there."""
    index = header.columns.get(column)
    text = cells[index].strip() if index is not None else ""
    if not text:
        if default is None:
            raise ValueError(f"column {column}: is empty")
        return default
    try:
        return read(text)
    except ValueError as problem:
        # other sentences quote the cell already
        quoted = f"{shown(text)} " if str(problem).startswith("is ") else ""
        raise ValueError(f"column {column}: {quoted}{problem}") from None


def _depth(text: str) -> Depth:
    try:
        value: object = number_from_text(text)
    except ValueError:
        value = text
    return depth_of(value)


def _sigma(text: str) -> Depth:
    sigma = number_from_text(text)
    if not -1 <= sigma <= 0:
        raise ValueError("is not between -1 (the bed) and 0 (the surface)")
    return Depth("sigma", sigma, sigma)


def _remembering(read: Callable[[str], int]) -> Callable[[str], int]:
    """`read` that keeps its last answer: rows of one time mostly follow one another."""
    last: dict[str, int] = {}

    def remembered(text: str) -> int:
        if text not in last:
            value = read(text)
            last.clear()
            last[text] = value
        return last[text]

    return remembered
