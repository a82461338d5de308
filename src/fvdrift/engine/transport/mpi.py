"""Workers on the ranks of an MPI communicator, one each. Rank 0 manages, and works too where `shared`.

Messages from the manager go point to point and arrive in order; what all workers do together they do in the
same order, because the manager tells them so one message at a time. All waiting polls and yields, so that
more ranks than cores work.
"""

import time
from collections import deque
from collections.abc import Generator, Sequence
from typing import Any

import numpy as np
from mpi4py import MPI

from fvdrift.engine.checkpoint import Archives
from fvdrift.engine.owners import Deal, Done, Owners, OwnersOrder
from fvdrift.engine.worker import rehearse
from fvdrift.orders import WorkOrder
from fvdrift.process import AgreedError, Signals, kernel_cache
from fvdrift.release import PLACED, Group, Sites

from ..hand_off import Batches, Swapped, joined
from ..messages import (
    Advance,
    CountBytes,
    Keep,
    Kept,
    Outfit,
    Refusal,
    Report,
    Stop,
    Stored,
    TakeSubdomain,
    Weigh,
    Weight,
)
from ..release_messages import PlaceByAll, ReleaseByAll, WhatStarts
from .alarm import MpiAlarm
from .checking import Checking, before_the_crew
from .crew import Alone, Crew, Host
from .links import MpiLinks
from .parcels import Parcels
from .placing import PlacingHost, Words, worth_releasing
from .seats import seats_of
from .statistics import Line, Plans, StatisticsCrew, StatisticsHost
from .statistics_messages import OfStatistics
from .take_up import TakeUp, shares
from .talk import Talk, pickled_size, traffic_of
from .traffic import Traffic
from .waiting import Waiting

_BATCH = 1  # tag of particles that change hands


