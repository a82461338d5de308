"""What the manager sees of its workers, wherever they are."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

from ..errors import during
from ..interruption import Alarm
from ..messages import Advance, Kept, Release, Report, Restore, TakeFrame, TakePiece, Weight
from ..transfer import Batches, Exchange, never, rounds
from ..worker import Worker

Alone = TakeFrame | Release | Restore | TakePiece


class Crew(ABC):
    """All workers, numbered from 0. Messages to one worker arrive in the order they were sent."""

    workers: int
    beside: int = 0  # other ranks on the machine of rank 0
    listening: bool = True  # False while they do something together, and would not hear
    alarm: Alarm

    @abstractmethod
    def send(self, worker: int, message: Alone) -> None:
        """Tell one worker something it can do alone (a TakePiece without `redistribute`)."""

    @abstractmethod
    def advance(self, message: Advance) -> list[Report]:
        """Let all workers go through an interval together; their reports in the order of their numbers."""

    @abstractmethod
    def redistribute(self, messages: Sequence[TakePiece]) -> None:
        """Give every worker its new piece, and every particle to its owner."""

    @abstractmethod
    def weigh(self) -> list[Weight]:
        """Ask all workers how many particles their elements hold."""

    @abstractmethod
    def keep(self) -> Iterator[Kept]:
        """What each worker holds, one after the other, in the order of their numbers."""

    @abstractmethod
    def stop(self, exit_code: int, error: str = "") -> None:
        """Let all workers leave with this exit code; `error`: because of it. Only while they are `listening`."""


class Host:
    """The workers that live in this process, and their side of everything that all workers do together."""

    def __init__(self, workers: Sequence[Worker], exchange: Exchange, alarm: Alarm):
        self.workers = list(workers)
        self._exchange, self._alarm = exchange, alarm

    def tell(self, worker: Worker, message: Alone) -> None:
        """Hand on what a worker can do alone."""
        if isinstance(message, TakeFrame):
            with during("taking in a frame"):
                worker.take_frame(message)
        elif isinstance(message, Release):
            with during("releasing particles"):
                worker.release(message)
        elif isinstance(message, Restore):
            with during("taking in particles of a checkpoint"):
                worker.restore(message)
        else:
            with during("taking a piece of the mesh"):
                worker.take_piece(message)

    def advance(self, message: Advance) -> list[Report]:
        """Go through an interval with all other hosts."""
        with during("moving particles"):
            for worker in self.workers:
                worker.start_interval(message)
            done, stopped = rounds(self.workers, self._exchange, self._alarm.asked if message.stoppable else never)
        with during("reporting an interval"):
            return [worker.report(done, stopped) for worker in self.workers]

    def redistribute(self, messages: Sequence[TakePiece]) -> None:
        """Change pieces and owners with all other hosts."""
        with during("taking a piece of the mesh"):
            leaving: list[Batches] = [w.take_piece(m) for w, m in zip(self.workers, messages, strict=True)]
            for worker, batch in zip(self.workers, self._exchange.swap(leaving).arrivals or [], strict=False):
                worker.absorb(batch)
