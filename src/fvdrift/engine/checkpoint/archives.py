"""The files of a checkpoint together: the one with its list, and the archives that other ranks wrote beside it.
Arrays are found by their names. Not what they mean (`contents`).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from ..messages import Kept, Stored
from .archive import Archive, DamagedError, FormatError
from .folder import archive_path

PARTICLES, RECORDS = "particles/", "records/"  # then: the worker; the worker, and the row in its interval


class Archives:
    """Plain data: it may travel to any rank that sees the folder, and there opens what is read of it. path: of
    the file with the list, which is rank 0's; names: of all arrays; len: of the files, the first of all is that one.

    All that reads raises DamagedError where a file is missing, or another than the list says.
    """

    def __init__(self, path: Path, files: Sequence[Stored]):
        self.path = path.absolute()
        self._files = files
        self._opened: dict[int, Archive] = {}
        self._rows = Counter(
            name.split("/")[1] for file in files for name in file.arrays if name.startswith(RECORDS)
        )
        self._place = {name: place for place, file in enumerate(self._files) for name in file.arrays}
        if len(self._place) < sum(len(file.arrays) for file in self._files):
            raise DamagedError(f"{path}: is damaged: it has two arrays of one name")

    def __reduce__(self) -> tuple[type["Archives"], tuple[Path, Sequence[Stored]]]:
        return Archives, (self.path, self._files)

    def only(self, places: Iterable[int]) -> "Archives":
        """Some of the files."""
        return Archives(self.path, [self._files[place] for place in places])

    def __len__(self) -> int:
        return len(self._files)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._place)

    def array(self, name: str) -> np.ndarray:
        """One of them; nothing else is read."""
        place = self._place.get(name)
        if place is None:
            raise DamagedError(f"{self.path}: is damaged: it has no {name}")
        return self._read(place, name)

    def check(self, place: int) -> None:
        """Read everything in a file once."""
        archive = self._open(place)
        try:
            archive.check()
        except DamagedError as error:
            raise self._damaged(place, error) from None

    def workers(self, places: Iterable[int]) -> list[str]:
        """Whose particles are in some of the files."""
        arrays = (name for place in places for name in self._files[place].arrays)
        return [name.removeprefix(PARTICLES) for name in arrays if name.startswith(PARTICLES)]

    def others(self, place: int) -> list[str]:
        """The names of what else is in a file."""
        return [name for name in self._files[place].arrays if not name.startswith((PARTICLES, RECORDS))]

    @property
    def rows(self) -> int:
        """Of an interval half done: as many as the worker has that recorded anything."""
        return max(self._rows.values(), default=0)

    def kept(self, worker: str) -> Kept:
        """What it held."""
        records = [self.array(f"{RECORDS}{worker}/{row}") for row in range(self._rows[worker])]
        return Kept(self.array(f"{PARTICLES}{worker}"), records)

    def _file(self, place: int) -> Path:
        rank = self._files[place].rank
        return archive_path(self.path, rank) if rank else self.path

    def _read(self, place: int, name: str) -> np.ndarray:
        archive = self._open(place)
        try:
            return archive.read(name)
        except DamagedError as error:
            raise self._damaged(place, error) from None

    def _open(self, place: int) -> Archive:
        """A file, once it is known to be the one of the list. Its text tells nothing but in the first."""
        if place in self._opened:
            return self._opened[place]
        path, told = self._file(place), self._files[place]
        try:
            size = path.stat().st_size
        except OSError as error:
            said = (
                "is missing" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
            )
            raise DamagedError(f"{self.path}: {path.name} {said}") from None
        try:
            archive = Archive(path)
        except (DamagedError, FormatError) as error:
            raise self._damaged(place, error) from None
        if (size, archive.checksum, tuple(archive.names())) != (told.size, told.checksum, tuple(told.arrays)):
            raise DamagedError(f"{self.path}: {path.name} is damaged: it is another than this one counts on")
        self._opened[place] = archive
        return archive

    def _damaged(self, place: int, error: DamagedError | FormatError) -> DamagedError:
        path = self._file(place)
        said = str(error).removeprefix(f"{path}: ")
        return DamagedError(f"{path}: {said}" if path == self.path else f"{self.path}: {path.name} {said}")
