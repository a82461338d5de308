"""Times of the records of one file, as int64 microseconds. Not their order over many files (that is `series`).

`Times` (text) serves first, then `Itime` + `Itime2` (days and milliseconds), then `time`. All are brought to the
millisecond: FVCOM's own resolution, and better than double precision days need.
"""

import re
from typing import Any, NamedTuple

import numpy as np

from fvdrift.errors import ForcingError
from fvdrift.forcing.library import LOCK

MILLISECOND = 1_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_UNITS = {
    "microsecond": 1, "us": 1, "millisecond": MILLISECOND, "msec": MILLISECOND, "ms": MILLISECOND,
    "second": SECOND, "sec": SECOND, "s": SECOND, "minute": MINUTE, "min": MINUTE,
    "hour": HOUR, "hr": HOUR, "h": HOUR, "day": DAY, "d": DAY,
}  # fmt: skip
_DATE = re.compile(
    r"\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"
    r"(?:[T\s_/,-]+(\d{1,2}):(\d{1,2})(?::(\d{1,2}(?:\.\d*)?))?)?"
    r"\s*(?:(?:Z|UTC|GMT)|([+-])(\d{1,2}):?(\d{2})?)?",
    re.IGNORECASE,
)
_MJD = -40_587 * DAY  # 1858-11-17, the modified Julian day 0
_FIRST_MODERN_MJD = 15_020  # 1900-01-01: day counts without units from here on are taken as modified Julian days
_SNAPS = (DAY, 12 * HOUR, 6 * HOUR, 3 * HOUR, 2 * HOUR, HOUR, 30 * MINUTE, 20 * MINUTE, 15 * MINUTE, 10 * MINUTE,
          6 * MINUTE, 5 * MINUTE, 2 * MINUTE, MINUTE, 30 * SECOND, 10 * SECOND, SECOND)  # fmt: skip
_CHANCE = 0.01  # of all stamps lying near whole units by accident: above it single precision times are left as they are


class FileTimes(NamedTuple):
    """times, doubt: int64 (record,) microseconds, `doubt` half the width of what the stored number can tell (0: exact).

    calendar: False when counted from the run's own zero. source: the variables that served. notes: what a person should
    know.
    """

    times: np.ndarray
    doubt: np.ndarray
    calendar: bool
    source: str
    notes: list[str]


def parse_date(text: str, *, whole: bool = True) -> int | None:
    """Microseconds since 1970-01-01T00:00:00Z of a date as FVCOM and its tools write it, or None. `whole`: nothing may
    follow.
    """
    found = _DATE.match(text)
    if found is None or (whole and text[found.end() :].strip()):
        return None
    year, month, day, hour, minute, second, sign, zone_hour, zone_minute = found.groups()
    try:
        date = np.datetime64(f"{int(year):04d}-{int(month):02d}-{int(day):02d}", "D").astype(np.int64)
    except ValueError:
        return None
    time = int(date) * DAY + int(hour or 0) * HOUR + int(minute or 0) * MINUTE
    time += round(float(second or 0) * 1000) * MILLISECOND
    if sign:
        zone = int(zone_hour) * HOUR + int(zone_minute or 0) * MINUTE
        time += zone if sign == "-" else -zone
    return time


def parse_units(units: str) -> tuple[int, int | None] | None:
    """Units of time -> (microseconds of one unit, reference time; None where it is no date: no calendar)."""
    words = units.strip().split(None, 2)
    if not words:
        return None
    name = words[0].lower()
    size = _UNITS.get(name) or _UNITS.get(name.rstrip("s"))
    if size is None:
        return None
    if len(words) < 3 or words[1].lower() not in ("since", "after", "from"):
        return size, None
    return size, parse_date(words[2], whole=False)


def decode(dataset: Any, records: int, name: str) -> FileTimes:
    """Times of the `records` records of an open dataset; `name` is the file in messages.

    Raises ForcingError when no variable tells the time of every record.
    """
    notes: list[str] = []
    best: FileTimes | None = None
    known = np.zeros(records, bool)
    for source, reader in (("Times", _from_text), ("Itime, Itime2", _from_integers), ("time", _from_number)):
        with LOCK:
            found = reader(dataset, records, name)
        if found is None:
            continue
        times, doubt, calendar, good = found
        if best is None:
            best, known = FileTimes(times, doubt, calendar, source, notes), good
            if good.all() and source != "Times":
                break
            continue
        if calendar == best.calendar:
            _compare(best, known & good & (doubt == 0), times, source, name)
            fresh = good & ~known
            if fresh.any():
                notes.append(f"{name}: {best.source} is empty in {int(fresh.sum())} of {records} records; {source} serves there")
                best.times[fresh], best.doubt[fresh] = times[fresh], doubt[fresh]
                known = known | good
        if known.all():
            break
    if best is None or not known.all():
        where = "" if best is None else f" for record {int(np.flatnonzero(~known)[0]) + 1}"
        raise ForcingError(f"{name}: tells no time{where}: neither Times nor Itime and Itime2 nor time (with units) can be read")
    return best


