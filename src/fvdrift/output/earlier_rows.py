"""Rows that an earlier start of a run has written, in its part files or, where it was finished, in NAME.nc, also where
that is over several files. Writes nothing, but may finish the naming of parts."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fvdrift.errors import OutputError, RunFileError
from fvdrift.tools.netcdf.lock import LOCK

from .part_file import checksum
from .paths import new_part_path, part_path
from .split_files import is_virtual, open_file
from .stripes import Stripes

Sums = np.ndarray | Mapping[int, np.ndarray]
_DEPTH = 64  # rows of NAME.nc that are unpacked together: as deep as its chunks are
_BLOCK_BYTES = 256 << 20  # of all columns; a finished run of so many particles is unpacked several times over


class EarlierRows:
    """The rows there are. path: the file they are in, that of an unfinished run first; None where there is
    neither; trouble: what was wrong with them where they are not what they should be.

    Raises OutputError where they cannot be read. Call `close`.
    """

    def __init__(self, tracks: Path, stripes: Stripes | None = None, trajectories: int | None = None):
        """stripes: as the run was cut then, and kept its sums by; None: it was not; trajectories: that there were, if
        that is known."""
        self._tracks, self._stripes = tracks, stripes
        self._trajectories = trajectories if stripes is None else stripes.trajectories
        self._files: dict[int, tuple[Path, Any]] = {}
        parts = [part_path(tracks, stripe) for stripe in range(self._parts)]
        there = [path.exists() or new_part_path(path).exists() for path in parts]
        found = parts[0] if all(there) else tracks if tracks.exists() else parts[0] if any(there) else None
        self.path: Path | None = found
        self.trouble = ""
        self._new_first = False

    @property
    def finished(self) -> bool:
        """Whether they are those of a finished run."""
        return self.path is not None and self.path.suffix == ".nc"

    def attribute(self, name: str) -> str:
        """A global attribute, "" where there is none."""
        with LOCK:
            return str(getattr(self._file(0)[1], name, ""))

    def lies_in(self, part: Path) -> range | None:
        """Ids of a part file that its rows are in as they were cut, None where none are."""
        if self.finished or self.path is None:
            return None
        for stripe, ids in self._cut(None):
            if part_path(self._tracks, stripe) == part:
                return ids if self._file(stripe)[0] == part else None
        return None

    def one_of(self, trajectories: int) -> bool:
        """Whether they are of so many particles, and not cut: then their sums are those of the same rows anywhere."""
        return (self._stripes is None or len(self._stripes) == 1) and self._cut(None) == [
            (0, range(trajectories))
        ]

    def holds(self, names: Sequence[str], sums: Sums) -> bool:
        """Whether the first rows of these columns have the CRC-32 `sums` (row, column): they are whole, and
        of the same run. By stripe: those stripes are looked at, no others."""
        given = {0: sums} if isinstance(sums, np.ndarray) else sums
        if all(self._holds(names, stripe, of_stripe) for stripe, of_stripe in given.items()):
            return True
        if self._stripes is not None or self.finished or not new_part_path(part_path(self._tracks)).exists():
            return False
        self.close()
        self._new_first = True  # only its sums tell which of two files is meant
        return all(self._holds(names, stripe, of_stripe) for stripe, of_stripe in given.items())

    def settle(self, names: Sequence[str], sums: Sums) -> None:
        """Give part files that were made anew their names, where a process was killed that was about to: once all rows
        are known to hold, and before any other process reads them. names, sums: of all, as for `holds`, where they
        are not cut: only sums tell then which of two files is meant. Raises OutputError."""
        new = new_part_path(part_path(self._tracks))
        if self._stripes is None and not self.finished and new.exists() and not self.holds(names, sums):
            return
        for stripe in range(0 if self.finished or self.path is None else self._parts):
            path = part_path(self._tracks, stripe)
            if new_part_path(path).exists() and self._file(stripe)[0] != path:
                found, file = self._files.pop(stripe)
                with LOCK:
                    file.close()
                try:
                    os.replace(found, path)
                except OSError as error:
                    raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from None
        self._new_first = False

    def rows(
        self, names: Sequence[str], count: int, sums: Sums | None = None, ids: range | None = None
    ) -> Iterator[dict[str, np.ndarray]]:
        """The first `count` rows: columns (trajectory,) by name, in the byte order of the machine. ids: of these
        particles (those that there are); None: of all.

        Raises OutputError for the first that has not its CRC-32 in `sums` (row, column), by stripe where rows were cut
        into stripes: those of all stripes that `ids` are in.
        """
        if not count:
            return
        given = {0: sums} if isinstance(sums, np.ndarray) else sums
        cut = self._cut(ids)
        start, end = (cut[0][1].start, cut[-1][1].stop) if cut else (0, 0)
        wanted = (
            slice(0, end - start) if ids is None else slice(ids.start - start, max(ids.stop, start) - start)
        )
        first = 0
        while first < count:
            depth = min(self._depth(len(names), end - start), count - first)
            block = {name: self._read(name, slice(first, first + depth), cut) for name in names}
            for row in range(depth):
                columns = {name: values[row] for name, values in block.items()}
                if given is not None:
                    for stripe, its in cut:
                        own = slice(its.start - start, its.stop - start)
                        self._compare(
                            first + row, stripe, {n: v[own] for n, v in columns.items()}, given[stripe]
                        )
                yield {name: values[wanted] for name, values in columns.items()}
            first += depth

    def close(self) -> None:
        """Let go of the files."""
        with LOCK:
            while self._files:
                self._files.popitem()[1][1].close()

    @property
    def _parts(self) -> int:
        return 1 if self._stripes is None else len(self._stripes)

    def _holds(self, names: Sequence[str], stripe: int, sums: np.ndarray) -> bool:
        if not len(sums):
            return True
        if self.path is None or sums.ndim != 2 or len(names) != sums.shape[1]:
            return False
        ids = None if self._stripes is None else self._stripes.ids(stripe)
        try:
            return all(True for _ in self.rows(names, len(sums), {stripe: sums}, ids))
        except OutputError as error:
            self.trouble = str(error)
            return False

    def _compare(self, row: int, stripe: int, columns: dict[str, np.ndarray], sums: np.ndarray) -> None:
        for (name, values), written in zip(columns.items(), sums[row], strict=True):
            if checksum(values) != written:
                path = self._file(0 if self.finished else stripe)[0]
                raise OutputError(f"{path}: row {row} of {name} is not what was written there")

    def _cut(self, ids: range | None) -> list[tuple[int, range]]:
        """The stripes that some ids are in, and all ids of each."""
        if self._stripes is None:
            total = len(self._file(0)[1].dimensions["trajectory"])
            return [(0, range(total))] if total and (ids is None or ids.start < total) else []
        wide = self._stripes.width
        if ids is None:
            ids = range(self._stripes.trajectories)
        end = min(-(-ids.stop // wide), len(self._stripes))
        return [(stripe, self._stripes.ids(stripe)) for stripe in range(ids.start // wide, end)]

    def _depth(self, columns: int, trajectories: int) -> int:
        if not self.finished:
            return 1
        return max(1, min(_DEPTH, _BLOCK_BYTES // (8 * max(trajectories, 1) * columns)))

    def _read(self, name: str, rows: slice, cut: list[tuple[int, range]]) -> np.ndarray:
        """(row, id), of all ids of these stripes."""
        if self.finished:
            ids = slice(cut[0][1].start, cut[-1][1].stop) if cut else slice(0, 0)
            return self._of_file(0, name, lambda variable: variable[ids, rows].T, rows)
        blocks = [self._of_file(stripe, name, lambda variable: variable[rows], rows) for stripe, _ in cut]
        if not blocks:
            return self._of_file(0, name, lambda variable: variable[rows], rows)[:, :0]
        return blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)

    def _of_file(self, stripe: int, name: str, taken: Callable[[Any], np.ndarray], rows: slice) -> np.ndarray:
        path, file = self._file(stripe)
        try:
            with LOCK:
                values = taken(file.variables[name])
        except (OSError, RuntimeError, KeyError, IndexError, ValueError, RunFileError) as error:
            raise OutputError(f"{path}: {name} cannot be read: {error}") from None
        if values.shape[0] != rows.stop - rows.start:
            raise OutputError(f"{path}: holds no {rows.stop} rows")
        return np.ascontiguousarray(values, values.dtype.newbyteorder("="))

    def _file(self, stripe: int) -> tuple[Path, Any]:
        """Where the rows of a stripe are, open."""
        if self.path is None:
            raise OutputError(f"{part_path(self._tracks)}: is missing")
        if stripe not in self._files:
            self._files[stripe] = self._finished() if self.finished else self._part(stripe)
        return self._files[stripe]

    def _finished(self) -> tuple[Path, Any]:
        path = self._tracks
        file = self._opened(path)
        if is_virtual(file):
            with LOCK:
                file.close()
                try:
                    file = open_file(path)
                    file.set_auto_maskandscale(False)
                except (OSError, RuntimeError, RunFileError) as error:
                    raise OutputError(str(error)) from None
        there = len(file.dimensions["trajectory"])
        if self._trajectories not in (None, there):
            raise OutputError(f"{path}: holds {there} trajectories, and not {self._trajectories}")
        return path, file

    def _part(self, stripe: int) -> tuple[Path, Any]:
        """That of these two names which is of the cut: a new one has not got its name yet where the process was killed
        just then."""
        path = part_path(self._tracks, stripe)
        either = (path, new_part_path(path))
        for each in reversed(either) if self._new_first else either:
            if each.exists():
                file = self._opened(each)
                if self._is_of_cut(file, stripe):
                    return each, file
                with LOCK:
                    file.close()
        raise OutputError(
            f"{path}: is missing" if not path.exists() else f"{path}: holds other trajectories or rows"
        )

    def _is_of_cut(self, file: Any, stripe: int) -> bool:
        its = file.dimensions
        if self._stripes is None:
            return self._trajectories in (None, len(its["trajectory"]))
        ids = self._stripes.ids(stripe)
        if (len(its["trajectory"]), len(its["obs"])) != (len(ids), self._stripes.rows):
            return False
        try:
            with LOCK:
                return bool(file.variables["trajectory"][0] == ids.start)
        except (OSError, RuntimeError, KeyError, IndexError):
            return False

    def _opened(self, path: Path) -> Any:
        from fvdrift.tools.netcdf.dataset import LockedDataset

        try:
            with LOCK:
                file = LockedDataset(str(path))
                file.set_auto_maskandscale(False)
        except (OSError, RuntimeError) as error:
            raise OutputError(f"{path}: cannot be read: {error}") from None
        if not {"trajectory", "obs"} <= set(file.dimensions):
            raise OutputError(f"{path}: holds no tracks")
        return file
