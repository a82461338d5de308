"""What all ranks do together before there is a crew: they get what placing needs, and place all particles once.

Rank 0 says by one broadcast after the other what comes; the others wait for the next until that is an Outfit, or
a Stop.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mpi4py import MPI
from mpi4py.util import pkl5

from fvdrift.errors import during
from fvdrift.process import Waiting, broadcast
from fvdrift.release import Alike, CheckByAll, Checked, ReleaseSource, Sites, check_share, together_checked

from ..messages import Outfit, Stop
from .errands import answer_errand
from .in_turn import in_turn
from .placing import Words, worth_checking, worth_releasing
from .talk import pickled_size


@dataclass(frozen=True)
class TakeSites:
    """The sites of all runs follow: None for a run that rank 0 places alone."""


@dataclass(frozen=True)
class LetGo:
    """Forget the sites of runs that nothing more is placed of. kept: by run, whether there is."""

    kept: tuple[bool, ...]


@dataclass(frozen=True)
class CheckByAllOf:
    """Place your share of what follows, of this run."""

    run: int


class Checking:
    """Rank 0's side."""

    def __init__(self, communicator: MPI.Comm):
        self._communicator, self._buffers = communicator, pkl5.Intracomm(communicator)
        self.sites: list[Sites | None] = []
        self.told: dict[str, int] = {
            "mesh": 0,
            "tallies": 0,
        }  # bytes that went to every rank, or came from it

    def share(self, runs: Sequence[ReleaseSource]) -> None:
        """Let all know where the particles of each run may start, where those are many."""
        ranks = self._communicator.size
        sites = [run.sites if worth_checking(run.total, ranks) else None for run in runs]
        if not any(sites):
            return
        self.sites = sites
        travelling: list[Sites | None] = []
        for its in sites:
            beside = next(filter(None, travelling), None)
            travelling.append(None if its is None else its.to_travel(beside))
        broadcast(self._communicator, TakeSites())
        self._buffers.bcast(travelling)
        self.told["mesh"] += pickled_size(travelling)
        _rehearse_in_turn(self._communicator, sites)

    def let_go(self, most_at_once: Sequence[int]) -> None:
        """Let all forget the sites of runs that they place nothing more of. most_at_once: by run, particles that
        start in one interval."""
        kept = [worth_releasing(most, self._communicator.size) for most in most_at_once]
        if not self.sites or all(keep or its is None for keep, its in zip(kept, self.sites, strict=True)):
            return
        self.sites = [its if keep else None for keep, its in zip(kept, self.sites, strict=True)]
        broadcast(self._communicator, LetGo(tuple(kept)))

    def of_run(self, run: int, particles: int) -> CheckByAll | None:
        """What lets all place so many particles of a run; None where rank 0 does so alone."""
        sites = self.sites[run] if self.sites else None
        if sites is None or not worth_checking(particles, self._communicator.size):
            return None

        def check(alike: Alike) -> Checked:
            broadcast(self._communicator, CheckByAllOf(run))
            self.told["tallies"] += pickled_size(alike) + 8 * len(sites.mesh.corners)
            return _check(self._communicator, self._buffers, sites, alike)

        return check


def before_the_crew(communicator: MPI.Comm) -> tuple[Stop | Outfit, list[Sites | None]]:
    """The side of all others: what they are told after all this, and the sites they have then, by run."""
    buffers = pkl5.Intracomm(communicator)
    sites: list[Sites | None] = []
    while True:
        message: Any = broadcast(communicator)
        if isinstance(message, CheckByAllOf):
            with during("placing particles"):
                its = sites[message.run]
                assert its is not None  # rank 0 asks for what it shared
                _check(communicator, buffers, its, None)
        elif isinstance(message, TakeSites):
            sites = [its and its.arrived() for its in buffers.bcast(None)]
            _rehearse_in_turn(communicator, sites)
        elif isinstance(message, LetGo):
            sites = [its if keep else None for keep, its in zip(message.kept, sites, strict=True)]
        elif isinstance(message, Outfit | Stop):
            return message, sites
        else:
            answer_errand(communicator, message)


def _rehearse_in_turn(communicator: MPI.Comm, sites: Sequence[Sites | None]) -> None:
    """On every node one rank compiles what places particles, where that is not done yet, then the others load it."""
    on_node = communicator.Split_type(MPI.COMM_TYPE_SHARED)

    def rehearse() -> None:
        for its in filter(None, sites):
            its.rehearse()

    in_turn(on_node, rehearse)
    on_node.Free()


def _check(communicator: MPI.Comm, buffers: pkl5.Intracomm, sites: Sites, alike: Alike | None) -> Checked:
    """Of all ranks, on rank 0. alike: known there."""
    waiting = Waiting()
    words = Words(communicator, waiting)
    found = check_share(sites, buffers.bcast(alike), rank=words.rank, ranks=words.ranks, told=words)
    total = np.zeros_like(found.by_element)
    waiting.request(communicator.Ireduce(found.by_element, total))
    outside = communicator.gather(found.outside)
    return Checked(total, together_checked(outside or []))
