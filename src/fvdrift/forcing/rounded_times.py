"""Times in single precision, brought to what they must have meant. Not how they are read (that is
`times`)."""

import numpy as np

from fvdrift.tools.duration import DAY, HOUR, MILLISECOND, MINUTE, SECOND

_SNAPS = (
    DAY,
    12 * HOUR,
    6 * HOUR,
    3 * HOUR,
    2 * HOUR,
    HOUR,
    30 * MINUTE,
    20 * MINUTE,
    15 * MINUTE,
    10 * MINUTE,
    6 * MINUTE,
    5 * MINUTE,
    2 * MINUTE,
    MINUTE,
    30 * SECOND,
    10 * SECOND,
    SECOND,
)
_STEPS = tuple(sorted(
    {DAY // n for n in (1, 2, 3, 4, 6, 8, 12, 24)} | {n * unit for unit in (MINUTE, SECOND) for n in range(1, 61)}
))  # fmt: skip
# of all stamps lying near whole units by accident: above it single precision times are left as they are
_CHANCE = 0.01


def snap(times: np.ndarray, doubt: np.ndarray) -> tuple[np.ndarray, int | None]:
    """Single precision times brought to the whole units they must have meant.

    times, doubt: int64 microseconds. The largest unit of which every doubtful stamp is a multiple within its
    own doubt is taken, if that is no accident. Returns the times and the unit (None: left as they are).
    """
    vague = np.flatnonzero(doubt > MILLISECOND)
    for unit in _SNAPS:
        width = 2.0 * doubt[vague]
        if vague.size == 0 or width.max() >= unit:
            return times, None
        near = (times[vague] + unit // 2) // unit * unit
        if np.all(np.abs(near - times[vague]) <= doubt[vague]):
            if np.sum(np.log(width / unit)) > np.log(_CHANCE):
                return times, None
            times = times.copy()
            times[vague] = near
            return times, unit
    return times, None


def evenly(times: np.ndarray, doubt: np.ndarray) -> tuple[np.ndarray, int] | None:
    """Times of one file, in the order of its records, that lie nearer to each other than they can tell: one
    even step apart.

    times, doubt: int64 microseconds. Only one usual step may fit every stamp within its doubt, and only one
    of its multiples as a beginning. Returns the times and the step; None where none fits, or several do.
    """
    found: list[tuple[np.ndarray, int]] = []
    number = np.arange(len(times), dtype=np.int64)
    for step in _STEPS:
        begin = times - number * step
        first, last = int((begin - doubt).max()), int((begin + doubt).min())
        at = -(-first // step) * step
        if first <= last and at <= last:
            found.append((at + number * step, step))
            if at + step <= last:
                return None
    return found[0] if len(found) == 1 else None
