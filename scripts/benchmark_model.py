#!/usr/bin/env python3
"""The model behind `fvdrift plan` beside runs: bytes from rank to rank by kind, CPU seconds and memory, on more and more
ranks, with frames read by rank 0 and by the ranks of each node. The run is that of `benchmark_bytes.py`.

Prints what was counted, what was predicted, and their ratio. CPU seconds are those of all processes of a run together,
launcher and waiting too; so they say something where ranks share cores. The first run compiles the kernels.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import benchmark_bytes
from fvdrift.preparation.prepare import prepare_run
from fvdrift.preparation.run_bytes import bytes_by_kind
from fvdrift.preparation.run_sizes import AHEAD, Ranks, Sizes
from fvdrift.preparation.run_time import predict
from fvdrift.preparation.size import shared_out, sizes
from fvdrift.settings.load import load_run_file
from fvdrift.settings.output import Parallel

SMALL = 100_000  # bytes, of which nobody asks whether they were predicted


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    benchmark_bytes.add_options(
        parser, elements=100_000, particles=600_000, ranks=[1, 2, 4, 8, 16], split="32MB"
    )
    parser.add_argument("--off", type=float, metavar="TIMES", help="fail where a kind is so many times off")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        side = benchmark_bytes.write_input(folder, asked)
        benchmark_bytes.run(folder, 1, "manager", asked, side)
        (folder / "of").mkdir()
        of = sizes_of(benchmark_bytes.write_run(folder / "of", asked, side))
        rows = [
            compared(benchmark_bytes.run(folder, ranks, forcing, asked, side), of)
            for ranks, forcing in benchmark_bytes.ways(asked)
        ]
    print(
        json.dumps(rows, indent=1) if asked.json else "\n".join(line for row in rows for line in table(row))
    )
    worst = max(max(ratio, 1 / ratio) for row in rows for ratio in row["ratios"].values())
    if asked.off is not None and worst > asked.off:
        sys.exit(f"the model is {worst:.2f} times off")


def sizes_of(path: Path) -> Sizes:
    """What `fvdrift plan` starts from."""
    prepared = prepare_run(load_run_file(path))
    try:
        return sizes([prepared])
    finally:
        prepared.series.close()


def compared(record: dict, of: Sizes) -> dict:
    """What was counted of a run beside what was predicted, by name."""
    ranks = record["ranks"]
    wish = Parallel(forcing=record["forcing"])
    on: Ranks = shared_out(wish, ranks, of, cores=os.cpu_count())
    needed, predicted = predict(of, on), bytes_by_kind(of, on)
    found = {
        f"{kind}, bytes": (sum(record["bytes"][kind].values()), predicted.get(kind, 0.0))
        for kind in predicted
    }
    peaks = record["peak_memory_bytes"]
    found["CPU, s"] = (record["cpu_s"], sum(needed.cpu.values()))
    # on a machine that others use as well, all CPU seconds are more than they would be
    found["CPU over moving"] = (
        record["cpu_s"] / record["timings"]["advance_cpu_s"],
        sum(needed.cpu.values()) / needed.cpu["moving particles"],
    )
    found["moving, s"] = (record["timings"]["advance_cpu_s"], needed.cpu["moving particles"])
    found["wall, s"] = (record["timings"]["total_wall_s"], needed.seconds)
    # which every rank of the node shows
    places = of.frame_bytes * (of.window + AHEAD) if on.forcing == "nodes" else 0.0
    found["rank 0, bytes"] = (peaks[0], needed.first_bytes + places)
    if ranks > 1:
        found["other rank, bytes"] = (max(peaks[1:]), needed.other_bytes + places)
    ratios = {
        name: count / guess
        for name, (count, guess) in found.items()
        if min(count, guess) > (SMALL if name.endswith("bytes") else 0.0)
    }
    return {
        "ranks": ranks, "forcing": record["forcing"], "found": found, "ratios": ratios, "parts": needed.cpu
    }  # fmt: skip


def table(row: dict) -> list[str]:
    """Lines about one run."""
    lines = [
        f"{row['ranks']} ranks, frames by {row['forcing']}",
        f"  {'':20}{'counted':>12}{'predicted':>12}{'ratio':>8}",
    ]
    for name, (count, guess) in row["found"].items():
        label, unit = [*name.split(", "), ""][:2]
        scale = 1e6 if unit == "bytes" else 1.0
        ratio = f"{row['ratios'][name]:8.2f}" if name in row["ratios"] else f"{'':8}"
        lines.append(f"  {label + unit_of(unit):20}{count / scale:12.3f}{guess / scale:12.3f}{ratio}")
    parts = ", ".join(f"{name} {seconds:.2f}" for name, seconds in row["parts"].items())
    return [*lines, f"  CPU by the model: {parts}", ""]


def unit_of(unit: str) -> str:
    """As a column has it."""
    return {"bytes": ", MB", "s": ", s"}.get(unit, "")


if __name__ == "__main__":
    main()
