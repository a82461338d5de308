"""The accounts of a run's statistics as rank 0 sees them: its own ledger, or shares that ranks keep."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from fvdrift.engine.checkpoint import CheckpointShares, Contents
from fvdrift.engine.transport import Crew, StatisticsCrew
from fvdrift.statistics import WHOLE, Answers, Ledger, StatisticsPlan, released_between, shared_anew
from fvdrift.tools.netcdf.classic_header import Attribute


class StatisticsKeeper(Protocol):
    """As a ledger of the whole."""

    def take(self, row: int, said: Sequence[Answers]) -> None:
        """What workers have said of a row in their reports."""

    def end(self, time: int, said: Sequence[Answers]) -> None:
        """The same at the end, where that is no output time."""

    def state(self) -> dict[str, np.ndarray]:
        """For a checkpoint: what is kept here."""

    def restore(self, found: Contents) -> None:
        """Go on from what a checkpoint has kept."""

    def write(self, path: Path, attributes: Mapping[str, Attribute]) -> None:
        """The file. Raises FvdriftError."""


def keeper_of(plan: StatisticsPlan | None, crew: Crew, member: int) -> StatisticsKeeper | None:
    """None where a run has no statistics."""
    if plan is None:
        return None
    return OwnLedger(plan) if crew.statistics is None else HeldByRanks(plan, crew.statistics, member)


class OwnLedger:
    """Kept here."""

    def __init__(self, plan: StatisticsPlan):
        self._plan, self._ledger = plan, Ledger(plan)
        self.take, self.end, self.state = self._ledger.take, self._ledger.end, self._ledger.state

    def restore(self, found: Contents) -> None:
        """As StatisticsKeeper has it; whom it has not seen the ledger places anew."""
        self._ledger.restore(shared_anew(self._plan.accounts, CheckpointShares(found.archives), WHOLE))

    def write(self, path: Path, attributes: Mapping[str, Attribute]) -> None:
        """The file."""
        self._ledger.findings().write(path, attributes)


class HeldByRanks:
    """Shares that ranks keep, who have heard all that workers say from these themselves."""

    def __init__(self, plan: StatisticsPlan, crew: StatisticsCrew, member: int):
        self._plan, self._crew, self._member = plan, crew, member

    def take(self, row: int, said: Sequence[Answers]) -> None:
        """Nothing is told here."""

    def end(self, time: int, said: Sequence[Answers]) -> None:
        """Nothing is told here."""

    def state(self) -> dict[str, np.ndarray]:
        """Nothing: each rank keeps its own."""
        return {}

    def restore(self, found: Contents) -> None:
        """As StatisticsKeeper has it."""
        since, unfinished = found.standing
        let_go = released_between(self._plan, since, since if unfinished is None else unfinished[1])
        kept = CheckpointShares(found.archives)
        self._crew.restore(self._member, kept, found.looked.readers, let_go)

    def write(self, path: Path, attributes: Mapping[str, Attribute]) -> None:
        """The file."""
        self._crew.write(self._member, path, attributes)
