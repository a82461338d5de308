"""What the keys of [behaviour] hold: how each value is read, and written back. Not the keys themselves
(`behaviour`).

Every reader takes what TOML gave and returns the value in the units used inside, or raises ValueError with a
sentence; what is wrong inside an inline table is said at its keys, all of it at once.
"""

import datetime
import math
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from fvdrift.tools.duration import SECOND, format_duration
from fvdrift.tools.quantity import (
    LENGTH,
    RATE,
    SHARE,
    SPEED,
    format_quantity,
    parse_duration,
    parse_quantity,
    shown,
)

from . import depths
from . import readers as values
from .table import inline_table, problems_at

_CLOCK_TIME = re.compile(
    r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:\.([0-9]{1,6}))?)?\s*Z?", re.IGNORECASE
)
# what behaviour keeps for particles, and the setting with which it does
KEPT_BY = {
    "development": "behaviour.growth", "hazard_left": "behaviour.mortality", "habitat": "behaviour.settlement",
    "settling_speed": "behaviour.settling of several speeds",
    **dict.fromkeys(("leeway_downwind", "leeway_crosswind", "leeway_side"), "behaviour.leeway"),
    **dict.fromkeys(("jibes", "next_jibe"), "behaviour.leeway with a jibing above 0"),
}  # fmt: skip
# that, what particles have anyway, and what a custom behaviour is handed
RESERVED_NAMES = (
    *KEPT_BY,
    *("mass", "number", "mass_released", "number_released"),
    *("x", "y", "z", "sigma", "status", "dry", "age", "id", "time", "state", "random"),
)


class Migration(NamedTuple):
    """Where particles swim to by day and by night: metres below the surface, at `speed` in m/s.

    dawn, dusk: microseconds after midnight, UTC, when day begins and ends; None: the local sun says when.
    """

    day: float
    night: float
    speed: float
    dawn: int | None = None
    dusk: int | None = None


class Competency(NamedTuple):
    """When particles can settle: from `first` to `last`, both included. by: "age" (seconds) or
    "development"."""

    by: str
    first: float
    last: float = math.inf


class Custom(NamedTuple):
    """A behaviour of the user's own: a Python file, relative to the run file, and a function in it."""

    file: str
    function: str


def _clock_time(value: object) -> int:
    """Microseconds after midnight."""
    if isinstance(value, datetime.time) and value.tzinfo is None:
        hour, minute, second, part = value.hour, value.minute, value.second, value.microsecond
    else:
        match = _CLOCK_TIME.fullmatch(value.strip()) if isinstance(value, str) else None
        if match is None:
            raise ValueError(
                f'{shown(value)} is not a time of day: write hours and minutes in UTC, such as "06:00"'
            )
        hour, minute, second = (int(group or 0) for group in match.groups()[:3])
        part = int((match[4] or "").ljust(6, "0"))
    return ((hour * 60 + minute) * 60 + second) * SECOND + part


def _format_clock_time(microseconds: int) -> str:
    time = (datetime.datetime.min + datetime.timedelta(microseconds=microseconds)).time()
    return time.isoformat("auto" if microseconds % (60 * SECOND) else "minutes")


_MIGRATION = {
    "day": depths.below_surface,
    "night": depths.below_surface,
    "speed": values.positive_speed,
    "dawn": _clock_time,
    "dusk": _clock_time,
}


def migration_of(value: object) -> Migration:
    """{ day, night, speed }, with dawn and dusk if it is not the sun that says when."""
    if not isinstance(value, Mapping):
        raise ValueError(f'{shown(value)} must be a table: {{ day = "20m", night = "2m", speed = "5 mm/s" }}')
    lone = value.keys() & {"dawn", "dusk"}
    conflict = (
        "dawn and dusk go together: give both, or neither to go by the local sun" if len(lone) == 1 else ""
    )
    migration = Migration(**inline_table(value, _MIGRATION, ("day", "night", "speed"), conflict))
    if migration.dawn is not None and migration.dawn == migration.dusk:
        raise ValueError(
            f"dawn and dusk are both {_format_clock_time(migration.dawn)}: no time is left between them"
        )
    return migration


def format_migration(migration: Migration) -> dict[str, str]:
    """As the run file writes it; `migration_of` reads it back."""
    written = {
        "day": format_quantity(migration.day, LENGTH),
        "night": format_quantity(migration.night, LENGTH),
        "speed": format_quantity(migration.speed, SPEED),
    }
    clock = {"dawn": migration.dawn, "dusk": migration.dusk}
    return written | {key: _format_clock_time(time) for key, time in clock.items() if time is not None}


def rate_of(value: object) -> float | str:
    """Per second, not negative, or the name of what gives it per day."""
    if isinstance(value, str) and value.isidentifier():
        return values.name(value)
    return values.not_negative(value, RATE, "the name of what gives it per day")


def format_rate(rate: float | str) -> str:
    return rate if isinstance(rate, str) else format_quantity(rate, RATE)


def competency_of(value: object) -> Competency:
    """An age (text) or a development (number) to begin with, or a pair of them."""
    example = '["10d", "20d"] or [1.0, 1.5]'
    ends = (
        values.two_ends(value, "ages or developments", example)
        if isinstance(value, list | tuple)
        else [value]
    )
    texts = [isinstance(end, str) for end in ends]
    if any(texts) and not all(texts):
        raise ValueError(f"{shown(value)} must be two ages in quotes, or two numbers of development")
    read = [parse_duration(end) / SECOND if isinstance(end, str) else values.number(end) for end in ends]
    if read[0] < 0:
        raise ValueError(f"{shown(ends[0])} must not be negative")
    if read[-1] < read[0]:
        raise ValueError(f"{shown(ends[1])} is before {shown(ends[0])}: write the earlier one first")
    return Competency("age" if texts[0] else "development", *read)


def format_competency(competency: Competency) -> str | float | list[str] | list[float]:
    """As the run file writes it; `competency_of` reads it back."""
    ends = [end for end in competency[1:] if end < math.inf]
    if competency.by == "development":
        return ends if len(ends) > 1 else ends[0]
    ages = [format_duration(round(Fraction(end) * SECOND)) for end in ends]
    return ages if len(ages) > 1 else ages[0]


def windage_of(value: object) -> float:
    """A share of the wind speed, 0 to 0.2; with % as text."""
    try:
        share = parse_quantity(value, SHARE)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 0.2:
        raise ValueError(
            f'{shown(value)} is not a share of the wind speed from 0 to 0.2: write 0.03, or "3 %"'
        )
    return share


def custom_of(value: object) -> Custom:
    """ "file.py:function"."""
    file, _, function = values.text(value).rpartition(":")
    if not file.endswith(".py") or re.fullmatch(r"(.*[/\\])?\.py", file, re.DOTALL):
        raise ValueError(f'{shown(value)} must name a Python file and a function in it: "my_larvae.py:swim"')
    return Custom(file, values.name(function))


def format_custom(custom: Custom) -> str:
    return f"{custom.file}:{custom.function}"


def _state_name(name: str) -> str:
    if name in RESERVED_NAMES:
        raise ValueError("is a name that fvdrift uses itself: choose another")
    return values.name(name)


def state_of(value: object) -> dict[str, float]:
    """Names and numbers, in the order they are given."""
    if not isinstance(value, Mapping):
        raise ValueError(f"{shown(value)} must be a table of names and numbers: {{ energy = 1.0 }}")
    state, problems = {}, []
    for name, start in value.items():
        try:
            state[_state_name(name)] = values.number(start)
        except ValueError as error:
            problems.append(((name,), str(error)))
    if problems:
        raise problems_at(problems)
    return state
