"""Any number of workers in one process: for one core, and to debug a hand-off without MPI."""

from collections.abc import Generator, Sequence

import numpy as np

from fvdrift.engine.checkpoint import Archives
from fvdrift.engine.owners import Done, Owners, OwnersOrder, Seat
from fvdrift.orders import WorkOrder
from fvdrift.process import Alarm

from ..hand_off import Batches, Swapped, joined
from ..messages import Advance, DealtRows, Keep, Kept, TakeSubdomain, Weight
from ..report import Report
from .alone import NoLinks
from .crew import Alone, Crew, Host
from .take_up import shares
from .traffic import Traffic


class InProcessExchange:
    """Batches of records of a kind change hands as they are; nobody waits for another."""

    def __init__(self, kind: np.dtype):
        self._kind = kind
        self.waited_s = self.transfer_s = 0.0

    def of(self, kind: np.dtype) -> "InProcessExchange":
        return InProcessExchange(kind)

    def swap(self, leaving: Sequence[Batches], cut_short: bool = False) -> Swapped:
        if not any(leaving):
            return Swapped(None, cut_short)
        to_each = [[batches[to] for batches in leaving if to in batches] for to in range(len(leaving))]
        return Swapped([joined(batches, self._kind) for batches in to_each], cut_short)


class InProcessCrew(Crew):
    """`workers` workers, told one after the other."""

    def __init__(
        self, workers: int, orders: Sequence[WorkOrder], alarm: Alarm, rows: Sequence[DealtRows | None] = ()
    ):
        """orders, rows: by member."""
        self.workers, self.alarm, self._orders = workers, alarm, orders
        exchanges = [InProcessExchange(order.particle_type) for order in orders]
        self.owners = Owners(rows, [Seat(0, "", True)], 0, NoLinks(), alarm.asked)
        self._host = Host(range(workers), orders, exchanges, alarm, self.owners)
        self._traffic = Traffic()
        self.keepers = self._host.keepers

    def send(self, worker: int, message: Alone) -> None:
        self._host.tell(worker, message)

    def send_out(self, message: Advance) -> None:
        """Nobody is on another rank."""

    def gather(self, message: Advance) -> Report:
        return self._host.advance(message)

    def redistribute(self, messages: Sequence[TakeSubdomain]) -> None:
        self._host.redistribute(messages)

    def weigh(self) -> Weight:
        return self._host.weigh()

    def keep(self, message: Keep) -> Generator[Kept]:
        yield from self._host.keep(message.member)

    def bytes_moved(self) -> np.ndarray:
        return self._traffic.state()

    def take_up(self, archives: Archives, readers: Sequence[int], member: int) -> bool:
        (message,) = shares(archives, readers, range(1), self._orders[member], member)
        if refusal := self._host.take_up(message):
            raise refusal.as_error()
        return True

    def by_all(self, order: OwnersOrder) -> Done:
        return self.owners.do(order)

    def stop(self, exit_code: int, error: str = "") -> None:
        """Nothing to do: they end with the process."""
