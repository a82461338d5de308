"""Walk and own motion in the column: even beside zeros and over jumps of K, deposits as finite volumes have
them, heights of Rouse profiles, thin water; at short and at long steps. Nothing here knows how a step is
taken."""

import numpy as np
import pytest
from scipy import stats
from scipy.sparse import diags, identity
from scipy.sparse.linalg import splu

from fvdrift_kernels.behaviour_options import BesideFlow, ClockLight, KeepingBed, Migration, Rise
from fvdrift_kernels.options import ConstantDiffusivity, MilsteinWalk, NaiveWalk, Walk
from fvdrift_kernels.state import ACTIVE, DEPOSITED
from simple_meshes import even_levels, rectangle
from tank import HOUR, SECOND, Tank

from .test_random_walk import STILL_WATER, WALK, column

DEPTH, LAYERS, KAPPA = 10.0, 40, 0.4
LEVELS = DEPTH * (1 + even_levels(LAYERS)[::-1])  # heights over the bed


def stirred_by(shear, at_bed=0.0):
    """K of a wall layer under a shear velocity (m/s), as a function of height."""
    return lambda z: at_bed + KAPPA * shear * z * (1 - z / DEPTH)


def pycnocline(z):
    """K falls from 2e-2 to 1e-5 within a layer."""
    return np.where(z < 5, 1e-5, 2e-2)


def rows(tank, source, sigma, *, step, hours, every=None, walk=WALK, **beside):
    """RECORD (output, particle) of particles that start at `sigma`; step in s, every in h."""
    start = tank.particles(np.full(len(sigma), 500.0), np.full(len(sigma), 400.0), sigma)
    levels = tank.levels(STILL_WATER, [0, int(hours * HOUR)])
    beside = BesideFlow(11, walk=None if source is None else Walk(walk, source, None), **beside)
    every = int((every or hours) * HOUR)
    return tank.follow(levels, start, step=int(step * SECOND), every=every, beside=beside).rows


def evenly(count):
    return -(np.arange(count) + 0.5) / count


def unevenness(sigma, edges):
    """p of chi-squared against even filling of bins of heights over the bed, in depths."""
    found = np.histogram(1 + sigma, edges)[0]
    return stats.chisquare(found, len(sigma) * np.diff(edges)).pvalue


EVEN_BINS = np.linspace(0, 1, 21)
NEAR_ENDS = np.array(
    [0, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 1]
)


@pytest.mark.parametrize(
    ("profile", "edges"), [(stirred_by(0.03), NEAR_ENDS), (pycnocline, EVEN_BINS)], ids=["zeros", "jump"]
)
@pytest.mark.parametrize("step", [60, 300])
def test_what_is_even_stays_even_down_to_the_bed_and_over_jumps(profile, edges, step):
    tank, kh = column(DEPTH, LAYERS, profile)
    count = 20_000
    assert unevenness(rows(tank, kh, evenly(count), step=step, hours=3)[-1]["sigma"], edges) > 1e-4
    naive = rows(tank, kh, evenly(count), step=step, hours=3, walk=NaiveWalk())[-1]["sigma"]
    assert unevenness(naive, edges) < 1e-6


def finite_volumes(profile, w, hours, start=lambda z: 0 * z + 1.0, absorbing=True, cells=2000, dt=20.0):
    """What is left in the water after each hour; and in the end heights and shares of cells that grow from
    the bed upward.

    Implicit. dC/dt = d/dz (K dC/dz + w C), C = 0 below an absorbing bed; K linear between LEVELS.
    """
    faces = DEPTH * np.expm1(12 * np.linspace(0, 1, cells + 1)) / np.expm1(12.0)
    middle, size = 0.5 * (faces[1:] + faces[:-1]), np.diff(faces)
    k = np.interp(faces, LEVELS, profile(LEVELS))
    across = k[1:-1] / np.diff(middle)
    down, up = across + w, across
    main = np.zeros(cells)
    main[1:] -= down / size[1:]
    main[:-1] -= up / size[:-1]
    if absorbing:
        main[0] -= (k[0] / middle[0] + w) / size[0]
    rates = diags([up / size[1:], main, down / size[:-1]], [-1, 0, 1]).tocsc()
    step = splu((identity(cells) - dt * rates).tocsc())
    c = start(middle)
    c = c / (c * size).sum()
    left = []
    for _ in range(1, hours + 1):
        for _step in range(int(3600 / dt)):
            c = step.solve(c)
        left.append((c * size).sum())
    return np.array(left), middle, c * size


