"""Connectivity against following one particle after the other; its parts add up to one."""

import numpy as np
import pytest

from fvdrift_kernels.state import DEAD, EXITED, SETTLED

from .world import in_box, numbers_of, still, wandering, write_boxes

BOXES = ((5, 5, 40, 60), (30, 30, 90, 70), (10, 70, 50, 95))


def fates(world, window, sources=None):
    """(source, where it arrives: polygon, -1 alive, -2 lost, age there) of every particle that is ever seen."""
    first, second, third = (in_box(world, box) for box in BOXES)
    polygon = np.where(first, 0, np.where(second, 1, np.where(third, 2, -1)))
    for p in range(world.x.shape[1]):
        rows = np.flatnonzero(np.isfinite(world.x[:, p]))
        source = world.release[p] if sources is None else sources[polygon[rows[0], p]]
        end, age = -1, np.nan
        for row in rows:
            seconds = world.age[row, p]
            counts = world.there[row, p] or world.status[row, p] == SETTLED
            if counts and window[0] <= seconds <= window[1] and polygon[row, p] >= 0:
                end, age = polygon[row, p], seconds
                break
            if world.status[row, p] in (EXITED, DEAD):
                end = -2
        yield source, end, age


@pytest.mark.parametrize("by_polygon", [False, True])
def test_numbers_are_those_of_a_loop(tmp_path, by_polygon):
    world = wandering(21)
    zones = write_boxes(tmp_path / "z.geojson", *BOXES)
    more = {"sources": zones} if by_polygon else {}
    numbers = numbers_of(world, [{"kind": "connectivity", "polygons": zones, "competency": ["2h", "6h"], **more}])
    count = 4 if by_polygon else 3
    arrivals, lost, seen = np.zeros((count, 3), int), np.zeros(count, int), np.zeros(count, int)
    ages = [[[] for _ in range(3)] for _ in range(count)]
    for source, end, age in fates(world, (7200, 21600), {0: 0, 1: 1, 2: 2, -1: 3} if by_polygon else None):
        seen[source] += 1
        lost[source] += end == -2
        if end >= 0:
            arrivals[source, end] += 1
            ages[source][end].append(age)
    assert np.count_nonzero(arrivals) > 7
    assert lost.sum() > 10
    np.testing.assert_array_equal(numbers["connectivity_arrivals"], arrivals)
    np.testing.assert_array_equal(numbers["connectivity_particles"], seen)
    np.testing.assert_allclose(numbers["connectivity_lost"], lost / seen, rtol=1e-15)
    means = [[np.mean(a) if a else np.nan for a in row] for row in ages]
    np.testing.assert_allclose(numbers["connectivity_mean_age"], means, rtol=1e-14)
    assert list(numbers["connectivity_source_name"]) == (["p0", "p1", "p2", "elsewhere"] if by_polygon else ["a", "b", "c"])


@pytest.mark.parametrize("seed", range(5))
def test_r5_what_arrives_is_lost_and_is_alive_adds_up_to_one(tmp_path, seed):
    """And every particle counts once; the last bits are all that may be missing."""
    world = wandering(seed, particles=997)
    zones = write_boxes(tmp_path / "z.geojson", *BOXES)
    numbers = numbers_of(world, [{"kind": "connectivity", "polygons": zones, "competency": "1h", "every": "2h"}])
    total = numbers["connectivity_connectivity"].sum(axis=1) + numbers["connectivity_lost"] + numbers["connectivity_alive"]
    assert np.abs(total - 1).max() <= 1e-15
    alive = np.rint(numbers["connectivity_alive"] * numbers["connectivity_particles"])
    lost = np.rint(numbers["connectivity_lost"] * numbers["connectivity_particles"])
    assert (numbers["connectivity_arrivals"].sum(axis=1) + alive + lost == numbers["connectivity_particles"]).all()


@pytest.mark.parametrize(("window", "arrives"), [
    (["2h", "3h"], True), (["3h", "4h"], True), (["1h", "2h"], True), (["1h", "119min"], False), (["181min", "9h"], False),
    ("3h", True), ("181min", False),
])  # fmt: skip
def test_both_ends_of_competency_are_included(tmp_path, window, arrives):
    """A particle that is in the polygon at an age of 2 and of 3 hours only."""
    zones = write_boxes(tmp_path / "z.geojson", (0, 0, 10, 10))
    world = still(np.array([[50.0, 50, 5, 5, 50]]).T, 5.0, 4)
    numbers = numbers_of(world, [{"kind": "connectivity", "polygons": zones, "competency": window}])
    assert numbers["connectivity_connectivity"].item() == float(arrives)
    assert numbers["connectivity_alive"].item() == float(not arrives)


def test_one_that_grows_up_inside_a_polygon_arrives_there(tmp_path):
    """Though it never came in."""
    zones = write_boxes(tmp_path / "z.geojson", (0, 0, 10, 10))
    numbers = numbers_of(still([5.0], [5.0], 6), [{"kind": "connectivity", "polygons": zones, "competency": "4h"}])
    assert numbers["connectivity_arrivals"].item() == 1
    assert numbers["connectivity_mean_age"].item() == 4 * 3600
