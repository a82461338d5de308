"""The Stokes drift of waves given at the surface: felt at a particle's own depth, whatever the layers, in all
dimensions."""

import netCDF4
import numpy as np
import pytest

from analytic_flows import Flow
from fvdrift_kernels.interpolate import falling
from fvdrift_kernels.jit import entry_point
from generate_forcing import write_forcing
from simple_meshes import even_levels, rectangle
from tank import HOUR, still

from .runs import follow, write_points

LENGTH, DEPTH, DRIFT, LAYERS = 20_000.0, 20.0, 0.2, 10
SINKING = 1e-3
LINEAR = pytest.param("linear", marks=pytest.mark.validation)  # kernels of its own


def waves(folder, points, *, lasts, kind="", time="cubic", direction="forward", step="10min", more="", of_time=lambda t: 1.0,
          flow=None, drift=(DRIFT, 0.0)):  # fmt: skip
    """Tracks of points (x, y, sigma) in water 20 m deep, in layers of 2 m, under a drift that falls to 1/e
    over `lasts` m."""
    mesh = rectangle(LENGTH, 5000.0, elements=100)
    write_forcing(
        folder / "waves.nc", x=mesh.x, y=mesh.y, triangles=mesh.triangles, h=DEPTH, siglev=even_levels(LAYERS),
        times_us=HOUR * np.arange(5), flow=flow or Flow(u=still, v=still, omega=still),
    )  # fmt: skip
    with netCDF4.Dataset(folder / "waves.nc", "a") as data:
        for name, value in zip(("us", "vs"), drift, strict=True):
            variable = data.createVariable(name, "f4", ("time", "nele"))
            variable[:] = np.broadcast_to([[value * of_time(3600.0 * i)] for i in range(5)], variable.shape)
    path = write_points(folder / "points.csv", x=points[0], y=points[1], sigma=points[2])
    return follow(folder, f"""
        [forcing]
        files = ["waves.nc"]
        time_interpolation = "{time}"
        [time]
        step = "{step}"
        direction = "{direction}"
        [[release]]
        file = "{path}"
        [advection]
        stokes_drift = ["us", "vs"]
        stokes_depth = {lasts}
        {kind}
        [boundary]
        open = "none"
        {more}
        [output]
        file = "tracks.nc"
        every = "1h"
    """)  # fmt: skip


def column(count=81):
    """Points one over the other."""
    return np.full(count, LENGTH / 2), np.full(count, 2500.0), -np.linspace(0.0, 1.0, count)


@entry_point
def falling_of(x, found):
    for i in range(len(x)):
        found[i] = falling(x[i])
    return found


def test_the_exponential_of_lanes():
    x = np.linspace(-90.0, 0.0, 20_001).astype(np.float32)
    found = falling_of(x, np.empty_like(x))
    np.testing.assert_allclose(found, np.exp(x.astype(float)), rtol=0, atol=5e-7)
    assert (falling_of(np.array([0.0, 3.0], np.float32), np.empty(2, np.float32)) == 1.0).all()


@pytest.mark.parametrize("lasts", [0.5, 1.6, 5.0, 40.0])
@pytest.mark.parametrize("time", ["cubic", LINEAR])
def test_the_drift_is_that_of_the_own_depth(tmp_path, time, lasts):
    """In layers of 2 m, the centre of the first 1 m down: there the drift of half a metre is 14 % of that at
    the surface."""
    x, y, sigma = column()
    tracks = waves(tmp_path, (x, y, sigma), lasts=lasts, time=time)
    np.testing.assert_allclose(
        (tracks.x[-1] - x) / (4 * 3600), DRIFT * np.exp(sigma * DEPTH / lasts), atol=2e-6
    )
    np.testing.assert_allclose(tracks.y[-1], y, atol=1e-3)


