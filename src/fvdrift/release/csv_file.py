"""Release points from a CSV file: header lon,lat or x,y; optional depth or sigma, time, count, name, mass or
number. Not their release.

Rows are read one by one into arrays; every problem names file, line and column. Columns are separated by
commas, semicolons, tabs or blanks; lines that begin with # are comments.
"""

import csv
import re
from array import array
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.mesh import Points, ToRun, Unplaceable
from fvdrift.settings import Depth, depth_of
from fvdrift.tools.quantity import shown

from .amounts import amount_from_text
from .csv_header import NAMES, OBSERVED_NAMES, Header
from .csv_lines import find_header, lines_of
from .csv_numbers import Numbers
from .sources import Defaults, Names, PointRows, Written, count_of, number_from_text
from .times import OutsideRunError

MOST_PROBLEMS = 10  # then the rest of the file is not worth a message each
NO_POSITION = {"", "nan", "na", "n/a", "null", "none"}
MOST_NAMED = 6  # columns in a note


class Rows(NamedTuple):
    """points: Points of the file, row after row; written: where they are there; times: int64 (row,)
    microseconds, or None without a time column; notes: sentences for the person; amount: "mass" or "number", where
    rows say it."""

    points: Points
    written: Written
    times: np.ndarray | None
    notes: tuple[str, ...]
    amount: str | None = None


class Times(NamedTuple):
    """read: microseconds of the text of a `time` cell, raising ValueError with a sentence; start: of an empty
    one; skip: whether rows outside the run are left out; period: of the run, in words."""

    read: Callable[[str], int]
    start: int
    skip: bool = False
    period: str = ""


def read_csv(
    path: Path, defaults: Defaults, names: Names, to_run: ToRun, times: Times, *, observed: bool = False
) -> Rows:
    """The release points of a CSV file. Raises RunFileError with all that is wrong (the first ten).

    observed: they are the fixes of drifters: columns may have the names that are usual there, all have a time,
    and rows without a position are left out, which a note tells.
    """
    try:
        with path.open("rb") as file:
            coding = "utf-16" if file.read(2) in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        with path.open(encoding=coding, newline="") as file:
            return _Reader(path, defaults, names, times, observed).read(file, to_run)
    except OSError as error:
        raise RunFileError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeError:
        raise RunFileError(f"{path}: is not UTF-8 text: save it as CSV UTF-8") from None


