"""All statistics together: whoever is asked, in whatever portions, and wherever a run is taken up again."""

import numpy as np
import pytest

from fvdrift.statistics.ledger import Ledger

from .world import asked, found, kinds_in, plan_of, square_mesh, wandering


@pytest.fixture(scope="module")
def statistics(tmp_path_factory):
    return kinds_in(tmp_path_factory.mktemp("zones"))


def same(one, other):
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


@pytest.mark.parametrize("seed", range(2))
def test_any_number_of_hands_gives_the_same_numbers(seed, statistics):
    world, mesh = wandering(seed), square_mesh()
    plan = plan_of(world, statistics, mesh=mesh)
    alone = found(asked(world, plan))
    for hands in (2, 5):
        same(alone, found(asked(world, plan, hands=hands, seed=seed)))


@pytest.mark.parametrize("row", [1, 8])
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
    lines = list(asked(world, plan).findings().summary())
    for block in statistics:
        assert f"{block.get('name', block['kind'])}:" in lines
    assert len(lines) > 2 * len(statistics)
    assert list(asked(world, plan, rows=range(0)).findings().summary())
