"""The random walk: well-mixed stays well mixed, exact transients and variances, walls. Each with a control
that must fail."""

import numpy as np
import pytest
from scipy import stats

from analytic_flows import Flow
from fvdrift_kernels.behaviour_options import BesideFlow
from fvdrift_kernels.frame_mixing import fill_pace
from fvdrift_kernels.options import (
    ConstantDiffusivity,
    EulerWalk,
    LevelDiffusivity,
    MilsteinWalk,
    NaiveWalk,
    NodeDiffusivity,
    ReversibleWalk,
    VisserWalk,
    Walk,
)
from simple_meshes import even_levels, rectangle
from tank import SECOND, Tank, still

WALK = ReversibleWalk()
STILL_WATER = Flow(u=still, v=still)
# Visser 1997, from the bed
VISSER = (1e-3, 1.36245e-2, -2.63245e-3, 2.11875e-4, -8.65898e-6, 1.7623e-7, -1.40918e-9)


def column(depth: float, layers: int, diffusivity, scheme=WALK) -> tuple[Tank, LevelDiffusivity]:
    """A tank of one depth with a profile, diffusivity(height above the bed in m), in the parts that `scheme`
    takes."""
    tank = Tank(rectangle(1000.0, 1000.0, elements=2), h=depth, sigma=even_levels(layers))
    height = depth * (1.0 + even_levels(layers))
    kh = np.ascontiguousarray(np.repeat(diffusivity(height)[:, None], tank.whole.nodes, axis=1), np.float32)
    pace = np.empty((3, tank.whole.elements), np.float32)
    fill_pace(tank.piece.mesh, scheme, kh, tank.piece.h, pace)
    return tank, LevelDiffusivity(kh, kh, pace, pace)


def mixed(
    tank: Tank, source, scheme, sigma: np.ndarray, *, step: float, duration: float, seed: int = 7
) -> np.ndarray:
    """Sigma of particles after walking up and down for `duration` (s) in still water."""
    start = tank.particles(np.full(len(sigma), 500.0), np.full(len(sigma), 400.0), sigma)
    levels = tank.levels(STILL_WATER, [0, int(duration * SECOND)])
    walk = BesideFlow(seed, walk=Walk(scheme, source, None))
    return tank.follow(levels, start, step=int(step * SECOND), beside=walk).end["sigma"]


def chi_squared(values: np.ndarray, bins: int) -> float:
    """Chi squared per degree of freedom of values in 0 .. 1 against even filling."""
    found = np.bincount(np.minimum((values * bins).astype(int), bins - 1), minlength=bins)
    return float(((found - len(values) / bins) ** 2).sum() / (len(values) / bins) / (bins - 1))


@pytest.mark.validation
@pytest.mark.parametrize(
    "scheme", [WALK, MilsteinWalk(), VisserWalk(), EulerWalk()], ids=lambda s: type(s).__name__
)
def test_d1_what_is_well_mixed_stays_so(scheme):
    tank, kh = column(40.0, 100, np.polynomial.Polynomial(VISSER), scheme)
    count = 20_000
    sigma = mixed(tank, kh, scheme, -(np.arange(count) + 0.5) / count, step=6, duration=6 * 3600)
    ratio, p = chi_squared(1 + sigma, 40), stats.kstest(1 + sigma, "uniform").pvalue
    print(
        f"\nD1 {type(scheme).__name__}: chi2/39 {ratio:.2f} (at most 2.05), KS p {p:.2g} (at least 1e-4)",
        end="",
    )
    assert ratio < 2.05
    assert p > 1e-4


@pytest.mark.validation
def test_d1_the_naive_walk_does_not_pass():
    tank, kh = column(40.0, 100, np.polynomial.Polynomial(VISSER), NaiveWalk())
    count = 20_000
    sigma = mixed(tank, kh, NaiveWalk(), -(np.arange(count) + 0.5) / count, step=6, duration=6 * 3600)
    ratio = chi_squared(1 + sigma, 40)
    peak = np.bincount(((1 + sigma) * 40).astype(int), minlength=40)[1:39].argmax() + 1
    print(f"\nD1 naive: chi2/39 {ratio:.0f} (over 100: 345), fullest inner bin {peak} (26)", end="")
    assert ratio > 100
    assert abs(peak - 26) <= 2


def test_a_well_mixed_column_stays_so_in_short():
    tank, kh = column(40.0, 40, np.polynomial.Polynomial(VISSER))
    count = 8000
    sigma = mixed(tank, kh, WALK, -(np.arange(count) + 0.5) / count, step=60, duration=3600)
    naive = mixed(tank, kh, NaiveWalk(), -(np.arange(count) + 0.5) / count, step=60, duration=3600)
    assert chi_squared(1 + sigma, 20) < 2.5
    assert chi_squared(1 + naive, 20) > 20


@pytest.mark.validation
def test_d3_a_parabolic_profile_spreads_as_it_must():
    """E[P1] and E[P2] of Legendre's polynomials decay as exp(-2 k0 t), exp(-6 k0 t); xi0 = 0.2, k0 t =
    0.2."""
    depth, k0, count = 10.0, 1e-4, 40_000
    tank, kh = column(depth, 200, lambda height: k0 * depth**2 * (height / depth) * (1 - height / depth))
    sigma = mixed(tank, kh, WALK, np.full(count, -0.8), step=10, duration=0.2 / k0)
    xi = 2 * (1 + sigma) - 1
    p1, p2 = xi, 0.5 * (3 * xi**2 - 1)
    for name, found, expected in (("P1", p1, -0.40219203), ("P2", p2, 0.01204777)):
        error = 4 * found.std() / np.sqrt(count) + 0.8 * k0 * 10
        print(f"\nD3 {name}: {found.mean():.5f} ({expected:.5f} +- {error:.4f})", end="")
        assert abs(found.mean() - expected) < error


