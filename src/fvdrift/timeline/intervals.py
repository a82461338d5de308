"""When all workers meet: the intervals of a run, each between two frames, and the outputs in them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fvdrift.errors import RunFileError

from .clock import Schedule, StepGrid

if TYPE_CHECKING:
    from fvdrift.settings import RunFile

# of records that may wait for the end of an interval; more outputs make more meetings
RECORD_BYTES = 256 << 20
MOST_STEPS = 1_000_000  # between two frames, of which a worker lists all; in an hour they are of 3.6 ms
MOST_TIMES = 1_000_000  # at which all workers meet, or a row is recorded
NOTHING = np.empty(0, np.int64)


class Interval(NamedTuple):
    """From one meeting to the next; the first may be of no length, so that the start is looked at. frame: the
    first of the two frames it lies between; outputs: rows (numbers of output times) that fall into (start,
    end], and for the first interval into [start, end]; closing: of no length behind the last one, see
    `closed`."""

    start: int
    end: int
    frame: int
    outputs: tuple[int, ...]
    closing: bool = False


def output_times(grid: StepGrid, every: int) -> np.ndarray:
    """Output times: start + j every, up to the end; int64 microseconds."""
    return np.arange(grid.start, grid.end + 1, every, dtype=np.int64)


def row_times(grid: StepGrid, every: int) -> np.ndarray:
    """Times of the rows: the output times, and the end where it is none."""
    return np.unique(np.append(output_times(grid, every), grid.end))


def closed(last: Interval, outputs: tuple[int, ...]) -> Interval:
    """The interval that closes a run, behind its last: what stands is recorded as the row `outputs`, at a
    time that is no output time, and looked at by alerts.

    It leaves the workers as they are, and what a checkpoint keeps is what was before it. So a run that is
    prolonged to a later end is the one that never ended there.
    """
    return Interval(last.end, last.end, last.frame, outputs, closing=True)


def intervals_of(
    grid: StepGrid,
    frames: np.ndarray,
    outputs: np.ndarray,
    row_bytes: int,
    looks: np.ndarray = NOTHING,
    *,
    at_start: bool = False,
) -> list[Interval]:
    """The intervals of a run. frames: int64, times of all frames; outputs: times of the rows; row_bytes: of
    one row's records; at_start: whether all meet at the start too.

    Meetings are at the frames, at `looks` (times of alerts), and where the records of more than RECORD_BYTES
    would wait.
    """
    inner = frames[(frames > grid.start) & (frames < grid.end)]
    most = max(1, RECORD_BYTES // max(row_bytes, 1))
    extra = outputs[most::most]
    meetings = np.unique(
        np.concatenate(([grid.start], inner, looks, extra[extra > grid.start], [grid.end])).astype(np.int64)
    )
    meetings = np.concatenate((meetings[:1], meetings)) if at_start else meetings
    found = []
    for i, (start, end) in enumerate(zip(meetings[:-1], meetings[1:], strict=True)):
        first = np.searchsorted(outputs, start, side="left" if i == 0 else "right")
        last = np.searchsorted(outputs, end, side="right")
        frame = int(np.searchsorted(frames, start, side="right")) - 1
        found.append(Interval(int(start), int(end), frame, tuple(range(int(first), int(last)))))
    return found


def remaining(
    every: list[Interval],
    outputs: np.ndarray,
    frames: np.ndarray,
    since: int,
    unfinished: tuple[int, int] | None,
) -> list[Interval]:
    """The intervals of a run that has come to `since`. every: those of the whole run; outputs, frames: times
    of rows and frames; unfinished: start and end of an interval that was stopped half done, which is
    finished first."""
    rest = []
    if unfinished is not None:
        start, end = unfinished
        beginning = start == every[0].start < every[0].end
        first = np.searchsorted(outputs, start, side="left" if beginning else "right")
        rows = tuple(range(int(first), int(np.searchsorted(outputs, end, side="right"))))
        rest.append(Interval(start, end, int(np.searchsorted(frames, start, side="right")) - 1, rows))
        since = end
    for interval in every:
        if interval.start >= since:
            rest.append(interval)
        elif interval.end > since:
            rows = tuple(row for row in interval.outputs if outputs[row] > since)
            rest.append(interval._replace(start=since, outputs=rows))
    return rest


def output_steps(grid: StepGrid, schedule: Schedule, times: Sequence[int]) -> tuple[int, ...]:
    """Numbers of the steps of `schedule` after which rows of these times (microseconds) are recorded."""
    return tuple(int(schedule.done(grid.clock(time))) for time in times)


def refuse_too_many(run_file: "RunFile", grid: StepGrid, frames: np.ndarray) -> None:
    """Refuse times so close that their list alone would fill the memory. Raises RunFileError."""
    place, length = run_file.path.name, grid.end - grid.start
    longest = int(np.diff(np.unique(np.clip(frames, grid.start, grid.end))).max(initial=0))
    # a step's number is one of the counters of chance
    if longest // grid.step > MOST_STEPS or grid.steps >= 2**31:
        raise RunFileError(
            f"{place}: time.step: gives {longest // grid.step:,} steps between two frames and {grid.steps:,} in all; "
            f"{MOST_STEPS:,} and {2**31:,} are the most: take a longer one"
        )
    keys = [("output.every", run_file.output.every)]
    keys += [
        (f"alert.{number}.every", alert.every)
        for number, alert in enumerate(run_file.alert)
        if alert.every is not None
    ]
    for key, every in keys:
        if length // every >= MOST_TIMES:
            raise RunFileError(
                f"{place}: {key}: gives {length // every:,} times; {MOST_TIMES:,} are the most: take a longer one"
            )
