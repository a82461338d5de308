"""Wind, shore and bed: how far what floats is blown, how long the stranded lie, when the bed keeps and when it gives back."""

import math

import numpy as np
import pytest

from fvdrift_kernels.ashore import fill_shear_velocity
from fvdrift_kernels.options import (
    BesideFlow,
    ConstantDiffusivity,
    ErodibleBed,
    Refloating,
    ReversibleWalk,
    Rise,
    Walk,
    Windage,
)
from fvdrift_kernels.state import ACTIVE, DEPOSITED, STRAND, STRANDED
from fvdrift_kernels.stokes_drift import add_stokes_drift
from simple_meshes import even_levels, rectangle
from tank import HOUR, SECOND, Tank

from .test_random_walk import STILL_WATER

DEPTH = 20.0


def windy(tank: Tank, u: float, v: float, share: float = 0.02) -> BesideFlow:
    """Wind over the whole tank, felt down to 0.1 m; what strands is afloat again after an hour, half of it."""
    wind = [np.full(tank.whole.elements, value, np.float32) for value in (u, u, v, v)]
    return BesideFlow(7, windage=Windage(share, 0.1, *wind), shore=Refloating(math.log(2.0) / 3600))


def test_what_floats_goes_with_its_share_of_the_wind_and_what_is_deeper_less():
    tank = Tank(rectangle(10_000.0, 5000.0, elements=200), h=DEPTH)
    depths = np.array([0.0, 0.05, 0.1, 10.0])
    start = tank.particles(np.full(4, 2000.0), np.full(4, 2500.0), -depths / DEPTH)
    levels = tank.levels(STILL_WATER, [0, HOUR])
    end = tank.follow(levels, start, step=60 * SECOND, beside=windy(tank, 5.0, 2.0)).end
    share = np.array([1.0, 0.5, 0.0, 0.0])
    np.testing.assert_allclose(end["x"] - 2000, 0.02 * 5.0 * 3600 * share, rtol=1e-6)
    np.testing.assert_allclose(end["y"] - 2500, 0.02 * 2.0 * 3600 * share, rtol=1e-6)


def test_the_wind_drives_ashore_by_the_rule_of_the_coast():
    tank = Tank(rectangle(10_000.0, 5000.0, elements=200), h=DEPTH)
    start = tank.particles(np.full(2, 9500.0), np.array([1000.0, 3000.0]), np.array([0.0, -0.5]))
    levels = tank.levels(STILL_WATER, [0, 3 * HOUR])
    wind = windy(tank, 5.0, 0.0)
    end = tank.follow(levels, start.copy(), step=60 * SECOND, coast=STRAND, beside=wind).end
    assert end["status"].tolist() == [STRANDED, ACTIVE]
    assert end["x"][0] == pytest.approx(10_000.0, abs=0.01)
    slid = tank.follow(levels, start.copy(), step=60 * SECOND, beside=wind).end
    assert slid["status"].tolist() == [ACTIVE, ACTIVE]
    assert slid["x"][0] == pytest.approx(10_000.0, abs=0.01)


@pytest.mark.parametrize("step", [60, 900])
def test_half_of_the_stranded_are_afloat_after_each_half_life_whatever_the_step(step):
    tank, count = Tank(rectangle(10_000.0, 5000.0, elements=200), h=DEPTH), 8000
    start = tank.particles(np.full(count, 5000.0), np.full(count, 2500.0), np.zeros(count))
    start["status"] = STRANDED
    levels = tank.levels(STILL_WATER, [0, 3 * HOUR])
    rows = tank.follow(levels, start, step=step * SECOND, every=HOUR, beside=windy(tank, 0.0, 0.0)).rows
    ashore = (rows["status"] == STRANDED).mean(axis=1)
    print(f"\nashore after 0, 1, 2, 3 half-lives, steps of {step} s: {ashore}", end="")
    for hours, share in ((1, 0.5), (2, 0.25), (3, 0.125)):
        assert abs(ashore[hours] - share) < 4 * math.sqrt(share * (1 - share) / count)
    assert ((rows["status"] == STRANDED) | (rows["status"] == ACTIVE))[1:].all()


