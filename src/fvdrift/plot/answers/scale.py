"""How numbers of statistics become colours, and what is written beside them. Nothing is drawn here."""

import re
from typing import Any, NamedTuple

import numpy as np

from ..colouring import OUTLIERS, Colouring
from ..palette import cut_off, values_map

DECADES = 30.0  # largest over least from which a scale of amounts is logarithmic
DEEPEST = 1e-4  # of the largest: what is less has the last colour
AMOUNTS = ("density", "exposure", "concentration")  # kinds whose zero is no colour: nothing was there
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Unit(NamedTuple):
    """What values are multiplied by before they are shown, and the unit they have then."""

    factor: float
    name: str


def unit_of(units: str, largest: float) -> Unit:
    """The unit to show values in: durations in minutes, hours or days, small areas by the square kilometre."""
    if units == "s" and 0 < largest < 3600:
        return Unit(1 / 60, "min")
    if units == "s":
        return Unit(1 / 86_400, "d") if largest > 4 * 86_400 else Unit(1 / 3600, "h")
    if (
        units.split(" ", maxsplit=1)[0] == "kg" and 0 < largest < 0.1
    ):  # by the prefix that makes numbers short
        power, prefix = next(
            (p, n)
            for p, n in ((3, "g"), (6, "mg"), (9, "µg"), (12, "ng"))
            if largest * 10.0**p >= 1 or p == 12
        )
        return Unit(10.0**power, pretty(prefix + units.removeprefix("kg")))
    if units == "s-1":
        return Unit(86_400.0, "d⁻¹")
    if units == "m-2":
        return Unit(1e6, "km⁻²")
    if units in ("m", "m2") and largest >= (2000 if units == "m" else 1e6):
        return Unit(1e-3, "km") if units == "m" else Unit(1e-6, "km²")
    return Unit(1.0, "" if units == "1" else pretty(units))


def pretty(units: str) -> str:
    """Powers as they are printed: kg m-3 is kg m⁻³."""
    units = re.sub(r"\bdegC\b", "°C", units)
    return re.sub(r"(?<=[a-zA-Z])-?\d+", lambda found: found[0].translate(_RAISED), units)


def labelled(words: str, unit: str) -> str:
    """What an axis or a bar says."""
    return f"{words} ({unit})" if unit else words


def amounts_map() -> Any:
    """For amounts on the map: the more, the darker, so that they also tell in grey."""
    return cut_off("inferno", 0.97, 0.1)


def scale(values: np.ndarray, label: str, *, amounts: bool) -> Colouring:
    """Colours of values, NaN aside. amounts: from nothing up, by decades where they span some; otherwise from their 1st to
    their 99th percentile, as for tracks."""
    from matplotlib.colors import LogNorm, Normalize

    there = values[np.isfinite(values)]
    if amounts:
        there = there[there > 0]
        low, high = (float(there.min()), float(there.max())) if len(there) else (0.0, 1.0)
        if high <= DECADES * low or not len(there):
            return Colouring(amounts_map(), Normalize(0, high), label)
        least = max(low, DEEPEST * high)
        return Colouring(amounts_map(), LogNorm(least, high), label, (), "min" if low < least else "neither")
    low, high = (float(there.min()), float(there.max())) if len(there) else (0.0, 1.0)
    first, last = np.percentile(there, OUTLIERS) if len(there) else (low, high)
    if first < last and len(there) > 100:
        ends = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}
        extend = ends[bool(low < first), bool(high > last)]
        return Colouring(values_map(), Normalize(first, last), label, (), extend)
    return Colouring(values_map(), Normalize(low - 0.5 * (low == high), high + 0.5 * (low == high)), label)


def number(value: float, *, most: int = 3) -> str:
    """In few letters, for a cell or a bar: 0.628, 1,500, 2.1e6; nothing where there is none."""
    if not np.isfinite(value):
        return ""
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e5:
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.{most}g}"
    return f"{value:.1e}".replace(".0e", "e").replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")


def short(words: str, letters: int = 46) -> str:
    """A long name up to its first comma or colon where it is too long for an axis."""
    if len(words) <= letters:
        return words
    first = re.split(r"[:,;(]", words)[0].strip()
    return first if len(first) <= letters else first[: letters - 1].rstrip() + "…"
