"""Units of expressions: as dimensional analysis has them, by hand."""

import pytest

from fvdrift.expression.expression import parse
from fvdrift.expression.units import unit_of

UNITS = {
    "temp": "degC",
    "zeta": "m",
    "h": "metres",
    "u": "m s-1",
    "v": "m/s",
    "kh": "m2 s-1",
    "n2": "s^-2",
    "s": "1",
    "odd": "",
}


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("temp - 13", "degC"),
        ("2 * temp if s > 3 else 0", "degC"),
        ("clip(temp, 0, 30)", "degC"),
        ("u * u + v**2", "m2 s-2"),
        ("sqrt(u**2 + v**2)", "m s-1"),
        ("u / zeta", "s-1"),
        ("kh * n2 / 0.2", "m2 s-3"),
        ("1 / kh", "s m-2"),
        ("exp(-((temp - 12) / 3)**2) * s", "1"),
        ("0 < temp < 3", "1"),
        ("zeta / zeta", "1"),
        ("3 + 4", "1"),
        ("temp + zeta", ""),
        ("temp + s", ""),
        ("sqrt(zeta)", ""),
        ("zeta**temp", ""),
        ("odd * 2", ""),
        ("temp % 4", "degC"),
        ("zeta**0", "1"),
        ("max(zeta, temp)", ""),
    ],
)
def test_the_unit_follows_or_is_not_known(text, unit):
    assert unit_of(parse(text, UNITS), UNITS) == unit
