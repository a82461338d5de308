"""Wind, shore and bed: how far what floats is blown, how long the stranded lie, when the bed keeps and when
it gives back."""

import math

import numpy as np
import pytest

from analytic_flows import Flow
from fvdrift_kernels.ashore import COURSE, fill_bed
from fvdrift_kernels.behaviour_options import BesideFlow, ErodibleBed, Refloating, Rise, Windage
from fvdrift_kernels.options import ConstantDiffusivity, ReversibleWalk, Walk
from fvdrift_kernels.state import ACTIVE, DEPOSITED, STRAND, STRANDED
from fvdrift_kernels.stokes_drift import add_stokes_drift
from generate_forcing import write_forcing
from simple_meshes import even_levels, rectangle
from tank import HOUR, SECOND, Tank, still

from .runs import follow
from .test_random_walk import STILL_WATER

DEPTH = 20.0


def windy(tank: Tank, u: float, v: float, share: float = 0.02) -> BesideFlow:
    """Wind over the whole tank, felt down to 0.1 m; what strands is afloat again after an hour, half of
    it."""
    wind = [np.full(tank.whole.elements, value, np.float32) for value in (u, u, v, v)]
    return BesideFlow(7, windage=Windage(share, 0.1, *wind), shore=Refloating(math.log(2.0) / 3600))


def test_what_floats_goes_with_its_share_of_the_wind_and_what_is_deeper_less():
    tank = Tank(rectangle(10_000.0, 5000.0, elements=200), h=DEPTH)
    depths = np.array([0.0, 0.05, 0.1, 10.0])
    start = tank.particles(np.full(4, 2000.0), np.full(4, 2500.0), -depths / DEPTH)
    levels = tank.levels(STILL_WATER, [0, HOUR])
    end = tank.follow(levels, start, step=60 * SECOND, beside=windy(tank, 5.0, 2.0)).end
    share = np.array([1.0, 0.5, 0.0, 0.0])
    np.testing.assert_allclose(end["x"] - 2000, 0.02 * 5.0 * 3600 * share, rtol=1e-6)
    np.testing.assert_allclose(end["y"] - 2500, 0.02 * 2.0 * 3600 * share, rtol=1e-6)


def test_the_wind_drives_ashore_by_the_rule_of_the_coast():
    tank = Tank(rectangle(10_000.0, 5000.0, elements=200), h=DEPTH)
    start = tank.particles(np.full(2, 9500.0), np.array([1000.0, 3000.0]), np.array([0.0, -0.5]))
    levels = tank.levels(STILL_WATER, [0, 3 * HOUR])
    wind = windy(tank, 5.0, 0.0)
    end = tank.follow(levels, start.copy(), step=60 * SECOND, coast=STRAND, beside=wind).end
    assert end["status"].tolist() == [STRANDED, ACTIVE]
    assert end["x"][0] == pytest.approx(10_000.0, abs=0.01)
    slid = tank.follow(levels, start.copy(), step=60 * SECOND, beside=wind).end
    assert slid["status"].tolist() == [ACTIVE, ACTIVE]
    assert slid["x"][0] == pytest.approx(10_000.0, abs=0.01)


@pytest.mark.parametrize("step", [60, 900])
def test_half_of_the_stranded_are_afloat_after_each_half_life_whatever_the_step(step):
    tank, count = Tank(rectangle(10_000.0, 5000.0, elements=200), h=DEPTH), 8000
    start = tank.particles(np.full(count, 5000.0), np.full(count, 2500.0), np.zeros(count))
    start["status"] = STRANDED
    levels = tank.levels(STILL_WATER, [0, 3 * HOUR])
    rows = tank.follow(levels, start, step=step * SECOND, every=HOUR, beside=windy(tank, 0.0, 0.0)).rows
    ashore = (rows["status"] == STRANDED).mean(axis=1)
    print(f"\nashore after 0, 1, 2, 3 half-lives, steps of {step} s: {ashore}", end="")
    for hours, share in ((1, 0.5), (2, 0.25), (3, 0.125)):
        assert abs(ashore[hours] - share) < 4 * math.sqrt(share * (1 - share) / count)
    assert ((rows["status"] == STRANDED) | (rows["status"] == ACTIVE))[1:].all()


def test_a_dry_shore_lets_nobody_go():
    tank, count = Tank(rectangle(10_000.0, 5000.0, elements=200), h=DEPTH), 100
    start = tank.particles(np.full(count, 5000.0), np.full(count, 2500.0), np.zeros(count))
    start["status"] = STRANDED
    dry = np.zeros(tank.whole.elements, bool)
    levels = [tank.level(STILL_WATER, time, wet=dry) for time in (0, 3 * HOUR)]
    end = tank.follow(levels, start, step=60 * SECOND, beside=windy(tank, 0.0, 0.0)).end
    assert (end["status"] == STRANDED).all()


def bed(tank: Tank, first: float, second: float) -> BesideFlow:
    """Sinks at 1 mm/s through still water onto a bed that is eroded above 1 cm/s."""
    course = np.zeros((tank.whole.elements, COURSE), np.float32)
    course[:, 0], course[:, 1], course[:, 8] = first, second - first, 1.0
    walk = Walk(ReversibleWalk(), ConstantDiffusivity(1e-3), None)
    return BesideFlow(8, walk=walk, rise=Rise(-1e-3), bed=ErodibleBed(0.01, course))


