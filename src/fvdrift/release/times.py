"""When particles are released: times of a block on the grid of steps. Not where (that is `shapes`)."""

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from fvdrift.settings import Instant, format_instant, parse_instant
from fvdrift.timeline import StepGrid
from fvdrift.tools.duration import SECOND, format_duration
from fvdrift.tools.quantity import shown

MOST_TIMES = 1_000_000  # of one block: one a minute for two years
# seconds since 1970, of a bare number: from 1973 on; milliseconds are more, hours and days since less
EPOCH = (10**8, 10**11)
_COMPACT = re.compile(
    r"((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3])?([0-5]\d)?([0-5]\d)?"
)


class OutsideRunError(ValueError):
    """A time before the run begins or after it ends."""


class Calendar(NamedTuple):
    """grid: the steps of the run; first_record: what relative times count from; real: False without a
    calendar.

    direction: -1 for a backward run: all times in the grid, and all that are returned, then have the opposite
    sign.
    """

    grid: StepGrid
    first_record: int
    real: bool
    direction: int = 1

    def absolute(self, instant: Instant) -> int:
        """Microseconds of an Instant. Raises ValueError for a date where the forcing has no calendar."""
        if instant.relative:
            return self.direction * (self.first_record + instant.microseconds)
        if not self.real:
            raise ValueError(
                'the forcing has no calendar: write the time since its first record, such as "6h"'
            )
        return self.direction * instant.microseconds

    def text(self, time: int) -> str:
        """A time as the run file would write it."""
        time *= self.direction
        if self.real:
            return format_instant(Instant(time, relative=False))
        return format_duration(time - self.first_record)

    def inside(self, time: int) -> int:
        """`time`. Raises OutsideRunError if it is outside the run."""
        if not self.grid.start <= time <= self.grid.end:
            raise OutsideRunError(f"{self.text(time)} is outside the run, {self.period}")
        return time

    @property
    def period(self) -> str:
        """From the earliest to the latest time of the run, in words."""
        first, last = (self.grid.start, self.grid.end)[:: self.direction]
        return f"{self.text(first)} to {self.text(last)}"

    def on_grid(self, instant: Instant) -> int:
        """Microseconds of a time in the run that lies on a step. Raises ValueError naming the nearest that
        do."""
        time = self.inside(self.absolute(instant))
        if not self.grid.on_grid(time):
            before, after = map(self.text, self.grid.nearest(time)[:: self.direction])
            step = format_duration(self.grid.step)
            raise ValueError(f"{self.text(time)} does not lie on a step of {step}: take {before} or {after}")
        return time

    def whole_steps(self, duration: int) -> int:
        """`duration`. Raises ValueError naming the nearest whole numbers of steps if it is not one."""
        step = self.grid.step
        if duration % step:
            below = duration // step * step
            choices = [format_duration(d) for d in (below, below + step) if d]
            raise ValueError(
                f"{format_duration(duration)} is not a whole number of steps of {format_duration(step)}: "
                f"take {' or '.join(choices)}"
            )
        return duration


def block_times(
    calendar: Calendar, start: Instant | None, every: int | None, until: Instant | None
) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """Release times int64 (time,) of a block, ascending, and what is wrong as (key, sentence).

    They are start, start + every ... until, also in a backward run, which comes to the last of them first.
    """
    problems: list[tuple[str, str]] = []

    def checked(key: str, read: Callable[[Any], int], value: Any, default: int) -> int:
        try:
            return default if value is None else read(value)
        except ValueError as problem:
            problems.append((key, str(problem)))
            return default

    interval = checked("every", calendar.whole_steps, every, 0)
    earliest, latest = (calendar.grid.start, calendar.grid.end)[:: calendar.direction]
    first = checked("start", calendar.on_grid, start, earliest if interval else calendar.grid.start)
    last = checked("until", calendar.on_grid, until, latest)
    ahead = calendar.direction * (last - first)
    if not problems and interval and ahead < 0:
        problems.append(
            ("until", f"{calendar.text(last)} is before the first release, {calendar.text(first)}")
        )
    if problems or not interval:
        return np.array([first], np.int64), problems
    off = (first - calendar.grid.start) % calendar.grid.step
    if off and ahead >= interval:  # backward from the end of a last, shorter step
        said = (
            f"{calendar.text(first)} ends a shorter last step, so that later releases would lie between steps"
        )
        problems.append(("start", f"{said}: take {calendar.text(first - off)}"))
    if ahead // interval >= MOST_TIMES:
        problems.append(("every", f"gives {ahead // interval + 1} release times: {MOST_TIMES} at most"))
        return np.array([first], np.int64), problems
    times = first + calendar.direction * np.arange(0, ahead + 1, interval, dtype=np.int64)
    return times[:: calendar.direction], problems


