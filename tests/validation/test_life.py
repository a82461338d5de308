"""Swimming, growing, dying, settling: held against what follows from rates and speeds by hand."""

import math

import numpy as np
import pytest

from fvdrift.tools.particle_arrays import for_kernels
from fvdrift_kernels.behaviour_options import (
    BesideFlow,
    ByDevelopment,
    ClockLight,
    Columns,
    ConstantRate,
    FieldRate,
    Life,
    Migration,
    OwnRise,
    Settlement,
)
from fvdrift_kernels.habitat import UNSURE, Habitat, outlines
from fvdrift_kernels.lanes import LANES
from fvdrift_kernels.life import draw_hazards, draw_settling_speeds
from fvdrift_kernels.node_field import NodeField
from fvdrift_kernels.state import ACTIVE, DEAD, SETTLED
from simple_meshes import rectangle
from tank import HOUR, SECOND, Tank, carrying

from .test_random_walk import STILL_WATER

DEPTH = 40.0
STEP = 60


def kept(particles: np.ndarray) -> Columns:
    return Columns(for_kernels(np.zeros(LANES, particles.dtype["state"])))


def test_it_swims_to_its_depth_of_the_day_and_of_the_night_and_no_deeper_than_the_bed():
    tank = Tank(rectangle(2000.0, 1000.0, elements=200), h=np.linspace(DEPTH, DEPTH, 1)[0])
    start = tank.particles(np.full(3, 500.0), np.full(3, 500.0), np.array([-0.05, -0.5, -1.0]))
    levels = tank.levels(STILL_WATER, [0, 6 * HOUR])
    day = np.zeros(6 * 60, np.uint8)
    day[: 3 * 60] = 1
    swims = BesideFlow(1, migration=Migration(25.0, 5.0, 2e-3, ClockLight(day)))
    rows = tank.follow(levels, start.copy(), step=STEP * SECOND, every=HOUR, beside=swims).rows
    depth = -DEPTH * rows["sigma"]
    # 7.2 m an hour down to 25 m (or up), then from 3 h on up to 5 m
    np.testing.assert_allclose(depth[:, 0], [2.0, 9.2, 16.4, 23.6, 16.4, 9.2, 5.0], atol=0.01)
    np.testing.assert_allclose(depth[:, 1], [20.0, 25.0, 25.0, 25.0, 17.8, 10.6, 5.0], atol=0.01)
    np.testing.assert_allclose(depth[:, 2], [40.0, 32.8, 25.6, 25.0, 17.8, 10.6, 5.0], atol=0.01)
    deep = swims._replace(migration=Migration(100.0, 100.0, 2e-3, ClockLight(day)))
    bed = tank.follow(levels, start.copy(), step=STEP * SECOND, beside=deep).end
    np.testing.assert_allclose(bed["sigma"], -1.0, atol=1e-12)
    assert (bed["status"] == ACTIVE).all()


def ageing(
    tank: Tank, particles: np.ndarray, *, mortality: float, growth: float, lifespan: float = math.inf
) -> BesideFlow:
    """Dies at a rate per second, grows by a field that goes from `growth` to three times that from left to
    right, per day; settles in the square of 100 to 200 m by 100 to 200 m at a development of 0.25 to 0.5."""
    warm = (growth * (1 + 2 * tank.whole.x[np.newaxis] / 2000)).astype(np.float32)
    square = np.array([100.0, 200.0, 200.0, 100.0]), np.array([100.0, 100.0, 200.0, 200.0])
    sides = outlines(*square, np.array([0, 4]), np.array([0, 1]))
    habitat = Habitat(np.full(tank.whole.elements, UNSURE, np.int32), sides)
    life = Life(lifespan, ConstantRate(mortality), FieldRate(NodeField(warm, warm, 0)))
    return BesideFlow(
        2, life=life, settlement=Settlement(ByDevelopment(0.25, 0.5), habitat), columns=kept(particles)
    )


@pytest.fixture(scope="module")
def tank() -> Tank:
    return Tank(rectangle(2000.0, 1000.0, elements=200), h=DEPTH)


def living(tank: Tank, x, y) -> np.ndarray:
    count = np.size(x)
    particles = carrying(
        tank.particles(np.asarray(x, float), np.asarray(y, float), np.full(count, -0.5)),
        development=0.0, hazard_left=np.inf, habitat=-1.0,
    )  # fmt: skip
    return particles


