"""How each kind of value in a run file is read, and written back as text. Not the keys that hold them
(`model`).

Every reader takes what TOML gave and returns the value in the units used inside, or raises ValueError with a
sentence.
"""

import datetime
import keyword
import re
from collections.abc import Callable
from typing import NamedTuple

from fvdrift.tools.quantity import (
    DIFFUSIVITY,
    LENGTH,
    SPEED,
    Kind,
    format_duration,
    format_number,
    format_quantity,
    parse_duration,
    parse_quantity,
    shown,
)

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


class Depth(NamedTuple):
    """Where in the column particles start. kind: "uniform", "surface", "bottom", "range" or "sigma".

    upper, lower: metres below the moving surface for "range", both the same sigma for "sigma", else 0.
    """

    kind: str
    upper: float = 0.0
    lower: float = 0.0


class Dimension(NamedTuple):
    """What moves the particles. kind: "3d", "2d", "surface", or "depth": held `depth` metres below the
    surface."""

    kind: str
    depth: float = 0.0


def name(value: object) -> str:
    """A word that can stand in an expression."""
    if (
        not isinstance(value, str)
        or not value.isidentifier()
        or not value.isascii()
        or keyword.iskeyword(value)
    ):
        raise ValueError(f"{shown(value)} is not a name: letters, digits and _, not beginning with a digit")
    return value