def deposited(profile, w, step, hours, count=4000):
    tank, kh = column(DEPTH, LAYERS, profile)
    found = rows(tank, kh, evenly(count), step=step, hours=hours, every=3, rise=Rise(-w), bed=KeepingBed())
    return (found["status"] == DEPOSITED).mean(axis=1)[1:]


@pytest.mark.parametrize(("at_bed", "within"), [(0.0, 0.03), (1e-5, 0.04)])
def test_fine_sediment_comes_to_the_bed_as_by_finite_volumes(at_bed, within):
    """Controls: Milstein's walk had 0; a walk that is kept where it ends alone has 0.69 for 0.90 with 1e-5 at
    the bed."""
    known = 1 - finite_volumes(stirred_by(0.03, at_bed), 1e-3, 6)[0][[2, 5]]
    # as an independent solver has it
    assert known == pytest.approx([0.90, 0.99] if at_bed else [0.69, 0.90], abs=0.01)
    found = deposited(stirred_by(0.03, at_bed), 1e-3, 60, 6)
    np.testing.assert_allclose(found, known, atol=within)


@pytest.mark.parametrize("step", [60, 600])
def test_what_rises_meets_the_bed_as_by_finite_volumes(step):
    """3 mm/s up, K = 1e-2 m2/s: 0.777 in 6 h; by the walk alone, before it rises, 0.805 in steps of a
    minute."""
    even = lambda z: 0 * z + 1e-2  # noqa: E731
    known = 1 - finite_volumes(even, -3e-3, 6)[0][[2, 5]]
    assert known[1] == pytest.approx(0.777, abs=0.005)  # as the closed series has it
    np.testing.assert_allclose(deposited(even, -3e-3, step, 6, 8000), known, atol=0.02)


@pytest.mark.validation
@pytest.mark.parametrize("at_bed", [0.0, 1e-5, 1e-3])
@pytest.mark.parametrize("shear", [0.01, 0.03])
@pytest.mark.parametrize("w", [1e-3, 3e-3, 8e-3])
def test_deposits_by_finite_volumes(w, shear, at_bed):
    profile = stirred_by(shear, at_bed)
    known = 1 - finite_volumes(profile, w, 12)[0][[2, 5, 11]]
    for step in (10, 60, 300):
        found = deposited(profile, w, step, 12, 10_000)[[0, 1, 3]]
        print(
            f"\n{w} m/s, u* {shear}, K {at_bed} at the bed, {step} s: {found.round(3)} ({known.round(3)})",
            end="",
        )
        # with 1e-3 at the bed a step of a minute keeps 0.038 (standard deviation 0.002) too few
        assert np.abs(found - known).max() < (0.05 if at_bed == 1e-3 else 0.04)


def rouse(p):
    """Mean height, in depths, of a Rouse profile over K that is linear between LEVELS."""
    z = np.geomspace(1e-9, 1, 200_001) * DEPTH
    z = 0.5 * (z[1:] + z[:-1])
    k = np.interp(z, LEVELS, stirred_by(0.03)(LEVELS))
    logarithm = (
        -p * KAPPA * 0.03 * np.concatenate([[0], np.cumsum(0.5 * (1 / k[1:] + 1 / k[:-1]) * np.diff(z))])
    )
    c = np.exp(logarithm - logarithm.max()) * np.gradient(z)
    return (c * z).sum() / c.sum() / DEPTH


@pytest.mark.validation
@pytest.mark.parametrize("toward", ["bed", "surface"])
def test_a_rouse_profile_of_0_8_has_its_height(toward):
    """Control: stopped at the end after each step of the walk it hangs 1.56 times as far from it."""
    tank, kh = column(DEPTH, LAYERS, stirred_by(0.03))
    speed = 0.8 * KAPPA * 0.03
    start = 0.1 * evenly(2000)
    if toward == "bed":
        start, speed = -1 - start, -speed
    found = rows(tank, kh, start, step=60, hours=24, every=1, rise=Rise(speed))["sigma"][12:]
    height = np.mean(1 + found if toward == "bed" else -found)
    assert height == pytest.approx(rouse(0.8), rel=0.08)


@pytest.mark.validation
@pytest.mark.parametrize("p", [0.1, 0.3, 0.5, 0.8])
def test_heights_of_rouse_profiles(p):
    tank, kh = column(DEPTH, LAYERS, stirred_by(0.03))
    for step, within in ((10, 0.05), (60, 0.05), (300, 0.06)):
        found = rows(
            tank, kh, -1 - 0.1 * evenly(5000), step=step, hours=36, every=1, rise=Rise(-p * KAPPA * 0.03)
        )["sigma"][12:]
        print(f"\nRouse {p}, {step} s: mean height {np.mean(1 + found):.4f} ({rouse(p):.4f})", end="")
        assert np.mean(1 + found) == pytest.approx(rouse(p), rel=within)


