#!/usr/bin/env python3
"""Speed of the kernel alone: particle-steps per CPU-second of RK4 in 3-D, search and time interpolation included.

An eddying flow on 500 m triangles, about 27 m a step, uniformly spread particles in the order of elements. CPU time of one
thread, median of several repeats. Prints a table, and with --json the same as JSON.
"""

import argparse
import json
import statistics
import time

import numpy as np

from fvdrift import mesh as meshes
from fvdrift_kernels.integrate import advance
from fvdrift_kernels.lanes import LANES, new_blocks
from fvdrift_kernels.options import Omega, Physics, RungeKutta4
from fvdrift_kernels.state import ACTIVE, PARTICLE, RECORD, SLIDE, Frames, Mesh, Steps
from simple_meshes import rectangle

SPACING = 500.0


def eddies(elements: int, layers: int) -> tuple[Mesh, Frames, Omega, meshes.WholeMesh]:
    """A square of about `elements` triangles with 20 km eddies, two frames of it."""
    side = SPACING * (elements / 2) ** 0.5
    x, y, triangles = rectangle(side, side, elements=elements)[:3]
    levels = np.repeat(-np.linspace(0, 1, layers + 1)[:, np.newaxis], len(x), axis=1)
    whole = meshes.build(x, y, triangles, levels, 0.5 * (levels[1:] + levels[:-1]), geographic=False)
    xc, yc = whole.element["xc"], whole.element["yc"]
    k = 2 * np.pi * max(1, round(side / 20e3)) / side
    layer = (1 + 0.3 * np.cos(np.pi * whole.half[0, 1::2]))[:, np.newaxis]
    level = np.sin(np.pi * whole.half[0, 0::2])[:, np.newaxis]
    depth = (60 + 30 * np.sin(k * whole.x / 2) * np.cos(k * whole.y / 3)).astype(np.float32)

    def velocity(scale, toward):
        return np.ascontiguousarray(scale * 0.7 * layer * toward, np.float32)

    east, north = np.sin(k * xc / 2) * np.cos(k * yc / 2), -np.cos(k * xc / 2) * np.sin(k * yc / 2)
    upward = 1e-3 * level * np.cos(k * whole.x) * np.sin(k * whole.y)
    wet = np.full(whole.elements, 15, np.uint8)
    still = np.zeros(whole.nodes, np.float32)
    frames = Frames(
        *(velocity(scale, toward) for toward in (east, north) for scale in (1.0, 0.8)),
        *(depth, depth + np.float32(0.5), still, still, wet, wet.copy()),
    )
    omega = Omega(*(np.ascontiguousarray(scale * upward, np.float32) for scale in (1.0, 0.8)))
    mesh = Mesh(whole.element, whole.stencil, whole.corners, whole.half.astype(np.float32), 0)
    return mesh, frames, omega, whole


def spread(whole: meshes.WholeMesh, count: int) -> np.ndarray:
    """Particles evenly over the elements, in their order."""
    random = np.random.default_rng(1)
    particles = np.zeros(count, PARTICLE)
    element = np.sort(random.integers(0, whole.elements, count))
    a, b = np.sqrt(random.random(count)), random.random(count)
    weights = np.stack([1 - a, a * (1 - b), a * b], axis=1)
    corners = whole.corners[element]
    particles["id"], particles["element"], particles["status"] = np.arange(count), element, ACTIVE
    particles["x"], particles["y"] = (weights * whole.x[corners]).sum(1), (weights * whole.y[corners]).sum(1)
    particles["sigma"] = -random.random(count)
    return particles


def measure(elements: int, layers: int, count: int, steps: int, repeats: int) -> dict[str, float]:
    """Median over `repeats` of the time of `steps` steps of 60 s."""
    mesh, frames, omega, whole = eddies(elements, layers)
    physics = Physics(RungeKutta4(), omega, None, SLIDE)
    start = spread(whole, count)
    number, no_output = np.arange(steps + 1), np.full(steps + 1, -1, np.int32)
    schedule = Steps(np.linspace(0, 1, steps + 1), np.full(steps, 60.0), 60_000_000 * number, 2 * number, no_output)
    order, records, blocks = np.arange(count), np.zeros((0, count), RECORD), new_blocks(1)
    taken = []
    for _ in range(repeats + 1):  # the first compiles
        particles = start.copy()
        began = time.thread_time()
        done = advance(
            particles, order, 0, -(-count // LANES), mesh, frames, physics, schedule, records, blocks, 0
        )  # fmt: skip
        taken.append((time.thread_time() - began) / done)
    typical = statistics.median(taken[1:])
    return {"elements": whole.elements, "layers": layers, "ns": typical * 1e9, "million_per_s": 1e-6 / typical}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--particles", type=int, default=100_000)
    parser.add_argument("--steps", type=int, default=60, help="steps between two frames")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    sizes = ((20_000, 10), (200_000, 10), (200_000, 40))
    rows = [measure(*size, asked.particles, asked.steps, asked.repeats) for size in sizes]
    if asked.json:
        print(json.dumps(rows, indent=1))
        return
    print(f"{'elements':>10} {'layers':>7} {'ns per particle-step':>21} {'million/s':>10}")
    for row in rows:
        print(f"{row['elements']:10,} {row['layers']:7} {row['ns']:21.1f} {row['million_per_s']:10.1f}")


if __name__ == "__main__":
    main()
