#!/usr/bin/env python3
"""Instructions of a particle-step, counted by Valgrind (callgrind): a measure of the kernel that no other job
moves.

The flow and the physics of benchmark_kernel.py, few particles. The kernel runs for some steps and for more;
the difference is what a step costs, free of what compiling, setting up and entering the first prism cost, and
what is left of the shorter run is what a particle costs once an interval. Compiled for AVX2 with
multiply-adds, whatever the machine has: Valgrind knows no more.

Needs valgrind. Prints a table, and with --json the same as JSON.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

AVX2 = {
    "NUMBA_CPU_NAME": "haswell",
    "NUMBA_CPU_FEATURES": "+avx,+avx2,+fma,+bmi,+bmi2,+lzcnt,+popcnt,+f16c,+sse4.2",
}
ELEMENTS, LAYERS, PARTICLES = 20_000, 10, 1024
SHORT, LONG, INTERVAL = 12, 36, 60  # steps
# callgrind writes down what it has counted, and begins anew, whenever this function of libc is called
MARK = "getppid"


class Count(NamedTuple):
    """Instructions of one particle: in a step, and once an interval."""

    step: float
    interval: float


def run_marked(kinds: list[str]) -> None:
    """Compile, then run each kind for SHORT and for LONG steps, each between two marks; prints the
    particle-steps."""
    from benchmark_kernel import Run
    from fvdrift.process import kernel_cache

    kernel_cache.set_up()  # else Valgrind would be asked to run the compiler
    done = []
    for kind in kinds:
        run = Run(kind, ELEMENTS, LAYERS, PARTICLES)
        run.advance(SHORT, INTERVAL)
        for steps in (SHORT, LONG):
            os.getppid()
            done.append(run.advance(steps, INTERVAL)[0])
            os.getppid()
    print(json.dumps(done))


def count(kinds: list[str]) -> dict[str, Count]:
    """The instructions of each of `kinds` of physics. Raises RuntimeError where callgrind can't be used."""
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        raise RuntimeError("valgrind is missing: install it (Debian: apt install valgrind)")
    here = [sys.executable, __file__, "--marked", *kinds]
    environment = {**os.environ, **AVX2}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        # compiles into the cache
        subprocess.run(here, env=environment, check=True, stdout=subprocess.DEVNULL)
        counting = [
            valgrind,
            "--tool=callgrind",
            f"--dump-before={MARK}",
            f"--callgrind-out-file={out}",
            *here,
        ]
        ended = subprocess.run(counting, env=environment, capture_output=True, text=True, check=False)
        if ended.returncode:
            raise RuntimeError(f"callgrind failed: {ended.stderr[-2000:]}")
        done = json.loads(ended.stdout)
        # part 1 is the way to the first mark; after it, runs and the ways between them in turn
        totals = [_total(Path(f"{out}.{2 + 2 * i}")) for i in range(len(done))]
    counts = {}
    for i, kind in enumerate(kinds):
        step = (totals[2 * i + 1] - totals[2 * i]) / (done[2 * i + 1] - done[2 * i])
        counts[kind] = Count(step, (totals[2 * i] - step * done[2 * i]) / PARTICLES)
    return counts


def _total(path: Path) -> int:
    """Instructions in one file of callgrind."""
    for line in path.read_text().splitlines():
        if line.startswith("summary:"):
            return int(line.split()[1])
    raise RuntimeError(f"{path}: callgrind counted nothing")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "kinds", nargs="*", default=["linear", "cubic", "walk"], help="of benchmark_kernel.py"
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--marked", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.marked:
        run_marked(asked.kinds)
        return
    try:
        counts = count(asked.kinds)
    except RuntimeError as problem:
        sys.exit(f"{Path(__file__).name}: {problem}")
    if asked.json:
        print(json.dumps({kind: of._asdict() for kind, of in counts.items()}, indent=1))
        return
    print(f"{'':>8} {'instructions a particle-step':>30} {'a particle and interval':>25}")
    for kind, of in counts.items():
        print(f"{kind:>8} {of.step:30.1f} {of.interval:25.0f}")


if __name__ == "__main__":
    main()
