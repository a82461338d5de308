"""Density and exposure: particles counted in cells, by time and by age. Where the cells lie is `places`'
business."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from fvdrift.orders import Answer
from fvdrift.tools.duration import SECOND
from fvdrift_kernels.state import ACTIVE

from .asked import WHOLE_RUN, Asked
from .base import Account, Cut, Keyed, State, check_periods
from .cell_axes import cell_axes, looks_of_periods, period_times
from .context import Context
from .count_in_cells import CountInCells
from .exact_times import ExactTimes
from .newcomers import Newcomers
from .places import Elements
from .shares import AccountPlan
from .variables import FileVariable, age_classes


def plan(asked: Asked) -> AccountPlan:
    """Of a density or an exposure. Raises RunFileError."""
    exposing, cells, ages = asked.block.kind == "exposure", asked.cells(), asked.block.ages
    together = asked.together(WHOLE_RUN if exposing else 1)
    asked.check_size(together, cells.cells, 24 if exposing else 8)
    edges = None if ages is None else np.array(ages, np.int64)
    question = CountInCells(asked.looks, asked.choice, cells, edges, exposing)
    bins = range(question.classes * cells.cells)
    return AccountPlan(CellAccount, asked.name, question, bins, {"looks_in_period": together})


class CellAccount(Account):
    """Counts and times summed over the looks of each period: (period, bin), bins class by class, cell by
    cell."""

    keyed: ClassVar[Keyed] = {
        "bin": ("count",),
        "settled_bin": ("settled",),
        "before_bin": ("before",),
        "after_bin": ("after",),
    }
    left_open: ClassVar[tuple[str, ...]] = ("x", "y", "age", "status")
    cut: ClassVar[Cut] = {"counts": 1, "settled": 0, "times": 2, "after": 1, "seconds": 1}

    def __init__(
        self, name: str, question: CountInCells, scene: Context, keys: range, *, looks_in_period: int
    ):
        self.name, self.exposing = name, question.timed
        self.question, self.looks_in_period = question, looks_in_period
        self._first, self.bins = keys.start, len(keys)
        self.counts: list[np.ndarray] = []
        self._settled = np.zeros(self.bins if question.keeps_settled else 0, np.int64)  # up to now
        self.times: list[ExactTimes] = []
        self._after = ExactTimes((self.bins if self.exposing else 0,))  # counts once there is another look
        self.looks_taken = 0

    @classmethod
    def completed(cls, question: CountInCells, scene: Context, row: int, answer: Answer) -> Iterator[Answer]:
        if question.needs_element and len(answer["x"]):
            cell = scene.finder(answer["x"], answer["y"])
            yield question.tally(row, cell, answer["age"], answer["status"])

    @classmethod
    def unseen(
        cls, question: CountInCells, scene: Context, row: int, newcomers: Newcomers
    ) -> Iterator[Answer]:
        """Of particles released since the last look half of their age counts where they were released."""
        looks, choice = question.looks, question.choice
        if not (question.is_look(row) and question.needs_starts and row and choice.status[ACTIVE]):
            return
        now, cells = int(looks.times[row]), question.cells
        find = scene.finder if isinstance(cells, Elements) else cells.at
        nothing = question.tally(0, *np.empty((3, 0), np.int64))
        for places in newcomers.between(now - looks.every, now, choice.releases):
            cell = find(places.x, places.y)
            known = cell >= 0
            born = scene.origins.born[scene.origins.at(places.id[known])]
            cell = cell[known].astype(np.int64)
            bins, parts = question.times(cell, np.zeros_like(cell), (now - born) // 2)
            yield {**nothing, "before_bin": bins, "before": parts}

    def take(self, row: int, answers: Sequence[Answer]) -> None:
        if self.question.keeps_settled:
            for answer in answers:
                self._settled[answer["settled_bin"] - self._first] += answer["settled"]
        if not self.question.is_look(row):
            return
        if self.exposing:
            self._add_times(answers)
        if self.looks_taken % self.looks_in_period == 0:
            self.counts.append(np.zeros(self.bins, np.int64))
            self.times.append(ExactTimes(self._after.parts.shape[1:]))
        self.looks_taken += 1
        if self.question.keeps_settled:
            self.counts[-1] += self._settled
        for answer in answers:
            self.counts[-1][answer["bin"] - self._first] += answer["count"]

    def _add_times(self, told: Sequence[Answer]) -> None:
        """The time since the look before goes to its period."""
        if self.looks_taken:
            self.times[-1].parts += self._after.parts
            for answer in told:
                self.times[-1].merge(answer["before_bin"] - self._first, answer["before"])
        self._after.parts[:] = 0
        for answer in told:
            self._after.merge(answer["after_bin"] - self._first, answer["after"])

    def state(self) -> State:
        counts = np.array(self.counts, np.int64).reshape(-1, self.bins)
        times = np.array([of_one.parts for of_one in self.times], np.int64).reshape(
            len(self.times), *self._after.parts.shape
        )
        settled = {"settled": self._settled} if self.question.keeps_settled else {}
        return {
            **settled,
            "counts": counts,
            "times": times,
            "after": self._after.parts,
            "looks_taken": np.array(self.looks_taken),
        }

    def restore(self, state: State) -> None:
        self.counts, self.looks_taken = list(state["counts"]), int(state["looks_taken"])
        self._after.parts = state["after"].copy()
        if self.question.keeps_settled:
            self._settled = state["settled"].copy()
        self.times = [ExactTimes(self._after.parts.shape[1:]) for _ in state["times"]]
        for of_one, parts in zip(self.times, state["times"], strict=True):
            of_one.parts = parts.copy()
        check_periods(self.looks_taken, self.looks_in_period, self.counts, self.times)

    def found(self) -> State:
        """counts: (period, bin); seconds: the same of exposures."""
        seconds = np.array([of_one.seconds() for of_one in self.times], np.float64)
        return {
            "looks_taken": np.array(self.looks_taken),
            "counts": np.array(self.counts, np.int64).reshape(-1, self.bins),
            "seconds": seconds.reshape(len(self.times), self._after.parts.shape[1]),
        }

    def described(self, scene: Context, found: State) -> Iterator[FileVariable]:
        question, name, onward = self.question, self.name, self.exposing
        looks_of = looks_of_periods(int(found["looks_taken"]), self.looks_in_period)
        bounded = onward or self.looks_in_period > 1
        yield from period_times(
            f"{name}_time", scene, question.looks, looks_of, bounded=bounded, onward=onward
        )
        if question.ages is not None:
            yield from age_classes(name, question.ages / SECOND)
        cells = cell_axes(name, scene, question.cells)
        yield from cells.variables
        classes = () if question.ages is None else (question.classes,)
        dimensions = (f"{name}_time", *((f"{name}_age",) if classes else ()), *cells.dimensions)
        counts = cells.in_file(found["counts"].reshape(-1, *classes, question.cells.cells))
        said = {"long_name": "particles counted, summed over the sampling times of the period", "units": "1"}
        yield FileVariable(f"{name}_count", dimensions, counts, {**said, **cells.located})
        if self.exposing:
            seconds = cells.in_file(found["seconds"].reshape(-1, *classes, question.cells.cells))
            said = {"long_name": "exposure: time that particles were there, summed over them", "units": "s"}
            said |= {**cells.located, "cell_methods": f"{name}_time: sum"}
            yield FileVariable(f"{name}_exposure", dimensions, seconds, said)
        else:
            looks = looks_of.reshape(-1, *[1] * (counts.ndim - 1))
            said = {
                "long_name": "density: particles over the area of the cell, mean of the sampling times",
                "units": "m-2",
            }
            said |= {**cells.located, "cell_methods": f"{name}_time: mean"}
            yield FileVariable(f"{name}_density", dimensions, counts / looks / cells.areas, said)

    def summary(self, scene: Context, found: State) -> Iterator[str]:
        counts, looked = found["counts"], int(found["looks_taken"])
        where = "elements" if self.question.needs_element else "cells"
        cells = self.question.cells.cells
        busy = np.count_nonzero(counts.sum(axis=0).reshape(-1, cells).any(axis=0))
        seconds = float(found["seconds"].sum())
        hours = f" ({seconds / 3600:,.4g} particle-hours)" if self.exposing else ""
        yield f"{counts.sum():,} particles counted at {looked:,} sampling times{hours}, in {busy:,} of {cells:,} {where}"
