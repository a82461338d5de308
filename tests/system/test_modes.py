"""The choices of a run file that change how particles move, each by what must follow from it; and the debug
mode."""

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from generate_forcing import Flow

from .cases import ALL, EVERYWHERE, FORCING, OPEN, held
from .conftest import Truth
from .flows import LENGTH, WIDTH, channel, gyres, without
from .workshop import Tree, columns, digest, record, solve, start, write_run

Of = Callable[[str], Truth]


def flat(x, y, s, t):
    return 0.0 * x * s


@pytest.fixture
def sheared(tmp_path: Path) -> Tree:
    """A run in a flow of 0.4 (1 + s) m/s along the channel: 0.4 at the surface, 0.2 in the mean, 0 at the
    bed."""
    flow = Flow(
        u=lambda x, y, s, t: 0.4 * (1 + s) + 0 * x, v=flat, zeta=lambda x, y, t: 1.0 + 0 * x, omega=flat
    )
    forcing = channel(tmp_path / "sheared.nc", flow, elements=60, layers=10, frames=3)
    return {
        "forcing": {"files": [str(forcing)]}, "time": {"step": "10min"}, "output": {"every": "10min"},
        "release": [{"count": 50, "box": [500.0, 200.0, 4000.0, 2300.0]}],
    }  # fmt: skip


def travelled(tree: Tree, folder: Path, **advection: str) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    tracks = columns(solve(write_run(folder, {**tree, "advection": advection}), output="mode.nc"))
    return (tracks["x"][:, -1] - tracks["x"][:, 0]) / (tracks["time"][0, -1] - tracks["time"][0, 0]), tracks


def test_the_dimension_picks_the_flow(sheared: Tree, tmp_path: Path) -> None:
    speed, tracks = travelled(sheared, tmp_path)
    np.testing.assert_allclose(speed, 0.4 * (1 + np.clip(tracks["sigma"][:, 0], -0.95, -0.05)), atol=1e-6)
    for mode, expected in (("2d", 0.2), ("surface", 0.38)):  # the first layer has its middle at -0.05
        speed, tracks = travelled(sheared, tmp_path, dimension=mode)
        np.testing.assert_allclose(speed, expected, atol=1e-6)
        assert (tracks["sigma"] == tracks["sigma"][:, :1]).all()
    speed, tracks = travelled(sheared, tmp_path, depth="5m")
    np.testing.assert_allclose(speed, 0.4 * (1 - 5 / 21), atol=1e-6)
    np.testing.assert_allclose(tracks["z"], 1.0 - 5.0, atol=1e-5)


@pytest.mark.parametrize("depth", ["uniform", "5m", "bottom"])
def test_what_moves_at_the_surface_is_at_the_surface(depth: str, tmp_path: Path) -> None:
    """3 % of a wind of 10 m/s for 2 h; z is that of the moving surface, what is sampled and K are those of
    the top layer."""
    flow = Flow(
        u=flat, v=flat, zeta=lambda x, y, t: 0.5 + t / 14400 + 0 * x, omega=flat, temp=lambda x, y, s, t: 10 + 10 * s + 0 * x,
        viscofh=lambda x, y, s, t: 50 + 40 * s + 0 * x,
    )  # fmt: skip
    forcing = channel(tmp_path / "windy.nc", flow, elements=60, layers=10, frames=3, wind=(10.0, 0.0))
    tree = {
        "forcing": {"files": [str(forcing)]}, "time": {"step": "10min"}, "advection": {"dimension": "surface"},
        "output": {"every": "1h", "variables": ["temp", "viscofh"]}, "behaviour": {"windage": 0.03},
        "release": [
            {"point": [2000.0, 1200.0], "depth": depth, "count": 10},
            {"box": [2000.0, 1000.0, 3000.0, 2000.0], "depth": depth, "count": 10},
        ],
    }  # fmt: skip
    tracks = solve(write_run(tmp_path, tree))
    told = [note for note in record(tracks)["notes"] if "depths that releases give" in note]
    assert len(told) == (0 if depth == "uniform" else 1)
    found = columns(tracks)
    np.testing.assert_allclose(found["x"][:, -1] - found["x"][:, 0], 0.3 * 7200, atol=0.01)
    assert (found["sigma"] == 0).all()
    np.testing.assert_allclose(found["z"], [[0.5, 0.75, 1.0]] * 20, atol=1e-6)
    np.testing.assert_allclose(found["temp"], 9.5, atol=1e-5)
    np.testing.assert_allclose(found["viscofh"], 48.0, atol=1e-4)