def test_d4_constant_diffusivity_spreads_a_point_by_twice_k_t():
    tank = Tank(rectangle(40_000.0, 40_000.0, elements=800), h=20.0)
    count, k, duration = 20_000, 50.0, 6 * 3600
    start = tank.particles(np.full(count, 20_000.0), np.full(count, 20_000.0))
    levels = tank.levels(STILL_WATER, [0, duration * SECOND])
    walk = BesideFlow(3, walk=Walk(WALK, None, ConstantDiffusivity(k)))
    end = tank.follow(levels, start, step=300 * SECOND, beside=walk).end
    dx, dy = end["x"] - 20_000.0, end["y"] - 20_000.0
    for moved in (dx, dy):
        assert abs(moved.var() / (2 * k * duration) - 1) < 4 * np.sqrt(2 / (count - 1))
        assert abs(moved.mean()) < 4 * np.sqrt(2 * k * duration / count)
    assert stats.kstest((dx**2 + dy**2) / (2 * k * duration), "chi2", args=(2,)).pvalue > 1e-4


def test_a_constant_walk_neither_leaks_nor_piles_up_at_bed_and_surface():
    tank = Tank(rectangle(1000.0, 1000.0, elements=2), h=10.0, sigma=even_levels(10))
    count = 10_000
    sigma = mixed(tank, ConstantDiffusivity(0.01), WALK, np.full(count, -0.3), step=20, duration=4 * 3600)
    assert sigma.min() >= -1
    assert sigma.max() <= 0
    assert chi_squared(1 + sigma, 20) < 2.5


@pytest.mark.validation
def test_d6_a_closed_basin_stays_well_mixed_where_diffusivity_varies():
    side, count = 1000.0, 20_000
    tank = Tank(rectangle(side, side, elements=400), h=10.0, sigma=even_levels(2))
    k = np.ascontiguousarray((2.0 + 18.0 * tank.whole.x / side)[None, :], np.float32)
    random = np.random.default_rng(4)
    start = tank.particles(side * random.random(count), side * random.random(count))
    levels = tank.levels(STILL_WATER, [0, 30_000 * SECOND])
    found = {}
    for scheme in (WALK, NaiveWalk()):
        walk = BesideFlow(5, walk=Walk(scheme, None, NodeDiffusivity(k, k)))
        end = tank.follow(levels, start.copy(), step=10 * SECOND, beside=walk).end
        assert np.all((end["x"] >= 0) & (end["x"] <= side) & (end["y"] >= 0) & (end["y"] <= side))
        cells = (end["x"] / side * 10).astype(int) * 10 + (end["y"] / side * 10).astype(int)
        counts = np.bincount(np.clip(cells, 0, 99), minlength=100)
        found[type(scheme)] = ((counts - count / 100) ** 2).sum() / (count / 100)
    p = stats.chi2.sf(found[ReversibleWalk], 99)
    ratio, naive = found[ReversibleWalk] / 99, found[NaiveWalk] / 99
    print(f"\nD6: chi2/99 {ratio:.2f}, p {p:.2g} (over 1e-4); naive {naive:.0f} (over 10)", end="")
    assert p > 1e-4
    assert found[NaiveWalk] / 99 > 10


@pytest.mark.validation
def test_d7_backward_with_mixing_finds_where_forward_came_from():
    """From zone i forward to j go as many as backward from j to i (Thygesen 2011), where the flow has no
    divergence."""
    side, count, zones = 4000.0, 40_000, 8
    tank = Tank(rectangle(2 * side, side, elements=1600), h=10.0, sigma=even_levels(2))

    def gyres(sign: float) -> Flow:
        u = lambda x, y, s, t: -sign * np.sin(np.pi * x / side) * np.cos(np.pi * y / side) + 0 * s  # noqa: E731
        v = lambda x, y, s, t: sign * np.cos(np.pi * x / side) * np.sin(np.pi * y / side) + 0 * s  # noqa: E731
        return Flow(u=u, v=v)

    random = np.random.default_rng(8)
    start = tank.particles(2 * side * random.random(count), side * random.random(count))

    def zone(x, y):
        return np.minimum((x / side * 2).astype(int), 3) + 4 * np.minimum((y / side * 2).astype(int), 1)

    def moved(sign: float, seed: int) -> np.ndarray:
        walk = BesideFlow(seed, walk=Walk(WALK, None, ConstantDiffusivity(30.0)))
        levels = tank.levels(gyres(sign), [0, 3600 * SECOND])
        end = tank.follow(levels, start.copy(), step=60 * SECOND, beside=walk).end
        pairs = zone(start["x"], start["y"]) * zones + zone(end["x"], end["y"])
        return np.bincount(pairs, minlength=zones * zones).reshape(zones, zones)

    forward, backward = moved(1.0, 11), moved(-1.0, 12).T
    error = np.sqrt(np.maximum(forward + backward, 25))
    worst = np.abs(forward - backward) / error
    control = np.abs(forward - moved(1.0, 13).T) / error
    print(
        f"\nD7: largest difference {worst.max():.1f} standard errors (4); forward against forward {control.max():.0f}",
        end="",
    )
    assert worst.max() < 4
    assert control.max() > 10
