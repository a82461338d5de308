"""Omega rebuilt from continuity and from ww, for flows whose omega is known."""

import numpy as np
import pytest

from analytic_flows import Flow
from fvdrift_kernels.state import OPEN
from simple_meshes import Mesh, node_levels, rectangle, uneven_levels
from tank import Tank

A, H, LAYERS = 1e-4, 20.0, 8


def sheared(x, y, s, t):
    """u = a x (1 + 2 sigma): spreads above, gathers below, the surface stays: omega = -a D sigma (1 +
    sigma)."""
    return A * x * (1 + 2 * s)


def expected(levels):
    # d(omega)/d(sigma) = -(D div u), integrated from omega(0) = 0: see the sign in the equation of continuity
    return -A * H * (levels + levels**2)


def tank_of(**choices):
    mesh = rectangle(1000.0, 1000.0, elements=800, jitter=0.0)
    return Tank(mesh, h=H, sigma=uneven_levels(LAYERS), **choices)


def rebuilt(tank, vertical, **fields):
    flow = Flow(**{"u": sheared, "v": lambda x, y, s, t: 0 * x * s, **fields})
    return tank.level(flow, 0, vertical=vertical).omega


def inner_nodes(tank):
    outer = np.zeros(tank.whole.nodes, bool)
    for i in range(3):
        at = tank.whole.beyond[:, i] < 0
        outer[tank.whole.corners[at, (i + 1) % 3]] = outer[tank.whole.corners[at, (i + 2) % 3]] = True
    return ~outer


def test_water_that_gathers_below_and_spreads_above_rises():
    tank = tank_of()
    omega = rebuilt(tank, "continuity")[:, inner_nodes(tank)]
    levels = tank.sigma[:, 0].astype(float)
    # the layers' own sum of u at their centres, exact for the linear profile
    np.testing.assert_allclose(
        omega, np.broadcast_to(expected(levels)[:, None], omega.shape), atol=2e-7 * A * H + 1e-10
    )
    assert omega[LAYERS // 2].min() > 0


def test_it_has_the_sign_of_rising_water():
    """Gathering below means upward: omega positive up, sigma grows."""
    assert expected(np.array([-0.5]))[0] > 0


def test_ww_less_the_moving_coordinate_is_omega():
    """Sloping, moving surface: w = omega + (1 + sigma) d(zeta)/dt + u . (grad zeta + sigma grad D), all known
    here."""
    tank = tank_of()

    def ww(x, y, s, t):
        along = sheared(x, y, s, t) * (1 + s) * 1e-3  # zeta = 1e-3 x: grad zeta + sigma grad D
        return -A * H * (s + s**2) + along

    flat = rebuilt(tank, "ww", ww=lambda x, y, s, t: -A * H * (s + s**2) + 0 * x)
    sloping = Flow(u=sheared, v=lambda x, y, s, t: 0 * x * s, zeta=lambda x, y, t: 1e-3 * (x - 500), ww=ww)
    inner = inner_nodes(tank)
    levels = tank.sigma[1:-1, 0].astype(float)
    wanted = expected(levels)
    # between layers the mean of theirs is taken: low by a D thickness^2 / 4
    np.testing.assert_allclose(
        flat[1:-1, inner], np.broadcast_to(wanted[:, None], (LAYERS - 1, inner.sum())), atol=0.03 * A * H
    )
    level = tank.level(sloping, 0, vertical="ww")
    # where the surface slopes, the flow also lifts it (rise = -div(u D)), which continuity finds: omega
    # differs by as much
    assert np.abs(level.omega[1:-1, inner] - wanted[:, None]).max() < 0.08 * A * H


@pytest.mark.parametrize("vertical", ["continuity", "ww"])
def test_surface_and_bed_are_closed(vertical):
    omega = rebuilt(tank_of(), vertical, ww=lambda x, y, s, t: 1e-3 + 0 * x * s)
    assert (omega[0] == 0).all()
    assert (omega[-1] == 0).all()


def test_dry_elements_give_nothing():
    tank = tank_of()
    level = tank.level(
        Flow(u=sheared, v=lambda x, y, s, t: 0 * x * s), 0, np.zeros(tank.whole.elements, bool), "continuity"
    )
    assert (level.omega == 0).all()


def test_nodes_of_the_open_boundary_are_left_out():
    """Half a control volume tells nothing of what comes in from outside."""
    tank = tank_of(is_open=lambda x, y: x > 999.0)
    omega = rebuilt(tank, "continuity")
    corners = tank.whole.corners
    at_open = np.zeros(tank.whole.nodes, bool)
    for i in range(3):
        at = tank.whole.beyond[:, i] == OPEN
        at_open[corners[at, (i + 1) % 3]] = at_open[corners[at, (i + 2) % 3]] = True
    assert np.count_nonzero(at_open) == 21
    assert (omega[:, at_open] == 0).all()
    assert np.abs(omega[LAYERS // 2, ~at_open]).max() > 0


@pytest.mark.parametrize("corner", [False, True], ids=["side", "all but a wall"])
def test_beside_the_open_boundary_ww_loses_the_rise_of_the_surface(corner):
    """A basin that fills evenly from x = 0: w = (1 + sigma) dzeta/dt is all by the rise, so omega is 0; also
    at open nodes."""
    rise = 1e-3
    is_open = (lambda x, y: (x < 1.0) | (y < 1.0) | (y > 999.0)) if corner else (lambda x, y: x < 1.0)
    tank = tank_of(is_open=is_open)
    flow = {
        "u": lambda x, y, s, t: -(x - 1000.0) / H * rise + 0 * s,
        "ww": lambda x, y, s, t: (1 + s) * rise + 0 * x,
    }
    omega = rebuilt(tank, "ww", **flow)
    print(f"\nomega up to {np.abs(omega).max() / rise:.1e} of the rise (0)")
    assert np.abs(omega).max() < 1e-5 * rise


@pytest.mark.parametrize("geographic", [False, True], ids=["metres", "degrees"])
def test_flow_that_is_the_same_at_all_depths_goes_along_surfaces_of_sigma_whatever_levels_do(geographic):
    """Over any bed, and where it gathers: what FVCOM's sum finds through sloping levels, their slope takes
    away to rounding."""
    mesh = rectangle(1000.0, 1000.0, elements=800)
    levels, h = node_levels(LAYERS, mesh.x + 0.7 * mesh.y), H + 0.01 * mesh.x
    if geographic:
        mesh = Mesh(mesh.x / 71_000, 50 + mesh.y / 111_000, mesh.triangles)
    tank = Tank(mesh, h=h, sigma=levels, geographic=geographic, is_open=lambda x, y: x < np.median(mesh.x))
    start, length = mesh.x.min(), np.ptp(mesh.x)
    flow = {
        "u": lambda x, y, s, t: 0.3 * (1 + (x - start) / length) + 0 * s,
        "v": lambda x, y, s, t: -0.2 + 0 * x * s,
    }
    along = rebuilt(tank, "continuity", **flow)
    without = Tank(mesh, h=h, sigma=levels, geographic=geographic, flat_levels=True)
    through = rebuilt(without, "continuity", **flow)[:, inner_nodes(without)]
    print(
        f"\nthrough surfaces of sigma {np.abs(along).max():.1e} m/s (0), of level {np.abs(through).max():.1e}"
    )
    assert np.abs(along).max() < 1e-4 * np.abs(through).max()
    assert np.abs(through).max() > 5e-4
