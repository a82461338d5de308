"""Which values of a run file are hardly meant, judged by what is usual and possible (`expected`). Not how values are
read (`readers`).

A number without a unit is in SI, and many think in others: 0.1 for a mortality per day, 5 for a settling
speed in mm/s. What lies outside of `usual` is told at the start of a run, what lies outside of `possible` is
refused; both say how the value is understood, what that comes to, and in which units the same number would be
usual.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from fvdrift.tools.duration import SECOND
from fvdrift.tools.quantity import DURATION, SHARE, Kind, format_number, parse_duration, parse_quantity, shown

from .expected import EXPECTED, SINKS, Bounds, Expected

Place = tuple[str | int, ...]
_NUMBER = re.compile(r"\s*([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)")


class Remarks(tuple[str, ...]):
    """Warnings about a run file. They make it no other: any two are equal."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Remarks)

    def __hash__(self) -> int:
        return 0


class Odd(NamedTuple):
    """A value that is hardly meant: what it comes to, and what to write instead ("" where nothing is near).
    impossible: it is refused."""

    place: Place
    sentence: str
    advice: str
    impossible: bool

    @property
    def told(self) -> str:
        """All of it."""
        return "; ".join(filter(None, (self.sentence, self.advice)))


def odd_values(tree: Mapping[str, Any]) -> Iterator[Odd]:
    """What of the values in a run file is hardly meant, one of each key. tree: as TOML gave it, right or
    wrong."""
    for name, expected in EXPECTED.items():
        said: set[Place] = set()
        for place, value in _scalars(tree, tuple(name.split(".")), ()):
            of_key = place[: len(name.split("."))]
            if of_key in said:
                continue
            odd = _judged(place, value, expected)
            if odd is not None:
                said.add(of_key)
                yield odd


def _scalars(value: Any, parts: tuple[str, ...], place: Place) -> Iterator[tuple[Place, Any]]:
    """What stands at a name, of lists each; "*": any number."""
    if isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from _scalars(item, parts[1:] if parts[:1] == ("*",) else parts, (*place, number))
    elif not parts:
        yield place, value
    elif isinstance(value, Mapping) and parts[0] in value:
        yield from _scalars(value[parts[0]], parts[1:], (*place, parts[0]))


def _amount(value: Any, kind: Kind) -> float | None:
    """In SI; None for what is no quantity of this kind."""
    try:
        return parse_duration(value) / SECOND if kind is DURATION else parse_quantity(value, kind)
    except ValueError:
        return None


def _judged(place: Place, value: Any, expected: Expected) -> Odd | None:
    amount = _amount(value, expected.kind)
    if amount is None or amount == 0 or (amount < 0 and expected is not SINKS):
        return None
    size, plain = abs(amount), not isinstance(value, str)
    usual = expected.plain if plain and expected.plain is not None else expected.usual
    possible = expected.plain_possible if plain and expected.plain_possible is not None else expected.possible
    if usual[0] <= size <= usual[1]:
        return None
    understood = (
        f"{100 * amount:.4g} %" if expected.kind is SHARE else f"{format_number(amount)} {expected.kind.si}"
    )
    said = f"{shown(value)} is {understood}" if plain else shown(value)
    impossible = not possible[0] <= size <= possible[1]
    keeps = plain and expected.usual[0] <= size <= expected.usual[1]
    advice = _in_other_units(value, expected, usual)
    if keeps:
        advice = (
            f'{advice} If not, write "{understood}"' if advice else f'if that is meant, write "{understood}"'
        )
    return Odd(place, f"{said}: {expected.means(amount)}", advice, impossible)


def _in_other_units(value: Any, expected: Expected, usual: Bounds) -> str:
    """How the same number would be usual."""
    match = _NUMBER.match(value if isinstance(value, str) else format_number(value))
    texts = [f"{match[1]} {unit}" for unit in expected.units] if match else []
    near = [
        text
        for text in texts
        if text != value and usual[0] <= abs(_amount(text, expected.kind) or 0.0) <= usual[1]
    ]
    return "did you mean " + " or ".join(map(shown, near[:2])) + "?" if near else ""
