"""The records of some tracks, read in slabs: as many trajectories and times at once as fit. Nothing is written here."""

from collections.abc import Iterator, Sequence
from copy import copy
from typing import Any, NamedTuple

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.plot import TrackFile, projection_of
from fvdrift.tools.calendar import GREGORIAN, days_since_1970
from fvdrift.tools.crs import LONGITUDE_LATITUDE, known
from fvdrift.tools.duration import DAY
from fvdrift.tools.quantity import shown

from .selection import Wanted, fates_of

SLAB = 1 << 18  # records that are read at once: some 50 MB with what is made of them
PLACES = ("lon", "lat", "x", "y")
OWN = (
    *PLACES,
    "z",
    "sigma",
    "status",
    "dry",
)  # columns of all tracks, in the order in which they are exported
GONE = ("settled", "exited", "dead")


class Slab(NamedTuple):
    """ids (trajectory,), sorted; rows (record,); columns: (trajectory, record) by name; there: which records count."""

    ids: np.ndarray
    rows: range
    columns: dict[str, np.ndarray]
    there: np.ndarray


class Records:
    """What is exported of tracks.

    names: of the columns, in order; rows: records of the file; system: of x and y, or of lon and lat, as pyproj
    names it, None where it is not known; dated: whether times are dates that any program knows.
    """

    def __init__(self, tracks: TrackFile, wanted: Wanted):
        """Raises RunFileError for what is not there."""
        self.tracks, self.wanted = tracks, wanted
        self.rows, self.ids = wanted.rows(tracks), wanted.ids(tracks)
        sampled = [name for name in tracks.columns if name not in (*OWN, "time")]
        if wanted.variables is not None:
            if unknown := [name for name in wanted.variables if name not in (*OWN, *sampled)]:
                there = ", ".join(sampled) or "none"
                raise RunFileError(
                    f"{tracks.path}: has no variable {shown(unknown[0])} to export; it has {there}"
                )
            sampled = [name for name in sampled if name in wanted.variables]
        self.names = [name for name in OWN if name in tracks.columns] + sampled
        self.axes = ("lon", "lat") if tracks.geographic else ("x", "y")
        self.system = LONGITUDE_LATITUDE if tracks.geographic else projection_of(tracks)
        if self.system is not None and known(self.system) is None:
            raise RunFileError(f"{tracks.path}: forcing.projection of its run is not known: {self.system}")
        earliest = int(tracks.times.min(initial=0))
        self.dated = tracks.calendar and earliest >= days_since_1970(*GREGORIAN) * DAY

    @property
    def most(self) -> int:
        """Records there can be at most."""
        return len(self.ids) * len(self.rows)

    def slabs(self, names: Sequence[str], *, whole: bool = False, values: int = SLAB) -> Iterator[Slab]:
        """All records of the columns `names`, each once: by trajectories, and by records within them. whole: all records
        of a trajectory at once; values: of a column at once, about."""
        wide, deep = self.tracks.chunk
        count = len(self.rows)
        deep = count if whole else min(count, max(1, values // (wide * deep)) * deep)
        across = max(1, values // max(1, deep))
        across = across // wide * wide or across
        for ids in np.split(self.ids, np.flatnonzero(np.diff(self.ids // across)) + 1):
            for first in range(0, count if len(ids) else 0, max(1, deep)):
                yield self._read(names, ids, self.rows[first : first + deep])

    def of(self, ids: np.ndarray) -> "Records":
        """Those of some of the particles."""
        some = copy(self)
        some.ids = ids
        return some

    def each_release(self) -> Iterator[tuple[int, str, np.ndarray]]:
        """Number, name and particles of each release that has some."""
        release = self.tracks.release[self.ids]
        for number, name in enumerate(self.tracks.names):
            ids = self.ids[release == number]
            if len(ids):
                yield number, name, ids

    def fates(self, ids: np.ndarray) -> np.ndarray:
        """Status of particles at the last record of the file."""
        return fates_of(self.tracks, ids)

    def units(self) -> dict[str, str]:
        """Of the columns that have units."""
        columns = self.tracks.columns
        return {name: columns[name].units for name in self.names if columns[name].units}

    def attributes(self) -> dict[str, Any]:
        """Global attributes of the file, as text."""
        return {name: str(value) for name, value in self.tracks.attributes.items()}

    def _read(self, names: Sequence[str], ids: np.ndarray, rows: range) -> Slab:
        read = self.tracks.read(tuple(dict.fromkeys((*self.axes, "status", *names))), ids, rows)
        there = np.isfinite(read[self.axes[0]]) & np.isfinite(read[self.axes[1]])
        if self.wanted.gone:
            statuses = self.tracks.statuses
            gone = [statuses.index(name) for name in GONE if name in statuses]
            there |= np.isin(read["status"], gone)
        return Slab(ids, rows, read, there)
