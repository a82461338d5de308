"""What a run takes to have frames where particles are: read by rank 0, which sends every worker its part, or by the
ranks of each node, into one copy on each. A part of the model of `run_time`.

Rank 0 reads and cuts in threads of its own; sending holds all up. On nodes the fields of a frame go to different
ranks, those of AHEAD frames to others again; they take the cores that move particles, where a node has no others. The
slowest has one field.
"""

from typing import NamedTuple

from .costs import COSTS, Costs
from .run_sizes import AHEAD, Ranks, Sizes, steps_of_a_tree


class FramesTime(NamedTuple):
    """Seconds. parts: in the loop, of all ranks; beside: of what goes on beside it; rank_0: of its cores, beside;
    disk: of the file system; cpu: of the cores of all ranks; read_bytes: of all nodes together."""

    parts: dict[str, float]
    beside: dict[str, float]
    rank_0: float
    disk: float
    cpu: dict[str, float]
    read_bytes: float


def frames_time(sizes: Sizes, on: Ranks, subdomains: float, costs: Costs = COSTS) -> FramesTime:
    """subdomains: elements of all over those of the mesh."""
    by = _by_nodes if on.forcing == "nodes" else _by_rank_0
    return by(sizes, on, subdomains, costs)


def _by_rank_0(sizes: Sizes, on: Ranks, subdomains: float, costs: Costs) -> FramesTime:
    sent = sizes.frames * sizes.frame_bytes * subdomains
    others = on.ranks - 1
    reading, cutting = _reading(sizes, costs), 1e-9 * sent * costs.pack_ns
    sending = 1e-9 * sent * others / max(on.workers, 1) * costs.send_ns
    abreast = min(on.readers, 1 / sizes.largest) if sizes.packed else 1.0
    return FramesTime(
        {"sending frames": sending + sizes.frames * others * costs.message_s},
        {"reading frames": reading / abreast, "cutting frames": cutting},
        rank_0=reading + cutting,
        disk=_stored(sizes) / min(costs.disk_bytes_per_s, costs.node_bytes_per_s),
        cpu={"reading frames": reading, "cutting frames": cutting, "sending frames": 2 * sending},
        read_bytes=_stored(sizes),
    )


def _by_nodes(sizes: Sizes, on: Ranks, subdomains: float, costs: Costs) -> FramesTime:
    reading = _reading(sizes, costs)
    busiest = max(sizes.largest / AHEAD, 1 / min(on.fewest, on.node_cores))
    taken = 1e-9 * sizes.frames * sizes.frame_bytes * subdomains * costs.take_frame_ns
    abreast = {"reading frames": reading * busiest}
    readers = min(on.per_node, AHEAD / sizes.largest)
    idle = on.node_cores - on.per_node * on.threads >= readers
    told = costs.locate_s + 2 * steps_of_a_tree(on.ranks) * costs.round_s  # and agreed on
    return FramesTime(
        {
            **({} if idle else abreast),
            "taking frames": taken / min(on.workers, on.cores),
            "locating frames": sizes.frames * told,
        },
        abreast if idle else {},
        rank_0=0.0,
        disk=_stored(sizes) * max(on.nodes / costs.disk_bytes_per_s, 1 / costs.node_bytes_per_s),
        cpu={"reading frames": reading * on.nodes, "taking frames": taken},
        read_bytes=_stored(sizes) * on.nodes,
    )


def _reading(sizes: Sizes, costs: Costs) -> float:
    """Seconds of one core."""
    rate = costs.inflate_bytes_per_s if sizes.packed else costs.read_bytes_per_s
    return sizes.frames * sizes.frame_bytes / rate


def _stored(sizes: Sizes) -> float:
    """Bytes of all frames in their files."""
    return sizes.frames * sizes.frame_bytes * sizes.stored
