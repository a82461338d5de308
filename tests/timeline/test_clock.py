"""The grid of steps: every path over it counts the same steps, and times and clocks are the same thing."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fvdrift.timeline.clock import StepGrid

grids = st.builds(
    lambda start, step, whole, part: StepGrid(start, start + whole * step + part % step, step),
    st.integers(-(10**15), 10**15), st.integers(1, 10**10), st.integers(1, 60), st.integers(0, 10**10),
)  # fmt: skip


def meetings(grid: StepGrid, cuts: list[int]) -> list[int]:
    """Times in the run, at least a step apart, as frames are; the run's ends too."""
    times = [grid.start]
    for cut in sorted(grid.start + cut % (grid.end - grid.start) for cut in cuts):
        if cut - times[-1] >= grid.step:
            times.append(cut)
    return [*times, grid.end]


def test_an_hour_cut_by_a_frame() -> None:
    grid = StepGrid(0, 60, 7)
    assert grid.steps == 9
    assert [grid.on_grid(t) for t in (0, 7, 8, 56, 60, 63, -7)] == [
        True,
        True,
        False,
        True,
        True,
        False,
        False,
    ]
    assert grid.nearest(30) == (28, 35)
    assert grid.nearest(58) == (56, 60)
    assert [grid.clock(t) for t in (0, 7, 30, 56, 58, 60)] == [0, 2, 9, 16, 17, 18]
    schedule = grid.schedule(0, 30)
    assert schedule.times.tolist() == [0, 7, 14, 21, 28, 30]
    assert [schedule.clock(i) for i in range(6)] == [0, 2, 4, 6, 8, 9]
    schedule = grid.schedule(30, 60)
    assert schedule.times.tolist() == [30, 35, 42, 49, 56, 60]
    assert [schedule.clock(i) for i in range(6)] == [9, 10, 12, 14, 16, 18]


@given(grids)
def test_clocks_count_steps_and_give_the_time_back(grid: StepGrid) -> None:
    times = [min(grid.start + i * grid.step, grid.end) for i in range(grid.steps + 1)]
    assert [grid.clock(time) for time in times] == list(range(0, 2 * grid.steps + 1, 2))
    assert [grid.time(grid.clock(time)) for time in times] == times
    assert all(grid.on_grid(time) for time in times)
    assert grid.nearest(times[-1]) == (grid.end, grid.end)


@settings(deadline=None)
@given(grids, st.lists(st.integers(0, 10**13), max_size=6))
def test_the_steps_between_meetings_are_those_of_the_run(grid: StepGrid, cuts: list[int]) -> None:
    """However it is cut: no time is missing, every part step ends at a step's end or at a meeting, clocks go
    on."""
    times = meetings(grid, cuts)
    assume(times[-1] - times[-2] > 0)
    ends, clocks = [grid.start], [0]
    for first, last in zip(times, times[1:], strict=False):
        schedule = grid.schedule(first, last)
        assert schedule.times[0] == first
        assert schedule.times[-1] == last
        assert (np.diff(schedule.times) > 0).all()
        assert (np.diff(schedule.times) <= grid.step).all()
        assert schedule.clock(0) == clocks[-1] == schedule.first_clock
        ends += schedule.times[1:].tolist()
        clocks += [schedule.clock(i) for i in range(1, schedule.steps + 1)]
    assert set(ends) == {min(grid.start + i * grid.step, grid.end) for i in range(grid.steps + 1)} | set(
        times
    )
    assert clocks == [grid.clock(time) for time in ends]
    assert (np.diff(clocks) > 0).all()


@settings(deadline=None)
@given(grids, st.lists(st.integers(0, 10**13), max_size=6))
def test_how_many_steps_are_done_at_a_clock(grid: StepGrid, cuts: list[int]) -> None:
    """For clocks a particle can have in an interval: its beginning, and every end of a step of the grid."""
    for first, last in zip(meetings(grid, cuts), meetings(grid, cuts)[1:], strict=False):
        schedule = grid.schedule(first, last)
        assert [int(schedule.done(schedule.clock(i))) for i in range(schedule.steps + 1)] == list(
            range(schedule.steps + 1)
        )
