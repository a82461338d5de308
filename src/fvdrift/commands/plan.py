"""`fvdrift plan`: check a run file, its forcing and its releases, and say what the run will take. Moves nothing."""

import shutil
from pathlib import Path

from fvdrift.errors import OutputError
from fvdrift.estimate import estimate
from fvdrift.output.paths import check_output
from fvdrift.preparation import prepare
from fvdrift.progress import wall_time
from fvdrift.settings import RunFile
from fvdrift.start_story import start_story


def main(run_file: RunFile, ranks: int) -> int:
    """Print the plan; returns 0. Raises FvdriftError for whatever would stop the run."""
    prepared = prepare(run_file)
    missing = prepared.source.check()
    path = run_file.resolve(run_file.output.file)
    for sentence in start_story(prepared, ranks, ranks, missing):
        print(sentence)
    needed = estimate(prepared, ranks)
    free = shutil.disk_usage(_existing(path)).free
    print()
    print(f"{needed.particle_steps:,} particle-steps in {len(prepared.intervals):,} intervals, {len(prepared.outputs):,} rows")
    print(f"Memory: rank 0 about {_size(needed.manager_bytes)}, every other rank about {_size(needed.worker_bytes)}")
    print(
        f"Disk: {_size(needed.part_bytes)} while it runs, and up to {_size(needed.final_bytes)} for the tracks at its end; "
        f"{_size(free)} free in {path.parent}"
    )
    print(f"Time: about {wall_time(needed.seconds)}, limited by {needed.limited_by}")
    check_output(path, overwrite=False)
    if needed.part_bytes + needed.final_bytes > free:
        raise OutputError(
            f"{path.parent}: {_size(needed.part_bytes + needed.final_bytes)} are needed and {_size(free)} are free: "
            "write elsewhere (output.file), less often (output.every), or fewer variables"
        )
    print("All checks passed.")
    return 0


def _existing(path: Path) -> Path:
    """The nearest folder above `path` that exists."""
    return next(folder for folder in path.absolute().parents if folder.is_dir())


def _size(count: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"
