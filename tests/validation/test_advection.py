"""Horizontal advection in linear and uniform flows: closed forms for scheme and time interpolation, free of
the mesh.

Reference numbers are closed forms, or DOP853 at 1e-13 on the analytic velocity; they were made outside
fvdrift.
"""

import numpy as np
import pytest

from analytic_flows import Flow
from fvdrift_kernels.options import Euler, RungeKutta2
from simple_meshes import rectangle
from tank import HOUR, RK4, SECOND, Tank, still

DAY = 24 * HOUR
OMEGA = 2 * np.pi / 86400.0
RADIUS, CENTRE = 20_000.0, 60_000.0
SCHEMES = {"euler": Euler(), "rk2": RungeKutta2(), "rk4": RK4}
# error (m) after one turn in 48, 96, 192, 384 steps
ONE_TURN = {
    "euler": (10106, 4559.2, 2164.9, 1054.9), "rk2": (359.06, 89.720, 22.429, 5.6073),
    "rk4": (0.30740, 1.9215e-2, 1.2010e-3, 7.506e-5),
}  # fmt: skip
ORDER = {"euler": 1.0, "rk2": 2.0, "rk4": 4.0}
DRIFT_AT_300_S = {"euler": 1418.5, "rk2": 0.1631, "rk4": -4.3e-6}


def rotation(omega=None):
    return Flow(
        u=lambda x, y, s, t: -OMEGA * (y - CENTRE) + 0 * s, v=lambda x, y, s, t: OMEGA * (x - CENTRE) + 0 * s, omega=omega
    )  # fmt: skip


def coarse(length=2 * CENTRE, real=np.float64):
    """Some fifty elements: as the flow is linear, its interpolation is exact in each."""
    return Tank(rectangle(length, length, elements=50), real=real)


@pytest.fixture(scope="module")
def wide():
    return coarse()


@pytest.mark.parametrize(
    "scheme",
    [
        "rk4",
        pytest.param("rk2", marks=pytest.mark.validation),
        pytest.param("euler", marks=pytest.mark.validation),
    ],
)
def test_one_turn_of_a_rotation_errs_as_the_scheme_does(wide, scheme):
    levels = wide.levels(rotation(), (0, DAY))
    errors = []
    for steps, expected in zip((48, 96, 192, 384), ONE_TURN[scheme], strict=True):
        end = wide.follow(
            levels, wide.particles([CENTRE + RADIUS], [CENTRE]), step=DAY // steps, scheme=SCHEMES[scheme]
        ).end
        errors.append(np.hypot(end["x"][0] - CENTRE - RADIUS, end["y"][0] - CENTRE))
        print(f"\n{scheme}, {steps} steps: {errors[-1]:.5g} m ({expected})", end="")
    order = np.log2(errors[-2] / errors[-1])
    print(f"; order {order:.3f} ({ORDER[scheme]})")
    np.testing.assert_allclose(errors, ONE_TURN[scheme], rtol=0.01)
    assert abs(order - ORDER[scheme]) < 0.1

    end = wide.follow(
        levels, wide.particles([CENTRE + RADIUS], [CENTRE]), step=300 * SECOND, scheme=SCHEMES[scheme]
    ).end
    drift = np.hypot(end["x"][0] - CENTRE, end["y"][0] - CENTRE) - RADIUS
    print(f"radius drifts {drift:.4g} m ({DRIFT_AT_300_S[scheme]}) at 300 s")
    assert drift == pytest.approx(DRIFT_AT_300_S[scheme], rel=0.02)


def test_the_centre_of_a_rotation_does_not_move(wide):
    end = wide.follow(
        wide.levels(rotation(), (0, DAY)), wide.particles([CENTRE], [CENTRE]), step=300 * SECOND
    ).end
    moved = np.hypot(end["x"][0] - CENTRE, end["y"][0] - CENTRE)
    print(f"\ncentre moved {moved:.1e} m (0, rounding at 6e4 m is 7e-12)")
    assert moved < 1e-10


def test_one_turn_on_a_mesh_in_single_precision():
    """As runs compute it: what single precision adds to a way of 126 km."""
    tank = Tank(rectangle(2 * CENTRE, 2 * CENTRE, elements=3000))
    angle = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    radius = np.linspace(2_000.0, 50_000.0, 200)
    x, y = CENTRE + radius * np.cos(angle), CENTRE + radius * np.sin(angle)
    end = tank.follow(tank.levels(rotation(still), (0, DAY)), tank.particles(x, y), step=300 * SECOND).end
    error = np.hypot(end["x"] - x, end["y"] - y).max()
    print(f"\nlargest error {error:.4f} m on up to 314 km (0.0005 by RK4, the rest by single precision)")
    assert error < 0.1


