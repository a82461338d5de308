"""Quantities with units as people write them ("60s", "0.2 mm/s"), to SI and back. Not the settings that hold
them.

A bare number is SI. Durations become whole microseconds, so that no clock is ever a rounded float.
"""

import datetime
import json
import math
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from .duration import SECOND

LARGEST = 10**12  # SI units; 30 000 years of microseconds still leave room to add two of them in 64 bits

_PLAIN = str.maketrans({"²": "2", "³": "3", "^": "", "\N{MICRO SIGN}": "u", "\N{GREEK SMALL LETTER MU}": "u"})
_NUMBER_AND_UNIT = re.compile(
    r"\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?)\s*(.*)", re.DOTALL
)


class Kind(NamedTuple):
    """What is measured: its name in messages, its SI unit, how to write one, every unit it takes (in SI
    units), and how much there can be (in SI)."""

    name: str
    si: str
    example: str
    units: Mapping[str, Fraction]
    most: int = LARGEST


_SECOND, _MINUTE, _HOUR, _DAY = Fraction(1), Fraction(60), Fraction(3600), Fraction(86400)
_TIMES = {
    "us": Fraction(1, SECOND),
    "ms": Fraction(1, 1000),
    **dict.fromkeys(("s", "sec", "second", "seconds"), _SECOND),
    **dict.fromkeys(("min", "minute", "minutes"), _MINUTE),
    **dict.fromkeys(("h", "hr", "hour", "hours"), _HOUR),
    **dict.fromkeys(("d", "day", "days"), _DAY),
}
_LENGTHS = {
    "um": Fraction(1, 1_000_000),
    "mm": Fraction(1, 1000),
    "cm": Fraction(1, 100),
    **dict.fromkeys(("m", "metre", "metres", "meter", "meters"), Fraction(1)),
    "km": Fraction(1000),
}
_PER = {"s": _SECOND, "min": _MINUTE, "h": _HOUR, "d": _DAY, "day": _DAY}

DURATION = Kind("a duration", "s", '"60s"', _TIMES)
LENGTH = Kind("a length", "m", '"200m"', _LENGTHS)
SPEED = Kind(
    "a speed",
    "m/s",
    '"0.2 mm/s"',
    {f"{a}/{b}": _LENGTHS[a] / _PER[b] for a in ("um", "mm", "cm", "m", "km") for b in _PER},
)
DIFFUSIVITY = Kind(
    "a diffusivity",
    "m2/s",
    '"0.1 m2/s"',
    {f"{a}2/{b}": _LENGTHS[a] ** 2 / _PER[b] for a in ("mm", "cm", "m", "km") for b in _PER},
)
RATE = Kind("a rate", "1/s", '"0.1 1/day"', {f"1/{b}": 1 / _PER[b] for b in _PER})
DENSITY = Kind(
    "a density",
    "kg/m3",
    '"2650 kg/m3"',
    {"kg/m3": Fraction(1), "g/cm3": Fraction(1000), "kg/l": Fraction(1000), "g/l": Fraction(1)},
)
VISCOSITY = Kind(
    "a viscosity",
    "Pa s",
    '"0.00122 Pa s"',
    {"Pa s": Fraction(1), "mPa s": Fraction(1, 1000), "cP": Fraction(1, 1000)},
)
SHARE = Kind("a share", "%", '"3 %"', {"%": Fraction(1, 100)})  # a bare number is a share of 1
MOST_NUMBER = 10**30  # bacteria in an outfall, and far more
_MASSES = {
    **{f"{prefix}g": Fraction(1, 1000) / 1000**power for power, prefix in enumerate(("", "m", "u", "n"))},
    "kg": Fraction(1),
    **dict.fromkeys(("t", "tonne", "tonnes"), Fraction(1000)),
}
MASS = Kind("a mass", "kg", '"2 kg"', _MASSES)
MASS_RATE = Kind(
    "a mass in time",
    "kg/s",
    '"0.5 kg/h"',
    {f"{a}/{b}": _MASSES[a] / _PER[b] for a in ("ng", "ug", "mg", "g", "kg", "t") for b in _PER},
)
NUMBER_RATE = Kind("a number in time", "1/s", '"1e6 1/h"', RATE.units, MOST_NUMBER)
IRRADIANCE = Kind("an irradiance", "W/m2", '"1000 W/m2"', {"W/m2": Fraction(1), "kW/m2": Fraction(1000)})
ATTENUATION = Kind("an attenuation", "1/m", '"0.4 1/m"', {"1/m": Fraction(1), "1/cm": Fraction(100)})
# a rate over an irradiance: how much decays by a dose of light
PER_DOSE = Kind(
    "a decay by light",
    "m2/J",
    '"1 m2/MJ"',
    {"m2/J": Fraction(1), "m2/kJ": Fraction(1, 1000), "m2/MJ": Fraction(1, 1_000_000)},
)
_BYTE = Fraction(1)
SIZE = Kind(
    "a size",
    "bytes",
    '"2 GB"',
    {
        **dict.fromkeys(("B", "byte", "bytes"), _BYTE),
        **{f"{prefix}B": _BYTE * 1000**power for power, prefix in enumerate(("k", "M", "G", "T"), 1)},
        **{f"{prefix}iB": _BYTE * 1024**power for power, prefix in enumerate(("K", "M", "G", "T"), 1)},
    },
)
QUANTITIES = (
    LENGTH,
    SPEED,
    DIFFUSIVITY,
    RATE,
    DENSITY,
    VISCOSITY,
    SHARE,
    MASS,
    MASS_RATE,
    IRRADIANCE,
    ATTENUATION,
    PER_DOSE,
)  # all but durations