def time_reader(calendar: Calendar, *, anywhere: bool = False) -> Callable[[str], int]:
    """What reads a time in a file of points: microseconds of a text, in the run unless `anywhere`. It raises
    ValueError for what is no time, or may be several, OutsideRunError for one outside the run."""

    def read(text: str) -> int:
        time = found(text)
        return time if anywhere else calendar.inside(time)

    def found(text: str) -> int:
        if re.fullmatch(r"[+-]?\d{1,20}([.,]\d{1,20})?", text):
            return _of_number(calendar, text)
        if re.fullmatch(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}.*", text):
            raise ValueError(f"{shown(text)} may be day or month first: write 2020-05-01T06:00:00Z")
        return calendar.absolute(parse_instant(text))

    return read


def _of_number(calendar: Calendar, text: str) -> int:
    """Microseconds of seconds since 1970. Raises ValueError for what may be something else."""
    seconds = Fraction(text.replace(",", "."))
    if not calendar.real:
        raise ValueError(
            f'{shown(text)} has no unit: write the time since the first record of the forcing, such as "6h"'
        )
    date = _of_digits(text)
    epoch = Instant(round(seconds * SECOND), relative=False) if EPOCH[0] <= seconds < EPOCH[1] else None
    if date is not None and (epoch is None or _lies_in(calendar, date)):
        also = "" if epoch is None else f", or seconds since 1970, {format_instant(epoch)}"
        raise ValueError(f"{shown(text)} may be a date, {format_instant(date)}{also}: write it like that")
    if epoch is not None:
        return calendar.absolute(epoch)
    what = (
        "milliseconds since 1970"
        if EPOCH[0] * 1000 <= seconds < EPOCH[1] * 1000
        else "seconds, hours or days"
    )
    instead = "2020-05-01T06:00:00Z, 6h since the first record, or seconds since 1970"
    raise ValueError(f"{shown(text)} may be {what}: write {instead}")


def _of_digits(text: str) -> Instant | None:
    """The time that 20200501 or 202005010600 may stand for."""
    match = _COMPACT.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (group or "00" for group in match.groups())
    try:
        return parse_instant(f"{year}-{month}-{day}T{hour}:{minute}:{second}Z")
    except ValueError:
        return None


def _lies_in(calendar: Calendar, instant: Instant) -> bool:
    return calendar.grid.start <= calendar.absolute(instant) <= calendar.grid.end


def rounded(calendar: Calendar, times: np.ndarray, what: str) -> tuple[np.ndarray, str | None]:
    """`times` moved to the nearest grid time (the earlier of two equally near), and a sentence if any was
    moved."""
    grid = calendar.grid
    below = grid.start + (times - grid.start) // grid.step * grid.step
    above = np.minimum(below + grid.step, grid.end)
    on_grid = np.where((times - below <= above - times) | (times == below), below, above)
    on_grid[times == grid.end] = grid.end
    moved = np.abs(on_grid - times)
    if not moved.any():
        return on_grid, None
    farthest = format_duration(int(moved.max()))
    count = int(np.count_nonzero(moved))
    return on_grid, (
        f"{what}: {count} of {len(times)} release times were rounded to steps of {format_duration(grid.step)}, "
        f"by at most {farthest} (the first: {shown(calendar.text(int(times[np.argmax(moved > 0)])))})"
    )
