#!/usr/bin/env python3
"""The same particles moved by fvdrift and by plain NumPy, as a careful user would write it: what compiling
for blocks gives.

Both read one generated file (a sheared double gyre with vertical motion) and do the same physics: RK4 in
three dimensions, element-linear velocity by least squares, linear in time and between layers, omega over the
depth. NumPy takes all particles at once, with a walk from triangle to triangle. Where they end must agree;
speed is by CPU seconds of moving particles.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import netCDF4
import numpy as np

import generate_forcing
from fvdrift.settings.load import load_run_file
from fvdrift.simulation.roles import run
from simple_meshes import neighbours

# fields are single precision, positions in the mesh are not: some cm after hours
AGREE_M, AGREE_SIGMA = 1.0, 1e-3
STEP_S, FRAME_S, LAYERS, SPEED = 60.0, 3600.0, 10, 0.5
RUN_FILE = """
[forcing]
files = ["forcing.nc"]
time_interpolation = "linear"
[[release]]
file = "start.csv"
[boundary]
open = "none"
[output]
file = "tracks.nc"
every = "{hours}h"
"""


class Mesh(NamedTuple):
    """x, y: (node,); corners: (element, 3); beyond: (element, 3), opposite each corner, -1 at the coast; xc,
    yc, a, b: barycentric coordinates are 1/3 + a . (x - xc, y - yc), 1/3 + b . (...); near: itself where
    there is no neighbour; wx, wy: (element, 3) weights of the gradient; levels, layers: sigma; h: m
    (node,)."""

    corners: np.ndarray
    beyond: np.ndarray
    xc: np.ndarray
    yc: np.ndarray
    a: np.ndarray
    b: np.ndarray
    near: np.ndarray
    wx: np.ndarray
    wy: np.ndarray
    levels: np.ndarray
    layers: np.ndarray
    h: np.ndarray


def read_mesh(data: netCDF4.Dataset) -> Mesh:
    """The mesh of one of FVCOM's files with the same sigma everywhere."""
    x, y, h = (np.asarray(data[name][:], np.float64) for name in ("x", "y", "h"))
    corners = np.asarray(data["nv"][:]).T[:, [0, 2, 1]].astype(np.int64) - 1  # counter-clockwise
    beyond = neighbours(corners)
    xc, yc = x[corners].mean(axis=1), y[corners].mean(axis=1)
    x0, x1, x2 = x[corners].T
    y0, y1, y2 = y[corners].T
    area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    a, b = np.stack([y1 - y2, x2 - x1]) / area, np.stack([y2 - y0, x0 - x2]) / area
    itself = np.arange(len(corners))[:, None]
    near = np.where(beyond < 0, itself, beyond)
    dx, dy = xc[near] - xc[:, None], yc[near] - yc[:, None]
    xx, yy, xy = (dx * dx).sum(1), (dy * dy).sum(1), (dx * dy).sum(1)
    per = 1.0 / (xx * yy - xy * xy)[:, None]
    wx, wy = per * (yy[:, None] * dx - xy[:, None] * dy), per * (xx[:, None] * dy - xy[:, None] * dx)
    levels, layers = (np.asarray(data[name][:, 0], np.float64) for name in ("siglev", "siglay"))
    return Mesh(corners, beyond, xc, yc, a, b, near, wx, wy, levels, layers, h)


class Frame(NamedTuple):
    """u, v: (layer, element); omega: (level, node); depth: m (node,)."""

    u: np.ndarray
    v: np.ndarray
    omega: np.ndarray
    depth: np.ndarray


def read_frame(data: netCDF4.Dataset, mesh: Mesh, number: int) -> Frame:
    u, v, omega, zeta = (np.asarray(data[name][number]) for name in ("u", "v", "omega", "zeta"))
    return Frame(u, v, omega, mesh.h + zeta)


