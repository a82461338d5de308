"""What particles stand for: the mass or the number that a release lets go, at once or in time. How each value is read,
and written back.
"""

import re
from typing import NamedTuple

from fvdrift.tools.quantity import (
    MASS,
    MASS_RATE,
    MOST_NUMBER,
    NUMBER_RATE,
    format_quantity,
    parse_quantity,
    shown,
)

from . import readers as values

_UNIT = re.compile(r"\s*[+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?\s*(\S.*)", re.DOTALL)
_PER_TIME = re.compile(r"1?\s*/|(s|min|h|d|day)\s*\^?-1\s*$")


class AmountRate(NamedTuple):
    """kind: "mass" or "number"; value: kg/s or 1/s."""

    kind: str
    value: float


def mass_of(value: object) -> float:
    """kg, above 0."""
    return _above_0(value, parse_quantity(value, MASS))


def number_of(value: object) -> float:
    """A plain number, above 0; it need not be whole."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= MOST_NUMBER:
        raise ValueError(f"{shown(value)} is not a number I can use")
    return _above_0(value, float(value))


def amount_rate_of(value: object) -> AmountRate | str:
    """A mass or a number in time, above 0, or the name of a file that gives it."""
    if isinstance(value, str) and value.strip().lower().endswith(".csv"):
        return values.text(value)
    if not isinstance(value, str) or (found := _UNIT.fullmatch(value)) is None:
        raise ValueError(
            f'{shown(value)} is neither a mass nor a number in time: write one such as "0.5 kg/h" or "1e6 1/h", or '
            "the name of a .csv file"
        )
    rate = rate_in(value, found[1])
    _above_0(value, rate.value)
    return rate


def rate_in(value: str, unit: str) -> AmountRate:
    """Of a text with this unit: a number in time where it is per a time, else a mass in time. Raises ValueError."""
    kind = NUMBER_RATE if _PER_TIME.match(unit.strip().lower()) else MASS_RATE
    return AmountRate("number" if kind is NUMBER_RATE else "mass", parse_quantity(value, kind))


def format_amount_rate(rate: AmountRate | str) -> str:
    """As the run file writes it; `amount_rate_of` reads it back."""
    if isinstance(rate, str):
        return rate
    return format_quantity(rate.value, MASS_RATE if rate.kind == "mass" else NUMBER_RATE)


def _above_0(value: object, amount: float) -> float:
    if not amount > 0:
        raise ValueError(f"{shown(value)} must be above 0")
    return amount
