"""What a run takes, predicted from its sizes: seconds by part, memory of a rank, and what limits it. Nothing
is opened here.

Rank 0 sends the frames of an interval to all workers, they move their particles and tell what they recorded,
and rank 0 puts that in order while they move on; frames are read and packed, rows of tracks written and
packed beside that, by threads of rank 0. After the last interval it packs the last band of rows.
"""

import math
from typing import NamedTuple

from fvdrift.output import last_band

DEDICATED_FROM = 16  # ranks from which rank 0 has enough to do with feeding the others
# CPU time of a particle-step, ns, beside what entering its first prism costs: the plain one, and what options
# add to it (scripts/benchmark_kernel.py; scripts/benchmark_options.py, whose names these are); what behaviours
# add, they say themselves
PLAIN_STEP_NS = 13.0  # RK4, 3-D, linear in time
STEP_NS = {
    "cubic in time": 12.0,
    "horizontal walk, constant": 16.0,
    "horizontal walk, viscofh": 72.0,
    "horizontal walk, smagorinsky": 51.0,
    "vertical walk, constant": 48.0,
    "vertical walk, kh": 234.0,
    "Stokes drift": 12.0,
}


class Costs(NamedTuple):
    """Of one core of a server (AMD Zen 4, 2 cores in a virtual machine); docs/performance.md says how each
    was measured."""

    entry_ns: float = 60.0  # of a particle in an interval: to enter its first prism, all in the cache
    # the same, more, where COLD_BYTES of frames have to be fetched from memory, for it alone
    cold_entry_ns: float = 920.0
    # of a particle in an interval: sorting, sorting out who left, looking whether all is well
    rest_ns: float = 100.0
    record_ns: float = 65.0  # of a record: sampling, putting in order, by its worker
    gather_ns: float = 15.0  # of a record: into its row, by rank 0
    pack_ns: float = 0.5  # of a byte of a frame: cutting it to subdomains, by a thread of rank 0
    send_ns: float = 1.0  # of a byte that goes to another rank: about 10 Gbit/s, or a copy in memory
    message_s: float = 100e-6  # of a worker in an interval: its messages, by rank 0
    round_s: float = 50e-6  # of a round in which particles change hands, times log2(workers)
    start_s: float = 1.1  # from the command to the mesh, kernels compiled before
    mpi_start_s: float = 0.7  # more, with more than one rank
    element_ns: float = 3500.0  # of an element: reading the mesh, numbering, neighbours, gradients
    cut_ns: float = 1300.0  # of an element of a subdomain: cutting it out, by rank 0
    subdomain_s: float = 0.2e-3  # of a subdomain: the same, however small
    release_ns: float = 500.0  # of a particle: finding its place
    read_bytes_per_s: float = 800e6  # of fields as they are in memory, from files that are not packed
    inflate_bytes_per_s: float = 500e6  # the same from deflated files, by one thread
    row_bytes_per_s: float = 400e6  # of rows on their way to the disk
    final_bytes_per_s: float = 150e6  # of rows, packed by one core
    interpreter_bytes: float = 195e6  # Python and its compiled packages
    mpi_bytes: float = 45e6  # more, with more than one rank
    manager_bytes: float = 130e6  # more, on rank 0: what it packs tracks in, and holes between frames
    mesh_bytes: float = 700.0  # of an element, on rank 0: the whole mesh and what it was made from
    subdomain_bytes: float = 130.0  # of an element of a subdomain: geometry, gradient, corners
    # of a particle, on its worker: itself, its record, and that with what is sampled
    particle_bytes: float = 150.0
    record_bytes: float = 80.0  # of each further record of an interval


COSTS = Costs()
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


class Sizes(NamedTuple):
    """What the cost of a run follows from. frame_bytes: of all variables read, as float32; window: frames in
    use at once; packed: whether files are deflated; steps: in an interval; row_bytes: of a particle in a row
    of the tracks; step_ns: of the options, as STEP_NS; files: of tracks."""

    elements: int
    frames: int
    frame_bytes: float
    window: int
    packed: bool
    particles: int
    particle_steps: int
    intervals: int
    steps: float
    rows: int
    row_bytes: int
    step_ns: float = PLAIN_STEP_NS
    files: int = 1


class Ranks(NamedTuple):
    """How a run is shared out. workers: ranks that move particles; shared: rank 0 is one of them; threads: of
    each that move particles; cores: that there are for them; readers: threads that inflate fields side by
    side."""

    ranks: int
    workers: int
    shared: bool
    threads: int
    cores: int
    readers: int


class Prediction(NamedTuple):
    """Seconds by part; bytes on rank 0 and on every other; bytes of the rows on the disk, and at most of the
    tracks at the end: places and depths of a walk are all but random numbers, which packing makes little
    smaller."""

    parts: dict[str, float]
    beside: dict[str, float]
    first_bytes: float
    other_bytes: float
    part_bytes: float
    final_bytes: float

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


