"""What all ranks do together before there is a crew: rank 0 asks, each does its part, and rank 0 has the answers.
How they hear of it is known to `transport`."""

from typing import Any, Protocol

import numpy as np

from fvdrift.errors import FvdriftError

from .messages import Refusal


class Team(Protocol):
    """All ranks, for one of them. What is not of one rank is called by all, at the same time."""

    rank: int

    def told(self, value: Any) -> list[Any]:
        """What each says, by rank; small."""

    def summed(self, numbers: np.ndarray) -> np.ndarray:
        """The sum of all arrays, on rank 0."""

    def united(self, bits: np.ndarray) -> np.ndarray:
        """The bits that any has set, on rank 0. bits: uint8."""


class Errand(Protocol):
    """Plain data that is called on every rank. What goes wrong on one must not keep it from what all call
    together."""

    def __call__(self, team: Team) -> Any:
        """The answer of this rank, for rank 0; a Refusal for all to leave with."""


class Errands(Protocol):
    """Rank 0's side."""

    def ask(self, errand: Errand) -> list[Any]:
        """The answers of all, by rank. Raises FvdriftError for the first Refusal."""


class OneProcess:
    """A team, and its errands, where there are no other ranks."""

    rank = 0

    def told(self, value: Any) -> list[Any]:
        return [value]

    def summed(self, numbers: np.ndarray) -> np.ndarray:
        return numbers

    def united(self, bits: np.ndarray) -> np.ndarray:
        return bits

    def ask(self, errand: Errand) -> list[Any]:
        return sound([answered(errand, self)])


def answered(errand: Errand, team: Team) -> Any:
    """The answer of this rank: a Refusal where it fails, as the others wait for an answer too."""
    try:
        return errand(team)
    except FvdriftError as error:
        return Refusal(str(error), error.exit_code)


def sound(answers: list[Any]) -> list[Any]:
    """The same, where none is a Refusal. Raises FvdriftError."""
    for answer in answers:
        if isinstance(answer, Refusal):
            raise answer.as_error()
    return answers
