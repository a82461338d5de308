"""Particles that change hands between ranks, in rounds. When they do is known to `hand_off`."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from mpi4py import MPI

from fvdrift.process import Waiting

from ..hand_off import Batches, Swapped, joined
from .talk import traffic_of
from .traffic import Traffic

_BATCH = 1  # tag of particles that change hands


class MpiExchange:
    """Particles, records of a kind, between the ranks of a communicator of workers."""

    def __init__(
        self,
        communicator: MPI.Comm,
        kind: np.dtype,
        waiting: Waiting | None = None,
        traffic: Traffic | None = None,
        counted_as: str = "particles",
    ):
        """traffic: counts by the ranks of the communicator; counted_as: one of its kinds."""
        self._communicator = communicator
        self._kind = kind
        self._waiting = waiting or Waiting()
        self._traffic, self._counted_as = traffic or traffic_of(communicator), counted_as
        self.waited_s = self.transfer_s = 0.0

    def of(self, kind: np.dtype) -> "MpiExchange":
        return MpiExchange(self._communicator, kind, self._waiting, self._traffic, "checkpoints")

    def swap(self, leaving: Sequence[Batches], cut_short: bool = False) -> Swapped:
        """One round: every rank learns how many batches each will get and how many were cut short, sends its
        own and waits for that many.

        Nobody can mistake a batch of the next round for one of this: the next sum needs everybody, and nobody
        joins it before it has all its batches of this round.
        """
        (batches,) = leaving
        communicator = self._communicator
        expected = np.zeros(communicator.size + 1, np.int64)
        expected[list(batches)] = 1
        expected[-1] = cut_short
        total = np.empty_like(expected)
        began = time.perf_counter()
        self._waiting.request(communicator.Iallreduce(expected, total))
        self.waited_s += time.perf_counter() - began
        anyone = bool(total[-1])
        if not total[:-1].any():
            return Swapped(None, anyone)
        sending = [communicator.Isend(_bytes(batch), to, _BATCH) for to, batch in batches.items()]
        for to, batch in batches.items():
            self._traffic.add(self._counted_as, to, batch.nbytes)
        arrivals = [self._take_batch() for _ in range(total[communicator.rank])]
        for request in sending:
            self._waiting.request(request)
        return Swapped([joined(arrivals, self._kind)], anyone)

    def _take_batch(self) -> np.ndarray:
        status = MPI.Status()
        message = self._waiting.until(lambda: self._communicator.Improbe(MPI.ANY_SOURCE, _BATCH, status))
        batch = np.empty(status.Get_count(MPI.BYTE) // self._kind.itemsize, self._kind)
        message.Recv(_bytes(batch))
        return batch


def _bytes(particles: np.ndarray) -> list[Any]:
    return [particles.view(np.uint8), MPI.BYTE]
