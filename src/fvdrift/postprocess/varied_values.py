"""The values that members of an ensemble have of one key, as they were written in run files, made an array of
numbers with one unit."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from fvdrift.settings import parse_instant
from fvdrift.tools.duration import SECOND
from fvdrift.tools.quantity import QUANTITIES, SHARE, number_and_unit, parse_quantity


def as_numbers(values: Sequence[Any]) -> tuple[np.ndarray, str]:
    """Values of a key as numbers with their unit, times in seconds; as text where they are of several
    kinds."""
    for read in (_bare_numbers, _instants, _of_one_unit, _quantities):
        found = read(values)
        if found is not None:
            return found
    return np.array([value if isinstance(value, str) else json.dumps(value) for value in values]), ""


def _bare_numbers(values: Sequence[Any]) -> tuple[np.ndarray, str] | None:
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return None
    kind = np.int64 if all(isinstance(value, int) and value < 1 << 63 for value in values) else np.float64
    return np.array(values, kind), ""


def _instants(values: Sequence[Any]) -> tuple[np.ndarray, str] | None:
    """In seconds, of times that are all dates or all relative."""
    times = _all_read(values, parse_instant) if any(isinstance(value, str) for value in values) else None
    if times is None or len({time.relative for time in times}) != 1:
        return None
    unit = "s" if times[0].relative else "seconds since 1970-01-01"
    return np.array([time.microseconds / SECOND for time in times]), unit


def _of_one_unit(values: Sequence[Any]) -> tuple[np.ndarray, str] | None:
    """In the unit that all were written with."""
    parts = [
        found for value in values if isinstance(value, str) and (found := number_and_unit(value)) and found[1]
    ]
    if len(parts) < len(values) or len({unit for _, unit in parts}) != 1:
        return None
    return np.array([float(number) for number, _ in parts]), parts[0][1]


def _quantities(values: Sequence[Any]) -> tuple[np.ndarray, str] | None:
    """In SI units."""
    for kind_of in QUANTITIES:
        read = _all_read(values, partial(parse_quantity, kind=kind_of))
        if read is not None:
            return np.array(read), "1" if kind_of is SHARE else kind_of.si
    return None


def _all_read(values: Sequence[Any], read: Callable[[Any], Any]) -> list[Any] | None:
    """What `read` makes of all values, None where it refuses one."""
    try:
        return [read(value) for value in values]
    except ValueError:
        return None
