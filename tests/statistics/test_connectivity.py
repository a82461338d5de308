"""Connectivity against straight ways cut in closed form; its parts add up to one."""

import numpy as np
import pytest

from fvdrift_kernels.state import DEAD, EXITED, SETTLED

from .ways import pieces
from .world import HOUR, asked, found, numbers_of, plan_of, still, wandering, write_boxes

BOXES = ((5, 5, 40, 60), (30, 30, 90, 70), (10, 70, 50, 95))


def arrival(world, particle, window, stride):
    """(polygon, age there) of one particle that is never gone; (-1, nan) where it does not arrive."""
    born = 3600 * world.born[particle]
    for begin, end, code in pieces(world, particle, BOXES, stride):
        first, last = max(begin, born + window[0]), min(end, born + window[1])
        if code >= 0 and first <= last and (first < end or first == begin):
            return code, first - born
    return -1, np.nan


@pytest.mark.parametrize("window", [(7200, 21600), (9000, 9000), (5000, 6000)])
@pytest.mark.parametrize(("by_polygon", "stride"), [(False, 1), (True, 1), (False, 3), (True, 3)])
def test_numbers_are_those_of_straight_ways(tmp_path, by_polygon, stride, window):
    """Also for ages between two looks, and for who was released between two."""
    world = wandering(21, mortal=False)
    zones = write_boxes(tmp_path / "z.geojson", *BOXES)
    more = {"sources": zones} if by_polygon else {}
    competency = [f"{age}s" for age in window]
    asked_for = {
        "kind": "connectivity",
        "polygons": zones,
        "competency": competency,
        "every": f"{stride}h",
        **more,
    }
    numbers = numbers_of(world, [asked_for])
    count = 4 if by_polygon else 3
    arrivals, seen, ages = np.zeros((count, 3), int), np.zeros(count, int), np.zeros((count, 3))
    for p in range(400):
        born = int(world.born[p])
        x, y = world.x[born, p], world.y[born, p]
        source = next((k for k, (a, b, c, d) in enumerate(BOXES) if a < x < c and b < y < d), 3)
        source = source if by_polygon else world.release[p]
        end, age = arrival(world, p, window, stride)
        seen[source] += 1
        if end >= 0:
            arrivals[source, end] += 1
            ages[source, end] += age
    assert arrivals.sum() > 40
    np.testing.assert_array_equal(numbers["connectivity_arrivals"], arrivals)
    np.testing.assert_array_equal(numbers["connectivity_particles"], seen)
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(numbers["connectivity_mean_age"], ages / arrivals, rtol=1e-9)
    assert list(numbers["connectivity_source_name"]) == (
        ["p0", "p1", "p2", "elsewhere"] if by_polygon else ["a", "b", "c"]
    )


@pytest.mark.parametrize("seed", range(3))
def test_r5_what_arrives_is_lost_settles_and_is_alive_adds_up_to_one(tmp_path, seed):
    """And every particle counts once; the last bits are all that may be missing."""
    world = wandering(seed, particles=997)
    zones = write_boxes(tmp_path / "z.geojson", *BOXES)
    both = {"kind": "connectivity", "polygons": zones, "every": "2h"}
    kinds = [{**both, "competency": age, "name": f"n{age}"} for age in ("1h", "11h")]
    numbers = numbers_of(world, kinds)
    for name in ("n1h", "n11h"):
        parts = [numbers[f"{name}_{key}"] for key in ("lost", "settled", "alive")]
        assert min(part.max() for part in parts) > 0.01
        total = numbers[f"{name}_connectivity"].sum(axis=1) + sum(parts)
        assert np.abs(total - 1).max() <= 1e-15
        counts = sum(np.rint(part * numbers[f"{name}_particles"]) for part in parts)
        assert (numbers[f"{name}_arrivals"].sum(axis=1) + counts == numbers[f"{name}_particles"]).all()
        everybody = numbers[f"{name}_particles"] + numbers[f"{name}_too_young"]
        np.testing.assert_array_equal(everybody, np.bincount(world.release))
    assert numbers["n1h_too_young"].tolist() == [0, 0, 0]
    # 11 h old at 12 h, the last look: born at 0 or 1 h
    late = np.bincount(world.release[world.born > 1], minlength=3)
    np.testing.assert_array_equal(numbers["n11h_too_young"], late)


@pytest.mark.parametrize("every", ["1h", "4h"])
def test_who_is_too_young_to_arrive_by_the_end_counts_beside(tmp_path, every):
    """Released hour by hour into a polygon that all stay in, competent from 4 h on: all who can arrive do."""
    zones = write_boxes(tmp_path / "z.geojson", (0, 0, 10, 10))
    born = np.arange(10)
    world = still(np.full((9, 10), 5.0), 5.0, 8)
    world = type(world)(**{**vars(world), "born": np.minimum(born, 8)})
    world.x[np.arange(9)[:, np.newaxis] < world.born] = np.nan
    world.status[np.arange(9)[:, np.newaxis] < world.born] = 0
    plan = plan_of(world, [{"kind": "connectivity", "polygons": zones, "competency": "4h", "every": every}])
    ledger = asked(world, plan)
    numbers = found(ledger)
    assert numbers["connectivity_connectivity"].item() == 1
    assert numbers["connectivity_particles"].item() == 5
    assert numbers["connectivity_too_young"].item() == 5
    assert next(line for line in ledger.findings().summary() if "too young" in line).split()[-4:] == [
        "alive",
        "particles",
        "too",
        "young",
    ]


