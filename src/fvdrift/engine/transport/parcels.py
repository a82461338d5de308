"""Things of any size between all ranks of a communicator, each to whom it is for. What they are is not known
here.

All learn first what each will send them, so nobody waits for what was not sent; a large parcel goes in several
messages, which arrive in their order.
"""

import pickle
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from mpi4py import MPI

from fvdrift.process import Waiting

from .traffic import Traffic

_TAG = 2
_MOST = 1 << 30  # bytes of a message: MPI counts in 32 bits


class Parcels:
    """Of one rank. Made by all ranks together. waited_s: seconds until others were there, and sent theirs."""

    def __init__(self, communicator: MPI.Comm, waiting: Waiting, traffic: Traffic):
        """traffic: counts by the ranks of the communicator."""
        self._communicator, self._waiting, self._traffic = communicator.Dup(), waiting, traffic
        self.waited_s = 0.0

    @property
    def rank(self) -> int:
        return int(self._communicator.rank)

    def swap(self, leaving: Mapping[int, Any]) -> list[Any]:
        """Give each rank what is for it; what all have for this one, in their order."""
        communicator = self._communicator
        packed = {
            to: np.frombuffer(pickle.dumps(parcel, pickle.HIGHEST_PROTOCOL), np.uint8)
            for to, parcel in leaving.items()
            if to != communicator.rank
        }
        sent, expected = np.zeros((2, communicator.size), np.int64)
        for to, data in packed.items():
            sent[to] = len(data)
            self._traffic.add("statistics", to, len(data))
        began = time.perf_counter()
        self._waiting.request(communicator.Ialltoall(sent, expected))
        arriving = {source: np.empty(expected[source], np.uint8) for source in np.flatnonzero(expected)}
        requests = [
            communicator.Irecv([part, MPI.BYTE], int(source), _TAG)
            for source, data in arriving.items()
            for part in _parts(data)
        ]
        requests += [
            communicator.Isend([part, MPI.BYTE], to, _TAG)
            for to, data in packed.items()
            for part in _parts(data)
        ]
        for request in requests:
            self._waiting.request(request)
        self.waited_s += time.perf_counter() - began
        arrived = {int(source): pickle.loads(data.data) for source, data in arriving.items()}
        arrived |= {to: parcel for to, parcel in leaving.items() if to == communicator.rank}
        return [arrived[source] for source in sorted(arrived)]


def _parts(data: np.ndarray) -> list[np.ndarray]:
    return [data[first : first + _MOST] for first in range(0, len(data), _MOST)]
