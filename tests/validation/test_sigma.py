"""The vertical: sigma of a particle over moving surfaces and sloping beds, and interpolation between layers.

Reference numbers are closed forms, made outside fvdrift. z comes from `sample_surface`, as in the tracks.
"""

import numpy as np
import pytest

from analytic_flows import Flow
from fvdrift_kernels.sample import sample_surface
from simple_meshes import node_levels, rectangle, uneven_levels
from tank import HOUR, SECOND, Tank, between, still

PERIOD, OMEGA = 44714.1643932, 1.40518902510e-4  # M2


def heights(tank, levels, rows, times):
    """z (m, positive up) of the records at each time (s)."""
    found = []
    frames = np.array([level.time for level in levels])
    for row, time in zip(rows, times, strict=True):
        first = min(np.searchsorted(frames, time * SECOND, side="right") - 1, len(levels) - 2)
        fraction = (time * SECOND - frames[first]) / (frames[first + 1] - frames[first])
        surface, depth = np.empty((2, len(row)))
        sample_surface(
            row,
            float(fraction),
            tank.piece.mesh,
            between(levels[first], levels[first + 1])[0],
            surface,
            depth,
        )
        found.append(surface + row["sigma"] * depth)
    return np.array(found)


def test_sigma_stays_to_the_last_bit_without_omega():
    """Whatever bed and surface do; z follows them."""
    mesh = rectangle(10_000.0, 5_000.0, elements=800)
    tank = Tank(mesh, h=20 + 1e-3 * mesh.x + 5 * np.sin(mesh.y / 700.0), sigma=uneven_levels(8))
    flow = Flow(
        u=lambda x, y, s, t: 0.5 * np.cos(t / 3000) * np.sin(x / 2000) + 0.2 * s,
        v=lambda x, y, s, t: 0.3 * np.cos(x / 900) + 0 * s,
        zeta=lambda x, y, t: np.cos(t / 2000 + x / 5000), omega=still,
    )  # fmt: skip
    levels = tank.levels(flow, HOUR // 4 * np.arange(17))
    particles = tank.scattered(1000)
    before = particles["sigma"].copy()
    followed = tank.follow(levels, particles, step=60 * SECOND, every=HOUR)
    change = np.abs(followed.rows["sigma"] - before).max()
    # at any record z = zeta + sigma D with the fields' own linear interpolation at nodes, here at elements by
    # hand
    print(f"\nlargest change of sigma {change:.1e} (0)")
    assert change == 0
    z, row = heights(tank, levels, followed.rows, followed.times), followed.rows[2]
    x, y, nodes = row["x"], row["y"], tank.whole.corners[row["element"]]
    X, Y = tank.whole.x[nodes], tank.whole.y[nodes]
    plane = np.stack([np.ones_like(X), X, Y], axis=2)
    surface, bed = np.cos(2 * 3600 / 2000 + X / 5000), tank.h[nodes]
    here = np.stack([np.ones_like(x), x, y], axis=1)
    zeta, h = ((np.linalg.solve(plane, f[..., None])[..., 0] * here).sum(axis=1) for f in (surface, bed))
    np.testing.assert_allclose(z[2], zeta + row["sigma"] * (h + zeta), atol=2e-5)


def test_a_breathing_basin_stretches_and_lifts_by_the_closed_form():
    """x times depth is kept, so is sigma."""
    tank = Tank(rectangle(40_000.0, 10_000.0, elements=60), h=10.0, real=np.float64)

    def depth(t):
        return 10 + 2 * np.cos(OMEGA * t)

    flow = Flow(
        u=lambda x, y, s, t: x * 2 * OMEGA * np.sin(OMEGA * t) / depth(t) + 0 * s, v=lambda x, y, s, t: 0 * x * s,
        zeta=lambda x, y, t: 2 * np.cos(OMEGA * t) + 0 * x,
    )  # fmt: skip
    quarter = round(PERIOD / 4 * SECOND / 186) * 186
    step = quarter // 186
    levels = tank.levels(flow, step * np.arange(4 * 186 + 1))
    followed = tank.follow(levels, tank.particles([20_000.0], [5_000.0], -0.3), step=step, every=quarter)
    ratio = followed.rows["x"][:, 0] / followed.rows["x"][0, 0]
    z = heights(tank, levels, followed.rows, followed.times)[:, 0]
    print(f"\nx / x0 {ratio[1:4].round(6)} (1.2, 1.5, 1.2), z {z[1:4].round(5)} (-3.0, -4.4, -3.0)")
    np.testing.assert_allclose(ratio[1:], [1.2, 1.5, 1.2, 1.0], rtol=1e-5)
    np.testing.assert_allclose(z[1:4], [-3.0, -4.4, -3.0], atol=1e-5)
    assert (followed.rows["sigma"] == -0.3).all()


# down a slope, q = 5 m2/s, from x = 0 at sigma = -0.4: hours -> x, z
SLOPE = {1: (1661.903790, -4.664762), 6: (7776.388835, -7.110556), 24: (21048.349393, -12.419340)}


@pytest.mark.parametrize("vertical", ["omega", "ww", "continuity"])
def test_water_runs_down_a_slope_and_keeps_its_sigma(vertical):
    """With ww instead of omega, the sloping coordinate has to be taken out of it: else particles leave
    through the bed."""
    mesh = rectangle(30_000.0, 1_500.0, elements=4000)
    tank = Tank(mesh, h=10 + 1e-3 * mesh.x, is_open=lambda x, y: (x < 1) | (x > 29_999))
    flow = Flow(
        u=lambda x, y, s, t: 5 / (10 + 1e-3 * x) + 0 * s, v=lambda x, y, s, t: 0 * x * s, omega=still,
        ww=lambda x, y, s, t: -(5 / (10 + 1e-3 * x)) * s * -1e-3,
    )  # fmt: skip
    levels = tank.levels(flow, HOUR * np.arange(0, 25, 6), vertical=vertical)
    y = np.linspace(200, 1300, 23)
    followed = tank.follow(levels, tank.particles(np.zeros(23), y, -0.4), step=60 * SECOND, every=HOUR)
    z = heights(tank, levels, followed.rows, followed.times)
    change = np.abs(followed.rows["sigma"] + 0.4).max()
    print(f"\nomega from {vertical}: largest change of sigma {change:.1e} (0)", end="")
    for hours, (x_true, z_true) in SLOPE.items():
        x_error, z_error = np.abs(followed.rows["x"][hours] - x_true).max(), np.abs(z[hours] - z_true).max()
        print(
            f"; {hours} h: x off by {x_error:.3f} m of {x_true:.0f}, z by {z_error:.4f} of {z_true:.2f}",
            end="",
        )
        assert x_error < 2e-4 * x_true
        assert z_error < {"omega": 1e-3, "ww": 5e-3, "continuity": 5e-3}[vertical]
    print()
    assert change <= {"omega": 0.0, "ww": 1e-3, "continuity": 1e-3}[vertical]


def test_constant_omega_lifts_by_omega_over_depth():
    """omega is in m/s, whatever its units say: 1e-4 m/s over 20 m is 5e-6 1/s."""
    tank = Tank(rectangle(1000.0, 1000.0, elements=100), h=20.0)
    flow = Flow(
        u=lambda x, y, s, t: 0 * x * s,
        v=lambda x, y, s, t: 0 * x * s,
        omega=lambda x, y, s, t: 1e-4 + 0 * x * s,
    )
    end = tank.follow(
        tank.levels(flow, (0, 4 * HOUR)), tank.particles([500.0], [500.0], -0.9), step=60 * SECOND
    ).end
    rate = (end["sigma"][0] + 0.9) / (4 * 3600)
    print(f"\nd sigma / dt {rate:.6e} 1/s (5e-6)")
    assert rate == pytest.approx(5e-6, rel=1e-6)


@pytest.mark.parametrize("kind", ["uneven", "node"])
def test_a_profile_linear_in_sigma_is_reproduced_between_the_layers(kind):
    """Beyond the first and last layer centre it is constant, as in FVCOM. At centroids, where layers are
    those of the element."""
    mesh = rectangle(1000.0, 1000.0, elements=100)
    tank = Tank(mesh, sigma=uneven_levels(6) if kind == "uneven" else node_levels(6, mesh.x), real=np.float64)
    flow = Flow(u=lambda x, y, s, t: 1.0 + s + 0 * x, v=lambda x, y, s, t: -0.5 * s + 0 * x)
    sigma = -np.linspace(0.0, 1.0, 41)
    e = np.repeat(np.arange(tank.whole.elements), len(sigma))
    sigma = np.tile(sigma, tank.whole.elements)
    start = tank.particles(tank.xc[e], tank.yc[e], sigma, element=e)
    step = SECOND // 100
    end = tank.follow(tank.levels(flow, (0, HOUR)), start, step=step, end=step).end
    first, last = tank.element_layers[0, e], tank.element_layers[-1, e]
    seen = np.clip(sigma, last, first)
    u, v = (end["x"] - tank.xc[e]) / 0.01, (end["y"] - tank.yc[e]) / 0.01
    # layers that slope give u a gradient along them, over 1 cm of way
    horizontal = 0.01 if kind == "node" else 0.0
    error = max(np.abs(u - (1 + seen)).max(), np.abs(v + 0.5 * seen).max())
    beyond = np.count_nonzero(seen != sigma)
    print(
        f"\n{kind} levels: velocity off the profile by {error:.1e} m/s (0); {beyond} of {len(sigma)} beyond the centres"
    )
    assert error < 1e-9 + horizontal * 1e-2
    assert beyond > tank.whole.elements


def test_omega_over_a_depth_that_changes_in_time_and_place():
    """sigma' = omega / D with D linear in time (a rising surface) or along the way (a slope): logarithms."""
    omega, hours = 2e-4, 4
    mesh = rectangle(30_000.0, 3_000.0, elements=1000)
    flow = Flow(
        u=lambda x, y, s, t: 1.0 + 0 * x * s, v=lambda x, y, s, t: 0 * x * s, omega=lambda x, y, s, t: omega + 0 * x * s,
        zeta=lambda x, y, t: 1e-4 * t + 0 * x,
    )  # fmt: skip
    tank = Tank(mesh, h=10 + 5e-4 * mesh.x)
    end = tank.follow(
        tank.levels(flow, HOUR * np.arange(hours + 1)), tank.particles([1000.0], [1500.0], -0.9), step=60 * SECOND
    ).end  # fmt: skip
    d0, rate, t = 10.5, 5e-4 + 1e-4, 3600 * hours
    expected = -0.9 + omega / rate * np.log(1 + rate * t / d0)
    print(
        f"\nsigma {end['sigma'][0]:.7f} ({expected:.7f}; with the first depth for good {-0.9 + omega * t / d0:.4f})"
    )
    assert end["sigma"][0] == pytest.approx(expected, abs=2e-6)


def test_omega_is_linear_between_its_levels():
    """A uniform column, omega = a sigma (1 + sigma) at the levels: between them the chord, so sigma is
    piecewise exponential."""
    tank = Tank(rectangle(1000.0, 1000.0, elements=60), h=20.0, sigma=[0.0, -0.5, -1.0])
    flow = Flow(
        u=lambda x, y, s, t: 0 * x * s, v=lambda x, y, s, t: 0 * x * s, omega=lambda x, y, s, t: -4e-3 * s * (1 + s) + 0 * x
    )  # fmt: skip
    end = tank.follow(
        tank.levels(flow, (0, 8 * HOUR)), tank.particles([500.0], [500.0], -0.8), step=60 * SECOND
    ).end
    # below the middle omega = 2e-3 (1 + sigma), above it -2e-3 sigma
    rate = 2e-3 / 20.0
    to_middle = np.log(0.5 / 0.2) / rate
    expected = -0.5 * np.exp(-rate * (8 * 3600 - to_middle))
    print(f"\nsigma {end['sigma'][0]:.7f} ({expected:.7f}), past the middle after {to_middle / 3600:.1f} h")
    assert end["sigma"][0] == pytest.approx(expected, abs=1e-6)
