"""The checkpoints of a run, NAME.checkpoint-NNNN.npz beside NAME.nc: their names and order. Not what is in
them (`archive`)."""

import re
from pathlib import Path

from fvdrift.errors import OutputError
from fvdrift.tools.new_file import check_plain, remove, temporary_path

_NUMBER = re.compile(r"\.checkpoint-(\d{4,9})\.npz")


class CheckpointFolder:
    """What lies beside one file of tracks."""

    def __init__(self, tracks: Path):
        self._folder, self._name = tracks.parent, tracks.name.removesuffix(".nc")

    def newest_first(self) -> list[Path]:
        """All of them."""
        return [path for _, path in sorted(self._numbered(), reverse=True)]

    def next(self) -> Path:
        """The name of one to come."""
        number = max((number for number, _ in self._numbered()), default=0) + 1
        return self._folder / f"{self._name}.checkpoint-{number:04d}.npz"

    def check(self) -> None:
        """Raises OutputError where one of them, or what one is written to first, is no plain file."""
        for path in (*self.newest_first(), self.next()):
            check_plain(path, temporary_path(path))

    def keep(self, count: int) -> None:
        """Remove all but the newest `count`, and what a killed run was writing. Raises OutputError."""
        paths = self.newest_first()
        rest = [temporary_path(path) for path in (*paths, self.next())]
        try:
            for path in paths[count:] + rest:
                remove(path)
        except OSError as error:
            raise OutputError(f"{path}: cannot be removed: {error.strerror or error}") from None

    def _numbered(self) -> list[tuple[int, Path]]:
        if not self._folder.is_dir():
            return []
        found = []
        for path in self._folder.iterdir():
            match = path.name.startswith(self._name) and _NUMBER.fullmatch(path.name[len(self._name) :])
            if match:
                found.append((int(match[1]), path))
        return found
