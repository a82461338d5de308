"""An axis of time, and where times lie on it."""

from typing import Any

import numpy as np

from fvdrift.tools.duration import SECOND


def days(times: np.ndarray) -> np.ndarray:
    """Microseconds as matplotlib counts: days."""
    return times / (86_400.0 * SECOND)


def time_axis(axes: Any, calendar: bool, *, day: bool = True) -> None:
    """Ticks and name of the x axis. calendar: False for times without one; day: whether the day stands at its end."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    if not calendar:
        axes.set_xlabel("time (days)")
        return
    locator = AutoDateLocator(minticks=4, maxticks=9)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=day))
    axes.set_xlabel("time (UTC)")
