"""The user's own behaviour in a worker: compiled once, into the loop over steps, and blamed for what goes wrong
in it. What it is, is in `fvdrift.behaviour`."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from fvdrift.behaviour import OwnBehaviour, build, own_problems, unusable
from fvdrift.orders import WorkOrder
from fvdrift_kernels.integrate import advance
from fvdrift_kernels.own import apart


class OwnStep:
    """kind: it as it is compiled, None for none; loop: fvdrift_kernels.integrate.advance, with it where there
    is one."""

    def __init__(self, order: WorkOrder):
        own = None if order.behaviour is None else order.behaviour.part(OwnBehaviour)
        self._own = None if own is None else own.order
        self.kind = None if self._own is None else build(self._own)
        self.loop = advance if self._own is None else apart(advance, self._own.digest)

    @contextmanager
    def blamed(self, particles: np.ndarray) -> Iterator[None]:
        """A stretch in which it is called for particles: what goes wrong in it becomes a sentence about its
        file."""
        if self._own is None:
            yield
            return
        with own_problems(self._own):
            yield
        lost = particles["id"][particles["status"] < 0]
        if len(lost):
            raise unusable(self._own, int(lost.min()))
