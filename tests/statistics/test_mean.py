"""Means of variables against numpy over the same records."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fvdrift.engine.worker import rehearse
from fvdrift.errors import RunFileError
from fvdrift.orders import Sample, WorkOrder
from fvdrift.settings.load import run_file_from
from fvdrift.statistics import rehearse_accounts

from .world import World, asked, found, in_box, numbers_of, plan_of, still, wandering, write_boxes

BOXES = ((5, 5, 40, 60), (30, 30, 90, 70))


def expected(values, chosen):
    """Count, mean, standard deviation, least and greatest."""
    some = values[chosen & ~np.isnan(values)]
    return len(some), some.mean(), some.std() if len(some) > 1 else np.nan, some.min(), some.max()


def check(numbers, name, at, truth):
    keys = ("count", "mean", "deviation", "minimum", "maximum")
    np.testing.assert_allclose([numbers[f"{name}_{key}"][at] for key in keys], truth, rtol=1e-12)


def test_polygons_and_cells_by_age_and_period():
    """Values that are missing are left out; a period of four looks, of which the last has two."""
    world = wandering(9)
    temp, row = world.more["temp"], np.arange(14)[:, np.newaxis]
    grid = {"box": [0.0, 0.0, 100.0, 100.0], "cells": [2, 2]}
    numbers = numbers_of(
        world, [{"kind": "mean", "variable": "temp", **grid, "ages": ["1h", "4h", "9h"], "period": "4h"}]
    )
    assert np.isnan(temp[world.there]).sum() > 100
    assert numbers["mean_count"].shape == (4, 2, 2, 2)
    for period in range(4):
        for k, (low, high) in enumerate([(1, 4), (4, 9)]):
            aged = (world.age >= 3600 * low) & (world.age < 3600 * high) & (row // 4 == period)
            for i, j in np.ndindex(2, 2):
                inside = in_box(world, (50 * j, 50 * i, 50 * j + 50, 50 * i + 50))
                if (world.there & aged & inside).any():
                    check(numbers, "mean", (period, k, i, j), expected(temp, world.there & aged & inside))


def test_polygons_and_filters(tmp_path):
    world = wandering(9)
    zones = write_boxes(tmp_path / "z.geojson", *BOXES)
    numbers = numbers_of(
        world,
        [
            {"kind": "mean", "variable": "mass", "polygons": zones, "dry": True},
            {
                "kind": "mean",
                "name": "old",
                "variable": "age",
                "polygons": zones,
                "period": "1h",
                "age": ["3h", "20h"],
            },
        ],
    )
    first, second = (in_box(world, box) & world.there for box in BOXES)
    for k, inside in enumerate((first, second & ~first)):
        check(numbers, "mean", (0, k), expected(world.more["mass"], inside & (world.more["dry"] == 1)))
        for period in (5, 9):
            now = np.zeros_like(inside)
            now[period] = inside[period]
            check(numbers, "old", (period, k), expected(world.age, now & (world.age >= 10800)))
    assert np.isnan(numbers["old_mean"][0]).all()
    assert numbers["old_count"][0].tolist() == [0, 0]


def test_a_small_spread_about_a_large_mean_is_kept():
    """Where squares of values and of their mean have the same digits."""
    world = still(np.full((3, 1000), 50.0), 50.0, 2)
    values = 1e8 + np.random.default_rng(1).normal(0, 1e-3, world.x.shape)
    world = World(*list(vars(world).values())[:7], world.every, {"pressure": values})
    numbers = numbers_of(
        world, [{"kind": "mean", "variable": "pressure", "box": [0.0, 0.0, 100.0, 100.0], "cells": [1, 1]}]
    )
    assert numbers["mean_deviation"].item() == pytest.approx(values.std(), rel=1e-4)


def test_whoever_is_asked_in_whatever_order_it_is_the_same_bits():
    """Of numbers whose sum depends on the order."""
    world = wandering(3)
    world.more["temp"][:] = (
        np.random.default_rng(5).normal(0, 1, world.x.shape) * 10.0 ** np.arange(-7, 7)[:, np.newaxis]
    )
    plan = plan_of(world, [{"kind": "mean", "variable": "temp"}])
    one = found(asked(world, plan))
    for hands in (2, 5):
        other = found(asked(world, plan, hands=hands, seed=hands))
        for name in one:
            np.testing.assert_array_equal(one[name], other[name], err_msg=name)


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({}, "variable: is missing"),
        ({"variable": "temp", "status": ["settled"]}, "takes nobody who has settled"),
    ],
)
def test_what_is_no_mean_is_refused(keys, sentence):
    tree = {
        "forcing": {"files": ["flow.nc"]}, "release": [{"point": [0, 0]}], "time": {"step": "1s"},
        "statistic": [{"kind": "mean", **keys}],
    }  # fmt: skip
    with pytest.raises(RunFileError, match=sentence):
        run_file_from(tree, Path("run.toml"))


def test_who_rehearses_has_a_variable_that_statistics_alone_look_at():
    """Without tracks nothing else samples it."""
    grid = {"box": [0.0, 0.0, 9.0, 9.0], "cells": [3, 3]}
    asked_of = plan_of(wandering(1), [{"kind": "mean", "variable": "temp", **grid}]).order
    assert asked_of.wants == ("temp",)
    order = WorkOrder("rk4", "omega", 1.0, "slide", 0, (), tracks=False)
    samples = (Sample("temp", "node", "layer"),)
    rehearse([replace(order, statistics=asked_of._replace(samples=samples))], False)


def test_who_rehearses_accounts_has_what_a_filter_looks_at():
    """As `fvdrift warmup` does for a concentration, whose choice wants `dry`."""
    grid = {"box": [0.0, 0.0, 9.0, 9.0], "cells": [3, 3]}
    plan = plan_of(wandering(1), [{"kind": "density", "dry": False, **grid}])
    assert plan.order.wants == ("dry",)
    rehearse_accounts(plan)
