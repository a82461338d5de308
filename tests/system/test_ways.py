"""Runs backward, and runs in which nothing goes up or down, against closed forms; with kernels uncompiled."""

from pathlib import Path
from typing import Any

import numpy as np

from generate_forcing import Flow

from .flows import channel
from .workshop import columns, start, write_run

OMEGA = 1e-4  # m/s, half way down


def still(x, y, s, t):
    return 0.0 * x * s


def moved(folder: Path, function: str = "", speed: float = 0.0, **tables: Any) -> dict[str, float]:
    """How far a particle has come in an hour, from half way down 20 m of water that goes east at `speed`, and
    up by omega."""
    flow = Flow(
        u=lambda x, y, s, t: speed + 0 * x * s,
        v=still,
        omega=lambda x, y, s, t: -4 * OMEGA * s * (1 + s) + 0 * x,
    )
    forcing = channel(folder / "still.nc", flow, elements=60, layers=20, frames=2, wind=(10.0, 0.0))
    (folder / "own.py").write_text(function)
    tree = {
        "forcing": {"files": [str(forcing)]}, "release": [{"point": [5000.0, 1250.0], "sigma": -0.5}],
        "output": {"every": "1h", "file": "moved.nc"}, "behaviour": {"custom": "own.py:swim"}, **tables,
        "time": {"step": "5min", **tables.get("time", {})},
    }  # fmt: skip
    done = start("run", write_run(folder, tree), "--quiet", NUMBA_DISABLE_JIT="1")
    assert done.returncode == 0, done.stderr
    tracks = columns(folder / "moved.nc")
    return {name: float(tracks[name][0, -1] - tracks[name][0, 0]) for name in ("x", "y", "z", "sigma")}


def test_its_velocity_is_reversed_backward_and_what_it_sees_is_not(tmp_path: Path) -> None:
    """Against the same velocity for an hour: 1000 omega east, 5 cm/s north, 1 mm/s up, and omega itself."""
    text = "def swim(omega):\n    return 1e3 * omega, 0.05, 1e-3\n"
    way = moved(tmp_path, text, time={"direction": "backward"})
    np.testing.assert_allclose([way["x"], way["y"]], [-1e3 * OMEGA * 3600, -0.05 * 3600], rtol=0.1)
    np.testing.assert_allclose(way["z"], -1e-3 * 3600 - OMEGA * 3600, rtol=0.02)


def test_it_may_go_across_where_nothing_goes_up(tmp_path: Path) -> None:
    way = moved(tmp_path, "def swim():\n    return 0.1, 0.05, 0.0\n", advection={"dimension": "2d"})
    np.testing.assert_allclose([way["x"], way["y"]], [360.0, 180.0], rtol=1e-9)
    assert way["sigma"] == 0.0


def test_wind_and_waves_that_are_velocities_of_the_flow_are_reversed_once(tmp_path: Path) -> None:
    """The flow, the same as drift of the waves, and a fifth of it by the wind: 0.22 m/s, west in a run
    backward."""
    way = moved(
        tmp_path, speed=0.1, time={"direction": "backward"}, advection={"dimension": "surface", "stokes_drift": ["u", "v"]},
        behaviour={"windage": 0.2, "wind": ["ua", "va"]},
    )  # fmt: skip
    np.testing.assert_allclose(way["x"], -(0.1 + 0.1 + 0.02) * 3600, rtol=1e-5)


def test_what_sinks_and_is_blown_comes_from_above_and_from_the_lee(tmp_path: Path) -> None:
    """1 mm/s down and 3 % of a wind of 10 m/s, which falls to nothing 1 km down; omega lifts, so backward it
    lowers."""
    way = moved(
        tmp_path,
        time={"direction": "backward"},
        behaviour={"settling": "1 mm/s", "windage": 0.03, "windage_depth": "1km"},
    )
    np.testing.assert_allclose(way["z"], 1e-3 * 3600 - OMEGA * 3600, rtol=0.02)
    np.testing.assert_allclose(way["x"], -0.3 * 3600, rtol=0.02)


def test_who_migrates_swims_to_its_depth_backward_too(tmp_path: Path) -> None:
    """At 2 mm/s from 10 m up to 5 m by night, which it is, and stays there whatever omega does."""
    night = {"day": "15m", "night": "5m", "speed": "2 mm/s", "dawn": "06:00", "dusk": "18:00"}
    way = moved(tmp_path, time={"direction": "backward"}, behaviour={"migration": night})
    np.testing.assert_allclose(way["z"], 5.0, atol=0.05)
