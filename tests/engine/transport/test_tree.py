"""Ranks as a tree."""

from math import ceil, log2

import pytest

from fvdrift.engine.transport.tree import tree_of


@pytest.mark.parametrize("ranks", [1, 2, 3, 7, 8, 9, 16, 1000, 1024])
def test_all_ranks_hang_on_it_in_their_order(ranks: int) -> None:
    """What is put together of what the rank and those below it say is of ranks that follow each other."""
    trees = [tree_of(rank, ranks) for rank in range(ranks)]

    def all_of(rank: int) -> list[int]:
        return [rank, *(each for below in trees[rank].below for each in all_of(below))]

    assert all_of(0) == list(range(ranks))
    assert all(trees[below].above == rank for rank, tree in enumerate(trees) for below in tree.below)
    assert max(len(tree.below) for tree in trees) == ceil(log2(ranks))