def shown(value: object) -> str:
    """A value as a run file would write it, short enough for a message."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
    elif isinstance(value, datetime.date | datetime.time):
        text = value.isoformat()
    elif isinstance(value, dict):
        return "a table"
    else:
        try:
            text = repr(value)
        except (ValueError, RecursionError):  # Python won't print integers of thousands of digits
            return "a number far too large" if isinstance(value, int) else "a list"
    return text if len(text) <= 60 else text[:57] + "..."


def number_and_unit(text: str) -> tuple[str, str] | None:
    """The number in front of a text and the unit behind it, "" where there is none; None for what is no
    quantity, as a date."""
    match = _NUMBER_AND_UNIT.fullmatch(text)
    if match is None or re.match(r"[-:T0-9]", match[2]):
        return None
    return match[1], match[2].strip()


def _unit_of(text: str, kind: Kind) -> Fraction | None:
    """The unit in SI units, None if there is no such unit; "m2 s-1", "m^2/s" and "m²/s" are one, and "/day"
    is "1/day"."""
    unit = text.strip().lower().replace("**", "").translate(_PLAIN)
    unit = re.sub(r"[\s.·*]*\b(s|min|h|d|day)-1$", r"/\1", unit)
    unit = re.sub(r"[\s.·*]*\b(m|cm)-1$", r"/\1", unit)
    unit = re.sub(r"[\s.·*]*\b(m|cm)-([23])$", r"/\1\2", unit)
    unit = re.sub(r"[\s.·*]+(?=s$)", " ", re.sub(r"\s*/\s*", "/", unit))  # Pa s
    units = {name.lower(): factor for name, factor in kind.units.items()}
    return units.get(f"1{unit}" if unit.startswith("/") else unit)


def _exact(value: object, kind: Kind) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(
            f"{shown(value)} is not {kind.name}: write one such as {kind.example}, or a number in {kind.si}"
        )
    if isinstance(value, int):
        exact = Fraction(value)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{shown(value)} is not {kind.name}")
        exact = Fraction(repr(value))  # 0.1 is meant as one tenth, not as the binary number next to it
    else:
        match = _NUMBER_AND_UNIT.fullmatch(value)
        if match is None or len(match[1]) > 40:
            raise ValueError(f"{shown(value)} is not {kind.name}: write one such as {kind.example}")
        number, unit = match[1], match[2].strip()
        if not unit:
            usual = kind.example.strip('"').lstrip("0123456789.").strip()
            units = list(dict.fromkeys((kind.si, usual)))
            raise ValueError(
                f"{shown(value)} has no unit: write " + " or ".join(f'"{number} {unit}"' for unit in units)
            )
        if kind in (MASS, MASS_RATE) and re.match(r"Mg\b", unit):
            raise ValueError(f'{shown(value)} could be tonnes or milligrams: write "t" or "mg"')
        factor = _unit_of(unit, kind)
        if factor is None:
            if kind is DURATION and unit in ("m", "M"):
                raise ValueError(f'{shown(value)} could be metres or minutes: write "{number} min"')
            known = ", ".join(
                u
                for u in kind.units
                if (len(u) <= 3 or re.search("[/ ]", u)) and not u.endswith(("/min", "/d"))
            )
            raise ValueError(f"{shown(value)}: {shown(unit)} is not a unit of {kind.name} (known: {known})")
        exact = Fraction(number) * factor
    if abs(exact) > kind.most:
        raise ValueError(f"{shown(value)} is too large for {kind.name}")
    return exact


def parse_duration(value: object) -> int:
    """Microseconds of "60s", "5 min", "1.5 h" or a number of seconds. Raises ValueError with a sentence."""
    exact = _exact(value, DURATION) * SECOND
    if exact.denominator != 1:
        raise ValueError(f"{shown(value)} is not a whole number of microseconds")
    return int(exact)


def parse_quantity(value: object, kind: Kind) -> float:
    """`value` in the SI unit of `kind`, not for durations. Raises ValueError with a sentence."""
    return float(_exact(value, kind))


def format_number(value: float) -> str:
    """The shortest text that reads back as the same number; whole numbers without a point."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


def rounded_down(value: float) -> str:
    """A positive number to two digits, not more than it is, without an exponent."""
    import numpy as np

    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return np.format_float_positional(
        math.floor(value / unit) * unit, precision=3, unique=False, trim="-", fractional=False
    )


def format_quantity(value: float, kind: Kind) -> str:
    """A value in SI with its unit: "200 m"; `parse_quantity` reads it back unchanged."""
    return f"{format_number(value)} {kind.si}"
