"""When a run does what: its steps, its rows, the intervals between two meetings, and the frames that each of
them needs. Not what happens then."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fvdrift.forcing import Window
from fvdrift.timeline import NOTHING, Interval, StepGrid, closed, intervals_of


@dataclass(frozen=True)
class RunTimeline:
    """All times are microseconds.

    grid: of the steps; frame_times: int64, of the forcing as the run sees it, backward or forward; max_gap:
    between frames that cubic interpolation takes beside those of an interval; outputs: output times, int64:
    all rows but that of an end which is none; rows: times of the rows, int64; looks: by alert, how often it is
    looked at, None: at every frame; row_bytes: of what a row of all particles takes; cubic: whether time is
    interpolated so.
    """

    grid: StepGrid
    frame_times: np.ndarray
    max_gap: int
    outputs: np.ndarray
    rows: np.ndarray
    looks: tuple[int | None, ...]
    row_bytes: int
    cubic: bool

    @cached_property
    def intervals(self) -> list[Interval]:
        """From meeting to meeting; where the end is no output time, or an alert looks at it, the last one has
        no length and closes the run."""
        grid = self.grid
        looks = [np.arange(grid.start + every, grid.end, every) for every in self.looks if every is not None]
        at = np.unique(np.concatenate([NOTHING, *looks]))
        found = intervals_of(
            grid,
            self.frame_times,
            self.outputs,
            row_bytes=self.row_bytes,
            looks=at,
            at_start=bool(self.looks),
        )
        last = closed(found[-1], tuple(range(len(self.outputs), len(self.rows))))
        return [*found, last] if last.outputs or self.alerts_at(last) else found

    @property
    def steps_in_interval(self) -> int:
        """Of a particle, about."""
        return max(1, self.grid.steps // len(self.intervals))

    def alerts_at(self, interval: Interval) -> tuple[int, ...]:
        """Numbers of the alerts that are looked at when an interval ends: at times of their own, or at frames
        and at both ends of the run."""
        grid, time = self.grid, interval.end
        at_frame = bool(np.isin(time, self.frame_times))
        if interval.closing:
            beside = time == grid.end and not at_frame
            return tuple(number for number, every in enumerate(self.looks) if beside and every is None)
        return tuple(
            number
            for number, every in enumerate(self.looks)
            if (at_frame or time == grid.start if every is None else (time - grid.start) % every == 0)
        )

    @property
    def frames(self) -> range:
        """The frames the run needs."""
        return self.frames_of(self.intervals)

    def frames_of(self, intervals: Sequence[Interval]) -> range:
        """The frames that consecutive intervals need."""
        return range(self.window(intervals[0])[0], self.window(intervals[-1])[-1] + 1)

    def window(self, interval: Interval) -> range:
        """The frames an interval needs: two, and for cubic interpolation one before and one after where there
        are."""
        wider = 1 if self.cubic else 0
        return range(max(interval.frame - wider, 0), min(interval.frame + 2 + wider, len(self.frame_times)))

    def window_times(self, interval: Interval) -> Window:
        """Their times; a frame beyond a gap does not count."""
        times, frame = [int(t) for t in self.frame_times[self.window(interval)]], interval.frame
        first, second = int(self.frame_times[frame]), int(self.frame_times[frame + 1])
        gap = self.max_gap
        before = times[0] if times[0] < first and first - times[0] <= gap else None
        after = times[-1] if times[-1] > second and times[-1] - second <= gap else None
        return Window(before, first, second, after)
