"""Quantities with units: what they mean, what is refused and in which words, and the way back to text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fvdrift.quantity import (
    DIFFUSIVITY,
    LENGTH,
    SPEED,
    format_duration,
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


@given(st.floats(-1e12, 1e12))
def test_a_written_length_reads_back_the_same(metres):
    assert parse_quantity(format_quantity(metres, LENGTH), LENGTH) == metres


@given(st.text() | st.integers() | st.floats() | st.none() | st.lists(st.integers()))
def test_anything_is_a_duration_or_refused(value):
    try:
        assert isinstance(parse_duration(value), int)
    except ValueError:
        assert len(shown(value)) <= 60
