"""Statistics whose accounts ranks keep themselves: none of them goes through the manager. What a rank keeps is
`statistics.holding`'s.

After each interval with rows, when its reports were found to be sound, the manager tells all workers to Swap; they
do so before they hear of anything else. Rank 0 keeps no share, but where there are two ranks only.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from fvdrift.engine.checkpoint import CheckpointShares, Keeper, named
from fvdrift.engine.worker import Worker
from fvdrift.errors import FvdriftError, during
from fvdrift.mesh import WholeMesh
from fvdrift.orders import WorkOrder
from fvdrift.output import mark_beside
from fvdrift.statistics import (
    Holding,
    KeptShares,
    Places,
    Roles,
    Share,
    StatisticsPlan,
    shared_anew,
    travelling_plan,
)
from fvdrift.tools.netcdf.classic_header import Attribute

from ..report import Report
from .statistics_messages import (
    Hold,
    KnowMesh,
    OfStatistics,
    StartedBefore,
    Swap,
    TakeShare,
    Write,
    Written,
)

if TYPE_CHECKING:
    from .parcels import Parcels
    from .talk import Talk

Plans = Sequence[StatisticsPlan | None]


class WithOthers(Protocol):
    """Does something together with other ranks."""

    @property
    def waited_s(self) -> float:
        """Seconds so far in which it waited for them."""


class WorkersHere(Protocol):
    """The workers of this rank, as their host has them (`crew`)."""

    keepers: list[list[Keeper]]

    @property
    def orders(self) -> Sequence[WorkOrder]: ...
    def workers_of(self, member: int) -> list[Worker]: ...
    def working(self, with_others: WithOthers) -> AbstractContextManager[None]: ...


class AllWorkers(Protocol):
    """Those of all ranks, as the manager sees them (`crew`)."""

    workers: int
    listening: bool


class StatisticsHost:
    """The side of a worker's rank."""

    def __init__(self, host: WorkersHere, parcels: "Parcels"):
        self._host, self._parcels = host, parcels
        self._holdings: list[Holding | None] = []
        self._meshes: Mapping[int, WholeMesh] = {}

    def hear(self, member: int, report: Report) -> None:
        """Keep what workers say to statistics: it goes no further in their report."""
        holding = self._holdings[member] if self._holdings else None
        if holding is not None:
            holding.hear(report.statistics)
            report.statistics = []

    def do(self, message: OfStatistics) -> Written | None:
        """What is asked; what is to be answered, if anything is."""
        with self._host.working(self._parcels):
            return self._done(message)

    def _done(self, message: OfStatistics) -> Written | None:
        if isinstance(message, KnowMesh):
            self._meshes = message.meshes
            return None
        if isinstance(message, Hold):
            self._hold(message)
            return None
        holding = self._holdings[message.member]
        assert holding is not None  # nobody asks about what is not there
        if isinstance(message, Swap):
            with during("counting for statistics"):
                self._swap(message, holding)
        elif isinstance(message, StartedBefore):
            holding.newcomers.add(message.ids, message.x, message.y)
        elif isinstance(message, TakeShare):
            holding.restore(message.kept)
        else:
            with during("writing statistics"):
                return self._write(message, holding)
        return None

    def _hold(self, message: Hold) -> None:
        orders = self._host.orders
        for member, (plan, roles) in enumerate(zip(message.plans, message.roles, strict=True)):
            asked = orders[member].statistics
            if plan is None or asked is None:
                self._holdings.append(None)
                continue
            plan = replace(plan, mesh=self._meshes.get(member))
            holding = Holding(plan.arrived(asked), roles, self._parcels.rank)
            self._holdings.append(holding)
            self._host.keepers[member].append(_SharesKeeper(holding))
            for worker in self._host.workers_of(member):
                worker.newcomers = holding.newcomers

    def _swap(self, message: Swap, holding: Holding) -> None:
        told = self._parcels.swap(holding.parcels(message.rows))
        if holding.swaps_twice:
            told += self._parcels.swap(holding.completed(message.rows, told))
        holding.take(message.rows, message.time, told)

    def _write(self, message: Write, holding: Holding) -> Written | None:
        """Called by all workers: what each has found goes to the clerk."""
        clerk, found = holding.roles.clerk, holding.found()
        shares = self._parcels.swap({clerk: found} if found else {})
        if self._parcels.rank != clerk:
            return None
        findings = holding.findings(shares)
        if not message.mark.is_seen():
            return Written(findings=findings)
        try:
            findings.write(message.path, message.attributes)
        except FvdriftError as error:
            return Written(error)
        return Written()


