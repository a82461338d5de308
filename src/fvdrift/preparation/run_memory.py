"""What memory a run takes on rank 0 and on every other rank. A part of the model of `run_time`.

A worker holds its time levels and one to come. Where rank 0 reads frames it holds the whole frames in use, one that
is cut and its cuts, one that waits and one that is read; where the ranks of each node do, that holds those in use and
those that are read, once, and what they are made from. What grows with particles is with workers and owners; on rank
0 it is two rows, where it writes them.
"""

from fvdrift.output import last_band

from .costs import COSTS, Costs
from .output_time import deals
from .run_sizes import AHEAD, Ranks, Sizes


def memory(sizes: Sizes, on: Ranks, subdomains: float, costs: Costs = COSTS) -> tuple[float, float, float]:
    """Bytes of rank 0, of every other rank, and of each node beside its ranks. subdomains: elements of all over
    those of the mesh."""
    further = max(sizes.rows / sizes.intervals, 1.0) - 1.0
    records = costs.record_bytes * further
    worker = (
        subdomains * ((sizes.window + 1) * sizes.frame_bytes + sizes.elements * costs.subdomain_bytes)
        + sizes.particles * (costs.particle_bytes + records)
    ) / on.workers
    rows = sizes.particles * (2 * sizes.row_bytes + records)
    owned = _owned(sizes, on, rows) if deals(sizes, on) else 0.0
    manager = costs.manager_bytes + sizes.elements * (costs.mesh_bytes + subdomains * costs.subdomain_bytes)
    if on.forcing == "manager":
        manager += (sizes.window + 3 + subdomains) * sizes.frame_bytes
    if not deals(sizes, on) and sizes.row_bytes:
        manager += rows
    own = worker if on.shared else 0.0
    own += owned if on.owners == on.ranks else 0.0
    under_mpi = costs.interpreter_bytes + costs.mpi_bytes  # as every other rank is
    first = under_mpi if on.ranks > 1 else costs.interpreter_bytes
    return first + manager + own, under_mpi + worker + owned, of_node(sizes) if on.forcing == "nodes" else 0.0


def of_node(sizes: Sizes) -> float:
    """Bytes that a node has for frames that its ranks read: their places, and what is inflated into them."""
    return sizes.frame_bytes * (sizes.window + AHEAD * (2 + sizes.stored))


def _owned(sizes: Sizes, on: Ranks, rows: float) -> float:
    """Of the busiest owner: two rows of its stripes, and a band of them that is packed, at most."""
    stripes = -(-sizes.stripes // on.owners)
    band = sizes.particles * last_band(sizes.rows) * sizes.row_bytes
    return (rows + band) * stripes / sizes.stripes