@pytest.mark.validation
@pytest.mark.parametrize("step", [60, 300])
def test_a_pycnocline_lets_through_what_it_must(step):
    """From above and below, by finite volumes: 8 and 11 % less, at 60 s and 300 s alike. Milstein's walk lets
    through a fifth."""
    for lower, start in ((False, lambda z: (z > 6) * 1.0), (True, lambda z: ((z > 4.5) & (z < 4.8)) * 1.0)):
        _, middle, c = finite_volumes(
            lambda z: np.where(z < 5, 1e-4, 5e-3), 0.0, 3, start, absorbing=False, cells=8000
        )
        known = c[(middle > 5) == lower].sum()
        tank, kh = column(DEPTH, LAYERS, lambda z: np.where(z < 5, 1e-4, 5e-3))
        count = 20_000
        z = 4.5 + 0.3 * (1 + evenly(count)) if lower else 6 + 4 * (1 + evenly(count))
        end = DEPTH * (1 + rows(tank, kh, z / DEPTH - 1, step=step, hours=3)[-1]["sigma"])
        found = ((end > 5) == lower).mean()
        print(f"\n{step} s, {'up' if lower else 'down'}: {found:.4f} ({known:.4f})", end="")
        assert found == pytest.approx(known, rel=0.13)


@pytest.mark.parametrize("step", [10, 60, 600])
@pytest.mark.parametrize("depth", [0.3, 2.0])
def test_thin_water_is_mixed_and_sinks_as_it_must_at_any_step(depth, step):
    """K = 1e-2 m2/s: even without sinking, exp(-w z / K) with it; folded once each way 53 % stood at the
    surface at 300 s."""
    tank, k, w, count = (
        Tank(rectangle(1000.0, 1000.0, elements=2), h=depth, sigma=even_levels(4)),
        1e-2,
        1e-2,
        8000,
    )
    source = ConstantDiffusivity(k)
    still = rows(tank, source, np.full(count, -0.3), step=step, hours=1)[-1]["sigma"]
    assert stats.kstest(1 + still, "uniform").pvalue > 1e-4
    assert np.mean(still == 0) < 1e-3
    sunk = rows(tank, source, evenly(count), step=step, hours=1, rise=Rise(-w))[-1]["sigma"]
    a = w * depth / k
    assert stats.kstest(1 + sunk, lambda z: np.expm1(-a * z) / np.expm1(-a)).pvalue > 1e-4


@pytest.mark.parametrize("step", [10, 60, 600])
def test_what_a_particle_does_by_itself_ends_at_surface_and_bed(step):
    tank = Tank(rectangle(1000.0, 1000.0, elements=2), h=2.0)
    for speed, end in ((5e-3, 0.0), (-5e-3, -1.0)):
        found = rows(tank, None, np.array([-0.5, -0.01, -0.99]), step=step, hours=1, rise=Rise(speed))[-1]
        assert (found["sigma"] == end).all()
        assert (found["status"] == ACTIVE).all()


@pytest.mark.parametrize("step", [60, 600])
@pytest.mark.parametrize("sought", [8.0, 25.0])
def test_who_swims_to_a_depth_is_mixed_about_it(sought, step):
    """exp(-speed |z - depth| / K), cut off at a bed that is higher; stopped at the depth, 99 % stood there in
    steps of 600 s."""
    tank, k, speed, count = Tank(rectangle(1000.0, 1000.0, elements=2), h=20.0), 1e-3, 2e-3, 4000
    night = Migration(sought, sought, speed, ClockLight(np.zeros(100_000, np.uint8)))
    mixed = (
        -20
        * rows(tank, ConstantDiffusivity(k), np.full(count, -0.45), step=step, hours=6, migration=night)[-1][
            "sigma"
        ]
    )
    law = stats.laplace(sought, k / speed).cdf if sought < 20.0 else lambda z: np.exp((z - 20.0) * speed / k)
    assert stats.kstest(mixed, law).pvalue > 1e-4


def law_of_swimmers(k, sought, speed, sinking, depth):
    """Depths, and the share of particles above each, with K a function of height over the bed."""
    z = (np.arange(20_000) + 0.5) / 20_000 * depth
    log = -np.cumsum((speed * np.sign(z - sought) - sinking) / k(depth - z)) * depth / 20_000
    above = np.cumsum(np.exp(log - log.max()))
    return z, above / above[-1]


