"""What the cost of a run follows from: its sizes, and how it is shared out. Plain numbers; the model is
`run_time`."""

import math
from typing import Literal, NamedTuple

from .costs import PLAIN_STEP_NS

ForcingBy = Literal["manager", "nodes"]  # who reads frames: rank 0, or the ranks of each node

DEDICATED_FROM = 16  # ranks from which rank 0 has enough to do with feeding the others
FEW = 4  # ranks: where there are fewer, rank 0 owns stripes too
AHEAD = 2  # frames that the ranks of a node read side by side, beside those in use


class Sizes(NamedTuple):
    """frame_bytes: of all variables read, as float32; window: frames in use at once; packed: whether files are
    deflated; steps: in an interval; row_bytes: of a particle in a row of the tracks; step_ns: of the options, as
    STEP_NS; files: of tracks, all that rows go into; stripes: that rows are dealt to, 0 where rank 0 writes them
    all; looks: records that statistics look at, of all; checkpoints: that are written; largest: share of a frame
    that its largest field is; stored: what a frame takes in the files, over frame_bytes; located: whether all can
    read frames, and not only the library."""

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
    stripes: int = 0
    looks: int = 0
    checkpoints: int = 0
    largest: float = 0.4  # u, of u, v and omega
    stored: float = 1.0
    located: bool = True


class Ranks(NamedTuple):
    """How a run is shared out. workers: ranks that move particles; shared: rank 0 is one of them; threads: of
    each that move particles; cores: that there are for all of it; readers: threads of rank 0 that inflate fields
    side by side; per_node: ranks on every node but the last; forcing: who reads frames; staged: whether nodes have
    Python and its packages on a disk of their own."""

    ranks: int
    workers: int
    shared: bool
    threads: int
    cores: int
    readers: int
    per_node: int
    forcing: ForcingBy = "manager"
    staged: bool = True

    @property
    def nodes(self) -> int:
        return math.ceil(self.ranks / self.per_node)

    @property
    def fewest(self) -> int:
        """Ranks on the node that has fewest."""
        return self.ranks - (self.nodes - 1) * self.per_node

    @property
    def node_cores(self) -> int:
        """Of one node."""
        return max(self.cores // self.nodes, 1)

    @property
    def owners(self) -> int:
        """Ranks that stripes are dealt to, and that write their files."""
        return self.ranks if self.ranks < FEW and self.shared else max(self.ranks - 1, 1)


def ranks_of(
    ranks: int,
    *,
    dedicated_from: int,
    threads: int = 1,
    cores: int | None = None,
    readers: int = 1,
    per_node: int | None = None,
) -> Ranks:
    """Ranks as a run shares them out that leaves rank 0 to manage from `dedicated_from` ranks on; cores: one for
    each thread that moves particles, if unset; per_node: all ranks, if unset."""
    shared = ranks < dedicated_from or ranks == 1
    hands = ranks * threads if cores is None else cores
    return Ranks(
        ranks,
        workers=ranks if shared else ranks - 1,
        shared=shared,
        threads=threads,
        cores=hands,
        readers=max(readers, 1),
        per_node=ranks if per_node is None else min(per_node, ranks),
    )


def steps_of_a_tree(ranks: int) -> int:
    """From one rank to all others, or back."""
    return math.ceil(math.log2(ranks))
