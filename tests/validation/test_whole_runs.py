"""Whole runs with a closed form: how files are indexed and oriented, who leaves when, and the hand-on of long
steps."""

import netCDF4
import numpy as np
import pytest

from analytic_flows import Flow
from generate_forcing import write_forcing, write_obc
from simple_meshes import even_levels, rectangle
from tank import SECOND, still

from .runs import STATUS, follow, write_points

HOUR = 3600 * SECOND
CENTRE = 10_000.0
TURN = 2 * np.pi / 86400.0
ROTATION = Flow(
    u=lambda x, y, s, t: -TURN * (y - CENTRE) + 0 * s, v=lambda x, y, s, t: TURN * (x - CENTRE) + 0 * s,
    omega=lambda x, y, s, t: 1e-4 + 0 * x * s,
)  # fmt: skip


def run_text(points, *, step, every, duration, coast="slide", more="", parallel=""):
    return f"""
        [forcing]
        files = ["flow.nc"]
        [time]
        step = "{step}s"
        duration = "{duration}s"
        [[release]]
        file = "{points}"
        [boundary]
        coast = "{coast}"
        {more}
        [output]
        file = "tracks.nc"
        every = "{every}s"
        {parallel}
    """


def write_flow(path, mesh, flow, frames, **choices):
    write_forcing(
        path, x=mesh.x, y=mesh.y, triangles=mesh.triangles, h=20.0, siglev=even_levels(4), times_us=HOUR * np.arange(frames),
        flow=flow, double=True, **choices,
    )  # fmt: skip


@pytest.mark.parametrize("clockwise", [True, False], ids=["clockwise", "counter"])
@pytest.mark.parametrize("base", [1, 0])
def test_a_quarter_turn_however_the_mesh_is_written(tmp_path, clockwise, base):
    """nv from 1 or from 0, either way round; a quarter turn, and omega of 1e-4 m/s (units say 1/s) over 20
    m."""
    mesh = rectangle(2 * CENTRE, 2 * CENTRE, elements=800)
    write_flow(tmp_path / "flow.nc", mesh, ROTATION, 8, clockwise=clockwise)
    with netCDF4.Dataset(tmp_path / "flow.nc", "a") as data:
        data["nv"][:] = data["nv"][:] - (1 - base)
        data["nbe"][:] = data["nbe"][:] - (1 - base)
    r = np.linspace(500.0, 8000.0, 20)
    points = write_points(
        tmp_path / "points.csv", x=CENTRE + r, y=np.full(20, CENTRE), sigma=np.full(20, -0.9)
    )
    tracks = follow(tmp_path, run_text(points, step=300, every=21600, duration=21600))
    error = np.hypot(tracks.x[-1] - CENTRE, tracks.y[-1] - (CENTRE + r)).max()
    rise = (tracks.sigma[-1] + 0.9).max() / 21600
    print(
        f"\na quarter turn ends {error:.1e} m from the closed form (< 0.01); d sigma / dt {rise:.4e} 1/s (5e-6)"
    )
    assert error < 0.01
    np.testing.assert_allclose(tracks.sigma[-1], -0.9 + 5e-6 * 21600, rtol=1e-5)


def test_what_leaves_through_the_open_boundary_is_counted_to_the_particle(tmp_path):
    """A channel with 1 m/s: who has left at a time is known, and the fates add up to the released at every
    output."""
    length = 20_000.0
    mesh = rectangle(length, 2000.0, elements=800)
    flow = Flow(u=lambda x, y, s, t: 1.0 + 0 * x * s, v=lambda x, y, s, t: 0 * x * s, omega=still)
    write_flow(tmp_path / "flow.nc", mesh, flow, 8)
    write_obc(tmp_path / "obc.dat", np.flatnonzero((mesh.x < 1) | (mesh.x > length - 1)))
    x = np.random.default_rng(5).uniform(10, length - 10, 2000)
    points = write_points(tmp_path / "points.csv", x=x, y=np.full(2000, 777.0), sigma=np.full(2000, -0.5))
    tracks = follow(
        tmp_path, run_text(points, step=60, every=1800, duration=7 * 3600, more='open = "obc.dat"')
    )
    counted = tracks.record["counts"]
    left = [int(np.count_nonzero(x + seconds >= length)) for seconds in tracks.time]
    exited = [row["exited"] for row in counted]
    print(f"\nexited {exited}\nknown  {left}")
    assert np.abs(np.subtract(exited, left)).max() <= 1  # one may lie on the boundary at a record
    assert exited[-1] == 2000
    fates = ("active", "stranded", "deposited", "settled", "exited", "dead")
    for row, status in zip(counted, tracks.status, strict=True):
        assert row["released"] == sum(row[name] for name in fates) == 2000
        assert [row[name] for name in STATUS] == np.bincount(status, minlength=len(STATUS)).tolist()
    # its last position is given once, on the boundary, then no more
    for particle in (0, 1000, 1999):
        out = int(np.argmax(tracks.status[:, particle] == STATUS["exited"]))
        assert tracks.x[out, particle] == pytest.approx(length, abs=1e-3)
        assert np.isnan(tracks.x[out + 1 :, particle]).all()


@pytest.mark.parametrize("coast", ["slide", "reflect", "strand"])
def test_steps_across_several_pieces_end_where_they_do_in_one(tmp_path, coast):
    """Courant number 20 on 8 pieces of a strip, each 6 elements long: a step crosses three of them, and
    bounces.

    The flow speeds up after six hours, so what a piece saw of its surroundings when it was cut is far too
    little then.
    """
    length, width = 15_000.0, 1800.0
    mesh = rectangle(length, width, elements=600)

    def speed(t):
        return 0.3 if t < 6 * 3600 else 5.0

    flow = Flow(
        u=lambda x, y, s, t: speed(t) * np.cos(2 * np.pi * t / 14_400 + y / width) + 0 * s * x,
        v=lambda x, y, s, t: 0.1 * speed(t) * np.sin(2 * np.pi * (3 * x / length - t / 7000)) + 0 * s,
        omega=lambda x, y, s, t: -1e-3 * s * (1 + s) + 0 * x,
    )  # fmt: skip
    write_flow(tmp_path / "flow.nc", mesh, flow, 13)
    random = np.random.default_rng(6)
    points = write_points(
        tmp_path / "points.csv", x=random.uniform(1, length - 1, 2000), y=random.uniform(1, width - 1, 2000),
        sigma=-random.random(2000),
    )  # fmt: skip
    step = 1200  # s: 6 km at 5 m/s, over elements of 300 m
    runs = {}
    for parts in (1, 8):
        text = run_text(
            points,
            step=step,
            every=step,
            duration=12 * 3600,
            coast=coast,
            parallel=f"[parallel]\nparts = {parts}",
        )
        runs[parts] = follow(tmp_path, text)
    one, eight = runs[1], runs[8]
    longest = np.nanmax(np.abs(np.diff(one.x, axis=0))) / (length / 8)
    print(
        f"\n{coast}: {eight.record['hand_offs']:,} hand-offs in {eight.record['particle_steps']:,} steps on 8 pieces, "
        f"{eight.record['widened_pieces']} pieces widened; the longest way in one step is {longest:.1f} pieces"
    )
    assert eight.record["hand_offs"] > 300
    assert eight.record["widened_pieces"] > 0
    if coast != "strand":
        assert longest > 2.5
    assert one.record["particle_steps"] == eight.record["particle_steps"]
    for name in ("x", "y", "z", "sigma", "status", "dry"):
        assert one.columns[name].tobytes() == eight.columns[name].tobytes(), name
