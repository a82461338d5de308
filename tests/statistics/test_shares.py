"""Accounts cut into shares: put together they are the whole, whoever was asked, and wherever they were cut anew."""

import pickle

import numpy as np
import pytest

from fvdrift.engine.checkpoint import CheckpointShares, named
from fvdrift.engine.checkpoint.look_at_shares import LookAtShares
from fvdrift.engine.errands import OneProcess
from fvdrift.settings.statistic_names import ENDS
from fvdrift.statistics.density import CellAccount
from fvdrift.statistics.holding import Roles
from fvdrift.statistics.ledger import Ledger
from fvdrift.statistics.shares import WHOLE, Share, shared_anew
from fvdrift.statistics.travelling import travelling_plan

from .world import asked, dealt_out, found, kinds_in, plan_of, ranks_for, square_mesh, wandering

# by number of holders; rank 0 keeps nothing, but where it is alone
ROLES = {1: Roles((0,), 0), 2: Roles((1, 2), 2), 5: Roles((1, 2, 3, 4, 5), 1)}


@pytest.fixture(scope="module")
def world():
    """With a grid of 12 x 10 particles that are all there from the first row on."""
    made = wandering(11)
    grid = range(120)
    made.release[:] = np.repeat([0, 1, 2], [len(grid), 130, 150])
    for particle in grid:
        first = made.born[particle]
        for values in (made.x, made.y, made.z, made.status):
            values[:first, particle] = values[first, particle]
    made.born[grid] = 0
    return made


@pytest.fixture(scope="module")
def plan(world, tmp_path_factory):
    grid = {"kind": "ftle", "releases": ["a"], "points": [12, 10]}
    return plan_of(world, [*kinds_in(tmp_path_factory.mktemp("zones")), grid], mesh=square_mesh())


@pytest.fixture(scope="module")
def whole(world, plan):
    return found(asked(world, plan))


def together(ranks, roles):
    """What the clerk finds, of what travels to him."""
    travelled = pickle.loads(pickle.dumps([ranks[holder].found() for holder in roles.holders]))
    findings = ranks[roles.clerk].findings(travelled)
    return {variable.name: variable.values for variable in findings.variables()}


def same(one, other):
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


@pytest.mark.parametrize("roles", ROLES.values())
def test_all_shares_together_have_the_numbers_of_the_whole(roles, world, plan, whole):
    ranks = ranks_for(plan, roles, max(roles.holders) + 1)
    dealt_out(world, plan, ranks)
    same(whole, together(ranks, roles))


def test_names_of_all_variables_are_known(plan, whole):
    """By them it is told, before a run, that two statistics would have a variable of one name."""
    titles = [each.name for each in plan.accounts]
    ends = {
        name.removeprefix(f"{title}_")
        for name in whole
        for title in titles
        if name.startswith(f"{title}_")
        and not any(len(t) > len(title) and name.startswith(f"{t}_") for t in titles)
    }
    assert len(ends) > 60
    assert ends <= ENDS


class Kept:
    """States of ledgers of all shares, in their order."""

    def __init__(self, *states):
        self.holders, self._states = len(states), states

    def state(self, share, name):
        assert share.holders == self.holders
        return {
            key: values for key, values in self._states[share.holder].items() if key.startswith(f"{name}.")
        }


@pytest.mark.parametrize(("before", "after"), [(2, 5), (5, 2), (1, 5), (5, 1)])
def test_shares_are_cut_anew_where_a_run_is_taken_up_by_others(before, after, world, plan, whole):
    """What was let go since the last looks is told anew."""
    ranks = ranks_for(plan, ROLES[before], before + 1)
    dealt_out(world, plan, ranks, rows=range(6))
    kept = Kept(*(ranks[holder].state() for holder in ROLES[before].holders))
    roles = ROLES[after]
    others = ranks_for(plan, roles, after + 1)
    for rank in others:
        rank.restore(kept)
    since = np.flatnonzero(world.born < 6)
    others[0].newcomers.add(since, *world.starts(since))
    dealt_out(world, plan, others, rows=range(6, len(world.x)))
    same(whole, together(others, roles))


