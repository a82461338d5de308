"""Tidal flow: closed orbits close, and the drift of a progressive wave is the exact Lagrangian one.

Reference numbers are closed forms, made outside fvdrift.
"""

import numpy as np
import pytest

from analytic_flows import Flow
from simple_meshes import rectangle
from tank import SECOND, Tank, still

PERIOD, OMEGA = 44714.1643932, 1.40518902510e-4  # M2
STEPS = 186  # in a quarter
STEP = round(PERIOD / 4 / STEPS * SECOND)
QUARTERS = STEP * STEPS * np.arange(5)
# (OMEGA STEP)^2 / 12 = 6e-6: what linear interpolation between them takes away
FRAMES = STEP * np.arange(4 * STEPS + 1)
BY_FRAMES = (OMEGA * STEP / SECOND) ** 2 / 12


@pytest.fixture(scope="module")
def tank():
    return Tank(rectangle(40_000.0, 40_000.0, elements=50), real=np.float64)


def followed(tank, flow, x, y):
    return tank.follow(tank.levels(flow, FRAMES), tank.particles(x, y), step=STEP, every=STEP * STEPS)


def test_a_uniform_tide_goes_as_far_as_it_should_and_comes_back(tank):
    flow = Flow(u=lambda x, y, s, t: np.cos(OMEGA * t) + 0 * x * s, v=lambda x, y, s, t: 0 * x * s)
    x = followed(tank, flow, [20_000.0], [20_000.0]).rows["x"][:, 0]
    excursion = x[1] - x[3]
    print(
        f"\nexcursion {excursion:.4f} m (14232.9606, less {BY_FRAMES:.1e} by the frames), back to {x[4] - x[0]:.1e} m (0)"
    )
    assert excursion == pytest.approx(14232.9606 * (1 - BY_FRAMES), rel=1e-8)
    assert abs(x[4] - x[0] - np.sin(OMEGA * QUARTERS[4] / SECOND) / OMEGA) < 1e-6


def test_a_tide_that_grows_along_x_stretches_by_the_closed_form(tank):
    a = 1e-5
    flow = Flow(u=lambda x, y, s, t: a * x * np.cos(OMEGA * t) + 0 * s, v=lambda x, y, s, t: 0 * x * s)
    x = followed(tank, flow, [20_000.0], [20_000.0]).rows["x"][:, 0]
    ratio = x / x[0]
    print(f"\nx / x0 {ratio[1]:.8f} at T/4 (1.07375817), {ratio[2]:.8f} at T/2 (1), {ratio[4]:.8f} at T (1)")
    assert ratio[1] == pytest.approx(1.07375817, rel=2e-6)
    assert ratio[2] == pytest.approx(1.0, abs=1e-7)
    assert ratio[4] == pytest.approx(1.0, abs=1e-7)


@pytest.mark.validation
def test_a_progressive_wave_drifts_as_the_exact_lagrangian_solution():
    """Second-order Stokes drift is 5 % less; closed orbits would not drift."""
    length, speed = 100_000.0, 1.0
    k = 2 * np.pi / length
    celerity = OMEGA / k
    drift, lagrangian_period = celerity - np.sqrt(celerity**2 - speed**2), 49989.945069
    tank = Tank(rectangle(60_000.0, 2_000.0, elements=1920))
    flow = Flow(
        u=lambda x, y, s, t: speed * np.cos(k * x - OMEGA * t) + 0 * s, v=lambda x, y, s, t: 0 * x * s, omega=still
    )  # fmt: skip
    step = 60 * SECOND
    end = round(lagrangian_period * SECOND)
    frames = step * np.arange(end // step + 2)
    start = np.linspace(8_000.0, 20_000.0, 13)
    moved = (
        tank.follow(
            tank.levels(flow, frames), tank.particles(start, np.full(13, 990.0)), step=step, end=end
        ).end["x"]
        - start
    )
    found = moved / lagrangian_period
    print(f"\ndrift {found.min():.6f} to {found.max():.6f} m/s ({drift:.10f}; second order 0.22357), "
          f"advance {moved.mean():.2f} m (11798.90)")  # fmt: skip
    assert drift == pytest.approx(0.2360255151, abs=1e-9)
    np.testing.assert_allclose(found, drift, rtol=2e-4)
    np.testing.assert_allclose(moved, 11798.902535, rtol=2e-4)
