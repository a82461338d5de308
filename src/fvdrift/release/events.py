"""Events of a release: so many particles at one time in one shape. Not which releases there are."""

from collections.abc import Iterable

import numpy as np

from fvdrift.mesh import DEPTH_KINDS, Points

from .sources import PER_POINT, Part

# offset: number, within the shape, of the event's first particle (Points count theirs point by point);
# release, depth_kind: PER_POINT where the shape's points have their own; amount: of each particle, NaN where points
# have their own or there is none
EVENT = np.dtype(
    [
        ("time_us", np.int64),
        ("first_id", np.int64),
        ("count", np.int64),
        ("offset", np.int64),
        ("shape", np.int32),
        ("release", np.int32),
        ("depth_kind", np.int8),
        ("allow_outside", np.bool_),
        ("by_volume", np.bool_),
        ("wet", np.bool_),
        ("upper", np.float64),
        ("lower", np.float64),
        ("amount", np.float64),
    ]
)


def repeated(parts: Iterable[Part], times: np.ndarray) -> np.ndarray:
    """Events of all parts at all times, time by time; shape numbers from 0."""
    rows = []
    for i, part in enumerate(parts):
        kind = PER_POINT if part.depth is None else DEPTH_KINDS.index(part.depth.kind)
        upper, lower = (0.0, 0.0) if part.depth is None else part.depth[1:]
        its = (0, 0, part.particles, 0, i, part.release, kind, False, False, False, upper, lower, np.nan)
        rows.append(its)
    once = np.array(rows, EVENT)
    events = np.tile(once, len(times))
    events["time_us"] = np.repeat(times, len(once))
    return events


def by_rows(points: Points, times: np.ndarray) -> np.ndarray:
    """Events of points with a time each: one for every run of rows with the same time."""
    first = np.flatnonzero(np.concatenate(([True], times[1:] != times[:-1])))
    last = np.append(first[1:], len(times)) - 1
    events = np.zeros(len(first), EVENT)
    events["time_us"] = times[first]
    events["offset"] = np.concatenate(([0], points.end[last][:-1]))
    events["count"] = points.end[last] - events["offset"]
    events["release"] = events["depth_kind"] = PER_POINT
    events["amount"] = np.nan
    return events
