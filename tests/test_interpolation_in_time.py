"""Weights of the frames in a velocity that is cubic in time."""

import numpy as np
import pytest

from fvdrift.interpolation_in_time import cubic_weights
from fvdrift.messages import Window

EVEN, UNEVEN = Window(-10, 0, 10, 20), Window(-4, 0, 10, 37)


def curve(window: Window, values, s: np.ndarray) -> np.ndarray:
    """The interpolated values at fractions s of the interval."""
    return np.array([s**0, s, s**2, s**3]).T @ (cubic_weights(window).astype(float) @ np.asarray(values, float))


@pytest.mark.parametrize(
    "window", [EVEN, UNEVEN, EVEN._replace(before=None), EVEN._replace(after=None), Window(None, 0, 10, None)]
)
def test_it_goes_through_both_frames_and_keeps_what_is_steady(window):
    values = [3.0, -1.0, 2.0, 7.0]
    np.testing.assert_allclose(curve(window, values, np.array([0.0, 1.0])), [-1.0, 2.0], atol=1e-5)
    np.testing.assert_allclose(curve(window, [4.0] * 4, np.linspace(0, 1, 5)), 4.0, atol=1e-5)


@pytest.mark.parametrize("window", [EVEN, EVEN._replace(before=None), EVEN._replace(after=None)])
def test_a_parabola_is_exact_also_at_the_ends_of_the_forcing(window):
    s = np.linspace(0, 1, 11)
    times = np.array([-1.0, 0.0, 1.0, 2.0])
    np.testing.assert_allclose(curve(window, 1 - 2 * times + 3 * times**2, s), 1 - 2 * s + 3 * s**2, atol=1e-5)


def test_a_straight_line_is_exact_for_uneven_frames_and_two_frames_give_one():
    s = np.linspace(0, 1, 11)
    times = np.array([-0.4, 0.0, 1.0, 3.7])
    np.testing.assert_allclose(curve(UNEVEN, 5 + 2 * times, s), 5 + 2 * s, atol=1e-5)
    np.testing.assert_allclose(curve(Window(None, 0, 10, None), [99, 1, 3, 99], s), 1 + 2 * s, atol=1e-5)


def test_frames_that_are_not_there_have_no_weight():
    assert (cubic_weights(EVEN._replace(before=None))[:, 0] == 0).all()
    assert (cubic_weights(EVEN._replace(after=None))[:, 3] == 0).all()
