"""What a worker has recorded of its particles in an interval and not reported yet. What is made of
records is `fields.sampling`."""

import numpy as np

from fvdrift.tools.particle_arrays import STATUS_NAMES, together, where

# records that statistics look at in one go: at about 110 bytes each, beside 96 that a particle takes all the time
PORTION = 1 << 18


class IntervalRecords:
    """Blocks of records (output of the interval, particle); status -1 where nothing is recorded. kind:
    RECORD, with columns."""

    def __init__(self, kind: np.dtype):
        self._kind = kind
        self._blocks: list[np.ndarray] = []

    def __bool__(self) -> bool:
        return bool(self._blocks)

    def blank(self, outputs: int, particles: int) -> np.ndarray:
        """A block in which nothing is recorded."""
        block = np.zeros((outputs, particles), self._kind)
        block["status"] = -1
        return block

    def add(self, block: np.ndarray) -> None:
        """Take a block in."""
        if block.size:
            self._blocks.append(block)

    def add_row(self, records: np.ndarray, row: int, outputs: int) -> None:
        """Take in records (particle,) of one output."""
        block = self.blank(outputs, len(records))
        block[row] = records
        self.add(block)

    def portions(self, outputs: int) -> list[list[np.ndarray]]:
        """The same in portions of no more than PORTION, at least one of each output, without a copy of those of
        which all are recorded."""
        found: list[list[np.ndarray]] = []
        for row in range(outputs):
            whole = [
                block[row, at : at + PORTION]
                for block in self._blocks
                for at in range(0, block.shape[1], PORTION)
            ]
            its = [where(portion, portion["status"] >= 0) for portion in whole]
            found.append([portion for portion in its if len(portion)] or [np.empty(0, self._kind)])
        return found

    def rows(self, outputs: int) -> list[np.ndarray]:
        """All that is recorded of each output, (particle,), mostly in the order of elements."""
        found = []
        for row in range(outputs):
            parts = [where(block[row], block[row]["status"] >= 0) for block in self._blocks]
            found.append(together(parts) if parts else np.empty(0, self._kind))
        return found


def by_status(particles: np.ndarray) -> np.ndarray:
    """How many particles or records have each status: int64 (status,)."""
    return np.bincount(particles["status"], minlength=len(STATUS_NAMES))


def as_records(particles: np.ndarray, outputs: int, kind: np.dtype) -> np.ndarray:
    """Particles as they are, recorded alike at every output: (output, particle)."""
    block = np.zeros((outputs, len(particles)), kind)
    for name in kind.names or ():
        block[name] = particles[name]
    return block
