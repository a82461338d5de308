"""Rows that workers have recorded and rank 0 has not written yet. What becomes of a row is for its sink to say.

They are written when the workers have been sent into the next interval, of whichever run that is, or by who
needs them written before: a checkpoint, the end of a run, a failure.
"""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from fvdrift.engine.transport import Crew
from fvdrift.errors import FvdriftError, blamed
from fvdrift.forcing import Fields
from fvdrift.statistics import Answers

from ..amounts import Sums
from ..messages import Advance
from ..report import Report


class Row(NamedTuple):
    """What was recorded at one output. number: of the row; time: microseconds; closing: whether it is that of
    an end which is no output time; parts: by worker, columns over those that it held, none where no tracks
    are written; fates: how many particles have each status; said: to each statistic, by worker."""

    number: int
    time: int
    closing: bool
    parts: list[Fields]
    fates: dict[str, int]
    said: list[Answers]


class Recorded:
    """What workers tell of one interval, pass by pass. steps: int64 (worker,)."""

    def __init__(self, outputs: int, workers: int):
        """outputs: that lie in the interval."""
        self.steps, self.hand_offs = np.zeros(workers, np.int64), 0
        self.parts: list[list[Fields]] = [[] for _ in range(outputs)]
        self.fates: list[list[np.ndarray]] = [[] for _ in range(outputs)]
        self.said: list[list[Answers]] = [[] for _ in range(outputs)]
        self.amounts: list[list[Sums]] = [[] for _ in range(outputs)]

    def add(self, report: Report) -> None:
        """That of all workers, of one pass."""
        self.steps += report.steps
        self.hand_offs += report.hand_offs
        for row, parts in enumerate(report.records):
            self.parts[row].extend(parts)
        for row, numbers in enumerate(report.fates):
            self.fates[row].append(numbers)
        for row, sums in enumerate(report.amounts):
            self.amounts[row].append(sums)
        for row, answers in enumerate(report.statistics):
            self.said[row].extend(answers)


class Sink(Protocol):
    """Where the rows of a run go. name: of the member of an ensemble, or ""."""

    name: str

    def write(self, row: Row) -> None:
        """Take the next one. Raises OutputError."""


class RowQueue:
    """One for all runs that go on side by side: the rows of each in their order."""

    def __init__(self) -> None:
        self._waiting: dict[Sink, deque[Row]] = {}

    def put(self, sink: Sink, rows: Sequence[Row]) -> None:
        """More rows of a run."""
        self._waiting.setdefault(sink, deque()).extend(rows)

    def write(self) -> None:
        """Write all rows. One that fails is not tried again; those of other runs stay. Raises OutputError."""
        for sink in self._waiting:
            self.write_those_of(sink)

    def write_those_of(self, sink: Sink) -> None:
        """Write the rows of one run. Raises OutputError."""
        rows = self._waiting.get(sink, deque())
        while rows:
            with blamed(sink.name):
                sink.write(rows.popleft())

    def write_while_moving(self, crew: Crew, message: Advance) -> Report:
        """Let the crew take a run through an interval, and write all rows meanwhile.

        An FvdriftError of writing is raised when all workers are back, so that they hear why they are to
        leave.
        """
        crew.send_out(message)
        try:
            self.write()
        except FvdriftError:
            if not crew.listening:
                crew.gather(message)
            raise
        return crew.gather(message)