def number_in(lowest: float, highest: float) -> Callable[[object], float]:
    """A reader of plain numbers in a range."""

    def read(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not lowest <= value <= highest:
            raise ValueError(f"{shown(value)} is not a number from {lowest:g} to {highest:g}")
        return float(value)

    return read


def quantity_in(kind: Kind, lowest: float, highest: float) -> Callable[[object], float]:
    """A reader of quantities in a range, given in SI."""

    def read(value: object) -> float:
        found = parse_quantity(value, kind)
        if not lowest <= found <= highest:
            raise ValueError(f"{shown(value)} is not {kind.name} from {lowest:g} to {highest:g} {kind.si}")
        return found

    return read


def two_ends(value: object, what: str, example: str) -> list[object]:
    """Both ends of a range, not yet read."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(f"{shown(value)} is not a range of {what}: it has two ends, {example}")
    return list(value)


def not_negative(value: object, kind: Kind, instead: str) -> float:
    """A quantity of at least 0; instead: what else could be written."""
    try:
        found = parse_quantity(value, kind)
    except ValueError as error:
        raise ValueError(f"{error}; or write {instead}") from None
    if found < 0:
        raise ValueError(f"{shown(value)} must be at least 0")
    return found


def diffusivity_of(*words: str) -> Callable[[object], float | str]:
    """A reader of a diffusivity in m2/s, or of one of some words."""

    def read(value: object) -> float | str:
        if isinstance(value, str) and value.strip().lower() in words:
            return value.strip().lower()
        return not_negative(value, DIFFUSIVITY, " or ".join(map(shown, words)))

    return read


def positive_speed(value: object) -> float:
    """A speed in m/s, above 0 and slower than 10 m/s."""
    speed = parse_quantity(value, SPEED)
    if not 0 < speed < 10:
        raise ValueError(f"{shown(value)} must be above 0 and below 10 m/s")
    return speed


def fastest_speed(value: object) -> float:
    """A speed in m/s, above 0."""
    speed = parse_quantity(value, SPEED)
    if not speed > 0:
        raise ValueError(f"{shown(value)} must be above 0 m/s")
    return speed


def format_speed(speed: float) -> str:
    return format_quantity(speed, SPEED)


def format_diffusivity(value: float | str) -> str:
    return value if isinstance(value, str) else format_quantity(value, DIFFUSIVITY)


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


def length_of(value: object) -> float:
    """Metres, not negative."""
    length = parse_quantity(value, LENGTH)
    if length < 0:
        raise ValueError(f"{shown(value)} must not be negative")
    return length


def below_surface(value: object) -> float:
    """Metres below the moving surface."""
    depth = parse_quantity(value, LENGTH)
    if depth < 0:
        raise ValueError(
            f'{shown(value)} must not be negative: depths count downwards, "{format_number(-depth)} m"'
        )
    return depth


def positive_length(value: object) -> float:
    """Metres, more than none."""
    length = parse_quantity(value, LENGTH)
    if not length > 0:
        raise ValueError(f"{shown(value)} must be longer than 0 m")
    return length


def depth_of(value: object) -> Depth:
    """ "uniform", "surface", "bottom", one depth, or two."""
    if isinstance(value, str) and value in ("uniform", "surface", "bottom"):
        return Depth(value)
    if isinstance(value, str) and value.strip().startswith("sigma"):
        raise ValueError("write sigma as a key of its own: sigma = -0.3")
    if isinstance(value, list | tuple):
        upper, lower = sorted(below_surface(end) for end in two_ends(value, "depths", '["2m", "10m"]'))
        return Depth("range", upper, lower)
    if isinstance(value, str) and not re.match(r"\s*[-+.0-9]", value):
        raise ValueError(
            f'{shown(value)} is not a depth: write "uniform", "surface", "bottom", "5m" or ["2m", "10m"]'
        )
    depth = below_surface(value)
    return Depth("range", depth, depth)


def format_depth(depth: Depth) -> str | list[str]:
    """Text or a pair of texts; `depth_of` reads back all but sigma, which is a key of its own."""
    if depth.kind == "range":
        upper, lower = format_quantity(depth.upper, LENGTH), format_quantity(depth.lower, LENGTH)
        return upper if upper == lower else [upper, lower]
    return depth.kind if depth.kind != "sigma" else f"sigma = {format_number(depth.upper)}"


def sigma_of(value: object) -> float:
    """From -1 to 0."""
    sigma = number(value)
    if not -1 <= sigma <= 0:
        hint = f": write {-sigma:g}" if 0 < sigma <= 1 else ""
        raise ValueError(f"{shown(value)} must lie between -1 (the bed) and 0 (the surface){hint}")
    return sigma


def dimension_of(value: object) -> Dimension:
    """ "3d", "2d" or "surface"."""
    if isinstance(value, str) and value in ("3d", "2d", "surface"):
        return Dimension(value)
    raise ValueError(
        f'{shown(value)} must be "3d", "2d" or "surface"; a held depth is its own key: depth = "5m"'
    )


def format_dimension(dimension: Dimension) -> str:
    """ "3d", or "depth = 5 m" for a held depth."""
    return (
        dimension.kind if dimension.kind != "depth" else f"depth = {format_quantity(dimension.depth, LENGTH)}"
    )


def number(value: object) -> float:
    """A finite TOML number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 1e15:
        raise ValueError(f"{shown(value)} is not a number I can use")
    return float(value)


def whole(least: int, most: int) -> Callable[[object], int]:
    """A reader of whole numbers from `least` to `most`; 1e6 is one too."""

    def read(value: object) -> int:
        # nan and inf leave nan, which is not 0 either
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or (isinstance(value, float) and value % 1)
        ):
            raise ValueError(f"{shown(value)} is not a whole number")
        if not least <= value <= most:
            raise ValueError(
                f"{shown(value)} " + (f"must be at least {least}" if value < least else "is too large")
            )
        return int(value)

    return read


def readers(value: object) -> int | str:
    """A number of readers, or "auto"."""
    if isinstance(value, str) and value.strip().lower() == "auto":
        return "auto"
    try:
        return whole(0, 64)(value)
    except ValueError as error:
        raise ValueError(f'{error}; or write "auto"') from None


def _numbers(value: object, count: int, names: str) -> tuple[float, ...]:
    if not isinstance(value, list | tuple) or len(value) != count:
        raise ValueError(f"{shown(value)} must be {names}")
    return tuple(number(item) for item in value)


def point(value: object) -> tuple[float, float]:
    """[x, y]."""
    x, y = _numbers(value, 2, "[x, y]")
    return x, y


