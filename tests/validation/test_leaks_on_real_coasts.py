"""No particle on land along the coasts of the estuary and of the Salish Sea, in whole runs."""

import os
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from analytic_flows import Flow
from generate_forcing import write_forcing
from simple_meshes import Mesh, even_levels, neighbours
from tank import brute_force

from .runs import ESTUARY, STATUS, follow, write_points

COASTS = ("slide", "reflect", "strand")


def run_text(files, points, step, every, coast, boundary=""):
    return f"""
        [forcing]
        files = {[str(file) for file in files]}
        [time]
        step = "{step}s"
        [[release]]
        file = "{points}"
        [boundary]
        coast = "{coast}"
        {boundary}
        [output]
        file = "tracks.nc"
        every = "{every}s"
    """


def mesh_of(path):
    with netCDF4.Dataset(path) as data:
        data.set_auto_mask(False)
        return Mesh(
            data["x"][:].astype(float), data["y"][:].astype(float), data["nv"][:].T.astype(np.int64) - 1
        )


def beside_the_coast(mesh, count):
    """Places in the elements with a side on the coast, (x, y, sigma)."""
    random = np.random.default_rng(3)
    at_coast = np.flatnonzero((neighbours(mesh.triangles) < 0).any(axis=1))
    corners = mesh.triangles[at_coast[np.arange(count) % len(at_coast)]]
    weight = random.dirichlet((1.0, 1.0, 1.0), count)
    return (
        (weight * mesh.x[corners]).sum(axis=1),
        (weight * mesh.y[corners]).sum(axis=1),
        -random.random(count),
    )


def assert_on_water(tracks, mesh, coast):
    """At the end and at a sample of the records before."""
    there = np.isfinite(tracks.x)
    x, y = tracks.x[there], tracks.y[there]
    last = np.isfinite(tracks.x[-1])
    chosen = np.random.default_rng(1).choice(len(x), 5000, replace=False)
    x, y = np.concatenate([tracks.x[-1][last], x[chosen]]), np.concatenate([tracks.y[-1][last], y[chosen]])
    corners = mesh.triangles.copy()
    _, inside = brute_force(mesh.x, mesh.y, corners, x, y)
    on_land = np.count_nonzero(inside < -1e-9)
    counts = {name: int(np.count_nonzero(tracks.status[-1] == number)) for name, number in STATUS.items()}
    counts = {name: number for name, number in counts.items() if number}
    steps = tracks.record["particle_steps"]
    print(f"\n{coast}: {steps:,} particle-steps, {on_land} of {len(x):,} records on land (0); {counts}")
    assert on_land == 0
    return steps


@pytest.mark.validation
@pytest.mark.parametrize("coast", COASTS)
def test_nothing_leaks_along_the_estuary(tmp_path, coast):
    files = sorted(ESTUARY.glob("estA_000?.nc"))
    mesh = mesh_of(files[0])
    x, y, sigma = beside_the_coast(mesh, 3000)
    points = write_points(tmp_path / "points.csv", x=x, y=y, sigma=sigma)
    boundary = f'open = "{ESTUARY / "estA_obc.dat"}"'
    steps = assert_on_water(follow(tmp_path, run_text(files, points, 60, 1800, coast, boundary)), mesh, coast)
    assert steps > (300_000 if coast == "strand" else 1_000_000)


@pytest.fixture(scope="module")
def salish():
    folder = os.environ.get("FVDRIFT_WILD")
    if not folder:
        pytest.skip("FVDRIFT_WILD does not name the folder of wild files")
    nodes, triangles = [], []
    for line in (Path(folder) / "salish.2dm").read_text().splitlines():
        words = line.split()
        if words and words[0] == "ND":
            nodes.append([float(word) for word in words[2:4]])
        elif words and words[0] == "E3T":
            triangles.append([int(word) - 1 for word in words[2:5]])
    x, y = np.array(nodes).T
    corners = np.array(triangles)
    a, b, c = corners.T
    clockwise = (x[b] - x[a]) * (y[c] - y[a]) < (x[c] - x[a]) * (y[b] - y[a])
    corners[clockwise] = corners[clockwise][:, [0, 2, 1]]
    return Mesh(x, y, corners)


@pytest.mark.validation
@pytest.mark.parametrize("coast", COASTS)
def test_nothing_leaks_along_the_salish_sea(tmp_path, salish, coast):
    """97 coastlines, a swirling flow of 1 m/s that cares for none of them, 15 min steps: a Courant number of
    3 and more."""
    length = 10_000.0

    def turn(x, y, t):
        return 2 * np.pi * (t / 40_000 + x / length) + np.sin(2 * np.pi * y / length)

    flow = Flow(
        u=lambda x, y, s, t: np.cos(turn(x, y, t)) + 0 * s, v=lambda x, y, s, t: np.sin(turn(x, y, t)) + 0 * s,
        omega=lambda x, y, s, t: -1e-3 * s * (1 + s) + 0 * x,
    )  # fmt: skip
    write_forcing(
        tmp_path / "salish.nc", x=salish.x, y=salish.y, triangles=salish.triangles, h=50.0, siglev=even_levels(3),
        times_us=10_800_000_000 * np.arange(11), flow=flow, double=True,
    )  # fmt: skip
    x, y, sigma = beside_the_coast(salish, 10_000)
    points = write_points(tmp_path / "points.csv", x=x, y=y, sigma=sigma)
    tracks = follow(tmp_path, run_text([tmp_path / "salish.nc"], points, 900, 10_800, coast))
    steps = assert_on_water(tracks, salish, coast)
    assert steps >= (50_000 if coast == "strand" else 1_000_000)
