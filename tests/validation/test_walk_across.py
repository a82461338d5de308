"""The walk across leaves even what is even: over slopes, at coasts, on the tide, on the sphere; and shear
dispersion."""

import numpy as np
import pytest
from scipy import stats

from analytic_flows import Flow
from fvdrift_kernels.behaviour_options import BesideFlow
from fvdrift_kernels.frame_mixing import fill_pace
from fvdrift_kernels.options import (
    ConstantDiffusivity,
    EvenByArea,
    EvenByVolume,
    LevelDiffusivity,
    NaiveWalk,
    NodeDiffusivity,
    ReversibleWalk,
    Walk,
)
from fvdrift_kernels.state import EXITED
from generate_forcing import write_forcing
from simple_meshes import Mesh, even_levels, rectangle
from tank import HOUR, SECOND, Tank, still

from .runs import follow, write_points

STILL_WATER = Flow(u=still, v=still)
LENGTH, WIDTH = 6000.0, 2000.0
GOLDEN = 0.5 * (5**0.5 - 1)


def bed(x):
    """4 to 20 m."""
    return 4.0 + 16.0 * x / LENGTH


def water_up_to(x, by_area=False):
    """The share of the water, or of its surface, from the shallow end to x."""
    return x / LENGTH if by_area else (4.0 * x + 8.0 * x**2 / LENGTH) / (12.0 * LENGTH)


def evenly(count, by_area=False):
    """x, y, sigma with as much water, or surface, to each."""
    i = np.arange(count) + 0.5
    x = i / count * LENGTH if by_area else LENGTH * (np.sqrt(16.0 + 384.0 * i / count) - 4.0) / 16.0
    return x, WIDTH * (i * GOLDEN % 1.0), -(i * GOLDEN**2 * 7.0 % 1.0)


def strips(x, by_area=False):
    """Density in four strips from shallow to deep, over what is even."""
    edges = np.linspace(0.0, LENGTH, 5)
    return np.histogram(x, edges)[0] / len(x) / np.diff(water_up_to(edges, by_area))


def walked(tank, start, walk, *, hours, step, flow=STILL_WATER, every=24.0, seed=3, **choices):
    levels = tank.levels(flow, np.arange(0, hours * HOUR + 1, int(every * HOUR)))
    return tank.follow(
        levels, start, step=int(step * SECOND), beside=BesideFlow(seed, walk=walk), **choices
    ).end


def told(name, density, within):
    print(f"\n{name}: {density.min():.3f} to {density.max():.3f} of even (1 +- {within:g})", end="")


def test_an_even_sea_over_a_sloping_bed_stays_even_in_short():
    """The control walks by the same code over a flat bed: it is the walk without the drift of the slope."""
    mesh, walk = (
        rectangle(LENGTH, WIDTH, elements=600),
        Walk(ReversibleWalk(), None, ConstantDiffusivity(60.0)),
    )
    x, y, _ = evenly(40_000)
    found = {}
    for name, h in (("slope", bed(mesh.x)), ("flat", 12.0)):
        tank = Tank(mesh, h=h)
        found[name] = strips(walked(tank, tank.particles(x, y), walk, hours=24, step=600)["x"])
    assert np.abs(found["slope"] - 1).max() < 0.05
    assert found["flat"][0] > 1.5


@pytest.mark.parametrize("step", [60, 600])
def test_the_walk_takes_as_many_over_an_open_side_at_any_step(step):
    """Of those within 500 m of the side, sqrt(4 K t / pi) / 500 m (a half-space); by ends alone 0.275 and
    0.231."""
    count, k = 20_000, 5.0
    tank = Tank(rectangle(LENGTH, WIDTH, elements=60), h=12.0, is_open=lambda x, y: x < 1e-6)
    i = np.arange(count) + 0.5
    start = tank.particles(500.0 * i / count, WIDTH * (i * GOLDEN % 1.0))
    end = walked(
        tank, start, Walk(ReversibleWalk(), None, ConstantDiffusivity(k)), hours=1, step=step, every=1
    )
    share = np.mean(end["status"] == EXITED)
    assert share == pytest.approx(np.sqrt(4 * k * 3600 / np.pi) / 500.0, abs=0.008)
    assert end["x"][end["status"] == EXITED].max() < 20.0


