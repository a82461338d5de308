"""Durations of whole microseconds as texts."""

from .calendar import DAY, HOUR, MILLISECOND, MINUTE, SECOND


def format_duration(duration: int) -> str:
    """A duration in the largest unit that keeps it short: `90 s`, `10 min`, `1 h`, `2 d`."""
    units = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s"), (MILLISECOND, "ms"), (1, "us"))
    for size, name in units:
        if duration and duration % size == 0:
            return f"{duration // size} {name}" if duration < 1000 * size else format_about(duration)
    return format_about(duration)


def format_about(duration: float) -> str:
    """A duration to three digits: `10.5 s`, `2.81 min`."""
    for size, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s"), (MILLISECOND, "ms")):
        if duration >= size:
            return f"{duration / size:.3g} {name}"
    return f"{duration:.3g} us"
