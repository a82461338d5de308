"""Density and exposure: particles counted in cells, by time and by age. Where the cells lie is `places`'
business."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from fvdrift.orders import Answer
from fvdrift.tools.duration import SECOND
from fvdrift_kernels.state import ACTIVE

from .asked import WHOLE_RUN, Asked
from .base import Account, Cut, Keyed, State
from .context import Context
from .count_in_cells import CountInCells
from .exact_times import ExactTimes
from .newcomers import Newcomers
from .places import Elements, element_areas
from .shares import AccountPlan
from .variables import FileVariable, age_classes, axes, grid_coordinate, time_coordinate


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

    keyed: ClassVar[Keyed] = {"bin": ("count",), "before_bin": ("before",), "after_bin": ("after",)}
    cut: ClassVar[Cut] = {"counts": 1, "times": 2, "after": 1, "seconds": 1}

    def __init__(
        self, name: str, question: CountInCells, scene: Context, keys: range, *, looks_in_period: int
    ):
        self.name, self.exposing = name, question.timed
        self.question, self.looks_in_period = question, looks_in_period
        self._first, self.bins = keys.start, len(keys)
        self.counts: list[np.ndarray] = []
        self.times: list[ExactTimes] = []
        self._after = ExactTimes((self.bins if self.exposing else 0,))  # counts once there is another look
        self.looks_taken = 0

    @classmethod
    def completed(cls, question: CountInCells, scene: Context, row: int, answer: Answer) -> Iterator[Answer]:
        if question.is_look(row) and question.needs_element and len(answer["x"]):
            yield question.tally(row, scene.finder(answer["x"], answer["y"]), answer["age"])

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
        nothing = question.tally(0, np.empty(0, np.int64), np.empty(0, np.int64))
        for places in newcomers.between(now - looks.every, now, choice.releases):
            cell = find(places.x, places.y)
            known = cell >= 0
            born = scene.origins.born[scene.origins.at(places.id[known])]
            cell = cell[known].astype(np.int64)
            bins, parts = question.times(cell, np.zeros_like(cell), (now - born) // 2)
            yield {**nothing, "before_bin": bins, "before": parts}

    def take(self, row: int, answers: Sequence[Answer]) -> None:
        if not self.question.is_look(row):
            return
        if self.exposing:
            self._add_times(answers)
        if self.looks_taken % self.looks_in_period == 0:
            self.counts.append(np.zeros(self.bins, np.int64))
            self.times.append(ExactTimes(self._after.parts.shape[1:]))
        self.looks_taken += 1
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
        return {
            "counts": counts,
            "times": times,
            "after": self._after.parts,
            "looks_taken": np.array(self.looks_taken),
        }

    def restore(self, state: State) -> None:
        self.counts, self.looks_taken = list(state["counts"]), int(state["looks_taken"])
        self._after.parts = state["after"].copy()
        self.times = [ExactTimes(self._after.parts.shape[1:]) for _ in state["times"]]
        for of_one, parts in zip(self.times, state["times"], strict=True):
            of_one.parts = parts.copy()
        if not len(self.counts) == len(self.times) == -(-self.looks_taken // self.looks_in_period):
            raise ValueError("its periods are not those of its looks")

    def _looks_of(self, found: State) -> np.ndarray:
        """Looks in each period, int64 (period,)."""
        full, rest = divmod(int(found["looks_taken"]), self.looks_in_period)
        return np.array([self.looks_in_period] * full + [rest] * (rest > 0), np.int64)

    def found(self) -> State:
        """counts: (period, bin); seconds: the same of exposures."""
        seconds = np.array([of_one.seconds() for of_one in self.times], np.float64)
        return {
            "looks_taken": np.array(self.looks_taken),
            "counts": np.array(self.counts, np.int64).reshape(-1, self.bins),
            "seconds": seconds.reshape(len(self.times), self._after.parts.shape[1]),
        }

    def described(self, scene: Context, found: State) -> Iterator[FileVariable]:
        looked, looks_of = int(found["looks_taken"]), self._looks_of(found)
        yield from self._times(scene, looked, looks_of)
        aged = self.question.ages is not None
        if self.question.ages is not None:
            edges = self.question.ages / SECOND
            yield from age_classes(self.name, edges)
        dimensions, shape, areas, places = self._places(scene)
        yield from places
        leading = (f"{self.name}_time", *((f"{self.name}_age",) if aged else ()))
        counts = found["counts"].reshape(-1, *((self.question.classes,) if aged else ()), areas.size)
        counts = counts[..., self._order(scene)] if self.question.needs_element else counts
        counts = counts.reshape(*counts.shape[:-1], *shape)
        dimensions = (*leading, *dimensions)
        located = {"mesh": "mesh", "location": "face"} if self.question.needs_element else {}
        located |= {"coordinates": " ".join(f"mesh_face_{axis}" for axis in axes(scene))} if located else {}
        said = {
            "long_name": "particles counted, summed over the looks of the period",
            "units": "1",
            **located,
        }
        yield FileVariable(f"{self.name}_count", dimensions, counts, said)
        if self.exposing:
            times = found["seconds"].reshape(-1, *((self.question.classes,) if aged else ()), areas.size)
            times = times[..., self._order(scene)] if self.question.needs_element else times
            seconds = times.reshape(counts.shape)
            said = {
                "long_name": "exposure: time that particles were there, summed over them",
                "units": "s",
                **located,
            }
            yield FileVariable(
                f"{self.name}_exposure", dimensions, seconds, {**said, "cell_methods": f"{leading[0]}: sum"}
            )
        else:
            looks = looks_of.reshape(-1, *[1] * (counts.ndim - 1))
            said = {
                "long_name": "density: particles over the area of the cell, mean of the looks",
                "units": "m-2",
                **located,
            }
            said |= {"cell_methods": f"{leading[0]}: mean"}
            yield FileVariable(f"{self.name}_density", dimensions, counts / looks / areas, said)

    def _times(self, scene: Context, looked: int, looks_of: np.ndarray) -> Iterator[FileVariable]:
        """The first look of each period; and from it to the last, or for exposure to the first of the next if
        there is one."""
        looks, ends = self.question.looks, np.cumsum(looks_of)
        first = np.array(
            [looks.time(int(end - count)) for end, count in zip(ends, looks_of, strict=True)], np.int64
        )
        behind = ends - 1 if not self.exposing else np.minimum(ends, looked - 1)
        last = np.array([looks.time(int(look)) for look in behind], np.int64)
        bounded = self.exposing or self.looks_in_period > 1
        yield from time_coordinate(
            f"{self.name}_time", scene, first, np.stack([first, last], axis=-1) if bounded else None
        )

    def _places(
        self, scene: Context
    ) -> tuple[tuple[str, ...], tuple[int, ...], np.ndarray, list[FileVariable]]:
        """Dimensions, their lengths, areas and coordinates of the cells."""
        cells = self.question.cells
        if isinstance(cells, Elements):
            areas = element_areas(scene.mesh())[self._order(scene)]
            return ("mesh_face",), (cells.cells,), areas, []
        names = tuple(f"{self.name}_{axis}" for axis in reversed(axes(scene)))
        coordinates = [
            found
            for name, axis, edges in zip(names, reversed(axes(scene)), reversed(cells.edges), strict=True)
            for found in grid_coordinate(name, axis, edges)
        ]
        areas = cells.areas()
        said = {"long_name": "area of the cell", "standard_name": "cell_area", "units": "m2"}
        return (
            names,
            areas.shape,
            areas,
            [*coordinates, FileVariable(f"{self.name}_cell_area", names, areas, said)],
        )

    def _order(self, scene: Context) -> np.ndarray:
        """Elements along the curve, in the order of the file."""
        return np.argsort(scene.mesh().file_element)

    def summary(self, scene: Context, found: State) -> Iterator[str]:
        counts, looked = found["counts"], int(found["looks_taken"])
        where = "elements" if self.question.needs_element else "cells"
        cells = self.question.cells.cells
        busy = np.count_nonzero(counts.sum(axis=0).reshape(-1, cells).any(axis=0))
        seconds = float(found["seconds"].sum())
        hours = f" ({seconds / 3600:,.4g} particle-hours)" if self.exposing else ""
        yield f"{counts.sum():,} particles counted in {looked:,} looks{hours}, in {busy:,} of {cells:,} {where}"