def box(value: object) -> tuple[float, float, float, float]:
    """[x0, y0, x1, y1], from west to east and from south to north."""
    x0, y0, x1, y1 = _numbers(value, 4, "[x0, y0, x1, y1]")
    if not x0 < x1:
        hint = f" (x1 = {x1 + 360:g} where the box goes on beyond the date line or Greenwich)"
        hint = hint if x0 < x1 + 360 and max(abs(x0), abs(x1)) <= 360 else ""
        raise ValueError(f"x0 = {x0:g} must be below x1 = {x1:g}{hint}")
    if not y0 < y1:
        raise ValueError(f"y0 = {y0:g} must be below y1 = {y1:g}")
    return x0, y0, x1, y1


def _vertices(least: int, what: str) -> Callable[[object], tuple[tuple[float, float], ...]]:
    def read(value: object) -> tuple[tuple[float, float], ...]:
        if not isinstance(value, list | tuple):
            raise ValueError(f"{shown(value)} must be a list of points, [[x, y], [x, y], ...]")
        points = tuple(point(item) for item in value)
        distinct = len(set(points))
        if distinct < least:
            raise ValueError(f"{what} needs at least {least} different points, not {distinct}")
        return points

    return read


polygon = _vertices(3, "a polygon")
line = _vertices(2, "a line")


def text(value: object) -> str:
    """Text that is not empty and that a file name or an attribute can hold."""
    if not isinstance(value, str):
        raise ValueError(f'{shown(value)} must be text in quotes: "..."')
    if not value.strip() or "\0" in value:
        raise ValueError(
            f"{shown(value)} is empty" if "\0" not in value else f"{shown(value)} holds a zero character"
        )
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{value!a} is not valid UTF-8") from None
    return value


def title(value: object) -> str:
    """Text that may be empty."""
    return value if value == "" and isinstance(value, str) else text(value)


def texts(value: object) -> tuple[str, ...]:
    """A list of texts, none of them twice; one text alone is a list of one."""
    items = tuple(text(item) for item in (value if isinstance(value, list | tuple) else [value]))
    seen: set[str] = set()
    for item in items:
        if item in seen:
            raise ValueError(f"{shown(item)} is there twice")
        seen.add(item)
    return items


def pair(value: object) -> tuple[str, str]:
    """Two different texts, for x and for y."""
    items = texts(value)
    if len(items) != 2:
        raise ValueError(f"{shown(value)} must be two names, one for x and one for y")
    return items[0], items[1]


def files(value: object) -> tuple[str, ...]:
    """Names or patterns of files, at least one."""
    files = texts(value)
    if not files:
        raise ValueError('no file is named: write files = ["estuary_*.nc"]')
    return files


def cells_of(value: object) -> tuple[int, int]:
    """Two numbers of columns and rows, from 1 up."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(f"{shown(value)} must be [columns, rows]")
    columns, rows = (whole(1, 10**6)(item) for item in value)
    return columns, rows


def ages_of(value: object) -> tuple[int, ...]:
    """Edges of classes of age, at least two durations of ascending length, microseconds."""
    if not isinstance(value, list | tuple) or len(value) < 2:
        raise ValueError(f'{shown(value)} must be a list of at least two ages, such as ["0h", "6h", "1d"]')
    ages = tuple(parse_duration(item) for item in value)
    if ages[0] < 0 or any(later <= earlier for earlier, later in zip(ages[:-1], ages[1:], strict=True)):
        raise ValueError(f"{shown(value)} must be ages that ascend from 0 or more")
    return ages


def format_ages(ages: tuple[int, ...]) -> list[str]:
    return [format_duration(age) for age in ages]


def boolean(value: object) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise ValueError(f"{shown(value)} must be true or false")
    return value


def open_boundary(value: object) -> str | tuple[tuple[float, float], ...]:
    """A file name, "none", or a polygon."""
    return text(value) if isinstance(value, str) else polygon(value)