def test_in_two_dimensions_all_that_lies_in_layers_is_the_depth_mean(tmp_path: Path) -> None:
    flow = Flow(u=flat, v=flat, temp=lambda x, y, s, t: 10 + 10 * s + 1e-3 * x)
    forcing = channel(tmp_path / "mean.nc", flow, elements=60, layers=6, frames=3, sigma="uneven")
    tree = {
        "forcing": {"files": [str(forcing)]}, "time": {"step": "10min"}, "advection": {"dimension": "2d"},
        "output": {"every": "1h", "variables": ["temp"]}, "release": [{"box": [500.0, 200.0, 4000.0, 2300.0], "count": 50}],
    }  # fmt: skip
    found = columns(solve(write_run(tmp_path, tree)))
    np.testing.assert_allclose(found["temp"], 5 + 1e-3 * found["x"], atol=1e-5)


def test_held_below_the_bed_is_at_the_bed(sheared: Tree, tmp_path: Path) -> None:
    speed, tracks = travelled(sheared, tmp_path, depth="30m")
    np.testing.assert_allclose(speed, 0.4 * 0.05, atol=1e-6)
    assert (tracks["sigma"] == -1).all()


@pytest.mark.parametrize(
    "diffusion",
    [
        pytest.param({}, id="flow"),
        pytest.param({"horizontal": "20 m2/s"}, id="walk", marks=pytest.mark.validation),  # a loop of its own
    ],
)
def test_held_at_its_depth_in_a_real_estuary(truth: Of, tmp_path: Path, diffusion: Tree) -> None:
    tracks = columns(truth("held").tracks)
    if diffusion:
        tracks = columns(
            solve(write_run(tmp_path, {**held(tmp_path), "diffusion": diffusion}), output="held.nc")
        )
    active = tracks["status"] == 1  # who has left keeps the sigma of that time
    deep = active & (tracks["water_depth"] > 5.001)
    np.testing.assert_allclose((tracks["zeta"] - tracks["z"])[deep], 5.0, atol=1e-4)
    shallow = active & (tracks["water_depth"] < 4.999)
    assert shallow.sum() > 100
    assert (tracks["sigma"][shallow] == -1).all()


def test_schemes_come_together_as_they_should(tmp_path: Path) -> None:
    """Half the step takes a scheme of order p nearer by 2^p; the flow is smooth only within elements, so
    about that."""
    forcing = channel(tmp_path / "gyres.nc", without(gyres(0.5), "omega", "ww"), elements=3000, frames=3)
    tree = {
        "forcing": {"files": [str(forcing)]}, "advection": {"dimension": "2d"}, "output": {"every": "2h"},
        "release": [{"count": 200, "box": [2000.0, 800.0, 8000.0, 1700.0]}], "time": {"duration": "2h"},
    }  # fmt: skip
    path = write_run(tmp_path, tree)

    def end(scheme: str, step: str) -> np.ndarray:
        tracks = columns(solve(path, f"advection.scheme={scheme}", f"time.step={step}", output="scheme.nc"))
        return np.stack([tracks["x"][:, -1], tracks["y"][:, -1]])

    best = end("rk4", "10s")
    error = {
        (scheme, step): np.median(np.hypot(*(end(scheme, f"{step}s") - best)))
        for scheme, step in itertools.product(("euler", "rk2", "rk4"), (300, 600))
    }
    assert 1.5 < error["euler", 600] / error["euler", 300] < 2.7
    assert 2.5 < error["rk2", 600] / error["rk2", 300] < 6.0
    assert error["rk4", 600] < 0.2 * error["rk2", 600] < 0.1 * error["euler", 600]


