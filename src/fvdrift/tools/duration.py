"""Durations as texts, each way for who reads it. They are whole microseconds but where seconds are named."""

MILLISECOND = 1_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def format_duration(microseconds: int) -> str:
    """ "2 h", "90 min", "60 s", "0.25 s": the largest unit it is a whole number of; `parse_duration` reads it
    back."""
    size = abs(microseconds)
    # one minute is "60 s", as steps are named in the field
    for unit, seconds, least in (("d", 86400, 1), ("h", 3600, 1), ("min", 60, 2)):
        count, rest = divmod(size, seconds * SECOND)
        if rest == 0 and count >= least:
            return f"{microseconds // (seconds * SECOND)} {unit}"
    sign = "-" if microseconds < 0 else ""
    whole, part = divmod(size, SECOND)
    return f"{sign}{whole}" + (f".{part:06d}".rstrip("0") if part else "") + " s"


def short_duration(duration: int) -> str:
    """In the largest unit that keeps it short: `90 s`, `10 min`, `1 h`, `2 d`."""
    units = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s"), (MILLISECOND, "ms"), (1, "us"))
    for size, name in units:
        if duration and duration % size == 0:
            return f"{duration // size} {name}" if duration < 1000 * size else rounded_duration(duration)
    return rounded_duration(duration)


def rounded_duration(duration: float) -> str:
    """To three digits: `10.5 s`, `2.81 min`."""
    for size, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s"), (MILLISECOND, "ms")):
        if duration >= size:
            return f"{duration / size:.3g} {name}"
    return f"{duration:.3g} us"


def spoken_duration(seconds: float) -> str:
    """ "6.9 s", "4.8 h", "12 days", "3.1e+03 years"."""
    day, year = 86400.0, 365.25 * 86400.0
    units = (("s", 1.0, 120.0), ("min", 60.0, 7200.0), ("h", 3600.0, 2 * day), ("days", day, 2 * year))
    for unit, size, following in units:
        if seconds < following:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / year:.3g} years"


def wall_time(seconds: float) -> str:
    """ "0:07", "12:34" or "3:05:07"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
