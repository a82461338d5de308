"""Statistics over all particles: while a run goes on, without tracks, or from its tracks; the same code and the same numbers."""

from fvdrift.orders.question import END, StatisticsOrder

from .context import Context
from .ledger import Ledger
from .observer import Answers, Observer, columns_of_records
from .origins import origins_of
from .plan import StatisticsPlan, plan_statistics

__all__ = [
    "END",
    "Answers",
    "Ledger",
    "Observer",
    "Scene",
    "StatisticsOrder",
    "StatisticsPlan",
    "columns_of_records",
    "origins_of",
    "plan_statistics",
]
