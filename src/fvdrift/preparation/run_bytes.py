"""What goes from rank to rank in a run, by the kinds that its record counts (`engine.transport.traffic`). A part of the
model of `run_time`."""

from .output_time import deals
from .run_sizes import Ranks, Sizes
from .run_time import crossing, overlap

ID = 8  # bytes of a record, beside its row
PACKED_ROW = 0.37  # of a row of smooth paths, once it is packed
LOOK = 14  # of a record that a statistic looks at: what it says
HANDED = 56  # of a particle that changes hands
PLACED = 28  # of one that is released, from who placed it to who has it
FROM_RANK_0 = 73  # of one that rank 0 places
PLACED_BY_ALL = 500_000  # particles: where there are fewer, rank 0 places them all
SUBDOMAIN = 131  # of an element of a subdomain
IN_FILE = 6  # of the same: where it stands in the files, and its nodes
MESH = 115  # of an element: the mesh that all place particles on
READER = 22  # of an element: what reading the files takes beside them, where all read
TOLD = 806_000  # of a rank, at first: nearly all of it the code of modules
INTERVAL = 1100  # of a rank: orders in an interval
FRAME = 900  # of a rank: of a frame that it reads


def bytes_by_kind(sizes: Sizes, on: Ranks) -> dict[str, float]:
    """All links together; nothing where there is one rank."""
    if on.ranks == 1:
        return {}
    away, others, nodes = 1.0 - 1.0 / on.workers, on.ranks - 1, on.forcing == "nodes"
    # of those of rank 0 nobody is told
    told = sizes.elements * overlap(sizes.elements, on.workers) * others / on.workers
    to_all = (MESH if placed_by_all(sizes) else 0) + (READER if nodes else 0)
    orders = TOLD + sizes.intervals * INTERVAL + (sizes.frames * FRAME if nodes else 0)
    return {
        "rows": _rows(sizes, on, away),
        "releases": sizes.particles * away * (PLACED if placed_by_all(sizes) else FROM_RANK_0),
        "statistics": sizes.looks * LOOK * away,
        "frames": 0.0 if nodes else sizes.frames * sizes.frame_bytes * told / sizes.elements,
        "mesh": told * (SUBDOMAIN + (IN_FILE if nodes else 0)) + sizes.elements * to_all * others,
        "particles": sizes.particle_steps / sizes.steps * crossing(sizes, on.workers) * HANDED,
        "tallies": others * orders,
    }


def placed_by_all(sizes: Sizes) -> bool:
    """Whether all ranks get the mesh, to place particles on."""
    return sizes.particles >= PLACED_BY_ALL


def _rows(sizes: Sizes, on: Ranks, away: float) -> float:
    records = sizes.particles * sizes.rows if sizes.row_bytes else 0
    recorded = records * (sizes.row_bytes + ID) * away
    if not deals(sizes, on):
        return recorded
    return recorded + records * sizes.row_bytes * PACKED_ROW * _apart(sizes, on.owners)


def _apart(sizes: Sizes, owners: int) -> float:
    """Share of the stripes whose owner is not who writes their file: owners are counted from the front, writers from
    the back."""
    stripes = range(sizes.stripes)
    of_file = -(-sizes.stripes // sizes.files)
    apart = [stripe % owners != owners - 1 - stripe // of_file % owners for stripe in stripes]
    return sum(apart) / len(stripes)
