#!/usr/bin/env python3
"""What each option costs: CPU time per particle-step on the bundled estuary, beside the plain RK4 step in
three dimensions.

The same particles everywhere, one option at a time, on one process; the median of several runs, taken in
turn.
"""

import argparse
import json
import statistics
import tempfile
from pathlib import Path

from fvdrift.settings.load import load_run_file
from fvdrift.simulation.roles import run

ESTUARY = Path(__file__).parent.parent / "configs" / "estuary"
RUN_FILE = f"""
[forcing]
files = ["{ESTUARY}/estA_000*.nc"]
projection = "EPSG:32630"
[time]
duration = "6h"
[[release]]
count = {{particles}}
box = [420000.0, 5541900.0, 445300.0, 5552100.0]
[boundary]
open = "{ESTUARY}/estA_obc.dat"
{{boundary}}
[output]
file = "tracks.nc"
every = "6h"
{{tables}}
"""
FIELD = '[[field]]\nname = "rate"\nexpression = "exp(0.1 * (temp - 15))"\n'
OWN = """
from fvdrift_kernels.own import uniform


def swim(depth, temp, random):
    return 0.001 * (uniform(random, 0) - 0.5) * temp if depth > 1.0 else 0.0
"""
# name: (lines of [boundary], other tables)
OPTIONS = {
    "plain": ("", ""),
    "forcing.time_interpolation = linear": ("", "LINEAR"),
    "coast = strand, refloat": ('coast = "strand"\nrefloat = "6h"', ""),
    "horizontal walk, constant": ("", '[diffusion]\nhorizontal = "1 m2/s"'),
    "horizontal walk, viscofh": ("", '[diffusion]\nhorizontal = "viscofh"'),
    "horizontal walk, smagorinsky": ("", '[diffusion]\nhorizontal = "smagorinsky"'),
    "vertical walk, constant": ("", '[diffusion]\nvertical = "0.001 m2/s"'),
    "vertical walk, kh": ("", '[diffusion]\nvertical = "kh"'),
    "settling, constant": ("", '[behaviour]\nsettling = "0.1 mm/s"'),
    "settling, spread": ("", '[behaviour]\nsettling = ["0.1 mm/s", "0.2 mm/s"]'),
    "migration by the sun": ("", '[behaviour]\nmigration = { day = "10m", night = "2m", speed = "5 mm/s" }'),
    "windage": ("", '[behaviour]\nwindage = "2 %"'),
    "surface": ("", '[advection]\ndimension = "surface"'),
    "leeway": ("", '[advection]\ndimension = "surface"\n[behaviour]\nleeway = "PIW-1"'),
    "Stokes drift": ("", '[advection]\nstokes_drift = ["u", "v"]'),
    "growth and mortality by a field": ("", FIELD + '[behaviour]\ngrowth = "rate"\nmortality = "rate"'),
    "settlement": ("", f'[behaviour]\nsettlement = "{ESTUARY}/habitats.geojson"'),
    "bottom = deposit, resuspension": (
        'bottom = "deposit"\nresuspension = "1 cm/s"',
        '[behaviour]\nsettling = "0.1 mm/s"',
    ),
    "decay, steady": ("", '[behaviour]\ndecay = { half_life = "1d" }'),
    "decay by light": (
        "",
        '[behaviour]\ndecay = { t90 = "2d", light = "0.5 m2/MJ", attenuation = "0.4 1/m" }',
    ),
    "own behaviour": ("", '[behaviour]\ncustom = "own.py:swim"'),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--particles", type=int, default=30_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--only", nargs="+", default=[], help="parts of the names of the options to time beside plain"
    )
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    names = [
        name
        for name in OPTIONS
        if name == "plain" or not asked.only or any(part in name for part in asked.only)
    ]
    taken: dict[str, list[float]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "own.py").write_text(OWN)
        for _ in range(asked.repeats):
            for name in names:
                taken[name].append(nanoseconds(Path(folder), name, asked.particles))
    plain = statistics.median(taken["plain"])
    rows = [
        {
            "option": name,
            "ns": round(statistics.median(ns), 1),
            "beside_plain_ns": round(statistics.median(ns) - plain, 1),
        }
        for name, ns in taken.items()
    ]
    if asked.json:
        print(json.dumps(rows, indent=1))
        return
    print(f"{'option':40} {'ns per particle-step':>21} {'more than plain':>16}")
    for row in rows:
        print(f"{row['option']:40} {row['ns']:21} {row['beside_plain_ns']:16}")


def nanoseconds(folder: Path, name: str, particles: int) -> float:
    """CPU time of a particle-step with one option, ns."""
    boundary, tables = OPTIONS[name]
    text = RUN_FILE.format(particles=particles, boundary=boundary, tables=tables.replace("LINEAR", ""))
    if tables == "LINEAR":
        text = text.replace("[time]", 'time_interpolation = "linear"\n[time]', 1)
    if "decay" in name:
        text = text.replace("[[release]]", '[[release]]\nmass = "1 kg"', 1)
    path = folder / "run.toml"
    path.write_text(text)
    run(load_run_file(path), overwrite=True, quiet=True, communicator=None)
    record = json.loads((folder / "tracks.run.json").read_text())
    return record["timings"]["advance_cpu_s"] / record["particle_steps"] * 1e9


if __name__ == "__main__":
    main()
