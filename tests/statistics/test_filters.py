"""Filters of statistics: who counts by depth, age, water, condition, and after it has settled; against plain counts
and straight ways in closed form."""

from pathlib import Path

import numpy as np
import pytest

from fvdrift.errors import RunFileError
from fvdrift.settings.load import run_file_from
from fvdrift_kernels.state import ACTIVE, SETTLED

from .ways import stretches
from .world import HOUR, SIZE, World, in_box, numbers_of, still, wandering, write_boxes

BOXES = ((5, 5, 40, 60), (30, 30, 90, 70))
GRID = {"box": [0.0, 0.0, SIZE, SIZE], "cells": [4, 3]}


def passing(world: World, name: str) -> tuple[dict, np.ndarray]:
    """Keys of a filter, and who passes it: bool (row, particle)."""
    depth, more = -world.z, world.more
    return {
        "depth": ({"depth": ["2m", "5m"]}, (depth >= 2) & (depth < 5)),
        "height": ({"height": ["0m", "3m"]}, (10 - depth >= 0) & (10 - depth < 3)),
        "sigma": ({"sigma": [-0.3, 0.0]}, (depth >= 0) & (depth <= 3)),
        "age": ({"age": ["2h", "5h"]}, (world.age >= 7200) & (world.age < 18000)),
        "dry": ({"dry": True}, more["dry"] == 1),
        "wet": ({"dry": False}, more["dry"] == 0),
        "where": (
            {"where": "temp > 12 and not status == stranded"},
            (more["temp"] > 12) & (world.status == 1),
        ),
        "unknown": ({"where": "not (temp > 12)"}, more["temp"] <= 12),
        "both": (
            {"where": "x > 50 and age < 7200", "depth": ["0m", "5m"]},
            (world.x > 50) & (world.age < 7200) & (depth < 5),
        ),
    }[name]


NAMES = ("depth", "height", "sigma", "age", "dry", "wet", "where", "unknown", "both")


@pytest.mark.parametrize("name", NAMES)
def test_a_density_a_cloud_and_polygons_count_who_passes(tmp_path, name):
    world = wandering(5)
    keys, passes = passing(world, name)
    counted = world.there & passes
    zones = write_boxes(tmp_path / "z.geojson", *BOXES)
    found = numbers_of(
        world,
        [
            {"kind": "density", **GRID, **keys},
            {"kind": "cloud", "apart": False, **keys},
            {"kind": "polygons", "polygons": zones, **keys},
        ],
    )
    counts = [
        np.histogram2d(world.y[row, some], world.x[row, some], [3, 4], [[0, SIZE]] * 2)[0]
        for row, some in enumerate(counted)
    ]
    assert 50 < counted.sum() < 0.8 * world.there.sum()
    np.testing.assert_array_equal(found["density_count"], counts)
    np.testing.assert_array_equal(found["cloud_particles"][:, 0], counted.sum(axis=1))
    first, second = (in_box(world, box) & counted for box in BOXES)
    second &= ~in_box(world, BOXES[0])
    np.testing.assert_array_equal(found["polygons_inside"], np.stack([first.sum(1), second.sum(1)], axis=1))


def test_a_range_of_ages_cuts_ways_at_its_ends(tmp_path):
    """Coming of age inside is an entry, at that very time."""
    world = wandering(11, mortal=False)
    world.status[world.status > ACTIVE] = ACTIVE
    zones = write_boxes(tmp_path / "z.geojson", *BOXES)
    young, old = 5400.0, 19800.0
    keys = {"kind": "polygons", "polygons": zones, "age": ["90min", "330min"]}
    found = numbers_of(world, [keys])
    stay, entries = np.zeros(2), np.zeros(2, int)
    for p in range(world.x.shape[1]):
        birth, before = 3600.0 * world.born[p], -1
        for begin, end, code in stretches(world, p, BOXES):
            first, last = max(begin, birth + young), min(end, birth + old)
            if first >= last and not (begin == end and birth + young <= begin < birth + old):
                continue
            if code >= 0:
                stay[code] += last - first
                entries[code] += code != before
            before = code
    np.testing.assert_allclose(found["polygons_residence"], stay, rtol=1e-9)
    np.testing.assert_array_equal(found["polygons_entries"].sum(axis=0), entries)
    assert found["polygons_began"].sum() == 0


def test_who_came_to_pass_a_filter_did_so_at_some_time_between(tmp_path):
    """Evenly over the particles: half of the time in the mean."""
    world = still(np.full((3, 400), 5.0), 5.0, 2)
    temp = np.array([[10.0], [14.0], [14.0]]) * np.ones(400)
    world = World(*list(vars(world).values())[:7], HOUR, {"temp": temp})
    zones = write_boxes(tmp_path / "z.geojson", (0, 0, 10, 10))
    found = numbers_of(world, [{"kind": "polygons", "polygons": zones, "where": "temp > 12"}])
    assert found["polygons_entries"].ravel().tolist() == [0, 400, 0]
    assert found["polygons_residence"].item() == pytest.approx(400 * 1.5 * 3600, rel=0.01)
    assert found["polygons_mean_age_at_entry"].item() == pytest.approx(1800, rel=0.01)


