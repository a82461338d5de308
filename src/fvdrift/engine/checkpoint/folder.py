"""The checkpoints of a run, NAME.checkpoint-NNNN.npz beside NAME.nc, each with the archives of other ranks:
their names and order. Not what is in them (`archive`).

The file with the list of archives is written last and removed first: archives that no list stands beside are
what a killed run has left.
"""

import re
from pathlib import Path
from typing import NamedTuple

from fvdrift.errors import OutputError
from fvdrift.tools.new_file import check_plain, remove, temporary_path

_NAME = re.compile(r"\.checkpoint-(\d{4,9})(\.rank-\d{4,7})?\.npz(\.tmp)?")


def archive_path(path: Path, rank: int) -> Path:
    """NAME.checkpoint-NNNN.rank-RRRR.npz: what another rank than 0 writes for the checkpoint at `path`."""
    return path.with_name(f"{path.name.removesuffix('.npz')}.rank-{rank:04d}.npz")


class _Found(NamedTuple):
    """A file of the folder. whole: it is no archive beside one, and has its name."""

    number: int
    path: Path
    whole: bool


class CheckpointFolder:
    """What lies beside one file of tracks."""

    def __init__(self, tracks: Path):
        self._folder, self._name = tracks.parent, tracks.name.removesuffix(".nc")

    def newest_first(self) -> list[Path]:
        """All of them, by the files with their lists."""
        return [found.path for found in sorted(self._found(), reverse=True) if found.whole]

    def next(self) -> Path:
        """The name of one to come. What a killed run has left of one has a number too, so that no archive of it
        is taken for another's."""
        number = max((found.number for found in self._found()), default=0) + 1
        return self._folder / f"{self._name}.checkpoint-{number:04d}.npz"

    def check(self) -> None:
        """Raises OutputError where one of them, or what one is written to first, is no plain file."""
        for path in (*(found.path for found in self._found()), self.next()):
            check_plain(path, temporary_path(path))

    def keep(self, count: int) -> None:
        """Remove all but the newest `count`, and what a killed run was writing. Raises OutputError."""
        all_found = self._found()
        numbers = sorted((found.number for found in all_found if found.whole), reverse=True)[:count]
        try:
            for found in sorted(all_found, key=lambda found: not found.whole):  # lists first
                if found.number not in numbers or found.path.name.endswith(".tmp"):
                    remove(found.path)
        except OSError as error:
            raise OutputError(f"{found.path}: cannot be removed: {error.strerror or error}") from None

    def _found(self) -> list[_Found]:
        if not self._folder.is_dir():
            return []
        found = []
        for path in self._folder.iterdir():
            match = path.name.startswith(self._name) and _NAME.fullmatch(path.name[len(self._name) :])
            if match:
                found.append(_Found(int(match[1]), path, not (match[2] or match[3])))
        return found
