"""Curved flow on meshes: the order of the interpolation in the size of the elements. Not the order of the
scheme in the step: velocity jumps from element to element, so refining the step on one mesh shows none
(`test_advection` has that).

The kernels take fields, no function of place, so the double gyre without a mesh is not run.
"""

import subprocess
import sys

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from analytic_flows import Flow
from generate_forcing import write_forcing, write_obc
from simple_meshes import even_levels, neighbours, peninsula, rectangle
from tank import SECOND, Tank, barycentric, brute_force, still

from .runs import STATUS, tracks_of, write_points

A, EPS, W = 0.1, 0.25, 2 * np.pi / 10  # Shadden, Lekien & Marsden 2005
# rms error after 5 time units of 119 particles, made outside fvdrift: 1/h -> gradient at the coast zero, from
# two neighbours
GYRE = {16: (3.5e-3, 2.8e-3), 32: (7.4e-4, 7.3e-4), 64: (2.0e-4, 1.8e-4), 128: (4.5e-5, 4.5e-5)}


def gyre_velocity(x, y, t):
    a = EPS * np.sin(W * t)
    f, slope = a * x**2 + (1 - 2 * a) * x, 2 * a * x + 1 - 2 * a
    return -np.pi * A * np.sin(np.pi * f) * np.cos(np.pi * y), np.pi * A * np.cos(np.pi * f) * np.sin(
        np.pi * y
    ) * slope


def exact(x0, y0, end):
    def rate(t, place):
        return np.concatenate(gyre_velocity(*np.split(place, 2), t))

    return np.split(
        solve_ivp(rate, (0, end), np.concatenate([x0, y0]), method="DOP853", rtol=1e-12, atol=1e-13).y[:, -1],
        2,
    )


def exact_in(velocity, x0, y0, end):
    """Where a steady flow, velocity(x, y), takes particles in `end` seconds."""

    def rate(t, place):
        return np.concatenate(velocity(*np.split(place, 2)))

    return np.split(
        solve_ivp(rate, (0, end), np.concatenate([x0, y0]), method="DOP853", rtol=1e-10, atol=1e-6).y[:, -1],
        2,
    )


def test_the_truth_of_the_gyre_is_the_published_one():
    x, y = exact(np.array([0.5, 1.1]), np.array([0.5, 0.9]), 10.0)
    np.testing.assert_allclose(x, [0.0505505306, 0.4322992141], atol=1e-9)
    np.testing.assert_allclose(y, [0.1110201488, 0.9297365131], atol=1e-9)


@pytest.mark.validation
@pytest.mark.parametrize("flat", [True, False], ids=["zero", "neighbours"])
def test_the_double_gyre_converges_with_order_two_in_the_mesh(flat):
    x0, y0 = (a.ravel() for a in np.meshgrid(np.linspace(0.15, 1.85, 17), np.linspace(0.15, 0.85, 7)))
    x1, y1 = exact(x0, y0, 5.0)
    flow = Flow(
        u=lambda x, y, s, t: gyre_velocity(x, y, t)[0] + 0 * s, v=lambda x, y, s, t: gyre_velocity(x, y, t)[1] + 0 * s,
        omega=still,
    )  # fmt: skip
    step = 12_500  # a frame at every step: linear interpolation between them adds 1e-5
    errors = []
    for inverse, expected in GYRE.items():
        rule = "zero" if flat else "neighbours"
        tank = Tank(rectangle(2.0, 1.0, elements=4 * inverse**2), sigma=even_levels(1), coast_gradient=rule)
        levels = tank.levels(flow, np.arange(0, 5 * SECOND + 1, step))
        followed = tank.follow(levels, tank.particles(x0, y0), step=step, every=SECOND)
        rows = followed.rows.reshape(-1)
        inside = barycentric(
            tank.whole.x, tank.whole.y, tank.whole.corners[rows["element"]], rows["x"], rows["y"]
        )
        assert inside.min() > -1e-6
        assert (followed.rows["status"] == 1).all()
        errors.append(np.sqrt(np.mean((followed.end["x"] - x1) ** 2 + (followed.end["y"] - y1) ** 2)))
        wanted = expected[0 if flat else 1]
        print(
            f"\n{'flat at the coast, ' * flat}h = 1/{inverse}: rms error {errors[-1]:.2e} ({wanted:.1e})",
            end="",
        )
    order = -np.polyfit(np.log(list(GYRE)), np.log(errors), 1)[0]
    print(f"; order {order:.2f} (2.0 +- 0.25)")
    assert abs(order - 2.0) < 0.25
    for error, expected in zip(errors, GYRE.values(), strict=True):
        assert error < 1.2 * expected[0 if flat else 1]


