"""Who of a node reads which fields."""

from itertools import chain, pairwise

import numpy as np
import pytest

from fvdrift.engine.node_frames import FrameLayout, shares

USUAL = {"u": 40, "v": 40, "ww": 40, "zeta": 3, "ua": 6, "va": 6, "wet": 2}  # FVCOM's: 3-D ones and flat ones


def layout(sizes: dict[str, int]) -> FrameLayout:
    return FrameLayout({name: ("f4", (16 * size,)) for name, size in sizes.items()})


@pytest.mark.parametrize("ranks", [1, 2, 3, 4, 7, 8, 40, 64])
def test_each_field_is_read_once_and_over_frames_all_ranks_read_alike(ranks: int) -> None:
    read = np.zeros(ranks)
    for frame in range(ranks):
        dealt = shares(layout(USUAL), ranks, frame)
        assert sorted(chain.from_iterable(dealt)) == sorted(USUAL)
        read += [sum(USUAL[name] for name in share) for share in dealt]
    np.testing.assert_allclose(read, sum(USUAL.values()))


@pytest.mark.parametrize(("ranks", "most"), [(1, 137), (2, 80), (3, 46), (4, 40), (64, 40)])
def test_no_rank_has_more_than_it_must(ranks: int, most: int) -> None:
    dealt = shares(layout(USUAL), ranks, 0)
    assert max(sum(USUAL[name] for name in share) for share in dealt) == most


def test_ranks_that_read_nothing_of_a_frame_read_of_the_next() -> None:
    busy = [
        {rank for rank, share in enumerate(shares(layout(USUAL), 40, frame)) if share} for frame in range(40)
    ]
    assert all(len(each) == 7 for each in busy)
    assert not any(one & following for one, following in pairwise(busy))
