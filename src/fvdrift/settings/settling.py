"""What `behaviour.settling` holds: speeds of sinking, a spread of them, or grains; how it is read, and written
back.

Readers are as those of `behaviour_values`.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from fvdrift.tools.quantity import DENSITY, LENGTH, SPEED, VISCOSITY, format_quantity, parse_quantity, shown

from . import depths
from . import readers as values
from .stokes_law import grain_speed
from .table import inline_table, problems_at


class Grain(NamedTuple):
    """What a grain that sinks by Stokes' law was said to be: diameters in m, densities in kg/m3, viscosity in
    Pa s."""

    smallest: float
    largest: float
    density: float
    water_density: float = 1025.0
    viscosity: float = 0.00122  # of sea water of 15 degC


class Settling(NamedTuple):
    """How fast particles sink, m/s, positive down. kind: "constant", "even", "normal" or "grain".

    "constant": all at `first` (= `second`); "even": each at its own speed, evenly spread from `first` to
    `second`; "normal": each at its own, `first` the mean and `second` the standard deviation; "grain": each
    at its own, x |x| with x evenly spread from `first` to `second`, signed roots of speeds, as diameters are
    evenly spread. grain: what speeds were worked out from.
    """

    kind: str
    first: float
    second: float
    grain: Grain | None = None

    @property
    def off(self) -> bool:
        """Whether nothing sinks or rises."""
        return self.kind == "constant" and self.first == 0


def _settling_speed(value: object) -> float:
    """Of either sign, slower than 10 m/s."""
    speed = parse_quantity(value, SPEED)
    if not abs(speed) < 10:
        raise ValueError(f'{shown(value)} is no speed of settling: write one such as "0.2 mm/s"')
    return speed


def _spread(value: object) -> float:
    spread = _settling_speed(value)
    if spread < 0:
        raise ValueError(f"{shown(value)} must not be negative")
    return spread


def _diameters(value: object) -> tuple[float, float]:
    """The smallest and the largest."""
    ends = (
        values.two_ends(value, "diameters", '["50 um", "100 um"]')
        if isinstance(value, list | tuple)
        else [value]
    )
    diameters = sorted(map(depths.positive_length, ends))
    return diameters[0], diameters[-1]


_NORMAL = {"mean": _settling_speed, "sd": _spread}
_DENSITY = values.quantity_in(DENSITY, 10, 30_000)  # 2.65, meant as g/cm3, is none: such a grain would float
_GRAIN = {
    "grain": _diameters,
    "density": _DENSITY,
    "water_density": _DENSITY,
    # that of water is 0.0008 to 0.002; a kinematic one, 1e-6 m2/s, is none
    "viscosity": values.quantity_in(VISCOSITY, 1e-4, 1),
}


def settling_of(value: object) -> Settling:
    """One speed, a pair of them, { mean, sd }, or { grain, density }."""
    if isinstance(value, list | tuple):
        slow, fast = sorted(
            _settling_speed(end) for end in values.two_ends(value, "speeds", '["0.1 mm/s", "0.4 mm/s"]')
        )
        return Settling("even" if slow < fast else "constant", slow, fast)
    if not isinstance(value, Mapping):
        speed = _settling_speed(value)
        return Settling("constant", speed, speed)
    spread, grain = value.keys() & _NORMAL.keys(), value.keys() & _GRAIN.keys()
    if spread and not grain:
        read = inline_table(value, {**_NORMAL, **_GRAIN}, _NORMAL)
        return (
            Settling("normal", read["mean"], read["sd"])
            if read["sd"]
            else Settling("constant", read["mean"], read["mean"])
        )
    both = "mean and sd describe the speed, grain and density what it follows from: keep one of the two"
    read = inline_table(value, {**_NORMAL, **_GRAIN}, ("grain", "density"), both if spread else "")
    smallest, largest = read.pop("grain")
    return _settling_of_grain(Grain(smallest, largest, **read))


def _settling_of_grain(grain: Grain) -> Settling:
    speeds, problems = [], []
    for diameter in (grain.smallest, grain.largest):
        try:
            speeds.append(grain_speed(diameter, *grain[2:]))
        except ValueError as error:
            problems.append((("grain",), str(error)))
    if problems:
        raise problems_at(problems)
    if grain.smallest == grain.largest:
        return Settling("constant", speeds[0], speeds[0], grain)
    first, second = (math.copysign(math.sqrt(abs(speed)), speed) for speed in speeds)
    return Settling("grain", first, second, grain)


def format_settling(settling: Settling) -> str | list[str] | dict[str, Any]:
    """As the run file writes it; `settling_of` reads it back."""
    if settling.grain is not None:
        smallest, largest = (format_quantity(diameter, LENGTH) for diameter in settling.grain[:2])
        return {
            "grain": smallest if smallest == largest else [smallest, largest],
            "density": format_quantity(settling.grain.density, DENSITY),
            "water_density": format_quantity(settling.grain.water_density, DENSITY),
            "viscosity": format_quantity(settling.grain.viscosity, VISCOSITY),
        }
    first, second = format_quantity(settling.first, SPEED), format_quantity(settling.second, SPEED)
    if settling.kind == "normal":
        return {"mean": first, "sd": second}
    return [first, second] if settling.kind == "even" else first
