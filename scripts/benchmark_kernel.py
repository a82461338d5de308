#!/usr/bin/env python3
"""Speed of the kernel alone: particle-steps per CPU-second of RK4 in 3-D, search and time interpolation
included.

An eddying flow on 500 m triangles, about 27 m a step, uniformly spread particles in the order of elements;
linear and cubic in time, and linear with a random walk: 1 m2/s across and a parabola of K in the column, at
most 0.01 m2/s, so smooth that a step is one sub-step. CPU time of one thread, median of several repeats.
Prints a table, and with --json the same as JSON.
"""

import argparse
import json
import statistics
import time

import numpy as np

from fvdrift.fields.in_time import cubic_weights
from fvdrift.forcing.frame import Window
from fvdrift.mesh import whole_mesh as meshes
from fvdrift.process import kernel_cache
from fvdrift_kernels.behaviour_options import BesideFlow
from fvdrift_kernels.frame_mixing import fill_pace, fill_parts
from fvdrift_kernels.integrate import advance
from fvdrift_kernels.lanes import LANES, coefficients, new_blocks
from fvdrift_kernels.options import (
    ConstantDiffusivity,
    Cubic,
    LevelDiffusivity,
    Omega,
    Physics,
    ReversibleWalk,
    RungeKutta4,
    StokesDrift,
    Walk,
)
from fvdrift_kernels.state import ACTIVE, PARTICLE, RECORD, SLIDE, Frames, Mesh, Steps
from simple_meshes import rectangle

SPACING = 500.0
# other trackers on FVCOM's meshes, million particle-steps per CPU-second at 20 k and 200 k elements, RK4 in
# 3-D with their own search and interpolation, each as it is installed, on a core of the same kind (2026);
# None: not measured
OTHERS = {
    "OceanTracker (numba)": (1.6, 0.8),
    "Parcels v4 (numpy, 2-D)": (0.7, None),
    "PyLag (Cython)": (0.45, 0.26),
    "OpenDrift (numpy)": (0.14, None),
}
STEP = 60.0  # s


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
    mesh = whole.for_kernels()
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


def stirring(mesh: Mesh, frames: Frames, strength: float = 0.01) -> tuple[BesideFlow, float]:
    """A walk in the column and across, and the sub-steps a step has of it on average."""
    level = mesh.half[0, 0::2, np.newaxis]
    parabola = 4 * strength * -level * (1 + level) + 1e-5 * np.ones(len(frames.depth0))
    kh = np.ascontiguousarray(parabola, np.float32)
    pace = np.empty((3, len(mesh.element)), np.float32)
    fill_pace(mesh, ReversibleWalk(), kh, frames.depth0, pace)
    parts = np.empty(len(mesh.element), np.int64)
    fill_parts(ReversibleWalk(), pace, STEP, False, True, parts)
    source = LevelDiffusivity(kh, kh.copy(), pace, pace.copy())
    walk = Walk(ReversibleWalk(), source, ConstantDiffusivity(1.0))
    return BesideFlow(7, walk=walk), float(parts.mean())


def curved(frames: Frames, omega: Omega) -> Cubic:
    """The frames before and after, as strong again as the flow fades."""
    before, after = np.float32(1.2), np.float32(0.6)
    fields = (frames.u0, frames.v0, omega.omega0)
    both = [np.ascontiguousarray(scale * field) for field in fields for scale in (before, after)]
    weights = [cubic_weights(Window(0, 1, 2, 3)), cubic_weights(Window(None, 1, 2, None))]
    return Cubic(*both, frames.wet0.copy(), frames.wet1.copy(), np.stack(weights))


def waves(frames: Frames) -> StokesDrift:
    """A tenth of the flow of the first layer, felt to 5 m."""
    surface = [
        np.ascontiguousarray(0.1 * field[:1], np.float32)
        for field in (frames.u0, frames.u1, frames.v0, frames.v1)
    ]
    return StokesDrift(*surface, surface[0], surface[1], surface[2], surface[3], np.float32(1 / 5.0))


KINDS = ("linear", "cubic", "waves", "walk")


