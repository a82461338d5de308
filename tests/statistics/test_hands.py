"""All statistics together: whoever is asked, in whatever portions, and wherever a run is taken up again."""

import numpy as np
import pytest

from fvdrift.statistics.ledger import Ledger

from .world import asked, found, plan_of, square_mesh, wandering, write_boxes


@pytest.fixture(scope="module")
def statistics(tmp_path_factory):
    zones = write_boxes(
        tmp_path_factory.mktemp("zones") / "zones.geojson", (5, 5, 40, 60), (30, 30, 90, 70), (10, 70, 50, 95)
    )
    return [
        {"kind": "density", "box": [0.0, 0.0, 90.0, 100.0], "cells": [7, 5]},
        {"kind": "density", "name": "elements", "ages": ["0h", "2h", "9h"], "period": "4h", "every": "2h"},
        {"kind": "exposure", "status": ["stranded"]},
        {"kind": "polygons", "polygons": zones, "releases": ["a", "c"]},
        {"kind": "polygons", "name": "seldom", "polygons": zones, "every": "3h", "status": ["active"]},
        {"kind": "connectivity", "polygons": zones, "competency": ["2h", "6h"], "every": "2h"},
        {"kind": "connectivity", "name": "zones", "polygons": zones, "sources": zones},
        {"kind": "flushing", "polygons": zones},
        {"kind": "flushing", "name": "all", "every": "2h"},
        {"kind": "cloud"},
        {"kind": "cloud", "name": "together", "apart": False, "releases": ["b"]},
    ]


def same(one, other):
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


@pytest.mark.parametrize("seed", range(4))
def test_any_number_of_hands_gives_the_same_numbers(seed, statistics):
    world, mesh = wandering(seed), square_mesh()
    plan = plan_of(world, statistics, mesh=mesh)
    alone = found(asked(world, plan))
    for hands in (2, 5):
        same(alone, found(asked(world, plan, hands=hands, seed=seed)))


@pytest.mark.parametrize("row", [1, 5, 8])
def test_a_run_that_is_taken_up_again_gives_the_same_numbers(row, statistics, tmp_path):
    """From what was saved, with hands that remember nothing."""
    world, mesh = wandering(7), square_mesh()
    plan = plan_of(world, statistics, mesh=mesh)
    before = asked(world, plan, hands=3, rows=range(row))
    np.savez(tmp_path / "state.npz", **before.state())
    ledger = Ledger(plan)
    with np.load(tmp_path / "state.npz") as state:
        ledger.restore(state)
    after = asked(world, plan, hands=2, seed=5, rows=range(row, len(world.x)), ledger=ledger)
    same(found(asked(world, plan)), found(after))


def test_a_run_that_stops_early_has_what_was_seen(statistics):
    world = wandering(3)
    plan = plan_of(world, statistics, mesh=square_mesh())
    numbers = found(asked(world, plan, rows=range(5)))
    assert (
        len(numbers["polygons_time"]) == len(numbers["cloud_time"]) == len(numbers["flushing_elapsed"]) == 5
    )
    assert len(numbers["seldom_time"]) == 2
    assert (numbers["flushing_fraction_inside"][0] == 1).all()


def test_every_statistic_says_what_it_has_found(statistics):
    world = wandering(2)
    plan = plan_of(world, statistics, mesh=square_mesh())
    lines = list(asked(world, plan).summary())
    for block in statistics:
        assert f"{block.get('name', block['kind'])}:" in lines
    assert len(lines) > 2 * len(statistics)
    assert list(asked(world, plan, rows=range(0)).summary())