class Line(NamedTuple):
    """Of the manager to other ranks. first_rank: of the workers."""

    talk: "Talk"
    first_rank: int
    ranks: int


@dataclass(frozen=True)
class _ReadHere:
    """One share of several, for who does not see the files."""

    share: Share
    its: Mapping[str, np.ndarray]

    @property
    def holders(self) -> int:
        """How many shares there are."""
        return self.share.holders

    def state(self, share: Share, name: str) -> Mapping[str, np.ndarray]:
        """Of this one alone; nobody asks for another."""
        assert share == self.share
        return {key: values for key, values in self.its.items() if key.startswith(f"{name}.")}


class _SharesKeeper:
    """Has the share of a rank kept in checkpoints."""

    def __init__(self, holding: Holding):
        self._holding = holding

    def state(self) -> Mapping[str, np.ndarray]:
        """As Keeper has it."""
        share = self._holding.share
        return {} if share is None else named(share, self._holding.state())


class StatisticsCrew:
    """The manager's side: all ranks that keep shares."""

    def __init__(self, crew: AllWorkers, line: Line, own: StatisticsHost | None, plans: Plans):
        """own: of rank 0, where that moves particles too; plans: by member."""
        self._crew, self._line, self._own, self._plans = crew, line, own, plans
        few = line.ranks <= 2
        holders = tuple(w for w in range(crew.workers) if few or w + line.first_rank > 0)
        self._roles = [Roles(holders, self._clerk(member, holders)) for member in range(len(plans))]
        for clerk, meshes in self._known_to_clerks().items():
            self._tell(clerk, KnowMesh(meshes))
        to_all = [None if plan is None else travelling_plan(plan, clerk=False) for plan in plans]
        self._tell_all(Hold(to_all, self._roles))

    def _clerk(self, member: int, holders: Sequence[int]) -> int:
        """One for all members whose statistics ask for the mesh, so that no other rank has it."""
        plan = self._plans[member]
        return holders[-1 if plan is None or plan.order.needs_element else -1 - member % len(holders)]

    def _known_to_clerks(self) -> dict[int, dict[int, WholeMesh]]:
        """The meshes that each clerk needs, by member."""
        found: dict[int, dict[int, WholeMesh]] = {}
        for member, (plan, roles) in enumerate(zip(self._plans, self._roles, strict=True)):
            mesh = None if plan is None else travelling_plan(plan, clerk=True).mesh
            if mesh is not None:
                found.setdefault(roles.clerk, {})[member] = mesh
        return found

    def swap(self, member: int, rows: Sequence[int], time: int) -> None:
        """Let all swap what was said of rows, as Swap has them."""
        if self._plans[member] is not None and len(rows):
            self._tell_all(Swap(tuple(rows), time, member))

    def restore(
        self, member: int, kept: CheckpointShares, readers: Sequence[int], let_go: Iterable[Places]
    ) -> None:
        """Go on from what was kept. readers: ranks that can read it themselves; let_go: where particles were
        released since the looks that it knows of."""
        plan, roles = self._plans[member], self._roles[member]
        assert plan is not None
        for holder, worker in enumerate(roles.holders):
            its: KeptShares = kept
            if worker + self._line.first_rank not in readers:
                share = Share(holder, len(roles.holders))
                its = _ReadHere(share, shared_anew(plan.accounts, kept, share))
            self._tell(worker, TakeShare(its, member))
        for number, places in enumerate(let_go):
            self._tell(roles.holders[number % len(roles.holders)], StartedBefore(*places, member))

    def write(self, member: int, path: Path, attributes: Mapping[str, Attribute]) -> None:
        """Have the file of a member written, here where the clerk does not see its folder. Raises FvdriftError."""
        clerk = self._roles[member].clerk
        said = self._tell_all(Write(path.absolute(), mark_beside(path), attributes, member))
        written: Written = said or self._line.talk.receive(clerk + self._line.first_rank)
        if written.error is not None:
            raise written.error
        if written.findings is not None:
            written.findings.write(path, attributes)

    def _tell_all(self, message: OfStatistics) -> Any:
        """Tell workers what they do together; what the worker of this rank answers."""
        self._crew.listening = False
        self._line.talk.tell_all(message)
        said = None if self._own is None else self._own.do(message)
        self._crew.listening = True
        return said

    def _tell(self, worker: int, message: OfStatistics) -> None:
        """Tell one worker what it does alone."""
        rank = worker + self._line.first_rank
        if rank > 0:
            self._line.talk.tell(message, rank)
        elif self._own is not None:
            self._own.do(message)
