"""Runs that go on side by side through one pass over the forcing; often it is one. What each does is its
driver's (`one_run`).

Whoever is farthest behind takes its next interval, so all need the same frames. When all have come to the
same time they have met: then checkpoints are written, and the mesh is cut anew where that pays.
"""

import time
from collections.abc import Sequence

import numpy as np

from fvdrift.engine.manager import Decomposition
from fvdrift.engine.transport import Crew
from fvdrift.errors import RESUMABLE, blamed
from fvdrift.preparation import ELEMENT_WEIGHT, SharedForcing, Sizes, together
from fvdrift.process import Compiling, Progress, counts_in_words
from fvdrift.tools.duration import wall_time

from .one_run import RunDriver

_NAMED = 3  # members whose files are named at the end; of more the first and the last


class SideBySide:
    """Takes runs to their end: `go`, and then their `summary`."""

    def __init__(
        self,
        drivers: Sequence[RunDriver],
        shared: SharedForcing,
        crew: Crew,
        progress: Progress,
        compiling: Compiling,
        started: float,
        of: Sizes,
    ):
        """drivers: of the members of the crew, in their order; started: when the command was given
        (time.perf_counter); of: all of them together."""
        self._drivers, self._shared, self._crew = drivers, shared, crew
        self._progress, self._compiling, self._started, self._of = progress, compiling, started, of
        self._decomposition = Decomposition(shared, crew)
        self._steps_before = 0
        self._finished = 0  # so many of the first
        self._at_work = drivers[0]

    def go(self) -> bool:
        """From the first step to the last, or to where a signal stops them: False then, and all workers have
        left. Raises FvdriftError."""
        try:
            self._begin()
            if self._move() and self._finish():
                return True
            self._leave()
            return False
        except BaseException as error:
            for driver in self._drivers[self._finished :]:
                driver.fail(error, own=driver is self._at_work)
            raise
        finally:
            self._decomposition.close()
            for driver in self._drivers:
                driver.close()
            self._shared.series.close()

    def summary(self) -> list[str]:
        """What was done, and where it is; once all are finished."""
        cpu_s = sum(driver.manager.tally.advance_cpu_s for driver in self._drivers)
        rate = f", {self._steps() / cpu_s / 1e6:.1f} million per CPU-second of advancing" if cpu_s else ""
        seconds = self._compiling.seconds
        compiled = f", {wall_time(seconds)} of it compiling" if seconds >= 1 else ""
        return [
            f"Done in {wall_time(time.perf_counter() - self._started)}{compiled}: {self._became()}",
            f"{self._steps():,} particle-steps{rate}",
            *_few([driver.named(driver.budget) for driver in self._drivers if driver.budget]),
            *_few([driver.written for driver in self._drivers]),
        ]

    def _begin(self) -> None:
        raw = self._shared.first_frame() if len(self._drivers) > 1 else None
        said = {}
        for driver in self._drivers:
            with blamed(driver.name):
                said[driver.name] = driver.begin(raw)
        for sentence in together(said):
            self._progress.say(sentence)
        self._steps_before = self._steps()

    def _move(self) -> bool:
        """Interval by interval, to the end, or to where alerts have stopped all; False where a signal did.

        Whoever is farthest behind has its frames read, releases, takes its particles through the interval,
        and looks at its alerts; rows are written while workers take the next one. At a meeting come
        checkpoints and new cuts.
        """
        runs, decomposition = self._unfinished(), self._decomposition
        if not runs:
            return not self._crew.alarm.asked()
        self._open(runs)
        self._progress.begin()
        farthest = min(run.manager.turn for run in runs)[0]
        while runs:
            run = self._at_work = min(runs, key=lambda run: run.manager.turn)  # of several the first
            if not run.read(decomposition):
                return False
            with blamed(run.name):
                run.release(decomposition)
                if not run.advance(decomposition):
                    return False
                for sentence in run.look():
                    self._progress.say(sentence)
            farthest = max(farthest, run.manager.standing.since)
            runs = self._unfinished()
            if all(run.manager.turn >= (farthest, True) for run in runs):
                self._meet(farthest)
                if runs:
                    decomposition.balance()
        return not self._crew.alarm.asked()

    def _meet(self, at: int) -> None:
        """Tell how far all have come, and keep it where that is due or wanted."""
        steps = self._steps() - self._steps_before
        self._progress.update(self._shared.direction * at, self._counts(), steps, self._on_dry())
        wanted = self._crew.alarm.wanted()
        for driver in self._drivers:
            with blamed(driver.name):
                driver.keep_if(wanted)

    def _unfinished(self) -> list[RunDriver]:
        return [driver for driver in self._drivers if driver.manager.next is not None]

    def _open(self, runs: Sequence[RunDriver]) -> None:
        """Begin to read, and weigh the elements meanwhile."""
        frames = [run.manager.frames for run in runs]
        needed = range(min(f.start for f in frames), max(f.stop for f in frames))
        for sentence in self._decomposition.open(needed, self._of):
            self._progress.say(sentence)
            for run in runs:
                run.note(sentence)
        weights = [run.manager.first_weights() for run in runs]
        self._decomposition.first_weights = np.sum(weights, axis=0) - ELEMENT_WEIGHT * (len(weights) - 1)

    def _finish(self) -> bool:
        """False where a signal came between."""
        self._decomposition.close()
        for driver in self._drivers:
            with blamed(driver.name):
                if not driver.finish():
                    return False
            self._finished += 1
        return True

    def _leave(self) -> None:
        """Keep checkpoints and end, because a signal asked for it."""
        # who was sent it has told all ranks, but its word may still be on the way
        while not self._crew.alarm.asked():
            time.sleep(1e-3)
        self._decomposition.close()
        self._progress.done("\n".join(_few([driver.leave() for driver in self._drivers[self._finished :]])))
        self._crew.stop(RESUMABLE)

    def _counts(self) -> dict[str, int]:
        counts = [driver.manager.counts() for driver in self._drivers]
        return {name: sum(of_one[name] for of_one in counts) for name in counts[0]}

    def _on_dry(self) -> int:
        return sum(driver.manager.tally.on_dry for driver in self._drivers)

    def _became(self) -> str:
        return ", ".join(counts_in_words(self._counts(), self._on_dry())) or "no particles"

    def _steps(self) -> int:
        return sum(driver.manager.tally.particle_steps for driver in self._drivers)


def _few(lines: list[str]) -> list[str]:
    """All of them, or of many the first and the last."""
    return lines if len(lines) <= _NAMED else [lines[0], f"... {len(lines) - 2} more ...", lines[-1]]
