"""What a run takes before its first step. A part of the model of `run_time`. What compiling kernels takes is no part
of it: that is done once for a machine."""

from typing import NamedTuple

from .costs import COSTS, Costs
from .run_sizes import Ranks, Sizes

START = ("starting", "importing", "cutting the mesh", "releasing")


class StartTime(NamedTuple):
    """Seconds by part, one after the other; cpu: of the cores of all ranks."""

    parts: dict[str, float]
    cpu: dict[str, float]


def start_time(sizes: Sizes, on: Ranks, subdomains: float, costs: Costs = COSTS) -> StartTime:
    """subdomains: elements of all over those of the mesh."""
    of_a_rank = costs.start_s + (costs.mpi_start_s if on.ranks > 1 else 0.0)
    cutting = (
        on.workers * costs.subdomain_s
        + 1e-9 * sizes.elements * (costs.element_ns + subdomains * costs.cut_ns)
    )  # fmt: skip
    releasing = 1e-9 * sizes.particles * costs.release_ns
    return StartTime(
        {
            "starting": of_a_rank * max(on.ranks / on.cores, 1.0),
            "importing": shared_calls(on, costs) / costs.calls_per_s,
            "cutting the mesh": cutting,
            "releasing": releasing / min(on.ranks, on.cores),  # each rank its own share
        },
        {"starting": of_a_rank * on.ranks, "cutting the mesh": cutting, "releasing": releasing},
    )


def shared_calls(on: Ranks, costs: Costs = COSTS) -> float:
    """Calls of all ranks to a file system that nodes share, to import what they use."""
    return 0.0 if on.staged or on.nodes == 1 else on.ranks * costs.calls
