"""Wetting and drying: a particle moves for the time its element is wet, waits dry, is flagged and never
lost."""

import numpy as np
import pytest

from analytic_flows import Flow
from fvdrift_kernels.sample import sample_dry
from fvdrift_kernels.state import ACTIVE
from simple_meshes import rectangle
from tank import HOUR, SECOND, Tank, between, still

FLOW = Flow(u=lambda x, y, s, t: 1.0 + 0 * x * s, v=lambda x, y, s, t: 0.5 + 0 * x * s, omega=still)
FLAGS = (1, 1, 0, 0, 1, 0, 1, 1, 0, 0, 0)
# of an hour: all of it between wet frames, half where one is dry, for the flow goes linearly to nothing
MOVING = (1.0, 0.5, 0.0, 0.5, 0.5, 0.5, 1.0, 0.5, 0.0, 0.0)


@pytest.mark.parametrize("step", [60, 420])
def test_a_particle_moves_while_it_is_wet(step):
    """The files hold velocities in dry elements too: they must not count."""
    tank = Tank(rectangle(30_000.0, 20_000.0, elements=400))
    levels = [
        tank.level(FLOW, i * HOUR, np.full(tank.whole.elements, bool(flag))) for i, flag in enumerate(FLAGS)
    ]
    start = tank.particles([1000.0, 2000.0], [1000.0, 7000.0])
    x0 = start["x"].copy()
    followed = tank.follow(levels, start, step=step * SECOND, every=7 * HOUR if step == 420 else HOUR)
    hours = (followed.times / 3600).round().astype(int)
    expected = 3600 * np.concatenate(([0], np.cumsum(MOVING)))[hours]
    way = followed.rows["x"] - x0
    error = np.abs(way - expected[:, None]).max()
    print(f"\nsteps of {step} s: {way[-1]} m (wet time x 1 m/s = {expected[-1]} m)")
    assert error < 1e-3
    assert (followed.rows["status"] == ACTIVE).all()


def test_a_particle_rises_while_it_is_wet():
    tank = Tank(rectangle(1000.0, 1000.0, elements=100), h=20.0)
    rising = Flow(
        u=lambda x, y, s, t: 0 * x * s,
        v=lambda x, y, s, t: 0 * x * s,
        omega=lambda x, y, s, t: 1e-4 + 0 * x * s,
    )
    levels = [
        tank.level(rising, i * HOUR, np.full(tank.whole.elements, bool(flag))) for i, flag in enumerate(FLAGS)
    ]
    sigma = tank.follow(levels, tank.particles([500.0], [500.0], -0.9), step=60 * SECOND, every=HOUR).rows[
        "sigma"
    ][:, 0]
    expected = -0.9 + 5e-6 * 3600 * np.concatenate(([0], np.cumsum(MOVING)))
    print(f"\nsigma {sigma.round(5)} ({expected.round(5)})")
    np.testing.assert_allclose(sigma, expected, atol=1e-6)


def test_the_dry_flag_is_that_of_elements_dry_at_both_frames():
    tank = Tank(rectangle(1000.0, 1000.0, elements=100))
    wet = np.random.default_rng(1).random((2, tank.whole.elements)) < 0.5
    levels = [tank.level(FLOW, i * HOUR, wet[i]) for i in range(2)]
    records = tank.follow(
        levels, tank.particles(tank.xc, tank.yc, element=np.arange(len(tank.xc))), step=HOUR, end=HOUR
    ).rows[0]
    flag = np.empty(len(records), np.int8)
    for fraction, expected in ((0.0, ~wet[0]), (0.5, ~wet[0] & ~wet[1]), (1.0, ~wet[1])):
        sample_dry(records, fraction, between(*levels)[0], flag)
        np.testing.assert_array_equal(flag, expected)


def test_a_dry_neighbour_takes_no_part_in_the_gradient():
    """Linear flow with nonsense in the dry half: in wet elements with two wet neighbours it stays exact."""
    tank = Tank(rectangle(1000.0, 500.0, elements=300), real=np.float64)
    wet = tank.xc < 500.0
    flow = Flow(
        u=lambda x, y, s, t: np.where(x < 500.0, 0.1 + 1e-3 * x - 2e-3 * y, 99.0) + 0 * s, v=lambda x, y, s, t: 0 * x * s
    )  # fmt: skip
    levels = tank.levels(flow, (0, HOUR), wet=wet)
    beyond = tank.whole.beyond
    wet_neighbours = ((beyond >= 0) & wet[beyond]).sum(axis=1)
    e = np.flatnonzero(wet & (wet_neighbours >= 2))
    at_front = e[((beyond[e] >= 0) & ~wet[beyond[e]]).any(axis=1)]
    assert len(at_front) > 5
    corners = tank.whole.corners[e]
    x, y = (
        tank.whole.x[corners] @ np.array([0.6, 0.2, 0.2]),
        tank.whole.y[corners] @ np.array([0.6, 0.2, 0.2]),
    )
    end = tank.follow(levels, tank.particles(x, y, element=e), step=SECOND // 100, end=SECOND // 100).end
    error = np.abs((end["x"] - x) / 0.01 - (0.1 + 1e-3 * x - 2e-3 * y)).max()
    print(
        f"\nbeside the dry half: velocity off by {error:.0e} m/s (0; with the dry neighbours' it would be tens)"
    )
    assert error < 2e-5


def test_a_particle_released_dry_waits_for_the_water():
    tank = Tank(rectangle(10_000.0, 5_000.0, elements=200))
    levels = [
        tank.level(FLOW, i * HOUR, np.full(tank.whole.elements, bool(flag)))
        for i, flag in enumerate((0, 0, 1, 1))
    ]
    followed = tank.follow(levels, tank.particles([1000.0], [1000.0]), step=60 * SECOND, every=HOUR)
    np.testing.assert_allclose(followed.rows["x"][:, 0] - 1000.0, [0, 0, 1800, 5400], atol=1e-3)
