"""A rate by time, from a CSV file: two columns, time and rate; between its rows the rate is linear. Not what it starts."""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.settings import rate_in
from fvdrift.tools.duration import SECOND
from fvdrift.tools.quantity import shown
from fvdrift.tools.text_file import read_bounded

from .csv_header import cells_of, separator
from .csv_numbers import Numbers
from .times import Calendar, time_reader

LARGEST = 256  # MB
MOST_PROBLEMS = 10
_RATE = re.compile(r"(?:mass[_ ]|number[_ ])?rate\s*[(\[]\s*([^)\]]+?)\s*[)\]]", re.IGNORECASE)
_TIMES = ("time", "datetime", "date_time", "date", "timestamp")


class RateTable(NamedTuple):
    """kind: "mass" or "number"; times: int64 (row,), microseconds, ascending; rates: float64 (row,), kg/s or 1/s."""

    kind: str
    times: np.ndarray
    rates: np.ndarray

    def between(self, edges: np.ndarray, calendar: Calendar) -> np.ndarray:
        """What flows between times, float64 (edge - 1,); edges: int64 (edge,), ascending. Raises ValueError where the
        table does not cover them."""
        for edge, beyond in ((edges[0], edges[0] < self.times[0]), (edges[-1], edges[-1] > self.times[-1])):
            if beyond:
                first, last = (calendar.text(calendar.direction * int(self.times[row])) for row in (0, -1))
                when = calendar.text(calendar.direction * int(edge))
                raise ValueError(
                    f"tells the rate from {first} to {last}, and not at {when}, where it is needed"
                )
        knots = np.union1d(edges, self.times[(self.times > edges[0]) & (self.times < edges[-1])])
        seconds = (knots - knots[0]) / SECOND
        rates = np.interp(seconds, (self.times - knots[0]) / SECOND, self.rates)
        pieces = np.append(np.diff(seconds) * 0.5 * (rates[1:] + rates[:-1]), 0.0)
        found = np.add.reduceat(pieces, np.searchsorted(knots, edges[:-1]))
        return np.where(np.diff(edges) > 0, found, 0.0)


def read_rates(path: Path, calendar: Calendar) -> RateTable:
    """The table in a file; its times may lie outside the run. Raises RunFileError with all that is wrong (the first
    ten)."""
    try:
        text = read_bounded(path, LARGEST).decode("utf-8-sig")
    except UnicodeError:
        raise RunFileError(f"{path}: is not UTF-8 text: save it as CSV UTF-8") from None
    except ValueError as problem:
        raise RunFileError(f"{path}: {problem}") from None
    except OSError as error:
        raise RunFileError(f"{path}: cannot be read: {error.strerror or error}") from None
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and line.lstrip()[0] != "#"
    ]
    if not lines:
        raise RunFileError(f"{path}: is empty: the first line must be a header such as time,rate (kg/h)")
    try:
        return _read(lines, calendar)
    except ValueError as problem:
        raise RunFileError([f"{path}: {said}" for said in str(problem).split("\n")]) from None


def _read(lines: list[tuple[int, str]], calendar: Calendar) -> RateTable:
    """Raises ValueError, with a line for each problem."""
    (_, header), *rows = lines
    mark = separator(header)
    names = cells_of(header, mark)
    at_time, at_rate, unit = _columns(names)
    numbers, time_of, problems = Numbers(mark != ","), time_reader(calendar, anywhere=True), list[str]()
    times, rates, kind = list[int](), list[float](), "mass"
    for line, text in rows:
        try:
            cells = [cell.strip() for cell in cells_of(text, mark)]
            if len(cells) <= max(at_time, at_rate):
                raise ValueError(f"has {len(cells)} cells, and no time or no rate among them")
            if any(cells[len(names) :]):  # 1,9 for 1.9, say
                hint = " (with decimal commas separate columns by semicolons)" if mark == "," else ""
                raise ValueError(f"has {len(cells)} cells where the header has {len(names)}{hint}")
            time = calendar.direction * time_of(cells[at_time])
            number = numbers.number(cells[at_rate], "rate", line)
            if number < 0:
                raise ValueError(f"the rate {shown(cells[at_rate])} is below 0")
            if times and time <= times[-1]:
                raise ValueError(f"its time {cells[at_time]} is not after that of the row before")
            rate = rate_in(f"{number!r} {unit}", unit)
        except ValueError as problem:
            said = str(problem)
            problems.append(f"line {line}: {'the rate ' if said.startswith('is ') else ''}{said}")
            if len(problems) == MOST_PROBLEMS:
                break
            continue
        times.append(time)
        rates.append(rate.value)
        kind = rate.kind
    problems += numbers.problems()
    if not problems and len(times) < 2:
        problems.append("has fewer than two rows below its header: the rate is taken between them")
    if problems:
        raise ValueError("\n".join(problems))
    return RateTable(kind, np.array(times, np.int64), np.array(rates))


def _columns(cells: list[str]) -> tuple[int, int, str]:
    """Where time and rate stand, and the unit of the rate. Raises ValueError."""
    names = [cell.strip().strip("\ufeff") for cell in cells]
    bare = [re.sub(r"\s*[(\[]\s*(utc|z|gmt)\s*[)\]]|_utc$", "", name.lower()) for name in names]
    at_time = next((column for column, name in enumerate(bare) if name in _TIMES), None)
    found = [(column, match[1]) for column, name in enumerate(names) if (match := _RATE.fullmatch(name))]
    if at_time is None or len(found) != 1:
        told = "its unit in brackets" if any("rate" in name for name in bare) else "time and rate"
        raise ValueError(
            f"header: must name the columns time and rate, with the unit of the rate: time,rate (kg/h); {shown(','.join(names))} "
            f"does not have {told}"
        )
    rate_in(
        f"1 {found[0][1]}", found[0][1]
    )  # a unit that is none is the header's fault, not that of each row
    return at_time, *found[0]
