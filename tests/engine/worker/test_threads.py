"""Turns of blocks: every block has one, none is longer than may be, and the last ones are short."""

from itertools import chain

import pytest

from fvdrift.engine.worker.threads import MOST_STEPS, SHARE, turns


@pytest.mark.parametrize("threads", [1, 2, 7])
@pytest.mark.parametrize("steps", [1, 60, 100_000])
@pytest.mark.parametrize("blocks", [0, 1, 2, 63, 64, 1000, 20_001])
def test_every_block_has_one_turn(blocks, steps, threads):
    of_turns = [range(first, last) for first, last in turns(blocks, steps, threads)]
    assert list(chain(*of_turns)) == list(range(blocks))
    assert all(1 <= len(turn) <= max(1, MOST_STEPS / steps) for turn in of_turns)


def test_threads_end_together():
    """Nobody takes more than the others would still share when the end is near."""
    for threads in (2, 8):
        for first, last in turns(5000, 60, threads):
            assert last - first <= max(1, (5000 - first) // (SHARE * threads))
