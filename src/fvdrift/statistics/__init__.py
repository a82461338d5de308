"""Statistics over all particles: while a run goes on, without tracks, or from its tracks; the same code and the same numbers."""

from .ledger import Ledger
from .observer import Answers, Observer, columns_of_records
from .plan import StatisticsOrder, StatisticsPlan, plan_statistics
from .scene import Scene
from .seen import origins_of
from .statistic import END

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
