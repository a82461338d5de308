"""Flows known everywhere, as functions of (x, y, sigma, t), SI units. Not their files (that is
`generate_forcing`).

t counts from the flow's own zero, in seconds. Functions take arrays that broadcast and return arrays.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Field = Callable[[Any, Any, Any, float], Any]  # (x, y, sigma, t) -> array
Surface = Callable[[Any, Any, float], Any]  # (x, y, t) -> array


@dataclass(frozen=True)
class Flow:
    """A flow known everywhere. omega: m/s through the sigma levels, as FVCOM's. What is None is not written
    (zeta: written as 0).
    """

    u: Field
    v: Field
    zeta: Surface | None = None
    omega: Field | None = None
    ww: Field | None = None
    kh: Field | None = None
    temp: Field | None = None
    salinity: Field | None = None
    viscofh: Field | None = None
    h: Callable[[Any, Any], Any] | None = None  # depth that belongs to the flow, for the command line


def named_flow(
    name: str, *, length: float, width: float, depth: float, speed: float, period: float, radius: float
) -> Flow:
    """One of FLOWS over [0, length] x [0, width]. period: of rotation, tide, gyre swing or inertial circle;
    radius: peninsula.
    """
    xc, yc, w = length / 2, width / 2, 2 * np.pi / period

    if name == "uniform":
        return Flow(u=lambda x, y, s, t: speed + 0 * x, v=lambda x, y, s, t: 0 * x)
    if name == "rotation":  # period of one turn
        return Flow(u=lambda x, y, s, t: -w * (y - yc), v=lambda x, y, s, t: w * (x - xc))
    if name == "gyre":  # closed: no flow through the walls
        a, b = np.pi / length, np.pi / width
        return Flow(
            u=lambda x, y, s, t: -speed * np.sin(a * x) * np.cos(b * y),
            v=lambda x, y, s, t: speed * a / b * np.cos(a * x) * np.sin(b * y),
        )
    # Shadden, Lekien & Marsden 2005, scaled: length 2, width 1, speed 0.1 pi, period 10 is theirs
    if name == "double-gyre":
        return _double_gyre(length / 2, width, speed, w)
    if name == "tide":  # a standing wave, closed at x = length, sixteen times as long as the rectangle
        return _standing_tide(length, depth, speed, w)
    if name == "inertial":
        return Flow(
            u=lambda x, y, s, t: speed * np.cos(w * t) + 0 * x,
            v=lambda x, y, s, t: -speed * np.sin(w * t) + 0 * x,
        )
    if name == "slope":  # u h constant over a bed that rises: sigma of a particle stays, its z does not

        def bed(x: Any, y: Any) -> Any:
            return depth * (1 - 0.5 * x / length) + 0 * y

        return Flow(
            u=lambda x, y, s, t: speed * depth / bed(x, y), v=lambda x, y, s, t: 0 * x,
            omega=lambda x, y, s, t: 0 * x * s,
            ww=lambda x, y, s, t: s * speed * depth / bed(x, y) * (-0.5 * depth / length), h=bed,
        )  # fmt: skip
    if name == "breathing":  # the surface rises and falls evenly, the water runs in and out: sigma stays
        return _breathing(xc, yc, depth, w)
    if name == "peninsula":  # past a half disc at the lower side

        def outside(x: Any, y: Any) -> Any:
            z = x - xc + 1j * y
            return np.where(np.abs(z) < radius, z * radius / np.maximum(np.abs(z), 1e-9), z)

        return Flow(
            u=lambda x, y, s, t: speed * (1 - (radius / outside(x, y)) ** 2).real,
            v=lambda x, y, s, t: -speed * (1 - (radius / outside(x, y)) ** 2).imag,
        )
    raise ValueError(f"no flow is called {name}; there are {', '.join(FLOWS)}")


FLOWS = ("uniform", "rotation", "gyre", "double-gyre", "tide", "inertial", "slope", "breathing", "peninsula")


def _double_gyre(scale_x: float, scale_y: float, speed: float, w: float, eps: float = 0.25) -> Flow:
    def swing(x: Any, t: float) -> tuple[Any, Any]:
        a = eps * np.sin(w * t)
        b = 1 - 2 * a
        return a * (x / scale_x) ** 2 + b * x / scale_x, 2 * a * x / scale_x + b

    return Flow(
        u=lambda x, y, s, t: -speed * np.sin(np.pi * swing(x, t)[0]) * np.cos(np.pi * y / scale_y),
        v=lambda x, y, s, t: speed * scale_y / scale_x
        * np.cos(np.pi * swing(x, t)[0]) * np.sin(np.pi * y / scale_y) * swing(x, t)[1],
    )  # fmt: skip


def _standing_tide(length: float, depth: float, speed: float, w: float) -> Flow:
    k = np.pi / 8 / length
    height = speed * depth * k / (w * np.sin(k * length))  # the greatest speed is that at x = 0
    return Flow(
        u=lambda x, y, s, t: height * w / (depth * k) * np.sin(k * (x - length)) * np.sin(w * t),
        v=lambda x, y, s, t: 0 * x,
        zeta=lambda x, y, t: height * np.cos(k * (x - length)) * np.cos(w * t),
    )


def _breathing(xc: float, yc: float, depth: float, w: float) -> Flow:
    height = 0.2 * depth

    def rate(t: float) -> float:  # of the column's height, per second
        return float(height * w * np.cos(w * t) / (depth + height * np.sin(w * t)))

    return Flow(
        u=lambda x, y, s, t: -0.5 * rate(t) * (x - xc),
        v=lambda x, y, s, t: -0.5 * rate(t) * (y - yc),
        zeta=lambda x, y, t: height * np.sin(w * t) + 0 * x,
        omega=lambda x, y, s, t: 0 * x * s,
        ww=lambda x, y, s, t: (1 + s) * height * w * np.cos(w * t) + 0 * x,
    )


def with_extras(flow: Flow, extra: Sequence[str], length: float) -> Flow:
    """`flow` with the fields of `extra` (omega, ww, kh, temp, salinity, viscofh) that it has none of its own
    for."""
    made: dict[str, Field] = {
        "omega": lambda x, y, s, t: 0 * x * s,
        "ww": lambda x, y, s, t: 0 * x * s,
        "kh": lambda x, y, s, t: 1e-5 - 4e-2 * s * (1 + s) + 0 * x,
        "temp": lambda x, y, s, t: 10 + 5 * (1 + s) + 2 * x / length,
        "salinity": lambda x, y, s, t: 30 - 2 * (1 + s) + 5 * x / length,
        "viscofh": lambda x, y, s, t: 1 + 0 * x * s,
    }
    names = [name for name in extra if name in made and getattr(flow, name) is None]
    return Flow(**{**vars(flow), **{name: made[name] for name in names}})
