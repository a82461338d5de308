"""Quantities with units: what they mean, what is refused and in which words, and the way back to text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fvdrift.tools.duration import format_duration
from fvdrift.tools.quantity import (
    DENSITY,
    DIFFUSIVITY,
    LENGTH,
    RATE,
    SHARE,
    SPEED,
    VISCOSITY,
    format_quantity,
    parse_duration,
    parse_quantity,
    shown,
)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("60s", 60),
        ("1h", 3600),
        ("5 min", 300),
        ("30 d", 30 * 86400),
        ("1.5 h", 5400),
        (" .5 s ", 0.5),
        ("1e3 s", 1000),
        ("2 hours", 7200),
        (0.1, 0.1),
        (90, 90),
    ],
)
def test_durations_are_whole_microseconds(written, seconds):
    duration = parse_duration(written)
    assert isinstance(duration, int)
    assert duration == round(seconds * 1e6)


@pytest.mark.parametrize(
    ("written", "kind", "si"),
    [
        ("200m", LENGTH, 200.0),
        ("2 km", LENGTH, 2000.0),
        ("0.2 mm/s", SPEED, 0.0002),
        ("1 cm/s", SPEED, 0.01),
        ("86.4 m/day", SPEED, 0.001),
        ("3 m s-1", SPEED, 3.0),
        ("0.1 m2/s", DIFFUSIVITY, 0.1),
        ("1 cm²/s", DIFFUSIVITY, 1e-4),
        ("1 m^2 s^-1", DIFFUSIVITY, 1.0),
        (0.3, DIFFUSIVITY, 0.3),
        ("63 um", LENGTH, 63e-6),
        ("63 \N{MICRO SIGN}m", LENGTH, 63e-6),
        ("63 \N{GREEK SMALL LETTER MU}m", LENGTH, 63e-6),
        ("100 um/s", SPEED, 1e-4),
        ("8.64 1/day", RATE, 1e-4),
        ("8.64/d", RATE, 1e-4),
        ("8.64 day-1", RATE, 1e-4),
        ("3.6 h^-1", RATE, 1e-3),
        ("1/s", RATE, 1.0),
        (-2, RATE, -2.0),
        ("2650 kg/m3", DENSITY, 2650.0),
        ("2650 kg m-3", DENSITY, 2650.0),
        ("2.65 g/cm\u00b3", DENSITY, 2650.0),
        ("1.025 kg/l", DENSITY, 1025.0),
        ("0.00122 Pa s", VISCOSITY, 0.00122),
        ("1.22 mPa\u00b7s", VISCOSITY, 0.00122),
        ("1.22mPa.s", VISCOSITY, 0.00122),
        ("1.22 cP", VISCOSITY, 0.00122),
        ("3 %", SHARE, 0.03),
        (0.03, SHARE, 0.03),
    ],
)
def test_quantities_are_read_in_si(written, kind, si):
    assert parse_quantity(written, kind) == si


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("5m", 'write "5 min"'),
        ("60", 'no unit: write "60 s"'),
        ("3 parsec", '"parsec" is not a unit of a duration'),
        ("soon", 'is not a duration: write one such as "60s"'),
        ("1e-9 s", "not a whole number of microseconds"),
        ("1e99 s", "too large"),
        pytest.param(10**5000, "too large", id="5000 digits"),
        (True, "true is not a duration"),
        (float("nan"), "nan is not a duration"),
        ({}, "a table is not a duration"),
        ("9" * 100 + " s", "is not a duration"),
    ],
)
def test_what_is_refused_says_why(written, words):
    with pytest.raises(ValueError, match=re.escape(words)) as error:
        parse_duration(written)
    assert len(str(error.value)) < 200


@pytest.mark.parametrize(
    ("written", "kind", "words"),
    [
        ("0.1 1/year", RATE, '"1/year" is not a unit of a rate (known: 1/s, 1/h, 1/day)'),
        ("0.1", RATE, 'no unit: write "0.1 1/s"'),
        ("often", RATE, '"often" is not a rate: write one such as "0.1 1/day"'),
        ("2650 kg", DENSITY, "(known: kg/m3, g/cm3, kg/l, g/l)"),
        ("1e-6 m2/s", VISCOSITY, '"m2/s" is not a unit of a viscosity (known: Pa s, mPa s, cP)'),
        (True, VISCOSITY, 'true is not a viscosity: write one such as "0.00122 Pa s", or a number in Pa s'),
        ("1 us", SPEED, '"us" is not a unit of a speed'),
    ],
)
def test_the_units_of_a_kind_are_named(written, kind, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        parse_quantity(written, kind)


@pytest.mark.parametrize(
    ("microseconds", "written"),
    [
        (60_000_000, "60 s"),
        (120_000_000, "2 min"),
        (5_400_000_000, "90 min"),
        (7_200_000_000, "2 h"),
        (86_400_000_000, "1 d"),
        (250_000, "0.25 s"),
        (1, "0.000001 s"),
        (0, "0 s"),
        (-3_600_000_000, "-1 h"),
    ],
)
def test_durations_are_written_in_the_largest_whole_unit(microseconds, written):
    assert format_duration(microseconds) == written


@given(st.integers(-(10**18), 10**18))
def test_a_written_duration_reads_back_the_same(microseconds):
    assert parse_duration(format_duration(microseconds)) == microseconds


@given(st.floats(-1e12, 1e12), st.sampled_from([LENGTH, SPEED, DIFFUSIVITY, RATE, DENSITY, VISCOSITY]))
def test_a_written_quantity_reads_back_the_same(value, kind):
    assert parse_quantity(format_quantity(value, kind), kind) == value


@given(st.text() | st.integers() | st.floats() | st.none() | st.lists(st.integers()))
def test_anything_is_a_duration_or_refused(value):
    try:
        assert isinstance(parse_duration(value), int)
    except ValueError:
        assert len(shown(value)) <= 60