def ranks_of(
    ranks: int, *, dedicated_from: int, threads: int = 1, cores: int | None = None, readers: int = 1
) -> Ranks:
    """Ranks as a run shares them out that leaves rank 0 to manage from `dedicated_from` ranks on; cores:
    enough if unset."""
    shared = ranks < dedicated_from or ranks == 1
    hands = ranks * threads if cores is None else cores
    return Ranks(
        ranks,
        workers=ranks if shared else ranks - 1,
        shared=shared,
        threads=threads,
        cores=hands,
        readers=max(readers, 1),
    )


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
    records = sizes.particles * sizes.rows
    sent = sizes.frames * sizes.frame_bytes * subdomains
    of_a_rank = costs.start_s + (costs.mpi_start_s if on.ranks > 1 else 0.0)
    starting = (
        of_a_rank * max(on.ranks / on.cores, 1.0)
        + on.workers * costs.subdomain_s
        + 1e-9
        * (
            sizes.elements * (costs.element_ns + subdomains * costs.cut_ns)
            + sizes.particles * costs.release_ns
        )
    )
    moving = sizes.particle_steps * sizes.step_ns + begun * entry_ns(sizes, on.workers, costs)
    moving_s = 1e-9 * (moving / movers + begun * costs.rest_ns / hands)
    # while others move; where rank 0 moves particles too, those wait for it
    gathering = 1e-9 * records * costs.gather_ns
    gathering = gathering if on.shared else max(gathering - moving_s, 0.0)
    meeting = sizes.intervals * rounds(sizes, on.workers) * costs.round_s * math.log2(max(on.workers, 2))
    rows_bytes = float(records * sizes.row_bytes)
    packing, last = rows_bytes / costs.final_bytes_per_s, last_band(sizes.rows) / max(sizes.rows, 1)
    rate = costs.inflate_bytes_per_s if sizes.packed else costs.read_bytes_per_s
    parts = {
        "starting": starting,
        "moving particles": moving_s,
        "sending frames": 1e-9 * sent * away * costs.send_ns,
        "recording": 1e-9 * records * (costs.record_ns / hands + away * sizes.row_bytes * costs.send_ns)
        + gathering,
        "meeting": meeting + sizes.intervals * on.workers * costs.message_s,
        "packing the last rows": packing * last,
    }
    beside = {
        "reading": sizes.frames
        * sizes.frame_bytes
        / rate
        / (min(on.readers, LARGE_FIELDS) if sizes.packed else 1),
        "packing frames": 1e-9 * sent * costs.pack_ns,
        "writing rows": rows_bytes / costs.row_bytes_per_s,
        "packing rows": packing * (1 - last),
    }
    first, other = _memory(sizes, on, subdomains, costs)
    written = (
        sizes.files * FILE_BYTES + sizes.particles * FIXED_BYTES + rows_bytes if sizes.row_bytes else 0.0
    )
    return Prediction(
        parts, beside, first_bytes=first, other_bytes=other, part_bytes=written, final_bytes=written
    )


def _memory(sizes: Sizes, on: Ranks, subdomains: float, costs: Costs) -> tuple[float, float]:
    """Bytes of rank 0 and of every other rank. A worker holds its time levels and one to come; rank 0 the
    whole frames in use, one that is cut and its cuts, one that waits and one that is read."""
    further = max(sizes.rows / sizes.intervals, 1.0) - 1.0
    records = costs.record_bytes * further
    worker = (
        subdomains * ((sizes.window + 1) * sizes.frame_bytes + sizes.elements * costs.subdomain_bytes)
        + sizes.particles * (costs.particle_bytes + records)
    ) / on.workers
    manager = (
        costs.manager_bytes
        + (sizes.window + 3 + subdomains) * sizes.frame_bytes
        + sizes.elements * (costs.mesh_bytes + subdomains * costs.subdomain_bytes)
        + sizes.particles * (2 * sizes.row_bytes + records)
    )
    under_mpi = costs.interpreter_bytes + costs.mpi_bytes  # as every other rank is
    first = under_mpi if on.ranks > 1 else costs.interpreter_bytes
    return first + manager + (worker if on.shared else 0.0), under_mpi + worker


def worth(sizes: Sizes, *, dedicated_from: int, most: int = 1 << 14, costs: Costs = COSTS) -> int:
    """The least ranks (a power of two) whose run takes at most a fifth longer than the fastest one."""
    numbers = [1 << i for i in range(most.bit_length())]
    seconds = [predict(sizes, ranks_of(n, dedicated_from=dedicated_from), costs).seconds for n in numbers]
    return next(n for n, s in zip(numbers, seconds, strict=True) if s <= 1.2 * min(seconds))
