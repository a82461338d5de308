"""Exact sums: the truth is math.fsum and fractions, whatever the order and the grouping."""

import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fvdrift.tools.exact_sum import BULK, ExactSum

FINITE = st.floats(allow_nan=False, allow_infinity=False, max_value=2.0**1000, min_value=-(2.0**1000))
# such as cancel, stand on the edges of doubles, or need the last bit
AWKWARD = st.sampled_from(
    [1e16, 1.0, -1e16, 0.1, -0.1, 2.0**53, 2.0**-1074, -(2.0**-1074), 2.0**-1022, -0.0, 2.0**1000]
)
ARRAYS = st.lists(FINITE | AWKWARD | AWKWARD.map(lambda value: -value), max_size=60)


def exact_sum(values):
    total = ExactSum()
    total.add(np.array(values))
    return total


@given(ARRAYS, st.randoms(use_true_random=False), st.lists(st.integers(0, 60), max_size=5))
def test_any_split_in_any_order_has_the_sum_of_fsum(values, random, cuts):
    expected = math.fsum(values)
    shuffled = list(values)
    random.shuffle(shuffled)
    edges = [0, *sorted(cuts), len(values)]
    parts = [exact_sum(shuffled[a:b]) for a, b in zip(edges[:-1], edges[1:], strict=True)]
    random.shuffle(parts)
    total = ExactSum()
    for part in parts:
        total.merge(pickle.loads(pickle.dumps(part)))
    assert total.value() == expected
    assert total == exact_sum(values)
    assert total.count == len(values)


@given(ARRAYS.filter(len))
def test_the_mean_is_rounded_once(values):
    assert exact_sum(values).mean() == float(sum(map(Fraction, values)) / len(values))


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), max_size=60))
def test_single_precision_is_summed_exactly_too(values):
    assert exact_sum(np.array(values, np.float32)).value() == math.fsum(values)


def test_more_values_than_go_at_once():
    rng = np.random.default_rng(1)
    values = rng.normal(size=2 * BULK + 17) * 10.0 ** rng.integers(-20, 20, 2 * BULK + 17)
    values[1] = -(2.0**1000)
    total = exact_sum(values)
    assert total.value() == math.fsum(values)
    assert total == exact_sum(values[::-1].reshape(-1, 1))
    assert len(pickle.dumps(total)) < 1000


def test_the_largest_mantissas_do_not_overflow():
    for value in (np.nextafter(2.0, 0), -np.nextafter(2.0, 0)):
        assert exact_sum(np.full(BULK, value)).value() == value * BULK


def test_a_plain_sum_fails_this():
    values = [1e16, 1.0, -1e16]
    assert np.sum(values) != exact_sum(values).value() == 1.0


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, math.nan], math.nan),
        ([math.inf, 1], math.inf),
        ([-math.inf, 1e300], -math.inf),
        ([math.inf, -math.inf], math.nan),
        ([math.inf, math.nan], math.nan),
        ([1.7e308, 1.7e308], math.inf),
        ([-1.7e308, -1.7e308], -math.inf),
        ([1.7e308, 1.7e308, -1.7e308], 1.7e308),
    ],
)
def test_what_is_not_finite(values, expected):
    total = exact_sum(values)
    np.testing.assert_equal(total.value(), expected)
    assert total.nans == np.isnan(values).sum()
    assert total.infinities == values.count(math.inf)
    assert total.minus_infinities == values.count(-math.inf)


def test_the_mean_of_two_large_numbers_is_finite():
    assert exact_sum([1.7e308, 1.7e308]).mean() == 1.7e308


def test_nothing_sums_to_zero_and_has_no_mean():
    total = exact_sum([])
    assert total.value() == 0.0
    assert math.isnan(total.mean())
    assert total == ExactSum()
