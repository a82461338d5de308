"""What a statistic is: a question that everyone answers about the particles they see, and an account that rank 0 keeps of it.

Questions travel to the workers, and are asked of tracks in the same way. Answers are whole numbers and exact sums, or lists of
particles, and belong to one time of records: an account takes those of all who were asked, and the next time comes after it. So
no number depends on how many there are.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .context import Scene
from .observed import Choice, Seen
from .variables import Described

# in place of a row's number: the end of a run that is no output time. Nobody looks then, but who is gone is told
END = -1

Answer = Mapping[str, Any]
State = dict[str, np.ndarray]


class Looks(NamedTuple):
    """When a statistic looks: at every `stride`-th of the records. times: int64 (row,) microseconds of all records, ascending
    (those of a backward run have the opposite sign); every: microseconds from one look to the next."""

    times: np.ndarray
    stride: int
    every: int

    @property
    def number_of(self) -> int:
        """How many looks there are."""
        return -(-len(self.times) // self.stride)

    def time(self, look: int) -> int:
        return int(self.times[look * self.stride])


class Question(ABC):
    """looks; choice: who counts; needs_z, needs_element: what else must be known of particles."""

    looks: Looks
    choice: Choice
    needs_z: bool = False
    needs_element: bool = False

    @abstractmethod
    def answer(self, row: int, seen: Seen) -> Answer | None:
        """What is to be said of the particles seen at a row; None: nothing."""

    def is_look(self, row: int) -> bool:
        return row != END and row % self.looks.stride == 0


class Account(ABC):
    """What all that was said has come to."""

    name: str
    question: Any  # of its own kind

    def looked(self) -> int | None:
        """How many looks there were so far; None where they are not counted."""
        return getattr(self, "looks_taken", None)

    @abstractmethod
    def take(self, row: int, answers: Sequence[Answer]) -> None:
        """Those of all who were asked, for one row; rows come in order."""

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
    def described(self, scene: Scene) -> Iterator[Described]:
        """The variables of the file, named `name`_something, with their dimensions."""

    @abstractmethod
    def story(self, scene: Scene) -> Iterator[str]:
        """What was found, in a few lines for a person."""


def check_numbers(first: int, end: int, *columns: np.ndarray) -> None:
    """Raises ValueError where numbers in columns are not from `first` to before `end`."""
    for column in columns:
        if len(column) and not first <= column.min() <= column.max() < end:
            raise ValueError(f"has {column.min()} to {column.max()} where there are {first} to {end - 1}")


def joined(answers: Sequence[Answer], name: str) -> np.ndarray:
    """One column of all answers."""
    return np.concatenate([answer[name] for answer in answers])
