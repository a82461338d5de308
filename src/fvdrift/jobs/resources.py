"""What to ask a scheduler for: ranks, nodes, memory and time, from the sizes of the run. The model of costs
is `run_time`.

An estimate is not a promise: memory and time get a margin, and a run that is cut short goes on in its next
job.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from fvdrift.errors import RunFileError
from fvdrift.preparation import COSTS, Ranks, Sizes, predict, shared_out, worth
from fvdrift.settings import Parallel

LARGEST_NODE = 64  # ranks put on one node unless told otherwise: the cores that many nodes have at least
MEMORY_MARGIN = 1.3
NODE_EXTRA = 256 << 20  # bytes: shared memory of the MPI library, its launcher
TIME_MARGIN = 2.0  # other cores, other disks, other users
COMPILING_S = 300.0  # kernels on a node that has never seen them, and the start of all ranks
LONGEST_S = 86400  # queues rarely allow more; what is left then goes into the next job
LEAD_S = 120  # SLURM signals up to 60 s early or late, a checkpoint takes 10 s
CHECKPOINT_BYTES_PER_S = 100e6  # of a rank, to the disk; only clouds of many millions of particles feel it
MEBIBYTE = 1 << 20


class Resources(NamedTuple):
    """Of a job. first_bytes: of the node with rank 0; other_bytes: of every other; lead_s: between the signal
    and the end."""

    ranks: int
    nodes: int
    ranks_per_node: int
    threads: int
    first_bytes: int
    other_bytes: int
    walltime_s: int
    lead_s: int
    predicted_s: float

    @property
    def first_mib(self) -> int:
        """Whole MiB of the node with rank 0."""
        return math.ceil(self.first_bytes / MEBIBYTE)

    @property
    def other_mib(self) -> int:
        """Whole MiB of every other node."""
        return math.ceil(self.other_bytes / MEBIBYTE)

    @property
    def ranks_on_last(self) -> int:
        """Ranks on the last node, which may have fewer."""
        return self.ranks - (self.nodes - 1) * self.ranks_per_node


def resources_of(
    sizes: Sizes,
    wish: Parallel,
    *,
    ranks: int | None,
    nodes: int | None,
    ranks_per_node: int | None,
    walltime_s: int | None,
    memory_bytes: int | None,
    staged: bool = True,
) -> Resources:
    """Ranks, nodes, memory and time of a run of `sizes`; what is None is chosen. staged: whether nodes have Python on
    a disk of their own.

    Raises RunFileError where ranks, nodes and ranks on a node don't fit each other.
    """

    def on(number: int) -> Ranks:
        return shared_out(wish, number, sizes, per_node=ranks_per_node or LARGEST_NODE, staged=staged)

    ranks, nodes, per_node = _layout(ranks, nodes, ranks_per_node, worth(sizes, on))
    needed = predict(sizes, shared_out(wish, ranks, sizes, per_node=per_node, staged=staged))
    first, other = (
        memory_bytes or MEMORY_MARGIN * estimate for estimate in (needed.first_bytes, needed.other_bytes)
    )
    of_node = NODE_EXTRA + (0 if memory_bytes else round(MEMORY_MARGIN * needed.node_bytes))
    kept = sizes.particles * COSTS.kept_bytes / min(ranks * CHECKPOINT_BYTES_PER_S, COSTS.disk_bytes_per_s)
    lead = LEAD_S + math.ceil(kept)
    chosen = min(_rounded(TIME_MARGIN * needed.seconds + COMPILING_S + lead), LONGEST_S)
    walltime = chosen if walltime_s is None else walltime_s
    return Resources(
        ranks=ranks,
        nodes=nodes,
        ranks_per_node=per_node,
        threads=wish.threads,
        first_bytes=round(first + (per_node - 1) * other) + of_node,
        other_bytes=round(per_node * other) + of_node,
        walltime_s=walltime,
        lead_s=min(lead, walltime // 2),
        predicted_s=needed.seconds,
    )


def largest(needs: Sequence[Resources]) -> Resources:
    """What is enough for each of several, on the ranks of the first."""
    first, *_ = needs
    return first._replace(
        threads=max(need.threads for need in needs),
        first_bytes=max(need.first_bytes for need in needs),
        other_bytes=max(need.other_bytes for need in needs),
        walltime_s=max(need.walltime_s for need in needs),
        lead_s=max(need.lead_s for need in needs),
        predicted_s=max(need.predicted_s for need in needs),
    )


def _layout(
    ranks: int | None, nodes: int | None, per_node: int | None, worth_it: int
) -> tuple[int, int, int]:
    """Ranks, nodes, and ranks on all nodes but the last."""
    if ranks is None:
        most = (nodes or 1) * (per_node or LARGEST_NODE)
        ranks = most if nodes and per_node else max(min(worth_it, most), nodes or 1)
    if nodes is None:
        if per_node is None and ranks > LARGEST_NODE:
            raise RunFileError(f"--ranks {ranks}: on how many nodes? Give --nodes or --ranks-per-node")
        nodes = math.ceil(ranks / per_node) if per_node else 1
    if per_node is None:
        per_node = math.ceil(ranks / nodes)
    if ranks > nodes * per_node:
        raise RunFileError(
            f"--ranks {ranks}: only {nodes * per_node} fit on {nodes} node(s) with {per_node} on each"
        )
    if ranks <= (nodes - 1) * per_node:
        raise RunFileError(
            f"--ranks {ranks}: with {per_node} on each node, {math.ceil(ranks / per_node)} node(s) are enough"
        )
    return ranks, nodes, per_node


def _rounded(seconds: float) -> int:
    """Up to a time a person would write."""
    unit = next(unit for unit, below in ((300, 3600), (900, 4 * 3600), (3600, math.inf)) if seconds < below)
    return math.ceil(seconds / unit) * unit