def test_the_bed_gives_back_what_it_holds_when_the_water_is_fast_enough():
    tank, count = Tank(rectangle(1000.0, 1000.0, elements=2), h=DEPTH), 400
    start = tank.particles(np.full(count, 500.0), np.full(count, 400.0), np.full(count, -1.0))
    start["status"] = DEPOSITED
    levels = tank.levels(STILL_WATER, [0, 4 * HOUR])
    rising = tank.follow(
        levels, start.copy(), step=60 * SECOND, every=HOUR // 2, beside=bed(tank, 0.0, 0.02)
    ).rows
    # 1 cm/s is passed at 2 h; what is taken up then is kept up by mixing, above the bed
    assert (rising["status"][1:5] == DEPOSITED).all()
    assert (rising["status"][5:] == ACTIVE).all()
    assert (rising["sigma"][5:] > -1).mean() > 0.9
    falling = tank.follow(
        levels, start.copy(), step=60 * SECOND, every=HOUR // 2, beside=bed(tank, 0.02, 0.0)
    ).rows
    assert (falling["status"][1:4] == ACTIVE).all()
    assert (falling["status"][5:] == DEPOSITED).mean() > 0.5
    assert np.isin(falling["status"][1:], (ACTIVE, DEPOSITED)).all()


@pytest.mark.parametrize("depth", [10.0, 3.0, 1.0, 0.2])
def test_the_drag_is_that_of_the_log_law_over_at_least_three_metres(depth):
    """FVCOM's brough.F: kappa / ln(z / z0), z the height of the lowest centre in the water there is, or in 3
    m of it."""
    tank = Tank(rectangle(1000.0, 1000.0, elements=2), h=10.0, sigma=even_levels(10))
    u, v = np.full((10, 2), 0.3, np.float32), np.full((10, 2), 0.4, np.float32)
    water, wet = np.full(tank.whole.nodes, depth, np.float32), np.array([15, 0], np.uint8)
    bed = np.empty((2, 3), np.float32)
    fill_bed(tank.piece.mesh, u, v, water, wet, 0.001, bed)
    np.testing.assert_allclose(bed[0], [0.3, 0.4, 0.4 / math.log(0.05 * max(depth, 3.0) / 0.001)], rtol=1e-6)
    assert (bed[1, :2] == 0).all()
    fill_bed(tank.piece.mesh, u, v, water, wet, 1e-6, bed)
    assert bed[0, 2] == pytest.approx(math.sqrt(0.0025), rel=1e-6)  # FVCOM's least drag


TIDE = 12.42 * 3600.0


def calm(folder, *, frames, time, depth, step="60s"):
    """When a bed under u = sin of a tide, slack at half past, keeps what lies on it: (first, last) minute,
    and by the formula."""
    mesh = rectangle(60_000.0, 2000.0, elements=60)
    write_forcing(
        folder / "tide.nc", x=mesh.x, y=mesh.y, triangles=mesh.triangles, h=depth, siglev=even_levels(10),
        times_us=frames * SECOND * np.arange(4 * HOUR // SECOND // frames + 1), wet=True,
        flow=Flow(u=lambda x, y, s, t: np.sin(2 * np.pi / TIDE * (t - 5400.0)) + 0 * x * s, v=still, omega=still),
    )  # fmt: skip
    tracks = follow(folder, f"""
        [forcing]
        files = ["tide.nc"]
        time_interpolation = "{time}"
        [time]
        step = "{step}"
        duration = "3h"
        [[release]]
        count = 10
        box = [29000.0, 500.0, 31000.0, 1500.0]
        depth = "bottom"
        [behaviour]
        settling = "5 mm/s"
        [boundary]
        open = "none"
        bottom = "deposit"
        resuspension = "1 cm/s"
        [output]
        file = "tracks.nc"
        every = "{step}"
    """)  # fmt: skip
    lying = tracks.time[(tracks.status == DEPOSITED).all(axis=1)] / 60
    share = 0.4 / math.log(0.05 * max(depth, 3.0) / 0.001)
    wide = math.asin(0.01 / share) / (2 * np.pi / TIDE) / 60
    return (lying[0], lying[-1]), (90 - wide, 90 + wide)


@pytest.mark.parametrize(
    ("frames", "time", "depth"),
    [
        (3600, "cubic", 10.0),
        pytest.param(3600, "linear", 10.0, marks=pytest.mark.validation),  # kernels of its own
        (600, "cubic", 10.0),
        (3600, "cubic", 1.0),
    ],
)
def test_slack_water_between_frames_lets_lie_what_has_sunk(tmp_path, frames, time, depth):
    """The flow turns half way between hourly frames, at neither of which it is calm."""
    found, truth = calm(tmp_path, frames=frames, time=time, depth=depth)
    print(
        f"\nfrom {found[0]:.0f} to {found[1]:.0f} min, by the formula {truth[0]:.1f} to {truth[1]:.1f}",
        end="",
    )
    assert truth[0] < found[0] <= truth[0] + 3.0  # a step or two to come down
    assert abs(found[1] - truth[1]) <= 1.5


def test_a_stokes_drift_of_the_surface_is_its_depth_mean_where_the_flow_is_so():
    tank = Tank(rectangle(1000.0, 1000.0, elements=2), h=10.0, sigma=even_levels(1))
    flow, depth = np.full((1, 2), 0.1, np.float32), np.full(tank.whole.nodes, 10.0, np.float32)
    total = np.empty_like(flow)
    add_stokes_drift(tank.piece.mesh, depth, flow, np.full((1, 2), 0.2, np.float32), 1.0 / 4.0, -1, total)
    below = (np.arange(100_000) + 0.5) / 10_000
    np.testing.assert_allclose(total, 0.1 - 0.2 * np.exp(-below / 4.0).mean(), rtol=1e-6)
    layers = np.full((10, 2), 0.1, np.float32)
    add_stokes_drift(tank.piece.mesh, depth, layers, layers, 0.0, -1, total := np.empty_like(layers))
    assert (total == 0).all()
