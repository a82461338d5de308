"""Centre and spread of clouds against fractions, and against the diffusion that spreads them."""

from fractions import Fraction

import numpy as np
import pytest

from .world import numbers_of, still, wandering


def test_moments_are_those_of_exact_arithmetic():
    """To the last bit, also for a cloud of millimetres far from the origin."""
    random = np.random.default_rng(3)
    x = 4.3e5 + 1e-3 * random.random(51)
    y = 5.5e6 + 1e-3 * random.random(51)
    numbers = numbers_of(still(x, y, 0), [{"kind": "cloud"}])
    fx, fy = [Fraction(v) for v in x.tolist()], [Fraction(v) for v in y.tolist()]
    mean_x, mean_y = sum(fx) / 51, sum(fy) / 51
    assert numbers["cloud_centre_x"].item() == float(mean_x)
    assert numbers["cloud_variance_x"].item() == float(sum((v - mean_x) ** 2 for v in fx) / 51)
    assert numbers["cloud_variance_y"].item() == float(sum((v - mean_y) ** 2 for v in fy) / 51)
    products = sum((a - mean_x) * (b - mean_y) for a, b in zip(fx, fy, strict=True))
    assert numbers["cloud_covariance_xy"].item() == float(products / 51)


def test_clouds_are_those_of_the_releases_and_of_the_statuses_that_count():
    world = wandering(9)
    numbers = numbers_of(world, [{"kind": "cloud", "status": ["active"]}])
    for row in range(14):
        for release in range(3):
            mine = (world.status[row] == 1) & (world.release == release)
            assert numbers["cloud_particles"][row, release] == mine.sum()
            if mine.any():
                np.testing.assert_allclose(
                    numbers["cloud_centre_y"][row, release], world.y[row, mine].mean(), rtol=1e-13
                )
                variance = numbers["cloud_variance_z"][row, release]
                np.testing.assert_allclose(variance, world.z[row, mine].var(), rtol=1e-9, atol=1e-9)


def test_a_random_walk_spreads_by_its_diffusivity():
    """variance = 2 K t in each direction; four standard errors. A diffusivity wrong by 10 % is told apart."""
    random, particles, hours, diffusivity = np.random.default_rng(4), 40_000, 20, 3.0
    step = np.sqrt(2 * diffusivity * 3600)
    x = np.concatenate(
        [np.zeros((1, particles)), np.cumsum(random.normal(0, step, (hours, particles)), axis=0)]
    )
    y = np.concatenate(
        [np.zeros((1, particles)), np.cumsum(random.normal(0, step, (hours, particles)), axis=0)]
    )
    numbers = numbers_of(still(x, y, hours), [{"kind": "cloud"}])
    last = numbers["cloud_variance_x"][-1, 0]
    error = 4 * np.sqrt(2 / particles)
    assert last == pytest.approx(2 * diffusivity * 3600 * hours, rel=error)
    rate = np.nanmean(numbers["cloud_dispersion"])
    assert rate == pytest.approx(diffusivity, rel=error)
    assert error < 0.1
    assert np.isnan(numbers["cloud_dispersion"][0, 0])


def test_degrees_become_metres_at_the_latitude_of_the_centre():
    metres = np.pi / 180 * 6_371_000
    world = still([-4.0, -4.0 + 2e-3, -4.0, -4.0], [60.0, 60.0, 60.0 + 2e-3, 60.0 - 2e-3], 0)
    numbers = numbers_of(world, [{"kind": "cloud"}], geographic=True)
    assert numbers["cloud_variance_x"].item() == pytest.approx(
        (metres * np.cos(np.radians(60)) * 1e-3) ** 2 * 0.75, rel=1e-6
    )
    assert numbers["cloud_variance_y"].item() == pytest.approx((metres * 1e-3) ** 2 * 2, rel=1e-6)


def test_a_cloud_without_particles_has_no_centre():
    numbers = numbers_of(still([1.0], [1.0], 0), [{"kind": "cloud", "status": ["stranded"]}])
    assert numbers["cloud_particles"].item() == 0
    assert np.isnan(numbers["cloud_centre_x"].item())
    assert np.isnan(numbers["cloud_spread"].item())


def test_who_comes_or_goes_is_no_mixing():
    """Points that stand still: where one is new, gone or in another's place there is no dispersion, elsewhere
    it is 0."""
    x = np.broadcast_to([0.0, 100.0, 400.0, 900.0], (8, 4))
    world = still(x, 0.0, 7)
    for row, particle in ((0, 3), (1, 3), (4, 2), (5, 1), (5, 2)):
        world.x[row, particle] = world.y[row, particle] = np.nan
    # 012 012 0123 0123 013 03 0123 0123
    rate = numbers_of(world, [{"kind": "cloud"}])["cloud_dispersion"][:, 0]
    np.testing.assert_array_equal(rate, [np.nan, 0, np.nan, 0, np.nan, np.nan, np.nan, 0])
    world.x[2, 0] = world.y[2, 0] = np.nan  # 012 012 123: as many, but others
    rate = numbers_of(world, [{"kind": "cloud"}])["cloud_dispersion"][:, 0]
    np.testing.assert_array_equal(rate, [np.nan, 0, np.nan, np.nan, np.nan, np.nan, np.nan, 0])
