"""What a statistic is: a question that everyone answers about the particles they see, and an account that
rank 0 keeps of it.

Questions travel to the workers, and are asked of tracks in the same way. Answers are whole numbers and exact
sums, or lists of particles, and belong to one time of records: an account takes those of all who were asked,
and the next time comes after it. So no number depends on how many there are.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from fvdrift.orders import Answer

from .context import Context
from .variables import FileVariable

State = dict[str, np.ndarray]


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
    def described(self, scene: Context) -> Iterator[FileVariable]:
        """The variables of the file, named `name`_something, with their dimensions."""

    @abstractmethod
    def summary(self, scene: Context) -> Iterator[str]:
        """What was found, in a few lines for a person."""


def check_numbers(first: int, end: int, *columns: np.ndarray) -> None:
    """Raises ValueError where numbers in columns are not from `first` to before `end`."""
    for column in columns:
        if len(column) and not first <= column.min() <= column.max() < end:
            raise ValueError(f"has {column.min()} to {column.max()} where there are {first} to {end - 1}")


def joined(answers: Sequence[Answer], name: str) -> np.ndarray:
    """One column of all answers."""
    return np.concatenate([answer[name] for answer in answers])
