"""How the rows of a run are cut: into stripes of particles, and those into files. From particles and planned rows
alone, so it is the same on any number of ranks. Writes nothing.

A stripe is a range of ids, a whole number of chunks wide; one rank keeps its rows. A file is a range of stripes.
"""

from dataclasses import dataclass

import numpy as np

from .chunks import chunk_shape

STRIPE_BYTES = 512 << 20  # of planned rows: as much as one rank packs in some seconds
FILE_BYTES = 16 << 30  # one file up to here: its writer serves eight ranks that pack
MOST_FILES = 64  # a reader of all holds all open
STRIPES_OF_SIZE = 8  # that a file of a size somebody asked for has at least


@dataclass(frozen=True)
class Stripes:
    """trajectories, rows: of the whole run as it is planned; width: ids of a stripe (the last may have fewer);
    per_file: stripes of a file (the last may have fewer)."""

    trajectories: int
    rows: int
    width: int
    per_file: int

    def __len__(self) -> int:
        """How many stripes there are, one at least."""
        return max(1, -(-self.trajectories // self.width))

    def ids(self, stripe: int) -> range:
        """Those in a stripe."""
        return range(stripe * self.width, min((stripe + 1) * self.width, self.trajectories))

    def of(self, ids: np.ndarray) -> np.ndarray:
        """The stripe of each id, int64."""
        return np.asarray(ids, np.int64) // self.width

    @property
    def files(self) -> int:
        """How many files there are, one at least."""
        return -(-len(self) // self.per_file)

    def file_of(self, stripe: int) -> int:
        """The file a stripe is in."""
        return stripe // self.per_file

    def stripes_in(self, file: int) -> range:
        """Those of a file."""
        return range(file * self.per_file, min((file + 1) * self.per_file, len(self)))

    def ids_in(self, file: int) -> range:
        """Those in a file."""
        stripes = self.stripes_in(file)
        return range(self.ids(stripes[0]).start, self.ids(stripes[-1]).stop)

    def shape(self, file: int, rows: int) -> tuple[int, int]:
        """(trajectories, rows) of the chunks of a file, for a run that came to `rows` rows: the same in all files (but
        one that is narrower than that)."""
        wide, deep = chunk_shape(self.trajectories, rows)
        return min(wide, len(self.ids_in(file))), deep

    def bands(self, rows: int) -> list[slice]:
        """The rows of each band of chunks, for a run that came to `rows` rows."""
        deep = chunk_shape(self.trajectories, rows)[1]
        return [slice(top, min(top + deep, rows)) for top in range(0, rows, deep)]

    def chunks(self, stripe: int, rows: int) -> list[range]:
        """Ids of the chunks of a band that a stripe packs: those that begin in it. Where `rows` are fewer than planned
        they may reach into the stripes behind it (but not out of its file), and there may be none."""
        file, own = self.file_of(stripe), self.ids(stripe)
        (wide, _), its = self.shape(file, rows), self.ids_in(file)
        first = its.start + -(-(own.start - its.start) // wide) * wide
        return [range(start, min(start + wide, its.stop)) for start in range(first, own.stop, wide)]


def plan_stripes(trajectories: int, rows: int, row_bytes: int, split: int | str | None = "auto") -> Stripes:
    """The cut of a run. row_bytes: of one particle in one row; split: as `output.split`: "auto", bytes of a file at
    most (about), None or "never": one file.

    Stripes are of about STRIPE_BYTES, where a size is asked for of an eighth of it at most. Where all of it is one
    stripe, tracks are written by a `TrackWriter`.
    """
    wide, of_id = chunk_shape(trajectories, rows)[0], max(1, rows * row_bytes)
    size = split if isinstance(split, int) else None
    stripe_bytes = STRIPE_BYTES if size is None else min(STRIPE_BYTES, size // STRIPES_OF_SIZE)
    width = max(1, stripe_bytes // (of_id * wide)) * wide
    stripes = max(1, -(-trajectories // width))
    total = trajectories * of_id
    if split == "auto":
        size = max(FILE_BYTES, total // MOST_FILES)
    if size is None or total <= size:
        return Stripes(trajectories, rows, width, stripes)
    per_file = max(1, size // (width * of_id), -(-stripes // MOST_FILES))
    return Stripes(trajectories, rows, width, per_file)
