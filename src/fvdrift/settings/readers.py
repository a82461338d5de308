"""How each kind of value in a run file is read, and written back as text. Not the keys that hold them
(`model`).

Every reader takes what TOML gave and returns the value in the units used inside, or raises ValueError with a
sentence.
"""

import keyword
import re
from collections.abc import Callable, Mapping

from fvdrift.tools.quantity import (
    DIFFUSIVITY,
    SIZE,
    SPEED,
    Kind,
    format_quantity,
    parse_quantity,
    shown,
)

# global attributes that say how a file was made, or what it is
_OWN = {
    "Conventions", "featureType", "run_file", "seed", "forcing_files", "vertical_motion", "habitats",
}  # fmt: skip


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


def reader_threads(value: object) -> int | str:
    """A number of readers, or "auto"."""
    if isinstance(value, str) and value.strip().lower() == "auto":
        return "auto"
    try:
        return whole(0, 64)(value)
    except ValueError as error:
        raise ValueError(f'{error}; or write "auto"') from None


def split(value: object) -> int | str:
    """Bytes of a file at most, "auto", or "never"."""
    if isinstance(value, str) and value.strip().lower() in ("auto", "never"):
        return value.strip().lower()
    try:
        size = parse_quantity(value, SIZE)
    except ValueError as error:
        raise ValueError(f'{error}; or write "auto" or "never"') from None
    if not size >= 1:
        raise ValueError(f"{shown(value)} must be one byte at least")
    return int(size)


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


def attributes_of(value: object) -> dict[str, str]:
    """Names and texts of global attributes, but those by which files are read again."""
    if not isinstance(value, Mapping):
        raise ValueError(f'{shown(value)} must be a table of names and texts: {{ institution = "..." }}')
    found, problems = {}, []
    for name, said in value.items():
        try:
            found[_attribute_name(str(name))] = text(said)
        except ValueError as error:
            problems.append(((str(name),), str(error)))
    if problems:
        from .table import problems_at  # loads pydantic, which workers never do

        raise problems_at(problems)
    return found


def _attribute_name(name: str) -> str:
    if not re.fullmatch("[A-Za-z][A-Za-z_0-9]*", name):
        raise ValueError("is no name of an attribute: letters, digits and _, a letter first")
    if name == "title":
        raise ValueError("is a key of its own, title, above all tables")
    if name in _OWN or name.startswith(("split_", "alert_")):
        raise ValueError("is written by fvdrift, which reads files by it: take another name")
    return name


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


def boolean(value: object) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise ValueError(f"{shown(value)} must be true or false")
    return value
