"""What the manager says to one rank and to all, and what all say: mpiexec -n 3 python -m pytest --with-mpi tests/mpi"""

import operator
import time

import numpy as np
import pytest

mpi4py = pytest.importorskip("mpi4py")
pytestmark = pytest.mark.mpi(min_size=2)
LARGE = 400_000  # bytes: no such message leaves before somebody takes it


@pytest.fixture
def talk():
    from mpi4py import MPI

    from fvdrift.engine.transport.talk import Talk, traffic_of
    from fvdrift.process import Waiting

    communicator = MPI.COMM_WORLD.Dup()
    yield Talk(communicator, traffic_of(communicator), Waiting()), communicator.rank, communicator.size
    communicator.Free()


def test_a_rank_hears_all_in_the_order_it_was_said_in(talk) -> None:
    """Some ranks sleep, so that others wait for those above them in the tree while messages to them alone have come;
    some messages are large, so that they come later than small ones after them."""
    said, rank, size = talk
    random = np.random.default_rng(1)
    script = [
        (number, int(random.integers(0, size)), int(random.choice([0, LARGE]))) for number in range(300)
    ]
    for number, to, more in script:  # to 0: to all
        if rank == 0 and to == 0:
            said.tell_all((number, bytes(more)))
        elif rank == 0:
            said.tell((number, np.zeros(more, np.int8)), to)
        elif to in (0, rank):
            if (number + rank) % 23 == 0:
                time.sleep(0.002 * rank)
            heard, weight = said.hear()
            assert (heard, len(weight)) == (number, more)


def test_all_say_something_together_in_the_order_of_ranks(talk) -> None:
    by, rank, size = talk
    for turn in range(20):
        own = None if rank == turn % size else [rank] * (LARGE // 8 if turn == 3 else 1)
        together = by.say_together(own, operator.add)
        if rank == 0:
            assert list(dict.fromkeys(together)) == [each for each in range(size) if each != turn % size]


def test_what_goes_straight_to_the_manager_waits_until_it_asks(talk) -> None:
    by, rank, size = talk
    who = by.say_together([rank] if rank else None, operator.add)
    if rank:
        by.send(np.full(LARGE, rank, np.int8))
    else:
        for each in who[::-1]:
            assert (by.receive(each) == each).all()
    assert rank or who == list(range(1, size))


def test_a_message_to_all_is_counted_once_for_each(talk) -> None:
    from mpi4py import MPI

    by, rank, size = talk
    if rank == 0:
        by.tell_all(b"12345678")
    else:
        by.hear()
    total = by.sum_of_traffic()
    through = np.array(by._traffic.counts[:, 0].sum())
    if rank == 0:
        assert total[:-2].sum() == 8 * (size - 1)
        assert through == 8 * (size - 1).bit_length()
    MPI.COMM_WORLD.Barrier()