class _Reader:
    """Reads the rows of one file."""

    def __init__(self, path: Path, defaults: Defaults, names: Names, times: Times, observed: bool):
        self._path, self._defaults, self._names = path, defaults, names
        self._observed, self._called = observed, OBSERVED_NAMES if observed else NAMES
        self._nowhere: list[int] = []  # lines without a position
        self._times, self._read_time = times, _remembering(times.read)
        self._rows, self._row_times = PointRows(), array("q")
        self._problems: list[str] = []
        self._outside: list[int] = []  # lines that are left out

    def read(self, file: IO[str], to_run: ToRun) -> Rows:
        path = self._path
        lines = lines_of(file, path)
        header, mark, rest, above = find_header(lines, path, self._defaults, self._called)
        if self._observed and "time" not in header.columns:
            raise RunFileError(f"{path}: header: has no column time (or datetime, timestamp, date)")
        self._numbers = Numbers(mark != ",")
        rest = self._without_comments(enumerate(rest, above + 1), header, mark)
        reader = csv.reader(rest, delimiter=mark, skipinitialspace=True, strict=True)
        try:
            for cells in reader:
                if not any(cell.strip() for cell in cells) or self._has_no_fix(
                    cells, above, reader.line_num, header
                ):
                    continue
                self._take(cells, above + reader.line_num, header)
                if len(self._problems) == MOST_PROBLEMS:
                    break
        except csv.Error as error:
            self._problems.append(f"line {above + reader.line_num}: {error}")
        self._problems += self._numbers.problems()
        if self._problems:
            raise RunFileError([f"{path}: {problem}" for problem in self._problems])
        if not len(self._row_times):
            outside = (
                f": all {len(self._outside):,} have times outside the run, {self._times.period}"
                if self._outside
                else ""
            )
            raise RunFileError(f"{path}: has no rows below its header{outside}")
        try:
            points = self._rows.points(self._defaults.radius, header.coordinates, to_run)
        except Unplaceable as problem:
            column = f"columns {header.x},{header.y}"
            raise RunFileError(f"{path}: line {problem.place}: {column}: {problem}") from None
        except ValueError as problem:
            raise RunFileError(f"{path}: {problem}") from None
        times = np.array(self._row_times, np.int64) if "time" in header.columns else None
        written = self._rows.written(header.coordinates)
        return Rows(points, written, times, tuple(self._notes(header)), header.amount)

    def _notes(self, header: Header) -> Iterator[str]:
        if header.amount == "number" and "count" not in header.columns:
            yield (
                f"{self._path}: column number is what the particles of a row stand for; count would be how many there are"
            )
        if header.ignored:
            named = ", ".join(map(shown, header.ignored[:MOST_NAMED])) + " ..." * (
                len(header.ignored) > MOST_NAMED
            )
            yield f"{self._path}: columns that are not used: {named}"
        if self._nowhere:
            rows = len(self._nowhere) + len(self._row_times)
            yield (
                f"{self._path}: {len(self._nowhere):,} of {rows:,} rows have no position and are left out (the first in line "
                f"{self._nowhere[0]})"
            )
        if self._outside:
            rows = len(self._outside) + len(self._row_times)
            yield (
                f"{self._path}: {len(self._outside):,} of {rows:,} rows are left out, as their times lie outside the run, "
                f"{self._times.period} (the first in line {self._outside[0]})"
            )

    def _has_no_fix(self, cells: list[str], above: int, number: int, header: Header) -> bool:
        """Whether a row of an observed file is left out: without a position, or the units that ERDDAP writes below the
        names."""
        if not self._observed or len(cells) < header.width:
            return False
        place = [cells[header.columns[name]].strip().lower() for name in (header.x, header.y)]
        if number == 1 and all(text.startswith(("degree", "m")) for text in place):
            return True
        if not set(place) & NO_POSITION:
            return False
        self._nowhere.append(above + number)
        return True

    def _without_comments(self, lines: Iterable[tuple[int, str]], header: Header, mark: str) -> Iterator[str]:
        """Numbered lines, with nothing in place of those that begin with #."""
        for number, line in lines:
            if not line.lstrip().startswith("#"):
                yield line
                continue
            if header.columns.get("name") == 0 and len(line.split(mark)) == header.width > 1:
                said = f"{shown(line.split(mark)[0])} may be a name, or begin a comment"
                self._problems.append(f"line {number}: {said}: write it in quotes, or take the line away")
            yield "\n"

    def _take(self, cells: list[str], line: int, header: Header) -> None:
        """One row."""
        try:
            self._add(cells, line, header)
        except OutsideRunError as problem:
            if self._times.skip:
                self._outside.append(line)
            else:
                hint = (
                    ""
                    if self._problems
                    else ' (outside_time = "skip" in the [[release]] leaves such rows out)'
                )
                self._problems.append(f"line {line}: {problem}{hint}")
        except ValueError as problem:
            self._problems.append(f"line {line}: {problem}")

    def _add(self, cells: list[str], line: int, header: Header) -> None:
        if len(cells) < header.width or any(cell.strip() for cell in cells[header.width :]):
            decimal = self._numbers.commas or not any(re.fullmatch(r"\s*\d+\s*", cell) for cell in cells)
            hint = "" if decimal else " (with decimal commas separate columns by semicolons)"
            raise ValueError(f"has {len(cells)} cells where the header has {header.width}{hint}")

        def cell(column: str, read: Callable[[str], Any], default: Any) -> Any:
            """What `read` makes of the cell; `default` where cell or column is absent, None: it must be
            there."""
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
                kind = OutsideRunError if isinstance(problem, OutsideRunError) else ValueError
                raise kind(f"column {column}: {quoted}{problem}") from None

        def number(column: str) -> Callable[[str], float]:
            return lambda text: self._numbers.number(text, column, line)

        defaults = self._defaults
        x = cell(header.x, number(header.x), None)
        y = cell(header.y, number(header.y), None)
        count = cell("count", lambda text: count_of(number("count")(text)), defaults.particles)
        depth = cell("depth", lambda text: _depth(self._numbers.plain(text, "depth", line)), defaults.depth)
        depth = cell("sigma", lambda text: _sigma(number("sigma")(text)), depth)
        name = cell("name", str, defaults.name)
        amount = self._amount(cell, header, count, line)
        # the last, so that a row left out is sound otherwise
        time = cell("time", self._read_time, None if self._observed else self._times.start)
        self._rows.add(x, y, count, self._names(name), depth, line, amount)
        self._row_times.append(time)

    def _amount(self, cell: Callable[..., Any], header: Header, count: int, line: int) -> float | None:
        """What the particles of a row share, None where the file does not say."""
        kind = header.amount
        if kind is None:
            return None
        amount: float = cell(
            kind, lambda text: amount_from_text(self._numbers.plain(text, kind, line), kind), None
        )
        if not count:
            raise ValueError(f"column {kind}: no particle carries it, as count is 0")
        return amount


def _depth(text: str) -> Depth:
    try:
        value: object = number_from_text(text)
    except ValueError:
        value = text
    return depth_of(value)


def _sigma(sigma: float) -> Depth:
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
