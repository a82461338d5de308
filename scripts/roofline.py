#!/usr/bin/env python3
"""What limits the kernel: its operations and bytes a particle-step beside what this machine can do, as a
plot.

Operations and bytes are counted by hand, from advect.py, interpolate.py, column.py and settle.py (RK4, 3-D by
omega, linear in time), those of a prism from field_plane.py; how often a particle enters a prism is counted
in the run. The machine's peak and bandwidths are measured by loops compiled as the kernel is, on one core.
"""

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

import benchmark_kernel
from fvdrift.process import kernel_cache
from fvdrift_kernels.integrate import advance
from fvdrift_kernels.jit import entry_point
from fvdrift_kernels.lanes import LANES, fma, new_blocks
from fvdrift_kernels.options import Physics, RungeKutta4
from fvdrift_kernels.state import RECORD, SLIDE, Steps


class Count(NamedTuple):
    """Of one particle: floating-point operations (a fused multiply-add is two), bytes to and from the first
    cache, and how often in a step."""

    operations: int
    bytes: int
    times: int


# a plane: three coefficients of 3 fma, and 2 fma; u, v, omega; depth of 5 fma; a division; two places in the
# column; three sums, which the first velocity only begins
FIRST = Count(3 * 22 + 10 + 1 + 2, 4 * (36 + 11 + 6), 1)
EVALUATE = Count(3 * 22 + 10 + 1 + 2 + 6, 4 * (36 + 11 + 3 + 6), 3)
# a place, sigma within the column, three barycentric coordinates
GO_TO = Count(6 + 4 + 13, 4 * (6 + 7 + 4), 3)
# its five loops in turn
ARRIVE = Count(4 + 6 + 13 + 12, 4 * 6 + (8 + 4 + 4) + 4 * 12 + (8 * 8 + 4 * 5) + 4 * 8, 1)
STEP = (FIRST, EVALUATE, GO_TO, ARRIVE)
OPERATIONS = sum(count.operations * count.times for count in STEP)
CACHE_BYTES = sum(count.bytes * count.times for count in STEP)
# entering a prism: records of the element, its gradient and corners; u, v of it and its neighbours on two
# layers of two frames; omega on two levels and depth, of three nodes; wet codes
ENTRY_BYTES = 64 + 40 + 12 + 4 * (2 * 4 * 2 * 2 + 3 * 2 * 2 + 3 * 2) + 2
ENTRY_LINES = 3 + 2 * 4 * 2 * 2 + 3 * 2 * 2 + 3 * 2 + 2  # cache lines, if no two of these lie in the same
LINE = 64


@entry_point
def triad(a, b, c, scale, times):
    """a = b + scale * c, again and again."""
    for _ in range(times):
        for i in range(len(a)):
            a[i] = fma(scale, c[i], b[i])


@entry_point
def multiply_add(x, a, b, times):
    """16 multiply-adds after another in each of len(x) lanes, again and again."""
    for _ in range(times):
        for i in range(len(x)):
            v = x[i]
            v = fma(fma(fma(fma(v, a, b), a, b), a, b), a, b)
            v = fma(fma(fma(fma(v, a, b), a, b), a, b), a, b)
            v = fma(fma(fma(fma(v, a, b), a, b), a, b), a, b)
            v = fma(fma(fma(fma(v, a, b), a, b), a, b), a, b)
            x[i] = v


def best(function, *arguments, repeats: int = 5) -> float:
    """The least CPU time of several calls, s."""
    taken = []
    for _ in range(repeats + 1):  # the first compiles
        began = time.thread_time()
        function(*arguments)
        taken.append(time.thread_time() - began)
    return min(taken[1:])


