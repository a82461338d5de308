"""Which times or periods of a statistic a picture shows. Nothing is drawn here."""

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.settings import Instant

from ..moments import even_rows, row_at, spread_rows
from ..track_file import minute
from .answer_file import Statistic
from .drawing import Drawing

LONE = "without the last period, of one sampling time"


def times_shown(drawing: Drawing, dimension: str, most: int) -> tuple[list[int], str]:
    """Rows of a dimension of time: that asked for by --at, so many of --panels, or at most `most` at even steps. Also what
    the picture says of those left out."""
    statistic, request = drawing.statistic, drawing.request
    count = len(statistic.times(dimension)[0])
    if request.at is not None:
        return [_row(drawing, dimension, request.at)], ""
    lone = _ends_alone(statistic, dimension)
    there = count - lone
    rows = even_rows(there, most) if request.panels is None else spread_rows(there, request.panels)
    said = [f"{len(rows)} of {there} times"] if len(rows) < there else []
    return rows, ", ".join(said + [LONE] * lone)


def _ends_alone(statistic: Statistic, dimension: str) -> bool:
    """Whether the last period is a single look and others are longer."""
    bounds = statistic.bounds(dimension)
    if bounds is None or len(bounds) < 2:
        return False
    lengths = np.diff(bounds, axis=1)[:, 0]
    return bool(lengths[-1] == 0 and lengths[0] != 0)


def _row(drawing: Drawing, dimension: str, at: Instant | str) -> int:
    """The period that contains a time, else the look nearest to it. Raises RunFileError for a time outside."""
    times, calendar = drawing.statistic.times(dimension)
    bounds = drawing.statistic.bounds(dimension)
    if isinstance(at, str) or bounds is None or (bounds[:, 0] == bounds[:, 1]).all():
        return row_at(times, calendar, at, drawing.say, "looks")
    if not at.relative and not calendar:
        raise RunFileError('--at: the looks have no calendar; give the time since their first, such as "6h"')
    length = np.rint(np.diff(bounds, axis=1)[:, 0] * 1e6).astype(np.int64)
    onward = -1 if len(times) > 1 and times[1] < times[0] else 1
    wanted = onward * at.microseconds if not at.relative else onward * int(times[0]) + at.microseconds
    first = onward * times
    last = int(first[-1] + abs(length[-1]))
    if not first[0] <= wanted <= last:
        there = f"{minute(int(times[0]), calendar)} to {minute(onward * last, calendar)}"
        raise RunFileError(f"--at: {minute(onward * wanted, calendar)} is outside the looks, {there}")
    return int(np.searchsorted(first, wanted, side="right")) - 1
