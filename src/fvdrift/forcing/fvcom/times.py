"""Times of the records of one file, as int64 microseconds. Not their order over many files (that is
`series`).

`Times` (text) serves first, then `Itime` + `Itime2` (days and milliseconds), then `time`. All are brought to
the millisecond: FVCOM's own resolution, and better than double precision days need.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from fvdrift.errors import ForcingError
from fvdrift.tools.calendar import format_time
from fvdrift.tools.duration import DAY, MILLISECOND, SECOND, short_duration
from fvdrift.tools.netcdf.lock import LOCK

from ..stored import absent, meaning, read_double, seen, unpacked
from ..time_units import TimeUnits, calendar_of, parse_date, parse_units

_MJD = -40_587 * DAY  # 1858-11-17, the modified Julian day 0
_FIRST_MODERN_MJD = (
    15_020  # 1900-01-01: day counts without a date from here on are taken as modified Julian days
)
_MODIFIED = re.compile(r"\bmjd\b|modified julian", re.IGNORECASE)
_UTC = ("", "utc", "gmt", "ut", "z", "none")
_LATEST = 2**62  # microseconds: 146,000 years


class FileTimes(NamedTuple):
    """times, doubt: int64 (record,) microseconds, `doubt` half the width of what the stored number can tell
    (0: exact).

    calendar: False when counted from the run's own zero. source: the variables that served. notes: what a
    person should know.
    """

    times: np.ndarray
    doubt: np.ndarray
    calendar: bool
    source: str
    notes: list[str]


class _Found(NamedTuple):
    """What one variable tells. times, doubt, calendar: as in FileTimes; good: bool (record,), where it tells
    a time; why: of the first record with a text that is no time; notes: as in FileTimes."""

    times: np.ndarray
    doubt: np.ndarray
    calendar: bool
    good: np.ndarray
    why: str = ""
    notes: tuple[str, ...] = ()


def decode(dataset: Any, records: int, name: str) -> FileTimes:
    """Times of the `records` records of an open dataset; `name` is the file in messages.

    Raises ForcingError when no variable tells the time of every record, and for calendars that no real run
    has.
    """
    _calendar(dataset, ("Times", "Itime", "Itime2", "time"), name)
    notes: list[str] = []
    best: FileTimes | None = None
    known, troubles = np.zeros(records, bool), []
    readers: tuple[tuple[str, Callable[[Any, int, str], _Found | None]], ...] = (
        ("Times", _from_text),
        ("Itime, Itime2", _from_integers),
        ("time", _from_number),
    )
    for source, reader in readers:
        try:
            with LOCK:
                found = reader(dataset, records, name)
        except ForcingError as error:
            troubles.append(str(error))
            continue
        if found is None:
            continue
        troubles += [f"{name}: {source}: {found.why}"] if found.why else []
        if best is None:
            best, known = FileTimes(found.times, found.doubt, found.calendar, source, notes), found.good
            notes += found.notes
            if found.good.all() and source != "Times":
                break
            continue
        if found.calendar == best.calendar:
            _compare(best, known & found.good & (found.doubt == 0), found.times, source, name)
            fresh = found.good & ~known
            if fresh.any():
                what = "empty" if not troubles else "no time"
                notes.append(
                    f"{name}: {best.source} is {what} in {int(fresh.sum())} of {records} records; {source} serves there"
                )
                notes += found.notes
                best.times[fresh], best.doubt[fresh] = found.times[fresh], found.doubt[fresh]
                known = known | found.good
        if known.all():
            break
    if best is None or not known.all():
        where = "" if best is None else f" for record {int(np.flatnonzero(~known)[0]) + 1}"
        otherwise = f"{name}: tells no time{where}: neither Times nor Itime and Itime2 nor time (with units) can be read"
        raise ForcingError(troubles[0] if troubles else otherwise)
    notes += [f"warning: {trouble}; {best.source} serves" for trouble in troubles]
    return best


def _compare(best: FileTimes, both: np.ndarray, times: np.ndarray, source: str, name: str) -> None:
    off = np.abs(best.times - times)[both]
    if off.size and off.max() > SECOND:
        best.notes.append(
            f"warning: {name}: {best.source} and {source} differ by up to {short_duration(int(off.max()))}; the first serves"
        )


def _attribute(variable: Any, key: str) -> str:
    return str(getattr(variable, key, "") or "").strip()


def _calendar(dataset: Any, names: tuple[str, ...], name: str) -> str:
    """That which the first of the variables that names one is in; the standard one where none does. Raises
    ForcingError."""
    said = [
        (key, _attribute(dataset.variables[key], "calendar")) for key in names if key in dataset.variables
    ]
    calendars = []
    for key, text in said:
        try:
            calendars += [calendar_of(text)] if text else []
        except ValueError as error:
            raise ForcingError(f"{name}: {key}: {error}") from None
    return calendars[0] if calendars else calendar_of("")


def _zone(variable: Any) -> str:
    """What time_zone says where it is not UTC."""
    zone = _attribute(variable, "time_zone")
    return "" if zone.lower() in _UTC else zone


def _from_text(dataset: Any, records: int, name: str) -> _Found | None:
    if "Times" not in dataset.variables:
        return None
    variable = dataset.variables["Times"]
    raw = np.ma.getdata(variable[...])
    if raw.shape[:1] != (records,):
        return None
    if raw.dtype.kind == "S":
        rows = raw.reshape(records, -1)
        texts = [b"".join(row.tolist()).decode("ascii", "replace") for row in rows]
    else:
        texts = [str(text) for text in raw.reshape(records)]
    calendar = _calendar(dataset, ("Times", "time", "Itime"), name)
    times, good, why = np.zeros(records, np.int64), np.zeros(records, bool), ""
    for record, text in enumerate(text.replace("\0", " ").strip() for text in texts):
        if not any(letter.isdigit() for letter in text):
            continue
        try:
            times[record], good[record] = parse_date(text, calendar), True
        except ValueError as error:
            why = why or f'is "{text}" in record {record + 1}: {error}'
    zone = _zone(variable)
    if zone and good.any():
        raise ForcingError(f"{name}: Times: time_zone is {zone}, and only UTC can be read")
    if not good.any() and not why:
        return None
    return _Found(times, np.zeros(records, np.int64), True, good, why)


def _from_integers(dataset: Any, records: int, name: str) -> _Found | None:
    if "Itime" not in dataset.variables or "Itime2" not in dataset.variables:
        return None
    days, parts = dataset.variables["Itime"], dataset.variables["Itime2"]
    if (
        days.shape != (records,)
        or parts.shape != (records,)
        or days.dtype.kind not in "fiu"
        or parts.dtype.kind not in "fiu"
    ):
        return None
    whole, part = read_double(days), read_double(parts)
    with np.errstate(invalid="ignore"):
        good = (np.abs(whole) < 2**31 - 2) & (np.abs(part) < 2**31 - 2)
    if not good.any():
        return None
    whole, part = np.where(good, whole, 0.0), np.where(good, part, 0.0)
    if np.any(np.abs(whole - np.round(whole)) > 1e-6):
        raise ForcingError(
            f"{name}: Itime: is {whole[whole != np.round(whole)][0]:.9g}, and not a whole number of days"
        )
    units, notes = _units(days, whole, _calendar(dataset, ("Itime", "time"), name), name, own=DAY)
    part_units, _ = _units(parts, part, calendar_of(""), name, own=MILLISECOND)
    exact = [
        int(a) * units.size + round(b) * part_units.size
        for a, b in zip(whole.tolist(), part.tolist(), strict=True)
    ]
    times = np.array([round(time) for time in exact], np.int64)
    return _Found(
        times + (units.zero or 0), np.zeros(records, np.int64), units.zero is not None, good, notes=notes
    )


def _from_number(dataset: Any, records: int, name: str) -> _Found | None:
    if "time" not in dataset.variables:
        return None
    variable = dataset.variables["time"]
    if variable.shape != (records,) or variable.dtype.kind not in "fiu":
        return None
    of = meaning(variable)
    raw = seen(np.asarray(variable[...]), of)
    without, values = absent(raw, of), unpacked(raw, of)
    good = np.isfinite(values) & (np.abs(values) < 1e30)
    if without is not None:
        good &= ~without
    if not good.any():
        return None
    values = np.where(good, values, 0.0)
    units, notes = _units(variable, values[good], _calendar(dataset, ("time", "Itime"), name), name)
    if np.abs(values).max() * float(units.size) > _LATEST:
        farthest = f"{values[np.argmax(np.abs(values))]:.6g} {_attribute(variable, 'units')}"
        raise ForcingError(f"{name}: time: is {farthest}: beyond any date")
    times = _microseconds(raw if raw.dtype.kind in "iu" and not of.packed else values, good, units)
    doubt = np.zeros(records, np.int64)
    stored = np.where(good, raw, 0).astype(np.float64)
    single = stored.astype(np.float32)
    # doubles that were single once (a tool widened them) know no more than the single did
    widened = (
        raw.dtype == np.float64
        and np.array_equal(single.astype(np.float64), stored)
        and np.any(times % SECOND)
    )
    if raw.dtype == np.float32 or widened:
        size = abs(of.scale or 1.0) * float(units.size)
        doubt = (np.spacing(np.abs(single)).astype(np.float64) * size / 2).astype(np.int64)
        doubt[doubt < MILLISECOND] = 0
    return _Found(times + (units.zero or 0), doubt, units.zero is not None, good, notes=notes)


def _microseconds(values: np.ndarray, good: np.ndarray, units: TimeUnits) -> np.ndarray:
    """int64: whole numbers exactly, others to the millisecond; 0 where they are not good."""
    size = units.size
    if values.dtype.kind in "iu":
        return np.array(
            [round(int(value) * size) if ok else 0 for value, ok in zip(values, good, strict=True)], np.int64
        )
    if size.denominator > 1:
        return np.round(values * float(size)).astype(np.int64)
    whole = np.floor(values)
    parts = np.round((values - whole) * (int(size) / MILLISECOND)).astype(np.int64) * MILLISECOND
    times: np.ndarray = whole.astype(np.int64) * int(size) + parts
    return times


def _units(
    variable: Any, values: np.ndarray, calendar: str, name: str, own: int = 0
) -> tuple[TimeUnits, tuple[str, ...]]:
    """Of a variable; own: what FVCOM means by its variable, in microseconds, where no units say so. And what
    to tell a person. Raises ForcingError for units that are missing or not known."""
    text, where = _attribute(variable, "units"), f"{name}: {variable.name}"
    modified = bool(_MODIFIED.search(f"{text} {_attribute(variable, 'format')}"))
    try:
        units = parse_units(text, calendar) if text and not _MODIFIED.search(text) else None
    except ValueError as error:
        raise ForcingError(f"{where}: {error}") from None
    zone = _zone(variable)
    notes = (
        [f"warning: {where}: time_zone is {zone}, but FVCOM counts in UTC, so they are taken as UTC"]
        if zone
        else []
    )
    if units is not None and (units.dated or own == MILLISECOND):
        return units, tuple(notes)
    if own == MILLISECOND:
        return TimeUnits(parse_units("ms").size, None, False), tuple(notes)
    size = parse_units("days").size if units is None else units.size
    if modified and size == DAY:
        return TimeUnits(size, _MJD, True), tuple(notes)
    if units is None and not own:
        advice = "say what it counts in, for example ncatted -a units,time,o,c,'days since 1858-11-17 00:00:00' FILE"
        raise ForcingError(f"{where}: has no units, so it tells no time: {advice}")
    days = size == DAY and np.min(values) >= _FIRST_MODERN_MJD
    taken = (
        f"modified Julian days, from {format_time(_MJD, True)[:10]} on"
        if days
        else "counted from the run's own zero"
    )
    notes.append(
        f"warning: {where}: {'has no units' if units is None else f'is in {text} since no date'}; taken as {taken}"
    )
    return TimeUnits(size, _MJD if days else None, days), tuple(notes)
