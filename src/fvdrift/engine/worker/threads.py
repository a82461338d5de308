"""All blocks of a worker through an interval, by one thread or several that take turns. What a block is, is
in fvdrift_kernels.

Kernels let go of the interpreter's lock, so threads of Python do. No result depends on which thread takes a
block.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from fvdrift.tools.particle_arrays import for_kernels
from fvdrift_kernels.behaviour_options import BesideFlow, Columns
from fvdrift_kernels.lanes import LANES, coefficients, new_blocks
from fvdrift_kernels.options import Physics

# of blocks in a turn: some ms, if plain, between two looks at whether to stop; to take a turn costs 15 us
MOST_STEPS = 4096
SHARE = 4  # a turn is so small a part of what is left for each thread, that all end together


class Done(NamedTuple):
    """What advancing took: (part) steps of particles and CPU seconds of all threads; all: whether every block
    had its turn."""

    steps: int
    cpu_s: float
    all: bool


class Blocks:
    """Work space for `threads` threads, and the threads."""

    def __init__(self, loop: Callable[..., int], threads: int, cubic: bool, stokes: bool):
        """loop: fvdrift_kernels.integrate.advance, or the same with an own behaviour in it; cubic, stokes: of
        velocity."""
        self._loop, self._threads = loop, threads
        self._space = new_blocks(threads, coefficients=coefficients(cubic, stokes))
        self._pool = ThreadPoolExecutor(threads - 1) if threads > 1 else None

    def advance(
        self,
        particles: np.ndarray,
        order: np.ndarray,
        records: np.ndarray,
        physics: Physics,
        rest: Sequence[Any],
        asked: Callable[[], bool],
    ) -> Done:
        """fvdrift_kernels.integrate.advance for all blocks of particles[order], or as many as are done when
        it is `asked` to stop: this thread looks at that between two turns. rest: mesh, frames and steps."""
        mesh, frames, steps = rest
        there_are = turns(-(-len(order) // LANES), len(steps.length), self._threads)
        takes = iter(there_are)  # next() of it is whole, whichever thread asks
        seen, kept = for_kernels(particles), for_kernels(records)

        stopped = False

        def work(number: int) -> tuple[int, float]:
            nonlocal stopped
            taken, started = 0, time.thread_time()
            own = with_own_space(physics) if self._threads > 1 else physics
            while not stopped:
                if number == 0 and asked():
                    stopped = True
                    break
                if (turn := next(takes, None)) is None:
                    break
                taken += self._loop(seen, order, *turn, mesh, frames, own, steps, kept, self._space, number)
            return taken, time.thread_time() - started

        others = (
            [self._pool.submit(work, number) for number in range(1, self._threads)]
            if self._pool is not None
            else []
        )
        try:
            mine = work(0)
        finally:
            parts = [other.result() for other in others]
        parts.append(mine)
        taken, cpu_s = zip(*parts, strict=True)
        return Done(sum(taken), sum(cpu_s), next(takes, None) is None)


def turns(blocks: int, steps: int, threads: int) -> list[tuple[int, int]]:
    """The blocks (from, to) of each turn, in the order in which they are taken: the fewer are left, the
    shorter it is. steps: of each block."""
    found, first = [], 0
    while first < blocks:
        last = first + max(1, min(MOST_STEPS // max(steps, 1), (blocks - first) // (SHARE * threads)))
        found.append((first, last))
        first = last
    return found


def with_own_space(physics: Physics) -> Physics:
    """The same physics with work space that no other thread uses."""
    beside = physics.beside
    if not isinstance(beside, BesideFlow) or not isinstance(beside.columns, Columns):
        return physics
    return physics._replace(beside=beside._replace(columns=Columns(np.zeros_like(beside.columns.kept))))