def find(mesh: Mesh, element: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The triangles that (x, y) lie in, by walking from `element`; at the coast the last one on the way."""
    element = element.copy()
    walking = np.arange(len(x))
    while len(walking):
        e = element[walking]
        dx, dy = x[walking] - mesh.xc[e], y[walking] - mesh.yc[e]
        first = 1 / 3 + mesh.a[0, e] * dx + mesh.a[1, e] * dy
        second = 1 / 3 + mesh.b[0, e] * dx + mesh.b[1, e] * dy
        coordinates = np.stack([first, second, 1 - first - second])
        side = coordinates.argmin(axis=0)
        following = np.where(coordinates.min(axis=0) < 0, mesh.beyond[e, side], -1)
        walking, following = walking[following >= 0], following[following >= 0]
        element[walking] = following
    return element


def velocity(mesh: Mesh, frames: tuple[Frame, Frame], part: float, element, x, y, sigma):
    """u, v (m/s) and dsigma/dt (1/s), a share `part` of the way from the first frame to the second."""
    dx, dy = x - mesh.xc[element], y - mesh.yc[element]
    below = np.clip(np.searchsorted(-mesh.layers, -sigma), 1, len(mesh.layers) - 1)
    above = below - 1
    down = np.clip((mesh.layers[above] - sigma) / (mesh.layers[above] - mesh.layers[below]), 0, 1)
    around = mesh.near[element]
    wx, wy = mesh.wx[element], mesh.wy[element]

    def plane(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        def at(elements: np.ndarray, above: np.ndarray, below: np.ndarray, down: np.ndarray) -> np.ndarray:
            top = (1 - part) * first[above, elements] + part * second[above, elements]
            bottom = (1 - part) * first[below, elements] + part * second[below, elements]
            return top + down * (bottom - top)

        centre = at(element, above, below, down)
        slope = at(around, above[:, None], below[:, None], down[:, None]) - centre[:, None]
        return centre + dx * (wx * slope).sum(axis=1) + dy * (wy * slope).sum(axis=1)

    u, v = plane(frames[0].u, frames[1].u), plane(frames[0].v, frames[1].v)
    first = 1 / 3 + mesh.a[0, element] * dx + mesh.a[1, element] * dy
    second = 1 / 3 + mesh.b[0, element] * dx + mesh.b[1, element] * dy
    weights = np.stack([first, second, 1 - first - second], axis=1)
    nodes = mesh.corners[element]
    level = np.clip(np.searchsorted(-mesh.levels, -sigma, side="right"), 1, len(mesh.levels) - 1)
    under = (mesh.levels[level - 1] - sigma) / (mesh.levels[level - 1] - mesh.levels[level])

    def at_level(number: np.ndarray) -> np.ndarray:
        values = (1 - part) * frames[0].omega[number[:, None], nodes] + part * frames[1].omega[
            number[:, None], nodes
        ]
        return (weights * values).sum(axis=1)

    omega = (1 - under) * at_level(level - 1) + under * at_level(level)
    depth = (weights * ((1 - part) * frames[0].depth[nodes] + part * frames[1].depth[nodes])).sum(axis=1)
    return u, v, omega / depth


def step(mesh: Mesh, frames: tuple[Frame, Frame], start: float, length: float, state):
    """RK4 over `length` (s) for all particles; start: seconds after the first frame. state: element, x, y,
    sigma."""
    element, x, y, sigma = state

    def at(offset: float, rate):
        """Velocity of a stage, `offset` seconds into the step by `rate`."""
        px, py = x + offset * rate[0], y + offset * rate[1]
        place = find(mesh, element, px, py)
        s = np.clip(sigma + offset * rate[2], -1.0, 0.0)
        return velocity(mesh, frames, (start + offset) / FRAME_S, place, px, py, s)

    k1 = velocity(mesh, frames, start / FRAME_S, element, x, y, sigma)
    k2 = at(length / 2, k1)
    k3 = at(length / 2, k2)
    k4 = at(length, k3)
    mean = [(p + 2 * q + 2 * r + s) / 6 for p, q, r, s in zip(k1, k2, k3, k4, strict=True)]
    x, y = x + length * mean[0], y + length * mean[1]
    return find(mesh, element, x, y), x, y, np.clip(sigma + length * mean[2], -1.0, 0.0)


def by_numpy(path: Path, x: np.ndarray, y: np.ndarray, sigma: np.ndarray, hours: int):
    """Final x, y, sigma, and CPU seconds of the steps."""
    taken = 0.0
    with netCDF4.Dataset(path) as data:
        data.set_auto_mask(False)
        mesh = read_mesh(data)
        nearest = [
            int(np.argmin((mesh.xc - px) ** 2 + (mesh.yc - py) ** 2))
            for px, py in zip(x[:1], y[:1], strict=True)
        ]
        state = (find(mesh, np.full(len(x), nearest[0]), x, y), x, y, sigma)
        frames = (read_frame(data, mesh, 0), read_frame(data, mesh, 1))
        for hour in range(hours):
            if hour:
                frames = (frames[1], read_frame(data, mesh, hour + 1))
            began = time.process_time()
            for i in range(int(FRAME_S / STEP_S)):
                state = step(mesh, frames, i * STEP_S, STEP_S, state)
            taken += time.process_time() - began
    return state[1], state[2], state[3], taken


def by_fvdrift(folder: Path, x: np.ndarray, y: np.ndarray, sigma: np.ndarray, hours: int):
    """Likewise; the run goes through its run file."""
    rows = "".join(
        f"{a!r},{b!r},{c!r}\n" for a, b, c in zip(x.tolist(), y.tolist(), sigma.tolist(), strict=True)
    )
    (folder / "start.csv").write_text("x,y,sigma\n" + rows)
    (folder / "run.toml").write_text(RUN_FILE.format(hours=hours))
    run(load_run_file(folder / "run.toml"), overwrite=True, quiet=True, communicator=None)
    record = json.loads((folder / "tracks.run.json").read_text())
    with netCDF4.Dataset(folder / "tracks.nc") as tracks:
        ends = [np.asarray(tracks[name][:, -1]) for name in ("x", "y", "sigma")]
    return *ends, record["timings"]["advance_cpu_s"], record["particle_steps"]


def sheared(side: float) -> generate_forcing.Flow:
    """A swinging double gyre, faster at the surface, with water rising and sinking in waves."""
    flow = generate_forcing.named_flow(
        "double-gyre", length=side, width=side, depth=20.0, speed=SPEED, period=44_714.0, radius=0.0
    )
    return generate_forcing.Flow(
        u=lambda x, y, s, t: (1 + 0.3 * np.cos(np.pi * s)) * flow.u(x, y, s, t),
        v=lambda x, y, s, t: (1 + 0.3 * np.cos(np.pi * s)) * flow.v(x, y, s, t),
        omega=lambda x, y, s, t: 5e-4 * np.sin(np.pi * s) * np.cos(x / 5e3) * np.sin(y / 5e3 + t / 1e4),
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--elements", type=int, default=100_000)
    parser.add_argument("--particles", type=int, default=10_000)
    parser.add_argument("--hours", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    side = 500.0 * (asked.elements / 2) ** 0.5
    random = np.random.default_rng(1)
    x, y = random.uniform(0.2 * side, 0.8 * side, (2, asked.particles))
    sigma = -random.uniform(0.02, 0.98, asked.particles)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mesh = generate_forcing.rectangle(side, side, elements=asked.elements)
        generate_forcing.write_forcing(
            folder / "forcing.nc", x=mesh.x, y=mesh.y, triangles=mesh.triangles, h=20.0,
            siglev=generate_forcing.even_levels(LAYERS), flow=sheared(side),
            times_us=1_588_291_200_000_000 + int(FRAME_S * 1e6) * np.arange(asked.hours + 1), double=True,
        )  # fmt: skip
        ours = [by_fvdrift(folder, x, y, sigma, asked.hours) for _ in range(asked.repeats)]
        theirs = by_numpy(folder / "forcing.nc", x, y, sigma, asked.hours)
    steps = ours[0][4]
    apart = np.hypot(ours[0][0] - theirs[0], ours[0][1] - theirs[1])
    row = {
        "elements": len(mesh.triangles),
        "particles": asked.particles,
        "particle_steps": steps,
        "numpy_million_per_cpu_s": 1e-6 * steps / theirs[3],
        "fvdrift_million_per_cpu_s": 1e-6 * steps / statistics.median(run[3] for run in ours),
        "path_km": float(np.median(np.hypot(ours[0][0] - x, ours[0][1] - y))) / 1e3,
        "apart_median_m": float(np.median(apart)),
        "apart_most_m": float(apart.max()),
        "apart_sigma": float(np.abs(ours[0][2] - theirs[2]).max()),
    }
    row["times_faster"] = row["fvdrift_million_per_cpu_s"] / row["numpy_million_per_cpu_s"]
    if asked.json:
        print(json.dumps(row, indent=1))
    else:
        print(
            f"{row['elements']:,} elements, {LAYERS} layers, {row['particles']:,} particles, {steps:,} particle-steps"
        )
        for who in ("numpy", "fvdrift"):
            print(f"{who:>10} {row[f'{who}_million_per_cpu_s']:8.2f} million particle-steps per CPU-second")
        print(
            f"{row['times_faster']:.0f} times; {row['path_km']:.1f} km from the start (median) they are "
            f"{row['apart_median_m']:.1e} m apart (median), {row['apart_most_m']:.1e} m at most, "
            f"{row['apart_sigma']:.1e} in sigma"
        )
    if row["apart_most_m"] > AGREE_M or row["apart_sigma"] > AGREE_SIGMA:
        sys.exit(f"NumPy and fvdrift end more than {AGREE_M} m or {AGREE_SIGMA} in sigma apart")


if __name__ == "__main__":
    main()
