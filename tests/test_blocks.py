"""Turns of blocks: every block has one, none is longer than may be, and the last ones are short."""

from itertools import chain

import pytest

from fvdrift.blocks import MOST_BLOCKS, SHARE, turns


@pytest.mark.parametrize("threads", [1, 2, 7])
@pytest.mark.parametrize("blocks", [0, 1, 2, 63, 64, 1000, 20_001])
def test_every_block_has_one_turn(blocks, threads):
    of_turns = [range(first, last) for first, last in turns(blocks, threads)]
    assert list(chain(*of_turns)) == list(range(blocks))
    assert all(1 <= len(turn) <= MOST_BLOCKS for turn in of_turns)


def test_threads_end_together():
    """Nobody takes more than the others would still share when the end is near."""
    for threads in (2, 8):
        for first, last in turns(5000, threads):
            assert last - first <= max(1, (5000 - first) // (SHARE * threads))
