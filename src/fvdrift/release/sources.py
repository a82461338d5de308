"""What a [[release]] block gives before its times are set: parts, rows of points, names. Not the files they
come from.

Every reader here raises ValueError with a sentence that has no file name yet: who called it knows file, line
and key.
"""

import math
from array import array
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from fvdrift.mesh import DEPTH_KINDS, Points, Shape, ToRun, to_run_checked
from fvdrift.settings import Depth

MOST_PARTICLES = 10**11  # a hundred times what anyone has run; keeps sums of counts far from 64 bits
PER_POINT = -1  # instead of a release or depth kind: each point of the shape has its own


class Written(NamedTuple):
    """Where a shape is in the words of the person: its points or corners, float64 (point,), in `coordinates`;
    places: lines of a file, int64 (point,), 0 where there is none."""

    coordinates: str
    x: np.ndarray
    y: np.ndarray
    places: np.ndarray | None = None


class Part(NamedTuple):
    """One shape and how many particles start in it each time; release and depth are PER_POINT and None for
    Points."""

    shape: Shape
    particles: int
    release: int
    depth: Depth | None
    written: Written


class Defaults(NamedTuple):
    """What holds where a file says nothing. particles: of one place at one time;
    coordinates: "geographic" or "projected"; stated: the run file says which; amounts: the key of the block that
    says what starts, None: the file may."""

    name: str
    named: bool
    particles: int
    depth: Depth
    radius: float
    coordinates: str
    stated: bool
    amounts: str | None = None


class Names:
    """The table of release names: each name once, in order of first use, and the [[release]] that it is of.
    Rows and features of one file may share a name: they are one release then."""

    def __init__(self) -> None:
        self.index: dict[str, int] = {}
        self._block: dict[str, int] = {}
        self._adding = 0
        self.taken: dict[str, int] = {}

    def begin(self, block: int) -> None:
        """Names that follow are of this [[release]]; `taken` are those of them that an earlier one has, and
        its number."""
        self._adding, self.taken = block, {}

    def __call__(self, name: str) -> int:
        block = self._block.setdefault(name, self._adding)
        if block != self._adding:
            self.taken[name] = block
        return self.index.setdefault(name, len(self.index))

    def __iter__(self) -> Iterator[str]:
        return iter(self.index)


class PointRows:
    """Points gathered one by one into arrays: a million rows of a file are not a million objects."""

    def __init__(self) -> None:
        self.x, self.y, self.upper, self.lower = (array("d") for _ in range(4))
        self.amount = array("d")  # of a whole point; all have one or none has
        self.count, self.place = array("q"), array("q")
        self.release, self.kind = array("i"), array("b")

    def add(
        self,
        x: float,
        y: float,
        count: int,
        release: int,
        depth: Depth,
        place: int = 0,
        amount: float | None = None,
    ) -> None:
        """One point; `place` is its line in the file, for messages; amount: what its particles share."""
        if amount is not None:
            self.amount.append(amount)
        self.x.append(x)
        self.y.append(y)
        self.count.append(count)
        self.place.append(place)
        self.release.append(release)
        self.kind.append(DEPTH_KINDS.index(depth.kind))
        self.upper.append(depth.upper)
        self.lower.append(depth.lower)

    def written(self, coordinates: str) -> Written:
        """Where they are, as they were added."""
        return Written(coordinates, np.array(self.x), np.array(self.y), np.array(self.place))

    def points(self, radius: float, coordinates: str, to_run: ToRun) -> Points:
        """The Points, in the coordinates of the run. Raises Unplaceable for the first that has no place
        there."""
        x, y = to_run_checked(to_run, np.array(self.x), np.array(self.y), coordinates, np.array(self.place))
        end = np.cumsum(np.array(self.count, np.int64))
        if sum(self.count) > MOST_PARTICLES:
            raise ValueError(f"{sum(self.count)} particles are more than I can number ({MOST_PARTICLES})")
        return Points(
            x,
            y,
            end,
            radius,
            np.array(self.release, np.int32),
            np.array(self.kind, np.int8),
            np.array(self.upper),
            np.array(self.lower),
            np.array(self.amount) / np.maximum(self.count, 1) if len(self.amount) else None,
        )


def number_from_text(text: str) -> float:
    """A finite number. Raises ValueError."""
    try:
        value = float(text) if "_" not in text else math.nan
    except ValueError:
        value = math.nan
    if not abs(value) <= 1e15:
        raise ValueError("is not a number")
    return value


def count_of(value: float) -> int:
    """A whole number of particles, 0 or more. Raises ValueError."""
    if value % 1 != 0 or not 0 <= value <= MOST_PARTICLES:
        raise ValueError("is not a whole number of particles")
    return int(value)
