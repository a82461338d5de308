"""Rows that an earlier start of a run has written, in NAME.nc.part or, where it was finished, in NAME.nc.
Reads only."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fvdrift.errors import OutputError
from fvdrift.tools.netcdf.dataset import LockedDataset
from fvdrift.tools.netcdf.lock import LOCK

from .part_file import checksum
from .paths import part_path
from .stripes import Stripes

Sums = np.ndarray | Mapping[int, np.ndarray]
_DEPTH = 64  # rows of NAME.nc that are unpacked together: as deep as its chunks are
_BLOCK_BYTES = 256 << 20  # of all columns; a finished run of so many particles is unpacked several times over


class EarlierRows:
    """The rows there are. path: the file they are in, that of an unfinished run first; None where there is
    neither.

    Raises OutputError where they cannot be read. Call `close`.
    """

    def __init__(self, tracks: Path, stripes: Stripes | None = None):
        """stripes: as the run was cut then, and kept its sums by; None: it was not."""
        self.path = next((path for path in (part_path(tracks), tracks) if path.exists()), None)
        self._file: Any = None

    @property
    def finished(self) -> bool:
        """Whether they are those of a finished run."""
        return self.path is not None and self.path.suffix == ".nc"

    def attribute(self, name: str) -> str:
        """A global attribute, "" where there is none."""
        with LOCK:
            return str(getattr(self._open(), name, ""))

    def holds(self, names: Sequence[str], sums: Sums) -> bool:
        """Whether the first rows of these columns have the CRC-32 `sums` (row, column): they are whole, and
        of the same run. By stripe: those stripes are looked at, no others."""
        if not len(sums):
            return True
        if self.path is None or sums.ndim != 2 or len(names) != sums.shape[1]:
            return False
        try:
            return all(True for _ in self.rows(names, len(sums), sums))
        except OutputError:
            return False

    def rows(
        self, names: Sequence[str], count: int, sums: Sums | None = None, ids: range | None = None
    ) -> Iterator[dict[str, np.ndarray]]:
        """The first `count` rows: columns (trajectory,) by name, in the byte order of the machine. ids: of these
        particles (those that there are); None: of all.

        Raises OutputError for the first that has not its CRC-32 in `sums` (row, column), by stripe where rows were cut
        into stripes: those of all stripes that `ids` are in.
        """
        first = 0
        while first < count:
            depth = min(self._depth(len(names)), count - first)
            block = {name: self._read(name, slice(first, first + depth)) for name in names}
            for row in range(depth):
                columns = {name: values[row] for name, values in block.items()}
                if sums is not None:
                    self._compare(first + row, columns, sums[first + row])
                yield columns
            first += depth

    def _compare(self, row: int, columns: dict[str, np.ndarray], sums: np.ndarray) -> None:
        for (name, values), written in zip(columns.items(), sums, strict=True):
            if checksum(values) != written:
                raise OutputError(f"{self.path}: row {row} of {name} is not what was written there")

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            with LOCK:
                self._file.close()
            self._file = None

    def _depth(self, columns: int) -> int:
        if not self.finished:
            return 1
        trajectories = max(len(self._open().dimensions["trajectory"]), 1)
        return max(1, min(_DEPTH, _BLOCK_BYTES // (8 * trajectories * columns)))

    def _open(self) -> Any:
        if self._file is None:
            try:
                with LOCK:
                    self._file = LockedDataset(str(self.path))
                    self._file.set_auto_maskandscale(False)
            except (OSError, RuntimeError) as error:
                raise OutputError(f"{self.path}: cannot be read: {error}") from None
        return self._file

    def _read(self, name: str, rows: slice) -> np.ndarray:
        try:
            with LOCK:
                variable = self._open().variables[name]
                values = variable[:, rows].T if self.finished else variable[rows]
        except (OSError, RuntimeError, KeyError, IndexError, ValueError) as error:
            raise OutputError(f"{self.path}: {name} cannot be read: {error}") from None
        if values.shape[0] != rows.stop - rows.start:
            raise OutputError(f"{self.path}: holds no {rows.stop} rows")
        return np.ascontiguousarray(values, values.dtype.newbyteorder("="))
