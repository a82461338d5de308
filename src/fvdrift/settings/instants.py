"""Times of a run file: how they are read, and written back as text. Readers are as those of `readers`."""

import datetime
import re
from typing import NamedTuple

from fvdrift.tools.duration import format_duration
from fvdrift.tools.quantity import parse_duration, shown

EPOCH = datetime.datetime(1970, 1, 1)
GREGORIAN = datetime.date(1582, 10, 15)
_DATE_AND_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9:.]+))?\s*(Z|UTC|[+-][0-9]{2}:?[0-9]{2})?", re.IGNORECASE
)
_INSTANT_HINT = 'write a date and time (2020-05-01T00:00:00Z), or the time since the first record ("6h")'


class Instant(NamedTuple):
    """A time: microseconds since 1970-01-01T00:00:00Z or, if `relative`, since the first record of the
    forcing."""

    microseconds: int
    relative: bool


def parse_instant(value: object) -> Instant:
    """An Instant from a TOML date or date-time (UTC if it has no offset), the same as text, or a duration as
    text."""
    if isinstance(value, datetime.datetime):
        return Instant(_microseconds(value), relative=False)
    if isinstance(value, datetime.date):
        return Instant(_microseconds(datetime.datetime(value.year, value.month, value.day)), relative=False)
    if isinstance(value, str):
        match = _DATE_AND_TIME.fullmatch(value.strip())
        if match:
            day, time, offset = match.groups()
            offset = "+00:00" if offset is None or offset.upper() in ("Z", "UTC") else offset
            try:
                stamp = datetime.datetime.fromisoformat(f"{day}T{time or '00:00'}{offset}")
            except ValueError:
                raise ValueError(f"{shown(value)} is not a date and time there is: {_INSTANT_HINT}") from None
            return Instant(_microseconds(stamp), relative=False)
        if re.match(r"\s*[+-]?[0-9.]+\s*[a-zA-Z]", value):
            since = parse_duration(value)
            if since < 0:
                raise ValueError(f"{shown(value)} is before the first record of the forcing")
            return Instant(since, relative=True)
    raise ValueError(f"{shown(value)} is not a time: {_INSTANT_HINT}")


def _microseconds(time: datetime.datetime) -> int:
    since = (
        time.replace(tzinfo=None) - EPOCH - (time.utcoffset() or datetime.timedelta()) + _julian(time.date())
    )
    try:
        EPOCH + since  # an offset may lead out of the years 1 to 9999
    except OverflowError:
        raise ValueError(f"{shown(time)} lies outside the years 1 to 9999") from None
    return since // datetime.timedelta(microseconds=1)


def _julian(date: datetime.date) -> datetime.timedelta:
    """How much later a date is than Python has it: before 1582-10-15 CF's standard calendar, that of the
    forcing, is Julian."""
    if date >= GREGORIAN:
        return datetime.timedelta()
    if date > datetime.date(1582, 10, 4):
        raise ValueError(f"{date} is no date: 1582-10-15 followed 1582-10-04")
    year = date.year - (date.month < 3)
    return datetime.timedelta(days=year // 100 - year // 400 - 2)


def format_instant(instant: Instant) -> str:
    """ "2020-05-01T00:00:00Z", or "6 h" for one that is relative; `parse_instant` reads it back."""
    if instant.relative:
        return format_duration(instant.microseconds)
    time = EPOCH + datetime.timedelta(microseconds=instant.microseconds)
    if time.date() < GREGORIAN:
        from fvdrift.tools.calendar import format_time

        return format_time(instant.microseconds, True)
    return time.isoformat() + "Z"


def positive_duration(value: object) -> int:
    """Microseconds, more than none."""
    duration = parse_duration(value)
    if duration <= 0:
        raise ValueError(f"{shown(value)} must be longer than 0 s")
    return duration


def ages_of(value: object) -> tuple[int, ...]:
    """Edges of classes of age, at least two durations of ascending length, microseconds."""
    if not isinstance(value, list | tuple) or len(value) < 2:
        raise ValueError(f'{shown(value)} must be a list of at least two ages, such as ["0h", "6h", "1d"]')
    ages = tuple(parse_duration(item) for item in value)
    if ages[0] < 0 or any(later <= earlier for earlier, later in zip(ages[:-1], ages[1:], strict=True)):
        raise ValueError(f"{shown(value)} must be ages that ascend from 0 or more")
    return ages


def age_range(value: object) -> tuple[int, int]:
    """Two durations that ascend, microseconds."""
    ages = ages_of(value)
    if len(ages) != 2:
        raise ValueError(f'{shown(value)} must be two ages, such as ["1d", "10d"]')
    return ages[0], ages[1]


def format_ages(ages: tuple[int, ...]) -> list[str]:
    return [format_duration(age) for age in ages]
