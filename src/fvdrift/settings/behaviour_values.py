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
from typing import Any, NamedTuple

from fvdrift.tools.quantity import (
    DENSITY,
    LENGTH,
    MICROSECONDS,
    RATE,
    SHARE,
    SPEED,
    VISCOSITY,
    format_duration,
    format_quantity,
    parse_duration,
    parse_quantity,
    shown,
)

from . import readers as values
from .stokes_law import grain_speed
from .table import inline_table, problems_at

_CLOCK_TIME = re.compile(
    r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:\.([0-9]{1,6}))?)?\s*Z?", re.IGNORECASE
)

# what particles have anyway, what behaviour keeps for them, and what a custom behaviour is handed
RESERVED_NAMES = (
    *("development", "settling_speed", "hazard_left", "habitat"),
    *("x", "y", "z", "sigma", "status", "dry", "age", "id", "time", "state", "random"),
)


class Grain(NamedTuple):
    """What a grain that sinks by Stokes' law was said to be: diameters in m, densities in kg/m3, viscosity in
    Pa s."""

    smallest: float
    largest: float
    density: float
    water_density: float = 1025.0
    viscosity: float = 0.00122  # of sea water of 15 degC


class Settling(NamedTuple):
    """How fast particles sink, m/s, positive down. kind: "constant", "even", "normal" or "grain".

    "constant": all at `first` (= `second`); "even": each at its own speed, evenly spread from `first` to
    `second`; "normal": each at its own, `first` the mean and `second` the standard deviation; "grain": each
    at its own, x |x| with x evenly spread from `first` to `second`, signed roots of speeds, as diameters are
    evenly spread. grain: what speeds were worked out from.
    """

    kind: str
    first: float
    second: float
    grain: Grain | None = None

    @property
    def off(self) -> bool:
        """Whether nothing sinks or rises."""
        return self.kind == "constant" and self.first == 0


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


def _settling_speed(value: object) -> float:
    """Of either sign, slower than 10 m/s."""
    speed = parse_quantity(value, SPEED)
    if not abs(speed) < 10:
        raise ValueError(f'{shown(value)} is no speed of settling: write one such as "0.2 mm/s"')
    return speed


def _spread(value: object) -> float:
    spread = _settling_speed(value)
    if spread < 0:
        raise ValueError(f"{shown(value)} must not be negative")
    return spread


def _diameters(value: object) -> tuple[float, float]:
    """The smallest and the largest."""
    ends = (
        values.two_ends(value, "diameters", '["50 um", "100 um"]')
        if isinstance(value, list | tuple)
        else [value]
    )
    diameters = sorted(map(values.positive_length, ends))
    return diameters[0], diameters[-1]


_NORMAL = {"mean": _settling_speed, "sd": _spread}
_DENSITY = values.quantity_in(DENSITY, 10, 30_000)  # 2.65, meant as g/cm3, is none: such a grain would float
_GRAIN = {
    "grain": _diameters,
    "density": _DENSITY,
    "water_density": _DENSITY,
    # that of water is 0.0008 to 0.002; a kinematic one, 1e-6 m2/s, is none
    "viscosity": values.quantity_in(VISCOSITY, 1e-4, 1),
}


def settling_of(value: object) -> Settling:
    """One speed, a pair of them, { mean, sd }, or { grain, density }."""
    if isinstance(value, list | tuple):
        slow, fast = sorted(
            _settling_speed(end) for end in values.two_ends(value, "speeds", '["0.1 mm/s", "0.4 mm/s"]')
        )
        return Settling("even" if slow < fast else "constant", slow, fast)
    if not isinstance(value, Mapping):
        speed = _settling_speed(value)
        return Settling("constant", speed, speed)
    spread, grain = value.keys() & _NORMAL.keys(), value.keys() & _GRAIN.keys()
    if spread and not grain:
        read = inline_table(value, {**_NORMAL, **_GRAIN}, _NORMAL)
        return (
            Settling("normal", read["mean"], read["sd"])
            if read["sd"]
            else Settling("constant", read["mean"], read["mean"])
        )
    both = "mean and sd describe the speed, grain and density what it follows from: keep one of the two"
    read = inline_table(value, {**_NORMAL, **_GRAIN}, ("grain", "density"), both if spread else "")
    smallest, largest = read.pop("grain")
    return _settling_of_grain(Grain(smallest, largest, **read))


def _settling_of_grain(grain: Grain) -> Settling:
    speeds, problems = [], []
    for diameter in (grain.smallest, grain.largest):
        try:
            speeds.append(grain_speed(diameter, *grain[2:]))
        except ValueError as error:
            problems.append((("grain",), str(error)))
    if problems:
        raise problems_at(problems)
    if grain.smallest == grain.largest:
        return Settling("constant", speeds[0], speeds[0], grain)
    first, second = (math.copysign(math.sqrt(abs(speed)), speed) for speed in speeds)
    return Settling("grain", first, second, grain)


def format_settling(settling: Settling) -> str | list[str] | dict[str, Any]:
    """As the run file writes it; `settling_of` reads it back."""
    if settling.grain is not None:
        smallest, largest = (format_quantity(diameter, LENGTH) for diameter in settling.grain[:2])
        return {
            "grain": smallest if smallest == largest else [smallest, largest],
            "density": format_quantity(settling.grain.density, DENSITY),
            "water_density": format_quantity(settling.grain.water_density, DENSITY),
            "viscosity": format_quantity(settling.grain.viscosity, VISCOSITY),
        }
    first, second = format_quantity(settling.first, SPEED), format_quantity(settling.second, SPEED)
    if settling.kind == "normal":
        return {"mean": first, "sd": second}
    return [first, second] if settling.kind == "even" else first


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
    return ((hour * 60 + minute) * 60 + second) * MICROSECONDS + part


def _format_clock_time(microseconds: int) -> str:
    time = (datetime.datetime.min + datetime.timedelta(microseconds=microseconds)).time()
    return time.isoformat("auto" if microseconds % (60 * MICROSECONDS) else "minutes")


_MIGRATION = {
    "day": values.below_surface,
    "night": values.below_surface,
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
    read = [
        parse_duration(end) / MICROSECONDS if isinstance(end, str) else values.number(end) for end in ends
    ]
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
    ages = [format_duration(round(Fraction(end) * MICROSECONDS)) for end in ends]
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
