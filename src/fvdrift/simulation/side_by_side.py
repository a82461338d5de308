"""Runs that go on side by side through one pass over the forcing; often it is one. What each does is its
`driver`.

Whoever is farthest behind takes its next interval, so all need the same frames. When all have come to the
same time they have met: then checkpoints are written, and the mesh is cut anew where that pays.
"""

import time
from collections.abc import Callable, Sequence

import numpy as np

from fvdrift.engine.manager import Decomposition, rows_summary
from fvdrift.engine.transport import Crew
from fvdrift.preparation import ELEMENT_WEIGHT, SharedForcing, together
from fvdrift.process import Progress, wall_time

from .one_run import INTERRUPTED, RunDriver

_NAMED = 3  # members whose files are named at the end; of more the first and the last


class SideBySide:
    """Takes drivers to their end."""

    def __init__(
        self,
        drivers: Sequence[RunDriver],
        shared: SharedForcing,
        crew: Crew,
        progress: Progress,
        started: float,
    ):
        """drivers: of the members of the crew, in their order; started: when the command was given
        (time.perf_counter)."""
        self._drivers, self._shared, self._crew = drivers, shared, crew
        self._progress, self._started = progress, started
        self._decomposition = Decomposition(shared, crew)
        self._steps_before = 0
        self._finished = 0  # so many of the first
        self._at_work = drivers[0]

    def go(self, at_end: Callable[[], str]) -> int:
        """From the first step to the last, or to where a signal stops them; returns the exit code. at_end: is
        called when all are finished, and says what else was written. Raises FvdriftError."""
        try:
            self._begin()
            if not self._move() or not self._finish():
                return self._leave()
            self._progress.done("\n".join(filter(None, (*self._summary(), at_end()))))
            self._crew.stop(0)
            return 0
        except BaseException as error:
            for driver in self._drivers[self._finished :]:
                driver.fail(error, own=driver is self._at_work)
            raise
        finally:
            self._decomposition.close()
            for driver in self._drivers:
                driver.close()
            self._shared.series.close()

    def _begin(self) -> None:
        raw = self._shared.first_frame() if len(self._drivers) > 1 else None
        for sentence in together({driver.name: driver.begin(raw) for driver in self._drivers}):
            self._progress.say(sentence)
        self._steps_before = self._steps()

    def _move(self) -> bool:
        """Interval by interval, to the end, or to where alerts have stopped all; False where a signal did."""
        going_on = [driver for driver in self._drivers if driver.next is not None]
        if not going_on:
            return not self._crew.alarm.asked()
        frames = [driver.frames for driver in going_on]
        self._decomposition.open(range(min(f.start for f in frames), max(f.stop for f in frames)))
        self._decomposition.first_weights = self._first_weights(going_on)  # while the first frame is read
        farthest = min(driver.starts_at for driver in going_on)
        while going_on:
            self._at_work = behind = min(going_on, key=lambda driver: driver.turn)  # of several the first
            said = behind.step(self._decomposition)
            if said is None:
                return False
            for sentence in said:
                self._progress.say(behind.named(sentence))
            farthest = max(farthest, behind.come_to)
            going_on = [driver for driver in going_on if driver.next is not None]
            if all(driver.turn >= (farthest, True) for driver in going_on):
                self._meet(farthest, going_on)
        return not self._crew.alarm.asked()

    def _meet(self, at: int, going_on: Sequence[RunDriver]) -> None:
        self._progress.update(self._shared.direction * at, self._counts(), self._steps() - self._steps_before)
        wanted = self._crew.alarm.wanted()
        for driver in self._drivers:
            driver.keep_if(wanted)
        if going_on:
            self._decomposition.balance()

    def _finish(self) -> bool:
        """False where a signal came between."""
        self._decomposition.close()
        for driver in self._drivers:
            if not driver.finish():
                return False
            self._finished += 1
        return True

    def _leave(self) -> int:
        """Keep checkpoints and end, because a signal asked for it."""
        # who was sent it has told all ranks, but its word may still be on the way
        while not self._crew.alarm.asked():
            time.sleep(1e-3)
        self._decomposition.close()
        self._progress.done("\n".join(_few([driver.leave() for driver in self._drivers[self._finished :]])))
        self._crew.stop(INTERRUPTED)
        return INTERRUPTED

    def _first_weights(self, going_on: Sequence[RunDriver]) -> np.ndarray:
        weights = [driver.first_weights() for driver in going_on]
        together: np.ndarray = np.sum(weights, axis=0) - ELEMENT_WEIGHT * (len(weights) - 1)
        return together

    def _counts(self) -> dict[str, int]:
        counts = [driver.counts for driver in self._drivers]
        return {name: sum(of_one[name] for of_one in counts) for name in counts[0]}

    def _steps(self) -> int:
        return sum(driver.tally.particle_steps for driver in self._drivers)

    def _summary(self) -> list[str]:
        cpu_s = sum(driver.tally.advance_cpu_s for driver in self._drivers)
        rate = self._steps() / cpu_s / 1e6 if cpu_s else np.nan
        return [
            f"Done in {wall_time(time.perf_counter() - self._started)}: {rows_summary(self._counts())}",
            f"{self._steps():,} particle-steps, {rate:.1f} million per CPU-second of advancing",
            *_few([driver.written for driver in self._drivers]),
        ]


def _few(lines: list[str]) -> list[str]:
    """All of them, or of many the first and the last."""
    return lines if len(lines) <= _NAMED else [lines[0], f"... {len(lines) - 2} more ...", lines[-1]]
