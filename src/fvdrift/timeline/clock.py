"""The grid of steps and the clock on it, in integers. Not the forcing's times (that is `forcing`).

Steps lie on one grid, start + k step; `end` may cut the last. A particle's clock is one integer: 2 k at the
grid point k, 2 k + 1 at a frame time that cuts step k in two parts. It never is a summed float, so it is the
same on every path to it.
"""

from typing import NamedTuple

import numpy as np


class Schedule(NamedTuple):
    """The (part) steps that lead from one meeting of the workers to the next.

    first_clock, last_clock: clocks at its two ends; times: int64 (n + 1,) microseconds, the ends of its n
    (part) steps.
    """

    first_clock: int
    last_clock: int
    times: np.ndarray

    @property
    def steps(self) -> int:
        return len(self.times) - 1

    def done(self, clock: int | np.ndarray) -> np.ndarray:
        """Number of (part) steps already done by particles whose clock is `clock` (int or int64 array)."""
        return np.where(clock == self.last_clock, self.steps, (clock - self.first_clock + 1) // 2)

    def clock(self, index: int) -> int:
        """The clock after `index` (part) steps."""
        if index == self.steps:
            return self.last_clock
        return self.first_clock if index == 0 else (self.first_clock // 2 + index) * 2


class StepGrid(NamedTuple):
    """start, end, step in microseconds."""

    start: int
    end: int
    step: int

    @property
    def steps(self) -> int:
        """Steps in the run; the last may be a short one."""
        return -(-(self.end - self.start) // self.step)

    def on_grid(self, time: int) -> bool:
        """Whether a step begins or ends at `time`."""
        return self.start <= time <= self.end and ((time - self.start) % self.step == 0 or time == self.end)

    def nearest(self, time: int) -> tuple[int, int]:
        """The grid times before and after `time` (equal when it lies on the grid)."""
        below = self.start + (time - self.start) // self.step * self.step
        return (time, time) if self.on_grid(time) else (below, min(below + self.step, self.end))

    def clock(self, time: int) -> int:
        """Clock of `time`: even on the grid, odd inside a step."""
        if time == self.end:
            return 2 * self.steps
        whole, part = divmod(time - self.start, self.step)
        return 2 * whole + (1 if part else 0)

    def clocks(self, times: np.ndarray) -> np.ndarray:
        """Clocks of several times, int64 (time,)."""
        whole, part = np.divmod(times - self.start, self.step)
        clocks: np.ndarray = np.where(times == self.end, 2 * self.steps, 2 * whole + (part > 0))
        return clocks

    def time(self, clock: int) -> int:
        """Time of an even `clock`."""
        return min(self.start + clock // 2 * self.step, self.end)

    def schedule(self, start: int, end: int) -> Schedule:
        """Steps from `start` to `end` (microseconds): two times of the run with no frame time between them,
        or one: then none."""
        if start == end:
            return Schedule(self.clock(start), self.clock(end), np.array([start], np.int64))
        first = (start - self.start) // self.step + 1
        last = -(-(end - self.start) // self.step)
        inner = self.start + self.step * np.arange(first, last, dtype=np.int64)
        return Schedule(
            self.clock(start), self.clock(end), np.concatenate(([start], inner, [end])).astype(np.int64)
        )
