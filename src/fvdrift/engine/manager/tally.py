"""What a run has done so far, added up from what its workers report."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from fvdrift.engine.checkpoint import TallyState
from fvdrift.tools.particle_arrays import STATUS_NAMES

from ..messages import Report


@dataclass
class Tally:
    """What the run has done so far, for progress and `run.json`."""

    particle_steps: int = 0
    hand_offs: int = 0
    rounds: int = 0
    released: int = 0
    below_bed: int = 0
    dry: int = 0  # released where it was dry
    not_in_water: int = 0
    advance_cpu_s: float = 0.0
    computing_s: float = 0.0  # of the process that computes longest, interval by interval
    transfer_s: float = 0.0  # of all processes
    busiest_steps: int = 0
    peak_memory: dict[int, int] = field(default_factory=dict)
    held: np.ndarray = field(default_factory=lambda: np.zeros(len(STATUS_NAMES), np.int64))

    def add(self, reports: Sequence[Report]) -> None:
        """Count the reports of one interval."""
        self.particle_steps += sum(r.steps for r in reports)
        self.hand_offs += sum(r.hand_offs for r in reports)
        self.rounds += max(r.rounds for r in reports)
        self.released += sum(r.released for r in reports)
        self.not_in_water += sum(r.not_in_water for r in reports)
        self.below_bed += sum(r.below_bed for r in reports)
        self.dry += sum(r.started_dry for r in reports)
        self.advance_cpu_s += sum(r.advance_s for r in reports)
        self.computing_s += max(r.computing_s for r in reports)
        self.transfer_s += sum(r.transfer_s for r in reports)
        self.busiest_steps += max(r.steps for r in reports)
        self.held = np.sum([r.counts for r in reports], axis=0)
        for report in reports:
            self.peak_memory[report.worker] = report.peak_memory_bytes

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
