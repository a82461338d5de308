"""What a statistic is: a question that everyone answers about the particles they see, and an account that is
kept of it.

Questions travel to the workers, and are asked of tracks in the same way. Answers are whole numbers and exact
sums, or lists of particles, and belong to one time of records: an account takes those of all who were asked,
and the next time comes after it. So no number depends on how many there are.

An account is of a range of keys, numbers of particles or of cells: of all, or of a share (`shares`).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from fvdrift.orders import Answer

from .context import Context
from .newcomers import Newcomers, Places
from .variables import FileVariable

State = dict[str, np.ndarray]
Keyed = Mapping[str, tuple[str, ...]]
Cut = dict[str, int | str]
SUM, LEAST = (
    "sum",
    "least",
)  # what stands in place of an axis where shares are added up, or the least of them counts
NEVER = np.iinfo(np.int64).max  # the least of none


class Account(ABC):
    """What all that was said of some keys has come to.

    keyed: by column of keys of an answer, ascending: the columns that go with it, keys along their last axis;
    none where an answer is not to be cut. cut: by name in `state` and `found`: the axis along which keys lie, SUM,
    or LEAST (of int64); what has none is the same in all shares. left_open: columns of answers of which something has
    to be `completed`, all as long. bytes_each: what it keeps of each particle; wants_starts: whether it is told where
    newcomers were released.
    """

    keyed: ClassVar[Keyed] = {}
    cut: ClassVar[Cut] = {}
    left_open: ClassVar[tuple[str, ...]] = ("x", "y", "age")
    bytes_each: ClassVar[int] = 0
    wants_starts: ClassVar[bool] = False
    name: str
    question: Any  # of its own kind

    @abstractmethod
    def __init__(self, name: str, question: Any, scene: Context, keys: range, **options: Any):
        """An empty one, of these keys; options: more that its kind needs."""

    @classmethod
    def bytes_of(cls, question: Any) -> int:
        """What it keeps of each particle for this question."""
        return cls.bytes_each

    @classmethod
    def completed(cls, question: Any, scene: Context, row: int, answer: Answer) -> Iterator[Answer]:
        """What is to be said beside an answer that leaves something open; who says it knows the whole mesh."""
        return iter(())

    @classmethod
    def unseen(cls, question: Any, scene: Context, row: int, newcomers: Newcomers) -> Iterator[Answer]:
        """What is to be said of a row that only those who know of newcomers can say."""
        return iter(())

    def looked(self) -> int | None:
        """How many looks there were so far; None where they are not counted."""
        return getattr(self, "looks_taken", None)

    @abstractmethod
    def take(self, row: int, answers: Sequence[Answer]) -> None:
        """Those of all who were asked, for one row; rows come in order."""

    def started_at(self, places: Places) -> None:
        """Where newcomers are released, in the order of their numbers; those of other shares among them."""
        return

    def end(self, time: int, answers: Sequence[Answer]) -> None:
        """Those at END, microseconds, after the last row. May come again to an account that was restored."""
        return

    @abstractmethod
    def state(self) -> State:
        """All it knows, to go on from later."""

    @abstractmethod
    def restore(self, state: State) -> None:
        """Go on from `state`: arrays of the same names and types. Raises ValueError where their lengths don't
        fit."""

    @abstractmethod
    def found(self) -> State:
        """What the numbers of the file are made of, for any number of particles: that of all shares together is
        that of the whole."""

    @abstractmethod
    def described(self, scene: Context, found: State) -> Iterator[FileVariable]:
        """The variables of the file, named `name`_something, with their dimensions; found: of all keys."""

    @abstractmethod
    def summary(self, scene: Context, found: State) -> Iterator[str]:
        """What was found, in a few lines for a person."""


def check_numbers(first: int, end: int, *columns: np.ndarray) -> None:
    """Raises ValueError where numbers in columns are not from `first` to before `end`."""
    for column in columns:
        if len(column) and not first <= column.min() <= column.max() < end:
            raise ValueError(f"has {column.min()} to {column.max()} where there are {first} to {end - 1}")


def check_periods(looks: int, together: int, *of_each: Sequence[Any]) -> None:
    """Raises ValueError where there are not as many periods as so many looks have, `together` in each."""
    if any(len(periods) != -(-looks // together) for periods in of_each):
        raise ValueError("its periods are not those of its looks")


def joined(answers: Sequence[Answer], name: str) -> np.ndarray:
    """One column of all answers."""
    return np.concatenate([answer[name] for answer in answers])
