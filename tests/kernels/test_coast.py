"""Velocity in elements at the edge of the mesh: along an impermeable coast, at rivers, open sides and
corners."""

import numpy as np
import pytest

from analytic_flows import Flow
from fvdrift_kernels.coast import COAST_SHARE, CONSTRAINED, REVERSED, RIVER_SHARE
from fvdrift_kernels.sample import Velocity, sample_element_field
from fvdrift_kernels.state import RECORD
from simple_meshes import Mesh, rectangle
from tank import HOUR, SECOND, Tank, between, still

METRES = 6371000.0 * np.pi / 180.0
TINY = SECOND // 1000
# along the wall y = 0, with a little across it, which changes from element to element: not what a coast would
# have
FLOW = Flow(
    u=lambda x, y, s, t: 0.3 + 1e-4 * x + 0 * s, v=lambda x, y, s, t: 0.05 * np.sin(x / 40.0) + 2e-4 * y + 0 * s, omega=still,
)  # fmt: skip


def steady(u: float, v: float) -> Flow:
    return Flow(u=lambda x, y, s, t: u + 0 * x * s, v=lambda x, y, s, t: v + 0 * x * s, omega=still)


def basin(**choices) -> Tank:
    return Tank(rectangle(1000.0, 500.0, elements=300), coast_gradient="impermeable", **choices)


def at_wall(tank: Tank) -> np.ndarray:
    """Elements whose only outer side lies on y = 0."""
    outer = tank.whole.beyond < 0
    y = tank.whole.y[tank.whole.corners]
    low = np.isclose(y, tank.whole.y.min())
    return np.flatnonzero((outer.sum(axis=1) == 1) & (low.sum(axis=1) == 2))


