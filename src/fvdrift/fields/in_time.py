"""How velocity goes from frame to frame: which frames, with which weights; that of the water, of waves, and
over the bed."""

import numpy as np

from fvdrift.forcing import Window, sign_of
from fvdrift.orders import StokesOrder
from fvdrift_kernels.ashore import COURSE, fill_course
from fvdrift_kernels.options import Cubic, StokesDrift

from .time_level import TimeLevel, between, rows_of


def cubic_weights(window: Window) -> np.ndarray:
    """Row p: the weights of the frames before, first, second, after in the coefficient of time^p; float32 (4,
    4).

    Time runs from 0 to 1 between first and second. The slopes there are those of the parabolas through each
    and its two neighbours (on even frames Catmull-Rom); where a frame is missing the cubic is the parabola
    through the three others, and where both are the line.
    """
    before, first, second, after = np.eye(4)
    interval = window.second - window.first
    slope = second - first
    start = end = slope
    if window.before is not None:
        start = _slope(first - before, slope, window.first - window.before, interval)
    if window.after is not None:
        end = _slope(after - second, slope, window.after - window.second, interval)
    if window.before is None and window.after is not None:
        start = 2.0 * slope - end
    if window.after is None and window.before is not None:
        end = 2.0 * slope - start
    rows = [first, start, 3.0 * slope - 2.0 * start - end, start + end - 2.0 * slope]
    return np.ascontiguousarray(rows, np.float32)


def _slope(beside: np.ndarray, within: np.ndarray, beyond: int, interval: int) -> np.ndarray:
    """Per interval, where it meets the one beside it, `beyond` long: that of the parabola over both.

    beside, within: the differences over them. The one over both together would be of first order only.
    """
    both = beyond + interval
    return within * (beyond / both) + beside * (interval / beyond * (interval / both))


def line(window: Window) -> Window:
    """The same without the frames before and after."""
    return Window(None, window.first, window.second, None)


def around(window: Window, levels: dict[int, TimeLevel]) -> tuple[TimeLevel, TimeLevel, TimeLevel, TimeLevel]:
    """The levels before, first, second and after; where there is none one of the two again."""
    first, second = levels[window.first], levels[window.second]
    before = first if window.before is None else levels[window.before]
    after = second if window.after is None else levels[window.after]
    return before, first, second, after


def cubic(window: Window, levels: dict[int, TimeLevel]) -> Cubic:
    """The frames around those a particle is between, as the kernels take them."""
    before, _, _, after = around(window, levels)
    nothing = np.empty((0, 0), np.float32)
    return Cubic(
        before.u,
        after.u,
        before.v,
        after.v,
        nothing if before.lift is None else before.lift,
        nothing if after.lift is None else after.lift,
        before.wet,
        after.wet,
        np.stack([cubic_weights(window), cubic_weights(line(window))]),
    )


def stokes_drift(
    window: Window, levels: dict[int, TimeLevel], order: StokesOrder, direction: int
) -> StokesDrift:
    """The Stokes drift of the surface, which particles feel at their own depth; direction: of time."""
    levels_around = around(window, levels)
    u, v = (
        [sign_of(name, direction) * rows_of(level, name) for level in levels_around]
        for name in (order.u.name, order.v.name)
    )
    assert order.depth is not None
    return StokesDrift(u[1], u[2], v[1], v[2], u[0], u[3], v[0], v[3], np.float32(1.0 / order.depth))


def course_of_bed(window: Window, levels: dict[int, TimeLevel]) -> np.ndarray:
    """What the bed feels between two frames, float32 (element, COURSE)."""
    _, first, second, _ = four = around(window, levels)
    course = np.empty((len(first.wet), COURSE), np.float32)
    fill_course(cubic(window, levels), between(first, second)[0], *(level.bed for level in four), course)
    return course