# inertial eddies: f, u0, ug, gamma, gamma_g
F, U0, UG, G, GG = 1e-4, 0.3, 0.04, 1 / (2.89 * 86400), 1 / (28.9 * 86400)
EDDIES = {
    "stationary": (lambda t: U0 * np.cos(F * t), lambda t: -U0 * np.sin(F * t)),
    "moving": (lambda t: UG + (U0 - UG) * np.cos(F * t), lambda t: -(U0 - UG) * np.sin(F * t)),
    "decaying": (
        lambda t: UG * np.exp(-GG * t) + (U0 - UG) * np.exp(-G * t) * np.cos(F * t),
        lambda t: -(U0 - UG) * np.exp(-G * t) * np.sin(F * t),
    ),
}
# displacement (m) after 24 h, closed form
AFTER_A_DAY = {
    "stationary": (2120.004287, -5122.635584), "moving": (5293.337049, -4439.617506), "decaying": (4850.722469, -3843.301290),
}  # fmt: skip
# what linear interpolation between frames adds to that of the stationary one after 24 h
BY_FRAMES = {60: (-22.946, 55.444), 10: (-0.636, 1.537)}


def eddy_tracks(tank, eddy, frame_minutes, step_minutes, end=DAY, every=None):
    u, v = EDDIES[eddy]
    flow = Flow(u=lambda x, y, s, t: u(t) + 0 * x * s, v=lambda x, y, s, t: v(t) + 0 * x * s)
    frames = np.arange(0, end + 1, frame_minutes * 60 * SECOND)
    followed = tank.follow(
        tank.levels(flow, frames),
        tank.particles([CENTRE], [CENTRE]),
        step=step_minutes * 60 * SECOND,
        every=every,
    )
    moved = np.stack([followed.rows["x"][:, 0] - CENTRE, followed.rows["y"][:, 0] - CENTRE], axis=1)
    seconds = frames / SECOND
    sums = [
        np.concatenate(([0], np.cumsum(60 * frame_minutes * 0.5 * (f(seconds[1:]) + f(seconds[:-1])))))
        for f in (u, v)
    ]
    return followed.times, moved, seconds, np.stack(sums, axis=1)


@pytest.mark.parametrize("eddy", EDDIES)
@pytest.mark.parametrize(("frames", "step"), [(60, 7), (60, 20), (10, 5)])
def test_an_eddy_is_the_trapezoid_sum_of_its_frames(wide, eddy, frames, step):
    """Uniform flow, linear in time between frames: any step that is cut at the frames is exact."""
    _, moved, _, sums = eddy_tracks(wide, eddy, frames, step)
    error = np.abs(moved[-1] - sums[-1]).max()
    print(
        f"\n{eddy}, frames every {frames} min, steps of {step} min: {error:.1e} m from the trapezoid sum (< 1e-9)"
    )
    assert error < 1e-9


def test_steps_of_7_minutes_are_cut_at_hourly_frames(wide):
    """Seven hours are a multiple of both: records there are trapezoid sums of whole frame intervals."""
    times, moved, seconds, sums = eddy_tracks(wide, "stationary", 60, 7, end=28 * HOUR, every=7 * HOUR)
    at = np.searchsorted(seconds, times)
    error = np.abs(moved - sums[at]).max()
    print(f"\nrecords every 7 h: {error:.1e} m from the trapezoid sum (< 1e-9)")
    assert len(times) == 5
    assert error < 1e-9


@pytest.mark.parametrize("frames", BY_FRAMES)
def test_the_error_of_linear_interpolation_in_time_is_the_known_one(wide, frames):
    _, moved, _, _ = eddy_tracks(wide, "stationary", frames, 5)
    off = moved[-1] - AFTER_A_DAY["stationary"]
    print(f"\nframes every {frames} min: off the closed form by {off.round(3)} m {BY_FRAMES[frames]}")
    np.testing.assert_allclose(off, BY_FRAMES[frames], atol=1e-3)


@pytest.mark.parametrize("eddy", ["moving", "decaying"])
def test_eddies_that_move_and_decay_end_where_they_should(wide, eddy):
    off = {frames: eddy_tracks(wide, eddy, frames, 5)[1][-1] - AFTER_A_DAY[eddy] for frames in (60, 10)}
    print(
        f"\n{eddy}: off the closed form by {off[60].round(3)} and {off[10].round(4)} m, ratio {off[60] / off[10]} (36)"
    )
    assert np.abs(off[10]).max() < 1.6
    np.testing.assert_allclose(off[60] / off[10], 36.0, rtol=0.03)


def test_stagnation_point_flow_keeps_the_product_of_its_coordinates():
    tank = Tank(rectangle(4.0, 2.0, elements=60), real=np.float64)
    flow = Flow(u=lambda x, y, s, t: 2 * x + 0 * s, v=lambda x, y, s, t: -2 * y + 0 * s)
    x0, y0 = np.array([0.125, 0.25, 0.375]), np.ones(3)
    end = tank.follow(tank.levels(flow, (0, SECOND)), tank.particles(x0, y0), step=SECOND // 100).end
    product, way = (
        np.abs(end["x"] * end["y"] - x0 * y0).max(),
        np.abs(end["x"] / (x0 * np.exp(2.0)) - 1).max(),
    )
    print(f"\n|xy - x0 y0| {product:.1e} (< 1e-8); x off x0 e^2 by {way:.1e} of it (3e-9 by RK4)")
    assert product < 1e-8
    assert way < 1e-8
