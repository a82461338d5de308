"""Workers on the ranks of an MPI communicator, one each. Rank 0 manages, and works too where `shared`; what the others
do is in `serving`.

Messages from the manager go point to point and arrive in order; what all workers do together they do in the
same order, because the manager tells them so one message at a time. All waiting polls and yields, so that
more ranks than cores work.
"""

from collections import deque
from collections.abc import Generator, Iterator, Sequence

import numpy as np
from mpi4py import MPI

from fvdrift.engine.checkpoint import Archives
from fvdrift.engine.owners import Deal, Done, OwnersOrder
from fvdrift.process import Signals, broadcast
from fvdrift.release import Group, Sites

from ..frame_messages import BeginFrame, ReadByNodes, ReadFrames, TakePlaced
from ..messages import (
    Advance,
    CountBytes,
    Keep,
    Kept,
    KeptBeside,
    Outfit,
    Refusal,
    Stop,
    Stored,
    TakeSubdomain,
    Weigh,
    Weight,
)
from ..node_frames import Outcome
from ..release_messages import PlaceByAll, ReleaseByAll, WhatStarts
from ..report import Report
from .alarm import MpiAlarm
from .checking import Checking
from .crew import Alone, Crew
from .node_reading import NodeReading, take_placed
from .placing import worth_releasing
from .rank_roles import Roles, rehearse_in_turn
from .statistics import Line, Plans, StatisticsCrew
from .take_up import shares, the_first
from .talk import pickled_size


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
        broadcast(communicator, outfit)
        self.beside = rehearse_in_turn(communicator, outfit) - 1
        self.alarm = MpiAlarm(communicator, signals)
        self._roles = Roles(communicator, outfit, self.alarm)
        self._roles.traffic.broadcast("tallies", pickled_size(outfit))
        for kind, nbytes in {} if checking is None else checking.told.items():
            self._roles.traffic.broadcast(kind, nbytes)
        self.workers, self._orders, self.owners = self._roles.workers, outfit.orders, self._roles.owners
        self._host = self._roles.host(outfit.orders) if outfit.shared else None
        self.keepers = self.owners.keepers(len(outfit.orders)) if self._host is None else self._host.keepers
        self._placing = None if self._host is None else self._roles.placing(self._host, sites)
        self._sites = sites
        self._away, self.others = range(1, communicator.size), communicator.size - 1
        self._reading: NodeReading | None = None

    def send(self, worker: int, message: Alone) -> None:
        rank = worker + self._roles.first_rank
        if rank == 0 and self._host is not None:
            self._host.tell(0, message)
        else:
            self._roles.talk.tell(message, rank)

    def read_by_nodes(self, order: ReadByNodes) -> NodeReading:
        self._tell_all(ReadFrames())
        self.listening = False
        reading = self._roles.read_by_nodes(self._roles.talk.share(order, "mesh"), self._host)
        self.listening = True
        self._reading = reading
        return reading

    def begin_frame(self, order: BeginFrame) -> None:
        assert self._reading is not None
        self._tell_all(order)
        self._reading.begin(order)

    def take_placed(self, order: TakePlaced) -> Outcome:
        assert self._reading is not None
        self._tell_all(order)
        self.listening = False
        outcome = take_placed(order, self._reading, self._host)
        self.listening = True
        return outcome

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
            line = Line(roles.talk, roles.first_rank, len(self._away) + 1)
            self.statistics = StatisticsCrew(self, line, own, plans)

    def send_out(self, message: Advance) -> None:
        self._tell_all(message)
        self.listening = False

    def gather(self, message: Advance) -> Report:
        own = None if self._host is None else self._host.advance(message)
        self.owners.take_in()
        report: Report = self._roles.talk.say_together(own, Report.plus)
        for worker in report.apart:
            report.take(self._roles.talk.receive(worker + self._roles.first_rank))
        self.listening = True
        return report

    def redistribute(self, messages: Sequence[TakeSubdomain]) -> None:
        self.listening = False
        for rank in self._away:
            self._roles.talk.tell(messages[rank - self._roles.first_rank], rank)
        if self._host is not None:
            self._host.redistribute(messages[:1])
        self.listening = True

    def weigh(self) -> Weight:
        self._tell_all(Weigh())
        own = None if self._host is None else self._host.weigh()
        weight: Weight = self._roles.talk.say_together(own, Weight.plus)
        return weight

    def keep(self, message: Keep) -> Generator[Kept | Stored]:
        self._tell_all(message)
        answers, refusals = self._kept_elsewhere(), list[Refusal]()
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

    def _kept_elsewhere(self) -> Iterator[Kept | Stored | Refusal]:
        """By rank; who says nothing with the others sends what it holds."""
        beside: KeptBeside | None = self._roles.talk.say_together(None, KeptBeside.plus)
        for rank, answer in zip(self._away, () if beside is None else beside.by_rank, strict=True):
            yield self._roles.talk.receive(rank) if answer is None else answer

    def take_up(self, archives: Archives, readers: Sequence[int], member: int) -> bool:
        first = self._roles.first_rank
        ranks = range(first, first + self.workers)
        if not any(reader in ranks for reader in readers):
            return False
        messages = shares(archives, readers, ranks, self._orders[member], member)
        self.listening = False
        for rank in self._away:
            self._roles.talk.tell(messages[rank - first], rank)
        own = None if self._host is None else self._host.take_up(messages[0])
        refusal: Refusal | None = self._roles.talk.say_together(own, the_first)
        self.listening = True
        if refusal is not None:
            raise refusal.as_error()
        return True

    def by_all(self, order: OwnersOrder) -> Done:
        self._tell_all(order)
        self.listening = False
        done = self.owners.do(order)
        if not isinstance(order, Deal):
            done = self._roles.talk.say_together(done, type(done).plus)
        self.listening = True
        return done

    def stop(self, exit_code: int, error: str = "") -> None:
        self._tell_all(Stop(exit_code, error))

    def bytes_moved(self) -> np.ndarray:
        self._tell_all(CountBytes())
        return self._roles.talk.sum_of_traffic()

    def _tell_all(
        self,
        message: Advance
        | Keep
        | Weigh
        | CountBytes
        | Stop
        | PlaceByAll
        | ReleaseByAll
        | OwnersOrder
        | ReadFrames
        | BeginFrame
        | TakePlaced,
    ) -> None:
        self._roles.talk.tell_all(message)
