"""What stands in a checkpoint: where the run was, all particles, what rank 0 had counted. Not how it is
stored (`archive`).

Particles and half-done records are kept by worker: rank 0 has its own in the file with the list, others theirs
in archives beside it, and what one sees no folder to write to it sends to rank 0, one after the other. Which
worker they came from means nothing when they are read.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from fvdrift.errors import FvdriftError, OutputError

from ..messages import Keep, Kept, Refusal, Stored
from .archive import Archive, ArchiveWriter, DamagedError
from .archives import PARTICLES, RECORDS, Archives
from .folder import archive_path
from .keeper import Keeper, joined, state_of
from .look import Looked


class Standing(NamedTuple):
    """How far a run has come. since: time of its last meeting, microseconds; unfinished: start and end of the
    interval behind it, where that was stopped half done."""

    since: int
    unfinished: tuple[int, int] | None


def write_checkpoint(
    path: Path,
    standing: Standing,
    kept: Iterable[Kept | Stored],
    arrays: Mapping[str, np.ndarray],
    state: Mapping[str, Any],
) -> None:
    """kept: by worker, what it holds, or the archive it has written that to; arrays, state: what is to be found
    under the same names in Contents. Raises OutputError."""
    with ArchiveWriter(path) as archive:
        workers, beside, names = 0, [], list(arrays)
        for worker, its in enumerate(kept):
            workers += 1
            if isinstance(its, Stored):
                _check_there(archive_path(path, its.rank), its)
                beside.append(its._asdict())
                names += its.arrays
            else:
                names += _add(archive, worker, its)
        for name, array in arrays.items():
            archive.add(name, array)
        if twice := [name for name, count in Counter(names).items() if count > 1]:
            raise ValueError(f"{twice[0]}: is kept twice")
        unfinished = None if standing.unfinished is None else list(standing.unfinished)
        counted = {"since": standing.since, "unfinished": unfinished, "workers": workers, "archives": beside}
        archive.commit({**counted, **state})


def store(
    message: Keep, kept: Kept, keepers: Iterable[Keeper], *, rank: int, worker: int
) -> Kept | Stored | Refusal:
    """Write what another rank than 0 holds beside a checkpoint; all of it again where it does not see where."""
    try:
        kept = replace(kept, arrays=state_of(keepers))
        if not message.mark.is_seen():
            return kept
        with ArchiveWriter(archive_path(message.path, rank)) as archive:
            names = _add(archive, worker, kept)
            size, checksum = archive.commit({"rank": rank})
    except FvdriftError as error:
        return Refusal(str(error), error.exit_code)
    return Stored(rank, size, checksum, names)


def _check_there(path: Path, stored: Stored) -> None:
    """Raises OutputError where an archive is not what its rank has written."""
    with suppress(OSError):
        if path.stat().st_size == stored.size:
            return
    raise OutputError(f"{path}: was removed or replaced while the checkpoint was written")


def _add(archive: ArchiveWriter, worker: int, kept: Kept) -> tuple[str, ...]:
    """Add what a worker holds; its names."""
    arrays = {f"{PARTICLES}{worker}": kept.particles}
    arrays |= {f"{RECORDS}{worker}/{row}": records for row, records in enumerate(kept.records)}
    arrays = joined([arrays, kept.arrays])
    for name, array in arrays.items():
        archive.add(name, array)
    return tuple(arrays)


class Contents:
    """A checkpoint whose first file is sound. state: what was kept as JSON; archives: all its files, which may
    travel; names: of its arrays; looked: what its particles are in numbers, once `fit` has looked at all of it.

    Raises DamagedError, FormatError.
    """

    def __init__(self, path: Path):
        self.path = path
        self.looked: Looked
        archive = Archive(path)
        archive.check()
        try:
            from .state import read_state  # on rank 0 alone

            self.state = read_state(archive.state)
        except ValueError as error:
            raise DamagedError(f"{path}: is damaged: {error}") from None
        own = Stored(0, path.stat().st_size, archive.checksum, tuple(archive.names()))
        beside = [
            Stored(each["rank"], each["size"], each["checksum"], tuple(each["arrays"]))
            for each in self.state["archives"]
        ]
        self.archives = Archives(path, [own, *beside])
        self.names = self.archives.names
        half = self.state["unfinished"]
        self.standing = Standing(self.state["since"], None if half is None else (half[0], half[1]))

    def check(self) -> None:
        """Read all that is beside it once."""
        for place in range(1, len(self.archives)):
            self.archives.check(place)

    def array(self, name: str) -> np.ndarray:
        """One of the arrays it was written with; nothing else is read."""
        return self.archives.array(name)

    def arrays(self, prefix: str) -> dict[str, np.ndarray]:
        """All whose names begin with `prefix`, by the rest of it."""
        return {name.removeprefix(prefix): self.array(name) for name in self.names if name.startswith(prefix)}

    def kept(self) -> Iterator[Kept]:
        """What each worker held, read one after the other."""
        for place in range(len(self.archives)):
            yield from map(self.archives.kept, self.archives.workers([place]))
