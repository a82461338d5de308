"""Finite-time Lyapunov exponents: how fast neighbours of a grid of particles have come apart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.mesh import METRES_PER_DEGREE
from fvdrift.orders import Answer, Choice, Looks, Observed, Question
from fvdrift.tools.quantity import shown

from .asked import Asked
from .base import Account, Cut, Keyed, State, joined
from .context import Context
from .shares import AccountPlan
from .variables import COORDINATES, FileVariable, axes


def plan(asked: Asked) -> AccountPlan:
    """Of the grid that one release is. Raises RunFileError."""
    block, place, looks, choice = asked.block, asked.place, asked.looks, asked.choice
    assert block.points is not None
    scene, origins = asked.scene, asked.scene.origins
    chosen = np.flatnonzero(choice.releases)
    if len(chosen) != 1:
        raise RunFileError(f"{place}.releases: a grid of particles is one release: name it")
    mine = np.flatnonzero(origins.release == chosen[0])
    if not len(mine):
        raise RunFileError(f"{place}: release {shown(scene.names[chosen[0]])} has no particles")
    ends = np.append(origins.first, scene.total)
    first, count = int(ends[mine[0]]), int((ends[mine + 1] - ends[mine]).sum())
    columns, rows = block.points
    release = shown(scene.names[chosen[0]])
    if len(mine) != 1:
        raise RunFileError(f"{place}: release {release} starts at more than one time: a grid starts once")
    if count != columns * rows:
        raise RunFileError(
            f"{place}.points: {columns} x {rows} is not {count:,}, the particles of release {release}"
        )
    start = int(np.searchsorted(scene.times, origins.born[mine[0]]))
    if start == len(scene.times) or scene.times[start] != origins.born[mine[0]]:
        raise RunFileError(
            f"{place}: release {release} does not start at an output time: where it starts is not known then"
        )
    end = None if block.after is None else start + block.after // scene.every
    if end is not None and end >= len(scene.times):
        raise RunFileError(f"{place}.after: the run has no record at that age of release {release}")
    question = PlacesOf(looks, choice, start, end)
    mine_alone = range(first, first + count)
    return AccountPlan(FtleAccount, block.title, question, mine_alone, {"points": block.points})


@dataclass(frozen=True)
class PlacesOf(Question):
    """Where the particles of one release are when they start, and at the end; None: at every look, the last
    of which counts."""

    looks: Looks
    choice: Choice
    start_row: int
    end_row: int | None

    def answer(self, row: int, seen: Observed) -> Answer | None:
        if not (row == self.start_row or self.is_end(row)):
            return None
        seen = self.choice.counted(seen)
        return {"id": seen.id, "x": seen.x, "y": seen.y}

    def is_end(self, row: int) -> bool:
        return row == self.end_row if self.end_row is not None else row > self.start_row and self.is_look(row)


class FtleAccount(Account):
    """Particles of one release, `points` columns and rows of them. places: float64 (start or end, x or y,
    particle), NaN where one is not; end_row: the record that the second is of, -1: none yet."""

    keyed: ClassVar[Keyed] = {"id": ("x", "y")}
    cut: ClassVar[Cut] = {"places": 2}
    bytes_each = 32

    def __init__(
        self, name: str, question: PlacesOf, scene: Context, keys: range, *, points: tuple[int, int]
    ):
        self.name, self.question = name, question
        self._first, self._geographic = keys.start, scene.geographic
        self.columns, self.rows = points
        self.places = np.full((2, 2, len(keys)), np.nan)
        self.end_row = -1

    def take(self, row: int, answers: Sequence[Answer]) -> None:
        starting = row == self.question.start_row
        if not (starting or self.question.is_end(row)):
            return
        places = self.places[0 if starting else 1]
        places[:] = np.nan
        self.end_row = self.end_row if starting else row
        if answers:
            ids = joined(answers, "id") - self._first
            places[0, ids], places[1, ids] = joined(answers, "x"), joined(answers, "y")

    def state(self) -> State:
        return {"places": self.places, "end_row": np.array(self.end_row)}

    def restore(self, state: State) -> None:
        self.places, self.end_row = state["places"].copy(), int(state["end_row"])
        if not -1 <= self.end_row < len(self.question.looks.times):
            raise ValueError("its end is none of the records")

    def found(self) -> State:
        return self.state()

    def _seconds(self, found: State) -> float:
        """From start to end; NaN where the run has not come to it."""
        times, end_row = self.question.looks.times, int(found["end_row"])
        return float(times[end_row] - times[self.question.start_row]) / 1e6 if end_row >= 0 else np.nan

    def _exponents(self, found: State) -> np.ndarray:
        """1/s, (row, column)."""
        places = found["places"].reshape(2, 2, self.rows, self.columns)
        return exponents(places[0], places[1], self._seconds(found), self._geographic)

    def described(self, scene: Context, found: State) -> Iterator[FileVariable]:
        name = self.name
        dimensions = (f"{name}_row", f"{name}_column")
        x, y = axes(scene)
        start = found["places"][0].reshape(2, self.rows, self.columns)
        for axis, values in ((x, start[0]), (y, start[1])):
            its = {**COORDINATES[axis], "long_name": f"{axis} of the start"}
            yield FileVariable(f"{name}_{axis}", dimensions, values, its)
        said = {
            "long_name": "finite-time Lyapunov exponent",
            "units": "s-1",
            "coordinates": f"{name}_{y} {name}_{x}",
        }
        yield FileVariable(f"{name}_exponent", dimensions, self._exponents(found), said)
        yield FileVariable(
            f"{name}_age",
            (),
            np.array(self._seconds(found)),
            {"long_name": "age of the particles at the end", "units": "s"},
        )

    def summary(self, scene: Context, found: State) -> Iterator[str]:
        all_of = self._exponents(found)
        known = all_of[np.isfinite(all_of)]
        if not len(known):
            yield "no exponent: the particles were not followed so long"
            return
        yield (
            f"after {self._seconds(found) / 3600:.4g} h: mean {known.mean() * 86400:.4g} per day, "
            f"largest {known.max() * 86400:.4g}, {len(known):,} of {all_of.size:,} points"
        )


def exponents(start: np.ndarray, end: np.ndarray, seconds: float, geographic: bool) -> np.ndarray:
    """1/s, (row, column): ln of the largest stretching over the time (Shadden, Lekien & Marsden 2005, Physica
    D 212, 271).

    start, end: float64 (x or y, row, column). The gradient of the flow map is taken by central differences
    along rows and columns, so it is not known (NaN) at the edges; the grid need not be straight.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        (ax, bx), (ay, by) = _differences(start, geographic)
        (au, bu), (av, bv) = _differences(end, geographic)
        area = ax * by - bx * ay
        # F (a b) = (A B) of the start's and the end's differences along columns (a) and rows (b)
        f11, f12 = (au * by - bu * ay) / area, (bu * ax - au * bx) / area
        f21, f22 = (av * by - bv * ay) / area, (bv * ax - av * bx) / area
        c11, c12, c22 = f11**2 + f21**2, f11 * f12 + f21 * f22, f12**2 + f22**2
        half = 0.5 * (c11 + c22)
        largest = half + np.sqrt(np.maximum((0.5 * (c11 - c22)) ** 2 + c12**2, 0.0))
        exponent: np.ndarray = np.log(np.sqrt(largest)) / seconds
        return exponent


def _differences(places: np.ndarray, geographic: bool) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Metres between neighbours: ((x along columns, x along rows), (y along columns, y along rows))."""
    x, y = places
    per_x = per_y = np.ones_like(x)
    if geographic:
        per_x, per_y = METRES_PER_DEGREE * np.cos(np.radians(y)), np.full_like(y, METRES_PER_DEGREE)
    return tuple((_along(v, 1) * per, _along(v, 0) * per) for v, per in ((x, per_x), (y, per_y)))


def _along(values: np.ndarray, axis: int) -> np.ndarray:
    """Difference of the neighbours on both sides; NaN at the edges, where one is missing. One-sided
    differences there would put the double gyre's largest exponent on its wall."""
    found = np.full_like(values, np.nan)
    inner = np.arange(1, values.shape[axis] - 1)
    np.moveaxis(found, axis, 0)[inner] = np.moveaxis(
        values.take(inner + 1, axis) - values.take(inner - 1, axis), axis, 0
    )
    return found
