"""Which fields of a frame each rank of a node reads."""

from math import gcd

from .layout import FrameLayout


def shares(layout: FrameLayout, ranks: int, frame: int) -> list[list[str]]:
    """By rank, names of fields: the largest first to who has least. The next frame begins with ranks that have
    none of this one, where there are some; in so many frames as ranks, each rank has each share once."""
    dealt: list[list[str]] = [[] for _ in range(ranks)]
    loads = [0] * ranks
    for name in sorted(layout.fields, key=lambda name: (-layout.nbytes_of(name), name)):
        least = loads.index(min(loads))
        dealt[least].append(name)
        loads[least] += layout.nbytes_of(name)
    step = max(1, sum(map(bool, dealt)))
    while gcd(step, ranks) > 1:  # else some rank would never have the largest share
        step += 1
    return [dealt[(rank - step * frame) % ranks] for rank in range(ranks)]