SWIMMERS = {  # K, depth (m), sought (m), speed, sinking (m/s)
    "near the surface": (1e-2, 20.0, 0.5, 1e-3, 0.0),
    "in thin water": (1e-2, 0.5, 0.3, 2e-3, 0.0),
    "while they sink": (1e-3, 20.0, 10.0, 2e-3, 1e-3),
}


@pytest.mark.parametrize("step", [60, 600])
@pytest.mark.parametrize(("k", "depth", "sought", "speed", "sinking"), SWIMMERS.values(), ids=SWIMMERS)
def test_who_swims_is_mixed_as_the_equation_has_it(k, depth, sought, speed, sinking, step):
    """Half of those that belong above a depth near the surface were below it; in thin water a quarter stood at
    surface and bed in steps of 600 s; of the sinking 0.41 for 0.25 were above their depth."""
    tank, count = Tank(rectangle(1000.0, 1000.0, elements=2), h=depth), 4000
    z, above = law_of_swimmers(lambda z: k + 0 * z, sought, speed, sinking, depth)
    start = -np.interp((np.arange(count) + 0.5) / count, above, z) / depth
    night = Migration(sought, sought, speed, ClockLight(np.zeros(100_000, np.uint8)))
    source = ConstantDiffusivity(k)
    found = rows(tank, source, start, step=step, hours=2, migration=night, rise=Rise(-sinking))[-1]["sigma"]
    assert not ((found == 0.0) | (found == -1.0)).any()
    assert np.abs(np.sort(np.interp(-found * depth, z, above)) - np.arange(count) / count).max() < 0.04


@pytest.mark.validation
def test_who_swims_off_a_bed_that_keeps_meets_it_less():
    """0.445 after an hour by finite volumes; 0.63 were kept where the walk alone said who met the bed."""
    tank, k = Tank(rectangle(1000.0, 1000.0, elements=2), h=DEPTH), ConstantDiffusivity(1e-2)
    night = Migration(5.0, 5.0, 5e-3, ClockLight(np.zeros(100_000, np.uint8)))
    for step, within in (60, 0.025), (600, 0.06):
        found = rows(tank, k, evenly(4000), step=step, hours=1, migration=night, bed=KeepingBed())[-1]
        assert np.mean(found["status"] == DEPOSITED) == pytest.approx(0.445, abs=within)


@pytest.mark.validation
@pytest.mark.parametrize("step", [60, 600])
def test_who_hardly_swims_stays_even_where_the_profile_bends(step):
    """The walk drifts to where K is larger: 0.29 for 0.25 were below 2.5 m at 60 s, 0.19 at 600 s."""
    tank, kh = column(DEPTH, 10, stirred_by(0.01, 1e-5))
    night = Migration(8.0, 8.0, 1e-9, ClockLight(np.zeros(100_000, np.uint8)))
    found = rows(tank, kh, evenly(8000), step=step, hours=3, migration=night)[-1]["sigma"]
    assert np.mean(found < -0.75) == pytest.approx(0.25, abs=0.02 if step == 60 else 0.055)


@pytest.mark.validation
def test_who_swims_to_a_depth_ends_there():
    """A step farther than the way to it."""
    tank = Tank(rectangle(1000.0, 1000.0, elements=2), h=20.0)
    night = Migration(5.0, 5.0, 0.01, ClockLight(np.zeros(100_000, np.uint8)))
    found = rows(tank, None, np.array([-0.9, -0.1]), step=60, hours=2, migration=night)[-1]["sigma"]
    np.testing.assert_allclose(found, -0.25, atol=1e-12)


@pytest.mark.parametrize("rise", [1e-3, -1e-3])
def test_who_sinks_and_swims_to_a_depth_stays_there(rise):
    """Swum before it sank, it hung 0.6 m below its depth in steps of 600 s."""
    tank = Tank(rectangle(1000.0, 1000.0, elements=2), h=20.0)
    night = Migration(8.0, 8.0, 5e-3, ClockLight(np.zeros(100_000, np.uint8)))
    start = np.array([-0.6, -0.4, -0.2])
    found = rows(tank, None, start, step=600, hours=2, migration=night, rise=Rise(rise))[-1]["sigma"]
    np.testing.assert_allclose(found, -0.4, atol=1e-12)


@pytest.mark.validation
def test_milstein_is_still_to_be_had():
    tank, kh = column(DEPTH, LAYERS, stirred_by(0.03), MilsteinWalk())
    sigma = rows(tank, kh, evenly(4000), step=60, hours=3, walk=MilsteinWalk())[-1]["sigma"]
    assert np.mean(sigma < -0.998) < 2e-4  # it empties what lies beside K = 0: 0.002 is even
