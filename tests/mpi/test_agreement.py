"""What real ranks come to together: mpiexec -n 3 python -m pytest --with-mpi tests/mpi"""

import pytest

mpi4py = pytest.importorskip("mpi4py")
pytestmark = pytest.mark.mpi(min_size=2)


@pytest.fixture
def agreed():
    """What all come to; the arguments are the outcomes by rank, the last that of all others."""
    from mpi4py import MPI

    from fvdrift.engine.transport.agreement import agree
    from fvdrift.process import Waiting

    communicator = MPI.COMM_WORLD.Dup()
    yield lambda *outcomes: agree(
        communicator, Waiting(), outcomes[min(communicator.rank, len(outcomes) - 1)]
    )
    communicator.Free()


def test_the_gravest_outcome_is_that_of_all(agreed) -> None:
    from fvdrift.engine.messages import Refusal
    from fvdrift.engine.node_frames import Outcome, State

    ready, left = Outcome(State.READY), Outcome(State.LEFT)
    changed = Outcome(State.CHANGED, Refusal("a.nc: was written over", 3))
    failed, also = (
        Outcome(State.FAILED, Refusal("a.nc: is damaged", 3)),
        Outcome(State.FAILED, Refusal("b.nc: too", 1)),
    )
    assert agreed(ready) == ready
    assert agreed(ready, left) == left
    assert agreed(left, changed) == changed
    assert agreed(changed, failed) == failed
    assert agreed(ready, failed, also) == failed
