"""Leeway against closed forms: where an object goes, how objects of a class spread, and when they jibe."""

import math

import numpy as np
import pytest

from fvdrift.settings import object_classes
from fvdrift.tools.particle_arrays import for_kernels
from fvdrift_kernels.behaviour_options import Jibing, Leeway, Line
from fvdrift_kernels.leeway import (
    draw_first_jibes,
    draw_leeways,
    leeway_velocity,
    share_on_right,
    turn_to,
    waiting_time,
)
from fvdrift_kernels.state import PARTICLE, with_columns

KNOT = 1852 / 3600
NOTHING = np.zeros(1)
OBJECTS = 10_000
COLUMNS = ("leeway_downwind", "leeway_crosswind", "leeway_side", "jibes", "next_jibe")


def of_class(name: str) -> Leeway:
    lines = (Line(*line) for line in object_classes()[name].lines)
    return Leeway(*lines, None, *[NOTHING] * 4)


@pytest.fixture(scope="module")
def objects() -> np.ndarray:
    """Their states, as they are at the release."""
    particles = np.zeros(OBJECTS, with_columns(PARTICLE, COLUMNS))
    particles["id"] = np.arange(OBJECTS)
    draw_leeways(for_kernels(particles), 11, 0)
    draw_first_jibes(for_kernels(particles), 11, 0.04 / 3600)
    return particles


def velocities(name: str, objects: np.ndarray, wind: float) -> tuple[np.ndarray, np.ndarray]:
    """Downwind and crosswind (m/s, positive to the right) of all in a wind that blows to the north."""
    state, leeway = objects["state"], of_class(name)
    found = [
        leeway_velocity(leeway, *each, 0.0, wind)
        for each in zip(
            state["leeway_downwind"],
            state["leeway_crosswind"],
            (state["leeway_side"] > 0).astype(float),
            strict=True,
        )
    ]
    across, along = np.array(found).T
    return along, across


@pytest.mark.parametrize("bearing", range(0, 360, 30))
@pytest.mark.parametrize("right", [True, False])
def test_an_object_on_its_line_drifts_downwind_and_to_its_side(bearing: int, right: bool) -> None:
    """A raft with offsets in 12 m/s, by compass: what goes to the right goes to the bearing of the wind and a quarter
    of the circle more."""
    to = math.radians(bearing)
    u, v = leeway_velocity(
        of_class("LIFE-RAFT-DB-10"), 0.0, 0.0, float(right), 12 * math.sin(to), 12 * math.cos(to)
    )
    along = 0.0352 * 12 - 0.025
    across = 0.0062 * 12 - 0.030 if right else -0.0045 * 12 - 0.002
    beside = to + math.pi / 2
    assert u == pytest.approx(along * math.sin(to) + across * math.sin(beside), abs=1e-12)
    assert v == pytest.approx(along * math.cos(to) + across * math.cos(beside), abs=1e-12)


def test_a_person_in_twenty_knots_drifts_as_the_table_says() -> None:
    """Allen and Plourde: 0.96 % of the wind downwind and 0.54 % to the side: 0.19 and 0.11 knots; 4.6 and 2.6 nautical
    miles in a day."""
    east, north = (part / KNOT for part in leeway_velocity(of_class("PIW-1"), 0, 0, 1.0, 0.0, 20 * KNOT))
    assert (north, east) == pytest.approx((0.192, 0.108), abs=1e-12)
    assert (24 * north, 24 * east) == pytest.approx((4.608, 2.592))


@pytest.mark.parametrize("name", ["PIW-1", "LIFE-RAFT-DB-10", "OIL-DRUM"])
@pytest.mark.parametrize("wind", [10.0, 5.0])
def test_objects_of_a_class_spread_about_its_lines(name: str, wind: float, objects: np.ndarray) -> None:
    """Half of a deviation is in the slope at 10 m/s: the spread is sd (W / 20 + 1/2). Within 4 standard errors."""
    along, across = velocities(name, objects, wind)
    on_right = objects["state"]["leeway_side"] > 0
    downwind, right, left = object_classes()[name].lines
    for found, line in ((along, downwind), (across[on_right], right), (across[~on_right], left)):
        spread = line.sd * (wind / 20 + 0.5)
        assert abs(found.mean() - line.slope * wind - line.offset) < 4 * spread / math.sqrt(len(found))
        assert abs(found.std() / spread - 1) < 4 / math.sqrt(2 * len(found))
    if wind == 5.0:  # the control: without a share in the slope the spread would be another
        assert abs(along.std() / downwind.sd - 1) > 0.2


