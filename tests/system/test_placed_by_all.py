"""Releases that all ranks place, each its share, give the bytes of those that one process places."""

import json
from pathlib import Path

from fvdrift.release.sites import PLACED

from .cases import EVERYWHERE, FORCING, OPEN
from .workshop import Tree, digest, needs_mpiexec, record, solve, start, write_run

PLACED_BY_ALL = [Path(__file__).with_name("run_placed_by_all.py")]
INSIDE = [433000.0, 5547000.0]
SHAPES = [[425000.0, 5545000.0], [440000.0, 5545000.0], [440000.0, 5549000.0], [425000.0, 5549000.0]]


def every_shape(folder: Path) -> Tree:
    """All that can be released, at the start and later, with a mass; discs that reach the water with a corner, or not at
    all."""
    (folder / "sites.csv").write_text(
        "x,y,count,depth,time,mass\n"
        + "".join(
            f"{INSIDE[0] + 40 * i},{INSIDE[1] + 10 * i},{1 + i % 7},{i % 5},{120 + (i * 7) % 60}min,{1 + i / 7}\n"
            for i in range(120)
        )
        + "421000,5552000,90,1,150min,9\n"
    )
    tree: Tree = {
        "seed": 7, "forcing": {**FORCING, "projection": "EPSG:32630"}, "time": {"start": "2h", "duration": "90min"},
        "boundary": OPEN,
        "release": [
            {"name": "point", "count": 130, "point": INSIDE},
            {"name": "disc", "count": 90, "point": INSIDE, "radius": "700m", "depth": ["0m", "60m"]},
            {"name": "shore", "count": 200, "point": [425000.0, 5551800.0], "radius": "2km", "allow_outside": True},
            {"name": "hill", "count": 150, "point": [420000.0, 5552100.0], "radius": "30m", "allow_outside": True},
            {"name": "line", "count": 140, "line": SHAPES, "every": "20min"},
            {"name": "area", "count": 170, "polygon": SHAPES, "sigma": -0.5},
            {"name": "volume", "count": 110, "polygon": SHAPES, "spread": "volume"},
            {"name": "wet", "count": 100, "box": EVERYWHERE, "wet": True, "every": "15min"},
            {"name": "sites", "file": "sites.csv", "radius": "200m", "allow_outside": True, "outside_time": "skip"},
        ],
        "output": {"every": "15min", "variables": ["age", "zeta"]},
        "statistic": [{"kind": "density", "name": "where"}],
    }  # fmt: skip
    for release in tree["release"][:-1]:
        release["mass"] = f"{release['count']} g"
    return tree


@needs_mpiexec
def test_all_ranks_place_what_one_does(tmp_path: Path) -> None:
    run_file = write_run(tmp_path, every_shape(tmp_path))
    alone = solve(run_file, output="alone.nc")
    for ranks, manager in ((3, "shared"), (3, "dedicated")):
        name = f"{manager}.nc"
        runs = [(str(run_file), f"output.file={name}", f"parallel.manager={manager}")]
        ran = start(json.dumps(runs), ranks=ranks, program=PLACED_BY_ALL)
        assert ran.returncode == 0, ran.stderr
        tracks = tmp_path / name
        assert digest(tracks) == digest(alone)
        of_all, of_one = record(tracks), record(alone)
        assert of_one["not_in_water"] > 200
        # more than half of them from who placed them to who owns them: number, place and element of each
        swapped = of_all["bytes"]["releases"]["node"] / PLACED.itemsize
        assert 1200 < swapped == int(swapped)
        for key in ("not_in_water", "released_below_bed", "released_dry", "final_counts", "amounts"):
            assert of_all[key] == of_one[key], key
