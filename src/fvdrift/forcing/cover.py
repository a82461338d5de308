"""Whether a series can carry a run: cover in time, gaps, frame interval, layers. Reads no fields."""

from pathlib import Path

import numpy as np

from fvdrift.errors import ForcingError, RunFileError
from fvdrift.forcing.mirror import Mirrored
from fvdrift.forcing.series import Series
from fvdrift.forcing.times import format_duration


def cover_check(series: Series | Mirrored, start: int, end: int, step: int, *, run_file: Path | str = "run file") -> None:
    """Refuse a run from `start` to `end` by `step` (microseconds) that the series cannot carry.

    Raises ForcingError when the frames do not cover it or leave a gap longer than `series.max_gap` in it, RunFileError
    when `step` is longer than the shortest frame interval in it.
    """
    times, say = series.times, series.describe_time
    if len(times) < 2:
        raise ForcingError(
            f"{series.files[0].name}: holds one record, {say(int(times[0]))}; a run needs at least two to go between"
        )
    if start < times[0] or end > times[-1]:
        raise ForcingError(
            f"{_names(series)}: the forcing covers {say(int(times[0]))} to {say(int(times[-1]))}, "
            f"the run asks for {say(start)} to {say(end)}; change time.start, time.end or forcing.files"
        )
    first = int(np.searchsorted(times, start, side="right")) - 1
    last = max(int(np.searchsorted(times, end, side="left")), first + 1)
    intervals = np.diff(times[first : last + 1])
    widest = int(np.argmax(intervals))
    if intervals[widest] > series.max_gap:
        before, after = first + widest, first + widest + 1
        raise ForcingError(
            f"{series.file_of(before).name}: no record for {format_duration(int(intervals[widest]))} "
            f"after {say(int(times[before]))} (the next is {say(int(times[after]))} in {series.file_of(after).name}); "
            "add the missing files, shorten the run, or allow it by forcing.max_gap "
            f"(now {format_duration(series.max_gap)})"
        )
    shortest = int(np.argmin(intervals))
    interval = int(intervals[shortest])
    if step > interval:
        raise RunFileError(
            f"{Path(run_file).name}: time.step: {format_duration(step)} is longer than the {format_duration(interval)} "
            f"between frames of {series.file_of(first + shortest).name}; "
            f"take {_seconds(interval // 60)} to {_seconds(interval // 12)}"
        )


def dimension_check(series: Series, kind: str) -> None:
    """Refuse a run of dimension `kind` ("3d", "2d", "surface", "depth") for which the layers of the series do not
    suffice.

    Raises ForcingError with what the run could do instead.
    """
    name, (top, bottom) = series.files[0].name, series.column
    if kind != "2d" and series.layers == 0:
        raise ForcingError(f'{name}: holds only depth-averaged velocity (ua, va); set advection.dimension = "2d"')
    if kind == "3d" and top - bottom < 0.5:
        held = "only flow at the surface" if top - bottom == 0 else f"only layers between sigma {top + 0.0:.3g} and {bottom:.3g}"
        other = '"surface"' if top > -0.5 else '"2d"'
        raise ForcingError(f"{name}: u: holds {held}; a 3-D run needs the column: set advection.dimension = {other}")
    if kind == "surface" and top < -0.5:
        raise ForcingError(f"{name}: u: holds only layers between sigma {top:.3g} and {bottom:.3g}, none near the surface")


def _names(series: Series | Mirrored) -> str:
    first, last = series.files[0].name, series.files[-1].name
    return first if first == last else f"{first} ... {last}"


def _seconds(microseconds: int) -> str:
    return f"{max(microseconds / 1e6, 0.001):.4g}s"
