"""One frame of the forcing: fields by name, with their time."""

from typing import NamedTuple

import numpy as np

Fields = dict[str, np.ndarray]  # by variable


class TimedFrame(NamedTuple):
    """The fields of a subdomain at one time (microseconds)."""

    time: int
    fields: Fields


class Window(NamedTuple):
    """Times of the two frames an interval lies between, and of those before and after where they count (cubic
    in time)."""

    before: int | None
    first: int
    second: int
    after: int | None
