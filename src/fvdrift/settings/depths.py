"""Lengths and depths of a run file, and what moves particles at which: how they are read, and written back.
Readers are as those of `readers`."""

import re
from typing import NamedTuple

from fvdrift.tools.quantity import LENGTH, format_number, format_quantity, parse_quantity, shown

from .readers import number, two_ends


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


def layer_of(value: object) -> tuple[float, float]:
    """Two lengths that ascend, metres."""
    first, last = (length_of(end) for end in two_ends(value, "lengths", '["0m", "5m"]'))
    if not first < last:
        raise ValueError(f"{shown(value)} must be two lengths that ascend")
    return first, last


def format_layer(layer: tuple[float, float]) -> list[str]:
    return [format_quantity(end, LENGTH) for end in layer]


def sigmas_of(value: object) -> tuple[float, float]:
    """Two that ascend, from -1 to 0."""
    first, last = (sigma_of(end) for end in two_ends(value, "sigma", "[-1.0, -0.5]"))
    if not first < last:
        raise ValueError(f"{shown(value)} must be two numbers that ascend, from the bed (-1) up")
    return first, last


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
