"""What becomes of one start: who strands, who leaves, and what several particles come to. Tracks are made by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from fvdrift.comparison.drifters import Start
from fvdrift.comparison.result import compared
from fvdrift.comparison.skill import distance_by

MADE = SimpleNamespace(distance=distance_by(None, False))
EAST = Start(0, 0, "", np.arange(5.0) * 10, np.zeros(5))  # 10 m a comparison


def start(x, y, there):
    x, y, there = np.broadcast_arrays(np.atleast_2d(x), np.atleast_2d(y), np.atleast_2d(there))
    return compared(MADE, EAST, x.astype(float), y.astype(float), there.astype(bool))


def test_a_particle_that_strays():
    found = start([0, 10, 20, 30, 40], [0, 1, 2, 3, 4], True)
    assert found.separation.tolist() == [1, 2, 3, 4]
    assert found.lengths.tolist() == [10, 20, 30, 40]
    assert found.still.tolist() == [10, 20, 30, 40]
    assert (found.s, found.s_still) == (0.1, 1.0)
    assert found.spread.tolist() == [0, 0, 0, 0]


def test_two_particles_either_side_have_a_perfect_centre():
    x = [[0, 10, 20, 30, 40]] * 2
    found = start(x, [[0, 3, 6, 9, 12], [0, -3, -6, -9, -12]], True)
    assert found.separation.tolist() == found.spread.tolist() == [3, 6, 9, 12]
    assert found.of_centre.tolist() == [0, 0, 0, 0]
    assert (found.s, found.s_centre) == (pytest.approx(0.3), 0.0)


def test_s_is_the_mean_of_each_particles():
    x = [[0, 10, 20, 30, 40], [0, 4, 8, 12, 16], [0, 0, 5, 9, 70]]
    y = [[0, 1, 2, 3, 4], [0, 0, 0, 0, 0], [0, 0, -2, -3, 1]]
    alone = [start(x[i], y[i], True).s for i in range(3)]
    assert start(x, y, True).s == pytest.approx(np.mean(alone), rel=1e-12)


def test_who_strands_stays_and_counts():
    found = start([0, 10, 10, 10, 10], 0, True)
    assert found.separation.tolist() == [0, 10, 20, 30]
    assert (found.leads, found.left) == (4, 0)


def test_who_leaves_counts_no_more():
    x = [[0, 10, 20, 30, 40], [0, 12, np.nan, np.nan, np.nan]]
    found = start(x, 0, np.isfinite(x))
    assert found.separation.tolist() == [1, 0, 0, 0]  # half of them are left
    assert (found.started, found.left, found.leads) == (2, 1, 4)
    x[0][3:] = [np.nan, np.nan]
    found = start(x, 0, np.isfinite(x))
    assert found.separation.tolist() == [1, 0]
    assert (found.started, found.left, found.leads) == (2, 2, 2)
    assert found.s == 1 / 30


def test_who_never_starts_has_no_score():
    found = start([[np.nan] * 5] * 2, 0, False)
    assert (found.started, found.left, found.leads) == (0, 0, 0)
    assert np.isnan(found.s)