def test_backward_it_takes_back(tmp_path):
    x, y, sigma = column()
    tracks = waves(tmp_path, (x, y, sigma), lasts=2.0, direction="backward")
    np.testing.assert_allclose(
        (tracks.x[-1] - x) / (4 * 3600), -DRIFT * np.exp(sigma * DEPTH / 2.0), atol=2e-6
    )


KINDS = {
    'dimension = "surface"': 1.0,
    'dimension = "2d"': 2.0 / DEPTH * (1 - np.exp(-DEPTH / 2.0)),
    'depth = "3m"': np.exp(-1.5),
}


@pytest.mark.parametrize("kind", KINDS, ids=["surface", "2d", "held"])
def test_it_is_whole_at_the_surface_and_the_mean_of_the_column_in_two_dimensions(tmp_path, kind):
    x, y, sigma = column(5)
    tracks = waves(tmp_path, (x, y, sigma), lasts=2.0, kind=kind)
    np.testing.assert_allclose((tracks.x[-1] - x) / (4 * 3600), DRIFT * KINDS[kind], atol=2e-6)


@pytest.mark.parametrize("time", ["cubic", LINEAR])
def test_it_is_that_of_each_stage_of_a_step_in_depth_and_time(tmp_path, time):
    """Water that sinks at w, under waves that grow in time: the integral of (1 + t / T) exp(-(z + w t) / L).
    Steps of an hour."""
    x, y, sigma = column(3)
    sigma = np.array([-0.0, -0.05, -0.1])
    sinking = Flow(u=still, v=still, omega=lambda x, y, s, t: -SINKING + 0 * x * s)
    tracks = waves(
        tmp_path,
        (x, y, sigma),
        lasts=10.0,
        time=time,
        flow=sinking,
        step="1h",
        of_time=lambda t: 1 + t / 7200,
    )
    t = np.linspace(0.0, 2 * 3600.0, 200_001)
    truth = [
        np.trapezoid(DRIFT * (1 + t / 7200) * np.exp((s * DEPTH - SINKING * t) / 10.0), t) for s in sigma
    ]
    np.testing.assert_allclose(tracks.z[2], sigma * DEPTH - SINKING * 7200, atol=1e-3)
    np.testing.assert_allclose(tracks.x[2] - x, truth, rtol=2e-5)


@pytest.mark.parametrize("coast", ["slide", "strand"])
@pytest.mark.parametrize("time", ["cubic", LINEAR])
def test_at_the_coast_it_goes_by_the_rule_of_the_flow(tmp_path, coast, time):
    """Waves felt at all depths alike take particles the same way as a flow of their speed, onto a shore and
    along it."""
    random = np.random.default_rng(1)
    points = LENGTH - 3000 * random.random(100), 5000 * random.random(100), -random.random(100)
    both = [
        waves(tmp_path, points, lasts=1e9, time=time, more=f'coast = "{coast}"', drift=drift, flow=flow)
        for drift, flow in (
            ((0.3, 0.05), None),
            (
                (0.0, 0.0),
                Flow(
                    u=lambda x, y, s, t: 0.3 + 0 * x * s, v=lambda x, y, s, t: 0.05 + 0 * x * s, omega=still
                ),
            ),
        )
    ]
    assert (np.abs(both[0].x[-1] - LENGTH) < 300).mean() > 0.8
    np.testing.assert_allclose(both[0].x, both[1].x, atol=0.01)
    np.testing.assert_allclose(both[0].y, both[1].y, atol=0.01)
    assert (both[0].status == both[1].status).all()


def test_waves_off_the_land_let_nobody_leave_it_faster_than_the_water_can(tmp_path):
    """Off a straight shore the drift is 0, and it grows with the distance: who is at it stays. A river would
    push."""
    points = np.full(2, LENGTH - 1e-3), np.array([1000.0, 3000.0]), np.zeros(2)
    tracks = waves(tmp_path, points, lasts=5.0, drift=(-0.3, 0.0))
    assert (LENGTH - tracks.x[1] < 0.1).all()
