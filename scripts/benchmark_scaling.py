#!/usr/bin/env python3
"""Scaling over ranks: particles everywhere, all from one point, and a cloud that drifts from piece to piece.

Strong: the same run on more and more ranks. Weak: as many particles and elements for every rank. Beside what
was measured stands what the model behind `fvdrift plan` predicts for this number of cores. The tracks of a
case must have the same bytes on all ranks. cpu_eff: efficiency by CPU seconds of moving particles, which
other jobs on the machine hardly change; wall_eff: by the time from the first interval to packing the last
rows, over the ranks or the cores, whichever are fewer. wall_s: of the whole command. The model, too, shares
the cores there are where these are fewer than ranks.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import generate_forcing
from fvdrift.preparation.costs import COSTS
from fvdrift.preparation.prepare import prepare_run
from fvdrift.preparation.run_sizes import Sizes
from fvdrift.preparation.run_time import Prediction, predict
from fvdrift.preparation.size import shared_out, sizes
from fvdrift.settings.load import load_run_file

LAYERS, SPACING, SPEED = 10, 500.0, 0.7
RUN_FILE = """
[forcing]
files = ["{forcing}"]
time_interpolation = "linear"
[[release]]
count = {particles}
{where}
[boundary]
open = "none"
[output]
file = "{name}.nc"
every = "{every}"
[parallel]
manager = "{manager}"
"""
# case: (flow, where particles start, in sides of the square mesh)
CASES = {
    "everywhere": ("gyre", "box = [{0}, {0}, {4}, {4}]"),
    "one point": ("gyre", "point = [{1}, {2}]"),
    "drifting cloud": ("uniform", "box = [{1}, {1}, {2}, {3}]"),
}
PLACES = (0.0, 0.15, 0.3, 0.85, 1.0)
COLUMNS = (
    ("case", "15"), ("ranks", "5"), ("wall_s", "7.1f"), ("first_s", "7.1f"), ("loop_s", "7.1f"), ("cpu_s", "7.2f"),
    ("cpu_eff", "7.2f"), ("wall_eff", "8.2f"), ("imbalance", "9.2f"), ("cuts", "4"), ("hand_offs", "9"), ("rounds", "6"),
    ("peak_mb", "9"), ("wall_predicted_s", "16.1f"), ("cpu_predicted_s", "15.2f"), ("mb_predicted", "12"),
)  # fmt: skip


class OfAll(NamedTuple):
    """What all runs have alike. every: rows of the tracks; manager: as `parallel.manager`."""

    folder: Path
    hours: int
    every: str
    manager: str


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--elements", type=int, default=100_000, help="of the strong cases, and for two ranks of the weak one"
    )
    parser.add_argument("--particles", type=int, default=60_000, help="likewise")
    parser.add_argument("--hours", type=int, default=12)
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--cases", nargs="+", choices=[*CASES, "weak"], default=[*CASES, "weak"])
    parser.add_argument("--every", default="2h", help="rows of the tracks")
    parser.add_argument("--manager", default="auto", choices=["auto", "shared", "dedicated"])
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    rows: list[dict] = []
    with tempfile.TemporaryDirectory() as name:
        of_all = OfAll(Path(name), asked.hours, asked.every, asked.manager)
        warm_up(of_all)
        for case in [case for case in CASES if case in asked.cases]:
            rows += scaled(
                of_all, case, [(n, asked.particles, asked.elements) for n in asked.ranks], weak=False
            )
        if "weak" in asked.cases:
            grown = [(n, asked.particles * n // 2, asked.elements * n // 2) for n in asked.ranks]
            rows += scaled(of_all, "everywhere", grown, weak=True)
    if asked.json:
        print(json.dumps(rows, indent=1))
    else:
        print_table(rows)
    differing = {row["case"] for row in rows if not row["same_bytes"]}
    if differing:
        sys.exit(f"the tracks differ between numbers of ranks: {', '.join(sorted(differing))}")


def warm_up(of_all: OfAll) -> None:
    """Compile the kernels, so that no run that is timed does."""
    for ranks in (1, 2):
        run(of_all._replace(hours=1), "everywhere", ranks, 100, 2_000)


def scaled(of_all: OfAll, case: str, points: list[tuple[int, int, int]], *, weak: bool) -> list[dict]:
    """The runs of one case. points: (ranks, particles, elements); efficiency is over the first of them."""
    rows: list[dict] = []
    for ranks, particles, elements in points:
        record, prediction = run(of_all, case, ranks, particles, elements)
        timings, cores = record["timings"], min(ranks, os.cpu_count() or 1)
        sorting = 1e-9 * COSTS.rest_ns * particles * of_all.hours  # is no part of cpu_s
        loop = timings["total_wall_s"] - timings["first_step_s"] - timings["finish_s"]
        row = {
            "case": "weak" if weak else case,
            "ranks": ranks,
            "wall_s": record["command_s"],
            "first_s": timings["first_step_s"],
            "loop_s": loop,
            "cpu_s": timings["advance_cpu_s"],
            "ns": 1e9 * timings["advance_cpu_s"] / record["particle_steps"],
            "loop_core_ns": 1e9 * loop * cores / record["particle_steps"],
            "imbalance": record["imbalance"],
            "cuts": record["repartitions"],
            "hand_offs": record["hand_offs"],
            "rounds": record["rounds"],
            "peak_mb": _megabytes(record["peak_memory_bytes"]),
            "wall_predicted_s": prediction.seconds,
            "cpu_predicted_s": prediction.parts["moving particles"] * min(record["parts"], cores) - sorting,
            "mb_predicted": _megabytes([prediction.first_bytes] + [prediction.other_bytes] * (ranks - 1)),
            "timings": timings,
            "sha256": record["sha256"],
        }
        first = rows[0] if rows else row
        row["cpu_eff"], row["wall_eff"] = first["ns"] / row["ns"], first["loop_core_ns"] / row["loop_core_ns"]
        row["same_bytes"] = weak or row["sha256"] == first["sha256"]
        rows.append(row)
    return rows


def run(of_all: OfAll, case: str, ranks: int, particles: int, elements: int) -> tuple[dict, Prediction]:
    """One run through the command line: its record with the digest of its tracks, and what was predicted."""
    (folder, hours, every, manager), (flow, where) = of_all, CASES[case]
    side = SPACING * (elements / 2) ** 0.5
    forcing = folder / f"{flow}_{elements}_{hours}.nc"
    if not forcing.exists():
        words = f"--flow {flow} --elements {elements} --length {side} --width {side} --layers {LAYERS} --speed {SPEED}"
        quietly(
            generate_forcing.main,
            [str(forcing), *words.split(), "--frames", str(hours + 1), "--extra", "omega", "wet"],
        )
    path = folder / "run.toml"
    places = where.format(*(side * place for place in PLACES))
    wanted = {
        "forcing": forcing.name,
        "particles": particles,
        "where": places,
        "name": "run",
        "every": every,
        "manager": manager,
    }
    path.write_text(RUN_FILE.format(**wanted))
    of = sizes_of(path)
    prediction = predict(of, shared_out(load_run_file(path).parallel, ranks, of, cores=os.cpu_count() or 1))
    command = [sys.executable, "-P", "-m", "fvdrift", "run", str(path), "--overwrite", "--quiet"]
    if ranks > 1:
        command = [str(Path(sys.executable).parent / "mpiexec"), "-n", str(ranks), *command]
    began = time.perf_counter()
    subprocess.run(command, check=True)
    wall = time.perf_counter() - began
    record = json.loads((folder / "run.run.json").read_text()) | {"command_s": wall}
    record["sha256"] = hashlib.sha256((folder / "run.nc").read_bytes()).hexdigest()
    return record, prediction


def sizes_of(path: Path) -> Sizes:
    """What `fvdrift plan` starts from."""
    prepared = prepare_run(load_run_file(path))
    try:
        return sizes([prepared])
    finally:
        prepared.series.close()


def quietly(function, *arguments) -> None:
    """Call a function that prints, without what it prints."""
    out, sys.stdout = sys.stdout, open(os.devnull, "w")  # noqa: SIM115
    try:
        function(*arguments)
    finally:
        sys.stdout.close()
        sys.stdout = out


def _megabytes(peaks: list[float]) -> str:
    """Of rank 0 and of the largest other: "345 / 221"."""
    return " / ".join(
        f"{peak / 1e6:.0f}" for peak in [peaks[0], *([max(peaks[1:])] if len(peaks) > 1 else [])]
    )


def print_table(rows: list[dict]) -> None:
    """One line a run."""
    widths = [max(int(form.split(".")[0]), len(name)) for name, form in COLUMNS]
    print(" ".join(f"{name:>{width}}" for (name, _), width in zip(COLUMNS, widths, strict=True)))
    for row in rows:
        cells = (f"{row[name]:{'.' + form.split('.')[1] if '.' in form else ''}}" for name, form in COLUMNS)
        print(" ".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)))


if __name__ == "__main__":
    main()