@pytest.mark.parametrize("coast", ["slide", "reflect", "strand"])
def test_the_coast(coast: str, tmp_path: Path) -> None:
    """Across and along the channel at 0.3 m/s each: who slides goes on along the wall."""
    flow = Flow(u=lambda x, y, s, t: 0.3 + 0 * x * s, v=lambda x, y, s, t: 0.3 + 0 * x * s, omega=flat)
    forcing = channel(tmp_path / "coast.nc", flow, elements=60, frames=4)
    tree = {
        "forcing": {"files": [str(forcing)]}, "time": {"step": "10min"}, "output": {"every": "30min"},
        "release": [{"count": 50, "box": [500.0, 1200.0, 3000.0, 2000.0]}], "boundary": {"coast": coast},
        "advection": {"coast_gradient": "neighbours"},  # this flow goes through the wall
    }  # fmt: skip
    tracks = columns(solve(write_run(tmp_path, tree), output="tracks.nc"))
    x, y, status = tracks["x"][:, -1], tracks["y"][:, -1], tracks["status"][:, -1]
    assert (tracks["y"] < WIDTH).all()
    assert (tracks["x"] < LENGTH).all()
    if coast == "strand":
        assert (status == 2).all()
        np.testing.assert_allclose(x - tracks["x"][:, 0], y - tracks["y"][:, 0], atol=0.01)
    else:
        assert (status == 1).all()
        np.testing.assert_allclose(x - tracks["x"][:, 0], 0.3 * 3 * 3600, atol=0.1)
        if coast == "slide":
            assert (y > WIDTH - 0.01).all()
        else:
            assert (y < WIDTH - 0.01).any()


def test_the_open_boundary_by_file_by_polygon_and_none(sheared: Tree, tmp_path: Path) -> None:
    sheared["release"][0]["box"] = [8500.0, 200.0, 9900.0, 2300.0]
    sheared["advection"] = {"dimension": "surface"}

    def last(**boundary) -> tuple[np.ndarray, list[str]]:
        tracks = solve(write_run(tmp_path, {**sheared, "boundary": boundary}), output="open.nc")
        return columns(tracks)["status"][:, -1], record(tracks)["notes"]

    around = [[LENGTH - 1, -1.0], [LENGTH + 1, -1.0], [LENGTH + 1, WIDTH + 1], [LENGTH - 1, WIDTH + 1]]
    for boundary in ({"open": "sheared_obc.dat"}, {"open": around}):
        status, notes = last(**boundary)
        assert (status == 5).all()
        assert not any("warning" in note for note in notes)
    status, notes = last(open="none")
    assert (status == 1).all()
    assert not any("warning" in note for note in notes)
    status, notes = last()
    assert (status == 1).all()
    (warning,) = [note for note in notes if note.startswith("warning: boundary.open is not set")]
    assert "outer sides" in warning


@pytest.mark.parametrize("name", ["globe", "everywhere"])
def test_forward_and_back_again(name: str, truth: Of, tmp_path: Path) -> None:
    """From the last positions of a run backward, to where it started."""
    it = truth(name)
    # beside a wall the velocity jumps from one element to the next, and no step can be undone over a jump
    smooth = 'advection.coast_gradient="neighbours"'
    there = columns(solve(it.run_file, smooth, output=str(tmp_path / "there.nc")))
    extra = (
        f'output.file="{tmp_path / "back.nc"}"',
        "output.variables=[]",
        'time.direction="backward"',
        smooth,
    )
    release = f'release.0={{file = "{tmp_path / "there.nc"}"}}'
    back = columns(solve(it.run_file, release, *extra))
    kept = there["status"][:, -1] == 1
    x, y = ("lon", "lat") if name == "globe" else ("x", "y")
    assert len(back[x]) == kept.sum()
    scale = 6_371_000 * np.pi / 180 if name == "globe" else 1.0
    apart = scale * np.hypot(back[x][:, -1] - there[x][kept, 0], back[y][:, -1] - there[y][kept, 0])
    gone = scale * np.hypot(there[x][kept, -1] - there[x][kept, 0], there[y][kept, -1] - there[y][kept, 0])
    assert np.median(gone) > 500
    assert np.nanmedian(apart) < 5
    np.testing.assert_array_equal(back["time"][0], there["time"][0][::-1])


def test_parts_on_the_command_line_are_the_key(truth: Of) -> None:
    it = truth("two_elements")
    done = start("run", it.run_file, "--quiet", "--parts", 3, "--set", "output.file=parts.nc")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert [line[:22] for line in done.stderr.splitlines()] == ["warning: boundary.open"]
    assert digest(it.tracks.with_name("parts.nc")) == it.digest
    assert record(it.tracks.with_name("parts.nc"))["parts"] == 3


