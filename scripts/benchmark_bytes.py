#!/usr/bin/env python3
"""Bytes from rank to rank, by kind and by the link they go over, and memory: one run on more and more ranks.

Half a day, a row every hour, two checkpoints, a density and a connectivity. Prints what `run.json` of each says, in
MB: what goes through rank 0 as manager, what others send each other between nodes and inside a node (rank 0 as
worker and as owner among them), and how much of it all the manager carries. Beside it peak memory of rank 0 and of
the largest other. Frames are read by rank 0 ("manager") or by the ranks of each node ("nodes"). The tracks and
statistics of all must have the same bytes.

All rows of a million particles are less than one stripe, which rank 0 would write: so tracks are split.
"""

import argparse
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import generate_forcing

HOURS = 12
RUN_FILE = """
[forcing]
files = ["../forcing.nc"]
[[release]]
count = {particles}
box = [0.0, 0.0, {side}, {side}]
[boundary]
open = "none"
[checkpoint]
every = "5h"
[[statistic]]
kind = "density"
box = [0.0, 0.0, {side}, {side}]
cells = [100, 100]
[[statistic]]
kind = "connectivity"
polygons = "../polygons.geojson"
[output]
file = "tracks.nc"
every = "1h"
split = "{split}"
"""
# of which the manager is to carry no more than --most says, by who reads frames; with nodes of all but the mesh
DATA = {
    "manager": ("rows", "checkpoints", "releases", "statistics"),
    "nodes": ("rows", "checkpoints", "releases", "statistics", "frames", "particles", "tallies"),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_options(parser, elements=200_000, particles=1_000_000, ranks=[2, 4, 8, 16], split="256MB")
    parser.add_argument("--most", type=float, metavar="PERCENT", help="fail where the manager carries more")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        side = write_input(folder, asked)
        records = {
            f"{ranks} {forcing}": run(folder, ranks, forcing, asked, side) for ranks, forcing in ways(asked)
        }
    if asked.json:
        print(json.dumps(records, indent=1))
    else:
        for record in records.values():
            print("\n".join(table(record)))
    if len({record["sha256"] for record in records.values()}) > 1:
        sys.exit("tracks or statistics differ between numbers of ranks")
    for record in records.values():
        kinds = DATA[record["forcing"]]
        found = share(record["bytes"], kinds)
        if asked.most is not None and found > asked.most:
            sys.exit(f"{heading(record)}: the manager carries {found:.2f} % of {', '.join(kinds)}")


def add_options(
    parser: argparse.ArgumentParser, *, elements: int, particles: int, ranks: list[int], split: str
) -> None:
    """Those of the run, with these defaults."""
    parser.add_argument("--elements", type=int, default=elements)
    parser.add_argument("--layers", type=int, default=10)
    parser.add_argument("--particles", type=int, default=particles)
    parser.add_argument("--ranks", type=int, nargs="+", default=ranks)
    parser.add_argument("--forcing", nargs="+", choices=DATA, default=list(DATA), help="who reads frames")
    parser.add_argument("--split", default=split, help="size of the files that tracks are cut into")
    parser.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE", help="as for fvdrift run")
    parser.add_argument("--json", action="store_true")


def ways(asked: argparse.Namespace) -> list[tuple[int, str]]:
    """Ranks of all runs, and who reads frames in them."""
    return [(n, forcing) for n in asked.ranks for forcing in (asked.forcing if n > 1 else ["manager"])]


def write_input(folder: Path, asked: argparse.Namespace) -> float:
    """A gyre in a square, and a habitat in each of its quarters. Returns its side, m."""
    side = 500.0 * (asked.elements / 2) ** 0.5
    words = f"--elements {asked.elements} --length {side} --width {side} --layers {asked.layers} --frames {HOURS + 1} --speed 0.7"
    out, sys.stdout = sys.stdout, open(os.devnull, "w")  # noqa: SIM115
    try:
        generate_forcing.main([str(folder / "forcing.nc"), *words.split(), "--extra", "omega", "wet"])
    finally:
        sys.stdout.close()
        sys.stdout = out
    habitats = []
    for number, (x, y) in enumerate(((0.2, 0.2), (0.6, 0.2), (0.2, 0.6), (0.6, 0.6))):
        ends = [(x, y), (x + 0.2, y), (x + 0.2, y + 0.2), (x, y + 0.2), (x, y)]
        ring = [[side * east, side * north] for east, north in ends]
        habitats.append(
            {
                "type": "Feature",
                "properties": {"name": f"habitat {number}"},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    # any projected system: places are in metres
    crs = {"type": "name", "properties": {"name": "EPSG:32630"}}
    collection = {"type": "FeatureCollection", "crs": crs, "features": habitats}
    (folder / "polygons.geojson").write_text(json.dumps(collection))
    return side


def run(folder: Path, ranks: int, forcing: str, asked: argparse.Namespace, side: float) -> dict:
    """One run; its record, with the digest of its tracks and statistics, and CPU seconds of all its processes."""
    here = folder / f"ranks_{ranks}_{forcing}"
    here.mkdir()
    file, tracks = write_run(here, asked, side), here / "tracks.nc"
    command = [sys.executable, "-P", "-m", "fvdrift", "run", str(file), "--quiet"]
    command += [word for key in (*asked.set, f"parallel.forcing={forcing}") for word in ("--set", key)]
    if ranks > 1:
        command = [str(Path(sys.executable).parent / "mpiexec"), "-n", str(ranks), *command]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    record = json.loads(tracks.with_suffix(".run.json").read_text())
    record["sha256"] = digest(
        [*sorted(here.glob("tracks.split/*.nc")), tracks, tracks.with_suffix(".stats.nc")]
    )
    record["cpu_s"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    record["forcing"] = forcing
    shutil.rmtree(here)
    return record


def write_run(here: Path, asked: argparse.Namespace, side: float) -> Path:
    """The run file of it, in a folder beside the forcing."""
    file = here / "run.toml"
    file.write_text(RUN_FILE.format(particles=asked.particles, side=side, split=asked.split))
    return file


def digest(paths: list[Path]) -> str:
    """What files share exactly when they are equal byte for byte."""
    found = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            found.update(hashlib.file_digest(file, "sha256").digest())
    return found.hexdigest()


def share(of_run: dict, kinds: tuple[str, ...]) -> float:
    """Percent of the bytes of these kinds that go through the manager."""
    through = sum(of_run[kind]["manager"] for kind in kinds)
    return 100.0 * through / max(sum(sum(of_run[kind].values()) for kind in kinds), 1)


def heading(record: dict) -> str:
    """Which run it is."""
    return f"{record['ranks']} ranks, frames by {record['forcing']}"


def table(record: dict) -> list[str]:
    """Lines about one run."""
    of_data = DATA[record["forcing"]]
    of_run, peaks = record["bytes"], record["peak_memory_bytes"]
    kinds = [kind for kind, links in of_run.items() if isinstance(links, dict)]
    lines = [
        f"{heading(record)}, MB",
        f"  {'kind':12}{'manager':>12}{'ranks':>12}{'node':>12}{'manager, %':>12}",
    ]
    for kind in kinds:
        links = "".join(f"{of_run[kind][link] / 1e6:12.3f}" for link in ("manager", "ranks", "node"))
        lines.append(f"  {kind:12}{links}{share(of_run, (kind,)):12.2f}")
    others = max(peaks[1:], default=0)
    return [
        *lines,
        f"  {' + '.join(of_data)} through the manager: {share(of_run, of_data):.2f} %",
        f"  files: {of_run['read'] / 1e6:.0f} read, {of_run['written'] / 1e6:.0f} written",
        f"  peak memory of rank 0: {peaks[0] / 1e6:.0f}, of the largest other: {others / 1e6:.0f}",
        "",
    ]


if __name__ == "__main__":
    main()
