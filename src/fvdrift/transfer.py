"""The transfer queues: how particles that cross the end of a piece get to the worker that can take them on.

Rounds. In a round each worker integrates what it holds, then sends what it could not take further to its owners. First
all add up, for every worker, how many batches it will get: so each knows how many to wait for, nobody waits for a
batch that was not sent, and when the sum is zero everybody knows that nobody holds a moving particle, and all leave
together. A worker that can't take a step of a particle it owns itself keeps it as `stuck`: the manager widens its
piece after the rounds, and the interval is gone on with. Nothing is lost on the way.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

Batches = dict[int, np.ndarray]  # by worker: PARTICLE with global element numbers


class Mover(Protocol):
    """What takes part in the rounds: a worker."""

    def integrate(self) -> Batches: ...

    def absorb(self, arrivals: np.ndarray) -> None: ...


class Exchange(Protocol):
    """How batches get from workers to workers; called by all that share in it, at the same time."""

    def swap(self, leaving: Sequence[Batches]) -> list[np.ndarray] | None:
        """Deliver the batches of the workers of this process; their arrivals, or None when nobody sent anything."""


def rounds(workers: Sequence[Mover], exchange: Exchange) -> int:
    """Let all workers integrate until nobody holds a moving particle; returns the number of rounds."""
    done = 0
    while True:
        arrivals = exchange.swap([worker.integrate() for worker in workers])
        done += 1
        if arrivals is None:
            return done
        for worker, batch in zip(workers, arrivals, strict=True):
            worker.absorb(batch)


def batches_by_owner(particles: np.ndarray, owners: np.ndarray) -> Batches:
    """Split travelling particles by the worker they go to, each batch in the order of ids."""
    order = np.lexsort((particles["id"], owners))
    workers, starts = np.unique(owners[order], return_index=True)
    return dict(zip(map(int, workers), np.split(particles[order], starts[1:]), strict=False))


def joined(batches: Sequence[np.ndarray], kind: np.dtype) -> np.ndarray:
    """Batches of records of a kind in one array, in the order of ids: who sent what and when leaves no trace."""
    if not batches:
        return np.empty(0, kind)
    particles = np.concatenate(batches)
    return particles[np.argsort(particles["id"], kind="stable")]
