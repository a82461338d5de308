"""Whether the disk has room for what a run will write. Nothing is written here, and no room is set aside.

The part file is not allocated beforehand: where a file system cannot do that (NFS before 4.2, many FUSE ones)
the C library writes into every block instead, which takes as long as the run's own output; and a disk that
fills up later ends a run with all rows before it kept. Nothing is mapped into memory, so a hole that cannot
be filled is an error, never a signal.
"""

import shutil
from contextlib import suppress
from pathlib import Path

from fvdrift.errors import OutputError

from .paths import lock_path, part_paths

_FULL = 1 << 20  # bytes that are free: with less, it is for want of room that writing failed


def free_bytes(path: Path) -> int:
    """Bytes there are for the tracks at `path`: free ones, and those of what is written over or removed."""
    free = shutil.disk_usage(_existing(path)).free
    for used in (*part_paths(path), lock_path(path)):
        with suppress(OSError):
            free += used.stat().st_blocks * 512
    return free


def check_room(path: Path, part_bytes: float, final_bytes: float) -> None:
    """Refuse a run whose records and tracks do not fit. Raises OutputError with the bytes needed and free."""
    needed, free = part_bytes + final_bytes, free_bytes(path)
    if needed > free:
        raise OutputError(
            f"{path.parent}: {needed:.0f} bytes are needed ({size(part_bytes)} while the run goes on and {size(final_bytes)} for "
            f"the tracks at its end) and {free} bytes ({size(free)}) are free: write elsewhere (output.file), less often "
            "(output.every), or fewer variables"
        )


def disk_is_full(folder: Path) -> bool:
    """Whether it is for want of room that writing there failed; libraries don't say it."""
    try:
        return shutil.disk_usage(folder).free < _FULL
    except OSError:
        return False


def size(count: float) -> str:
    """Bytes as a person says it."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"


def _existing(path: Path) -> Path:
    """The nearest folder above `path` that exists."""
    return next(folder for folder in path.absolute().parents if folder.is_dir())
