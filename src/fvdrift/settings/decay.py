"""What [behaviour] decay holds: how it is read, and written back."""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from fvdrift.tools.duration import SECOND
from fvdrift.tools.quantity import (
    ATTENUATION,
    IRRADIANCE,
    PER_DOSE,
    RATE,
    Kind,
    format_quantity,
    parse_quantity,
    shown,
)

from . import instants
from . import readers as values
from .table import inline_table, problems_at, unknown_keys

PACE = ("half_life", "t90", "rate")
OF_LIGHT = ("light", "irradiance", "attenuation")


class Decay(NamedTuple):
    """rate: per second in the dark, or the name of what gives it per day; light: m2/J, rate over irradiance, None
    where there is none; irradiance: W/m2 of a sun in the zenith, or the name of what gives it at the surface;
    attenuation: 1/m, or the name of what gives it."""

    rate: float | str
    light: float | None = None
    irradiance: float | str = 1000.0
    attenuation: float | str = 0.0


def _named_or(kind: Kind, instead: str) -> Callable[[object], float | str]:
    """A reader of a quantity of at least 0, or of a name."""

    def read(value: object) -> float | str:
        if isinstance(value, str) and value.isidentifier():
            return values.name(value)
        return values.not_negative(value, kind, instead)

    return read


def _positive(kind: Kind) -> Callable[[object], float]:
    def read(value: object) -> float:
        found = parse_quantity(value, kind)
        if not found > 0:
            raise ValueError(f"{shown(value)} must be above 0")
        return found

    return read


_READERS: Mapping[str, Callable[[object], Any]] = {
    "half_life": instants.positive_duration,
    "t90": instants.positive_duration,
    "rate": _named_or(RATE, "the name of what gives it per day"),
    "light": _positive(PER_DOSE),
    "irradiance": _named_or(IRRADIANCE, "the name of what gives it in W/m2"),
    "attenuation": _named_or(ATTENUATION, "the name of what gives it in 1/m"),
}


def decay_of(value: object) -> Decay:
    """{ half_life }, { t90 } or { rate }, with light and attenuation where light counts."""
    if not isinstance(value, Mapping):
        raise ValueError(
            f'{shown(value)} must be a table: {{ half_life = "2d" }}, {{ t90 = "12h" }} or {{ rate = "0.5 1/day" }}'
        )
    paces = [name for name in PACE if name in value]
    if len(paces) != 1:
        more = f"{' and '.join(paces)} are given: keep one of them"
        what = ((), more if paces else "needs one of half_life, t90 and rate")
        raise problems_at(unknown_keys(value, _READERS) or [what])
    lone = [name for name in OF_LIGHT[1:] if name in value and "light" not in value]
    conflict = f"{lone[0]} needs light, the decay by a dose of it" if lone else ""
    needed = ("attenuation",) if "light" in value else ()
    read = inline_table(value, _READERS, needed, conflict)
    pace = read.pop(paces[0])
    if paces[0] == "rate":
        return Decay(pace, **read)
    left = 2.0 if paces[0] == "half_life" else 10.0
    return Decay(math.log(left) / (pace / SECOND), **read)


def format_decay(decay: Decay) -> dict[str, str]:
    """As the run file writes it; `decay_of` reads it back."""

    def written(value: float | str, kind: Kind) -> str:
        return value if isinstance(value, str) else format_quantity(value, kind)

    found = {"rate": written(decay.rate, RATE)}
    if decay.light is not None:
        found["light"] = format_quantity(decay.light, PER_DOSE)
        found["irradiance"] = written(decay.irradiance, IRRADIANCE)
        found["attenuation"] = written(decay.attenuation, ATTENUATION)
    return found