def test_walk_and_shear_disperse_together_in_long_steps_in_short():
    shear_dispersion(20_000, 0.025)


@pytest.mark.validation
def test_walk_and_shear_disperse_together_in_long_steps():
    shear_dispersion(200_000, 0.02)


def shear_dispersion(count, within):
    """u = a y: the variance along is 2 K t + 2/3 K a^2 t^3. Control: all walks behind the flow, counted in
    NumPy."""
    k, a, steps, step = 10.0, 1e-4, 48, 1800.0
    time = steps * step
    tank = Tank(rectangle(120_000.0, 16_000.0, elements=2000), h=20.0)
    flow = Flow(u=lambda x, y, s, t: a * (y - 8000.0) + 0 * s, v=still)
    start = tank.particles(np.full(count, 60_000.0), np.full(count, 8000.0))
    walk = Walk(ReversibleWalk(), None, ConstantDiffusivity(k))
    end = walked(tank, start, walk, hours=24, step=step, flow=flow)
    truth = 2 * k * time + 2 / 3 * k * a**2 * time**3
    found = end["x"].var() / truth - 1
    random = np.random.default_rng(5)
    x, y = np.zeros((2, count))
    for _ in range(steps):
        x += a * y * step + np.sqrt(2 * k * step) * random.standard_normal(count)
        y += np.sqrt(2 * k * step) * random.standard_normal(count)
    control = x.var() / truth - 1
    print(
        f"\nshear: {found:+.2%} ({within:.1%}, standard error {np.sqrt(2 / count):.1%}); control {control:+.2%}",
        end="",
    )
    assert abs(found) < within
    assert abs(end["y"].var() / (2 * k * time) - 1) < 4 * np.sqrt(2 / count)
    assert abs(control) > within


KINDS = {
    "constant": "60 m2/s", "backward": "60 m2/s", "viscofh": "viscofh", "smagorinsky": "smagorinsky", "2d": "viscofh",
    "surface": "viscofh", "5m": "viscofh", "naive": "viscofh", "naive surface": "60 m2/s",
}  # fmt: skip
PSI = 4000.0  # m3/s


@pytest.mark.validation
@pytest.mark.parametrize("kind", KINDS)
def test_whole_runs_over_a_slope_leave_even_what_is_even(tmp_path, kind):
    """With all kinds of K and in all dimensions; what is held at a depth or the surface is even by area, all
    else by volume.

    Where K comes from the flow a gyre turns: u D = d psi / dy, v D = -d psi / dx, so what is even stays so.
    """
    by_area = kind.split()[-1] in ("surface", "5m")
    count, turning = 100_000, kind == "smagorinsky"
    mesh, p, q = rectangle(LENGTH, WIDTH, elements=2400), np.pi / LENGTH, np.pi / WIDTH
    flow = Flow(
        u=lambda x, y, s, t: turning * PSI * q * np.sin(p * x) * np.cos(q * y) / bed(x) + 0 * s,
        v=lambda x, y, s, t: -turning * PSI * p * np.cos(p * x) * np.sin(q * y) / bed(x) + 0 * s,
        omega=still, viscofh=lambda x, y, s, t: 20.0 + 40.0 * x / LENGTH - 30.0 * s + 0 * y,
    )  # fmt: skip
    write_forcing(
        tmp_path / "flow.nc", x=mesh.x, y=mesh.y, triangles=mesh.triangles, h=bed(mesh.x), siglev=even_levels(5),
        times_us=6 * HOUR * np.arange(5), flow=flow,
    )  # fmt: skip
    x, y, sigma = evenly(count, by_area)
    points = write_points(tmp_path / "points.csv", x=x, y=y, sigma=sigma)
    advection = {"5m": 'depth = "5m"', "2d": 'dimension = "2d"'}.get(
        kind, 'dimension = "surface"' if by_area else ""
    )
    tracks = follow(tmp_path, f"""
        [forcing]
        files = ["flow.nc"]
        [time]
        step = "{120 if turning else 300}s"
        direction = "{"backward" if kind == "backward" else "forward"}"
        [[release]]
        file = "{points}"
        [advection]
        {advection}
        [diffusion]
        horizontal = "{KINDS[kind]}"
        smagorinsky = {0.1 if turning else 1.0}
        scheme = "{"naive" if kind.startswith("naive") else "reversible"}"
        [boundary]
        open = "none"
        [output]
        file = "tracks.nc"
        every = "24h"
    """)  # fmt: skip
    density = strips(tracks.x[-1], by_area)
    told(kind, density, 0.03)
    if kind == "naive":
        assert density[0] > 1.3
    else:
        assert np.abs(density - 1).max() < 0.03