def test_the_dead_are_as_many_as_the_rate_says_and_each_has_its_own_time(tank):
    count, rate = 20_000, 0.5 / 3600
    start = living(tank, np.full(count, 1500.0), np.full(count, 500.0))
    draw_hazards(for_kernels(start), 5)
    levels = tank.levels(STILL_WATER, [0, 4 * HOUR])
    rows = tank.follow(
        levels, start, step=STEP * SECOND, every=HOUR, beside=ageing(tank, start, mortality=rate, growth=0.0)
    ).rows
    alive = (rows["status"] == ACTIVE).mean(axis=1)
    print(f"\nalive after 0 to 4 h at 0.5 an hour: {alive}", end="")
    for hour in range(1, 5):
        share = math.exp(-0.5 * hour)
        assert abs(alive[hour] - share) < 4 * math.sqrt(share * (1 - share) / count)
    assert np.isin(rows["status"], (ACTIVE, DEAD)).all()


def test_nobody_grows_older_than_the_lifespan(tank):
    start = living(tank, [1500.0], [500.0])
    start["born"] = -30 * 60 * SECOND
    levels = tank.levels(STILL_WATER, [0, 4 * HOUR])
    aged = ageing(tank, start, mortality=0.0, growth=0.0, lifespan=2 * 3600.0)
    rows = tank.follow(levels, start, step=STEP * SECOND, every=30 * 60 * SECOND, beside=aged).rows
    assert rows["status"][:, 0].tolist() == [ACTIVE, ACTIVE, ACTIVE] + [DEAD] * 6


def test_it_develops_by_the_warmth_where_it_is_and_settles_from_the_first_moment_it_can(tank):
    x, y = [150.0, 150.0, 250.0, 1900.0], [150.0, 250.0, 150.0, 150.0]
    start = living(tank, x, y)
    levels = tank.levels(STILL_WATER, [0, 10 * HOUR])
    rows = tank.follow(
        levels, start, step=STEP * SECOND, every=HOUR, beside=ageing(tank, start, mortality=0.0, growth=1.0)
    ).rows
    per_hour = (1 + 2 * np.array(x) / 2000) / 24
    np.testing.assert_allclose(rows["state"]["development"][2], 2 * per_hour, rtol=1e-6)
    # 1.15 a day: 0.25 after 5.217 h; recorded at 6 h, the last time
    assert rows["status"][:, 0].tolist() == [ACTIVE] * 6 + [SETTLED] * 5
    assert rows["state"]["habitat"][6, 0] == 0
    assert 0.25 <= rows["state"]["development"][6, 0] < 0.25 + per_hour[0] / 60
    assert (rows["status"][:, 1:] == ACTIVE).all()
    assert (rows["state"]["habitat"][:, 1:] == -1).all()


def test_who_is_past_the_window_settles_no_more(tank):
    start = living(tank, [150.0], [150.0])
    start["state"]["development"] = 0.51
    levels = tank.levels(STILL_WATER, [0, HOUR])
    end = tank.follow(
        levels, start, step=STEP * SECOND, beside=ageing(tank, start, mortality=0.0, growth=1.0)
    ).end
    assert end["status"][0] == ACTIVE


def test_each_sinks_at_the_speed_it_was_given(tank):
    count = 4000
    start = carrying(
        tank.particles(np.full(count, 500.0), np.full(count, 500.0), np.full(count, -0.1)), settling_speed=0.0
    )
    draw_settling_speeds(for_kernels(start), 3, False, False, 1e-3, 4e-3)
    speed = start["state"]["settling_speed"].copy()
    even = (np.sort(speed) - 1e-3) / 3e-3
    assert np.abs(even - (np.arange(count) + 0.5) / count).max() < 1.6 / math.sqrt(count)
    levels = tank.levels(STILL_WATER, [0, HOUR])
    end = tank.follow(
        levels, start, step=STEP * SECOND, beside=BesideFlow(3, rise=OwnRise(-1.0), columns=kept(start))
    ).end
    np.testing.assert_allclose(-DEPTH * end["sigma"], 4.0 + 3600 * speed, atol=1e-6)
    draw_settling_speeds(for_kernels(start), 3, True, False, 1e-3, 2e-4)
    drawn = start["state"]["settling_speed"]
    assert abs(drawn.mean() - 1e-3) < 4 * 2e-4 / math.sqrt(count)
    assert abs(drawn.std() / 2e-4 - 1) < 4 / math.sqrt(2 * count)
    draw_settling_speeds(for_kernels(start), 3, False, True, 0.01, -0.02)
    drawn = start["state"]["settling_speed"]
    assert drawn.max() == pytest.approx(1e-4, rel=0.01)
    assert drawn.min() == pytest.approx(-4e-4, rel=0.01)
