"""Particles change hands between real ranks: mpiexec -n 3 python -m pytest --with-mpi tests/mpi"""

import numpy as np
import pytest

mpi4py = pytest.importorskip("mpi4py")
pytestmark = pytest.mark.mpi(min_size=2)


def particles(*ids: int) -> np.ndarray:
    from fvdrift.tools.particle_arrays import PARTICLE

    made = np.zeros(len(ids), PARTICLE)
    made["id"] = ids
    made["x"] = np.sqrt(made["id"])
    made["element"] = made["id"] % 7
    return made


@pytest.fixture
def exchange():
    from mpi4py import MPI

    from fvdrift.engine.transport.exchange import MpiExchange
    from fvdrift.tools.particle_arrays import PARTICLE

    communicator = MPI.COMM_WORLD.Dup()
    yield MpiExchange(communicator, PARTICLE), communicator.rank, communicator.size
    communicator.Free()


def test_when_nobody_sends_all_leave(exchange) -> None:
    by, *_ = exchange
    assert by.swap([{}]) == (None, False)


def test_everybody_to_everybody(exchange) -> None:
    by, rank, size = exchange
    (arrived,) = by.swap([{to: particles(100 * to + rank) for to in range(size) if to != rank}]).arrivals
    np.testing.assert_array_equal(
        arrived, particles(*(100 * rank + sender for sender in range(size) if sender != rank))
    )


def test_who_sends_nothing_gets_what_is_sent(exchange) -> None:
    by, rank, size = exchange
    (arrived,) = by.swap([{0: particles(9, 2)} if rank == size - 1 else {}]).arrivals
    np.testing.assert_array_equal(arrived, particles(2, 9) if rank == 0 else particles())


def test_a_batch_of_the_next_round_waits_for_it(exchange) -> None:
    """The rank before sends in every round, as fast as it can."""
    by, rank, size = exchange
    for turn in range(50):
        (arrived,) = by.swap([{(rank + 1) % size: particles(turn, turn + 1000)}]).arrivals
        np.testing.assert_array_equal(arrived, particles(turn, turn + 1000))
    assert by.swap([{}]) == (None, False)


def test_more_than_a_message_that_goes_at_once(exchange) -> None:
    """100 000 particles both ways between all: no rank may wait for another to receive first."""
    by, rank, size = exchange
    many = particles(*range(100_000))
    (arrived,) = by.swap([{to: many for to in range(size) if to != rank}]).arrivals
    assert len(arrived) == 100_000 * (size - 1)
    np.testing.assert_array_equal(np.unique(arrived["id"]), many["id"])
    np.testing.assert_array_equal(arrived["id"], np.sort(arrived["id"]))


def test_nothing_is_lost_in_random_rounds(exchange) -> None:
    """Each rank deals its particles out at random, round after round; all are there at the end, once."""
    from mpi4py import MPI

    from fvdrift.engine.hand_off import batches_by_owner

    by, rank, size = exchange
    random = np.random.default_rng(rank)
    held = particles(*(size * np.arange(500) + rank))
    for _ in range(20):
        to = random.integers(0, size, len(held))
        away = to != rank
        (arrived,) = by.swap([batches_by_owner(held[away], to[away])]).arrivals
        held = np.concatenate((held[~away], arrived))
    everything = np.concatenate(MPI.COMM_WORLD.allgather(held))
    np.testing.assert_array_equal(everything[np.argsort(everything["id"])], particles(*range(500 * size)))


def test_one_that_was_cut_short_is_known_to_all(exchange) -> None:
    by, rank, size = exchange
    assert by.swap([{}], rank == size - 1) == (None, True)
    arrived, cut_short = by.swap([{(rank + 1) % size: particles(rank)}], rank == 0)
    assert cut_short
    np.testing.assert_array_equal(arrived[0], particles((rank - 1) % size))
    assert by.swap([{}]) == (None, False)
