"""Times of a picture: the one that is asked for, and those that several panels show. Nothing is drawn here."""

from collections.abc import Callable

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.settings import Instant

from .track_file import minute

FILLED = 0.85  # of the height of a page: taller ones leave no room for a caption
PANELS = 6  # unless another number is asked for


def row_at(
    times: np.ndarray, calendar: bool, at: Instant | str, say: Callable[[str], None], what: str = "tracks"
) -> int:
    """The one of int64 (row,) microseconds nearest to a time. what: they are of. Raises RunFileError for a time
    outside."""
    if isinstance(at, str):
        return 0 if at == "start" else len(times) - 1
    if not at.relative and not calendar:
        raise RunFileError(
            f'--at: the {what} have no calendar; give the time since their first record, such as "6h"'
        )
    direction = 1 if times[-1] >= times[0] else -1
    wanted = int(times[0]) + direction * at.microseconds if at.relative else at.microseconds
    every = abs(int(times[1] - times[0])) if len(times) > 1 else 0
    low, high = sorted((int(times[0]), int(times[-1])))
    if not low - every // 2 <= wanted <= high + every // 2:
        there = f"{minute(low, calendar)} to {minute(high, calendar)}"
        raise RunFileError(f"--at: {minute(wanted, calendar)} is outside the {what}, {there}")
    row = int(np.argmin(np.abs(times - wanted)))
    if times[row] != wanted:
        say(f"the record nearest to {minute(wanted, calendar)} is {minute(int(times[row]), calendar)}")
    return row


def spread_rows(count: int, most: int) -> list[int]:
    """At most so many of `count` rows, evenly from the first to the last."""
    if most == 1:
        return [count - 1]
    return [int(row) for row in np.unique(np.linspace(0, count - 1, min(most, count)).round())]


def even_rows(count: int, most: int) -> list[int]:
    """At most so many of `count` rows from the first to the last, at one step where that leaves at least half as many."""
    if count > most:
        for steps in range(most - 1, max(2, most // 2) - 1, -1):
            if (count - 1) % steps == 0:
                return list(range(0, count, (count - 1) // steps))
    return spread_rows(count, most)


def arranged(count: int, ratio: float, room: tuple[float, float]) -> tuple[int, int]:
    """Rows and columns of panels in which they are widest. ratio: height of one over its width; room: inches
    across and up."""
    best, arrangement = 0.0, (1, 1)
    for columns in range(1, min(count, 4) + 1):
        rows = -(-count // columns)
        wide = min(room[0] / columns, FILLED * room[1] / rows / ratio)
        if wide > best / 1.2:  # a page that is filled is worth panels that are a little smaller
            best, arrangement = wide, (rows, columns)
    return arrangement
