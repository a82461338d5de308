"""The particles of a checkpoint, looked through by all ranks that see it, each a share of the files. What is to
be true of them together is for `fit` to say.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from fvdrift.output import Mark
from fvdrift.tools.particle_arrays import GONE, STATUS_NAMES
from fvdrift_kernels.state import ACTIVE, NOT_RELEASED

from ..errands import Team
from ..messages import Kept
from .archive import DamagedError
from .archives import Archives

_BITS = 8  # of a byte


class Kind(NamedTuple):
    """What particles of a run are. total: how many there may be; first, last: clocks of who moves; outputs: those
    of the rows in an interval half done."""

    particle: np.dtype
    record: np.dtype
    total: int
    elements: int
    first: int
    last: int
    outputs: tuple[int, ...]


@dataclass
class Looked:
    """What the files of a rank, or all, hold. readers: ranks that see them; held: by status; recorded, passed: by
    row, who is recorded and whose clock is behind it; leaving: who is recorded for the last time; moving: who is
    to move, by element; found: numbers of particles, a bit each; of all both are on rank 0."""

    readers: tuple[int, ...]
    held: np.ndarray
    recorded: np.ndarray
    passed: np.ndarray
    leaving: int
    moving: np.ndarray
    found: np.ndarray


class Damage(NamedTuple):
    """Why a checkpoint is not to be believed. whole: whether it names the checkpoint too."""

    said: str
    whole: bool


def together(looked: Sequence[Looked]) -> Looked:
    """By rank: those of all."""
    first = looked[0]
    return replace(
        first,
        held=sum((each.held for each in looked[1:]), first.held),
        recorded=sum((each.recorded for each in looked[1:]), first.recorded),
        passed=sum((each.passed for each in looked[1:]), first.passed),
        leaving=sum(each.leaving for each in looked),
    )


def share_of(number: int, readers: Sequence[int], rank: int) -> range:
    """Of so many files, stripes or shares those that one of those ranks reads."""
    return range(number)[readers.index(rank) :: len(readers)] if rank in readers else range(0)


def damage_found(look: Callable[[], None]) -> Damage | None:
    """What is wrong where `look` raises DamagedError or ValueError."""
    try:
        look()
    except DamagedError as error:
        return Damage(str(error), True)
    except ValueError as error:
        return Damage(str(error), False)
    return None


@dataclass(frozen=True)
class LookThrough:
    """An errand. mark: of the run, by which ranks know whether they see the files; rank 0 does."""

    archives: Archives
    mark: Mark
    kind: Kind

    def __call__(self, team: Team) -> Looked | Damage:
        sees = team.told(team.rank == 0 or self.mark.is_seen())
        readers, rows = tuple(np.flatnonzero(sees).tolist()), len(self.kind.outputs)
        looked = Looked(
            readers,
            held=np.zeros(len(STATUS_NAMES), np.int64),
            recorded=np.zeros(rows, np.int64),
            passed=np.zeros(rows, np.int64),
            leaving=0,
            moving=np.zeros(self.kind.elements, np.int64),
            found=np.zeros(-(-self.kind.total // _BITS), np.uint8),
        )

        def look() -> None:
            for place in share_of(len(self.archives), readers, team.rank):
                for problem in self._look(place, looked):
                    raise ValueError(problem)

        damage = damage_found(look)
        moving, found = team.summed(looked.moving), team.united(looked.found)
        none = np.empty(0, np.int64)  # the others' are in it
        looked.moving, looked.found = (moving, found) if team.rank == 0 else (none, none)
        return damage or looked

    def _look(self, place: int, looked: Looked) -> Iterator[str]:
        """Read a file, and count; the first that cannot be is damage."""
        for name in self.archives.others(place) if place else ():  # those of the first are read by rank 0
            self.archives.array(name)
        for name in self.archives.workers([place]):
            kept = self.archives.kept(name)
            tables = [(f"particles/{name}", kept.particles, self.kind.particle)]
            for row, records in enumerate(kept.records):
                tables.append((f"records/{name}/{row}", records, self.kind.record))
            for table, each, kind in tables:
                if each.dtype != kind or each.ndim != 1:
                    yield f"{table}: holds other numbers than particles of this run"
                elif not _possible(each, self.kind.total, self.kind.elements):
                    yield f"{table}: has a particle that cannot be"
            if not _note(looked.found, kept.particles["id"]):
                yield f"particles/{name}: has a particle that is there twice"
            yield from self._count(name, kept, looked)

    def _count(self, name: str, kept: Kept, looked: Looked) -> Iterator[str]:
        status, kind = kept.particles["status"], self.kind
        clocks = kept.particles["clock"][status == ACTIVE]
        if not _within(clocks, kind.first, kind.last + 1):
            yield f"particles/{name}: has a particle of another time"
        if len(kept.records) > len(kind.outputs):
            yield f"records/{name}: are of {len(kept.records)} rows, not {len(kind.outputs)}"
        looked.held += np.bincount(status, minlength=len(looked.held))
        looked.passed += np.array([np.count_nonzero(clocks >= clock) for clock in kind.outputs], np.int64)
        at = kept.particles["element"][status <= ACTIVE]
        looked.moving += np.bincount(at, minlength=len(looked.moving))
        for row, records in enumerate(kept.records):
            looked.recorded[row] += len(records)
            looked.leaving += int(np.count_nonzero(records["status"] >= GONE))


def _note(found: np.ndarray, ids: np.ndarray) -> bool:
    """Set the bits of these particles; False where one has been found already, or is there twice."""
    ids = np.sort(ids)
    if not len(ids):
        return True
    at = ids // _BITS
    starts = np.flatnonzero(np.diff(at, prepend=-1))
    bits = np.bitwise_or.reduceat(np.left_shift(1, ids % _BITS).astype(np.uint8), starts)
    new = not (found[at[starts]] & bits).any() and not (np.diff(ids) == 0).any()
    found[at[starts]] |= bits
    return new


def _possible(particles: np.ndarray, total: int, elements: int) -> bool:
    """Whether all numbers of a table are those of particles, of so many in all."""
    sigma = particles["sigma"][particles["status"] != NOT_RELEASED]
    return (
        _within(particles["id"], 0, total)
        and _within(particles["status"], 0, len(STATUS_NAMES))
        and _within(particles["element"], 0, elements)
        and _within(-sigma, 0.0, 1.0 + 1e-15)
        and bool(np.isfinite([particles["x"], particles["y"]]).all())
    )


def _within(values: np.ndarray, first: float, end: float) -> bool:
    return bool(((values >= first) & (values < end)).all())