@pytest.mark.parametrize("row", [4, 9])
def test_a_run_on_ranks_is_taken_up_by_one_process_and_the_other_way(row, world, plan, whole):
    roles, rest = ROLES[2], range(row, len(world.x))
    ranks = ranks_for(plan, roles, 3)
    dealt_out(world, plan, ranks, rows=range(row))
    ledger = Ledger(plan)
    ledger.restore(
        shared_anew(plan.accounts, Kept(*(ranks[holder].state() for holder in roles.holders)), WHOLE)
    )
    same(whole, found(asked(world, plan, rows=rest, ledger=ledger)))
    alone = Kept(asked(world, plan, rows=range(row)).state())
    ranks = ranks_for(plan, roles, 3)
    for rank in ranks:
        rank.restore(alone)
    since = np.flatnonzero(world.born < row)
    ranks[1].newcomers.add(since, *world.starts(since))
    dealt_out(world, plan, ranks, rows=rest)
    same(whole, together(ranks, roles))


class Files:
    """Stands for the files of a checkpoint."""

    def __init__(self, arrays):
        self.arrays = arrays

    @property
    def names(self):
        return frozenset(self.arrays)

    def array(self, name):
        return self.arrays[name]


def test_shares_that_cannot_be_of_the_run_are_found(world, plan):
    """By whoever reads them: here all by one."""
    roles = ROLES[5]
    ranks = ranks_for(plan, roles, 6)
    dealt_out(world, plan, ranks, rows=range(6))
    arrays = {}
    for rank in ranks[1:]:
        arrays |= named(rank.share, rank.state())
    to_all = travelling_plan(plan, clerk=False)

    def said(arrays, rows=6):
        kept = CheckpointShares(Files(arrays))
        damage = LookAtShares(to_all, plan.order, kept, (0,), rows)(OneProcess())
        return "" if damage is None else damage.said

    assert said(arrays) == ""
    assert "has 6 looks, not those of 7 rows" in said(arrays, rows=7)
    name = "statistics/3-5/polygons.x"
    assert "polygons.x: is missing" in said({key: each for key, each in arrays.items() if key != name})
    assert "polygons.x: is float64 (79,), not float64 (80,)" in said(arrays | {name: arrays[name][1:]})
    assert "density.y: is of no statistic" in said(arrays | {"statistics/3-5/density.y": arrays[name]})
    with pytest.raises(ValueError, match="has shares of different numbers"):
        said(arrays | {"statistics/1-3/polygons.x": arrays[name]})


def test_every_key_is_in_one_share(plan):
    for number, account in enumerate(plan.accounts):
        for holders in (1, 2, 3, 7, 1000):
            shares = [account.keys_of(number, Share(holder, holders)) for holder in range(holders)]
            assert [key for keys in shares for key in keys] == list(account.keys)


def test_accounts_that_are_not_cut_go_to_holders_in_turn(plan):
    whole = [number for number, account in enumerate(plan.accounts) if len(account.keys) == 1]
    assert len(whole) == 3
    owners = [next(h for h in range(5) if len(plan.accounts[n].keys_of(n, Share(h, 5)))) for n in whole]
    assert len(set(owners)) == 3


def test_a_share_keeps_of_particles_what_is_its_own(plan, world):
    """And an account of cells nothing of particles."""
    for number, account in enumerate(plan.accounts):
        keys = account.keys_of(number, Share(1, 5))
        if len(keys) == 0:
            continue
        state = account.make(plan.scene, keys).state()
        each = sum(
            values.nbytes for name, values in state.items() if isinstance(account.kind.cut.get(name), int)
        )
        if account.kind is CellAccount:
            assert account.bytes == 0
        else:
            assert each * len(account.keys) == account.bytes * len(keys), account.name
