"""Releases that all ranks place, each its share: the particles of one interval, or all once before the first
step. Which place a particle gets is `release`'s business.

A share is a range of the particles in order, whatever becomes of them; all take portions of their shares at
the same time. A search that goes on over the end of a share is told to all (`release.roll`). Then who placed a
particle sends it to its owner, as with new cuts, and the owner works out its depth from its number.
"""

import time
from collections.abc import Iterator, Sequence

import numpy as np
from mpi4py import MPI

from fvdrift.engine.worker import Worker
from fvdrift.process import Waiting
from fvdrift.release import PLACED, Roll, Sites
from fvdrift.tools.particle_arrays import together

from ..hand_off import Exchange, batches_by_owner
from ..release_messages import PlaceByAll, ReleaseByAll, WhatStarts

# particles that start in an interval: of fewer rank 0 has placed its own share and sent the others within the
# time that sharing them out takes (0.6 us each; 5 ms on 4 ranks)
FEWEST = 20_000
# in all, or to be checked: for fewer it is not worth that every rank gets the mesh and loads the kernels (0.4 s)
FEWEST_IN_ALL = 500_000


def worth_releasing(particles: int, workers: int) -> bool:
    """Whether all workers place so many that start in an interval."""
    return workers > 1 and particles >= FEWEST


def worth_checking(particles: int, ranks: int) -> bool:
    """Whether all ranks place so many before the first step."""
    return ranks > 1 and particles >= FEWEST_IN_ALL


class Words:
    """Hands a word of each rank to all."""

    def __init__(self, communicator: MPI.Comm, waiting: Waiting):
        self._communicator, self._waiting = communicator, waiting
        self.waited_s = 0.0
        self.rank, self.ranks = communicator.rank, communicator.size

    def __call__(self, word: bool) -> Sequence[bool]:
        words, began = np.empty(self.ranks, np.uint8), time.perf_counter()
        self._waiting.request(self._communicator.Iallgather(np.array([word], np.uint8), words))
        self.waited_s += time.perf_counter() - began
        found: list[bool] = words.astype(bool).tolist()
        return found


class PlacingHost:
    """The workers of one rank, one of each member, as they place what starts."""

    def __init__(
        self,
        workers: Sequence[Worker],
        sites: Sequence[Sites | None],
        words: Words,
        exchange: Exchange,
    ):
        """workers, sites: by member; words, exchange: among all workers, of PLACED particles."""
        self._workers, self._sites, self._words, self._exchange = workers, list(sites), words, exchange
        # by member, of its first interval, with the lengths of the portions
        self._placed: dict[int, tuple[np.ndarray, list[int]]] = {}
        self._swapped_s = 0.0

    @property
    def waited_s(self) -> float:
        """Seconds so far in which others were waited for, or particles changed hands."""
        return self._words.waited_s + self._swapped_s

    def place(self, message: PlaceByAll, what: WhatStarts) -> np.ndarray:
        """How many of this share start in each element: int64 (element,)."""
        sites = self._of(message.member)
        counts = np.zeros(len(sites.mesh.corners), np.int64)
        # in one array, which goes back to the system when it is let go
        kept, lengths, done = np.empty(self._most(sites, what), PLACED), [], 0
        for placed in self._share(sites, what):
            element = placed["element"]
            counts += np.bincount(element[element >= 0], minlength=len(counts))
            kept[done : done + len(placed)] = placed
            done += len(placed)
            lengths.append(len(placed))
        self._placed[message.member] = kept, lengths
        return counts

    def release(self, message: ReleaseByAll, what: WhatStarts) -> None:
        """Place what is not placed yet, and swap it, portion by portion."""
        sites, worker = self._of(message.member), self._workers[message.member]
        kept = self._placed.pop(message.member, None)
        portions = self._share(sites, what) if kept is None else _one_by_one(*kept)
        del kept
        for placed in portions:
            in_water = placed["element"] >= 0
            if not in_water.all():
                worker.not_in_water += int(np.count_nonzero(~in_water))
                placed = placed.take(np.flatnonzero(in_water))
            owners = worker.owners_of(placed)
            mine = owners == worker.number
            here = placed.take(np.flatnonzero(mine))
            away = np.flatnonzero(~mine)
            leaving, began = batches_by_owner(placed.take(away), owners[away]), time.perf_counter()
            arrivals = self._exchange.swap([leaving]).arrivals or []
            self._swapped_s += time.perf_counter() - began
            worker.take_placed(together([here, *arrivals]), sites, message.window)
        if message.last:
            self._sites[message.member] = None

    def _share(self, sites: Sites, what: WhatStarts) -> Iterator[np.ndarray]:
        words = self._words
        for group in what.groups(len(sites.mesh.corners)):
            roll = Roll(sites.plan, group.events)
            for _, placed in sites.share_of(roll, group.wet, rank=words.rank, ranks=words.ranks, told=words):
                yield placed

    def _most(self, sites: Sites, what: WhatStarts) -> int:
        """No smaller than this share."""
        groups = what.groups(len(sites.mesh.corners))
        return sum(sites.longest_share(Roll(sites.plan, group.events), self._words.ranks) for group in groups)

    def _of(self, member: int) -> Sites:
        sites = self._sites[member]
        assert sites is not None  # rank 0 asks for what it shared, and for nothing behind the last
        return sites


def _one_by_one(placed: np.ndarray, lengths: list[int]) -> Iterator[np.ndarray]:
    done = 0
    for length in lengths:
        yield placed[done : done + length]
        done += length
