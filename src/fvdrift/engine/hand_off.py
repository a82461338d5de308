"""The hand-off: how particles that cross the end of a subdomain reach the worker that can move them on.

Rounds. In a round each worker integrates what it holds, then sends what it could not take further to its
owners. First all workers add up, for each of them, how many batches it will get. So each knows how many to
wait for, and no worker waits for a batch that was not sent. When the sum is zero no worker holds a moving
particle, and all leave together. A worker that cannot take a step of a particle it owns itself keeps it as
`stuck`: the manager widens its subdomain after the rounds, and the interval goes on. No particle is lost on
the way.

When a signal asks to stop, workers leave between two turns of blocks what they have not moved yet, and say so
in the same sum that tells how many batches come. If any worker did, all take in what was sent in this round,
and leave together, half done: each particle has its own clock.
"""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from fvdrift.process import never
from fvdrift.tools.particle_arrays import together

Batches = dict[int, np.ndarray]  # by worker: PARTICLE with global element numbers


class Mover(Protocol):
    """What takes part in the rounds: a worker. cut_short: whether it left particles that it could have
    moved."""

    cut_short: bool

    def integrate(self, asked: Callable[[], bool] = never) -> Batches: ...

    def absorb(self, arrivals: np.ndarray) -> None: ...


class Swapped(NamedTuple):
    """Of a round. arrivals: for each worker of this process, None when nobody sent anything; cut_short:
    whether anyone was."""

    arrivals: list[np.ndarray] | None
    cut_short: bool


class Rounds(NamedTuple):
    """number: of rounds; stopped: whether they were left half done; waited_s: seconds in which particles
    changed hands, or others were waited for."""

    number: int
    stopped: bool
    waited_s: float


class Exchange(Protocol):
    """How batches get from workers to workers; called by all that share in it, at the same time. Seconds so
    far: waited_s until all others had moved theirs, transfer_s in which particles were sent, awaited and
    taken in."""

    waited_s: float
    transfer_s: float

    def swap(self, leaving: Sequence[Batches], cut_short: bool = False) -> Swapped:
        """Deliver the batches of the workers of this process. cut_short: whether one of these was."""

    def of(self, kind: np.dtype) -> "Exchange":
        """One for records of another kind, between the same."""


def rounds(workers: Sequence[Mover], exchange: Exchange, asked: Callable[[], bool] = never) -> Rounds:
    """Let all workers integrate until nobody holds a moving particle, or they are `asked` to stop."""
    done, waited = 0, 0.0
    while True:
        leaving = [worker.integrate(asked) for worker in workers]
        began, before = time.perf_counter(), exchange.waited_s
        swapped = exchange.swap(leaving, any(worker.cut_short for worker in workers))
        done += 1
        for worker, batch in zip(workers, swapped.arrivals or (), strict=swapped.arrivals is not None):
            worker.absorb(batch)
        elapsed = time.perf_counter() - began
        waited += elapsed
        if swapped.arrivals is not None:
            exchange.transfer_s += elapsed - (exchange.waited_s - before)
        if swapped.cut_short or swapped.arrivals is None:
            return Rounds(done, swapped.cut_short, waited)


def batches_by_owner(particles: np.ndarray, owners: np.ndarray) -> Batches:
    """Split travelling particles by the worker they go to, each batch in the order of ids."""
    order = np.lexsort((particles["id"], owners))
    workers, starts = np.unique(owners[order], return_index=True)
    return dict(zip(map(int, workers), np.split(particles.take(order), starts[1:]), strict=False))


def joined(batches: Sequence[np.ndarray], kind: np.dtype) -> np.ndarray:
    """Batches of records of a kind in one array, in the order of ids: who sent what and when leaves no
    trace."""
    if not batches:
        return np.empty(0, kind)
    particles = together(batches)
    return particles.take(np.argsort(particles["id"], kind="stable"))