def test_what_a_run_tells(truth: Of) -> None:
    it = truth("everywhere")
    done = start("run", it.run_file, "--set", "output.file=told.nc")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    for words in ("10 layers", "vertical motion by omega", "wet_cells", "largest Courant number", "18 open sides",
                  "frames up to 60 min apart", "500 particles", "100 %", "Done in"):  # fmt: skip
        assert words in done.stderr


def test_with_compiling_off_the_tracks_are_the_same(tmp_path: Path) -> None:
    """The debug mode runs the same lines; what differs is how a fused multiply-add is rounded."""
    forcing = channel(tmp_path / "small.nc", gyres(0.5), elements=24, frames=2, layers=3)
    tree = {
        "forcing": {"files": [str(forcing)]}, "time": {"step": "15min"},
        "release": [{"count": 6, "box": ALL}, {"point": [5000.0, 1200.0], "depth": "5m", "start": "30min"}],
        "output": {"every": "15min", "file": "debug.nc", "variables": ["u", "temp", "kh"]},
    }  # fmt: skip
    path = write_run(tmp_path, tree)
    done = start("run", path, "--quiet", NUMBA_DISABLE_JIT="1")
    assert done.returncode == 0, done.stderr
    debug, compiled = columns(tmp_path / "debug.nc"), columns(solve(path, output="compiled.nc"))
    for name in ("x", "y", "z", "sigma"):
        np.testing.assert_allclose(debug[name], compiled[name], rtol=1e-9, atol=1e-9, err_msg=name)
    for name in ("u", "temp", "kh"):
        np.testing.assert_allclose(debug[name], compiled[name], rtol=1e-6, err_msg=name)
    np.testing.assert_array_equal(debug["status"], compiled["status"])
    assert np.nanmax(np.abs(debug["x"] - debug["x"][:, :1])) > 500


def test_how_omega_is_found_hardly_matters(tmp_path: Path) -> None:
    """From omega, from ww, and from continuity a particle sinks and rises alike where the files agree with
    each other."""
    ends = {}
    for name, left_out in (("omega", ()), ("ww", ("omega",)), ("continuity", ("omega",))):
        flow = without(overturning(), *left_out)
        forcing = channel(tmp_path / f"{name}.nc", flow, elements=1500, frames=3, layers=20)
        tree = {
            "forcing": {"files": [str(forcing)]}, "time": {"step": "5min"}, "output": {"every": "2h"},
            "release": [{"count": 100, "box": [3000.0, 600.0, 7000.0, 1900.0], "sigma": -0.4}],
            "advection": {"vertical_velocity": "ww" if name == "ww" else "auto"},
        }  # fmt: skip
        tracks = solve(write_run(tmp_path, tree), output="vertical.nc")
        ends[name] = columns(tracks)["sigma"][:, -1]
        assert any(name in note for note in record(tracks)["notes"])
    moved = np.median(np.abs(ends["omega"] + 0.4))
    assert moved > 0.05
    for name in ("ww", "continuity"):
        assert np.median(np.abs(ends[name] - ends["omega"])) < 0.1 * moved


def overturning() -> Flow:
    """A cell in the vertical plane along the channel, flat surface and bed: u = S f'(s) sin(kx), w = -S D k
    f(s) cos(kx)."""
    k, depth, strength = 2 * np.pi / LENGTH, 20.0, 0.3

    def w(x, y, s, t):
        return -strength * depth * k * s * (1 + s) * np.cos(k * x) + 0 * y

    return Flow(u=lambda x, y, s, t: strength * (1 + 2 * s) * np.sin(k * x) + 0 * y, v=flat, omega=w, ww=w)


def test_a_whole_run_in_the_estuary_loses_nobody(tmp_path: Path) -> None:
    """With no open side and a coast that holds nobody all that start are there at the end, in the water."""
    tree = {
        "forcing": FORCING, "time": {"step": "5min"}, "boundary": {"open": "none"},
        "release": [{"count": 2000, "box": EVERYWHERE}],
    }  # fmt: skip
    tracks = columns(solve(write_run(tmp_path, tree), output="all.nc"))
    assert (tracks["status"] == 1).all()
    assert np.isfinite(tracks["x"]).all()
    left = columns(solve(write_run(tmp_path, {**tree, "boundary": OPEN}), output="left.nc"))
    assert (left["status"][:, -1] == 5).sum() > 100
