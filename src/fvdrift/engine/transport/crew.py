"""What the manager sees of its workers, wherever they are."""

import time
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from fvdrift.engine.checkpoint import Archives, Keeper, store
from fvdrift.engine.owners import Done, Owners, OwnersOrder
from fvdrift.engine.worker import SubdomainFields, Worker
from fvdrift.errors import blamed, during
from fvdrift.forcing import TimedFrame
from fvdrift.mesh import InFile
from fvdrift.orders import WorkOrder
from fvdrift.process import Alarm, never
from fvdrift.release import Group

from ..frame_messages import BeginFrame, PlacedFrame, ReadByNodes, TakePlaced
from ..hand_off import Batches, Exchange, rounds
from ..messages import (
    Advance,
    Keep,
    Kept,
    Refusal,
    Release,
    Restore,
    Stored,
    TakeFrame,
    TakeSubdomain,
    Weight,
)
from ..node_frames import Outcome
from ..release_messages import PlaceByAll, ReleaseByAll, WhatStarts
from ..report import Report
from .statistics import StatisticsCrew, StatisticsHost, WithOthers
from .take_up import TakeUp, take_up

if TYPE_CHECKING:
    from .node_reading import NodeReading
    from .placing import PlacingHost

Alone = TakeFrame | Release | Restore | TakeSubdomain


class Crew(ABC):
    """All workers, numbered from 0. Messages to one worker arrive in the order they were sent. keepers: by
    member, of rank 0, whether it moves particles or not; statistics: where ranks keep the accounts themselves;
    else reports have what workers say to them."""

    workers: int
    statistics: StatisticsCrew | None = None
    beside: int = 0  # other ranks on the machine of rank 0
    others: int = 0  # ranks
    listening: bool = True  # False while they do something together, and would not hear
    alarm: Alarm
    owners: Owners  # what this rank owns of tracks
    keepers: list[list[Keeper]]

    @abstractmethod
    def send(self, worker: int, message: Alone) -> None:
        """Tell one worker something it can do alone (a TakeSubdomain without `redistribute`)."""

    def read_by_nodes(self, order: ReadByNodes) -> "NodeReading":
        """Have the ranks of each node read frames, if all can."""
        raise NotImplementedError

    def begin_frame(self, order: BeginFrame) -> None:
        """Let them begin one."""
        raise NotImplementedError

    def take_placed(self, order: TakePlaced) -> Outcome:
        """Let all workers take in one that was begun, if all have read it."""
        raise NotImplementedError

    def places(self, particles: int) -> bool:
        """Whether so many new particles are to be placed by all workers, and not by who asks."""
        return False

    def place(self, message: PlaceByAll, groups: Sequence[Group]) -> np.ndarray:
        """Let all workers place what starts first; how many start in each element: int64 (element,)."""
        raise NotImplementedError

    def release(self, message: ReleaseByAll, groups: Sequence[Group]) -> None:
        """Let all workers place what starts in the coming interval, each its share, for whoever owns it."""
        raise NotImplementedError

    @abstractmethod
    def send_out(self, message: Advance) -> None:
        """Let all workers on other ranks begin to take a member through an interval."""

    @abstractmethod
    def gather(self, message: Advance) -> Report:
        """Let those of this process do so too; what all together report."""

    @abstractmethod
    def redistribute(self, messages: Sequence[TakeSubdomain]) -> None:
        """Give every worker its new subdomain, and every particle to its owner."""

    @abstractmethod
    def weigh(self) -> Weight:
        """Ask all workers how many particles the elements hold."""

    @abstractmethod
    def keep(self, message: Keep) -> Generator[Kept | Stored]:
        """What each worker holds of a member, or where it has written it, one after the other, in the order of
        their numbers. All have answered when it is closed. Raises FvdriftError."""

    @abstractmethod
    def bytes_moved(self) -> np.ndarray:
        """What all ranks have sent, read and written since they began (`traffic.described`)."""

    @abstractmethod
    def take_up(self, archives: Archives, readers: Sequence[int], member: int) -> bool:
        """Let all workers take up the particles in a checkpoint of a member; False where none of them is among
        the `readers`, ranks that see it. Raises FvdriftError."""

    @abstractmethod
    def by_all(self, order: OwnersOrder) -> Done:
        """Let all ranks do it; what they answer together: others nothing to a Deal."""

    @abstractmethod
    def stop(self, exit_code: int, error: str = "") -> None:
        """Let all workers leave with this exit code; `error`: because of it. Only while they are
        `listening`."""


