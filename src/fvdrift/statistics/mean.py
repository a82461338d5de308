"""Means of a variable along particles, in cells or polygons, by age and time: and how many values there are, their
spread and extremes.

Values of a look are taken in ascending order, bin by bin, and looks one after the other: so it makes no difference to
any bit who has seen which particle. Spread is put together from look to look as Chan, Golub & LeVeque 1983 (The American
Statistician 37, 242) do it, without the difference of large numbers.
"""

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.orders import Answer
from fvdrift.tools.duration import SECOND

from .asked import WHOLE_RUN, Asked
from .base import Account, Cut, Keyed, State, check_periods, joined
from .cell_axes import cell_axes, looks_of_periods, period_times
from .context import Context
from .mean_in_cells import LEFT_OPEN, MeanInCells
from .shares import AccountPlan
from .table import columns
from .variables import FileVariable, age_classes, name_table

NUMBERS = ("count", "mean", "square", "least", "greatest")  # square: sum of squares of what is off the mean


def plan(asked: Asked) -> AccountPlan:
    """Of the variable that is asked about. Raises RunFileError."""
    block = asked.block
    assert block.variable is not None
    if block.polygons is not None and block.box is not None:
        raise RunFileError(f"{asked.place}: takes the cells of a grid or polygons, not both")
    together = asked.together(WHOLE_RUN)
    ages = None if block.ages is None else np.array(block.ages, np.int64)
    zones = asked.zones()
    cells = asked.cells() if zones is None else None
    question = MeanInCells(asked.looks, asked.choice, block.variable, cells, zones, ages)
    asked.check_size(together, question.count, 8 * len(NUMBERS))
    bins = range(question.classes * question.count)
    return AccountPlan(
        MeanAccount,
        asked.name,
        question,
        bins,
        {"looks_in_period": together, "units": asked.unit(block.variable)},
    )


