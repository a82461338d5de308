#!/usr/bin/env python3
"""Ways to share a run out on one machine: threads of a rank beside ranks, and threads that read.

Threads: particles everywhere on a plain file. Readers: few particles on a deflated file, so that the run
waits for frames. All ways of a case are run in turn, several times; medians. The tracks of all must have the
same bytes. busy: cores that all processes of the run kept busy, on average; where it stays below what was
asked for, the machine had other work to do.
"""

import argparse
import hashlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import generate_forcing

RUN_FILE = """
[forcing]
files = ["{forcing}.nc"]
time_interpolation = "linear"
[[release]]
count = {particles}
box = [0.0, 0.0, {side}, {side}]
[boundary]
open = "none"
[output]
file = "tracks.nc"
every = "6h"
"""
# case: (deflated, {way: (ranks, settings)})
CASES: dict[str, tuple[int, dict[str, tuple[int, str]]]] = {
    "threads": (0, {
        "one thread": (1, "parallel.threads=1"), "two threads": (1, "parallel.threads=2"), "two ranks": (2, "parallel.threads=1"),
    }),
    "readers": (4, {
        "one reads": (1, "parallel.readers=1"), "two read": (1, "parallel.readers=2"), "auto": (1, "parallel.readers=auto"),
    }),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--elements", type=int, default=100_000)
    parser.add_argument("--hours", type=int, default=36)
    parser.add_argument(
        "--particles", type=int, nargs=2, default=[200_000, 2_000], help="of the cases threads and readers"
    )
    parser.add_argument(
        "--deflate", type=int, choices=range(10), help="of the forcing, in place of that of the case"
    )
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    particles = dict(zip(CASES, asked.particles, strict=True))
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for case in asked.cases:
            rows += compared(Path(name), case, particles[case], asked)
    if asked.json:
        print(json.dumps(rows, indent=1))
    else:
        columns = [key for key in rows[0] if key not in ("case", "way", "sha256")]
        print(f"{'case':8} {'way':14}" + " ".join(f"{key:>13}" for key in columns))
        for row in rows:
            print(f"{row['case']:8} {row['way']:14}" + " ".join(f"{row[key]:13.2f}" for key in columns))
    if len({(row["case"], row["sha256"]) for row in rows}) > len(asked.cases):
        sys.exit("the tracks differ between ways")


def compared(folder: Path, case: str, particles: int, asked: argparse.Namespace) -> list[dict]:
    """One row for each way of a case: medians, and how many times as fast as the first way its loop is."""
    deflate, ways = CASES[case]
    deflate = deflate if asked.deflate is None else asked.deflate
    side = 500.0 * (asked.elements / 2) ** 0.5
    words = f"--elements {asked.elements} --length {side} --width {side} --frames {asked.hours + 1} --deflate {deflate}"
    out, sys.stdout = sys.stdout, open(os.devnull, "w")  # noqa: SIM115
    generate_forcing.main(
        [str(folder / f"{case}.nc"), *words.split(), "--speed", "0.7", "--extra", "omega", "wet"]
    )
    sys.stdout = out
    (folder / "run.toml").write_text(RUN_FILE.format(forcing=case, particles=particles, side=side))
    taken: dict[str, list[dict]] = {way: [] for way in ways}
    run(folder, 1, "time.duration=1h")  # compiles what is not compiled yet
    for _ in range(asked.repeats):
        for way, (ranks, setting) in ways.items():
            taken[way].append(run(folder, ranks, setting))
    rows = []
    for way, runs in taken.items():
        row = {"case": case, "way": way, "sha256": runs[0]["sha256"]}
        row |= {key: statistics.median(one[key] for one in runs) for key in runs[0] if key != "sha256"}
        row["as_fast"] = (rows[0] if rows else row)["loop_s"] / row["loop_s"]
        rows.append(row)
    return rows


def run(folder: Path, ranks: int, setting: str) -> dict:
    """One run through the command line. loop_s: after the first interval, up to packing the last rows."""
    command = [
        sys.executable,
        "-P",
        "-m",
        "fvdrift",
        "run",
        str(folder / "run.toml"),
        "--overwrite",
        "--quiet",
        "--set",
        setting,
    ]
    if ranks > 1:
        command = [str(Path(sys.executable).parent / "mpiexec"), "-n", str(ranks), *command]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    timings = json.loads((folder / "tracks.run.json").read_text())["timings"]
    return {
        "wall_s": wall,
        "loop_s": timings["total_wall_s"] - timings["first_step_s"] - timings["finish_s"],
        "cpu_s": cpu,
        "busy": cpu / wall,
        "advance_cpu_s": timings["advance_cpu_s"],
        "read_s": timings["read_s"],
        "read_wait_s": timings["read_wait_s"],
        "load": os.getloadavg()[0],
        "sha256": hashlib.sha256((folder / "tracks.nc").read_bytes()).hexdigest(),
    }


if __name__ == "__main__":
    main()
