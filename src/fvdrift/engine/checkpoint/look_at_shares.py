"""The accounts of statistics in a checkpoint, looked at by all ranks that see it, each at some shares: no more of
what is kept of particles is on any rank than when the run goes on."""

from dataclasses import dataclass

from fvdrift.orders import StatisticsOrder
from fvdrift.statistics import Ledger, Share, TravellingPlan

from ..errands import Team
from .kept_shares import CheckpointShares
from .look import Damage, damage_found, share_of


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

        def look() -> None:
            plan = self.plan.arrived(self.order)
            for holder in share_of(self.kept.holders, readers, team.rank):
                share = Share(holder, self.kept.holders)
                ledger = Ledger(plan, share)
                ledger.restore(self.kept.state(share))
                ledger.check_rows(self.rows)

        return damage_found(look) if team.rank in readers else None