def coast_distance(x, y, length, width):
    return np.minimum(np.minimum(x, length - x), np.minimum(y, width - y))


@pytest.mark.validation
@pytest.mark.parametrize("step", [60, 600])
def test_a_closed_basin_of_slopes_and_bumps_stays_even_with_both_walks(step):
    """By zones of depth, layers, and distance from the coast; K varies across and in the column. In 60 s not
    for so long: at the coast all is settled after a few sqrt(2 K dt)."""
    length, width, count, hours = 20_000.0, 10_000.0, 200_000, 48 if step == 600 else 8

    def depth(x, y):
        return 12 + 4 * x / length + 6 * np.sin(3 * np.pi * x / length) * np.cos(2 * np.pi * y / width)

    mesh, sigma = rectangle(length, width, elements=8000), even_levels(10)
    tank = Tank(mesh, h=depth(mesh.x, mesh.y), sigma=sigma)
    x, y = tank.whole.x, tank.whole.y
    across = (6 + 4 * np.cos(2.4 * np.pi * x / length + 1) * np.cos(1.3 * np.pi * y / width)) * (
        1 - 0.5 * tank.sigma[1:]
    )
    kh = 1e-4 + 0.02 * -tank.sigma * (1 + tank.sigma)
    across, kh = np.ascontiguousarray(across, np.float32), np.ascontiguousarray(kh, np.float32)
    pace = np.empty((3, tank.whole.elements), np.float32)
    random = np.random.default_rng(8)

    def even(many):
        px, py = length * random.random(many), width * random.random(many)
        e = tank.locate(px, py)
        weight = np.linalg.solve(
            np.stack([x[tank.whole.corners[e]], y[tank.whole.corners[e]], np.ones((many, 3))], axis=1),
            np.stack([px, py, np.ones(many)], axis=1)[:, :, None],
        )[:, :, 0]
        d = (weight * tank.h[tank.whole.corners[e]]).sum(axis=1)
        kept = 23.0 * random.random(many) < d
        return px[kept], py[kept]

    px, py = even(3 * count)
    start = tank.particles(px[:count], py[:count], -random.random(count))
    found = {}
    for scheme in (ReversibleWalk(), NaiveWalk()):
        fill_pace(tank.piece.mesh, scheme, kh, tank.piece.h, pace)
        walk = Walk(scheme, LevelDiffusivity(kh, kh, pace, pace), NodeDiffusivity(across, across))
        found[type(scheme)] = walked(tank, start.copy(), walk, hours=hours, step=step, every=hours)
        if step == 60:
            break
    rx, ry = even(3_000_000)

    def density(of, expected, edges):
        share = np.histogram(expected, edges)[0] / len(expected)
        return np.histogram(of, edges)[0] / len(of) / share

    end, zones, bands = found[ReversibleWalk], [4, 10, 12, 14, 16, 18, 24], [0, 50, 100, 200, 400, 800, 1600]
    by_depth = density(depth(end["x"], end["y"]), depth(rx, ry), zones)
    by_layer = np.histogram(end["sigma"], even_levels(10)[::-1])[0] / (count / 10)
    by_coast = density(
        coast_distance(end["x"], end["y"], length, width), coast_distance(rx, ry, length, width), bands
    )
    told(f"steps of {step} s, zones of depth", by_depth, 0.03)
    told("layers", by_layer, 0.03)
    told("distances from the coast", by_coast, 0.07)
    assert np.abs(by_depth - 1).max() < 0.03
    assert np.abs(by_layer - 1).max() < 0.03
    assert np.abs(by_coast - 1).max() < 0.07
    if NaiveWalk in found:
        naive = density(depth(found[NaiveWalk]["x"], found[NaiveWalk]["y"]), depth(rx, ry), zones)
        assert np.abs(naive - 1).max() > 0.06


