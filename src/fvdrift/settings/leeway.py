"""What `behaviour.leeway` holds: a class of drifting objects, or lines of one's own; how it is read, and written back.

Readers are as those of `behaviour_values`. The classes are in leeway_classes.csv.
"""

import csv
import difflib
import functools
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, NamedTuple

from fvdrift.tools.quantity import RATE, SHARE, SPEED, format_quantity, parse_quantity, shown

from . import readers as values
from .table import inline_table, problems_at, unknown_keys

JIBING = 0.04 / 3600  # 1/s: 4 % an hour (Allen 2005; Breivik & Allen 2008)
FASTEST_JIBING = 1 / 60
SIDES = ("both", "right", "left")
_COMPONENTS = ("downwind", "right", "left")
_NUMBERS = ("slope", "offset", "sd")


class Component(NamedTuple):
    """Leeway along one direction, as a line of the wind speed. offset, sd: m/s; sd: standard deviation round the
    line, half of it in the slope at 10 m/s of wind."""

    slope: float
    offset: float = 0.0
    sd: float = 0.0

    @property
    def mirrored(self) -> "Component":
        """The same to the other side."""
        return Component(-self.slope, -self.offset, self.sd)


class Leeway(NamedTuple):
    """right, left: crosswind, positive to the right, of objects that lie to that side of the wind; name: of the class;
    jibing: 1/s; side: "both" (by lot), "right" or "left"."""

    downwind: Component
    right: Component
    left: Component
    name: str | None = None
    jibing: float = JIBING
    side: str = "both"


class ObjectClass(NamedTuple):
    """A class of drifting objects, in words, with its lines."""

    name: str
    text: str
    lines: tuple[Component, Component, Component]


@functools.cache
def object_classes() -> dict[str, ObjectClass]:
    """All classes there are, by name, in the order of the table."""
    text = (files(__package__) / "leeway_classes.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {row["class"]: ObjectClass(row["class"], row["object"], _lines(row)) for row in rows}


def _lines(row: Mapping[str, str]) -> tuple[Component, Component, Component]:
    downwind, right, left = (
        Component(
            parse_quantity(f"{row[f'{name}_slope']} %", SHARE),
            parse_quantity(f"{row[f'{name}_offset']} cm/s", SPEED),
            parse_quantity(f"{row[f'{name}_sd']} cm/s", SPEED),
        )
        for name in _COMPONENTS
    )
    return downwind, right, left


def _class_of(value: object) -> ObjectClass:
    classes = object_classes()
    name = value.strip().upper() if isinstance(value, str) else ""
    if name in classes:
        return classes[name]
    near = difflib.get_close_matches(name, classes, 3, 0.5) or [
        known for known in classes if name and known.startswith(name)
    ]
    meant = f"did you mean {' or '.join(near[:3])}?" if near else f"such as {next(iter(classes))}"
    raise ValueError(f"{shown(value)} is no class of drifting objects: {meant} (docs/leeway.md has all)")


def _slope(value: object) -> float:
    try:
        slope = parse_quantity(value, SHARE)
    except ValueError:
        slope = 1.0
    if not abs(slope) <= 0.2:
        raise ValueError(
            f'{shown(value)} is not a share of the wind speed from -0.2 to 0.2: write 0.0096, or "0.96 %"'
        )
    return slope


def _jibing(value: object) -> float:
    rate = values.not_negative(value, RATE, '"0 1/h" for objects that keep their side')
    if rate > FASTEST_JIBING:
        raise ValueError(f'{shown(value)} is more than one jibe a minute: write a rate such as "0.04 1/h"')
    return rate


def _side(value: object) -> str:
    if value not in SIDES:
        raise ValueError(f'{shown(value)} must be "both", "right" or "left"')
    return str(value)


_LINE = {
    "slope": _slope,
    "offset": values.quantity_in(SPEED, -1, 1),
    "sd": values.quantity_in(SPEED, 0, 1),
}


def _component(value: object) -> Component:
    if not isinstance(value, Mapping):
        raise ValueError(
            f'{shown(value)} must be a table: {{ slope = "0.96 %", offset = "0 cm/s", sd = "12 cm/s" }}'
        )
    return Component(**inline_table(value, _LINE, ("slope",)))


_READERS: Mapping[str, Any] = {
    "class": _class_of,
    **dict.fromkeys(_COMPONENTS, _component),
    "jibing": _jibing,
    "side": _side,
}


def leeway_of(value: object) -> Leeway:
    """A class, { class, jibing, side }, or { downwind, right, left, jibing, side }."""
    if isinstance(value, str):
        found = _class_of(value)
        return Leeway(*found.lines, found.name)
    if not isinstance(value, Mapping):
        raise ValueError(f'{shown(value)} must be a class of drifting objects, such as "PIW-1", or a table')
    own = [name for name in _COMPONENTS if name in value]
    conflict = f"class and {own[0]} are both given: keep one of them" if own and "class" in value else ""
    if not own and "class" not in value:
        raise problems_at(unknown_keys(value, _READERS) or [((), "needs class, or downwind and right")])
    read = inline_table(value, _READERS, () if "class" in value else ("downwind", "right"), conflict)
    rest = {name: read[name] for name in ("jibing", "side") if name in read}
    if "class" in read:
        of: ObjectClass = read["class"]
        return Leeway(*of.lines, of.name)._replace(**rest)
    return Leeway(read["downwind"], read["right"], read.get("left", read["right"].mirrored), **rest)


def format_leeway(leeway: Leeway) -> dict[str, Any]:
    """As the run file writes it; `leeway_of` reads it back."""
    rest = {"jibing": format_quantity(leeway.jibing, RATE), "side": leeway.side}
    if leeway.name is not None:
        return {"class": leeway.name, **rest}
    return {name: _written(getattr(leeway, name)) for name in _COMPONENTS} | rest


def _written(line: Component) -> dict[str, Any]:
    return {
        "slope": line.slope,
        "offset": format_quantity(line.offset, SPEED),
        "sd": format_quantity(line.sd, SPEED),
    }
