"""What a checkpoint says of the rows of tracks: how they are cut into stripes, if they are, the sums of each, and
the last status of all particles. Whether they are there yet is looked at by all ranks. Which files they lie in is
known to `output`.

Where rank 0 wrote all rows, `status` is int8 (particle,), `sums` uint32 (row, column), CRC-32. Of stripes there
are such arrays each, status/STRIPE and sums/STRIPE, from who owned them, and `stripes`: the cut.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fvdrift.output import Before, EarlierRows, Mark, Stripes
from fvdrift.tools.particle_arrays import STATUS_NAMES

from ..errands import Errands, Team
from .archive import DamagedError
from .archives import Archives
from .look import Damage, damage_found, share_of

CUT, STATUS, SUMS = "stripes", "status", "sums"


def cut_of(stripes: Stripes) -> dict[str, np.ndarray]:
    """As rank 0 keeps it."""
    cut = [stripes.trajectories, stripes.rows, stripes.width, stripes.per_file]
    return {CUT: np.array(cut, np.int64)}


def arrays_of_stripe(stripe: int, status: np.ndarray, sums: np.ndarray) -> dict[str, np.ndarray]:
    """As its owner keeps it."""
    return {f"{STATUS}/{stripe}": status, f"{SUMS}/{stripe}": sums}


class KeptRows:
    """stripes: None where rank 0 wrote all rows; names: of the arrays there must be. Raises DamagedError."""

    def __init__(self, archives: Archives):
        self.stripes: Stripes | None = None
        self._archives = archives
        if CUT in archives.names:
            cut = archives.array(CUT)
            if cut.dtype != np.int64 or cut.shape != (4,) or (cut < 1).any():
                raise DamagedError(f"{archives.path}: is damaged: {CUT}: is no cut of rows")
            self.stripes = Stripes(*map(int, cut))

    @property
    def number(self) -> int:
        """Of stripes, or one."""
        return 1 if self.stripes is None else len(self.stripes)

    @property
    def names(self) -> set[str]:
        if self.stripes is None:
            return {STATUS, SUMS}
        return {CUT, *(f"{what}/{stripe}" for what in (STATUS, SUMS) for stripe in range(self.number))}

    def array(self, what: str, stripe: int) -> np.ndarray:
        """What is kept of a stripe, or of all."""
        return self._archives.array(what if self.stripes is None else f"{what}/{stripe}")

    def status(self, ids: range | None = None) -> np.ndarray:
        """Last known status of these particles, as far as there were so many then, or of all: int8
        (particle,)."""
        if self.stripes is None:
            whole = self.array(STATUS, 0)
            return whole if ids is None else whole[ids.start : ids.stop]
        parts = [np.empty(0, np.int8)]
        for stripe in self._over(ids):
            its = self.stripes.ids(stripe)
            own = (
                slice(0, None) if ids is None else slice(max(ids.start - its.start, 0), ids.stop - its.start)
            )
            parts.append(self.array(STATUS, stripe)[own])
        return np.concatenate(parts)

    def _over(self, ids: range | None) -> list[int]:
        """The stripes that these are in."""
        assert self.stripes is not None
        every = range(self.number)
        if ids is None:
            return list(every)
        its = self.stripes.ids
        return [s for s in every if its(s).start < ids.stop and ids.start < its(s).stop]

    def before(self, tracks: Path, ids: list[range] | None = None) -> Before:
        """The rows themselves, beside these tracks. ids: whose sums are wanted; None: those of all."""
        if self.stripes is None:
            return Before(EarlierRows(tracks, trajectories=len(self.status())), self.array(SUMS, 0))
        parts: list[range | None] = [None] if ids is None else [*ids]
        wanted = {0, *(stripe for part in parts for stripe in self._over(part))}
        sums = {stripe: self.array(SUMS, stripe) for stripe in sorted(wanted)}
        return Before(EarlierRows(tracks, self.stripes), sums)


@dataclass(frozen=True)
class LookAtRows:
    """An errand: each rank that sees the files looks at a share of the stripes. tracks: NAME.nc; names: of the
    columns, in their order; rows: how many there must be; total: particles then."""

    archives: Archives
    mark: Mark
    tracks: Path
    names: tuple[str, ...]
    rows: int
    total: int

    def __call__(self, team: Team) -> Damage | None:
        sees = team.told(team.rank == 0 or self.mark.is_seen())
        readers = [rank for rank, its in enumerate(sees) if its]

        def look() -> None:
            kept = KeptRows(self.archives)
            for stripe in share_of(kept.number, readers, team.rank):
                self._look(kept, stripe)

        return damage_found(look) if team.rank in readers else None

    def _look(self, kept: KeptRows, stripe: int) -> None:
        """Raises DamagedError, ValueError."""
        ids = range(self.total) if kept.stripes is None else kept.stripes.ids(stripe)
        if kept.stripes is not None and kept.stripes.trajectories != self.total:
            raise ValueError(f"{CUT}: is not that of {self.total} particles")
        status, sums = kept.array(STATUS, stripe), kept.array(SUMS, stripe)
        if status.dtype != np.int8 or status.shape != (len(ids),) or not _are_known(status):
            raise ValueError("status: is not that of each particle")
        if sums.dtype != np.uint32 or sums.ndim != 2 or len(sums) != self.rows:
            raise ValueError(f"sums: are not of {self.rows} rows")
        if not self.rows:
            return
        rows = EarlierRows(self.tracks, kept.stripes, self.total)
        try:
            holds = rows.holds(self.names, sums if kept.stripes is None else {stripe: sums})
        finally:
            rows.close()
        if not holds:
            why = f": {rows.trouble}" if rows.trouble else ""
            raise DamagedError(f"{self.archives.path}: the records it counts on are damaged or gone{why}")


def _are_known(status: np.ndarray) -> bool:
    return bool(((status >= 0) & (status < len(STATUS_NAMES))).all())


def look_at_rows(errands: Errands, errand: LookAtRows) -> None:
    """Let all ranks look. Raises DamagedError, ValueError."""
    for damage in errands.ask(errand):
        if isinstance(damage, Damage):
            raise DamagedError(damage.said) if damage.whole else ValueError(damage.said)
