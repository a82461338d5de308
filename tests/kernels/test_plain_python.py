"""The debug mode: the same physics in plain Python, with compiling off."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from analytic_flows import Flow
from fvdrift_kernels.behaviour_options import BesideFlow, Rise
from fvdrift_kernels.options import ConstantDiffusivity, LevelDiffusivity, ReversibleWalk, Walk
from fvdrift_kernels.state import REFLECT
from simple_meshes import Mesh, rectangle, uneven_levels
from tank import SECOND, Tank

SCRIPT = """
import sys
sys.path[:0] = sys.argv[1:4]
import numpy as np
import test_plain_python as t
np.save(sys.argv[4], t.end_of_tiny_run(sys.argv[5] == "degrees", sys.argv[6] == "stirred"))
"""


def stirred(tank):
    """A walk across and, with several sub-steps, in the column; and what sinks."""
    level = tank.sigma[:, :1]
    kh = np.ascontiguousarray(
        0.02 * -level * (1 + level) * (1 + 1e-4 * np.arange(tank.whole.nodes)), np.float32
    )
    pace = np.full((3, tank.whole.elements), 5e-3, np.float32)
    walk = Walk(ReversibleWalk(), LevelDiffusivity(kh, 1.1 * kh, pace, pace), ConstantDiffusivity(3.0))
    return BesideFlow(5, walk=walk, rise=Rise(-1e-3))


def end_of_tiny_run(geographic, with_walk):
    """A dozen particles, ten steps over coast, layers, frames and a dry corner: x, y, sigma, status."""
    mesh = rectangle(1000.0, 500.0, elements=40)
    per_x, per_y = (71_000.0, 111_000.0) if geographic else (1.0, 1.0)
    mesh = Mesh(mesh.x / per_x, mesh.y / per_y + 50 * geographic, mesh.triangles)
    tank = Tank(mesh, sigma=uneven_levels(4), geographic=geographic)

    def place(x, y):
        return x * per_x, (y - 50 * geographic) * per_y

    flow = Flow(
        u=lambda x, y, s, t: np.sin(place(x, y)[0] / 150 + t / 300) * (1.5 + s), v=lambda x, y, s, t: 1.2 + 0 * x * s,
        zeta=lambda x, y, t: 0.5 * np.cos(t / 200 + place(x, y)[0] / 500),
        omega=lambda x, y, s, t: -2e-2 * s * (1 + s) + 0 * x,
    )  # fmt: skip
    levels = tank.levels(flow, 150 * SECOND * np.arange(5), wet=place(tank.xc, tank.yc)[0] > 100)
    beside = stirred(tank) if with_walk else None
    end = tank.follow(levels, tank.scattered(12), step=60 * SECOND, coast=REFLECT, beside=beside).end
    return np.array([end["x"], end["y"], end["sigma"], end["status"]])


@pytest.mark.parametrize(
    ("coordinates", "water"),
    [
        ("metres", "calm"),
        ("degrees", "stirred"),
        pytest.param("metres", "stirred", marks=pytest.mark.validation),
        pytest.param("degrees", "calm", marks=pytest.mark.validation),
    ],
)
def test_a_tiny_run_agrees_with_compiling_off(tmp_path, coordinates, water):
    here, out = Path(__file__).parent, tmp_path / "plain.npy"
    paths = [str(here), str(here.parent), str(here.parents[1] / "scripts")]
    subprocess.run(
        [sys.executable, "-c", SCRIPT, *paths, str(out), coordinates, water],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"}, check=True,
    )  # fmt: skip
    compiled, plain = end_of_tiny_run(coordinates == "degrees", water == "stirred"), np.load(out)
    off = np.abs(plain / compiled - 1).max()
    print(f"\n{coordinates}, {water}: compiled and plain differ by {off:.1e} of the value (< 1e-12)")
    np.testing.assert_allclose(plain, compiled, rtol=1e-12)
