"""What workers say after an interval: one of them, or several together, as it goes from rank to rank up to the
manager. Plain data.

Reports of neighbours are put together in any grouping: `plus` is associative, but for the last bits of seconds.
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fvdrift.expression import Partials, both
from fvdrift.forcing import Fields

from .amounts import Sums, plus
from .messages import Refusal

if TYPE_CHECKING:
    from fvdrift.statistics import Answers


_MOST_ON_THE_WAY = 1 << 16  # bytes of the records of a worker: fewer cost less than a message more


class Breach(NamedTuple):
    """what: what does not hold, as the rest of a sentence about the particle; of it: id, global element
    number (-1: none known), place, clock (see `timeline.clock`) and status; worker: who holds it."""

    what: str
    id: int
    element: int
    x: float
    y: float
    sigma: float
    clock: int
    status: str
    worker: int


@dataclass(frozen=True)
class Records:
    """Of a report, on their own way. rows: as `Report.records`."""

    rows: list[list[Fields]]


@dataclass
class Report:
    """Of workers whose numbers follow each other. int64 (worker,): steps they took, particles that are stuck,
    particles that each sent to others and received, in hand-offs and with new cuts, and its peak memory, bytes.

    rounds: of hand-offs, which all took part in; counts: int64 (status,) of the particles they hold; on_dry: of the
    active ones among them those whose element is dry at its end; records: by
    output of the interval, columns of what was recorded, by worker, where rank 0 writes tracks; apart: workers whose
    Records go straight to it; fates: by output, how many of those have each status: int64 (status,);
    statistics: by output, what they say to each statistic; alerts: by alert that was looked at, what their particles
    say; advance_s: CPU seconds of moving particles; breach: the first that is impossible about their particles: who
    says so gives no records and no alerts; stopped: whether a signal ended the interval half done: then records are
    still with the workers; since the report before, seconds: computing_s in which their process neither waited nor
    handed on, of the longest, transfer_s in which particles changed hands, of all; started_dry: particles released
    where it was dry; released: new particles taken in; not_in_water: those that a worker has placed, as all did, and
    found no water for; trouble: the first with the tracks that their ranks write; amounts: by output, what those that
    are recorded carry, by status, where they carry anything, and begun: what those carry that were released, exactly."""

    steps: np.ndarray
    stuck: np.ndarray
    sent: np.ndarray
    received: np.ndarray
    peak_memory_bytes: np.ndarray
    hand_offs: int
    rounds: int
    below_bed: int
    counts: np.ndarray
    records: list[list[Fields]]
    fates: list[np.ndarray]
    statistics: list[list["Answers"]]
    alerts: list[Partials]
    advance_s: float
    breach: Breach | None = None
    stopped: bool = False
    computing_s: float = 0.0
    transfer_s: float = 0.0
    started_dry: int = 0
    released: int = 0
    not_in_water: int = 0
    trouble: Refusal | None = None
    apart: tuple[int, ...] = ()
    amounts: list[Sums] = field(default_factory=list)
    begun: int = 0
    on_dry: int = 0

    def plus(self, later: "Report") -> "Report":
        """Of these workers and of those that come after them."""
        pairs = {each.name: (getattr(self, each.name), getattr(later, each.name)) for each in fields(self)}
        return Report(**{name: _TOGETHER[name](*pair) for name, pair in pairs.items()})

    def set_apart(self, worker: int) -> Records | None:
        """Take the records of its one worker out, where they are too many to stop on their way."""
        nbytes = sum(column.nbytes for row in self.records for part in row for column in part.values())
        if nbytes <= _MOST_ON_THE_WAY:
            return None
        records, self.records, self.apart = Records(self.records), [], (worker,)
        return records

    def take(self, records: Records) -> None:
        """What was set apart."""
        self.records = _TOGETHER["records"](self.records, records.rows)


def _one_after_the_other(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.concatenate((first, second))


def _the_first(first: Any, second: Any) -> Any:
    return second if first is None else first


def _each(together: Callable[[Any, Any], Any]) -> Callable[[list[Any], list[Any]], list[Any]]:
    """By output or by alert; who tells of a breach says nothing."""

    def of_each(first: list[Any], second: list[Any]) -> list[Any]:
        pairs = zip_longest(first, second)
        return [b if a is None else a if b is None else together(a, b) for a, b in pairs]

    return of_each


_TOGETHER: dict[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(("steps", "stuck", "sent", "received", "peak_memory_bytes"), _one_after_the_other),
    **dict.fromkeys(("hand_offs", "below_bed", "counts", "started_dry", "released"), operator.add),
    **dict.fromkeys(("not_in_water", "advance_s", "transfer_s", "apart", "on_dry"), operator.add),
    "begun": operator.add,
    "amounts": _each(plus),
    **dict.fromkeys(("rounds", "computing_s"), max),
    **dict.fromkeys(("records", "fates", "statistics"), _each(operator.add)),
    **dict.fromkeys(("breach", "trouble"), _the_first),
    "alerts": _each(both),
    "stopped": operator.or_,
}
