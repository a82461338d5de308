"""Entries, stays and ages against straight ways cut in closed form, and against particles that all know."""

import numpy as np
import pytest

from fvdrift_kernels.state import DEAD, EXITED, SETTLED

from .ways import stretches
from .world import HOUR, in_box, numbers_of, still, wandering, write_boxes

BOXES = ((5, 5, 40, 60), (30, 30, 90, 70))


@pytest.mark.parametrize("stride", [1, 3])
def test_numbers_are_those_of_straight_ways(tmp_path, stride):
    """Also where particles are released between two looks, and where they pass a polygon between two."""
    world = wandering(11, mortal=False)
    zones = write_boxes(tmp_path / "z.geojson", *BOXES)
    numbers = numbers_of(world, [{"kind": "polygons", "polygons": zones, "every": f"{stride}h"}])
    looks = len(range(0, 14, stride))
    entries, began, ages = np.zeros((looks, 2), int), np.zeros(2, int), [[], []]
    stay, going_on = np.zeros(2), np.zeros(2, int)
    for p in range(400):
        for k, (begin, end, code) in enumerate(stretches(world, p, BOXES, stride)):
            if code < 0:
                continue
            stay[code] += end - begin
            going_on[code] += end == 3600 * stride * (looks - 1)
            if k == 0:
                began[code] += 1
            else:
                entries[int(np.ceil(begin / 3600 / stride)), code] += 1
                ages[code].append(begin - 3600 * world.born[p])
    first, second = (in_box(world, box) for box in BOXES)
    inside = np.stack([first.sum(axis=1), (second & ~first).sum(axis=1)], axis=1)[::stride]
    assert entries.sum() > 100
    np.testing.assert_array_equal(numbers["polygons_inside"], inside)
    np.testing.assert_array_equal(numbers["polygons_entries"], entries)
    np.testing.assert_array_equal(numbers["polygons_began"], began)
    np.testing.assert_array_equal(numbers["polygons_still_inside"], going_on)
    np.testing.assert_allclose(numbers["polygons_residence"], stay, rtol=1e-9)
    np.testing.assert_allclose(numbers["polygons_mean_age_at_entry"], [np.mean(a) for a in ages], rtol=1e-9)
    np.testing.assert_allclose(numbers["polygons_mean_stay"], stay / (began + entries.sum(axis=0)), rtol=1e-9)


def test_one_that_goes_in_and_out_and_in(tmp_path):
    """It crosses the side, 5 m from either place, half way between looks."""
    zones = write_boxes(tmp_path / "z.geojson", (0, 0, 10, 10))
    world = still(np.array([[5.0, 15, 15, 5, 5, 15, 5]]).T, 5.0, 6, every=HOUR // 6)
    numbers = numbers_of(world, [{"kind": "polygons", "polygons": zones}])
    assert numbers["polygons_entries"].ravel().tolist() == [0, 0, 0, 1, 0, 0, 1]
    assert numbers["polygons_began"].tolist() == [1]
    assert numbers["polygons_residence"].tolist() == [600.0 * (0.5 + 2 + 0.5)]
    assert numbers["polygons_mean_stay"].tolist() == [600.0]
    assert numbers["polygons_mean_stay_is_lower_bound"].tolist() == [True]
    assert numbers["polygons_mean_age_at_entry"].tolist() == [600.0 * (2.5 + 5.5) / 2]


def test_a_polygon_that_is_crossed_between_two_looks_was_entered(tmp_path):
    zones = write_boxes(tmp_path / "z.geojson", (40, 0, 60, 10))
    numbers = numbers_of(still(np.array([[0.0, 100.0]]).T, 5.0, 1), [{"kind": "polygons", "polygons": zones}])
    assert numbers["polygons_entries"].ravel().tolist() == [0, 1]
    assert numbers["polygons_inside"].sum() == 0
    assert numbers["polygons_mean_stay"].tolist() == [720.0]
    assert numbers["polygons_mean_age_at_entry"].tolist() == [1440.0]
    assert numbers["polygons_mean_stay_is_lower_bound"].tolist() == [False]


@pytest.mark.parametrize("fate", [SETTLED, EXITED, DEAD])
def test_who_is_recorded_in_a_polygon_for_the_last_time_came_in(tmp_path, fate):
    """However it ended there, on the way or at its end; and nobody is in it then."""
    zones = write_boxes(tmp_path / "z.geojson", (0, 0, 10, 10))
    world = still(np.array([[50.0] * 40, [5.0] * 40, [np.nan] * 40]), 5.0, 2)
    world.status[1] = fate
    numbers = numbers_of(world, [{"kind": "polygons", "polygons": zones}])
    assert numbers["polygons_entries"].ravel().tolist() == [0, 40, 0]
    assert numbers["polygons_inside"].sum() == numbers["polygons_still_inside"].sum() == 0
    # it ended at some time of the hour, on the way there
    assert numbers["polygons_residence"].item() == pytest.approx(40 * 5 / 45 * 1800, rel=0.05)


@pytest.mark.parametrize("every", ["1h", "4h"])
def test_status_that_does_not_count_ends_a_stay(tmp_path, every):
    """At some time since the last look: in the mean of many in the middle."""
    zones = write_boxes(tmp_path / "z.geojson", (0, 0, 10, 10))
    world = still(np.full((9, 1000), 5.0), 5.0, 8)
    world.status[4:] = 2
    numbers = numbers_of(
        world, [{"kind": "polygons", "polygons": zones, "status": ["active"], "every": every}]
    )
    expected = {"1h": 3.5, "4h": 2.0}[every]
    assert numbers["polygons_mean_stay"].item() / 3600 == pytest.approx(expected, rel=1e-3)
    assert numbers["polygons_still_inside"].tolist() == [0]


def test_a_polygon_that_nobody_comes_to_has_no_mean(tmp_path):
    zones = write_boxes(tmp_path / "z.geojson", (0, 0, 10, 10))
    numbers = numbers_of(still([50.0], [50.0], 3), [{"kind": "polygons", "polygons": zones}])
    assert np.isnan(numbers["polygons_mean_stay"]).all()
    assert np.isnan(numbers["polygons_mean_age_at_entry"]).all()
    assert numbers["polygons_residence"].tolist() == [0.0]
