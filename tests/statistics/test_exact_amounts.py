"""Sums of amounts that are the same in any order and grouping, against sums of fractions."""

from fractions import Fraction

import numpy as np

from fvdrift.statistics.exact_amounts import ExactAmounts, scale_for, summed


def test_sums_don_t_depend_on_order_or_grouping_and_are_right_to_rounding() -> None:
    random = np.random.default_rng(3)
    values = np.exp(random.normal(0, 6, 5000)) * (random.random(5000) > 0.1)
    numbers = random.integers(0, 30, 5000)
    scale = scale_for(values.max())
    assert values.max() < scale <= 2 * values.max()
    found = []
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(5000)
        total = ExactAmounts(30, scale)
        for part in np.array_split(order, 1 + 40 * seed):
            total.merge(*summed(numbers[part], values[part], scale))
        found.append(total.values())
    np.testing.assert_array_equal(found[1], found[0])
    np.testing.assert_array_equal(found[2], found[0])
    exact = [float(sum(map(Fraction, values[numbers == number].tolist()))) for number in range(30)]
    np.testing.assert_allclose(found[0], exact, rtol=3e-16)


def test_parts_are_kept_of_the_least_beside_the_largest() -> None:
    """Of 1e-9 beside 1 there are 48 bits left; of nothing nothing is made."""
    total = ExactAmounts(2, scale_for(1.0))
    total.merge(*summed(np.array([0, 1, 1]), np.array([1.0, 1e-9, 1e-9]), total.scale))
    np.testing.assert_allclose(total.values(), [1.0, 2e-9], rtol=1e-14)
    there, parts = summed(np.empty(0, np.int64), np.empty(0), 1.0)
    assert there.shape == (0,)
    assert parts.shape == (3, 0)
    far, _ = summed(np.array([10**9, 3, 10**9]), np.array([0.5, 0.25, 0.5]), 1.0)
    np.testing.assert_array_equal(far, [3, 10**9])
    assert scale_for(0.0) == 1.0
