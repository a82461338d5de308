"""Density and exposure: particles counted in cells, by time and by age. Where the cells lie is `places`' business."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .described import Described, age_classes, axes, grid_coordinate, time_coordinate
from .places import Boxes, ElementFinder, Elements, element_areas
from .scene import Scene
from .seen import Choice, Seen
from .statistic import Account, Answer, Looks, Question, State, joined

MICROSECONDS = 1e6


@dataclass(frozen=True)
class CountInCells(Question):
    """How many particles of each class of age are in each cell. ages: int64 (class + 1,) microseconds, edges, or None."""

    looks: Looks
    choice: Choice
    cells: Boxes | Elements
    ages: np.ndarray | None

    @property
    def needs_element(self) -> bool:  # type: ignore[override]
        return isinstance(self.cells, Elements)

    def answer(self, row: int, seen: Seen) -> Answer | None:
        if not self.is_look(row):
            return None
        seen = self.choice.counted(seen)
        cell, classes = self.cells.cell(seen), np.zeros(len(seen), np.int64)
        aged = np.ones(len(seen), bool)
        if self.ages is not None:
            classes = np.searchsorted(self.ages, seen.age, side="right") - 1
            aged = (classes >= 0) & (classes < len(self.ages) - 1)
        known = aged & (cell >= 0)
        bins, counts = np.unique(classes[known] * self.cells.cells + cell[known], return_counts=True)
        said = {"bin": bins, "count": counts}
        if self.needs_element:
            unsure = aged & (cell < 0)
            said |= {"x": seen.x[unsure], "y": seen.y[unsure], "class": classes[unsure]}
        return said


class CellAccount(Account):
    """Counts summed over the looks of each period: (period, class, cell).

    finder: where the cells are elements; exposing: whether the result is exposure, not density.
    """

    def __init__(self, name: str, question: CountInCells, looks_in_period: int, finder: ElementFinder | None, exposing: bool):
        self.name, self.exposing = name, exposing
        self.question, self.looks_in_period, self._finder = question, looks_in_period, finder
        self.classes = 1 if question.ages is None else len(question.ages) - 1
        self.counts: list[np.ndarray] = []
        self.looks_taken = 0

    def take(self, row: int, answers: Sequence[Answer]) -> None:
        if not self.question.is_look(row):
            return
        if self.looks_taken % self.looks_in_period == 0:
            self.counts.append(np.zeros(self.classes * self.question.cells.cells, np.int64))
        self.looks_taken += 1
        counts = self.counts[-1]
        for answer in answers:
            counts[answer["bin"]] += answer["count"]
        if self._finder is not None:
            x, y, classes = (joined(answers, name) for name in ("x", "y", "class"))
            cell = self._finder(x, y)
            found = cell >= 0
            np.add.at(counts, classes[found] * self.question.cells.cells + cell[found], 1)

    def state(self) -> State:
        counts = np.array(self.counts, np.int64).reshape(-1, self.classes * self.question.cells.cells)
        return {"counts": counts, "looks_taken": np.array(self.looks_taken)}

    def restore(self, state: State) -> None:
        self.counts, self.looks_taken = list(state["counts"]), int(state["looks_taken"])
        if len(self.counts) != -(-self.looks_taken // self.looks_in_period):
            raise ValueError("its periods are not those of its looks")

    @property
    def looks_of(self) -> np.ndarray:
        """Looks in each period, int64 (period,)."""
        full, rest = divmod(self.looks_taken, self.looks_in_period)
        return np.array([self.looks_in_period] * full + [rest] * (rest > 0), np.int64)

    def described(self, scene: Scene) -> Iterator[Described]:
        yield from self._times(scene)
        aged = self.question.ages is not None
        if self.question.ages is not None:
            edges = self.question.ages / MICROSECONDS
            yield from age_classes(self.name, edges)
        dimensions, shape, areas, places = self._places(scene)
        yield from places
        leading = (f"{self.name}_time", *((f"{self.name}_age",) if aged else ()))
        counts = np.array(self.counts, np.int64).reshape(-1, *((self.classes,) if aged else ()), areas.size)
        counts = counts[..., self._order(scene)] if self.question.needs_element else counts
        counts = counts.reshape(*counts.shape[:-1], *shape)
        dimensions = (*leading, *dimensions)
        located = {"mesh": "mesh", "location": "face"} if self.question.needs_element else {}
        located |= {"coordinates": " ".join(f"mesh_face_{axis}" for axis in axes(scene))} if located else {}
        said = {"long_name": "particles counted, summed over the looks of the period", "units": "1", **located}
        yield Described(f"{self.name}_count", dimensions, counts, said)
        if self.exposing:
            seconds = counts * (self.question.looks.every / MICROSECONDS)
            said = {"long_name": "exposure: particles times the time they were there", "units": "s", **located}
            yield Described(f"{self.name}_exposure", dimensions, seconds, {**said, "cell_methods": f"{leading[0]}: sum"})
        else:
            looks = self.looks_of.reshape(-1, *[1] * (counts.ndim - 1))
            said = {"long_name": "density: particles over the area of the cell, mean of the looks", "units": "m-2", **located}
            said |= {"cell_methods": f"{leading[0]}: mean"}
            yield Described(f"{self.name}_density", dimensions, counts / looks / areas, said)

    def _times(self, scene: Scene) -> Iterator[Described]:
        """The first look of each period; and from it to the last, or for exposure to the look that would follow."""
        looks, ends = self.question.looks, np.cumsum(self.looks_of)
        first = np.array([looks.time(int(end - count)) for end, count in zip(ends, self.looks_of, strict=True)], np.int64)
        last = np.array([looks.time(int(end) - 1) for end in ends], np.int64) + (looks.every if self.exposing else 0)
        bounded = self.exposing or self.looks_in_period > 1
        yield from time_coordinate(f"{self.name}_time", scene, first, np.stack([first, last], axis=-1) if bounded else None)

    def _places(self, scene: Scene) -> tuple[tuple[str, ...], tuple[int, ...], np.ndarray, list[Described]]:
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
        return names, areas.shape, areas, [*coordinates, Described(f"{self.name}_cell_area", names, areas, said)]

    def _order(self, scene: Scene) -> np.ndarray:
        """Elements along the curve, in the order of the file."""
        return np.argsort(scene.mesh().file_element)

    def story(self, scene: Scene) -> Iterator[str]:
        total = sum(int(counts.sum()) for counts in self.counts)
        where = "elements" if self.question.needs_element else "cells"
        cells = self.question.cells.cells
        busy = np.count_nonzero(np.sum(self.counts, axis=0).reshape(-1, cells).any(axis=0)) if self.counts else 0
        hours = total * self.question.looks.every / MICROSECONDS / 3600
        yield (
            f"{total:,} particles counted in {self.looks_taken:,} looks ({hours:,.4g} particle-hours), "
            f"in {busy:,} of {cells:,} {where}"
        )
