"""The question of density and exposure: how many particles are in each cell, and how long. What is made of it is
`density`."""

from dataclasses import dataclass

import numpy as np

from fvdrift.orders import END, Answer, Choice, Looks, Observed, Question
from fvdrift_kernels.state import SETTLED

from .exact_times import summed
from .places import Boxes, Elements


@dataclass(frozen=True)
class CountInCells(Question):
    """How many particles of each class of age are in each cell, and how long. ages: int64 (class + 1,)
    microseconds, edges, or None; timed: whether time counts, not only particles.

    Of the time between two looks half counts to the cell at the one, half to that at the other (trapezoids).
    Who has settled is recorded once, perhaps between two looks, and is told then.
    """

    looks: Looks
    choice: Choice
    cells: Boxes | Elements
    ages: np.ndarray | None
    timed: bool

    @property
    def needs_element(self) -> bool:  # type: ignore[override]
        return isinstance(self.cells, Elements)

    @property
    def needs_starts(self) -> bool:  # type: ignore[override]
        """Who has filters does not know whether newcomers passed them where they were released."""
        return self.timed and not self.choice.filters

    @property
    def edges(self) -> np.ndarray:
        """Of the ages that count, class by class: int64 (class, 2) microseconds."""
        edges = np.array([0, 1 << 62]) if self.ages is None else self.ages
        low, high = self.choice.ages or (0, 1 << 62)
        clipped: np.ndarray = np.clip(np.stack([edges[:-1], edges[1:]], axis=1), low, high)
        return clipped

    @property
    def classes(self) -> int:
        return 1 if self.ages is None else len(self.ages) - 1

    @property
    def keeps_settled(self) -> bool:
        """Whether who has settled counts from then on."""
        return bool(self.choice.status[SETTLED])

    def answer(self, row: int, seen: Observed) -> Answer | None:
        if row == END or not (self.is_look(row) or self.keeps_settled):
            return None
        seen = self.choice.counted(seen)
        if not self.is_look(row):
            seen = seen.where(seen.status == SETTLED)
        cell = self.cells.cell(seen)
        said = dict(self.tally(row, cell, seen.age, seen.status))
        if self.needs_element:
            unsure = cell < 0
            said |= {name: getattr(seen, name)[unsure] for name in ("x", "y", "age", "status")}
        return said

    def tally(self, row: int, cell: np.ndarray, age: np.ndarray, status: np.ndarray) -> Answer:
        """Of particles of an age that are in a cell, or in none (-1): numbers of bins (class by class, cell
        by cell), and the particles in each, those that have settled now apart; where it is timed also the times before
        and after this look."""
        known = cell >= 0
        cell, age, settled = cell[known].astype(np.int64), age[known], status[known] == SETTLED
        said: dict[str, np.ndarray] = {}
        if self.keeps_settled:
            said["settled_bin"], said["settled"] = np.unique(cell[settled], return_counts=True)
            cell, age = cell[~settled], age[~settled]
        edges = self.edges
        if len(edges) == 1:
            classes, aged = np.zeros(len(age), np.int64), (age >= edges[0, 0]) & (age < edges[0, 1])
        else:
            classes = np.searchsorted(edges[:, 0], age, side="right") - 1
            aged = (classes >= 0) & (age < edges[classes, 1])
        bins, counts = np.unique(classes[aged] * self.cells.cells + cell[aged], return_counts=True)
        said |= {"bin": bins, "count": counts}
        if self.timed:
            before = np.minimum(age, self.looks.every if row else 0)
            half = before - before // 2
            if self.choice.filters:  # where newcomers were released is not known to count: all of it is here
                half = np.where(age < self.looks.every, before, half)
            said["before_bin"], said["before"] = self.times(cell, age - half, age)
            said["after_bin"], said["after"] = self.times(cell, age, age + self.looks.every // 2)
        return said

    def times(self, cell: np.ndarray, begin: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Bins, and the parts of the time in them, of particles that are in a cell from one age to
        another."""
        bins, times = [], []
        for number, (low, high) in enumerate(self.edges):
            length = np.minimum(end, high) - np.maximum(begin, low)
            some = length > 0
            bins.append(number * self.cells.cells + cell[some])
            times.append(length[some])
        return summed(np.concatenate(bins), np.concatenate(times))