def snap(times: np.ndarray, doubt: np.ndarray) -> tuple[np.ndarray, int | None]:
    """Single precision times brought to the whole units they must have meant.

    times, doubt: int64 microseconds. The largest unit of which every doubtful stamp is a multiple within its own doubt
    is taken, if that is no accident. Returns the times and the unit (None: left as they are).
    """
    vague = np.flatnonzero(doubt > MILLISECOND)
    for unit in _SNAPS:
        width = 2.0 * doubt[vague]
        if vague.size == 0 or width.max() >= unit:
            return times, None
        near = (times[vague] + unit // 2) // unit * unit
        if np.all(np.abs(near - times[vague]) <= doubt[vague]):
            if np.sum(np.log(width / unit)) > np.log(_CHANCE):
                return times, None
            times = times.copy()
            times[vague] = near
            return times, unit
    return times, None


def _compare(best: FileTimes, both: np.ndarray, times: np.ndarray, source: str, name: str) -> None:
    off = np.abs(best.times - times)[both]
    if off.size and off.max() > SECOND:
        best.notes.append(
            f"{name}: {best.source} and {source} differ by up to {format_duration(int(off.max()))}; the first serves"
        )


def _attribute(variable: Any, key: str) -> str:
    return str(getattr(variable, key, "") or "")


def _from_text(dataset: Any, records: int, name: str) -> tuple[np.ndarray, np.ndarray, bool, np.ndarray] | None:
    if "Times" not in dataset.variables:
        return None
    raw = np.ma.getdata(dataset.variables["Times"][...])
    if raw.shape[:1] != (records,):
        return None
    if raw.dtype.kind == "S":
        rows = raw.reshape(records, -1)
        texts = [b"".join(row.tolist()).decode("ascii", "replace") for row in rows]
    else:
        texts = [str(text) for text in raw.reshape(records)]
    parsed = [parse_date(text.replace("\0", " ").strip()) for text in texts]
    good = np.array([time is not None for time in parsed], bool)
    if not good.any():
        return None
    return np.array([time or 0 for time in parsed], np.int64), np.zeros(records, np.int64), True, good


def _from_integers(dataset: Any, records: int, name: str) -> tuple[np.ndarray, np.ndarray, bool, np.ndarray] | None:
    if "Itime" not in dataset.variables or "Itime2" not in dataset.variables:
        return None
    days, parts = dataset.variables["Itime"], dataset.variables["Itime2"]
    whole, part = np.asarray(days[...]), np.asarray(parts[...])
    if whole.shape != (records,) or part.shape != (records,):
        return None
    size, zero = _scale(days, whole)
    part_size = (parse_units(_attribute(parts, "units")) or (MILLISECOND, None))[0]
    good = np.ones(records, bool)
    for variable, values in ((days, whole), (parts, part)):
        good &= np.isfinite(values.astype(float)) & (np.abs(values.astype(float)) < 2**31 - 2)
        fill = getattr(variable, "_FillValue", None)
        if fill is not None:
            good &= values != fill
    if not good.any():
        return None
    whole, part = np.where(good, whole, 0), np.where(good, part, 0)
    times = (
        np.round(whole.astype(np.float64)).astype(np.int64) * size
        + np.round(part.astype(np.float64)).astype(np.int64) * part_size
    )
    return times + (zero or 0), np.zeros(records, np.int64), zero is not None, good


def _from_number(dataset: Any, records: int, name: str) -> tuple[np.ndarray, np.ndarray, bool, np.ndarray] | None:
    if "time" not in dataset.variables:
        return None
    variable = dataset.variables["time"]
    raw = np.asarray(variable[...])
    if raw.shape != (records,) or raw.dtype.kind not in "fiu":
        return None
    calendar_name = _attribute(variable, "calendar").lower()
    size, zero = _scale(variable, raw)
    if zero is not None and calendar_name in ("noleap", "365_day", "all_leap", "366_day", "360_day", "julian"):
        raise ForcingError(
            f"{name}: time: calendar {calendar_name} is not the calendar of a real run; give Times or Itime, Itime2"
        )
    values = raw.astype(np.float64)
    good = np.isfinite(values) & (np.abs(values) < 1e30)
    fill = getattr(variable, "_FillValue", None)
    if fill is not None:
        good &= raw != fill
    if not good.any():
        return None
    values = np.where(good, values, 0.0)
    whole = np.floor(values)
    parts = np.round((values - whole) * (size / MILLISECOND)).astype(np.int64) * MILLISECOND
    times = whole.astype(np.int64) * size + parts
    doubt = np.zeros(records, np.int64)
    single = values.astype(np.float32)
    # doubles that were single once (a tool widened them) know no more than the single did
    widened = raw.dtype == np.float64 and np.array_equal(single.astype(np.float64), values) and np.any(times % SECOND)
    if raw.dtype == np.float32 or widened:
        doubt = (np.spacing(np.abs(single)).astype(np.float64) * size / 2).astype(np.int64)
        doubt[doubt < MILLISECOND] = 0
    return times + (zero or 0), doubt, zero is not None, good


def _scale(variable: Any, values: np.ndarray) -> tuple[int, int | None]:
    parsed = parse_units(_attribute(variable, "units"))
    if parsed is not None and (parsed[1] is not None or "since" in variable.units or "after" in variable.units):
        return parsed
    size = parsed[0] if parsed is not None else DAY
    mjd = "mjd" in _attribute(variable, "format").lower() or np.nanmin(values) >= _FIRST_MODERN_MJD
    return size, _MJD if mjd and size == DAY else None


def format_time(time: int, calendar: bool) -> str:
    """`2020-05-01T06:00:00Z`, or `day 2 06:00:00` for a run without a calendar."""
    if calendar:
        text = str(np.datetime64(int(time), "us"))
        return (text[:-7] if text.endswith(".000000") else text.rstrip("0")) + "Z"
    days, rest = divmod(int(time), DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    seconds = f"{rest / SECOND:09.6f}".rstrip("0").rstrip(".")
    return f"day {days} {hours:02d}:{minutes:02d}:{seconds}"


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