@pytest.mark.validation
def test_even_on_a_tide_over_a_sloping_bed():
    """A seiche: u D = q sin(pi x / L) sin(w t), so zeta = q pi / (L w) cos(pi x / L) cos(w t): D changes by
    up to half."""
    count, w, high = 100_000, 2 * np.pi / (6 * 3600.0), 2.0
    k = np.pi / LENGTH

    def zeta(x, t):
        return high * np.cos(k * x) * np.cos(w * t)

    flow = Flow(
        u=lambda x, y, s, t: high * w / k * np.sin(k * x) * np.sin(w * t) / (bed(x) + zeta(x, t)) + 0 * s, v=still,
        zeta=lambda x, y, t: zeta(x, t) + 0 * y,
    )  # fmt: skip
    mesh = rectangle(LENGTH, WIDTH, elements=4800)
    fine = (np.arange(200_000) + 0.5) / 200_000 * LENGTH

    def up_to(x, t):
        return np.interp(x, fine, np.cumsum(bed(fine) + zeta(fine, t)) / (bed(fine) + zeta(fine, t)).sum())

    share = (np.arange(count) + 0.5) / count
    x = np.interp(share, up_to(fine, 0.0), fine)
    y = WIDTH * (np.arange(count) * GOLDEN % 1.0)
    edges = np.linspace(0.0, LENGTH, 5)
    for name, even in (("by volume", EvenByVolume()), ("control", EvenByArea())):
        tank = Tank(mesh, h=bed(mesh.x))
        walk = Walk(ReversibleWalk(), None, ConstantDiffusivity(60.0), even)
        # falling through the mean, and low at the shallow end
        for hours in (25.5,) if name == "control" else (25.5, 24.0):
            end = walked(tank, tank.particles(x, y), walk, hours=hours, step=300, flow=flow, every=0.25)
            density = np.histogram(end["x"], edges)[0] / count / np.diff(up_to(edges, hours * 3600.0))
            told(f"tide, {name}, {hours} h", density, 0.03)
            assert (np.abs(density - 1).max() < 0.03) == (name != "control")


@pytest.mark.validation
def test_even_by_area_on_the_sphere():
    """70 to 74 N for 60 days: shares of bands of latitude are those of sin(latitude). The control has no
    drift of the metric."""
    count, sigma = 90_000, -0.5
    mesh = rectangle(8.0, 4.0, elements=1500)
    tank = Tank(Mesh(mesh.x, mesh.y + 70.0, mesh.triangles), geographic=True)
    low, high = np.sin(np.radians([70.0, 74.0]))
    latitude = np.degrees(np.arcsin(low + (high - low) * (np.arange(count) + 0.5) / count))
    start = tank.particles(8.0 * (np.arange(count) * GOLDEN % 1.0), latitude, sigma)
    edges = np.linspace(70.0, 74.0, 5)
    expected = count * np.diff(np.sin(np.radians(edges))) / (high - low)
    p = {}
    for scheme in (ReversibleWalk(), NaiveWalk()):
        walk = Walk(scheme, None, ConstantDiffusivity(2000.0))
        end = walked(tank, start.copy(), walk, hours=24 * 60, step=7200, every=24 * 60)
        found = np.histogram(end["y"], edges)[0]
        p[type(scheme)] = stats.chisquare(found, expected).pvalue
        told(f"70 to 74 N, {type(scheme).__name__}, p {p[type(scheme)]:.1e}", found / expected, 0.02)
    assert np.abs(1 - p[ReversibleWalk]) < 1 - 1e-4
    assert p[NaiveWalk] < 1e-6
