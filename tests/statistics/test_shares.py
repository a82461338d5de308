"""Accounts cut into shares: put together they are the whole, whoever was asked, and wherever they were cut anew."""

import pickle

import numpy as np
import pytest

from fvdrift.statistics.density import CellAccount
from fvdrift.statistics.findings import Findings
from fvdrift.statistics.ledger import Ledger
from fvdrift.statistics.shares import Share, all_cut, all_joined

from .world import asked, dealt_out, found, kinds_in, plan_of, square_mesh, wandering

HOLDERS = (1, 2, 5)


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


def ledgers(plan, holders):
    return [Ledger(plan, Share(holder, holders)) for holder in range(holders)]


def together(plan, shares):
    """Of ledgers of all shares, what travels between ranks."""
    travelled = pickle.loads(pickle.dumps([share.found() for share in shares]))
    return {variable.name: variable.values for variable in Findings(plan, travelled).variables()}


def same(one, other):
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


@pytest.mark.parametrize("holders", HOLDERS)
def test_all_shares_together_have_the_numbers_of_the_whole(holders, world, plan, whole):
    shares = ledgers(plan, holders)
    dealt_out(world, plan, shares, hands=3)
    same(whole, together(plan, shares))


@pytest.mark.parametrize(("before", "after"), [(2, 5), (5, 2), (1, 5), (5, 1)])
def test_shares_are_cut_anew_where_a_run_is_taken_up_by_others(before, after, world, plan, whole):
    """Also: what they know together is what a ledger of the whole knows."""
    shares = ledgers(plan, before)
    dealt_out(world, plan, shares, hands=3, rows=range(6))
    state = all_joined(plan.accounts, [share.state() for share in shares])
    same(asked(world, plan, rows=range(6)).state(), state)
    others = ledgers(plan, after)
    for holder, ledger in enumerate(others):
        ledger.restore(all_cut(plan.accounts, state, Share(holder, after)))
    dealt_out(world, plan, others, hands=2, rows=range(6, len(world.x)))
    same(whole, together(plan, others))


def test_every_key_is_in_one_share(plan):
    for number, account in enumerate(plan.accounts):
        for holders in (1, 2, 3, 7, 1000):
            shares = [account.keys_of(number, Share(holder, holders)) for holder in range(holders)]
            assert [key for keys in shares for key in keys] == list(account.keys)


def test_accounts_that_are_not_cut_go_to_holders_in_turn(plan):
    whole = [number for number, account in enumerate(plan.accounts) if len(account.keys) == 1]
    assert len(whole) == 2
    owners = [next(h for h in range(5) if len(plan.accounts[n].keys_of(n, Share(h, 5)))) for n in whole]
    assert len(set(owners)) == 2


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
            assert account.bytes_each == 0
        else:
            assert each == account.bytes_each * len(keys), account.name
