"""Interpolation in the element: uniform and linear flow are exact, also at the coast; node fields are
barycentric."""

import numpy as np
import pytest

from analytic_flows import Flow
from fvdrift_kernels.node_field import NodeField
from fvdrift_kernels.options import RungeKutta4
from fvdrift_kernels.sample import sample_node_field, sample_surface
from fvdrift_kernels.state import RECORD
from simple_meshes import node_levels, rectangle
from tank import HOUR, SECOND, Tank, between

from .waters import ragged

TINY = SECOND // 10_000
TINY_S = TINY / SECOND


def inside_elements(tank, per_element=5):
    """Places well inside each element: x, y, element."""
    random = np.random.default_rng(2)
    e = np.repeat(np.arange(tank.whole.elements), per_element)
    weight = 0.1 + 0.7 * random.dirichlet((1.0, 1.0, 1.0), len(e))
    corners = tank.whole.corners[e]
    return (weight * tank.whole.x[corners]).sum(axis=1), (weight * tank.whole.y[corners]).sum(axis=1), e


def velocity(tank, flow, x, y, e):
    """What the engine moves particles with: their way in a tenth of a millisecond."""
    start = tank.particles(x, y, element=e)
    end = tank.follow(tank.levels(flow, (0, HOUR)), start, step=TINY, end=TINY, scheme=RungeKutta4()).end
    assert (end["element"] == e).all()
    return (end["x"] - x) / TINY_S, (end["y"] - y) / TINY_S


def test_uniform_flow_is_exact_in_every_element():
    tank = Tank(ragged(), real=np.float64)
    flow = Flow(u=lambda x, y, s, t: 0.37 + 0 * x * s, v=lambda x, y, s, t: -0.21 + 0 * x * s)
    x, y, e = inside_elements(tank)
    start = tank.particles(x, y, element=e)
    end = tank.follow(tank.levels(flow, (0, HOUR)), start, step=TINY, end=TINY).end
    error = max(np.abs(end["x"] - (x + 0.37 * TINY_S)).max(), np.abs(end["y"] - (y - 0.21 * TINY_S)).max())
    print(f"\nuniform flow: place off by {error:.1e} m on 1000 m (2e-13 is rounding)")
    assert error < 5e-13


@pytest.mark.parametrize("water", ["rectangle", "ragged"])
@pytest.mark.parametrize("flat", [False, True], ids=["neighbours", "zero"])
def test_linear_flow_is_exact_wherever_there_are_two_neighbours(water, flat):
    """Also in elements at the coast; there FVCOM's own tracker takes a constant (the control)."""
    mesh = rectangle(1000.0, 500.0, elements=300) if water == "rectangle" else ragged()
    tank = Tank(mesh, real=np.float64, coast_gradient="zero" if flat else "neighbours")
    flow = Flow(
        u=lambda x, y, s, t: 0.1 + 1e-3 * x - 2e-3 * y + 0 * s, v=lambda x, y, s, t: -0.3 + 5e-4 * x + 1.5e-3 * y + 0 * s
    )  # fmt: skip
    x, y, e = inside_elements(tank)
    u, v = velocity(tank, flow, x, y, e)
    neighbours = (tank.whole.beyond[e] >= 0).sum(axis=1)
    error = np.hypot(u - (0.1 + 1e-3 * x - 2e-3 * y), v - (-0.3 + 5e-4 * x + 1.5e-3 * y))
    largest = [float(error[neighbours == n].max(initial=0.0)) for n in range(4)]
    print(f"\n{water}, coast {'zero' if flat else 'by neighbours'}: velocity off, m/s, "
          f"3 neighbours {largest[3]:.0e}, 2 {largest[2]:.0e}, 1 {largest[1]:.0e}, alone {largest[0]:.0e}")  # fmt: skip
    limit = 2e-7  # the flow changes by 1e-7 of itself on the way, which is known to 1e-13 m, 1e-9 of itself
    assert np.count_nonzero(neighbours == 2) > 50
    assert largest[3] < limit
    if flat:
        assert largest[2] > 0.01
    else:
        assert largest[2] < limit


def test_node_fields_are_barycentric():
    """Linear fields exact; any field bounded by the values at the corners."""
    mesh = rectangle(1000.0, 500.0, elements=300)
    tank = Tank(mesh, h=10 + 0.01 * mesh.x + 0.02 * mesh.y, real=np.float64)
    random = np.random.default_rng(4)
    rough = dict(zip(tank.whole.x, random.random(tank.whole.nodes), strict=False))
    x, y, e = inside_elements(tank)
    records = np.zeros(len(x), RECORD)
    records["x"], records["y"], records["element"] = x, y, e
    surface, depth = np.empty((2, len(x)))
    for name, zeta in (
        ("linear", lambda x, y, t: 0.3 + 1e-3 * x - 5e-4 * y),
        ("rough", lambda x, y, t: random_at(rough, x)),
    ):
        flow = Flow(u=lambda x, y, s, t: 0 * x * s, v=lambda x, y, s, t: 0 * x * s, zeta=zeta)
        frames, _ = between(*tank.levels(flow, (0, HOUR)))
        sample_surface(records, 0.3, tank.piece.mesh, frames, surface, depth)
        corners = zeta(tank.whole.x, tank.whole.y, 0.0)[tank.whole.corners[e]]
        assert (surface >= corners.min(axis=1) - 1e-12).all()
        assert (surface <= corners.max(axis=1) + 1e-12).all()
        if name == "linear":
            np.testing.assert_allclose(surface, zeta(x, y, 0.0), atol=1e-12)
            # h is stored single
            np.testing.assert_allclose(depth, 10 + 0.01 * x + 0.02 * y + zeta(x, y, 0.0), rtol=1e-7)


def random_at(values, x):
    return np.array([values[place] for place in x])


def test_node_fields_are_linear_between_their_levels_and_layers():
    """At nodes' own columns: a field linear in sigma comes back between layer centres, and on levels
    everywhere."""
    mesh = rectangle(1000.0, 500.0, elements=100)
    tank = Tank(mesh, sigma=node_levels(5, mesh.x))
    corners = tank.whole.corners
    e = np.repeat(np.arange(tank.whole.elements), 21)
    sigma = np.tile(-np.linspace(0, 1, 21), tank.whole.elements)
    records = np.zeros(len(e), RECORD)
    records["x"], records["y"], records["element"], records["sigma"] = tank.xc[e], tank.yc[e], e, sigma
    values = np.empty(len(e), np.float32)
    layers = 0.5 * (tank.sigma[1:] + tank.sigma[:-1])
    for on_levels, column in ((True, tank.sigma), (False, layers)):
        field = np.ascontiguousarray(3 - 2 * column, np.float32)
        sample_node_field(records, 0.25, tank.piece.mesh, NodeField(field, field, int(on_levels)), values)
        low, high = column[-1][corners].mean(axis=1)[e], column[0][corners].mean(axis=1)[e]
        np.testing.assert_allclose(values, 3 - 2 * np.clip(sigma, low, high), atol=2e-6)
