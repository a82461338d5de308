"""The subdomains of the mesh, who holds them, and the frames they are fed with: what all runs that go on side
by side share.

Rank 0 knows the whole mesh and the whole frames in use; how workers are reached is the crew's business
(`transport`). What particles do in an interval is the business of the `manager` of each.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fvdrift.engine.checkpoint import DecompositionState
from fvdrift.engine.transport import Crew
from fvdrift.errors import during
from fvdrift.forcing import FrameReader
from fvdrift.mesh import Cuts, Subdomain, cut
from fvdrift.preparation import SharedForcing, Sizes, largest_share

from ..frame_messages import PlacedFrame
from ..messages import TakeFrame, TakeSubdomain
from .frame_feed import Frame, FramesAhead
from .frames_of_nodes import FramesOfNodes
from .who_reads import open_on_nodes

if TYPE_CHECKING:
    from fvdrift.engine.transport import NodeReading

OUT_OF_BALANCE = 1.2  # busiest worker over the mean: above it the cuts are looked at again
WORTH_IT = 0.9  # new cuts are made when they promise less than this share of the imbalance there is
# hand-offs in an interval for each particle that moves: with fewer it is not by them that one worker gets
# most
MANY = 0.1
REACH = 1.5  # of the fastest flow known when a subdomain is cut; what flows faster later widens the subdomain
SLOWEST_REACH = 0.25  # m/s


@dataclass
class DecompositionCounts:
    """How often the decomposition was changed. pack_s: seconds of a core for cutting and sending frames."""

    repartitions: int = 0
    widened: int = 0
    pack_s: float = 0.0

    def state(self) -> DecompositionState:
        """For a checkpoint."""
        return {"repartitions": self.repartitions, "widened": self.widened, "pack_s": self.pack_s}

    def restore(self, state: DecompositionState) -> None:
        """Count on from what `state` gave."""
        self.repartitions, self.widened = state["repartitions"], state["widened"]
        self.pack_s = state["pack_s"]

    def plus(self, other: "DecompositionCounts") -> "DecompositionCounts":
        """Both together."""
        return DecompositionCounts(
            repartitions=self.repartitions + other.repartitions,
            widened=self.widened + other.widened,
            pack_s=self.pack_s + other.pack_s,
        )


class Decomposition:
    """Cuts the mesh, and sends subdomains and frames to the workers of a crew. first_weights: of all
    elements, by which subdomains are cut for the first time, given before the first window is filled."""

    def __init__(self, shared: SharedForcing, crew: Crew):
        self._shared, self._crew = shared, crew
        self.cuts: Cuts
        self.first_weights: np.ndarray
        self.counts = DecompositionCounts()
        self.readers, self.read_s, self.read_wait_s = 0, 0.0, 0.0
        self._window: list[Frame] = []
        self._subdomains: list[Subdomain] = []
        self._accepted: float | None = None
        self._distance = np.zeros(crew.workers)  # m, that each worker sees beyond its own part
        self._ahead = shared.timeline.grid.step  # microseconds of travel that it is to see
        self._work, self._handed, self._longest = np.zeros(crew.workers, np.int64), 0, 0
        self._reader: FrameReader | NodeReading | None = None
        self._frames: FramesAhead | FramesOfNodes

    def open(self, needed: range, of: Sizes) -> list[str]:
        """Begin to read the frames of these numbers, ahead of who needs them; says who reads them. of: the runs
        together."""
        shared, wish = self._shared, self._shared.parallel
        found = open_on_nodes(self._crew, shared, of, needed)
        if found.frames is not None:
            self._frames, self._reader = found.frames, found.frames.reading
            return found.said
        busy = self._crew.beside * wish.threads
        self._reader = reader = FrameReader(
            shared.series, shared.supply.names, needed, wanted=wish.readers, busy=busy, taken_early=True
        )
        self._frames = FramesAhead(reader, shared)
        return found.said

    def close(self) -> None:
        """Read no more."""
        if self._reader is not None:
            self._reader.close()
            self._frames.close()
            self.readers, self.read_s, self.read_wait_s = (
                self._reader.readers,
                self._reader.read_s,
                self._reader.wait_s,
            )

    def fill_window(self, needed: range) -> None:
        """Take the frames that an interval needs, and send every worker its parts of them. Raises Interrupted
        where a signal asked to stop meanwhile."""
        fresh, asked = [], self._crew.alarm.asked
        while not self._window or self._window[-1].number < needed[-1]:
            with during("reading a frame"):
                self._need(frame for frame in self._window if frame.number >= needed[0])
                fresh.append(self._frames.take(self._subdomains, asked))
                self._need(frame for frame in (*self._window, fresh[-1].frame) if frame.number >= needed[0])
            self.counts.pack_s += fresh[-1].pack_s
        if not self._subdomains:
            self._deal_out(self.first_weights)
            return
        for taken in fresh:
            for worker, frame in enumerate(taken.cuts):
                self._crew.send(worker, TakeFrame(frame))

    def _need(self, frames: Iterable[Frame]) -> None:
        """Use these, and no others of those that were taken."""
        self._window = list(frames)
        self._frames.keep([frame.number for frame in self._window], self._crew.alarm.asked)

    def widen(self, worker: int) -> None:
        """Double how far a worker sees: a particle of its own could not take a step in its subdomain.

        The distance never falls, so that all it holds stays in its subdomain.
        """
        self._distance[worker] *= 2.0
        self.counts.widened += 1
        self._subdomains[worker] = self._cut_subdomain(worker)
        self._crew.send(worker, self._subdomain_message(worker, redistribute=False))

    def worked(self, steps: np.ndarray, handed: int, length: int) -> None:
        """Steps that each worker took in an interval of such a length (microseconds), and hand-offs in it."""
        self._work += steps
        self._handed += handed
        self._longest = max(self._longest, length)

    def balance(self) -> None:
        """Make new cuts where the work since this was last called was out of balance and they promise to
        help.

        Where new cuts did not help, particles that were dealt out well met again in elements of one worker
        before the interval was over, as a cloud does that several share: then subdomains reach as far as
        particles travel in an interval, so that they stay with those they were dealt out to. Work is counted
        in steps, not in seconds, so that a run can be repeated exactly.
        """
        work, handed, length = self._work, self._handed, self._longest
        self._work, self._handed, self._longest = np.zeros_like(work), 0, 0
        mean = work.mean()
        if self._crew.workers == 1 or mean == 0:
            return
        imbalance = work.max() / mean
        fresh = self._accepted is None
        # what these cuts gave at first: a few particles can't be shared better, however often they are dealt
        # out
        self._accepted = imbalance if self._accepted is None else self._accepted
        if imbalance <= OUT_OF_BALANCE:
            return
        held = self._crew.weigh()
        weights = self._shared.weights_of(held.elements, held.particles)
        promised = largest_share(cut(weights, self._crew.workers), weights)
        drifted = imbalance > OUT_OF_BALANCE * self._accepted  # to workers that hold what others own
        moved_away = handed > MANY * held.particles.sum()
        met_again = fresh and moved_away and promised < WORTH_IT * imbalance and self._ahead < length
        if met_again:
            self._ahead = length
        if (
            met_again
            or promised < WORTH_IT * largest_share(self.cuts, weights)
            or (drifted and promised < WORTH_IT * imbalance)
        ):
            self._deal_out(weights)
            self.counts.repartitions += 1

    def _deal_out(self, weights: np.ndarray) -> None:
        """Cut the curve by `weights`, and give every worker its subdomain and every particle to its owner."""
        self.cuts, self._accepted = cut(weights, self._crew.workers), None
        reach = REACH * self._fastest() * self._ahead / 1e6
        self._distance = np.maximum(self._distance, reach)
        started = time.perf_counter()
        self._subdomains = [self._cut_subdomain(worker) for worker in range(self._crew.workers)]
        messages = [
            self._subdomain_message(worker, redistribute=True) for worker in range(self._crew.workers)
        ]
        # what workers do with them they count themselves
        self.counts.pack_s += time.perf_counter() - started
        self._crew.redistribute(messages)

    def _fastest(self) -> float:
        """The fastest flow in the frames in use, m/s."""
        fields = [frame.fields for frame in self._window]
        speeds = [np.sqrt(np.max(f["u"] ** 2 + f["v"] ** 2, initial=0.0)) for f in fields]
        return float(max(*speeds, SLOWEST_REACH))

    def _cut_subdomain(self, worker: int) -> Subdomain:
        return self._shared.cut_subdomain(self.cuts.owned(worker), self._distance[worker])

    def _subdomain_message(self, worker: int, redistribute: bool) -> TakeSubdomain:
        shared, subdomain = self._shared, self._subdomains[worker]
        frames = [
            shared.cut_frame(frame.number, frame.fields, subdomain)
            if frame.place is None
            else PlacedFrame(shared.time_of(frame.number), frame.place)
            for frame in self._window
        ]
        in_file = shared.in_file(subdomain) if isinstance(self._frames, FramesOfNodes) else None
        return TakeSubdomain(subdomain, self.cuts, frames, redistribute, in_file)