def in_element(tank: Tank, e: int, *weights: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Places in an element by the weights of its corners."""
    corners = tank.whole.corners[e]
    return np.array(weights) @ tank.whole.x[corners], np.array(weights) @ tank.whole.y[corners]


def carried(tank: Tank, flow: Flow, x, y, e: int) -> tuple[np.ndarray, np.ndarray]:
    """The velocity that particles at places in element `e` go with, in units of x and y a second."""
    start = tank.particles(x, y, element=np.full(len(x), e))
    end = tank.follow(tank.levels(flow, (0, HOUR)), start, step=TINY, end=TINY).end
    return (end["x"] - x) * SECOND / TINY, (end["y"] - y) * SECOND / TINY


def sampled(tank: Tank, levels, x, y, e: int) -> tuple[np.ndarray, np.ndarray]:
    records = np.zeros(len(x), RECORD)
    records["x"], records["y"], records["sigma"], records["element"] = x, y, -0.5, e
    frames, _ = between(*levels)
    u, v = np.empty((2, len(x)), np.float32)
    u_of, v_of = Velocity(False, frames.v0, frames.v1), Velocity(True, frames.u0, frames.u1)
    sample_element_field(
        records, 0.0, tank.piece.mesh, tank.piece.metric, frames, u_of, frames.u0, frames.u1, True, u
    )
    sample_element_field(
        records, 0.0, tank.piece.mesh, tank.piece.metric, frames, v_of, frames.v0, frames.v1, True, v
    )
    return u, v


@pytest.mark.parametrize("geographic", [False, True], ids=["metres", "degrees"])
def test_no_water_flows_through_any_place_of_a_coast_side(geographic):
    """Across the side linear from the centroid to zero at the side, whatever is beside it; along it as at the
    centroid."""
    scale, shift = (1e-5, 60.0) if geographic else (1.0, 0.0)
    mesh = rectangle(1000.0, 500.0, elements=300)
    # sheared, so that the walls are not parallel to the axes: in degrees their normal is another than in
    # metres
    mesh = Mesh(scale * mesh.x, shift + scale * (mesh.y + 0.4 * mesh.x), mesh.triangles)
    tank = Tank(mesh, coast_gradient="impermeable", geographic=geographic)
    per = np.array([METRES * np.cos(np.radians(shift + scale * 200.0)), METRES]) if geographic else np.ones(2)
    flow = Flow(
        u=lambda x, y, s, t: 0.3 + 0 * x * s, v=lambda x, y, s, t: 0.1 + 0.1 * np.sin(0.05 * x / scale) + 0 * s,
        omega=still,
    )  # fmt: skip
    outer = tank.whole.beyond < 0
    levels = tank.levels(flow, (0, HOUR))
    seen = 0
    for e in np.flatnonzero(outer.sum(axis=1) == 1)[::2]:
        i = int(outer[e].argmax())
        a, b, c = (tank.whole.corners[e, (i + j) % 3] for j in (1, 2, 0))
        ends = np.stack([tank.whole.x[[a, b]], tank.whole.y[[a, b]]], axis=1) * per
        along = (ends[1] - ends[0]) / np.hypot(*(ends[1] - ends[0]))
        inward = np.array([-along[1], along[0]])
        inward *= np.sign(inward @ (np.array([tank.whole.x[c], tank.whole.y[c]]) * per - ends[0]))
        centre = np.array([levels[0].u[0, e], levels[0].v[0, e]])
        if centre @ inward > COAST_SHARE * np.hypot(*centre):
            continue
        seen += 1
        # of the element's height; of the centroid's velocity
        for share, across in ((1e-6, 0.0), (1 / 3, 1.0), (0.8, 2.4)):
            weights = np.zeros((3, 3))
            weights[:, i], weights[:, (i + 1) % 3] = share, np.array([0.1, 0.5, 0.9]) * (1 - share)
            weights[:, (i + 2) % 3] = 1 - weights.sum(axis=1)
            x, y = in_element(tank, e, *weights)
            for u, v in (
                np.array(carried(tank, flow, x, y, e)) * per[:, None],
                sampled(tank, levels, x, y, e),
            ):
                np.testing.assert_allclose(u * along[0] + v * along[1], centre @ along, atol=3e-4)
                np.testing.assert_allclose(
                    u * inward[0] + v * inward[1], across * (centre @ inward), atol=3e-4
                )
    assert seen > 10


def test_an_open_side_and_a_corner_keep_the_velocity_of_the_centroid():
    tank = basin(is_open=lambda x, y: x < 1.0)
    outer = tank.whole.beyond < 0
    flat = np.flatnonzero((outer.sum(axis=1) > 1) | (tank.whole.beyond == -2).any(axis=1))
    assert len(flat) > 8
    levels = tank.levels(FLOW, (0, HOUR))
    for e in flat:
        x, y = in_element(tank, e, (0.8, 0.1, 0.1), (0.1, 0.8, 0.1), (0.1, 0.1, 0.8))
        u, v = carried(tank, FLOW, x, y, e)
        np.testing.assert_allclose(u, levels[0].u[0, e], atol=1e-6)
        np.testing.assert_allclose(v, levels[0].v[0, e], atol=1e-6)


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
def test_what_flows_in_through_the_side_is_a_river_and_what_flows_out_is_stopped(backward):
    """At a river's mouth the velocity of the centroid holds up to the side; between coast and river nothing
    jumps."""
    tank = basin()
    e = int(at_wall(tank)[3])
    i = int((tank.whole.beyond[e] < 0).argmax())
    weights = np.full(3, 0.5)
    weights[i] = 0.0
    x, y = in_element(tank, e, tuple(weights))
    kept = []
    angles = np.linspace(-1.0, 1.0, 201)
    for sine in angles:  # of the angle to the wall, positive from the land
        flow = steady(np.sqrt(1 - sine * sine), sine)
        levels = tank.levels(flow, (0, HOUR))
        for level in levels:
            if backward:  # the same water, seen in a run backward
                level.u[:], level.v[:] = -level.u, -level.v
                level.wet[level.wet & CONSTRAINED > 0] |= REVERSED
        _, v = sampled(tank, levels, x, y, e)
        kept.append((v[0] / sine if sine else 0.0) * (-1 if backward else 1))
    kept = np.array(kept)
    np.testing.assert_allclose(kept[angles <= COAST_SHARE - 0.01], 0.0, atol=1e-5)
    np.testing.assert_allclose(kept[angles >= RIVER_SHARE + 0.01], 1.0, atol=1e-5)
    assert np.abs(np.diff(kept)).max() < 0.06


@pytest.mark.parametrize("height", [1e-3, 1.0, 1e3])
def test_thin_elements_and_still_water_stay_bounded(height):
    """Nowhere more than three times the velocity of the centroid, which the opposite corner has."""
    mesh = rectangle(1000.0, 500.0, elements=200)
    tank = Tank(
        Mesh(mesh.x, mesh.y * height / 500.0, mesh.triangles), real=np.float32, coast_gradient="impermeable"
    )
    for speed in (0.0, 1e-30, 1.0):
        levels = tank.levels(steady(0.5 * speed, -speed), (0, HOUR))
        for e in at_wall(tank):
            x, y = in_element(tank, e, (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
            u, v = sampled(tank, levels, x, y, e)
            assert np.isfinite(u).all()
            assert np.hypot(u, v).max() <= 3.01 * np.hypot(0.5, 1.0) * speed


def test_other_fields_on_elements_keep_their_own_gradient():
    """Of wind, say: linear, and exact at the coast where there are two neighbours."""
    tank = basin()
    levels = tank.levels(FLOW, (0, HOUR))
    frames, _ = between(*levels)
    wind = np.ascontiguousarray(np.broadcast_to(5 + 0.01 * tank.xc - 0.02 * tank.yc, frames.u0.shape))
    for e in at_wall(tank):
        x, y = in_element(tank, e, (0.8, 0.1, 0.1), (0.1, 0.1, 0.8))
        records = np.zeros(2, RECORD)
        records["x"], records["y"], records["sigma"], records["element"] = x, y, -0.5, e
        values = np.empty(2, np.float32)
        sample_element_field(records, 0.5, tank.piece.mesh, None, frames, None, wind, wind, False, values)
        np.testing.assert_allclose(values, 5 + 0.01 * x - 0.02 * y, rtol=1e-6)