class MeanAccount(Account):
    """By period: NUMBERS, float64 (period, bin)."""

    keyed: ClassVar[Keyed] = {"bin": ("value",)}
    cut: ClassVar[Cut] = dict.fromkeys(NUMBERS, 1)
    left_open: ClassVar[tuple[str, ...]] = LEFT_OPEN
    question: MeanInCells

    def __init__(
        self,
        name: str,
        question: MeanInCells,
        scene: Context,
        keys: range,
        *,
        looks_in_period: int,
        units: str,
    ):
        self.name, self.question, self._together, self._units = name, question, looks_in_period, units
        self._first, self._bins = keys.start, len(keys)
        self._periods: list[dict[str, np.ndarray]] = []
        self.looks_taken = 0

    @classmethod
    def completed(cls, question: MeanInCells, scene: Context, row: int, answer: Answer) -> Iterator[Answer]:
        if len(answer.get("x", ())):
            yield question.told(scene.finder(answer["x"], answer["y"]), answer["age_class"], answer["each"])

    def take(self, row: int, answers: Sequence[Answer]) -> None:
        if not self.question.is_look(row):
            return
        if self.looks_taken % self._together == 0:
            blank = dict.fromkeys(NUMBERS, 0.0) | {"least": np.inf, "greatest": -np.inf}
            self._periods.append({name: np.full(self._bins, value) for name, value in blank.items()})
        self.looks_taken += 1
        some = [answer for answer in answers if len(answer.get("bin", ()))]
        if some:
            self._add(joined(some, "bin") - self._first, joined(some, "value") + 0.0)

    def _add(self, bins: np.ndarray, values: np.ndarray) -> None:
        """The values of one look to its period."""
        order = np.lexsort((values, bins))
        bins, values = bins[order], values[order]
        there, first = np.unique(bins, return_index=True)
        last = np.append(first[1:], len(bins)) - 1
        place = np.repeat(np.arange(len(there)), last - first + 1)
        count = (last - first + 1).astype(np.float64)
        mean = np.bincount(place, values) / count
        square = np.bincount(place, (values - mean[place]) ** 2)
        now = self._periods[-1]
        before, apart = now["count"][there], mean - now["mean"][there]
        both = before + count
        now["mean"][there] += apart * (count / both)
        now["square"][there] += square + apart**2 * (before * count / both)
        now["count"][there] = both
        now["least"][there] = np.minimum(now["least"][there], values[first])
        now["greatest"][there] = np.maximum(now["greatest"][there], values[last])

    def state(self) -> State:
        found = {
            name: np.array([period[name] for period in self._periods], np.float64).reshape(-1, self._bins)
            for name in NUMBERS
        }
        return {**found, "looks_taken": np.array(self.looks_taken)}

    def restore(self, state: State) -> None:
        self.looks_taken = int(state["looks_taken"])
        columns = [state[name].copy() for name in NUMBERS]
        self._periods = [dict(zip(NUMBERS, rows, strict=True)) for rows in zip(*columns, strict=True)]
        check_periods(self.looks_taken, self._together, self._periods)

    found = state

    def described(self, scene: Context, found: State) -> Iterator[FileVariable]:
        name, question = self.name, self.question
        looks_of = looks_of_periods(int(found["looks_taken"]), self._together)
        yield from period_times(
            f"{name}_time", scene, question.looks, looks_of, bounded=self._together > 1, onward=False
        )
        aged: tuple[str, ...] = ()
        shape = found["count"].shape[:1]
        if question.ages is not None:
            yield from age_classes(name, question.ages / SECOND)
            aged, shape = (f"{name}_age",), (*shape, question.classes)
        numbers = {key: values.reshape(*shape, question.count) for key, values in _known(found).items()}
        dimensions: tuple[str, ...] = (f"{name}_polygon",)
        located = {"coordinates": f"{name}_polygon_name"}
        if question.polygons is not None:
            yield name_table(
                f"{name}_polygon_name", f"{name}_polygon", question.polygons.names, "names of the polygons"
            )
        if question.cells is not None:
            cells = cell_axes(name, scene, question.cells)
            yield from cells.variables
            dimensions, located = cells.dimensions, cells.located
            numbers = {key: cells.in_file(values) for key, values in numbers.items()}
        what = question.variable
        for key, words in (
            (
                "count",
                f"values of {what}: particles that had one, summed over the sampling times of the period",
            ),
            ("mean", f"mean {what} of particles"),
            ("deviation", f"standard deviation of {what} of particles"),
            ("minimum", f"minimum {what} of particles"),
            ("maximum", f"maximum {what} of particles"),
        ):
            units = "1" if key == "count" else self._units
            said = {"long_name": words, **({"units": units} if units else {}), **located}
            yield FileVariable(f"{name}_{key}", (f"{name}_time", *aged, *dimensions), numbers[key], said)

    def summary(self, scene: Context, found: State) -> Iterator[str]:
        question, what = self.question, self.question.variable
        unit = f" {self._units}" if self._units not in ("", "1") else ""
        counts = found["count"]
        total = counts.sum()
        if not total:
            yield f"no values of {what}"
            return
        mean = float((found["mean"] * counts).sum() / total)
        busy = np.count_nonzero(counts.sum(axis=0).reshape(-1, question.count).any(axis=0))
        where = (
            "polygons" if question.polygons is not None else "elements" if question.needs_element else "cells"
        )
        least, greatest = found["least"].min(), found["greatest"].max()
        yield (
            f"{total:,.0f} values of {what}, mean {mean:.6g}{unit}, {least:.6g} to {greatest:.6g}, "
            f"in {busy:,} of {question.count:,} {where}"
        )
        if question.polygons is not None:
            by = counts.reshape(len(counts), -1, question.count)
            sums = (found["mean"].reshape(by.shape) * by).sum(axis=(0, 1))
            rows = [
                (name, f"{n:,.0f}", f"{sums[k] / n:.6g}" if n else "-")
                for k, (name, n) in enumerate(zip(question.polygons.names, by.sum(axis=(0, 1)), strict=True))
            ]
            yield from columns(("polygon", "values", f"mean {what}"), rows)


def _known(found: State) -> dict[str, np.ndarray]:
    """As the file has them: NaN of no value."""
    count = found["count"]
    some = count > 0
    spread = np.sqrt(np.divide(found["square"], count, out=np.full(count.shape, np.nan), where=some))
    given = {
        "mean": found["mean"],
        "deviation": np.where(count > 1, spread, np.nan),  # one value has none
        "minimum": found["least"],
        "maximum": found["greatest"],
    }
    return {"count": count.astype(np.int64)} | {key: np.where(some, v, np.nan) for key, v in given.items()}