class MpiExchange:
    """Particles, records of a kind, between the ranks of a communicator of workers."""

    def __init__(
        self,
        communicator: MPI.Comm,
        kind: np.dtype,
        waiting: Waiting | None = None,
        traffic: Traffic | None = None,
        counted_as: str = "particles",
    ):
        """traffic: counts by the ranks of the communicator; counted_as: one of its kinds."""
        self._communicator = communicator
        self._kind = kind
        self._waiting = waiting or Waiting()
        self._traffic, self._counted_as = traffic or traffic_of(communicator), counted_as
        self.waited_s = self.transfer_s = 0.0

    def of(self, kind: np.dtype) -> "MpiExchange":
        return MpiExchange(self._communicator, kind, self._waiting, self._traffic, "checkpoints")

    def swap(self, leaving: Sequence[Batches], cut_short: bool = False) -> Swapped:
        """One round: every rank learns how many batches each will get and how many were cut short, sends its
        own and waits for that many.

        Nobody can mistake a batch of the next round for one of this: the next sum needs everybody, and nobody
        joins it before it has all its batches of this round.
        """
        (batches,) = leaving
        communicator = self._communicator
        expected = np.zeros(communicator.size + 1, np.int64)
        expected[list(batches)] = 1
        expected[-1] = cut_short
        total = np.empty_like(expected)
        began = time.perf_counter()
        self._waiting.request(communicator.Iallreduce(expected, total))
        self.waited_s += time.perf_counter() - began
        anyone = bool(total[-1])
        if not total[:-1].any():
            return Swapped(None, anyone)
        sending = [communicator.Isend(_bytes(batch), to, _BATCH) for to, batch in batches.items()]
        for to, batch in batches.items():
            self._traffic.add(self._counted_as, to, batch.nbytes)
        arrivals = [self._take_batch() for _ in range(total[communicator.rank])]
        for request in sending:
            self._waiting.request(request)
        return Swapped([joined(arrivals, self._kind)], anyone)

    def _take_batch(self) -> np.ndarray:
        status = MPI.Status()
        message = self._waiting.until(lambda: self._communicator.Improbe(MPI.ANY_SOURCE, _BATCH, status))
        batch = np.empty(status.Get_count(MPI.BYTE) // self._kind.itemsize, self._kind)
        message.Recv(_bytes(batch))
        return batch


def _bytes(particles: np.ndarray) -> list[Any]:
    return [particles.view(np.uint8), MPI.BYTE]


class _Roles:
    """Which rank is which worker, and the communicators for it."""

    def __init__(self, communicator: MPI.Comm, outfit: Outfit, alarm: MpiAlarm):
        self._alarm, self._waiting = alarm, Waiting(alarm.look)
        self.traffic = traffic_of(communicator)
        self.talk = Talk(communicator, self.traffic, self._waiting)
        self.first_rank = 0 if outfit.shared else 1
        self.workers = communicator.size - self.first_rank
        works = communicator.rank >= self.first_rank
        self.among_workers = communicator.Split(0 if works else MPI.UNDEFINED, communicator.rank)
        self.owners = self._owners(communicator, outfit)

    def _owners(self, communicator: MPI.Comm, outfit: Outfit) -> Owners:
        """What this rank owns of tracks; all call it together."""
        if outfit.mark is None or not any(outfit.rows):
            return Owners((), [], 0, MpiLinks(communicator, self._waiting, self.traffic), self._alarm.asked)
        links = MpiLinks(communicator.Dup(), self._waiting, self.traffic)
        return Owners(
            outfit.rows,
            seats_of(communicator, outfit.mark),
            communicator.rank,
            links,
            self._alarm.asked,
            dedicated=not outfit.shared,
        )

    def host(self, orders: Sequence[WorkOrder]) -> Host:
        traffic = self.traffic.among(range(self.first_rank, self.first_rank + self.workers))
        exchanges = [
            MpiExchange(self.among_workers, order.particle_type, self._waiting, traffic) for order in orders
        ]
        host = Host([self.among_workers.rank], orders, exchanges, self._alarm, self.owners)
        host.statistics = StatisticsHost(host, Parcels(self.among_workers, self._waiting, traffic))
        return host

    def placing(self, host: Host, sites: Sequence[Sites | None]) -> PlacingHost | None:
        """What places the new particles of this rank's share; None where rank 0 shares none out."""
        if not any(sites):
            return None
        words = Words(self.among_workers, self._waiting)
        traffic = self.traffic.among(range(self.first_rank, self.first_rank + self.workers))
        exchange = MpiExchange(self.among_workers, PLACED, self._waiting, traffic, "releases")
        return PlacingHost(host.workers_of_members(0), sites, words, exchange)


class MpiCrew(Crew):
    """The manager's side, on rank 0."""

    def __init__(
        self,
        communicator: MPI.Comm,
        outfit: Outfit,
        signals: Signals,
        checking: Checking | None = None,
    ):
        """checking: what all ranks did before."""
        sites: Sequence[Sites | None] = () if checking is None else checking.sites
        communicator.bcast(outfit)
        self.beside = _rehearse_in_turn(communicator, outfit) - 1
        self.alarm = MpiAlarm(communicator, signals)
        self._roles = _Roles(communicator, outfit, self.alarm)
        self._roles.traffic.broadcast("tallies", pickled_size(outfit))
        for kind, nbytes in {} if checking is None else checking.told.items():
            self._roles.traffic.broadcast(kind, nbytes)
        self.workers, self._orders, self.owners = self._roles.workers, outfit.orders, self._roles.owners
        self._host = self._roles.host(outfit.orders) if outfit.shared else None
        self.keepers = self.owners.keepers(len(outfit.orders)) if self._host is None else self._host.keepers
        self._placing = None if self._host is None else self._roles.placing(self._host, sites)
        self._sites = sites
        self._away = range(1, communicator.size)

    def send(self, worker: int, message: Alone) -> None:
        rank = worker + self._roles.first_rank
        if rank == 0 and self._host is not None:
            self._host.tell(0, message)
        else:
            self._roles.talk.send(message, rank)

    def places(self, particles: int) -> bool:
        return any(self._sites) and worth_releasing(particles, self.workers)

    def place(self, message: PlaceByAll, groups: Sequence[Group]) -> np.ndarray:
        self._tell_all(message)
        self.listening = False
        what = self._roles.talk.share(WhatStarts(groups))
        sites = self._sites[message.member]
        assert sites is not None
        counts = np.zeros(len(sites.mesh.corners), np.int64)
        if self._host is not None and self._placing is not None:
            counts = self._host.place(message, what, self._placing)
        total = self._roles.talk.sum_on_first(counts)
        self._roles.traffic.broadcast("tallies", counts.nbytes)  # a tree too, the other way
        self.listening = True
        return total

    def release(self, message: ReleaseByAll, groups: Sequence[Group]) -> None:
        self._tell_all(message)
        self.listening = False
        what = self._roles.talk.share(WhatStarts(groups))
        if self._host is not None and self._placing is not None:
            self._host.release(message, what, self._placing)
        self.listening = True

    def keep_statistics(self, plans: Plans) -> None:
        """Let ranks keep the accounts of all members' statistics, but for a single one."""
        roles = self._roles
        if len(self._away) and any(plans):
            own = None if self._host is None else self._host.statistics
            line = Line(roles.talk.send, roles.talk.receive, roles.first_rank, len(self._away) + 1)
            self.statistics = StatisticsCrew(self, line, own, plans)

    def send_out(self, message: Advance) -> None:
        self._tell_all(message)
        self.listening = False

    def gather(self, message: Advance) -> list[Report]:
        reports = self._host.advance(message) if self._host is not None else []
        self.owners.take_in()
        reports += [self._roles.talk.receive(rank) for rank in self._away]
        self.listening = True
        return reports

    def redistribute(self, messages: Sequence[TakeSubdomain]) -> None:
        self.listening = False
        for rank in self._away:
            self._roles.talk.send(messages[rank - self._roles.first_rank], rank)
        if self._host is not None:
            self._host.redistribute(messages[:1])
        self.listening = True

    def weigh(self) -> list[Weight]:
        self._tell_all(Weigh())
        own = self._host.weigh() if self._host is not None else []
        return own + [self._roles.talk.receive(rank) for rank in self._away]

    def keep(self, message: Keep) -> Generator[Kept | Stored]:
        self._tell_all(message)
        answers, refusals = (self._roles.talk.receive(rank) for rank in self._away), list[Refusal]()
        try:
            if self._host is not None:
                yield from self._host.keep(message.member)
            for answer in answers:
                if isinstance(answer, Refusal):
                    refusals.append(answer)
                else:
                    yield answer
        finally:
            deque(answers, 0)  # who has not been heard would not hear why all leave
        for refusal in refusals[:1]:
            raise refusal.as_error()

    def take_up(self, archives: Archives, readers: Sequence[int], member: int) -> bool:
        first = self._roles.first_rank
        ranks = range(first, first + self.workers)
        if not any(reader in ranks for reader in readers):
            return False
        messages = shares(archives, readers, ranks, self._orders[member], member)
        self.listening = False
        for rank in self._away:
            self._roles.talk.send(messages[rank - first], rank)
        own = [] if self._host is None else [self._host.take_up(messages[0])]
        answers = own + [self._roles.talk.receive(rank) for rank in self._away]
        self.listening = True
        for refusal in filter(None, answers):
            raise refusal.as_error()
        return True

    def by_all(self, order: OwnersOrder) -> list[Done]:
        self._tell_all(order)
        self.listening = False
        done = self.owners.do(order)
        answers = [done]
        if not isinstance(order, Deal):
            answers += [self._roles.talk.receive(rank) for rank in self._away]
        self.listening = True
        return answers

    def stop(self, exit_code: int, error: str = "") -> None:
        self._tell_all(Stop(exit_code, error))

    def bytes_moved(self) -> np.ndarray:
        self._tell_all(CountBytes())
        return self._roles.talk.sum_of_traffic()

    def _tell_all(
        self, message: Advance | Keep | Weigh | CountBytes | Stop | PlaceByAll | ReleaseByAll | OwnersOrder
    ) -> None:
        self._roles.talk.send_to_all(message, self._away)


def serve(communicator: MPI.Comm, signals: Signals) -> int:
    """A worker's life, on ranks above 0: do what the manager says until it says stop; returns the exit code
    it gives."""
    outfit, sites = before_the_crew(communicator)
    if isinstance(outfit, Stop):
        return _leave(outfit)
    _rehearse_in_turn(communicator, outfit)
    roles = _Roles(communicator, outfit, MpiAlarm(communicator, signals))
    host = roles.host(outfit.orders)
    try:
        return _listen(communicator.rank, roles, host, roles.placing(host, sites))
    finally:
        roles.owners.close()


def _listen(rank: int, roles: _Roles, host: Host, placing: PlacingHost | None) -> int:
    while True:
        message = roles.talk.receive(0)
        if isinstance(message, Stop):
            return _leave(message)
        if isinstance(message, Advance):
            (report,) = host.advance(message)
            roles.talk.send(report, 0)
        elif isinstance(message, PlaceByAll) and placing is not None:
            roles.talk.sum_on_first(host.place(message, roles.talk.shared(), placing))
        elif isinstance(message, ReleaseByAll) and placing is not None:
            host.release(message, roles.talk.shared(), placing)
        elif isinstance(message, Weigh):
            (weight,) = host.weigh()
            roles.talk.send(weight, 0)
        elif isinstance(message, Keep):
            roles.talk.send(host.store(message, rank), 0)
        elif isinstance(message, OwnersOrder):
            done = roles.owners.do(message)
            if not isinstance(message, Deal):
                roles.talk.send(done, 0)
        elif isinstance(message, CountBytes):
            roles.talk.sum_of_traffic()
        elif isinstance(message, TakeUp):
            roles.talk.send(host.take_up(message), 0)
        elif isinstance(message, TakeSubdomain) and message.redistribute:
            host.redistribute([message])
        elif isinstance(message, OfStatistics) and host.statistics is not None:
            answer = host.statistics.do(message)
            if answer is not None:
                roles.talk.send(answer, 0)
        else:
            host.tell(0, message)


def _rehearse_in_turn(communicator: MPI.Comm, outfit: Outfit) -> int:
    """On every node one rank compiles what is not compiled yet, then the others load it; how many there are
    on this one."""
    on_node = communicator.Split_type(MPI.COMM_TYPE_SHARED)
    kernel_cache.share(on_node)
    if on_node.rank == 0:
        rehearse(outfit.orders, outfit.geographic)
    Waiting().request(on_node.Ibarrier())
    if on_node.rank > 0:
        rehearse(outfit.orders, outfit.geographic)
    return on_node.size


def _leave(stop: Stop) -> int:
    if stop.error:
        raise AgreedError(stop.error, stop.exit_code)
    return stop.exit_code


def call_off(communicator: MPI.Comm, exit_code: int, error: str) -> None:
    """Let the other ranks leave before there is a crew: what `serve` waits for first."""
    communicator.bcast(Stop(exit_code, error))
