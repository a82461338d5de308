"""Layers of water and concentrations of a run file: how they are read, and written back. Readers are as those of
`readers`."""

from fractions import Fraction
from math import isfinite
from typing import Any, NamedTuple

from fvdrift.tools.quantity import (
    LENGTH,
    Kind,
    format_number,
    format_quantity,
    parse_quantity,
    shown,
)

from .depths import length_of, sigma_of

_LITRE = Fraction(1, 1000)
_VOLUMES = {"m3": Fraction(1), "l": _LITRE, "ml": _LITRE / 1000, "100 ml": _LITRE / 10, "100ml": _LITRE / 10}
_MASSES = {"kg": Fraction(1), "g": Fraction(1, 1000), "mg": Fraction(1, 10**6), "ug": Fraction(1, 10**9)}
_MASSES |= {"ng": Fraction(1, 10**12)}
BY_MASS = Kind(
    "a concentration",
    "kg/m3",
    '"1 mg/l"',
    {f"{mass}/{volume}": _MASSES[mass] / _VOLUMES[volume] for mass in _MASSES for volume in ("m3", "l")},
)
BY_NUMBER = Kind(
    "a concentration", "1/m3", '"250 1/100 ml"', {f"1/{name}": 1 / each for name, each in _VOLUMES.items()}
)
_LAYERS = '{ depth = ["0m", "2m", "10m"] }'


class Edges(NamedTuple):
    """Of layers. by: "depth" below the surface, "height" above the bed, m, ascending, or "sigma", descending."""

    by: str
    edges: tuple[float, ...]


class Threshold(NamedTuple):
    """A concentration; by: "mass", kg/m3, or "number", 1/m3; "": of what the run has, in those units."""

    value: float
    by: str


def layers_of(value: object) -> Edges:
    """{ depth = [...] }, { height = [...] } or { sigma = [...] } with two edges or more, in order."""
    if not isinstance(value, dict) or len(value) != 1 or not {"depth", "height", "sigma"} >= value.keys():
        raise ValueError(
            f"{shown(value)} must be edges by depth, by height (above the bed) or by sigma, such as {_LAYERS}"
        )
    ((by, given),) = value.items()
    if not isinstance(given, list | tuple) or len(given) < 2:
        raise ValueError(f"{by}: {shown(given)} must be a list of at least two edges, such as {_LAYERS}")
    edges = tuple((sigma_of if by == "sigma" else length_of)(edge) for edge in given)
    down = -1 if by == "sigma" else 1
    if any(down * later <= down * earlier for earlier, later in zip(edges[:-1], edges[1:], strict=True)):
        order = "descend, from the surface down" if by == "sigma" else "ascend"
        raise ValueError(f"{by}: {shown(list(given))}: edges must {order}")
    return Edges(by, edges)


def format_layers(layers: Edges) -> dict[str, Any]:
    """What `layers_of` reads back."""
    by, edges = layers
    return {by: list(edges) if by == "sigma" else [format_quantity(edge, LENGTH) for edge in edges]}


def thresholds_of(value: object) -> tuple[Threshold, ...]:
    """One concentration or several, each once, more than none."""
    given = value if isinstance(value, list | tuple) else [value]
    found = tuple(map(_threshold, given))
    if not found:
        raise ValueError("must be a concentration, or several")
    if len({threshold.value for threshold in found}) < len(found):
        raise ValueError(f"{shown(list(given))}: has a concentration twice")
    return found


def _threshold(value: object) -> Threshold:
    by, kind = "", BY_MASS
    if isinstance(value, str):  # all units of mass are grams
        by, kind = ("mass", BY_MASS) if "g" in value else ("number", BY_NUMBER)
    found = parse_quantity(value, kind)
    if not found > 0 or not isfinite(found):
        raise ValueError(f"{shown(value)} must be more than 0")
    return Threshold(found, by)


def format_thresholds(thresholds: tuple[Threshold, ...]) -> list[str | float]:
    """What `thresholds_of` reads back."""
    units = {"mass": f" {BY_MASS.si}", "number": f" {BY_NUMBER.si}"}
    return [format_number(value) + units[by] if by else value for value, by in thresholds]
