"""What a run takes, predicted from its sizes: seconds by part, memory of a rank, and what limits it. Nothing
is opened here.

Rank 0 sends the frames of an interval to all workers, and they move their particles. Frames are read and
packed beside that, by threads of rank 0. What is written is `output_time`; what costs are, `costs`.
"""

import math
from typing import NamedTuple

from .costs import COSTS, Costs
from .output_time import output_time
from .run_memory import memory
from .run_sizes import Ranks, Sizes, ranks_of

COLD_BYTES = 40e6  # two frames of 200 000 elements and 10 layers: where cold_entry_ns was measured
COLD_POWER = 0.4  # fewer bytes lie in the caches in part; 20 k and 200 k elements
# particles in a cache line of a frame share the way to it: 1 / (1 + ALONE x particles a line); 10 and 40
# layers
ALONE = 13.0
LINE = 64  # bytes
# elements round a subdomain for every one along its side: 20 k and 200 k elements in 10 to 1000 subdomains
RIM = 11.0
CROSSED = 0.12  # elements that a particle passes in a step: 27 m over 500 m triangles
LARGE_FIELDS = 3  # of a frame, of about a size: u, v and omega
FILE_BYTES = 1e5  # at most, of a file of tracks without particles: attributes, tables, and what HDF5 adds
FIXED_BYTES = 24.0  # of a particle in it, whatever is recorded: number, time and number of its release


class Prediction(NamedTuple):
    """Seconds by part; bytes on rank 0 and on every other; bytes of the rows on the disk, and at most of the
    tracks at the end: places and depths of a walk are all but random numbers, which packing makes little
    smaller; disk_rate: bytes a second that the file system has to take for it."""

    parts: dict[str, float]
    beside: dict[str, float]
    first_bytes: float
    other_bytes: float
    part_bytes: float
    final_bytes: float
    disk_rate: float

    @property
    def seconds(self) -> float:
        """From the command to its end: parts that follow one another, or the slowest of what goes on beside
        them."""
        loop = sum(seconds for name, seconds in self.parts.items() if name not in ENDS)
        return sum(self.parts[name] for name in ENDS) + max(loop, *self.beside.values())

    @property
    def limited_by(self) -> str:
        """The part that most is waited for."""
        loop = {name: seconds for name, seconds in self.parts.items() if name not in ENDS}
        slowest = max(self.beside, key=self.beside.__getitem__)
        most = {slowest: self.beside[slowest]} if self.beside[slowest] > sum(loop.values()) else loop
        most = most | {name: self.parts[name] for name in ENDS}
        return max(most, key=most.__getitem__)


ENDS = ("starting", "packing the last rows")


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


def predict(sizes: Sizes, on: Ranks, costs: Costs = COSTS) -> Prediction:
    """What the run takes, if no particle stops before the end and none crowd where no cut can share them."""
    hands, movers = min(on.workers, on.cores), min(on.workers * on.threads, on.cores)  # that work at once
    away = 1.0 - 1.0 / on.workers if on.shared else 1.0
    subdomains = overlap(sizes.elements, on.workers)
    begun = sizes.particle_steps / sizes.steps  # intervals of particles
    sent = sizes.frames * sizes.frame_bytes * subdomains
    of_a_rank = costs.start_s + (costs.mpi_start_s if on.ranks > 1 else 0.0)
    starting = (
        of_a_rank * max(on.ranks / on.cores, 1.0)
        + on.workers * costs.subdomain_s
        + 1e-9 * sizes.elements * (costs.element_ns + subdomains * costs.cut_ns)
        + releasing(sizes, on, costs)
    )
    moving = sizes.particle_steps * sizes.step_ns + begun * entry_ns(sizes, on.workers, costs)
    moving_s = 1e-9 * (moving / movers + begun * costs.rest_ns / hands)
    meeting = sizes.intervals * rounds(sizes, on.workers) * costs.round_s * math.log2(max(on.workers, 2))
    rate = costs.inflate_bytes_per_s if sizes.packed else costs.read_bytes_per_s
    output = output_time(sizes, on, moving_s, costs)
    parts = {
        "starting": starting,
        "moving particles": moving_s,
        "sending frames": 1e-9 * sent * away * costs.send_ns,
        "meeting": meeting + sizes.intervals * on.workers * costs.message_s,
        "packing the last rows": output.last,
        **output.parts,
    }
    beside = {
        "reading": sizes.frames
        * sizes.frame_bytes
        / rate
        / (min(on.readers, LARGE_FIELDS) if sizes.packed else 1),
        "packing frames": 1e-9 * sent * costs.pack_ns,
        **output.beside,
    }
    first, other = memory(sizes, on, subdomains, costs)
    written = (
        sizes.files * FILE_BYTES + sizes.particles * (FIXED_BYTES + sizes.rows * sizes.row_bytes)
        if sizes.row_bytes
        else 0.0
    )
    found = Prediction(parts, beside, first, other, part_bytes=written, final_bytes=written, disk_rate=0.0)
    writing_s = max(found.seconds - starting, 1e-9)
    return found._replace(disk_rate=max(output.disk_bytes / writing_s, output.checkpoint_rate))


def releasing(sizes: Sizes, on: Ranks, costs: Costs = COSTS) -> float:
    """Seconds in which all ranks find the places of particles, each of its own share of them."""
    return 1e-9 * sizes.particles * costs.release_ns / min(on.ranks, on.cores)


def worth(sizes: Sizes, *, dedicated_from: int, most: int = 1 << 14, costs: Costs = COSTS) -> int:
    """The least ranks (a power of two) whose run takes at most a fifth longer than the fastest one."""
    numbers = [1 << i for i in range(most.bit_length())]
    seconds = [predict(sizes, ranks_of(n, dedicated_from=dedicated_from), costs).seconds for n in numbers]
    return next(n for n, s in zip(numbers, seconds, strict=True) if s <= 1.2 * min(seconds))
