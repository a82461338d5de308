"""Entries, stays and ages against following one particle after the other."""

import numpy as np

from .world import HOUR, in_box, numbers_of, still, wandering, write_boxes

BOXES = ((5, 5, 40, 60), (30, 30, 90, 70))


def codes_of(world):
    """The polygon each particle is in, the first of them; -1 for none or where it is not."""
    first, second = (in_box(world, box) for box in BOXES)
    return np.where(world.there, np.where(first, 0, np.where(second, 1, -1)), -1)


def test_numbers_are_those_of_a_loop(tmp_path):
    world = wandering(11)
    code = codes_of(world)
    numbers = numbers_of(world, [{"kind": "polygons", "polygons": write_boxes(tmp_path / "z.geojson", *BOXES)}])
    inside, entries = np.zeros((14, 2), int), np.zeros((14, 2), int)
    began, ages = np.zeros(2, int), [[], []]
    for p in range(code.shape[1]):
        first = int(np.flatnonzero(world.there[:, p] | (world.status[:, p] > 3))[0])
        for row in range(14):
            k = code[row, p]
            if k < 0:
                continue
            inside[row, k] += 1
            if row == first:
                began[k] += 1
            elif code[row - 1, p] != k:
                entries[row, k] += 1
                ages[k].append(world.age[row, p])
    assert entries.sum() > 100
    np.testing.assert_array_equal(numbers["polygons_inside"], inside)
    np.testing.assert_array_equal(numbers["polygons_entries"], entries)
    np.testing.assert_array_equal(numbers["polygons_began"], began)
    np.testing.assert_array_equal(numbers["polygons_residence"], 3600.0 * inside.sum(axis=0))
    np.testing.assert_allclose(numbers["polygons_mean_age_at_entry"], [np.mean(a) for a in ages], rtol=1e-14)
    stays = began + entries.sum(axis=0)
    np.testing.assert_allclose(numbers["polygons_mean_stay"], 3600.0 * inside.sum(axis=0) / stays, rtol=1e-14)


def test_one_that_goes_in_and_out_and_in(tmp_path):
    zones = write_boxes(tmp_path / "z.geojson", (0, 0, 10, 10))
    world = still(np.array([[5.0, 20, 20, 5, 5, 20, 5]]).T, 5.0, 6, every=HOUR // 6)
    numbers = numbers_of(world, [{"kind": "polygons", "polygons": zones}])
    assert numbers["polygons_entries"].ravel().tolist() == [0, 0, 0, 1, 0, 0, 1]
    assert numbers["polygons_began"].tolist() == [1]
    assert numbers["polygons_residence"].tolist() == [4 * 600.0]
    assert numbers["polygons_mean_stay"].tolist() == [4 * 600.0 / 3]
    assert numbers["polygons_mean_age_at_entry"].tolist() == [600.0 * (3 + 6) / 2]


def test_a_polygon_that_nobody_comes_to_has_no_mean(tmp_path):
    zones = write_boxes(tmp_path / "z.geojson", (0, 0, 10, 10))
    numbers = numbers_of(still([50.0], [50.0], 3), [{"kind": "polygons", "polygons": zones}])
    assert np.isnan(numbers["polygons_mean_stay"]).all()
    assert np.isnan(numbers["polygons_mean_age_at_entry"]).all()
    assert numbers["polygons_residence"].tolist() == [0.0]
