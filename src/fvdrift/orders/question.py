"""What a statistic asks of whoever holds particles, and what it is shown: plain data that travels to the
workers.

A worker sees the particles of its subdomain, a reader of tracks a block of trajectories: both give the same
columns.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fvdrift_kernels.state import GONE

if TYPE_CHECKING:
    from fvdrift.expression import Expression

    from .variable import Sample

# in place of a row's number: the end of a run that is no output time. Nobody looks then, but who is gone is
# told
END = -1

# what a question sees of particles whether it wants to or not, by the names that expressions have for it
ALWAYS = ("x", "y", "age", "status")

Answer = Mapping[str, Any]


@dataclass(frozen=True)
class Observed:
    """Columns (particle,), ascending in id: x, y: float64, those of the run; age: int64 microseconds;
    release: int32 number; status: int8; element: int32 number along the curve, -1 where only the position can
    tell; values: what questions want beside these, as tracks hold it: z (m), sigma, dry (0 or 1), variables and
    columns that particles carry, float64: a float32 is rounded first, then widened."""

    id: np.ndarray
    x: np.ndarray
    y: np.ndarray
    age: np.ndarray
    release: np.ndarray
    status: np.ndarray
    element: np.ndarray
    values: Mapping[str, np.ndarray]

    def where(self, chosen: np.ndarray) -> "Observed":
        """Those that a bool (particle,) says, or numbers of them."""
        if chosen.dtype == bool and chosen.all():
            return self
        own = {name: column[chosen] for name, column in vars(self).items() if name != "values"}
        return replace(self, **own, values={name: column[chosen] for name, column in self.values.items()})

    def column(self, name: str) -> np.ndarray:
        """By the name that expressions have for it; age in seconds."""
        if name == "age":
            return self.age / 1e6
        found: np.ndarray = getattr(self, name) if name in ALWAYS else self.values[name]
        return found

    @property
    def z(self) -> np.ndarray:
        """m; of who wants it."""
        return self.values["z"]

    @property
    def sigma(self) -> np.ndarray:
        """Of who wants it."""
        return self.values["sigma"]

    @property
    def dry(self) -> np.ndarray:
        """0 or 1; of who wants it."""
        return self.values["dry"]

    @property
    def gone(self) -> np.ndarray:
        """Who is recorded for the last time: bool (particle,)."""
        gone: np.ndarray = self.status >= GONE
        return gone

    def __len__(self) -> int:
        return len(self.id)


class Origins(NamedTuple):
    """When and in which release particles start: all from id first[i] to first[i + 1] alike. int64, int64
    microseconds, int32."""

    first: np.ndarray
    born: np.ndarray
    release: np.ndarray

    def at(self, ids: np.ndarray) -> np.ndarray:
        """Index of each particle in these columns."""
        return np.searchsorted(self.first, ids, side="right") - 1


def metres(by: str, sigma: np.ndarray, water_depth: np.ndarray) -> np.ndarray:
    """Where particles are in the water: by "height" above the bed, or "depth" below the surface."""
    share = 1.0 + sigma if by == "height" else -sigma
    found: np.ndarray = share * np.maximum(water_depth, 0.0)
    return found


class Choice(NamedTuple):
    """Which particles count. status: bool by number of the status; releases: bool by number of the release; ages:
    microseconds, from the first to before the second, None: all. Filters of what changes as particles move: layers:
    ("depth", "height" or "sigma", from, to before); dry: 0 or 1, None: both; where: a condition."""

    status: np.ndarray
    releases: np.ndarray
    ages: tuple[int, int] | None = None
    layers: tuple[tuple[str, float, float], ...] = ()
    dry: int | None = None
    where: "Expression | None" = None
    wants: tuple[str, ...] = ()

    def of(self, seen: Observed) -> Observed:
        """Those of these releases."""
        return seen if self.releases.all() else seen.where(self.releases[seen.release])

    @property
    def filters(self) -> bool:
        """Whether it asks for more of a particle than its status, release and age."""
        return bool(self.layers) or self.dry is not None or self.where is not None

    def fits(self, seen: Observed) -> np.ndarray:
        """Who passes the filters: bool (particle,)."""
        from fvdrift.expression import evaluate_known

        found = np.ones(len(seen), bool)
        for name, low, high in self.layers:
            at = seen.sigma
            if name != "sigma":
                at = metres(name, seen.sigma, seen.values["water_depth"])
            found &= (at >= low) & ((at < high) | ((name == "sigma") & (high == 0.0) & (at == 0.0)))
        if self.dry is not None:
            found &= seen.dry == self.dry
        if self.where is not None:
            columns = {name: seen.column(name) for name in self.where.names}
            found &= evaluate_known(self.where, columns, len(seen)) == 1.0
        return found

    def aged(self, seen: Observed) -> Observed:
        """Those of these ages."""
        return (
            seen if self.ages is None else seen.where((seen.age >= self.ages[0]) & (seen.age < self.ages[1]))
        )

    def counted(self, seen: Observed) -> Observed:
        """Those of these releases that have one of these statuses and pass the filters, of all ages."""
        seen = seen.where(self.status[seen.status] & self.releases[seen.release])
        return seen.where(self.fits(seen)) if self.filters else seen

    def present(self, seen: Observed) -> Observed:
        """Those that count, also by their ages."""
        return self.aged(self.counted(seen))


class Looks(NamedTuple):
    """When a statistic looks: at every `stride`-th of the records. times: int64 (row,) microseconds of all
    records, ascending (those of a backward run have the opposite sign); every: microseconds from one look to
    the next."""

    times: np.ndarray
    stride: int
    every: int

    @property
    def number_of(self) -> int:
        """How many looks there are."""
        return -(-len(self.times) // self.stride)

    def time(self, look: int) -> int:
        return int(self.times[look * self.stride])


class Question(ABC):
    """looks; choice: who counts; wants: names of what it looks at beside ALWAYS: z, sigma, dry, variables, columns
    that particles carry; needs_element: whether elements must be known; needs_starts: whether it matters where those
    were released that nobody has looked at before; needs_water: whether it is also asked of the water."""

    looks: Looks
    choice: Choice
    wants: tuple[str, ...] = ()
    needs_element: bool = False
    needs_starts: bool = False
    needs_water: bool = False

    @abstractmethod
    def answer(self, row: int, seen: Observed) -> Answer | None:
        """What is to be said of the particles seen at a row; None: nothing."""

    def of_water(self, row: int, water: Any) -> Answer | None:
        """What is to be said of the water that somebody answers for; None: nothing."""
        return None

    def is_look(self, row: int) -> bool:
        return row != END and row % self.looks.stride == 0


class StatisticsOrder(NamedTuple):
    """What whoever sees particles must know. times: int64 (row,) microseconds of the records; samples: what a
    worker takes the variables and columns from that are wanted."""

    questions: tuple[Question, ...]
    origins: Origins
    times: np.ndarray
    samples: "tuple[Sample, ...]" = ()

    @property
    def wants(self) -> tuple[str, ...]:
        """Names of all that any of them looks at beside ALWAYS, sorted."""
        asked = (name for each in self.questions for name in (*each.wants, *each.choice.wants))
        return tuple(sorted(set(asked)))

    @property
    def needs_starts(self) -> bool:
        return any(question.needs_starts for question in self.questions)

    @property
    def needs_element(self) -> bool:
        return any(question.needs_element for question in self.questions)

    @property
    def needs_water(self) -> bool:
        return any(question.needs_water for question in self.questions)

    def looks_at_water(self, row: int) -> bool:
        """Whether any of them asks of the water at a row."""
        return any(question.needs_water and question.is_look(row) for question in self.questions)
