"""Who tells whom what all are to hear, or to say: ranks as a binomial tree. What goes up and down it is `talk`'s.

Rank 0 has the ranks 1, 2, 4, 8 ... below it, and each of these all ranks up to the next. So what each of some ranks
says is put together in the order of ranks, neighbours first, which are mostly of one node.
"""

from typing import NamedTuple


class Tree(NamedTuple):
    """Of one rank. above: who tells it, and hears it; below: whom it tells and hears, in their order."""

    above: int
    below: tuple[int, ...]


def tree_of(rank: int, ranks: int) -> Tree:
    """Rank 0 is its own `above`."""
    reach = rank & -rank or ranks  # so many from this one on are its own
    steps = (1 << power for power in range(ranks.bit_length()))
    return Tree(
        rank & (rank - 1), tuple(rank + step for step in steps if step < reach and rank + step < ranks)
    )
