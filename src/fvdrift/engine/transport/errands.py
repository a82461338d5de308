"""Errands over MPI: all ranks wait for the next one, until there is something else to hear."""

from typing import Any

import numpy as np
from mpi4py import MPI

from fvdrift.process import broadcast, meet

from ..errands import Errand, answered, sound


class _MpiTeam:
    """All ranks of a communicator."""

    def __init__(self, communicator: MPI.Comm):
        self._communicator, self.rank = communicator, communicator.rank

    def told(self, value: Any) -> list[Any]:
        meet(self._communicator)
        return self._communicator.allgather(value)

    def summed(self, numbers: np.ndarray) -> np.ndarray:
        return self._reduced(numbers, MPI.SUM)

    def united(self, bits: np.ndarray) -> np.ndarray:
        return self._reduced(bits, MPI.BOR)

    def answers(self, own: Any) -> list[Any]:
        """Those of all, on rank 0."""
        meet(self._communicator)
        return self._communicator.gather(own) or []

    def _reduced(self, array: np.ndarray, operation: MPI.Op) -> np.ndarray:
        meet(self._communicator)
        found = np.empty_like(array)
        self._communicator.Reduce(array, found, operation)
        return found


class MpiErrands:
    """Rank 0's side; the others `answer_errand`."""

    def __init__(self, communicator: MPI.Comm):
        self._communicator, self._team = communicator, _MpiTeam(communicator)

    def ask(self, errand: Errand) -> list[Any]:
        broadcast(self._communicator, errand)
        return sound(self._team.answers(answered(errand, self._team)))


def answer_errand(communicator: MPI.Comm, errand: Errand) -> None:
    """Do what rank 0 asks for, on another rank."""
    team = _MpiTeam(communicator)
    team.answers(answered(errand, team))
