"""The rounds of a hand-off: everyone ends together, nobody is lost, and who sent what when leaves no
trace."""

import itertools
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fvdrift.engine.hand_off import Batches, Swapped, batches_by_owner, joined, rounds
from fvdrift.engine.transport.in_process import InProcessExchange
from fvdrift.process.signals import never
from fvdrift.tools.particle_arrays import PARTICLE


def particles(*ids: int) -> np.ndarray:
    made = np.zeros(len(ids), PARTICLE)
    made["id"] = ids
    return made


class Traveller:
    """A worker whose particles each have to visit a list of workers, one a round."""

    def __init__(self, number: int, ways: dict[int, list[int]]):
        self.number, self.ways = number, ways
        self.held = particles()
        self.integrated = 0
        self.cut_short = False

    def integrate(self, asked: Callable[[], bool] = never) -> Batches:
        self.integrated += 1
        self.cut_short = asked()
        leaving = np.array([bool(self.ways[int(p["id"])]) for p in self.held], bool)
        going = self.held[leaving]
        self.held = self.held[~leaving]
        owners = np.array([self.ways[int(p["id"])].pop(0) for p in going], np.int64)
        return batches_by_owner(going, owners)

    def absorb(self, arrivals: np.ndarray) -> None:
        assert (np.diff(arrivals["id"]) > 0).all()
        self.held = np.concatenate((self.held, arrivals))


@settings(deadline=None)
@given(
    st.integers(1, 6),
    st.dictionaries(st.integers(0, 1000), st.lists(st.integers(0, 5), max_size=8), max_size=30),
)
def test_all_get_where_they_go_in_as_many_rounds_as_the_longest_way(
    workers: int, ways: dict[int, list[int]]
) -> None:
    plan = {number: [stop % workers for stop in way] for number, way in ways.items()}
    crew = [Traveller(number, {p: list(way) for p, way in plan.items()}) for number in range(workers)]
    shared = crew[0].ways
    for worker in crew:
        worker.ways = shared
        worker.held = particles(*(p for p in plan if p % workers == worker.number))
    longest = max((len(way) for way in plan.values()), default=0)
    assert rounds(crew, InProcessExchange(PARTICLE))[:2] == (longest + 1, False)
    assert all(worker.integrated == longest + 1 for worker in crew)
    where = {int(p["id"]): worker.number for worker in crew for p in worker.held}
    assert where == {p: (way[-1] if way else p % workers) for p, way in plan.items()}
    assert sum(len(worker.held) for worker in crew) == len(plan)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 7)), unique_by=lambda pair: pair[0]))
def test_batches_hold_each_particle_once_by_its_owner_in_order(pairs: list[tuple[int, int]]) -> None:
    ids, owners = [p for p, _ in pairs], np.array([o for _, o in pairs], np.int64)
    batches = batches_by_owner(particles(*ids), owners)
    assert set(batches) == set(owners.tolist())
    for owner, batch in batches.items():
        assert batch["id"].tolist() == sorted(p for p, o in pairs if o == owner)


def test_joined_does_not_tell_who_sent_what() -> None:
    a, b, c = particles(5, 9), particles(1), particles(7, 8)
    for order in ((a, b, c), (c, a, b), (b, c, a)):
        assert joined(order, PARTICLE)["id"].tolist() == [1, 5, 7, 8, 9]
    assert joined([], PARTICLE).dtype == PARTICLE
    assert len(joined([], PARTICLE)) == 0


def test_in_one_process_silence_of_all_is_the_end() -> None:
    exchange = InProcessExchange(PARTICLE)
    assert exchange.swap([{}, {}, {}]) == (None, False)
    arrived, _ = exchange.swap([{2: particles(3)}, {}, {0: particles(1)}])
    assert arrived is not None
    assert [batch["id"].tolist() for batch in arrived] == [[1], [], [3]]


@settings(deadline=None)
@given(
    st.integers(1, 5),
    st.dictionaries(st.integers(0, 1000), st.lists(st.integers(0, 4), max_size=8), max_size=30),
    st.data(),
)
def test_one_who_is_asked_to_stop_lets_all_stop_in_that_round_with_nobody_lost(
    workers: int, ways, data
) -> None:
    crew = [Traveller(number, {}) for number in range(workers)]
    shared = {number: [stop % workers for stop in way] for number, way in ways.items()}
    for worker in crew:
        worker.ways = shared
        worker.held = particles(*(p for p in ways if p % workers == worker.number))
    longest = max((len(way) for way in ways.values()), default=0)
    last = data.draw(st.integers(0, longest))
    asks = iter(range(10_000))
    done, stopped, _ = rounds(
        crew, InProcessExchange(PARTICLE), lambda: next(asks) >= last * workers + workers - 1
    )
    assert (done, stopped) == (last + 1, True)
    assert sorted(int(p["id"]) for worker in crew for p in worker.held) == sorted(ways)


def test_waiting_for_others_is_no_handing_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that goes on 1 s at each look: 1 s lies between two, of which 0.25 s are waited."""

    class Slow(InProcessExchange):
        def swap(self, leaving: Sequence[Batches], cut_short: bool = False) -> Swapped:
            self.waited_s += 0.25
            return super().swap(leaving, cut_short)

    ticks = itertools.count()
    monkeypatch.setattr("fvdrift.engine.hand_off.time.perf_counter", lambda: float(next(ticks)))
    crew = [Traveller(number, {1: [1, 0], 2: []}) for number in range(2)]
    crew[1].ways = crew[0].ways
    crew[0].held = particles(1, 2)
    exchange = Slow(PARTICLE)
    assert rounds(crew, exchange) == (3, False, 3.0)
    assert (exchange.waited_s, exchange.transfer_s) == (0.75, 1.5)  # in the third round nothing is sent
