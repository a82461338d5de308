"""The accounts of a run's statistics as rank 0 sees them: its own ledger, or shares that ranks keep."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from fvdrift.engine.transport import Crew, StatisticsCrew
from fvdrift.statistics import Answers, Ledger, StatisticsPlan, released_between


class StatisticsKeeper(Protocol):
    """As a ledger of the whole."""

    def take(self, row: int, said: Sequence[Answers]) -> None:
        """What workers have said of a row in their reports."""

    def end(self, time: int, said: Sequence[Answers]) -> None:
        """The same at the end, where that is no output time."""

    def state(self) -> dict[str, np.ndarray]:
        """For a checkpoint."""

    def restore(self, state: Mapping[str, np.ndarray], since: int, reached: int) -> None:
        """Go on from what `state` gave; particles were released up to `reached`, and rows recorded up to `since`,
        microseconds."""

    def write(self, path: Path, attributes: Mapping[str, str]) -> None:
        """The file. Raises FvdriftError."""


def keeper_of(plan: StatisticsPlan | None, crew: Crew, member: int) -> StatisticsKeeper | None:
    """None where a run has no statistics."""
    if plan is None:
        return None
    return OwnLedger(plan) if crew.statistics is None else HeldByRanks(plan, crew.statistics, member)


class OwnLedger:
    """Kept here."""

    def __init__(self, plan: StatisticsPlan):
        self._ledger = Ledger(plan)
        self.take, self.end, self.state = self._ledger.take, self._ledger.end, self._ledger.state

    def restore(self, state: Mapping[str, np.ndarray], since: int, reached: int) -> None:
        """As StatisticsKeeper has it: the ledger places anew whom it has not seen."""
        self._ledger.restore(state)

    def write(self, path: Path, attributes: Mapping[str, str]) -> None:
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
        """Of all shares together."""
        return self._crew.state(self._member)

    def restore(self, state: Mapping[str, np.ndarray], since: int, reached: int) -> None:
        """As StatisticsKeeper has it."""
        self._crew.restore(self._member, state, released_between(self._plan, since, reached))

    def write(self, path: Path, attributes: Mapping[str, str]) -> None:
        """The file."""
        self._crew.write(self._member, path, attributes)
