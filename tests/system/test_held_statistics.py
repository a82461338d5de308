"""Statistics whose accounts ranks keep: the same bytes on any number of ranks, also of what starts between looks,
gone on with by other ranks, stopped early, of members; and none of it through the manager."""

import json
import shutil
from pathlib import Path

import pytest

from fvdrift.cli import main
from fvdrift.engine.checkpoint import CheckpointShares, Contents
from fvdrift.engine.checkpoint.folder import CheckpointFolder
from fvdrift.output.paths import statistics_path

from .flows import LENGTH, WIDTH, Flow, channel
from .test_statistics import boxes
from .workshop import MPIEXEC, digest, needs_mpiexec, record, solve, start, write_run

pytestmark = needs_mpiexec
KEEPING = ("output.tracks=false",)


@pytest.fixture(scope="module")
def run_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All kinds of statistics, of particles that start every 10 min in a uniform flow and are looked at every
    half or whole hour."""
    folder = tmp_path_factory.mktemp("held")
    (folder / "flow").mkdir()
    flow = Flow(
        u=lambda x, y, s, t: 0.5 + 0 * x * s,
        v=lambda x, y, s, t: 0 * x * s,
        omega=lambda x, y, s, t: 0 * x * s,
    )
    forcing = channel(folder / "flow" / "flow.nc", flow, frames=5)
    zones = boxes((0.0, -500.0, 1000.0, 3000.0), (3000.0, -500.0, 3300.0, 3000.0), projected=True)
    (folder / "zones.geojson").write_text(json.dumps(zones))
    rows = [f"{500 + 100 * column},{400 + 200 * row}" for row in range(4) for column in range(5)]
    (folder / "grid.csv").write_text("\n".join(["x,y", *rows]) + "\n")
    box = {"box": [-500.0, -500.0, LENGTH, WIDTH], "cells": [7, 5]}
    zones_of = {"polygons": "zones.geojson"}
    return write_run(folder, {
        "forcing": {"files": [str(forcing)]}, "time": {"step": "1min", "duration": "3h"},
        "boundary": {"open": str(folder / "flow" / "flow_obc.dat")},
        "release": [{"name": "first", "count": 40, "box": [0.0, 0.0, 1000.0, WIDTH], "every": "10min", "until": "2h"},
                    {"name": "grid", "file": "grid.csv"}],
        "output": {"file": "out.nc", "every": "30min"},
        "statistic": [
            {"kind": "density", **box, "period": "1h"},
            {"kind": "density", "name": "elements", "ages": ["0h", "1h", "3h"]},
            {"kind": "exposure", **box, "every": "1h"},
            {"kind": "concentration", **box, "layers": {"sigma": [0, -0.5, -1]}, "every": "1h", "period": "2h"},
            {"kind": "concentration", "name": "in_elements", "threshold": [1e-7, 1e-6]},
            {"kind": "exposure", "name": "of_elements"},
            {"kind": "polygons", **zones_of, "every": "1h"},
            {"kind": "connectivity", **zones_of, "sources": "zones.geojson", "competency": "59min"},
            {"kind": "flushing", **zones_of},
            {"kind": "flushing", "name": "all"},
            {"kind": "cloud"},
            {"kind": "ftle", "releases": ["grid"], "points": [5, 4]},
        ],
    })  # fmt: skip


@pytest.fixture(scope="module")
def truth(run_file: Path) -> str:
    """What one process gives."""
    return digest(statistics_path(solve(run_file, *KEEPING, output="one.nc")))


def on_ranks(ranks: int, *runs: tuple, blind: bool = False) -> list[int]:
    """Exit codes of runs on so many ranks: (run file, looks before a signal or None, keys ...). blind: ranks above
    0 don't see the folder."""
    assert MPIEXEC is not None
    program = [Path(__file__).with_name("run_until.py")]
    asked = json.dumps([[str(path), *rest] for path, *rest in runs])
    done = start(asked, *["blind"] * blind, ranks=ranks, program=program, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_ranks_give_the_bytes_of_one_process_also_where_others_go_on(run_file: Path, truth: str) -> None:
    folder = run_file.parent
    keys = [f"output.file=r{number}.nc" for number in range(3)]
    codes = on_ranks(
        3,
        (run_file, None, keys[0], *KEEPING, "parallel.manager=shared"),
        (run_file, None, keys[1], *KEEPING, "parallel.manager=dedicated"),
        (run_file, 24, keys[2], *KEEPING),
    )
    assert codes == [0, 0, 75]
    assert digest(folder / "r0.stats.nc") == digest(folder / "r1.stats.nc") == truth
    (kept,) = CheckpointFolder(folder / "r2.nc").newest_first()
    contents = Contents(kept)
    assert CheckpointShares(contents.archives).holders == 2
    assert not any(name.startswith("statistics/") for name in contents.archives.only([0]).names)
    for path in folder.glob("r2.*"):
        shutil.copy(path, folder / path.name.replace("r2.", "alone."))
    of_two = (run_file, None, keys[2], *KEEPING), (run_file, None, "output.file=two.nc", *KEEPING)
    assert on_ranks(2, *of_two) == [0, 0]
    assert digest(folder / "r2.stats.nc") == digest(folder / "two.stats.nc") == truth
    done = start("run", run_file, "--resume", "--set", "output.file=alone.nc", "--set", KEEPING[0])
    assert done.returncode == 0, done.stderr
    assert digest(folder / "alone.stats.nc") == truth
    carried = record(folder / "r0.nc")["bytes"]["statistics"]
    assert carried["manager"] < 0.02 * carried["node"]


def test_ranks_that_do_not_see_the_folder_have_rank_0_read_and_write(run_file: Path, truth: str) -> None:
    keys = ("output.file=blind.nc", *KEEPING)
    assert on_ranks(3, (run_file, 24, *keys), (run_file, None, *keys), blind=True) == [75, 0]
    assert digest(run_file.with_name("blind.stats.nc")) == truth


def test_plan_tells_what_accounts_keep_of_particles(
    run_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """540 particles: 21, 26 and 23 bytes each, and 32 of the 20 of a grid; nothing for density and clouds."""
    assert main(["plan", str(run_file), "--ranks", "4", "--set", "output.file=plan.nc"]) == 0
    (said,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Statistics keep")]
    parts = "polygons 11.3 kB, connectivity 14 kB, flushing 12.4 kB, all 12.4 kB, ftle 640 bytes"
    assert said == f"Statistics keep 50.9 kB of particles, shared out among 3 ranks: {parts}"


def test_members_that_an_alert_stops_have_their_own(run_file: Path) -> None:
    """On three ranks, where the alert comes true between two looks."""
    text = run_file.read_text()
    alert = '\n[[alert]]\nwhen = "max(age) >= 4200"\naction = "stop"\nevery = "10min"\n'
    members = "\n[ensemble.vary]\nseed = [1, 2]\n"
    file = run_file.with_name("members.toml")
    file.write_text(text + alert + members)
    solve(file, *KEEPING, output="alone.nc")
    assert on_ranks(3, (file, None, "output.file=stopped.nc", *KEEPING)) == [0]
    made = sorted(run_file.parent.glob("stopped.member-*.stats.nc"))
    assert len(made) == 2
    for path in made:
        assert digest(path) == digest(path.with_name(path.name.replace("stopped", "alone")))
