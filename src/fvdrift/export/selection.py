"""What is exported of some tracks, as it was asked for on the command line or from Python."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.plot import TrackFile, sample
from fvdrift.tools import arguments
from fvdrift.tools.duration import format_duration
from fvdrift.tools.quantity import parse_duration, shown

_KINDS = {  # of what Python may give
    **dict.fromkeys(("release", "status", "variables"), arguments.NAMES),
    "sample": arguments.WHOLE,
    "gone": arguments.FLAG,
}


class Wanted(NamedTuple):
    """every: each so many records, or those a duration apart (microseconds, where `apart`); release, status: names,
    none for all; status is what becomes of a particle in the end; variables: None for all; sample: at most so many
    particles; gone: also records of particles that have settled, exited or died."""

    every: int = 1
    apart: bool = False
    release: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    variables: tuple[str, ...] | None = None
    sample: int | None = None
    gone: bool = False

    def rows(self, tracks: TrackFile) -> range:
        """The records that are exported. Raises RunFileError where none are as far apart as is asked."""
        rows = range(tracks.observations)
        if not self.apart:
            return rows[:: self.every]
        since = np.abs(tracks.times[: len(rows)] - tracks.times[:1])
        found = np.flatnonzero(since % self.every == 0)
        if len(since) > 1 and self.every > since[-1]:
            raise RunFileError(
                f"{tracks.path}: lasts {format_duration(int(since[-1]))}: --every {format_duration(self.every)} is longer"
            )
        step = int(found[1]) if len(found) > 1 else 0
        if not step or since[step] != self.every or not np.array_equal(found, np.arange(len(found)) * step):
            raise RunFileError(
                f"{tracks.path}: has no records that are {format_duration(self.every)} apart: "
                "give --every a multiple of output.every"
            )
        return rows[: int(found[-1]) + 1 : step]

    def ids(self, tracks: TrackFile) -> np.ndarray:
        """The particles that are exported, int64, sorted. Raises RunFileError for names that are not there."""
        ids = tracks.chosen(self.release)
        unknown = [name for name in self.status if name not in tracks.statuses]
        if unknown:
            there = ", ".join(tracks.statuses)
            raise RunFileError(f"--status: there is no status {shown(unknown[0])}; there is {there}")
        if self.status:
            codes = [tracks.statuses.index(name) for name in self.status]
            ids = ids[np.isin(fates_of(tracks, ids), codes)]
        return ids if self.sample is None else sample(ids, self.sample)


def fates_of(tracks: TrackFile, ids: np.ndarray) -> np.ndarray:
    """What becomes of particles: their status at the last record."""
    last = range(tracks.observations)[-1:]
    return tracks.read(("status",), ids, last)["status"][:, -1] if last else np.zeros(len(ids), np.int8)


def wanted(
    *,
    every: Any = None,
    release: str | Sequence[str] = (),
    status: str | Sequence[str] = (),
    variables: str | Sequence[str] | None = None,
    sample: int | None = None,
    gone: bool = False,
) -> Wanted:
    """The options of `fvdrift export` by their names, checked. Raises RunFileError."""
    if odd := arguments.misfits(_KINDS, locals()):
        raise RunFileError(odd)
    count, apart = (1, False) if every is None else _every(every)
    if sample is not None and sample < 1:
        raise RunFileError(f"--sample: {sample} is too small: take 1 or more")
    chosen = None if variables is None else _names(variables)
    return Wanted(count, apart, _names(release), _names(status), chosen, sample, gone)


def _names(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _every(given: Any) -> tuple[int, bool]:
    text = str(given).strip()
    whole = text.isascii() and text.isdigit()
    try:
        count = int(text) if whole else parse_duration(given)
    except ValueError as error:
        raise RunFileError(f'--every: {error}; or give a number: "4" is each fourth record') from None
    if count < 1:
        raise RunFileError("--every: must be above 0")
    return count, not whole