@pytest.mark.parametrize("every", ["20min", "1h", "3h"])
@pytest.mark.parametrize("released", [20, 30, 60])
def test_a_window_narrower_than_every_loses_nobody(tmp_path, every, released):
    """Everybody is in the water at six hours of age; looks alone found 0.545 of those released every 20
    min."""
    zones = write_boxes(tmp_path / "z.geojson", (-10, -10, 1000, 10))
    born = np.arange(0, 301, released) // 10
    world = still(np.zeros((121, len(born))), 0.0, 120, every=HOUR // 6)
    world = type(world)(**{**vars(world), "born": born})
    row = np.arange(121)[:, np.newaxis]
    world.x[:] = np.where(row < born, np.nan, 5.0 * (row - born))
    world.status[:] = row >= born
    kinds = [{"kind": "connectivity", "polygons": zones, "competency": ["6h", "6h"], "every": every}]
    numbers = numbers_of(world, kinds)
    assert numbers["connectivity_connectivity"].item() == 1
    assert numbers["connectivity_mean_age"].item() == 6 * 3600


@pytest.mark.parametrize(("window", "arrives"), [
    (["2h", "3h"], True), (["3h", "4h"], True), (["1h", "2h"], True), (["1h", "89min"], False), (["211min", "9h"], False),
    ("3h", True), ("211min", False), (["1h", "90min"], True), (["209min", "9h"], True),
])  # fmt: skip
def test_both_ends_of_competency_are_included(tmp_path, window, arrives):
    """A particle that is in the polygon from half past one to half past three."""
    zones = write_boxes(tmp_path / "z.geojson", (0, 0, 10, 10))
    world = still(np.array([[15.0, 15, 5, 5, 15]]).T, 5.0, 4)
    numbers = numbers_of(world, [{"kind": "connectivity", "polygons": zones, "competency": window}])
    assert numbers["connectivity_connectivity"].item() == float(arrives)
    assert numbers["connectivity_alive"].item() == float(not arrives)


def test_one_that_grows_up_inside_a_polygon_arrives_there(tmp_path):
    """Though it never came in."""
    zones = write_boxes(tmp_path / "z.geojson", (0, 0, 10, 10))
    numbers = numbers_of(
        still([5.0], [5.0], 6), [{"kind": "connectivity", "polygons": zones, "competency": "4h"}]
    )
    assert numbers["connectivity_arrivals"].item() == 1
    assert numbers["connectivity_mean_age"].item() == 4 * 3600


@pytest.mark.parametrize(
    ("fate", "kind"), [(SETTLED, "settled"), (EXITED, "lost"), (DEAD, "lost"), (1, "alive")]
)
def test_who_settles_in_no_polygon_is_not_alive(tmp_path, fate, kind):
    zones = write_boxes(tmp_path / "z.geojson", (200, 0, 210, 10))
    world = still(np.array([[0.0], [20.0], [40.0]]), 5.0, 2)
    world.status[2] = fate
    numbers = numbers_of(world, [{"kind": "connectivity", "polygons": zones}])
    assert {key: numbers[f"connectivity_{key}"].item() for key in ("settled", "lost", "alive")} == {
        "settled": 0, "lost": 0, "alive": 0, kind: 1
    }  # fmt: skip


def test_who_settles_arrives_where_it_has_settled(tmp_path):
    zones = write_boxes(tmp_path / "z.geojson", (0, 0, 10, 10))
    world = still(np.array([[50.0], [30.0], [5.0]]), 5.0, 2)
    world.status[2] = SETTLED
    numbers = numbers_of(world, [{"kind": "connectivity", "polygons": zones}])
    assert numbers["connectivity_connectivity"].item() == 1
    assert 3600 < numbers["connectivity_mean_age"].item() <= 7200


def test_backward_the_table_says_where_the_water_goes(tmp_path):
    zones = write_boxes(tmp_path / "z.geojson", (0, 0, 10, 10))
    kinds = [{"kind": kind, "polygons": zones} for kind in ("connectivity", "polygons", "flushing")]
    said = {
        d: "\n".join(asked(w := still([5.0], [5.0], 2), plan_of(w, kinds, direction=d)).findings().summary())
        for d in (1, -1)
    }
    for forward, backward in (
        ("from \\ to", "to \\ from"),
        ("entries", "exits"),
        ("mean residence", "mean since entry"),
    ):
        assert forward in said[1]
        assert forward not in said[-1]
        assert backward in said[-1]
        assert backward not in said[1]
