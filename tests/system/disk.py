"""fvdrift on a disk that fails in mid-run, for real. Arguments: what, which call, and those of fvdrift.

The fault is put in on rank 0 just before the given call of PartFile.write_row, or before the final pass
("last"). What is moved or cut is in the given folder.
"""

import os
import resource
import shutil
import sys
from pathlib import Path

from fvdrift import cli
from fvdrift.output.packing import Packing
from fvdrift.output.part_file import PartFile
from fvdrift.process import launcher


def fill(folder: Path) -> None:
    """Take all bytes that are left."""
    with (folder / "filler").open("wb", buffering=0) as filler:
        try:
            while True:
                filler.write(b"x" * 4096)
        except OSError:
            return


def remove(folder: Path) -> None:
    shutil.rmtree(folder)


def limit(folder: Path) -> None:
    """No file may grow beyond what it is now: the system sends SIGXFSZ."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def tidy(folder: Path) -> None:
    """Remove what looks like a leftover."""
    for path in folder.glob("*.tmp"):
        path.unlink()


def move(folder: Path) -> None:
    """Another, empty folder takes its place."""
    folder.rename(folder.with_name("moved"))
    folder.mkdir()


def cut(folder: Path) -> None:
    (part,) = folder.glob("*.part")
    os.truncate(part, part.stat().st_size // 2)


def empty(folder: Path) -> None:
    """Cut, and as long again as it was: zeros."""
    (part,) = folder.glob("*.part")
    size = part.stat().st_size
    os.truncate(part, 0)
    os.truncate(part, size)


FAULTS = {
    "fill": fill,
    "remove": remove,
    "limit": limit,
    "tidy": tidy,
    "move": move,
    "cut": cut,
    "empty": empty,
}


def main() -> int:
    what, when, folder, *arguments = sys.argv[1:]
    sys.argv[1:] = arguments
    here = launcher.seat()
    if here is None or here.rank == 0:
        owner, name = (Packing, "finish") if when == "last" else (PartFile, "write_row")
        original, left = getattr(owner, name), [1 if when == "last" else int(when)]

        def failing(*given):
            left[0] -= 1
            if left[0] == 0:
                FAULTS[what](Path(folder))
            return original(*given)

        setattr(owner, name, failing)
    return cli.main(arguments)


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main())
