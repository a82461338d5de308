"""What the cells of a dimension are called: times, ages, layers, names."""

from collections.abc import Sequence

import numpy as np

from ..track_file import minute
from .answer_file import Statistic, numbers
from .scale import number, pretty

TIME, LOOK, AGE, LAYER = "_time", "_look", "_age", "_layer"
# of layers, by what they are measured from
_FROM = {"depth below the moving surface": " below the surface", "height above the bed": " above the bed"}


def words_of(statistic: Statistic, dimension: str, rows: Sequence[int]) -> list[str]:
    """Of each of `rows` of a dimension."""
    if dimension.endswith(TIME):
        return _times(statistic, dimension, rows)
    names = statistic.labels(dimension)
    if names is not None:
        return [names[row] for row in rows]
    coordinate = statistic.dataset.variables.get(dimension)
    if coordinate is None:
        return [f"{_bare(statistic, dimension)} {row + 1}" for row in rows]
    bounds, values = statistic.bounds(dimension), np.atleast_1d(numbers(coordinate))
    unit = str(coordinate.attrs.get("units", ""))
    what = _bare(statistic, dimension)
    if dimension.endswith(AGE) or unit == "s":
        values, bounds, unit = values / 3600, None if bounds is None else bounds / 3600, "h"
    unit = "" if unit in ("", "1") else f" {pretty(unit)}"
    if bounds is not None and dimension.endswith(LAYER):
        known = str(coordinate.attrs.get("long_name", ""))
        before, after = ("", _FROM[known]) if known in _FROM else (f"{known or what} ", "")
        return [f"{before}{number(b[0])} to {number(b[1])}{unit}{after}" for b in bounds[list(rows)]]
    if bounds is not None:
        return [f"{what} {number(bounds[row, 0])} to {number(bounds[row, 1])}{unit}" for row in rows]
    return [f"{what} {number(values[row])}{unit}" for row in rows]


def _bare(statistic: Statistic, dimension: str) -> str:
    return dimension.removeprefix(f"{statistic.name}_").replace("_", " ")


def _times(statistic: Statistic, dimension: str, rows: Sequence[int]) -> list[str]:
    times, calendar = statistic.times(dimension)
    bounds = statistic.bounds(dimension)
    found = []
    for row in rows:
        first = minute(int(times[row]), calendar)
        if bounds is None or bounds[row, 0] == bounds[row, 1]:
            found.append(first)
            continue
        length = round((bounds[row, 1] - bounds[row, 0]) * 1e6)
        found.append(span(int(times[row]), int(times[row]) + length, calendar))
    return found


def span(first: int, last: int, calendar: bool) -> str:
    """From one time to another, microseconds; the day once where it is the same."""
    begin, end = minute(first, calendar), minute(last, calendar)
    if first == last:
        return begin
    if calendar and begin[:10] == end[:10]:
        end = end[11:]
    return f"{begin.removesuffix(' UTC')} to {end}"


def span_of(statistic: Statistic, dimension: str) -> str:
    """From the first to the last time of a dimension, or end of its bounds."""
    times, calendar = statistic.times(dimension)
    bounds = statistic.bounds(dimension)
    if not len(times):
        return ""
    length = 0 if bounds is None else round((bounds[-1, 1] - bounds[-1, 0]) * 1e6)
    return span(int(times[0]), int(times[-1]) + length, calendar)
