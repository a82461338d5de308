#!/usr/bin/env python3
"""Speed of a whole run: particles for a day on a generated mesh, through the command line, on several numbers
of ranks.

Prints what `run.json` of each says; the tracks of all must have the same bytes. wall / largest: the time from
the first interval to packing the last rows, over the largest of reading, cutting, computing and writing (rows
and packing them, together) in it.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import generate_forcing

RUN_FILE = """
[forcing]
files = ["forcing.nc"]
[[release]]
count = {particles}
box = [0.0, 0.0, {side}, {side}]
[boundary]
open = "none"
[output]
file = "tracks_{ranks}.nc"
"""
TIMINGS = (
    "first_step_s", "read_s", "pack_s", "advance_cpu_s", "computing_s", "transfer_s", "write_s", "finish_s", "total_wall_s",
)  # fmt: skip


def run(folder: Path, ranks: int, particles: int, side: float) -> dict:
    """One run; its record with the rate of advancing, and the digest of its tracks."""
    file = folder / f"run_{ranks}.toml"
    file.write_text(RUN_FILE.format(particles=particles, side=side, ranks=ranks))
    command = [sys.executable, "-P", "-m", "fvdrift", "run", str(file), "--overwrite", "--quiet"]
    if ranks > 1:
        command = [str(Path(sys.executable).parent / "mpiexec"), "-n", str(ranks), *command]
    subprocess.run(command, check=True)
    record = json.loads((folder / f"tracks_{ranks}.run.json").read_text())
    record["million_steps_per_cpu_s"] = record["particle_steps"] / record["timings"]["advance_cpu_s"] / 1e6
    record["wall_over_largest"], record["largest"] = wall_over_largest(record)
    record["sha256"] = hashlib.sha256((folder / f"tracks_{ranks}.nc").read_bytes()).hexdigest()
    return record


def wall_over_largest(record: dict) -> tuple[float, str]:
    """How many times as long the loop takes as the largest of what goes on in it, and which that is.

    Of what is spread over all intervals the share behind the first one counts: all are alike, with one row
    each.
    """
    timings = record["timings"]
    intervals = len(record["counts"]) - 1
    share = 1.0 - 1.0 / intervals
    parts = {
        "reading": timings["read_s"] * share,
        "cutting": timings["pack_s"] * share,
        "computing": timings["computing_s"] * share,
        "writing": timings["write_s"] - timings["finish_s"],
    }
    largest = max(parts, key=parts.__getitem__)
    loop = timings["total_wall_s"] - timings["first_step_s"] - timings["finish_s"]
    return loop / parts[largest], largest


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--elements", type=int, default=200_000)
    parser.add_argument("--layers", type=int, default=10)
    parser.add_argument("--particles", type=int, default=100_000)
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    side = 500.0 * (asked.elements / 2) ** 0.5
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        words = f"--elements {asked.elements} --length {side} --width {side} --layers {asked.layers} --frames 25 --speed 0.7"
        generate_forcing.main([str(folder / "forcing.nc"), *words.split(), "--extra", "omega", "wet"])
        records = {ranks: run(folder, ranks, asked.particles, side) for ranks in asked.ranks}
    if asked.json:
        print(json.dumps(records, indent=1))
    else:
        names = " ".join(f"{name:>13}" for name in TIMINGS)
        print(
            f"{'ranks':>6} {'million/CPU-s':>14} {'hand-offs':>10} {'imbalance':>10} {names}  wall / largest"
        )
        for ranks, record in records.items():
            times = " ".join(f"{record['timings'].get(t, float('nan')):13.2f}" for t in TIMINGS)
            rate = record["million_steps_per_cpu_s"]
            ratio = f"{record['wall_over_largest']:.3f} ({record['largest']})"
            print(
                f"{ranks:6} {rate:14.1f} {record['hand_offs']:10,} {record['imbalance']:10.3f} {times}  {ratio}"
            )
    if len({record["sha256"] for record in records.values()}) > 1:
        sys.exit("the tracks differ between numbers of ranks")


if __name__ == "__main__":
    main()
