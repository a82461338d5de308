"""Concentration: what particles stand for, over the water in cells and layers, by time; and where all of it is. How much
is where is asked by `amount_in_cells`, what the file says is `concentration_file`'s."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.orders import Answer

from .amount_in_cells import FATES, LEFT_OPEN, STAYING, VOLUME_SCALE, AmountInCells
from .asked import Asked
from .base import SUM, Account, Cut, Keyed, State, check_periods
from .concentration_file import described, summary
from .context import Context
from .exact_amounts import ExactAmounts, values_of
from .ground import COLUMN, Layers
from .released import released_by_looks
from .shares import AccountPlan
from .variables import FileVariable

KEPT = ("concentration", "maximum", "amount", "volume")  # sums over the looks of a period, and the greatest


def plan(asked: Asked) -> AccountPlan:
    """Of a concentration. Raises RunFileError."""
    block, scene, cells = asked.block, asked.scene, asked.cells()
    layers = COLUMN if block.layers is None else _layers(*block.layers)
    thresholds = block.threshold or ()
    kind = "" if scene.amounts is None else scene.amounts.name
    for threshold in thresholds:
        if threshold.by and threshold.by != (kind or "number"):
            units = "kg/m3" if kind == "mass" else "1/m3"
            raise RunFileError(
                f"{asked.place}.threshold: particles of the run have a {kind or 'number'}: it is in {units}"
            )
    together = asked.together(1)
    asked.check_size(together, cells.cells * layers.count, 8 * (len(KEPT) + 1 + len(thresholds)))
    released, scale = released_by_looks(scene, asked.looks, asked.choice.releases)
    question = AmountInCells(asked.looks, asked.choice, cells, layers, kind, scale)
    options = {
        "looks_in_period": together,
        "thresholds": tuple(threshold.value for threshold in thresholds),
        "released": released,
        "by": None if block.layers is None else block.layers.by,
    }
    return AccountPlan(ConcentrationAccount, asked.name, question, range(question.bins + FATES), options)


def _layers(by: str, edges: tuple[float, ...]) -> Layers:
    return Layers(by, tuple(0.0 - edge for edge in edges) if by == "sigma" else edges)


class ConcentrationAccount(Account):
    """Sums over the looks of each period: (period, number), numbers as those of the question. released: int64 (3, look)
    parts of what was released by then; thresholds: kg/m3 or 1/m3; by: of the layers, None where there are none."""

    keyed: ClassVar[Keyed] = {"number": ("amount",), "over": ("water",)}
    cut: ClassVar[Cut] = {**dict.fromkeys((*KEPT, "wet"), 1), "above": 2, "budget": SUM, "gone": SUM}
    left_open: ClassVar[tuple[str, ...]] = LEFT_OPEN

    def __init__(
        self, name: str, question: AmountInCells, scene: Context, keys: range, *, looks_in_period: int,
        thresholds: tuple[float, ...], released: np.ndarray, by: str | None,
    ):  # fmt: skip
        self.name, self.question, self.by = name, question, by
        self.looks_in_period, self.thresholds, self.released = looks_in_period, thresholds, released
        self._keys = keys
        self._bins = min(max(question.bins - keys.start, 0), len(keys))  # of its numbers, before the fates
        self._periods: dict[str, list[np.ndarray]] = {name: [] for name in (*KEPT, "wet", "above")}
        self._budget: list[np.ndarray] = []
        self._gone = np.zeros((3, FATES - STAYING), np.int64)
        self.looks_taken = 0

    @classmethod
    def completed(cls, question: AmountInCells, scene: Context, row: int, answer: Answer) -> Iterator[Answer]:
        if len(answer.get("x", ())):
            cell = scene.finder(answer["x"], answer["y"]).astype(np.int64)
            yield question.tally(question.placed(cell, answer["layer"]), answer["each"])

    def take(self, row: int, answers: Sequence[Answer]) -> None:
        first, count = self._keys.start, len(self._keys)
        amounts = ExactAmounts(count, self.question.scale)
        water = ExactAmounts(count, VOLUME_SCALE)
        for answer in answers:
            if "number" in answer:
                amounts.merge(answer["number"] - first, answer["amount"])
            if "over" in answer:
                water.merge(answer["over"] - first, answer["water"])
        fates = np.zeros((3, FATES), np.int64)
        mine = np.arange(first + self._bins, self._keys.stop) - self.question.bins
        fates[:, mine] = amounts.parts[:, self._bins :]
        self._gone += fates[:, STAYING:]
        if not self.question.is_look(row):
            return
        inside = amounts.parts[:, : self._bins].sum(axis=1, keepdims=True)
        self._budget.append(np.concatenate([inside, fates[:, :STAYING], self._gone], axis=1))
        if self.looks_taken % self.looks_in_period == 0:
            for name, values in self._blank(count).items():
                self._periods[name].append(values)
        self.looks_taken += 1
        self._add(amounts.values(), water.values())

    def _blank(self, count: int) -> State:
        return {
            **{name: np.zeros(count) for name in KEPT},
            "wet": np.zeros(count, np.int32),
            "above": np.zeros((len(self.thresholds), count), np.int32),
        }

    def _add(self, amount: np.ndarray, volume: np.ndarray) -> None:
        """One look to its period. Looks come in order, so that sums of doubles are the same whoever makes them."""
        now = {name: periods[-1] for name, periods in self._periods.items()}
        wet = volume > 0
        concentration = np.divide(amount, volume, out=np.zeros_like(amount), where=wet)
        now["concentration"] += concentration
        np.maximum(now["maximum"], concentration, out=now["maximum"])
        now["amount"] += amount
        now["volume"] += volume
        now["wet"] += wet
        for above, threshold in zip(now["above"], self.thresholds, strict=True):
            above += concentration > threshold

    def state(self) -> State:
        blank = self._blank(len(self._keys))
        return {
            **{
                name: np.array(periods, blank[name].dtype).reshape(len(periods), *blank[name].shape)
                for name, periods in self._periods.items()
            },
            "budget": np.array(self._budget, np.int64).reshape(-1, 3, 1 + FATES),
            "gone": self._gone,
            "looks_taken": np.array(self.looks_taken),
        }

    def restore(self, state: State) -> None:
        self._periods = {name: [*state[name].copy()] for name in self._periods}
        self._budget, self._gone = [*state["budget"]], state["gone"].copy()
        self.looks_taken = int(state["looks_taken"])
        check_periods(self.looks_taken, self.looks_in_period, *self._periods.values())
        if len(self._budget) != self.looks_taken:
            raise ValueError("its budget is not that of its looks")

    found = state

    def described(self, scene: Context, found: State) -> Iterator[FileVariable]:
        yield from described(self, scene, found)

    def summary(self, scene: Context, found: State) -> Iterator[str]:
        yield from summary(self, found)

    def budget(self, found: State) -> dict[str, np.ndarray]:
        """What is where at each look, float64 (look,), and what was lost to decay: what is left of what was released."""
        scale, budget = self.question.scale, np.moveaxis(found["budget"], 1, 0)
        released = self.released[:, : len(found["budget"])]
        lost = values_of(released - budget.sum(axis=2), scale)
        named = zip(PLACES, np.moveaxis(values_of(budget, scale), 1, 0), strict=True)
        return {"released": values_of(released, scale), **dict(named), "decayed": lost}


# of the budget, as they stand in it
PLACES = ("inside", "on_dry", "on_shore", "on_bed", "outside", "settled", "exited", "dead")