def test_a_dry_shore_lets_nobody_go():
    tank, count = Tank(rectangle(10_000.0, 5000.0, elements=200), h=DEPTH), 100
    start = tank.particles(np.full(count, 5000.0), np.full(count, 2500.0), np.zeros(count))
    start["status"] = STRANDED
    dry = np.zeros(tank.whole.elements, bool)
    levels = [tank.level(STILL_WATER, time, wet=dry) for time in (0, 3 * HOUR)]
    end = tank.follow(levels, start, step=60 * SECOND, beside=windy(tank, 0.0, 0.0)).end
    assert (end["status"] == STRANDED).all()


def bed(tank: Tank, first: float, second: float) -> BesideFlow:
    """Sinks at 1 mm/s through still water onto a bed that is eroded above 1 cm/s."""
    shear = [np.full(tank.whole.elements, value, np.float32) for value in (first, second)]
    walk = Walk(ReversibleWalk(), ConstantDiffusivity(1e-3), None)
    return BesideFlow(8, walk=walk, rise=Rise(-1e-3), bed=ErodibleBed(0.01, *shear))


def test_the_bed_gives_back_what_it_holds_when_the_water_is_fast_enough():
    tank, count = Tank(rectangle(1000.0, 1000.0, elements=2), h=DEPTH), 400
    start = tank.particles(np.full(count, 500.0), np.full(count, 400.0), np.full(count, -1.0))
    start["status"] = DEPOSITED
    levels = tank.levels(STILL_WATER, [0, 4 * HOUR])
    rising = tank.follow(levels, start.copy(), step=60 * SECOND, every=HOUR // 2, beside=bed(tank, 0.0, 0.02)).rows
    # 1 cm/s is passed at 2 h; what is taken up then is kept up by mixing, above the bed
    assert (rising["status"][1:5] == DEPOSITED).all()
    assert (rising["status"][5:] == ACTIVE).all()
    assert (rising["sigma"][5:] > -1).mean() > 0.9
    falling = tank.follow(levels, start.copy(), step=60 * SECOND, every=HOUR // 2, beside=bed(tank, 0.02, 0.0)).rows
    assert (falling["status"][1:4] == ACTIVE).all()
    assert (falling["status"][5:] == DEPOSITED).mean() > 0.5
    assert np.isin(falling["status"][1:], (ACTIVE, DEPOSITED)).all()


def test_the_shear_velocity_is_that_of_the_log_law():
    tank = Tank(rectangle(1000.0, 1000.0, elements=2), h=10.0, sigma=even_levels(10))
    u, v = np.full((10, 2), 0.3, np.float32), np.full((10, 2), 0.4, np.float32)
    depth, wet = np.full(tank.whole.nodes, 10.0, np.float32), np.array([15, 0], np.uint8)
    shear = np.empty(2, np.float32)
    fill_shear_velocity(tank.piece.mesh, u, v, depth, wet, 0.001, shear)
    # the lowest layer's centre lies 0.5 m above the bed; |u| = 0.5 m/s: u* = 0.4 * 0.5 / ln(500)
    assert shear[0] == pytest.approx(0.4 * 0.5 / math.log(500.0), rel=1e-6)
    assert shear[1] == 0
    fill_shear_velocity(tank.piece.mesh, u, v, depth, wet, 1e-6, shear)
    assert shear[0] == pytest.approx(math.sqrt(0.0025) * 0.5, rel=1e-6)  # FVCOM's least drag


def test_a_stokes_drift_of_the_surface_falls_off_with_depth():
    tank = Tank(rectangle(1000.0, 1000.0, elements=2), h=10.0, sigma=even_levels(10))
    flow, depth = np.full((10, 2), 0.1, np.float32), np.full(tank.whole.nodes, 10.0, np.float32)
    total = np.empty_like(flow)
    add_stokes_drift(tank.piece.mesh, depth, flow, np.full((1, 2), 0.2, np.float32), 1.0 / 4.0, 1, total)
    below = np.arange(10) + 0.5
    np.testing.assert_allclose(total[:, 0], 0.1 + 0.2 * np.exp(-below / 4.0), rtol=1e-6)
    add_stokes_drift(tank.piece.mesh, depth, flow, flow, 0.0, -1, total)
    assert (total == 0).all()
