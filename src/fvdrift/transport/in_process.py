"""Any number of workers in one process: for one core, and to debug a hand-off without MPI."""

from collections.abc import Iterator, Sequence

import numpy as np

from ..interruption import Alarm
from ..messages import Advance, Kept, Report, TakePiece, Weight, WorkOrder
from ..transfer import Batches, Swapped, joined
from ..worker import Worker
from .interface import Alone, Crew, Host


class InProcessExchange:
    """Batches of records of a kind change hands as they are."""

    def __init__(self, kind: np.dtype):
        self._kind = kind

    def swap(self, leaving: Sequence[Batches], cut_short: bool = False) -> Swapped:
        if not any(leaving):
            return Swapped(None, cut_short)
        to_each = [[batches[to] for batches in leaving if to in batches] for to in range(len(leaving))]
        return Swapped([joined(batches, self._kind) for batches in to_each], cut_short)


class InProcessCrew(Crew):
    """`workers` workers, told one after the other."""

    def __init__(self, workers: int, order: WorkOrder, alarm: Alarm):
        self.workers, self.alarm = workers, alarm
        them = [Worker(number, order) for number in range(workers)]
        self._host = Host(them, InProcessExchange(order.particle_type), alarm)

    def send(self, worker: int, message: Alone) -> None:
        self._host.tell(self._host.workers[worker], message)

    def advance(self, message: Advance) -> list[Report]:
        return self._host.advance(message)

    def redistribute(self, messages: Sequence[TakePiece]) -> None:
        self._host.redistribute(messages)

    def weigh(self) -> list[Weight]:
        return [worker.weigh() for worker in self._host.workers]

    def keep(self) -> Iterator[Kept]:
        return (worker.keep() for worker in self._host.workers)

    def stop(self, exit_code: int, error: str = "") -> None:
        """Nothing to do: they end with the process."""
