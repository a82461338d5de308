"""Variables that say they are in another unit than FVCOM's. Converts nothing: the attribute may be wrong as
well as the numbers.

Only units that are understood and of the right dimension count. FVCOM itself writes `s-1` for omega, which is
in m/s.
"""

import re
from fractions import Fraction
from functools import cache

Dimension = tuple[int, int]  # powers of length and time
_LENGTH, _SPEED, _DIFFUSIVITY = (1, 0), (1, -1), (2, -1)
_OF: dict[str, tuple[Dimension, str]] = {
    **dict.fromkeys(("zeta", "h", "x", "y", "hs"), (_LENGTH, "m")),
    **dict.fromkeys(
        ("u", "v", "ua", "va", "ww", "omega", "uwind_speed", "vwind_speed", "uwind", "vwind", "U10", "V10"),
        (_SPEED, "m s-1"),
    ),
    **dict.fromkeys(("kh", "km", "viscofh", "viscofm"), (_DIFFUSIVITY, "m2 s-1")),
}
_LENGTHS = {
    "m": Fraction(1), "mm": Fraction(1, 1000), "cm": Fraction(1, 100), "dm": Fraction(1, 10), "km": Fraction(1000),
    "ft": Fraction("0.3048"), "in": Fraction("0.0254"), "yd": Fraction("0.9144"), "mi": Fraction("1609.344"),
    "fathom": Fraction("1.8288"), "nmi": Fraction(1852),
}  # fmt: skip
_TIMES = {
    "s": Fraction(1),
    "ms": Fraction(1, 1000),
    "min": Fraction(60),
    "h": Fraction(3600),
    "d": Fraction(86_400),
}
_KNOT = Fraction(1852, 3600)
_WORDS = (
    (r"\bmillimet(?:er|re)s?\b", "mm"), (r"\bcentimet(?:er|re)s?\b", "cm"), (r"\bdecimet(?:er|re)s?\b", "dm"),
    (r"\bkilomet(?:er|re)s?\b", "km"), (r"\bmet(?:er|re)s?\b", "m"), (r"\b(?:feet|foot)\b", "ft"),
    (r"\bfathoms\b", "fathom"), (r"\b(?:seconds?|secs?)\b", "s"), (r"\b(?:minutes?|mins?)\b", "min"),
    (r"\b(?:hours?|hrs?)\b", "h"), (r"\bdays?\b", "d"), (r"\b(?:knots?|kts?|kn)\b", "knot"), (r"\bmph\b", "mi/h"),
    (r"\bkph\b", "km/h"),
)  # fmt: skip
_PART = re.compile(r"(/?)\s*([a-z]+)\s*(?:\^|\*\*)?\s*\(?([+-]?\d+)?\)?[\s.*]*")
_NUMBER = re.compile(r"\s*(\d+(?:\.\d*)?(?:e[+-]?\d+)?)[\s*]+")
_ANGLES = {"rad": "radians", "radian": "radians", "radians": "radians"}
_TEMPERATURES = {
    **dict.fromkeys(
        ("k", "kelvin", "kelvins", "degk", "deg_k", "degrees_k", "degree_kelvin", "degrees_kelvin"), "kelvin"
    ),
    **dict.fromkeys(
        ("f", "degf", "deg_f", "degrees_f", "fahrenheit", "degree_fahrenheit", "degrees_fahrenheit"),
        "Fahrenheit",
    ),
}


@cache
def other_unit(name: str, units: str) -> str:
    """The rest of a sentence that names a variable, where its `units` are others than FVCOM's; "" where they
    are not, or say nothing that is understood."""
    text = units.strip()
    if name in ("lon", "lat") and text.lower() in _ANGLES:
        return _told(text, "degrees", name)
    if name == "temp" and text.lower() in _TEMPERATURES:
        return _told(text, "degrees_C", name)
    dimension, unit = _OF.get(name, (None, ""))
    found = None if dimension is None else _understood(text)
    if found is None or found[1] != dimension or found[0] == 1:
        return ""
    return _told(text, unit, name)


def _told(text: str, unit: str, name: str) -> str:
    return (
        f'is in "{text}", and only {unit} can be read: convert it, or if that is what it is in, mend the attribute: '
        f"ncatted -a units,{name},o,c,'{unit}' FILE"
    )


def _understood(text: str) -> tuple[Fraction, Dimension] | None:
    """How many of m and s a unit is, and of which dimension; None where any part of it is not known."""
    text = text.lower().replace(" per ", "/")
    for word, short in _WORDS:
        text = re.sub(word, short, text)
    number = _NUMBER.match(text)
    size, at, powers = Fraction(number[1]) if number else Fraction(1), number.end() if number else 0, [0, 0]
    while at < len(text):
        found = _PART.match(text, at)
        if found is None:
            return None
        slash, part, power = found.groups()
        exponent = int(power or 1) * (-1 if slash else 1)
        if abs(exponent) > 3:
            return None
        if part == "knot":
            size, powers = size * _KNOT**exponent, [powers[0] + exponent, powers[1] - exponent]
        elif part in _LENGTHS:
            size, powers[0] = size * _LENGTHS[part] ** exponent, powers[0] + exponent
        elif part in _TIMES:
            size, powers[1] = size * _TIMES[part] ** exponent, powers[1] + exponent
        else:
            return None
        at = found.end()
    return size, (powers[0], powers[1])
