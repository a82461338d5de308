"""What a run takes, predicted from its sizes: seconds by part, memory of a rank, and what limits it. Nothing
is opened here.

Workers move their particles from meeting to meeting. How frames come to them is `frames_time`, what is written
`output_time`, what is before the first step `start_time`, memory `run_memory`; what costs are, `costs`.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

from .costs import COSTS, Costs
from .frames_time import FramesTime, frames_time
from .output_time import OutputTime, deals, output_time
from .run_memory import memory
from .run_sizes import Ranks, Sizes, steps_of_a_tree
from .start_time import START, start_time

COLD_BYTES = 40e6  # two frames of 200 000 elements and 10 layers: where cold_entry_ns was measured
COLD_POWER = 0.4  # fewer bytes lie in the caches in part; 20 k and 200 k elements
# particles in a cache line of a frame share the way to it: 1 / (1 + ALONE x particles a line); 10 and 40
# layers
ALONE = 13.0
LINE = 64  # bytes
# elements round a subdomain for every one along its side: 20 k and 200 k elements in 10 to 1000 subdomains
RIM = 11.0
CROSSED = 0.12  # elements that a particle passes in a step: 27 m over 500 m triangles
FILE_BYTES = 1e5  # at most, of a file of tracks without particles: attributes, tables, and what HDF5 adds
FIXED_BYTES = 24.0  # of a particle in it, whatever is recorded: number, time and number of its release


class Prediction(NamedTuple):
    """Seconds by part; bytes on rank 0, on every other, and once on every node (`node_bytes`); bytes of the rows on
    the disk, and at most of the tracks at the end: places and depths of a walk are all but random numbers, which
    packing makes little smaller; disk_rate, read_rate: bytes a second that the file system has to take for it, and
    to give; cpu: seconds of the cores of all ranks, by part; by: who does a part, or what."""

    parts: dict[str, float]
    beside: dict[str, float]
    first_bytes: float
    other_bytes: float
    node_bytes: float
    part_bytes: float
    final_bytes: float
    disk_rate: float
    read_rate: float
    cpu: dict[str, float]
    by: dict[str, str]

    @property
    def seconds(self) -> float:
        """From the command to its end: parts that follow one another, or the slowest of what goes on beside
        them."""
        return sum(self.parts[name] for name in ENDS) + max(sum(self._loop.values()), *self.beside.values())

    @property
    def limit(self) -> str:
        """The part that most is waited for."""
        loop = self._loop
        slowest = max(self.beside, key=self.beside.__getitem__)
        most = {slowest: self.beside[slowest]} if self.beside[slowest] > sum(loop.values()) else loop
        most = most | {name: self.parts[name] for name in ENDS}
        return max(most, key=most.__getitem__)

    @property
    def limited_by(self) -> str:
        """That part, and who does it: a rank, a link, a node, the file system."""
        return f"{self.limit}, {self.by[self.limit]}"

    @property
    def _loop(self) -> dict[str, float]:
        return {name: seconds for name, seconds in self.parts.items() if name not in ENDS}


ENDS = (*START, "packing the last rows")
_BY = {
    "starting": "by every rank",
    "importing": "from the file system that nodes share",
    "cutting the mesh": "by rank 0",
    "releasing": "by all ranks",
    "moving particles": "by the workers",
    "recording": "by the workers",
    "looking for statistics": "by the workers",
    "meeting": "by messages from rank to rank",
    "sending frames": "by rank 0",
    "cutting frames": "by rank 0",
    "taking frames": "by the workers",
    "locating frames": "by rank 0, for all to agree on",
    "putting rows into files": "by the ranks that write them",
    "the cores of rank 0": "which read, cut and pack too",
    "writing checkpoints": "by all ranks",
}


def overlap(elements: int, workers: int) -> float:
    """Elements of all subdomains over those of the mesh: subdomains are compact, and each has a rim."""
    return min(1.0 + RIM * math.sqrt(workers / elements), float(workers)) if workers > 1 else 1.0


def entry_ns(sizes: Sizes, workers: int, costs: Costs = COSTS) -> float:
    """CPU time to enter the first prism of an interval: the bytes it may lie in decide how far away it is,
    and particles that use the same lines of them share the way."""
    here = 2 * sizes.frame_bytes * overlap(sizes.elements, workers) / workers
    shared = 1.0 + ALONE * LINE * sizes.particles / sizes.frame_bytes
    far_away: float = min(here / COLD_BYTES, 1.0) ** COLD_POWER
    return costs.entry_ns + costs.cold_entry_ns * far_away / shared


def rounds(sizes: Sizes, workers: int) -> float:
    """Times that particles change hands in an interval, and the one that says that nobody moves any more."""
    across = math.sqrt(sizes.elements / workers / 2)
    return 1.0 if workers == 1 else 2.0 + CROSSED * sizes.steps / max(across, 1.0)


def crossing(sizes: Sizes, workers: int) -> float:
    """Share of the particles that change hands in an interval: those within reach of a side that is not the mesh's
    own, of subdomains in a square."""
    across = math.sqrt(sizes.elements / workers / 2)
    return CROSSED * sizes.steps / max(across, 1.0) * (1.0 - 1.0 / math.sqrt(workers))


def meeting(sizes: Sizes, on: Ranks, costs: Costs = COSTS) -> float:
    """Seconds in which all are told what comes, change particles, and tell what they did: trees, down and up."""
    told = 2 * steps_of_a_tree(on.ranks)
    changed = rounds(sizes, on.workers) * math.log2(max(on.workers, 2))
    return sizes.intervals * (told + changed) * costs.round_s


def predict(sizes: Sizes, on: Ranks, costs: Costs = COSTS) -> Prediction:
    """What the run takes, if no particle stops before the end and none crowd where no cut can share them."""
    hands, movers = min(on.workers, on.cores), min(on.workers * on.threads, on.cores)  # that work at once
    subdomains = overlap(sizes.elements, on.workers)
    begun = sizes.particle_steps / sizes.steps  # intervals of particles
    moving = 1e-9 * (sizes.particle_steps * sizes.step_ns + begun * entry_ns(sizes, on.workers, costs))
    sorting = 1e-9 * begun * costs.rest_ns
    moving_s = moving / movers + sorting / hands
    start, frames = start_time(sizes, on, subdomains, costs), frames_time(sizes, on, subdomains, costs)
    output = output_time(sizes, on, moving_s, costs)
    parts = {
        **start.parts,
        "moving particles": moving_s,
        **frames.parts,
        "meeting": meeting(sizes, on, costs),
        "packing the last rows": output.last,
        **output.parts,
    }
    loop = sum(seconds for name, seconds in parts.items() if name not in ENDS)
    parts["the cores of rank 0"] = _shared_cores(on, loop, frames.rank_0 + output.rank_0)
    held = memory(sizes, on, subdomains, costs)
    written = (
        sizes.files * FILE_BYTES + sizes.particles * (FIXED_BYTES + sizes.rows * sizes.row_bytes)
        if sizes.row_bytes
        else 0.0
    )
    found = Prediction(
        parts,
        {**frames.beside, **output.beside, "the file system": frames.disk + output.disk},
        *held,
        part_bytes=written,
        final_bytes=written,
        disk_rate=0.0,
        read_rate=0.0,
        cpu={**start.cpu, "moving particles": moving + sorting, **frames.cpu, **output.cpu},
        by=_who(sizes, on, output, frames),
    )
    loop_s = max(found.seconds - sum(start.parts.values()), 1e-9)
    return found._replace(
        disk_rate=max(output.disk_bytes / loop_s, output.checkpoint_rate),
        read_rate=frames.read_bytes / loop_s,
    )


def _shared_cores(on: Ranks, loop: float, beside: float) -> float:
    """Seconds by which the loop grows where the cores of rank 0's node have no time left for what that does beside."""
    busy = min((on.per_node - (0 if on.shared else 1)) * on.threads, on.node_cores)
    return max((busy * loop + beside) / on.node_cores - loop, 0.0)


def _who(sizes: Sizes, on: Ranks, output: OutputTime, frames: FramesTime) -> dict[str, str]:
    rows = "by their owners" if deals(sizes, on) else "by rank 0"
    reading = "by the ranks of each node" if on.forcing == "nodes" else "by rank 0"
    by = dict.fromkeys(("packing rows", "writing rows", "packing the last rows"), rows)
    disk = "writing rows" if output.disk > frames.disk else "reading frames"
    return _BY | by | {"reading frames": reading, "the file system": disk}


def worth(sizes: Sizes, on: Callable[[int], Ranks], *, most: int = 1 << 14, costs: Costs = COSTS) -> int:
    """The least ranks (a power of two) whose run takes at most a fifth longer than the fastest one. on: so many
    ranks."""
    numbers = [1 << i for i in range(most.bit_length())]
    seconds = [predict(sizes, on(number), costs).seconds for number in numbers]
    return next(n for n, s in zip(numbers, seconds, strict=True) if s <= 1.2 * min(seconds))
