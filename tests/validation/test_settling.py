"""What sinks: without mixing, against mixing, and onto a bed that keeps it."""

import numpy as np
import pytest
from scipy import stats

from fvdrift_kernels.behaviour_options import BesideFlow, KeepingBed, Rise
from fvdrift_kernels.options import ConstantDiffusivity, LevelDiffusivity, ReversibleWalk, Walk
from fvdrift_kernels.state import ACTIVE, DEPOSITED
from simple_meshes import even_levels, rectangle
from tank import SECOND, Tank

from .test_random_walk import STILL_WATER, column

KAPPA = 0.4


def settled(tank: Tank, beside: BesideFlow, sigma: np.ndarray, *, step: float, duration: float):
    start = tank.particles(np.full(len(sigma), 500.0), np.full(len(sigma), 400.0), sigma)
    levels = tank.levels(STILL_WATER, [0, int(duration * SECOND)])
    return tank.follow(levels, start, step=int(step * SECOND), beside=beside)


def test_s1_a_grain_sinks_at_its_speed_and_lands_when_it_must():
    tank = Tank(rectangle(1000.0, 1000.0, elements=2), h=20.0)
    beside = BesideFlow(1, rise=Rise(-1e-3), bed=KeepingBed())
    sigma = np.linspace(-0.95, -0.05, 10)
    for duration in (600, 6000, 12_000, 20_000):
        end = settled(tank, beside, sigma, step=60, duration=duration).end
        expected = sigma - 1e-3 * duration / 20.0
        landed = expected <= -1
        np.testing.assert_array_equal(end["status"] == DEPOSITED, landed)
        np.testing.assert_allclose(end["sigma"], np.where(landed, -1.0, expected), atol=1e-12)


def test_s1_without_deposit_it_is_turned_back_and_what_is_light_rises():
    tank = Tank(rectangle(1000.0, 1000.0, elements=2), h=20.0)
    end = settled(tank, BesideFlow(1, rise=Rise(1e-3)), np.array([-0.5]), step=60, duration=3000).end
    assert end["sigma"][0] == pytest.approx(-0.35, abs=1e-12)
    assert end["status"][0] == ACTIVE


def test_s2_settling_against_constant_mixing_gives_the_exponential_profile():
    """pdf (w / K) exp(-w z / K) / (1 - exp(-w H / K)); Pe = 2: mean height 6.869647 m."""
    tank, count = Tank(rectangle(1000.0, 1000.0, elements=2), h=20.0), 8000
    beside = BesideFlow(2, walk=Walk(ReversibleWalk(), ConstantDiffusivity(0.01), None), rise=Rise(-1e-3))
    height = 20 * (
        1 + settled(tank, beside, -(np.arange(count) + 0.5) / count, step=30, duration=60_000).end["sigma"]
    )
    print(f"\nS2: mean height {height.mean():.3f} m (6.870)", end="")
    assert abs(height.mean() - 6.869647) < 4 * height.std() / np.sqrt(count) + 0.03

    def cdf(z):
        return (1 - np.exp(-z / 10)) / (1 - np.exp(-2.0))

    assert stats.kstest(height, cdf).pvalue > 1e-4
    no_mixing = 20 * (
        1
        + settled(tank, beside._replace(rise=None), np.full(500, -0.5), step=30, duration=60_000).end["sigma"]
    )
    assert stats.kstest(no_mixing, cdf).pvalue < 1e-4


@pytest.mark.validation
@pytest.mark.parametrize("p", [0.1, 0.25, 0.5])
def test_s3_rouse_profiles(p):
    """K = kappa u* z (1 - z/H), P = ws / (kappa u*): heights over H are Beta(1 - P, 1 + P)."""
    depth, shear, count = 10.0, 0.02, 5000
    tank, kh = column(depth, 400, lambda z: KAPPA * shear * z * (1 - z / depth))
    unit = depth / (KAPPA * shear)
    beside = BesideFlow(3, walk=Walk(ReversibleWalk(), kh, None), rise=Rise(-p * KAPPA * shear))
    sigma = settled(tank, beside, -(np.arange(count) + 0.5) / count, step=0.01 * unit, duration=3 * unit).end[
        "sigma"
    ]
    height = np.clip(1 + sigma, 1e-12, 1 - 1e-12)
    value = stats.kstest(height, stats.beta(1 - p, 1 + p).cdf).pvalue
    print(
        f"\nS3 P = {p}: mean height {height.mean():.4f} ({(1 - p) / 2:.4f}), KS p {value:.2g} (over 1e-4)",
        end="",
    )
    assert value > 1e-4


def test_s4_nobody_is_lost_between_water_and_bed():
    tank, count = Tank(rectangle(1000.0, 1000.0, elements=2), h=10.0, sigma=even_levels(10)), 500
    kh = np.full((11, tank.whole.nodes), 1e-3, np.float32)
    flat = np.zeros((2, tank.whole.elements), np.float32)
    walk = Walk(ReversibleWalk(), LevelDiffusivity(kh, kh, flat, flat), None)
    beside = BesideFlow(4, walk=walk, rise=Rise(-5e-4), bed=KeepingBed())
    start = tank.particles(np.full(count, 500.0), np.full(count, 400.0), -np.linspace(0.02, 0.98, count))
    levels = tank.levels(STILL_WATER, [0, 36_000 * SECOND])
    rows = tank.follow(levels, start, step=60 * SECOND, every=3600 * SECOND, beside=beside).rows
    deposited = (rows["status"] == DEPOSITED).sum(axis=1)
    assert ((rows["status"] == ACTIVE).sum(axis=1) + deposited == count).all()
    assert (np.diff(deposited) >= 0).all()
    assert 100 < deposited[-1] <= count
    assert (rows["sigma"][rows["status"] == DEPOSITED] == -1).all()
