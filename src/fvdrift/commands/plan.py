"""`fvdrift plan`: check a run file, its forcing and its releases, and say what the run will take. Moves nothing."""

import shutil
from pathlib import Path

from fvdrift.errors import OutputError
from fvdrift.estimate import sizes
from fvdrift.output.paths import check_output
from fvdrift.preparation import prepare
from fvdrift.progress import wall_time
from fvdrift.run_time import Prediction, predict, ranks_of, worth
from fvdrift.settings import RunFile
from fvdrift.simulation import DEDICATED_FROM
from fvdrift.start_story import start_story


def main(run_file: RunFile, ranks: int) -> int:
    """Print the plan; returns 0. Raises FvdriftError for whatever would stop the run."""
    prepared = prepare(run_file)
    missing = prepared.source.check()
    path = run_file.resolve(run_file.output.file)
    for sentence in start_story(prepared, ranks, ranks, missing):
        print(sentence)
    size, wish = sizes(prepared), run_file.parallel
    dedicated = {"auto": DEDICATED_FROM, "shared": 1 << 62, "dedicated": 2}[wish.manager]  # ranks from which rank 0 only manages
    readers = 1 if wish.readers == "auto" else int(wish.readers)
    needed = predict(size, ranks_of(ranks, dedicated_from=dedicated, threads=wish.threads, readers=readers))
    free = shutil.disk_usage(_existing(path)).free
    print()
    print(f"{size.particle_steps:,} particle-steps in {size.intervals:,} intervals, {size.rows:,} rows")
    others = f", every other rank about {_size(needed.other_bytes)}" if ranks > 1 else ""
    print(f"Memory: rank 0 about {_size(needed.first_bytes)}{others}")
    print(
        f"Disk: {_size(needed.part_bytes)} while it runs, and up to {_size(needed.final_bytes)} for the tracks at its end; "
        f"{_size(free)} free in {path.parent}"
    )
    print(f"Time: about {wall_time(needed.seconds)}, limited by {needed.limited_by} ({_parts(needed)})")
    print(f"It would be little faster on more than {worth(size, dedicated_from=dedicated):,} rank(s)")
    check_output(path, overwrite=False)
    if needed.part_bytes + needed.final_bytes > free:
        raise OutputError(
            f"{path.parent}: {_size(needed.part_bytes + needed.final_bytes)} are needed and {_size(free)} are free: "
            "write elsewhere (output.file), less often (output.every), or fewer variables"
        )
    print("All checks passed.")
    return 0


def _parts(needed: Prediction) -> str:
    """What takes longest, the longest first, in words."""
    parts = sorted((needed.parts | needed.beside).items(), key=lambda part: -part[1])
    return ", ".join(f"{name} {wall_time(seconds)}" for name, seconds in parts[:3])


def _existing(path: Path) -> Path:
    """The nearest folder above `path` that exists."""
    return next(folder for folder in path.absolute().parents if folder.is_dir())


def _size(count: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"
