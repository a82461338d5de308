"""When workers meet: the intervals cover the run once, each between two frames, each output in one of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fvdrift import timetable
from fvdrift.clock import StepGrid

FRAMES = 3600 * np.arange(-1, 30)


@settings(deadline=None)
@given(
    start=st.integers(0, 50_000), step=st.integers(100, 3600), length=st.integers(1, 50_000), every=st.integers(1, 20),
    row_bytes=st.sampled_from([0, 1, 100 << 20, 400 << 20]),
)  # fmt: skip
def test_intervals_cover_the_run_once(start: int, step: int, length: int, every: int, row_bytes: int) -> None:
    grid = StepGrid(start, start + length, step)
    outputs = timetable.output_times(grid, every * step)
    found = timetable.intervals(grid, FRAMES, outputs, row_bytes)
    assert found[0].start == grid.start
    assert found[-1].end == grid.end
    assert [i.end for i in found[:-1]] == [i.start for i in found[1:]]
    assert [row for interval in found for row in interval.outputs] == list(range(len(outputs)))
    most = max(1, timetable.RECORD_BYTES // max(row_bytes, 1))
    for interval in found:
        assert FRAMES[interval.frame] <= interval.start < interval.end <= FRAMES[interval.frame + 1]
        assert all(interval.start <= outputs[row] <= interval.end for row in interval.outputs)
        assert len(interval.outputs) <= most + 1
        schedule = grid.schedule(interval.start, interval.end)
        steps = timetable.output_steps(grid, schedule, interval, outputs)
        assert [int(schedule.times[i]) for i in steps] == [int(outputs[row]) for row in interval.outputs]


def test_outputs_end_at_the_last_multiple_in_the_run() -> None:
    assert timetable.output_times(StepGrid(10, 35, 5), 10).tolist() == [10, 20, 30]
    assert timetable.output_times(StepGrid(10, 30, 5), 10).tolist() == [10, 20, 30]
    assert timetable.output_times(StepGrid(10, 12, 5), 10).tolist() == [10]


@pytest.mark.parametrize(("end", "frames"), [(3600, [0]), (3601, [0, 1]), (7200, [0, 1])])
def test_a_run_that_ends_at_a_frame_needs_no_later_one(end: int, frames: list[int]) -> None:
    found = timetable.intervals(StepGrid(0, end, 60), 3600 * np.arange(4), np.array([0]), 1)
    assert [interval.frame for interval in found] == frames
