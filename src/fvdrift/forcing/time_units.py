"""Units of time and dates as texts: what they say in microseconds, or why they say nothing. Not what is
counted in them (`times`).

Units are those of UDUNITS that have one length. Dates are in CF's standard calendar, Julian until 1582-10-04
and Gregorian from 1582-10-15 on, unless another is named; `cftime` knows the first. Every ValueError is the
rest of a sentence that names a variable.
"""

import re
from fractions import Fraction
from typing import NamedTuple

from fvdrift.tools.calendar import PROLEPTIC, STANDARD, days_since_1970
from fvdrift.tools.duration import DAY, HOUR, MILLISECOND, MINUTE, SECOND

_CALENDARS = {"": STANDARD, "standard": STANDARD, "gregorian": STANDARD, "proleptic_gregorian": PROLEPTIC}


_PREFIXES = {
    "nano": Fraction(1, 1000),
    "micro": Fraction(1),
    "milli": Fraction(1000),
    "kilo": Fraction(10**9),
}
_LETTERS = {
    "n": "nano",
    "u": "micro",
    "\N{MICRO SIGN}": "micro",
    "\N{GREEK SMALL LETTER MU}": "micro",
    "m": "milli",
    "k": "kilo",
}
_WORDS = {
    "second": SECOND, "sec": SECOND, "minute": MINUTE, "min": MINUTE, "hour": HOUR, "hr": HOUR, "day": DAY, "week": 7 * DAY,
    "fortnight": 14 * DAY,
}  # fmt: skip
_UNITS: dict[str, Fraction] = {
    **{word + plural: Fraction(size) for word, size in _WORDS.items() for plural in ("", "s")},
    **{
        prefix + word: size
        for prefix, size in _PREFIXES.items()
        for word in ("second", "seconds", "sec", "secs")
    },
    **{letter + word: _PREFIXES[name] for letter, name in _LETTERS.items() for word in ("s", "sec", "secs")},
    **{letter: Fraction(size) for letter, size in (("s", SECOND), ("h", HOUR), ("d", DAY))},
}
_UNEVEN = ("month", "year", "common_year", "leap_year", "julian_year", "gregorian_year", "decade", "century")
_COUNTED = re.compile(r"\s*(\d+(?:\.\d*)?(?:e[+-]?\d+)?)?\s*([^\W\d]+|[^\s\d.+-]+)\s*", re.IGNORECASE)
_SINCE = re.compile(r"(?:since|after|from|ref|@)(?:\s+|$)", re.IGNORECASE)
_DATE = re.compile(r"\s*([+-]?\d{1,4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)|\s*(\d{4})(\d{2})(\d{2})(?!\d)")
_CLOCK = re.compile(
    r"(?:\s*[T\s_/,-]\s*)(\d{1,2})(?::(\d{1,2})(?::(\d{1,2}(?:[.,]\d*)?))?|(\d{2})(\d{2}(?:\.\d*)?)?)?(?!\d)",
    re.IGNORECASE,
)
_ZONE = re.compile(r"\s*(?:(?:Z|UTC|UT|GMT)?\s*(?:([+-])(\d{1,2}):?(\d{2})?)?)\s*", re.IGNORECASE)
_OWN_ZERO = re.compile(
    r"midnight|(?:0+(?:\.0*)?|0+-0+-0+)?\s*[T ]?\s*(?:0{1,2}:0{1,2}(?::0{1,2}(?:\.0*)?)?)?\s*(?:Z|UTC|GMT)?",
    re.IGNORECASE,
)


class TimeUnits(NamedTuple):
    """size: of one unit, in microseconds. zero: microseconds since 1970-01-01T00:00:00Z of what is counted
    from, None where that is the run's own zero. dated: whether anything is said of what is counted from."""

    size: Fraction
    zero: int | None
    dated: bool