# Adlandsvik, ICES CRR 295: y0 (km) -> position (m) after 24 h from x = 3 km
LENGTH, WIDTH, RADIUS = 100_000.0, 50_000.0, 16_000.0
AFTER_A_DAY = {
    4: (78839.2125, 5047.1308), 10: (88582.9701, 10584.0344), 20: (93966.8659, 20249.9685), 30: (95031.6443, 30158.1248),
    40: (94680.8103, 40160.1740),
}  # fmt: skip


def past_the_peninsula(x, y):
    """(u, v, psi) of the flow of 1 m/s past the half disc."""
    dx, r2 = x - LENGTH / 2, (x - LENGTH / 2) ** 2 + y**2
    u = 1 - RADIUS**2 * (dx**2 - y**2) / r2**2
    return u, -2 * RADIUS**2 * dx * y / r2**2, RADIUS**2 * y / r2 - y


def peninsula_run(folder, elements, coast="slide"):
    """Particles past the peninsula by `fvdrift run`, and the mesh."""
    mesh = peninsula(LENGTH, WIDTH, RADIUS, elements=elements)
    flow = Flow(
        u=lambda x, y, s, t: past_the_peninsula(x, y)[0] + 0 * s, v=lambda x, y, s, t: past_the_peninsula(x, y)[1] + 0 * s,
        omega=still,
    )  # fmt: skip
    write_forcing(
        folder / "peninsula.nc", x=mesh.x, y=mesh.y, triangles=mesh.triangles, h=50.0, siglev=even_levels(2),
        times_us=6 * 3600 * SECOND * np.arange(6), flow=flow, double=True,
    )  # fmt: skip
    ends = (mesh.x < mesh.x.min() + 1000.0) | (mesh.x > mesh.x.max() - 1000.0)
    on_side = np.unique(mesh.triangles[(neighbours(mesh.triangles) < 0).any(axis=1)])
    write_obc(folder / "obc.dat", np.intersect1d(np.flatnonzero(ends), on_side))
    # the five of the table, and a crowd close to the land
    h = np.sqrt(2 * LENGTH * WIDTH / elements)
    crowd = np.linspace(0.02 * h, 6 * h, 300)
    y = np.concatenate([1000.0 * np.array(list(AFTER_A_DAY)), crowd])
    points = write_points(folder / "points.csv", x=np.full(len(y), 3000.0), y=y, sigma=np.full(len(y), -0.5))
    (folder / "run.toml").write_text(f"""
        [forcing]
        files = ["peninsula.nc"]
        [time]
        duration = "24h"
        step = "5min"
        [[release]]
        file = "{points}"
        [boundary]
        coast = "{coast}"
        open = "obc.dat"
        [output]
        file = "tracks.nc"
        every = "1h"
    """)
    subprocess.run(
        [sys.executable, "-P", "-m", "fvdrift", "run", "run.toml", "--quiet"], cwd=folder, check=True
    )
    return tracks_of(folder / "tracks.nc"), mesh, h


@pytest.mark.validation
def test_the_peninsula_is_passed_along_its_streamlines(tmp_path):
    truth = np.array(list(AFTER_A_DAY.values())).T
    drifts, errors, sizes = [], [], []
    for elements in (2500, 10_000, 40_000):
        folder = tmp_path / str(elements)
        folder.mkdir()
        tracks, mesh, h = peninsula_run(folder, elements)
        five = slice(0, 5)
        psi = past_the_peninsula(tracks.x[:, five], tracks.y[:, five])[2]
        drifts.append(np.sqrt(np.mean((psi[-1] / psi[0] - 1) ** 2)))
        errors.append(np.hypot(tracks.x[-1, five] - truth[0], tracks.y[-1, five] - truth[1]))
        sizes.append(h)
        there = np.isfinite(tracks.x)
        _, inside = brute_force(mesh.x, mesh.y, mesh.triangles, tracks.x[there][::8], tracks.y[there][::8])
        on_land = np.count_nonzero(inside < -1e-9)
        crowd = np.count_nonzero(np.isin(tracks.status[-1], (STATUS["active"], STATUS["exited"])))
        print(f"\nh = {h:.0f} m: |dpsi| {np.abs(psi[-1] - psi[0]).max():.3f} m2/s, rms of |dpsi|/|psi| {drifts[-1]:.1e}; "
              f"error at 24 h {errors[-1].round(1)} m; {on_land} on land (0), {crowd} of 305 still there", end="")  # fmt: skip
        assert on_land == 0
        assert crowd == 305
    order = np.polyfit(np.log(sizes), np.log(drifts), 1)[0]
    print(f"; order {order:.2f} (2)")
    assert order > 1.7
    assert errors[-1].max() < 60.0
    assert drifts[1] < 1e-3
