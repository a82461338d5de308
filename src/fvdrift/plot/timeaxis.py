"""An axis of time, and where times lie on it."""

import warnings
from typing import Any

import numpy as np

from fvdrift.tools.duration import SECOND

CLOSE = 1.0  # days between the first and the last tick
TICK = 0.5  # inches that a time takes below an axis


def days(times: np.ndarray) -> np.ndarray:
    """Microseconds as matplotlib counts: days."""
    return times / (86_400.0 * SECOND)


def time_axis(axes: Any, calendar: bool, *, day: bool = True) -> None:
    """Ticks and name of the x axis. calendar: False for times without one; day: whether the day stands at its end."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    if not calendar:
        axes.set_xlabel("time (days)")
        return
    inches = axes.get_position().width * axes.figure.get_figwidth()
    most = int(np.clip(inches / TICK, 3, 9))

    class Quiet(AutoDateLocator):
        def get_locator(self, dmin: Any, dmax: Any) -> Any:
            """Of few ticks for a time it warns on stderr that it takes the nearest interval it has."""
            with warnings.catch_warnings(action="ignore", category=UserWarning):
                return super().get_locator(dmin, dmax)  # type: ignore[no-untyped-call]

    locator = Quiet(minticks=min(4, most), maxticks=most)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)

    class OfHours(ConciseDateFormatter):
        def format_ticks(self, values: Any) -> Any:
            """Midnight is 00:00 among the hours of a day or so, not a bare date."""
            close = len(values) > 1 and values[-1] - values[0] <= CLOSE
            self.zero_formats[3] = "%H:%M" if close else "%b-%d"
            return super().format_ticks(values)  # type: ignore[no-untyped-call]

    formatter = OfHours(locator, show_offset=day)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(formatter)
    axes.set_xlabel("time (UTC)")
