"""An axis of time, and where times lie on it."""

from typing import Any

import numpy as np

from fvdrift.tools.duration import SECOND

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
    locator = AutoDateLocator(minticks=min(4, most), maxticks=most)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=day))
    axes.set_xlabel("time (UTC)")