class Host:
    """The workers that live in this process, one of each member in each subdomain, and their
    side of everything that all workers do together. orders: by member; keepers: by member, who has a state of its
    own here beside them."""

    statistics: StatisticsHost | None = None
    reading: "NodeReading | None" = None  # where ranks read frames

    def __init__(
        self,
        numbers: Sequence[int],
        orders: Sequence[WorkOrder],
        exchanges: Sequence[Exchange],
        alarm: Alarm,
        owners: Owners,
    ):
        """numbers: of the workers, each of a subdomain; orders, exchanges: by member; owners: of this rank."""
        self._owners = owners
        self._subdomains = [SubdomainFields(number, orders) for number in numbers]
        self._workers = [[Worker(order, fields) for fields in self._subdomains] for order in orders]
        self.orders, self._exchanges, self._alarm = orders, exchanges, alarm
        self.keepers: list[list[Keeper]] = owners.keepers(len(orders))
        self._names = [order.name for order in orders]
        self._computing_s = 0.0

    def workers_of(self, member: int) -> list[Worker]:
        """Those of one member."""
        return self._workers[member]

    @contextmanager
    def working(self, with_others: WithOthers) -> Iterator[None]:
        """Counts what is done in it as computing, but for the time in which others were waited for."""
        began, waited_s = time.perf_counter(), with_others.waited_s
        yield
        self._computing_s += time.perf_counter() - began - (with_others.waited_s - waited_s)

    def tell(self, here: int, message: Alone) -> None:
        """Hand on what the worker of a subdomain can do alone; here: which of those in this process."""
        began = time.perf_counter()
        if isinstance(message, TakeFrame):
            with during("taking in a frame"):
                self._subdomains[here].take_frame(message.frame)
        elif isinstance(message, Release):
            with during("releasing particles"), blamed(self._names[message.member]):
                self._workers[message.member][here].release(message)
        elif isinstance(message, Restore):
            with during("taking in particles of a checkpoint"), blamed(self._names[message.member]):
                self._workers[message.member][here].restore(message)
        else:
            with during("taking a subdomain"):
                self._change_subdomain(here, message)
        self._computing_s += time.perf_counter() - began

    def take_placed(self, frame: PlacedFrame) -> None:
        """Take in a frame that the ranks of this node have read."""
        with during("taking in a frame"):
            for fields in self._subdomains:
                if fields.in_file is not None:  # else there is no subdomain yet
                    fields.take_frame(self._cut(frame, fields.in_file))

    def _cut(self, frame: PlacedFrame, in_file: InFile | None) -> TimedFrame:
        assert self.reading is not None
        assert in_file is not None
        return self.reading.cut(frame, in_file)

    def workers_of_members(self, here: int) -> list[Worker]:
        """Those of one subdomain."""
        return [of_member[here] for of_member in self._workers]

    def place(self, message: PlaceByAll, what: WhatStarts, placing: "PlacingHost") -> np.ndarray:
        """How many particles of this process's share start in each element."""
        with self.working(placing), during("placing particles"):
            return placing.place(message, what)

    def release(self, message: ReleaseByAll, what: WhatStarts, placing: "PlacingHost") -> None:
        """Place new particles with all other hosts, each its share, and take in those that are its own."""
        with self.working(placing), during("releasing particles"):
            placing.release(message, what)

    def advance(self, message: Advance) -> Report:
        """Take a member through an interval with all other hosts."""
        with blamed(self._names[message.member]):
            return self._advance(message)

    def _advance(self, message: Advance) -> Report:
        workers, exchange = self._workers[message.member], self._exchanges[message.member]
        began, handed_on_s = time.perf_counter(), exchange.transfer_s
        with during("moving particles"):
            for worker in workers:
                worker.start_interval(message)
            done = rounds(workers, exchange, self._alarm.asked if message.stoppable else never)
        self._owners.take_in()
        with during("reporting an interval"):
            report = reduce(Report.plus, [worker.report(done.number, done.stopped) for worker in workers])
        if self.statistics is not None:
            self.statistics.hear(message.member, report)
        self._owners.record(message.member, report)
        report.computing_s = self._computing_s + time.perf_counter() - began - done.waited_s
        self._computing_s = 0.0
        report.transfer_s = exchange.transfer_s - handed_on_s
        report.trouble = self._owners.trouble
        return report

    def redistribute(self, messages: Sequence[TakeSubdomain]) -> None:
        """Change subdomains and owners with all other hosts."""
        with during("taking a subdomain"):
            leaving = [self._change_subdomain(here, message) for here, message in enumerate(messages)]
            for member, (workers, exchange) in enumerate(zip(self._workers, self._exchanges, strict=True)):
                arrivals = exchange.swap([of_members[member] for of_members in leaving]).arrivals or []
                for worker, batch in zip(workers, arrivals, strict=False):
                    worker.absorb(batch)

    def _change_subdomain(self, here: int, message: TakeSubdomain) -> list[Batches]:
        """By member, the particles that have to leave this subdomain then."""
        workers = self.workers_of_members(here)
        for worker in workers:
            worker.leave_subdomain()
        frames = (
            self._cut(frame, message.in_file) if isinstance(frame, PlacedFrame) else frame
            for frame in message.frames
        )
        self._subdomains[here].take(message, frames)
        return [worker.enter_subdomain(message.redistribute) for worker in workers]

    def weigh(self) -> Weight:
        """How many moving particles the elements hold, of all workers here."""
        workers = [worker for of_member in self._workers for worker in of_member]
        elements = np.concatenate([worker.moving_elements() for worker in workers])
        return Weight(*np.unique(elements, return_counts=True))

    def keep(self, member: int) -> Iterator[Kept]:
        """What the workers of a member hold, one after the other."""
        return (worker.keep() for worker in self._workers[member])

    def take_up(self, message: TakeUp) -> Refusal | None:
        """Read a share of a checkpoint with all other hosts."""
        workers = {
            each.number: worker
            for each, worker in zip(self._subdomains, self._workers[message.member], strict=True)
        }
        exchange, cuts = self._exchanges[message.member], self._subdomains[0].cuts
        with during("taking in particles of a checkpoint"):
            return take_up(message, workers, cuts, exchange.of)

    def store(self, message: Keep, rank: int) -> Kept | Stored | Refusal:
        """On another rank than 0: write it, with what the keepers keep."""
        (worker,), (fields,) = self._workers[message.member], self._subdomains
        with during("writing a checkpoint"):
            keepers = self.keepers[message.member]
            return store(message, worker.keep(), keepers, rank=rank, worker=fields.number)
