"""What the manager sees of its workers, wherever they are."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from ..messages import Advance, Release, Report, TakeFrame, TakePiece, Weight
from ..transfer import Batches, Exchange, rounds
from ..worker import Worker


class Crew(ABC):
    """All workers, numbered from 0. Messages to one worker arrive in the order they were sent."""

    workers: int
    beside: int = 0  # other ranks on the machine of rank 0
    listening: bool = True  # False while they do something together, and would not hear

    @abstractmethod
    def send(self, worker: int, message: TakeFrame | Release | TakePiece) -> None:
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
    def stop(self, exit_code: int, error: str = "") -> None:
        """Let all workers leave with this exit code; `error`: because of it. Only while they are `listening`."""


class Host:
    """The workers that live in this process, and their side of everything that all workers do together."""

    def __init__(self, workers: Sequence[Worker], exchange: Exchange):
        self.workers = list(workers)
        self._exchange = exchange

    def tell(self, worker: Worker, message: TakeFrame | Release | TakePiece) -> None:
        """Hand on what a worker can do alone."""
        if isinstance(message, TakeFrame):
            worker.take_frame(message)
        elif isinstance(message, Release):
            worker.release(message)
        else:
            worker.take_piece(message)

    def advance(self, message: Advance) -> list[Report]:
        """Go through an interval with all other hosts."""
        for worker in self.workers:
            worker.start_interval(message)
        done = rounds(self.workers, self._exchange)
        return [worker.report(done) for worker in self.workers]

    def redistribute(self, messages: Sequence[TakePiece]) -> None:
        """Change pieces and owners with all other hosts."""
        leaving: list[Batches] = [w.take_piece(m) for w, m in zip(self.workers, messages, strict=True)]
        for worker, batch in zip(self.workers, self._exchange.swap(leaving) or [], strict=False):
            worker.absorb(batch)
