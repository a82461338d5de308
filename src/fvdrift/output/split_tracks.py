"""Tracks that lie in several files, with as much of an open netCDF4 file as reading tracks takes. Which files
belong together is `split_files`."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from fvdrift.errors import RunFileError

from .files_in_turn import FilesInTurn

CACHE_BYTES = 4 << 20  # unpacked chunks of a variable that are kept, of all files together
_CUT = "trajectory"  # the dimension that is cut


class _Dimension:
    """As netCDF4 has it."""

    def __init__(self, name: str, size: int):
        self.name, self.size = name, size

    def __len__(self) -> int:
        return self.size


class SplitTracks:
    """Files of tracks that follow each other, as one. Every call is made under `LOCK`.

    path: NAME.nc, or NAME.nc.part; global attributes as in it.
    """

    def __init__(self, path: Path, whole: Any, files: FilesInTurn, lengths: Sequence[int]):
        """whole: the file at `path`, open; lengths: trajectories of each file; all are closed with this."""
        self.path = path
        self._whole, self._files = whole, files
        self._firsts = [0, *accumulate(lengths)]
        self.dimensions = {**whole.dimensions, _CUT: _Dimension(_CUT, self._firsts[-1])}
        self.set_auto_mask(False)
        first = files.get(0)
        self.variables: dict[str, Any] = {
            name: _Column(files, variable, first[name].chunking(), self._firsts)
            if _CUT in variable.dimensions
            else variable
            for name, variable in whole.variables.items()
        }

    @property
    def parts(self) -> list[tuple[Path, slice]]:
        """The files, and which trajectories, by their places, each holds."""
        ends = pairwise(self._firsts)
        return [(path, slice(*of_file)) for path, of_file in zip(self._files.paths, ends, strict=True)]

    def of_each(self, name: str) -> list[Any]:
        """All of a variable that is not cut, as each file has it."""
        return [self._files.get(number)[name][...] for number in range(len(self._files.paths))]

    def __getitem__(self, name: str) -> Any:
        try:
            return self.variables[name]
        except KeyError:
            raise IndexError(f"{name} not found in /") from None  # as netCDF4 has it

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_whole"], name)

    def ncattrs(self) -> list[str]:
        """Names of the global attributes."""
        names: list[str] = self._whole.ncattrs()
        return names

    def getncattr(self, name: str) -> Any:
        """A global attribute. Raises AttributeError."""
        return self._whole.getncattr(name)

    def set_auto_mask(self, on: bool) -> None:
        self._set_mode("set_auto_mask", on)

    def set_auto_maskandscale(self, on: bool) -> None:
        self._set_mode("set_auto_maskandscale", on)

    def set_auto_chartostring(self, on: bool) -> None:
        self._set_mode("set_auto_chartostring", on)

    def _set_mode(self, name: str, on: bool) -> None:
        getattr(self._whole, name)(on)
        self._files.set_mode(name, on)

    def isopen(self) -> bool:
        return bool(self._whole.isopen())

    def close(self) -> None:
        """Close all of them. Safe to call twice."""
        self._files.close()
        if self._whole.isopen():
            self._whole.close()

    def __enter__(self) -> "SplitTracks":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Column:
    """One variable of SplitTracks, with the attributes that it has at its path."""

    def __init__(self, files: FilesInTurn, described: Any, chunks: Any, firsts: Sequence[int]):
        """described: the variable at the path; firsts: trajectories before each file, and in all."""
        self._files, self._described, self._chunks, self._firsts = files, described, chunks, firsts
        self.name, self.dimensions, self.dtype = described.name, described.dimensions, described.dtype
        self._axis = self.dimensions.index(_CUT)
        shape = list(described.shape)
        shape[self._axis] = firsts[-1]
        self.shape, self.ndim, self.size = tuple(shape), len(shape), int(np.prod(shape))
        self.set_var_chunk_cache(CACHE_BYTES)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_described"], name)

    def chunking(self) -> Any:
        """Of the first file."""
        return self._chunks

    def set_var_chunk_cache(self, size: int) -> None:
        """size: bytes of unpacked chunks that are kept, in all files together."""
        self._cache = size // len(self._files.paths)

    def __getitem__(self, index: Any) -> np.ndarray:
        """By whole numbers and slices that go forward. Raises RunFileError where a file cannot be read."""
        wanted = self._whole(index)
        chosen = wanted[self._axis]
        if not isinstance(chosen, slice):
            place = range(self.shape[self._axis])[chosen]
            number = bisect_right(self._firsts, place) - 1
            return self._read(number, wanted, place - self._firsts[number])
        places = range(self.shape[self._axis])[chosen]
        mine = [
            (number, part)
            for number in range(len(self._files.paths))
            if (part := self._of_part(places, number))
        ]
        if len(mine) <= 1:
            number, part = mine[0] if mine else (0, range(0))
            return self._read(number, wanted, slice(part.start, part.stop, part.step))
        return self._joined(mine, wanted, len(places))

    def _joined(self, mine: Sequence[tuple[int, range]], wanted: list[Any], count: int) -> np.ndarray:
        """What several files have, put in its place as it comes, so that it is in memory once."""
        axis = sum(isinstance(each, slice) for each in wanted[: self._axis])
        whole, first = np.empty(0), 0
        for number, part in mine:
            found = self._read(number, wanted, slice(part.start, part.stop, part.step))
            if not first:
                whole = np.empty((*found.shape[:axis], count, *found.shape[axis + 1 :]), found.dtype)
            whole[(*[slice(None)] * axis, slice(first, first + len(part)))] = found
            first += len(part)
        return whole

    def _whole(self, index: Any) -> list[Any]:
        """One index for each dimension."""
        given = list(index) if isinstance(index, tuple) else [index]
        if Ellipsis in given:
            at = given.index(Ellipsis)
            given[at : at + 1] = [slice(None)] * (self.ndim - len(given) + 1)
        return given + [slice(None)] * (self.ndim - len(given))

    def _of_part(self, places: range, number: int) -> range:
        """Those of the places that one file has, as it numbers them."""
        first, end = self._firsts[number], self._firsts[number + 1]
        skipped = max(0, -(-(first - places.start) // places.step))
        mine = places[skipped : max(skipped, -(-(end - places.start) // places.step))]
        return range(mine.start - first, mine.stop - first, mine.step)

    def _read(self, number: int, wanted: list[Any], mine: Any) -> np.ndarray:
        try:
            variable = self._files.variable(number, self.name, self._cache)
            values: np.ndarray = variable[(*wanted[: self._axis], mine, *wanted[self._axis + 1 :])]
        except (OSError, RuntimeError) as error:
            path = self._files.paths[number]
            raise RunFileError(
                f"{path}: {self.name} cannot be read ({error}): is the file damaged?"
            ) from None
        return values
