"""Weights of the frames in a velocity that is cubic in time."""

import numpy as np
import pytest

from fvdrift.fields.in_time import cubic_weights
from fvdrift.forcing.frame import Window

EVEN, UNEVEN = Window(-10, 0, 10, 20), Window(-4, 0, 10, 37)


def curve(window: Window, values, s: np.ndarray) -> np.ndarray:
    """The interpolated values at fractions s of the interval."""
    return np.array([s**0, s, s**2, s**3]).T @ (
        cubic_weights(window).astype(float) @ np.asarray(values, float)
    )


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
    np.testing.assert_allclose(
        curve(window, 1 - 2 * times + 3 * times**2, s), 1 - 2 * s + 3 * s**2, atol=1e-5
    )


def test_a_straight_line_is_exact_for_uneven_frames_and_two_frames_give_one():
    s = np.linspace(0, 1, 11)
    times = np.array([-0.4, 0.0, 1.0, 3.7])
    np.testing.assert_allclose(curve(UNEVEN, 5 + 2 * times, s), 5 + 2 * s, atol=1e-5)
    np.testing.assert_allclose(curve(Window(None, 0, 10, None), [99, 1, 3, 99], s), 1 + 2 * s, atol=1e-5)


@pytest.mark.parametrize("window", [UNEVEN, UNEVEN._replace(before=None), UNEVEN._replace(after=None)])
def test_a_parabola_is_exact_for_uneven_frames_too(window):
    s = np.linspace(0, 1, 11)
    times = np.array([-0.4, 0.0, 1.0, 3.7])
    np.testing.assert_allclose(
        curve(window, 1 - 2 * times + 3 * times**2, s), 1 - 2 * s + 3 * s**2, atol=3e-5
    )


def test_on_even_frames_it_is_that_of_catmull_and_rom():
    rows = [[0, 1, 0, 0], [-0.5, 0, 0.5, 0], [1, -2.5, 2, -0.5], [-0.5, 1.5, -1.5, 0.5]]
    assert cubic_weights(EVEN).tobytes() == (np.array(rows, np.float32) + np.float32(0)).tobytes()


@pytest.mark.parametrize(("ratio", "most"), [(1, 1.3), (2, 2.1), (5, 4.1)])
def test_a_tide_goes_as_far_as_its_closed_form_on_uneven_frames_too(ratio, most):
    """12 h of 1 m/s, period 44714 s, in 24 intervals, each second one `ratio` times as long as the one
    before."""
    lengths = np.tile([1, ratio], 12)
    times = np.concatenate(([0], np.cumsum(lengths))) * (43_200 // (12 * (1 + ratio)))
    rate = 2 * np.pi / 44714.0
    speeds, way, worst = np.sin(rate * times), 0.0, 0.0
    for i in range(24):
        around = [times[j] if 0 <= j < 25 else None for j in range(i - 1, i + 3)]
        four = [speeds[min(max(j, 0), 24)] for j in range(i - 1, i + 3)]
        # the integral of the cubic over the interval
        powers = cubic_weights(Window(*around)).astype(float) @ np.array(four)
        way += (times[i + 1] - times[i]) * (powers / np.arange(1, 5)).sum()
        worst = max(worst, abs(way - (1 - np.cos(rate * times[i + 1])) / rate))
    assert worst < most


def test_frames_that_are_not_there_have_no_weight():
    assert (cubic_weights(EVEN._replace(before=None))[:, 0] == 0).all()
    assert (cubic_weights(EVEN._replace(after=None))[:, 3] == 0).all()
