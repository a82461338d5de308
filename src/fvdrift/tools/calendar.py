"""Dates as whole microseconds since 1970, in CF's standard calendar, and as texts. Not units of time
(`forcing.time_units`)."""

import cftime
import numpy as np

from .duration import DAY, HOUR, MINUTE, SECOND

STANDARD = "standard"
PROLEPTIC = "proleptic_gregorian"
GREGORIAN = (1582, 10, 15)  # the first day of it in the standard calendar
DAY_1970 = 2_440_588  # the Julian day that begins at noon of 1970-01-01, by which cftime numbers days


def days_since_1970(year: int, month: int, day: int, calendar: str = STANDARD) -> int:
    """Of a date. Raises ValueError where the calendar has no such date."""
    if year < 0 or (year == 0 and calendar == STANDARD):
        raise ValueError(f"the {calendar} calendar has no year {year}")
    try:
        if calendar == STANDARD and (year, month, day) < GREGORIAN:
            return int(cftime.datetime(year, month, day, calendar=STANDARD).toordinal()) - DAY_1970
        return int(np.datetime64(f"{year:04d}-{month:02d}-{day:02d}", "D").astype(np.int64))
    except ValueError:
        raise ValueError(f"{year:04d}-{month:02d}-{day:02d} is no date of the {calendar} calendar") from None


def format_time(time: int, calendar: bool) -> str:
    """`2020-05-01T06:00:00Z`, in the standard calendar; or `day 2 06:00:00` for a run without a calendar."""
    days, rest = divmod(int(time), DAY)
    if calendar and days < days_since_1970(*GREGORIAN):
        date = cftime.datetime.fromordinal(days + DAY_1970, calendar=STANDARD)
        text = f"{date.year:04d}-{date.month:02d}-{date.day:02d}T" + str(np.datetime64(rest, "us"))[11:]
    else:
        text = str(np.datetime64(int(time), "us"))
    if calendar:
        return (text[:-7] if text.endswith(".000000") else text.rstrip("0")) + "Z"
    hours, rest = divmod(rest, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    seconds = f"{rest / SECOND:09.6f}".rstrip("0").rstrip(".")
    return f"day {days} {hours:02d}:{minutes:02d}:{seconds}"
