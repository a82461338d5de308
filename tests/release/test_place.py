"""Places of planned particles in a small mesh, from plan to element."""

import numpy as np
import pytest

from fvdrift.errors import RunFileError
from fvdrift.release.place import place_event

BLOCKS = [
    {"point": [5.0, 5.0], "radius": 1.0, "count": 50},
    {"box": [2.0, 2.0, 12.0, 4.0], "count": 50},
    {"line": [[1.0, 1.0], [9.0, 1.0]], "count": 50, "every": "1h"},
]


def test_every_shape_is_placed_and_ids_go_through(planned, water):
    plan = planned(*BLOCKS)
    placed = [place_event(plan, i, seed=3, **water) for i in range(len(plan.events))]
    ids = np.concatenate([p.ids for p in placed])
    assert sorted(ids) == list(range(plan.total))
    assert all((p.element >= 0).all() for p in placed)
    assert np.hypot(placed[0].x - 5, placed[0].y - 5).max() <= 1
    assert placed[1].x.max() <= 10 + 1e-6
    assert (placed[2].y == 1).all()
    # the next release of the same line is another draw
    assert not np.isin(placed[3].x, placed[2].x).any()


def test_a_seed_of_64_bits_is_a_seed_like_any_other(planned, water):
    plan = planned(BLOCKS[1])
    places = [place_event(plan, 0, seed=seed, **water).x for seed in (0, 2**63, 2**64 - 1)]
    assert (places[0] != places[1]).all()
    assert (places[1] != places[2]).all()
    assert (place_event(plan, 0, seed=2**64 - 1, **water).x == places[2]).all()


def test_points_on_land_are_refused_by_name_and_place(planned, water, tmp_path):
    (tmp_path / "s.csv").write_text("x,y,name\n1,1,a\n11,1,b\n12,1,c\n")
    plan = planned({"file": "s.csv"})
    with pytest.raises(RunFileError, match=r'release "b": 2 of 3 particles .* the first at \(11, 1\)'):
        place_event(plan, 0, seed=0, **water)


def test_points_on_land_keep_their_ids_where_that_is_allowed(planned, water, tmp_path):
    (tmp_path / "s.csv").write_text("x,y\n1,1\n11,1\n2,2\n")
    placed = place_event(planned({"file": "s.csv", "allow_outside": True}), 0, seed=0, **water)
    assert placed.ids.tolist() == [0, 1, 2]
    assert (placed.element >= 0).tolist() == [True, False, True]


def test_an_area_without_water_is_refused(planned, water):
    with pytest.raises(RunFileError, match="there is no water"):
        place_event(planned({"name": "hill", "box": [20.0, 20.0, 30.0, 30.0]}), 0, seed=0, **water)


def test_rows_in_any_order_of_time_are_placed_at_their_own_points(planned, water, tmp_path):
    (tmp_path / "s.csv").write_text("x,y,count,time\n1,1,2,2h\n2,2,1,1h\n3,3,2,2h\n")
    plan = planned({"file": "s.csv"})
    x = np.empty(plan.total)
    for i in range(len(plan.events)):
        placed = place_event(plan, i, seed=0, **water)
        x[placed.ids] = placed.x
    assert x.tolist() == [1, 1, 2, 3, 3]