def test_time_of_newcomers_goes_where_they_are_seen_first():
    """With a filter nobody knows whether they passed it where they were released; by age it is known."""
    world = still(np.array([[10.0], [10.0], [90.0], [90.0], [90.0]]), 50.0, 4)
    world.born[:] = 1
    world.status[0] = 0
    world = World(*list(vars(world).values())[:7], HOUR, {"temp": np.full(world.x.shape, 14.0)})
    grid = {"kind": "exposure", "box": [0.0, 0.0, 100.0, 100.0], "cells": [2, 1], "every": "2h"}
    found = numbers_of(
        world,
        [
            grid,
            {**grid, "name": "warm", "where": "temp > 12"},
            {**grid, "name": "young", "age": ["0h", "75min"]},
        ],
    )
    assert found["exposure_exposure"].ravel().tolist() == [1800.0, 1800.0 + 7200.0]
    assert found["warm_exposure"].ravel().tolist() == [0.0, 3600.0 + 7200.0]
    assert found["young_exposure"].ravel().tolist() == [1800.0, 1800.0 + 900.0]


def test_who_has_settled_stays_where_it_has_settled(tmp_path):
    """Settled in the second hour, on its way into the box, or at its end; looked at every two hours."""
    x = np.full((9, 300), np.nan)
    x[:3] = np.array([50.0, 50.0, 5.0])[:, np.newaxis]
    world = still(x, 5.0, 8)
    world.status[2:] = SETTLED
    zones = write_boxes(tmp_path / "z.geojson", (0, 0, 10, 10))
    keys = {"polygons": zones, "status": ["active", "settled"]}
    found = numbers_of(
        world,
        [
            {"kind": "polygons", **keys},
            {"kind": "polygons", "name": "seldom", **keys, "every": "4h"},
            {"kind": "polygons", "name": "alive", "polygons": zones},
            {"kind": "connectivity", **keys, "competency": "4h"},
            {"kind": "connectivity", "name": "alive_later", "polygons": zones, "competency": "4h"},
        ],
    )
    assert found["polygons_inside"].ravel().tolist() == [0, 0, *[300] * 7]
    assert found["seldom_inside"].ravel().tolist() == [0, 300, 300]
    assert found["alive_inside"].sum() == 0
    # it settles at some time of the hour, and the way's last 5 of 45 m are inside
    late = 300 * 3600 * (0.5 + 0.5 * 5 / 45)
    for name in ("polygons", "seldom"):
        assert found[f"{name}_still_inside"].tolist() == [300]
    assert found["polygons_residence"].item() == pytest.approx(300 * 6 * 3600 + late, rel=0.01)
    assert found["connectivity_arrivals"].item() == 300
    assert found["connectivity_mean_age"].item() == 4 * 3600
    assert found["alive_later_settled"].item() == 1


@pytest.mark.parametrize("cells", [{"box": [0.0, 0.0, 100.0, 100.0], "cells": [4, 4]}, {}])
def test_who_has_settled_is_counted_where_it_has_settled(cells):
    """Recorded once, at the third row, which no look of every three hours sees; the warm ones alone."""
    x = np.full((9, 300), np.nan)
    x[:3] = np.linspace(1.0, 99.0, 300)
    world = still(x, 5.0, 8)
    world.status[2:] = SETTLED
    temp = np.where(np.arange(300) < 100, 14.0, 10.0) * np.ones((9, 1))
    world = World(*list(vars(world).values())[:7], HOUR, {"temp": temp})
    density = {"kind": "density", **cells, "every": "3h"}
    found = numbers_of(
        world,
        [
            {**density, "status": ["settled"]},
            {**density, "name": "all", "status": ["active", "settled"], "period": "6h"},
            {**density, "name": "warm", "status": ["settled"], "where": "temp > 12"},
        ],
    )
    apart = lambda name: found[f"{name}_count"].reshape(len(found[f"{name}_count"]), -1)  # noqa: E731
    assert apart("density").sum(axis=1).tolist() == [0, 300, 300]
    assert apart("all").sum(axis=1).tolist() == [600, 300]
    assert apart("warm").sum(axis=1).tolist() == [0, 100, 100]
    assert (apart("density")[1] == apart("density")[2]).all()
    assert (apart("all")[1] == apart("density")[2]).all()
    if cells:
        assert found["density_count"][1].sum(axis=0).tolist() == np.histogram(x[0], 4, (0, 100))[0].tolist()


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        (
            {"kind": "flushing", "age": ["1h", "2h"]},
            'statistic.0.age: kind = "flushing" follows particles from their release on',
        ),
        (
            {"kind": "exposure", "status": ["settled"]},
            'statistic.0.status: kind = "exposure" takes nobody who has settled',
        ),
        (
            {"kind": "density", "status": ["settled"], "ages": ["0h", "2h"]},
            "statistic.0.ages: goes without settled",
        ),
        ({"kind": "density", "age": ["1h", "90min"]}, "narrower than output.every"),
        ({"kind": "cloud", "where": "temp + 3"}, "statistic.0.where: this is a number, not a condition"),
        ({"kind": "cloud", "where": "temp >"}, "statistic.0.where"),
        ({"kind": "cloud", "depth": ["5m", "2m"]}, "statistic.0.depth: .* must be two lengths that ascend"),
        ({"kind": "cloud", "sigma": [0.0, -1.0]}, "statistic.0.sigma"),
    ],
)
def test_what_cannot_be_is_refused(keys, sentence):
    tree = {
        "forcing": {"files": ["flow.nc"]}, "release": [{"point": [0, 0]}], "statistic": [keys],
        "time": {"step": "1s"}, "output": {"every": "1h"},
    }  # fmt: skip
    with pytest.raises(RunFileError, match=sentence):
        run_file_from(tree, Path("run.toml"))
