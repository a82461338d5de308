"""What a run has done so far, added up from what its workers report."""

from dataclasses import dataclass, field

import numpy as np

from fvdrift.engine.checkpoint import TallyState
from fvdrift.tools.particle_arrays import STATUS_NAMES

from ..report import Report


@dataclass
class Tally:
    """What the run has done so far, for progress and `run.json`."""

    particle_steps: int = 0
    hand_offs: int = 0
    rounds: int = 0
    released: int = 0
    below_bed: int = 0
    dry: int = 0  # released where it was dry
    on_dry: int = 0  # active now, where it is dry
    not_in_water: int = 0
    advance_cpu_s: float = 0.0
    computing_s: float = 0.0  # of the process that computes longest, interval by interval
    transfer_s: float = 0.0  # of all processes
    busiest_steps: int = 0
    peak_memory: list[int] = field(default_factory=list)  # bytes, by worker
    held: np.ndarray = field(default_factory=lambda: np.zeros(len(STATUS_NAMES), np.int64))

    def add(self, report: Report) -> None:
        """Count what all workers report of one interval, or of one pass of it."""
        self.particle_steps += int(report.steps.sum())
        self.hand_offs += report.hand_offs
        self.rounds += report.rounds
        self.released += report.released
        self.not_in_water += report.not_in_water
        self.below_bed += report.below_bed
        self.dry += report.started_dry
        self.advance_cpu_s += report.advance_s
        self.computing_s += report.computing_s
        self.transfer_s += report.transfer_s
        self.busiest_steps += int(report.steps.max())
        self.held, self.on_dry = report.counts, report.on_dry
        self.peak_memory = report.peak_memory_bytes.tolist()

    def state(self) -> TallyState:
        """What counts for the whole run, however often it was resumed."""
        return {
            "particle_steps": self.particle_steps,
            "hand_offs": self.hand_offs,
            "rounds": self.rounds,
            "released": self.released,
            "below_bed": self.below_bed,
            "dry": self.dry,
            "not_in_water": self.not_in_water,
            "advance_cpu_s": self.advance_cpu_s,
            "computing_s": self.computing_s,
            "transfer_s": self.transfer_s,
            "busiest_steps": self.busiest_steps,
            "held": self.held.tolist(),
        }

    def restore(self, state: TallyState) -> None:
        """Count on from there."""
        self.particle_steps, self.hand_offs = state["particle_steps"], state["hand_offs"]
        self.rounds, self.released = state["rounds"], state["released"]
        self.below_bed, self.not_in_water, self.dry = state["below_bed"], state["not_in_water"], state["dry"]
        self.advance_cpu_s, self.computing_s = state["advance_cpu_s"], state["computing_s"]
        self.transfer_s, self.busiest_steps = state["transfer_s"], state["busiest_steps"]
        self.held = np.array(state["held"], np.int64)

    def imbalance(self, workers: int) -> float:
        """Steps of the busiest worker over the mean, over all intervals."""
        return self.busiest_steps * workers / self.particle_steps if self.particle_steps else 1.0
