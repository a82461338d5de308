"""The question of means: what particles have of a variable, in which cell or polygon, of which age. What is made of it
is `mean`."""

from dataclasses import dataclass

import numpy as np

from fvdrift.mesh import Polygons
from fvdrift.orders import ALWAYS, Answer, Choice, Looks, Observed, Question

from .places import Boxes, Elements
from .zones import polygon_at

LEFT_OPEN = ("x", "y", "age_class", "each")


@dataclass(frozen=True)
class MeanInCells(Question):
    """Bins are class by class of age, in each place by place. cells, polygons: the places, either of them; ages: int64
    (class + 1,) microseconds, edges, or None."""

    looks: Looks
    choice: Choice
    variable: str
    cells: Boxes | Elements | None
    polygons: Polygons | None
    ages: np.ndarray | None

    @property
    def needs_element(self) -> bool:  # type: ignore[override]
        return isinstance(self.cells, Elements)

    @property
    def wants(self) -> tuple[str, ...]:  # type: ignore[override]
        return () if self.variable in ALWAYS else (self.variable,)

    @property
    def count(self) -> int:
        """Of places."""
        if self.polygons is not None:
            return len(self.polygons.names)
        assert self.cells is not None
        return self.cells.cells

    @property
    def classes(self) -> int:
        return 1 if self.ages is None else len(self.ages) - 1

    def answer(self, row: int, seen: Observed) -> Answer | None:
        if not self.is_look(row):
            return None
        seen = self.choice.present(seen)
        values = seen.column(self.variable)
        age_class = np.zeros(len(seen), np.int64)
        if self.ages is not None:
            age_class = np.searchsorted(self.ages, seen.age, side="right") - 1
        known = ~np.isnan(values) & (age_class >= 0) & (age_class < self.classes)
        seen, values, age_class = seen.where(known), values[known], age_class[known]
        place = self._place(seen)
        said = self.told(place, age_class, values)
        if self.needs_element:
            columns = (seen.x, seen.y, age_class, values)
            said |= {name: column[place < 0] for name, column in zip(LEFT_OPEN, columns, strict=True)}
        return said

    def _place(self, seen: Observed) -> np.ndarray:
        if self.polygons is not None:
            return polygon_at(self.polygons, seen.x, seen.y)
        assert self.cells is not None
        return self.cells.cell(seen)

    def told(self, place: np.ndarray, age_class: np.ndarray, values: np.ndarray) -> dict[str, np.ndarray]:
        """Bins, ascending, and values of particles; of none that is in no place (-1)."""
        inside = place >= 0
        bins = age_class[inside] * self.count + place[inside]
        order = np.argsort(bins, kind="stable")
        return {"bin": bins[order], "value": values[inside][order]}