def test_half_lie_on_either_side_and_the_deviates_are_independent(objects: np.ndarray) -> None:
    state = objects["state"]
    assert abs((state["leeway_side"] > 0).mean() - 0.5) < 2 / math.sqrt(OBJECTS)
    drawn = [state[name] for name in ("leeway_downwind", "leeway_crosswind", "leeway_side")]
    assert np.abs(np.corrcoef(drawn) - np.eye(3)).max() < 4 / math.sqrt(OBJECTS)


def test_side_can_be_given_and_the_rest_stays(objects: np.ndarray) -> None:
    same = objects[:50].copy()
    draw_leeways(for_kernels(same), 11, -1)
    assert (same["state"]["leeway_side"] == -1).all()
    assert (same["state"]["leeway_downwind"] == objects["state"]["leeway_downwind"][:50]).all()


def test_in_no_wind_nothing_drifts_and_from_there_on_nothing_jumps() -> None:
    """The kayak has an offset of 11 cm/s downwind."""
    kayak, winds = of_class("PERSON-POWERED-VESSEL-1"), np.linspace(0, 4, 401)
    speeds = np.array([leeway_velocity(kayak, 1.0, 0.0, 1.0, 0.0, wind)[1] for wind in winds])
    assert speeds[0] == 0.0
    assert np.abs(np.diff(speeds)).max() < 0.002
    slope, offset = 0.0116 + 0.0412 / 20, 0.1112 + 0.0412 / 2
    np.testing.assert_allclose(speeds[200:], slope * winds[200:] + offset, rtol=1e-12)


@pytest.mark.parametrize("hours", [5, 20])
def test_of_those_that_jibe_a_known_share_is_on_its_first_side(hours: float, objects: np.ndarray) -> None:
    """A Poisson process of rate r: an even number of jibes has the chance (1 + exp(-2 r t)) / 2."""
    some = objects[:2000].copy().view(np.recarray)
    first = some.state.leeway_side.copy()
    for p in some:
        turn_to(Jibing(0.04 / 3600), p, 11, 3600.0 * hours)
    even = (1 + math.exp(-2 * 0.04 * hours)) / 2
    assert abs((some.state.leeway_side == first).mean() - even) < 4 * math.sqrt(even * (1 - even) / len(some))
    assert (some.state.leeway_side * first == 1 - 2 * (some.state.jibes % 2)).all()
    assert abs(some.state.jibes.mean() - 0.04 * hours) < 4 * math.sqrt(0.04 * hours / len(some))
    assert (some.state.next_jibe >= 3600.0 * hours).all()


def test_where_steps_are_cut_changes_nothing_of_the_sides(objects: np.ndarray) -> None:
    """The time on the right of steps of 1, 7 and 40 hours, against that between the jibes themselves."""
    rate, end = 1 / 3600, 280.0 * 3600
    p = objects[3:4].copy().view(np.recarray)
    draw_first_jibes(for_kernels(p), 11, rate)
    jibes = [0.0]
    while jibes[-1] < end:
        jibes.append(jibes[-1] + waiting_time(11, 3, len(jibes) - 1, rate))
    pieces = np.diff(np.minimum(jibes, end))
    expected = pieces[0 if p[0].state.leeway_side > 0 else 1 :: 2].sum()
    for step in (3600.0, 7 * 3600.0, 40 * 3600.0):
        cut, time = p.copy().view(np.recarray), 0.0
        for begin in np.arange(0.0, end, step):
            turn_to(Jibing(rate), cut[0], 11, begin)
            again = share_on_right(Jibing(rate), cut[0], 11, begin, begin + step)
            assert again == share_on_right(Jibing(rate), cut[0], 11, begin, begin + step)  # it turns nothing
            time += step * again
        assert time == pytest.approx(expected, rel=1e-12)
