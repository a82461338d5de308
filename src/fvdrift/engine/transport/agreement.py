"""What all ranks come to when each has an outcome of its own."""

import numpy as np
from mpi4py import MPI

from fvdrift.process import Waiting

from ..node_frames import Outcome, State


def agree(communicator: MPI.Comm, waiting: Waiting, outcome: Outcome) -> Outcome:
    """The gravest outcome of all ranks, the same on all; of several alike that of the first. All call it
    together."""
    own, gravest = np.array([outcome.state], np.int32), np.empty(1, np.int32)
    waiting.request(communicator.Iallreduce(own, gravest, MPI.MAX))
    state = State(int(gravest[0]))
    if state in (State.READY, State.LEFT):
        return Outcome(state)
    said: list[Outcome | None] = communicator.allgather(outcome if outcome.state == state else None)
    return next(each for each in said if each is not None)
