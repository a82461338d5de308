"""What `ensemble.vary` holds: keys and the values they take. Which member takes which is
`preparation.members`."""

import datetime
import math
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, NamedTuple

from pydantic import ValidationError

from fvdrift.tools.duration import SECOND, format_duration
from fvdrift.tools.quantity import format_number, number_and_unit, parse_duration, shown

from .instants import Instant, format_instant, parse_instant
from .table import closest, inline_table, problems_at

MOST = 999  # members
DRAWN = ("uniform", "log_uniform", "normal", "lognormal")
# keys whose bare numbers are seconds, to the microsecond
_IN_TIME = {"start", "until", "every", "lifespan", "refloat"}
_WORDS = {*DRAWN, "from", "to"}  # a table that has one of them is no table of the run file
# what changes neither forcing nor mesh nor what is recorded: members share these
_TABLES = {
    "seed": None, "title": None, "release": None, "diffusion": None,
    "behaviour": {"settling", "migration", "windage", "windage_depth", "leeway", "lifespan", "mortality", "growth", "competency"},
    "boundary": {"coast", "refloat", "bottom", "resuspension", "roughness"},
    "advection": {"scheme", "stokes_depth"},
}  # fmt: skip
_HOW = (
    'write a list, a range { from = "0.1 m2/s", to = "10 m2/s", count = 5 }, or a distribution such as '
    '{ uniform = ["0.1 m2/s", "10 m2/s"] }'
)


class Spread(NamedTuple):
    """The values of one key. listed: one after the other; else drawn from the distribution `kind` with two
    parameters."""

    key: str
    listed: tuple[Any, ...] = ()
    kind: str = ""
    first: Any = None
    second: Any = None

    def draw(self, seed: int, count: int) -> list[Any]:
        """The first `count` values of a stream of its own; more later leave these as they are."""
        # Random seeded with text and its random() give the same on every version of Python, as its
        # documentation promises
        stream = Random(f"{seed} {self.key}")
        write = _writer(self.key, self.first, self.first if self.kind == "lognormal" else self.second)
        return [write(self._at(stream.random(), stream.random())) for _ in range(count)]

    def _at(self, chance: float, other: float) -> float:
        """The value for two numbers between 0 and 1 (normal: Box and Muller, Ann. Math. Statist. 29 (1958)
        610)."""
        first, second = _amount(self.first), _amount(self.second)
        if self.kind == "uniform" and _whole(self.key):  # from lowest to highest, each as often
            return math.floor(min(first, second) + chance * (abs(second - first) + 1.0))
        if self.kind == "uniform":
            return first + chance * (second - first)
        if self.kind == "log_uniform":
            value: float = first * (second / first) ** chance
            return value
        normal = math.sqrt(-2.0 * math.log(1.0 - chance)) * math.cos(2.0 * math.pi * other)
        return first + second * normal if self.kind == "normal" else first * second**normal


def varied_of(value: object) -> dict[str, Any]:
    """The table as it is, dates as text, once all that is in it is found good."""
    if not isinstance(value, Mapping):
        raise ValueError(
            f"must be a table, not {shown(value)}: its keys are those of the run file, such as seed = [1, 2, 3]"
        )
    tree: dict[str, Any] = _with_text(value)
    problems = [found for place, leaf in _leaves(tree, ()) for found in _problems(place, leaf)]
    if problems:
        raise problems_at(problems)
    return tree


def spreads(tree: Mapping[str, Any]) -> list[Spread]:
    """All keys that vary, in the order they are written. tree: what `varied_of` gave."""
    return [_spread(".".join(place), leaf) for place, leaf in _leaves(tree, ())]