def bandwidth(values: int, times: int) -> float:
    """Bytes a second of a triad over three arrays of `values` float32 (what is fetched only to be written
    over not counted)."""
    row = -(-values // 16) * 16  # whole cache lines
    memory = np.ones(3 * row + 16, np.float32)
    first = -memory.ctypes.data % LINE // 4
    a, b, c = memory[first : first + 3 * row].reshape(3, row)
    return 12 * row * times / best(triad, a, b, c, np.float32(0.5), times)


def peak() -> float:
    """Operations a second of multiply-adds in single precision that stay in registers."""
    lanes, times = 1024, 20_000
    x = np.ones(lanes, np.float32)
    return 32 * lanes * times / best(multiply_add, x, np.float32(0.999), np.float32(0.001), times)


class Case(NamedTuple):
    """A flow on a mesh: ns of a particle-step, and prisms entered in it."""

    name: str
    ns: float
    entries: float


def measure(
    name: str, elements: int, layers: int, particles: int, steps: int, *, still: bool = False
) -> Case:
    """Median time of `steps` steps of 60 s from one frame to the next; still: no flow, so nothing but
    arithmetic."""
    mesh, frames, omega, whole = benchmark_kernel.eddies(elements, layers)
    if still:
        for field in (frames.u0, frames.u1, frames.v0, frames.v1, *omega):
            field[:] = 0
    physics = Physics(RungeKutta4(), omega, None, SLIDE)
    start = benchmark_kernel.spread(whole, particles)
    order, blocks, number = np.arange(particles), new_blocks(1), np.arange(steps + 1)
    silent, told = np.full(steps + 1, -1, np.int32), number.astype(np.int32)
    span = np.linspace(0, 1, steps + 1), np.full(steps, 60.0), 60_000_000 * number, 2 * number
    taken = []
    for _ in range(4):
        moved = start.copy()
        began = time.thread_time()
        done = advance(
            moved, order, 0, -(-particles // LANES), mesh, frames, physics, Steps(*span, silent),
            np.zeros((0, particles), RECORD), blocks, 0,
        )  # fmt: skip
        taken.append((time.thread_time() - began) / done)
    some = order[: min(particles, 100 * LANES)]
    records = np.zeros((steps + 1, len(some)), RECORD)
    advance(
        start.copy(),
        some,
        0,
        -(-len(some) // LANES),
        mesh,
        frames,
        physics,
        Steps(*span, told),
        records,
        blocks,
        0,
    )
    half = np.searchsorted(-mesh.half[0], -records["sigma"], side="right")
    changed = (np.diff(records["element"], axis=0) != 0) | (np.diff(half, axis=0) != 0)
    return Case(name, statistics.median(taken[1:]) * 1e9, float(changed.mean()) + 1.0 / steps)


def plot(path: Path, machine: dict[str, float], cases: list[Case]) -> None:
    """Roofs of the machine and, for every case, its place under each of them."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 6), layout="constrained")
    intensity = np.geomspace(0.05, 200, 200)
    roofs = (("first cache", "cache_bytes_per_s", "tab:blue"), ("memory", "memory_bytes_per_s", "tab:red"))
    for name, key, colour in roofs:
        axes.loglog(
            intensity, np.minimum(intensity * machine[key], machine["peak"]) / 1e9, color=colour,
            label=f"{name}: triad {machine[key] / 1e9:.0f} GB/s",
        )  # fmt: skip
    axes.axhline(
        machine["peak"] / 1e9, color="black", label=f"multiply-adds: {machine['peak'] / 1e9:.0f} GFLOP/s"
    )
    for case, marker in zip(cases, "osD^v", strict=False):
        speed = OPERATIONS / case.ns
        words = f"{case.name}: {case.ns:.1f} ns, {case.entries:.3f} prisms a step"
        axes.plot(OPERATIONS / CACHE_BYTES, speed, marker, color="tab:blue", label=words, ls="none")
        if case.entries > 0.01:
            ends = [OPERATIONS / (case.entries * size) for size in (ENTRY_LINES * LINE, ENTRY_BYTES)]
            axes.plot(ends, [speed, speed], marker + "-", color="tab:red", lw=1)
    axes.set_xlabel(
        "operations per byte (blue: of the first cache; red: of prisms entered, all their lines to what is used)"
    )
    axes.set_ylabel("GFLOP/s, single precision, one core")
    axes.set_title(
        f"RK4 in 3-D: {OPERATIONS} operations and {CACHE_BYTES} bytes of first cache a particle-step"
    )
    axes.set_ylim(bottom=1)
    axes.set_xlim(0.05, 50)
    axes.grid(which="both", alpha=0.2)
    axes.legend(loc="lower right", fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--plot", type=Path, default=Path("results/roofline.png"))
    parser.add_argument("--particles", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    kernel_cache.set_up()
    machine = {
        "peak": peak(),
        "cache_bytes_per_s": bandwidth(2_000, 50_000),
        "memory_bytes_per_s": bandwidth(16_000_000, 3),
    }
    cases = [
        measure("still water, nothing but arithmetic", 20_000, 10, asked.particles, 300, still=True),
        measure("20 k elements, 10 layers", 20_000, 10, asked.particles, 60),
        measure("200 k elements, 10 layers", 200_000, 10, asked.particles, 60),
        measure("200 k elements, 40 layers", 200_000, 40, asked.particles, 60),
    ]
    plot(asked.plot, machine, cases)
    rows = [
        {
            **case._asdict(),
            "gflops": OPERATIONS / case.ns,
            "of_peak": OPERATIONS / case.ns * 1e9 / machine["peak"],
            "of_cache": CACHE_BYTES / case.ns * 1e9 / machine["cache_bytes_per_s"],
            "of_memory": case.entries * ENTRY_LINES * LINE / case.ns * 1e9 / machine["memory_bytes_per_s"],
        }
        for case in cases
    ]
    if asked.json:
        print(json.dumps({"machine": machine, "cases": rows}, indent=1))
        return
    print(
        f"one core: {machine['peak'] / 1e9:.0f} GFLOP/s of multiply-adds, {machine['cache_bytes_per_s'] / 1e9:.0f} GB/s in the "
        f"first cache, {machine['memory_bytes_per_s'] / 1e9:.0f} GB/s from memory; counted by hand: {OPERATIONS} operations, "
        f"{CACHE_BYTES} bytes a step, {ENTRY_BYTES} bytes in up to {ENTRY_LINES} lines a prism"
    )
    print(f"{'':>38} {'ns':>6} {'prisms':>7} {'GFLOP/s':>8} {'of peak':>8} {'of cache':>9} {'of memory':>10}")
    for row in rows:
        print(
            f"{row['name']:>38} {row['ns']:6.1f} {row['entries']:7.3f} {row['gflops']:8.1f} {row['of_peak']:8.0%} "
            f"{row['of_cache']:9.0%} {row['of_memory']:10.0%}"
        )
    print(f"plot: {asked.plot}")


if __name__ == "__main__":
    main()
