"""How all ranks come to know, within milliseconds, that one of them was sent a signal. What signals ask is in
`process.signals`.

The rank that notices a signal sends one small message to every other; each looks for it between two turns of
blocks and while it waits. Nobody answers, and nobody waits for it: what is done about it is agreed on in the
rounds (`hand_off`) and by the manager.
"""

import signal
import time

import numpy as np
from mpi4py import MPI

from fvdrift.process import KEEPING, Alarm, Signals

_LOOK_S = 1e-3  # between two looks: a look costs a microsecond, a turn of few short blocks may take ten


class MpiAlarm(Alarm):
    """The alarm of a rank. Made by all ranks together."""

    def __init__(self, communicator: MPI.Comm, signals: Signals):
        super().__init__(signals)
        self._talk = communicator.Dup()
        self._reason = ""
        self._sent: list[MPI.Request] = []
        self._told: set[int] = set()
        self._next_look = 0.0

    @property
    def reason(self) -> str:
        return self._reason

    def asked(self) -> bool:
        if not self._reason and time.monotonic() >= self._next_look:
            self.look()
        return bool(self._reason)

    def wanted(self) -> bool:
        self.look()
        return super().wanted()

    def look(self) -> None:
        """Hear what others were sent, and tell them what this rank was."""
        self._next_look = time.monotonic() + _LOOK_S
        status = MPI.Status()
        while self._talk.Iprobe(MPI.ANY_SOURCE, MPI.ANY_TAG, status):
            self._talk.Recv(np.empty(0, np.int8), status.source, status.tag)
            self._hear(status.tag, status.source)
        if self._signals.stop:
            self._tell(signal.Signals[self._signals.stop])
        if self._signals.keep:
            self._tell(KEEPING)
            self._told.discard(KEEPING)  # it may be asked for again
            self._signals.keep = self._talk.rank == 0  # whose it is to do

    def _tell(self, number: int) -> None:
        """Every other rank, once. An empty message needs nobody to be ready for it."""
        if number in self._told:
            return
        self._told.add(number)
        self._hear(number, self._talk.rank)
        others = (rank for rank in range(self._talk.size) if rank != self._talk.rank)
        self._sent += [self._talk.Isend(np.empty(0, np.int8), rank, number) for rank in others]

    def _hear(self, number: int, rank: int) -> None:
        if number == KEEPING:
            self._signals.keep = self._talk.rank == 0
        elif not self._reason:
            self._reason = f"{signal.Signals(number).name} to rank {rank}"
