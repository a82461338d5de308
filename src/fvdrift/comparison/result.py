"""Tracks beside those of drifters: separation with time, and the score of each start. Not how it is told.

d is the mean over the particles of a start that are still there. Who strands, or lies on the bed or in a habitat, is
there; who has left by an open side or died is not. A comparison ends where less than half of its particles are left.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from fvdrift.errors import OutputError
from fvdrift.plot import TrackFile, tracks_of

from .drifters import Start
from .plan import Comparison
from .skill import lengths_along, normalised_separation

BLOCK_BYTES = 32 << 20  # of a column of tracks, read at once
GONE = ("not_released", "exited", "dead")


class Compared(NamedTuple):
    """One start. started, left: particles; x, y: the centre of the particles, (lead + 1,); separation: mean over
    particles; of_centre: of their centre; spread: root mean square of their distances from that; still: of a particle
    that stays where it started; lengths: of the observed track; (lead,) each, m. s: normalised cumulative separation, of
    the particles, of their centre, and of one that stays."""

    start: Start
    started: int
    left: int
    x: np.ndarray
    y: np.ndarray
    separation: np.ndarray
    of_centre: np.ndarray
    spread: np.ndarray
    still: np.ndarray
    lengths: np.ndarray
    s: float
    s_centre: float
    s_still: float

    @property
    def leads(self) -> int:
        return len(self.separation)


def compare_tracks(made: Comparison) -> list[Compared]:
    """All starts, in their order. Raises RunFileError, OutputError."""
    with tracks_of(made.tracks) as tracks:
        return list(_all(made, tracks))


def _all(made: Comparison, tracks: TrackFile) -> Iterator[Compared]:
    count, starts, every = made.wish.particles, made.starts, range(tracks.observations)
    if tracks.trajectories != count * len(starts):
        raise OutputError(
            f"{made.tracks}: has {tracks.trajectories:,} tracks, not one of each particle: were they replaced?"
        )
    gone = [number for number, name in enumerate(tracks.statuses) if name in GONE]
    together = max(1, BLOCK_BYTES // (8 * count * max(len(every), 1)))
    for first in range(0, len(starts), together):
        some = starts[first : first + together]
        ids = np.arange(first * count, (first + len(some)) * count)
        read = tracks.read_held(("x", "y", "status"), ids, every)
        for number, start in enumerate(some):
            row = int(np.searchsorted(tracks.times, start.time))
            if row + start.leads >= len(every) or tracks.times[row] != start.time:
                raise OutputError(
                    f"{made.tracks}: has no records at the times that are compared: were they replaced?"
                )
            part = slice(number * count, (number + 1) * count), slice(row, row + start.leads + 1)
            x, y = read["x"][part], read["y"][part]
            yield compared(made, start, x, y, np.isfinite(x) & ~np.isin(read["status"][part], gone))


def compared(made: Comparison, start: Start, x: np.ndarray, y: np.ndarray, there: np.ndarray) -> Compared:
    """One start. x, y: float64 (particle, lead + 1) in the coordinates of the run; there: bool, alike."""
    started = there[:, 0]
    present = np.sum(there[started], axis=0)
    short = np.flatnonzero(2 * present < max(int(started.sum()), 1))
    ends = (
        int(short[0]) if len(short) else start.leads
    )  # the time that ends it: too few are left, or it is the last
    end = slice(0, max(ends, 1) if len(short) else ends + 1)
    x, y, there = (values[started][:, end] for values in (x, y, there))
    far, n = made.distance, np.maximum(present[end], 1)
    x, y = np.where(there, x, np.nan), np.where(there, y, np.nan)

    def mean(values: np.ndarray) -> np.ndarray:
        """Over the particles that are there."""
        means: np.ndarray = np.sum(np.where(there, values, 0.0), axis=0) / n
        return means

    seen_x, seen_y = start.x[end], start.y[end]
    middle_x, middle_y = (mean(x), mean(y)) if started.any() else (seen_x[:1], seen_y[:1])
    separation = mean(far(x, y, seen_x, seen_y))[1:]
    spread = np.sqrt(mean(far(x, y, middle_x, middle_y) ** 2))[1:]
    of_centre = far(middle_x, middle_y, seen_x[: len(middle_x)], seen_y[: len(middle_y)])[1:]
    still = far(seen_x[0], seen_y[0], seen_x[1:], seen_y[1:])
    lengths = lengths_along(seen_x, seen_y, far)
    return Compared(
        start,
        int(started.sum()),
        int(started.sum()) - int(present[ends]),
        middle_x,
        middle_y,
        separation,
        of_centre,
        spread,
        still,
        lengths,
        *(normalised_separation(each, lengths) for each in (separation, of_centre, still)),
    )
