"""The question of concentration: what particles stand for in each cell and layer, how much water is there, and where
the rest is. What is made of it is `concentration`."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fvdrift.orders import Answer, Choice, Looks, Observed, Question
from fvdrift_kernels.state import ACTIVE, DEAD, DEPOSITED, EXITED, SETTLED, STATUS_NAMES, STRANDED

from .exact_amounts import summed
from .ground import Layers, WaterAtLook
from .places import Boxes, Elements

# where what is in no cell is, numbered behind the bins; from HAS_SETTLED on it is gone
ON_DRY, ON_SHORE, ON_BED, OUTSIDE, HAS_SETTLED, HAS_EXITED, HAS_DIED = range(7)
FATES, STAYING = 7, 4
_OF_STATUS = np.full(len(STATUS_NAMES), OUTSIDE)
_OF_STATUS[[STRANDED, DEPOSITED, SETTLED, EXITED, DEAD]] = ON_SHORE, ON_BED, HAS_SETTLED, HAS_EXITED, HAS_DIED
VOLUME_SCALE = 2.0**30  # m3; sums are exact to 4e-15 m3
LEFT_OPEN = ("x", "y", "layer", "each")


@dataclass(frozen=True)
class AmountInCells(Question):
    """Bins are layer by layer, cell by cell; FATES behind them. amount: the column with what a particle stands for,
    "mass" (kg) or "number"; "": each stands for one. scale: as `exact_amounts` has it."""

    looks: Looks
    choice: Choice
    cells: Boxes | Elements
    layers: Layers
    amount: str
    scale: float
    needs_water: bool = True

    @property
    def needs_element(self) -> bool:  # type: ignore[override]
        return isinstance(self.cells, Elements)

    @property
    def wants(self) -> tuple[str, ...]:  # type: ignore[override]
        depth = () if self.layers.by == "sigma" else ("water_depth",)
        return ("dry", "sigma", *depth, *([self.amount] if self.amount else []))

    @property
    def bins(self) -> int:
        """Without the fates."""
        return self.cells.cells * self.layers.count

    def answer(self, row: int, seen: Observed) -> Answer | None:
        seen = self.choice.of(seen)
        if not self.is_look(row):
            gone = seen.where(seen.gone)
            return self.tally(self.fate(gone), self.amounts(gone)) if len(gone) else None
        number, amounts = self.fate(seen), self.amounts(seen)
        chosen = self.choice.present(seen)
        counted = np.zeros(len(seen), bool)
        counted[np.searchsorted(seen.id, chosen.id) if len(chosen) < len(seen) else slice(None)] = True
        there = np.flatnonzero(counted & (seen.dry == 0) & ~seen.gone)
        its = seen.where(there)
        layer = self.layers.of(its.sigma, its.values.get("water_depth"))
        cell = self.cells.cell(its).astype(np.int64)
        inside = (layer >= 0) & (cell >= 0)
        number[there[inside]] = layer[inside] * self.cells.cells + cell[inside]
        if not self.needs_element:
            return self.tally(number, amounts)
        unsure = (layer >= 0) & (cell < 0)
        known = np.ones(len(seen), bool)
        known[there[unsure]] = False
        open_columns = (its.x, its.y, layer, amounts[there])
        return {
            **self.tally(number[known], amounts[known]),
            **{name: column[unsure] for name, column in zip(LEFT_OPEN, open_columns, strict=True)},
        }

    def amounts(self, seen: Observed) -> np.ndarray:
        """What each particle stands for."""
        return seen.values[self.amount] if self.amount else np.ones(len(seen))

    def fate(self, seen: Observed) -> np.ndarray:
        """Numbers of particles that are in no bin."""
        fate: np.ndarray = self.bins + _OF_STATUS[seen.status]
        fate[(seen.status == ACTIVE) & (seen.dry != 0)] = self.bins + ON_DRY
        return fate

    def placed(self, cell: np.ndarray, layer: np.ndarray) -> np.ndarray:
        """Numbers of particles in a layer, in a cell or (-1) in none."""
        return np.where(cell >= 0, layer * self.cells.cells + cell, self.bins + OUTSIDE)

    def tally(self, number: np.ndarray, amounts: np.ndarray) -> Answer:
        """Parts of the sums of amounts by number."""
        there, parts = summed(number, amounts, self.scale)
        return {"number": there, "amount": parts}

    def of_water(self, row: int, water: WaterAtLook) -> Mapping[str, np.ndarray] | None:
        """How much there is in the bins, of whoever answers for some elements."""
        return water.volumes(self.cells, self.layers, VOLUME_SCALE) if self.is_look(row) else None