def _leaves(tree: Mapping[str, Any], place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in tree.items():
        here = (*place, *str(name).split("."))
        if isinstance(value, Mapping) and value and not _WORDS & value.keys():
            yield from _leaves(value, here)
        else:
            yield here, value


def _problems(place: tuple[str, ...], leaf: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """Where, and what."""
    allowed = _TABLES.get(place[0], ())
    if allowed is not None and (len(place) < 2 or place[1] not in allowed):
        yield place, _not_varied(place)
        return
    try:
        spread = _spread(".".join(place), leaf)
        if spread.kind:
            spread.draw(0, 1)
    except ValidationError as error:
        yield from (((*place, *map(str, e["loc"])), e["msg"]) for e in error.errors())
    except ValueError as error:
        yield place, str(error)


def _not_varied(place: tuple[str, ...]) -> str:
    guess = closest(place[0], list(_TABLES)) if len(place) == 1 else None
    if place[0] not in _TABLES and guess is not None:
        return f"is no key that can vary (did you mean {guess}?)"
    if place[:2] == ("behaviour", "decay"):
        return "decay cannot vary: make a run of its own for each value"
    return "is the same for all members, which share forcing, mesh, time and output: make a run of its own for each value"


def _spread(key: str, leaf: Any) -> Spread:
    """Raises ValueError with a sentence."""
    if isinstance(leaf, list):
        if not leaf or len(leaf) > MOST:
            raise ValueError(f"must hold 1 to {MOST} values")
        return Spread(key, tuple(leaf))
    if not isinstance(leaf, Mapping):
        raise ValueError(f"{shown(leaf)} is one value: {_HOW}")
    drawn = [kind for kind in DRAWN if kind in leaf]
    if drawn:
        (kind, *rest) = drawn
        inline_table(
            leaf,
            {kind: lambda value: value},
            [],
            f"{kind} and {rest[0]} are both given: take one away" if rest else "",
        )
        return Spread(key, (), kind, *_parameters(key, kind, leaf[kind]))
    if not leaf:
        raise ValueError(f"holds nothing: {_HOW}")
    same = dict.fromkeys(("from", "to"), lambda value: value)
    read = inline_table(leaf, {**same, "count": _count, "spacing": _spacing}, ("from", "to", "count"))
    return Spread(key, _steps(key, read["from"], read["to"], read["count"], read.get("spacing", "linear")))


def _parameters(key: str, kind: str, pair: Any) -> tuple[Any, Any]:
    names = {
        "normal": "mean and standard deviation",
        "lognormal": "median and the factor of one standard deviation",
    }
    if not isinstance(pair, list) or len(pair) != 2:
        raise ValueError(f"{kind} must be [{names.get(kind, 'lowest, highest')}]")
    first, second = pair
    if kind == "lognormal":
        if _amount(first) <= 0 or isinstance(second, str) or not _amount(second) >= 1:
            raise ValueError("lognormal must be a median above 0 and a factor of at least 1 without a unit")
        return first, second
    _writer(key, first, second)
    if _whole(key) and kind == "uniform" and not (float(first).is_integer() and float(second).is_integer()):
        raise ValueError(f"{shown(first)} and {shown(second)} must be whole numbers")
    if kind == "normal" and _amount(second) < 0:
        raise ValueError("the standard deviation is below 0")
    if kind == "log_uniform" and not (_amount(first) > 0 and _amount(second) > 0):
        raise ValueError("log_uniform needs two values above 0")
    return first, second


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST:
        raise ValueError(f"{shown(value)} must be a whole number from 1 to {MOST}")
    return value


def _spacing(value: Any) -> str:
    if value not in ("linear", "log"):
        raise ValueError(f'{shown(value)} must be "linear" or "log"')
    return str(value)


def _steps(key: str, start: Any, end: Any, count: int, spacing: str) -> tuple[Any, ...]:
    write, first, last = _writer(key, start, end), _amount(start), _amount(end)
    if spacing == "log" and not (first > 0 and last > 0):
        raise ValueError('spacing = "log" needs from and to above 0')
    shares = [i / (count - 1) if count > 1 else 0.0 for i in range(count)]
    if spacing == "log":
        found = tuple(write(first * (last / first) ** share) for share in shares)
    else:
        found = tuple(write(first + share * (last - first)) for share in shares)
    if len(set(found)) < len(found):
        twice = next(value for i, value in enumerate(found) if value in found[:i])
        raise ValueError(
            f"{count} values from {shown(start)} to {shown(end)} hold {shown(twice)} more than once: take fewer"
        )
    return found


def _amount(value: Any) -> float:
    """A value as a number: in its own unit, a time in microseconds. Raises ValueError."""
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    if isinstance(value, str):
        parts = number_and_unit(value)
        if parts is not None:
            return float(parse_duration(value)) if _is_duration(parts[1]) else float(parts[0])
        return float(parse_instant(value).microseconds)
    raise ValueError(f"{shown(value)} is neither a number with its unit nor a time")


def _is_duration(unit: str) -> bool:
    try:
        parse_duration(f"1 {unit}")
    except ValueError:
        return False
    return True


def _whole(key: str) -> bool:
    """Whether a key of the run file takes whole numbers only."""
    return key.rpartition(".")[2] in ("seed", "count")


def _writer(key: str, first: Any, second: Any) -> Any:
    """What makes a value of `key` out of a number between two: with their unit, as a time, or whole where the
    key asks for it. Raises ValueError where they don't go together."""
    if isinstance(first, str) != isinstance(second, str):
        raise ValueError(f"{shown(first)} and {shown(second)} must be of one unit")
    _amount(first), _amount(second)
    if not isinstance(first, str):
        if _whole(key):
            return round
        places = 6 if key.rpartition(".")[2] in _IN_TIME else 300
        return lambda number: round(float(f"{number:.12g}"), places)
    units = [parts and parts[1] for parts in map(number_and_unit, (first, second))]
    if all(unit is not None and _is_duration(unit) for unit in units):
        return lambda number: format_duration(round(number))
    if None in units:
        return lambda number: format_instant(Instant(round(number / SECOND) * SECOND, relative=False))
    if units[0] != units[1]:
        raise ValueError(f"{shown(first)} and {shown(second)} must be of one unit")
    return lambda number: f"{format_number(float(f'{number:.12g}'))} {units[0]}"


def _with_text(value: Any) -> Any:
    """The tree with dates as text, as JSON holds them."""
    if isinstance(value, Mapping):
        return {str(name): _with_text(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_with_text(each) for each in value]
    return format_instant(parse_instant(value)) if isinstance(value, datetime.date) else value
