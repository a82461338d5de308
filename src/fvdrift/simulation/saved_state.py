"""All that rank 0 knows of a run and a checkpoint keeps: who has it says it (`state`), and takes it up again
(`restore`).

What workers hold is kept and restored by themselves; rows of the tracks stay where they are written.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from fvdrift.engine.checkpoint import OF_STATISTICS, Contents
from fvdrift.engine.manager import DecompositionCounts, Manager

from .alerts import Watch
from .record_keeper import RecordKeeper
from .row_writer import RowWriter
from .statistics_keeper import StatisticsKeeper


@dataclass
class SavedState:
    """The parts of a run that have a state. changes: of the decomposition, in earlier starts."""

    manager: Manager
    changes: DecompositionCounts
    watch: Watch
    record: RecordKeeper
    writer: RowWriter
    ledger: StatisticsKeeper | None

    def arrays(self) -> dict[str, np.ndarray]:
        """By name. Raises OutputError."""
        kept = self.writer.state()
        statistics = {} if self.ledger is None else self.ledger.state()
        return kept | {OF_STATISTICS + name: values for name, values in statistics.items()}

    def state(self, changes: DecompositionCounts) -> dict[str, Any]:
        """The rest, as JSON holds it; changes: those of all starts."""
        return {
            "tally": self.manager.tally.state(),
            "pieces": changes.state(),
            "left": self.manager.fates.state(),
            "watch": self.watch.state(),
            "record": self.record.state(self.writer.closing_row),
            **({"budget": self.manager.budget.state()} if self.manager.budget.released else {}),
        }

    def restore(self, found: Contents) -> None:
        """Go on from a checkpoint that was found to fit."""
        state = found.state
        self.writer.restore(found)
        if self.ledger is not None:
            self.ledger.restore(found)
        self.manager.tally.restore(state["tally"])
        self.changes.restore(state["pieces"])
        self.manager.fates.restore(state["left"])
        if "budget" in state:
            self.manager.budget.restore(state["budget"])
        self.watch.restore(state["watch"])
        self.record.restore(state["record"], trajectories=state["identity"]["trajectories"])
