"""What stands in a checkpoint: where the run was, all particles, what rank 0 had counted. Not how it is
stored (`archive`).

Particles and half-done records are kept by worker, one after the other, so that rank 0 never holds those of
two; which worker they came from means nothing when they are read.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..messages import Kept
from .archive import Archive, ArchiveWriter, DamagedError
from .state import read_state

OF_STATISTICS = "statistics/"  # what the names of their arrays begin with


class Standing(NamedTuple):
    """How far a run has come. since: time of its last meeting, microseconds; unfinished: start and end of the
    interval behind it, where that was stopped half done."""

    since: int
    unfinished: tuple[int, int] | None


def write_checkpoint(
    path: Path,
    standing: Standing,
    kept: Iterable[Kept],
    arrays: Mapping[str, np.ndarray],
    state: Mapping[str, Any],
) -> None:
    """arrays, state: what is to be found under the same names in Contents. Raises OutputError."""
    with ArchiveWriter(path) as archive:
        workers = 0
        for worker, its in enumerate(kept):
            workers += 1
            archive.add(f"particles/{worker}", its.particles)
            for row, records in enumerate(its.records):
                archive.add(f"records/{worker}/{row}", records)
        for name, array in arrays.items():
            archive.add(name, array)
        unfinished = None if standing.unfinished is None else list(standing.unfinished)
        archive.commit({"since": standing.since, "unfinished": unfinished, "workers": workers, **state})


class Contents:
    """A checkpoint that is sound as a file. state: what was kept as JSON; names: of its arrays.

    Raises DamagedError, FormatError.
    """

    def __init__(self, path: Path):
        self.path = path
        self._archive = Archive(path)
        self._archive.check()
        self.names = frozenset(self._archive.names())
        try:
            self.state = read_state(self._archive.state)
        except ValueError as error:
            raise DamagedError(f"{path}: is damaged: {error}") from None
        half = self.state["unfinished"]
        self.standing = Standing(self.state["since"], None if half is None else (half[0], half[1]))

    @property
    def status(self) -> np.ndarray:
        """Last known status of every particle, int8 (particle,)."""
        return self.array("status")

    def array(self, name: str) -> np.ndarray:
        """One of the arrays it was written with."""
        return self._archive.read(name)

    def arrays(self, prefix: str) -> dict[str, np.ndarray]:
        """All whose names begin with `prefix`, by the rest of it."""
        return {name.removeprefix(prefix): self.array(name) for name in self.names if name.startswith(prefix)}

    def kept(self) -> Iterator[Kept]:
        """What each worker held, read one after the other."""
        for worker in range(self.state["workers"]):
            rows = sum(name.startswith(f"records/{worker}/") for name in self.names)
            records = [self.array(f"records/{worker}/{row}") for row in range(rows)]
            yield Kept(self.array(f"particles/{worker}"), records)