class Run:
    """One kind of physics on one mesh, ready to be run again and again from the same start."""

    def __init__(self, kind: str, elements: int, layers: int, count: int):
        self.mesh, self.frames, omega, whole = eddies(elements, layers)
        self.elements = whole.elements
        beside, self.substeps = stirring(self.mesh, self.frames) if kind == "walk" else (None, 0.0)
        time_curve = curved(self.frames, omega) if kind in ("cubic", "waves") else None
        stokes = waves(self.frames) if kind == "waves" else None
        self.physics = Physics(RungeKutta4(), omega, None, SLIDE, beside, time_curve, stokes)
        self.blocks = new_blocks(1, coefficients=coefficients(time_curve is not None, stokes is not None))
        self.start = spread(whole, count)

    def advance(self, steps: int, interval: int) -> tuple[int, float]:
        """Take the first `steps` of an interval of so many; returns particle-steps and CPU seconds."""
        count = len(self.start)
        number, no_output = np.arange(steps + 1), np.full(steps + 1, -1, np.int32)
        schedule = Steps(number / interval, np.full(steps, STEP), 60_000_000 * number, 2 * number, no_output)
        particles, order, records = self.start.copy(), np.arange(count), np.zeros((0, count), RECORD)
        began = time.thread_time()
        done = advance(
            particles, order, 0, -(-count // LANES), self.mesh, self.frames, self.physics, schedule, records, self.blocks, 0
        )  # fmt: skip
        return done, time.thread_time() - began


def measure(
    kind: str, elements: int, layers: int, count: int, steps: int, repeats: int
) -> dict[str, float | str]:
    """Median over `repeats` of the time of `steps` steps."""
    run = Run(kind, elements, layers, count)
    taken = []
    for _ in range(repeats + 1):  # the first compiles
        done, seconds = run.advance(steps, steps)
        taken.append(seconds / done)
    typical = statistics.median(taken[1:])
    row = {
        "kind": kind,
        "elements": run.elements,
        "layers": layers,
        "particles": count,
        "substeps": run.substeps,
    }
    return row | {"ns": typical * 1e9, "million_per_s": 1e-6 / typical}


def size(text: str) -> tuple[int, int]:
    """ELEMENTSxLAYERS."""
    elements, layers = text.split("x")
    return int(elements), int(layers)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--particles", type=int, default=100_000)
    parser.add_argument("--steps", type=int, default=60, help="steps between two frames")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", choices=KINDS, help="one kind of physics")
    parser.add_argument(
        "--sizes",
        nargs="+",
        type=size,
        metavar="ELEMENTSxLAYERS",
        default=[(20_000, 10), (200_000, 10), (200_000, 40)],
    )
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    kernel_cache.set_up()
    rows = [
        measure(kind, *of, asked.particles, asked.steps, asked.repeats)
        for kind in (KINDS if asked.only is None else (asked.only,))
        for of in asked.sizes
    ]
    if asked.json:
        print(json.dumps(rows, indent=1))
        return
    print(
        f"{'':>7} {'elements':>10} {'layers':>7} {'sub-steps of a walk':>20} {'ns per particle-step':>21} {'million/s':>10}"
    )
    for row in rows:
        print(
            f"{row['kind']:>7} {row['elements']:10,} {row['layers']:7} {row['substeps']:20.1f} {row['ns']:21.1f} "
            f"{row['million_per_s']:10.1f}"
        )
    here = {
        row["elements"] // 10_000: row["million_per_s"]
        for row in rows
        if row["kind"] == "linear" and row["layers"] == 10
    }
    if not {2, 19} <= set(here):
        return
    print(
        f"\n{'million particle-steps per CPU-second':>40} {'20 k':>8} {'200 k elements':>15} {'times slower':>13}"
    )
    for name, speeds in {"fvdrift": (here[2], here[19]), **OTHERS}.items():
        small, large = (f"{speed:.3g}" if speed else "" for speed in speeds)
        slower = (
            ""
            if name == "fvdrift"
            else ", ".join(f"{here[n] / b:.0f}" for n, b in zip((2, 19), speeds, strict=True) if b)
        )
        print(f"{name:>40} {small:>8} {large:>15} {slower:>13}")


if __name__ == "__main__":
    main()
