"""Make the checkpoint that every later version must be able to go on from (kept_by_ranks/), anew: python
tests/engine/checkpoint/make_kept.py

To be done where the format of checkpoints has changed (`FORMAT` in fvdrift.engine.checkpoint.archive), and only
then. That in kept/ is of format 3, and of one process.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from fvdrift.engine.checkpoint.archive import Archive, ArchiveWriter
from fvdrift.engine.checkpoint.contents import Contents
from fvdrift.engine.checkpoint.folder import CheckpointFolder
from fvdrift.output.paths import part_path

ROOT = Path(__file__).parents[3]
KEPT = Path(__file__).with_name("kept_by_ranks")
NAME = "tracks.nc"
ON_CELLS = ("density", "exposure", "concentration")  # few of them, so that it is small


def main() -> None:
    sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]  # where pytest finds them
    from tests.system.test_interrupted_ranks import BROKEN
    from tests.system.test_statistics import with_statistics
    from tests.system.workshop import ESTUARY, start, write_run

    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "estuary").symlink_to(ESTUARY)
        tree = with_statistics(folder, "larvae")
        tree["forcing"]["files"], tree["boundary"] = (
            ["estuary/estA_000*.nc"],
            {"open": "estuary/estA_obc.dat"},
        )
        tree["release"][0]["count"] = 40
        tree["behaviour"]["settlement"] = "reefs.geojson"
        box = tree["statistic"][0]["box"]
        tree["statistic"] = [{"box": box, "cells": [3, 2], **one} if one["kind"] in ON_CELLS else one
                             for one in tree["statistic"]]  # fmt: skip
        tree["statistic"] += [{"kind": "ftle", "releases": ["grid"], "points": [3, 3]}]
        grid = {"name": "grid", "count": 9, "box": [432000.0, 5546500.0, 433000.0, 5547500.0]}
        tree["release"] += [{**grid, "number": 90.0}]
        tree["alert"] = [{"when": "mean(age) > 1000", "every": "10min", "say": "They are old."}]
        tree["output"]["file"] = NAME
        run_file = write_run(folder, tree)
        for later in range(10, 200):
            arguments = ("SIGUSR1@moving", 1, "run", run_file, "--quiet", "--overwrite")
            ran = start(*arguments, program=[BROKEN], ranks=3, LATER=str(later))
            there = CheckpointFolder(folder / NAME).newest_first()
            if not there:
                raise SystemExit(ran.stderr)
            found = Contents(there[0])
            half = sum(len(row) for kept in found.kept() for row in kept.records)
            late = len(found.array("sums")) > 4
            if half and late:
                break
        else:
            raise SystemExit("it was never stopped half way between two frames")
        shutil.rmtree(KEPT, ignore_errors=True)
        KEPT.mkdir()
        for path in (run_file, *folder.glob("*.geojson"), *folder.glob("*.npz")):
            shutil.copy(path, KEPT)
        shutil.copy(part_path(folder / NAME), KEPT / "records.bin")
    for path in KEPT.glob("*checkpoint-????.npz"):
        _name_no_folder(path)
    print(*(f"{path.name}: {path.stat().st_size:,} bytes" for path in sorted(KEPT.iterdir())), sep="\n")


def _name_no_folder(path: Path) -> None:
    """Leave the folder of this checkout out of the command that the record of the run tells."""
    archive = Archive(path)
    state, arrays = archive.state, {name: archive.read(name) for name in archive.names()}
    command = state["record"]["this"]["command"]
    command[0] = Path(command[0]).name
    with ArchiveWriter(path) as writer:
        for name, array in arrays.items():
            writer.add(name, array)
        writer.commit(state)


if __name__ == "__main__":
    main()
