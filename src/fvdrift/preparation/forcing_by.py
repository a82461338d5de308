"""Who reads the frames of a run: rank 0, which sends every worker its part, or the ranks of each node, into one copy on
each. The model of both is `frames_time`."""

from .run_sizes import ForcingBy, Ranks, Sizes
from .run_time import predict

LEAST_GAIN = 0.02  # of the time of the run: for less it stays with rank 0


def forcing_by(sizes: Sizes, on: Ranks, wish: str) -> ForcingBy:
    """wish: as `parallel.forcing`; "auto": what takes less time. Where nodes cannot read, rank 0 does."""
    if wish == "manager" or cannot_read(sizes, on):
        return "manager"
    if wish == "nodes":
        return "nodes"
    by_rank_0, by_nodes = (predict(sizes, on._replace(forcing=forcing)) for forcing in ("manager", "nodes"))
    return "nodes" if by_nodes.seconds < (1 - LEAST_GAIN) * by_rank_0.seconds else "manager"


def cannot_read(sizes: Sizes, on: Ranks) -> str:
    """Why the ranks of a node cannot read for themselves, "" where they can."""
    if on.ranks == 1:
        return "there is one rank"
    return (
        ""
        if sizes.located
        else "these files are not plain enough for it: docs/cluster.md says what they must be"
    )
