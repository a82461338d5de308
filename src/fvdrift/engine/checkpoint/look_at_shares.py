"""The accounts of statistics in a checkpoint, looked at by all ranks that see it, each at some shares: no more of
what is kept of particles is on any rank than when the run goes on."""

from dataclasses import dataclass

from fvdrift.orders import StatisticsOrder
from fvdrift.statistics import Ledger, Share, TravellingPlan

from ..errands import Team
from .archive import DamagedError
from .kept_shares import CheckpointShares
from .look import Damage


@dataclass(frozen=True)
class LookAtShares:
    """An errand. readers: ranks that see the files; rows: that were recorded."""

    plan: TravellingPlan
    order: StatisticsOrder
    kept: CheckpointShares
    readers: tuple[int, ...]
    rows: int

    def __call__(self, team: Team) -> Damage | None:
        readers = [rank for rank in self.readers if rank > 0] or [0]
        if team.rank not in readers:
            return None
        plan = self.plan.arrived(self.order)
        try:
            for holder in range(self.kept.holders)[readers.index(team.rank) :: len(readers)]:
                share = Share(holder, self.kept.holders)
                ledger = Ledger(plan, share)
                ledger.restore(self.kept.state(share))
                ledger.check_rows(self.rows)
        except DamagedError as error:
            return Damage(str(error), True)
        except ValueError as error:
            return Damage(str(error), False)
        return None
