"""Any number of workers in one process: for one core, and to debug a hand-off without MPI."""

from collections.abc import Sequence

import numpy as np

from ..messages import Advance, Release, Report, TakeFrame, TakePiece, Weight, WorkOrder
from ..transfer import Batches, joined
from ..worker import Worker
from .interface import Crew, Host


class InProcessExchange:
    """Batches of records of a kind change hands as they are."""

    def __init__(self, kind: np.dtype):
        self._kind = kind

    def swap(self, leaving: Sequence[Batches]) -> list[np.ndarray] | None:
        if not any(leaving):
            return None
        return [joined([batches[to] for batches in leaving if to in batches], self._kind) for to in range(len(leaving))]


class InProcessCrew(Crew):
    """`workers` workers, told one after the other."""

    def __init__(self, workers: int, order: WorkOrder):
        self.workers = workers
        self._host = Host([Worker(number, order) for number in range(workers)], InProcessExchange(order.particle_type))

    def send(self, worker: int, message: TakeFrame | Release | TakePiece) -> None:
        self._host.tell(self._host.workers[worker], message)

    def advance(self, message: Advance) -> list[Report]:
        return self._host.advance(message)

    def redistribute(self, messages: Sequence[TakePiece]) -> None:
        self._host.redistribute(messages)

    def weigh(self) -> list[Weight]:
        return [worker.weigh() for worker in self._host.workers]

    def stop(self, exit_code: int, error: str = "") -> None:
        """Nothing to do: they end with the process."""