def parse_units(text: str, calendar: str = STANDARD) -> TimeUnits:
    """Of `days since 1858-11-17 00:00:00`, `msec since 00:00:00`, `h`. Raises ValueError."""
    found = _COUNTED.match(text)
    if found is None:
        raise ValueError(f'counts in "{text}", which is no unit of time')
    count, word = found.groups()
    size = _size(word) * (Fraction(count) if count else 1)
    if size == 0:
        raise ValueError(f'counts in "{text}", which is no unit of time')
    rest = text[found.end() :]
    since = _SINCE.match(rest)
    if since is None:
        if rest.strip():
            raise ValueError(
                f'counts in "{text}", which cannot be read: write for example "days since 1858-11-17 00:00:00"'
            )
        return TimeUnits(size, None, False)
    reference = rest[since.end() :].strip()
    if _OWN_ZERO.fullmatch(reference):
        return TimeUnits(size, None, True)
    try:
        return TimeUnits(size, parse_date(reference, calendar), True)
    except ValueError as error:
        raise ValueError(f'counts since "{reference}", but {error}') from None


def parse_date(text: str, calendar: str = STANDARD) -> int:
    """Microseconds since 1970-01-01T00:00:00Z of a date as FVCOM, its tools and CF write it. Raises
    ValueError."""
    found = _DATE.match(text)
    if found is None:
        raise ValueError("that is no date")
    year, month, day = (int(part) for part in found.group(*((5, 6, 7) if found.group(5) else (1, 3, 4))))
    time = days_since_1970(year, month, day, calendar) * DAY
    rest = text[found.end() :]
    clock = _CLOCK.match(rest)
    if clock is not None and not _ZONE.fullmatch(rest):
        hour, minute, second = (clock.group(i) or 0 for i in (1, 2, 3))
        if clock.group(4):
            minute, second = clock.group(4), clock.group(5) or 0
        parts = int(hour), int(minute), float(str(second).replace(",", "."))
        if parts[0] > 24 or parts[1] > 59 or parts[2] >= 61 or (parts[0] == 24 and any(parts[1:])):
            raise ValueError(f"{clock.group(0).strip()} is no time of day")
        time += parts[0] * HOUR + parts[1] * MINUTE + round(parts[2] * 1000) * MILLISECOND
        rest = rest[clock.end() :]
    return time - _zone(rest)


def calendar_of(attribute: str) -> str:
    """STANDARD or PROLEPTIC, by a calendar attribute. Raises ValueError for other calendars: no real run has
    them."""
    found = _CALENDARS.get(attribute.strip().lower())
    if found is None:
        raise ValueError(
            f"has calendar {attribute.strip()}, which is not the calendar of a real run; standard is"
        )
    return found


def _size(word: str) -> Fraction:
    """Microseconds of a unit. Symbols have their case (Ms is a million seconds), words any. Raises
    ValueError."""
    any_case = word.lower() if len(word) > 2 or word in ("S", "H", "D", "HR") else word
    size = _UNITS.get(word) or _UNITS.get(any_case)
    if size is not None:
        return size
    if word.lower().removesuffix("s") in _UNEVEN or word.lower() in ("centuries",):
        raise ValueError(f'counts in "{word}", and not all of them are equally long; write days')
    raise ValueError(
        f'counts in "{word}", which is no unit of time that is known, as ms, s, min, h, days, weeks'
    )


def _zone(text: str) -> int:
    """Microseconds that a zone is ahead of UTC. Raises ValueError for one that is not known."""
    found = _ZONE.fullmatch(text)
    if found is None:
        raise ValueError(
            f'"{text.strip()}" behind it is no zone that is known; write UTC, or what it is ahead of it, as +02:00'
        )
    sign, hours, minutes = found.groups()
    if sign is None:
        return 0
    ahead = int(hours) * HOUR + int(minutes or 0) * MINUTE
    if ahead > 14 * HOUR or int(minutes or 0) > 59:
        raise ValueError(f'"{text.strip()}" behind it is no zone')
    return -ahead if sign == "-" else ahead
