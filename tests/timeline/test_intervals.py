"""When workers meet: the intervals cover the run once, each between two frames, each output in one of
them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fvdrift.timeline import intervals as timetable
from fvdrift.timeline.clock import StepGrid

FRAMES = 3600 * np.arange(-1, 30)


@settings(deadline=None)
@given(
    start=st.integers(0, 50_000), step=st.integers(100, 3600), length=st.integers(1, 50_000), every=st.integers(1, 20),
    row_bytes=st.sampled_from([0, 1, 100 << 20, 400 << 20]), at_start=st.booleans(),
)  # fmt: skip
def test_intervals_cover_the_run_once(
    start: int, step: int, length: int, every: int, row_bytes: int, at_start: bool
) -> None:
    grid = StepGrid(start, start + length, step)
    outputs = timetable.output_times(grid, every * step)
    found = timetable.intervals_of(grid, FRAMES, outputs, row_bytes, at_start=at_start)
    assert found[0].start == grid.start
    assert (found[0].end == grid.start) == at_start
    assert found[-1].end == grid.end
    assert [i.end for i in found[:-1]] == [i.start for i in found[1:]]
    assert [row for interval in found for row in interval.outputs] == list(range(len(outputs)))
    most = max(1, timetable.RECORD_BYTES // max(row_bytes, 1))
    for interval in found:
        assert FRAMES[interval.frame] <= interval.start <= interval.end <= FRAMES[interval.frame + 1]
        assert interval.start < interval.end or interval is found[0]
        assert all(interval.start <= outputs[row] <= interval.end for row in interval.outputs)
        assert len(interval.outputs) <= most + 1
        schedule = grid.schedule(interval.start, interval.end)
        steps = timetable.output_steps(grid, schedule, [int(outputs[row]) for row in interval.outputs])
        assert [int(schedule.times[i]) for i in steps] == [int(outputs[row]) for row in interval.outputs]


def test_outputs_end_at_the_last_multiple_in_the_run() -> None:
    assert timetable.output_times(StepGrid(10, 35, 5), 10).tolist() == [10, 20, 30]
    assert timetable.output_times(StepGrid(10, 30, 5), 10).tolist() == [10, 20, 30]
    assert timetable.output_times(StepGrid(10, 12, 5), 10).tolist() == [10]


def test_the_end_is_a_row_of_its_own_where_it_is_no_output_time() -> None:
    assert timetable.row_times(StepGrid(10, 35, 5), 10).tolist() == [10, 20, 30, 35]
    assert timetable.row_times(StepGrid(10, 30, 5), 10).tolist() == [10, 20, 30]
    assert timetable.row_times(StepGrid(10, 12, 5), 10).tolist() == [10, 12]
    closing = timetable.closed(timetable.Interval(7200, 8000, 2, (4,)), (5,))
    assert closing == (8000, 8000, 2, (5,), True)


@pytest.mark.parametrize(("end", "frames"), [(3600, [0]), (3601, [0, 1]), (7200, [0, 1])])
def test_a_run_that_ends_at_a_frame_needs_no_later_one(end: int, frames: list[int]) -> None:
    found = timetable.intervals_of(StepGrid(0, end, 60), 3600 * np.arange(4), np.array([0]), 1)
    assert [interval.frame for interval in found] == frames


@settings(deadline=None)
@given(
    start=st.integers(0, 50_000), step=st.integers(100, 3600), length=st.integers(1, 50_000), every=st.integers(1, 20),
    place=st.floats(0, 1), inside=st.booleans(),
)  # fmt: skip
def test_what_remains_after_a_break_and_what_was_done_are_the_whole(
    start: int, step: int, length: int, every: int, place: float, inside: bool
) -> None:
    grid = StepGrid(start, start + length, step)
    outputs = timetable.output_times(grid, every * step)
    whole = timetable.intervals_of(grid, FRAMES, outputs, 1)
    done = whole[: int(place * len(whole))]
    since = done[-1].end if done else grid.start
    half = whole[len(done)] if inside and len(done) < len(whole) else None
    rest = timetable.remaining(
        whole, outputs, FRAMES, since, None if half is None else (half.start, half.end)
    )
    assert done + rest == whole


def test_a_longer_run_goes_on_within_an_interval() -> None:
    """The old end was not at a frame: the rest of its interval comes first, with the rows behind it."""
    grid = StepGrid(0, 7200, 60)
    outputs = timetable.output_times(grid, 600)
    whole = timetable.intervals_of(grid, FRAMES, outputs, 1)
    first, second = timetable.remaining(whole, outputs, FRAMES, 1800, None)
    assert (first.start, first.end, first.outputs) == (1800, 3600, (4, 5, 6))
    assert second == whole[1]
    half, rest, _ = timetable.remaining(whole, outputs, FRAMES, 0, (0, 1800))
    assert (half.start, half.end, half.outputs) == (0, 1800, (0, 1, 2, 3))
    assert (rest.start, rest.end, rest.outputs) == (1800, 3600, (4, 5, 6))
