"""Tracks that lie in several files, with as much of an open netCDF4 file as reading tracks takes. Which files
belong together is `split_files`."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from fvdrift.errors import RunFileError

CACHE_BYTES = 4 << 20  # unpacked chunks of a variable that are kept, of all files together
_CUT = "trajectory"  # the dimension that is cut


class SplitTracks:
    """Files of tracks that follow each other, as one. Every call is made under `LOCK`.

    path: NAME.nc; dimensions, and global attributes, as in it.
    """

    def __init__(self, path: Path, whole: Any, files: Sequence[tuple[Path, Any]]):
        """whole: NAME.nc, open; files: those of its tracks, open, in their order; all are closed with this."""
        self.path, self.dimensions = path, whole.dimensions
        self._whole, self._files = whole, list(files)
        self.set_auto_mask(False)
        lengths = [file.dimensions[_CUT].size for _, file in files]
        firsts = np.concatenate(([0], np.cumsum(lengths)))
        self.variables: dict[str, Any] = {
            name: _Column([(at, file[name]) for at, file in files], firsts)
            if _CUT in variable.dimensions
            else variable
            for name, variable in files[0][1].variables.items()
        }

    @property
    def parts(self) -> list[tuple[Path, slice]]:
        """The files, and which trajectories, by their places, each holds."""
        ends = np.cumsum([file.dimensions[_CUT].size for _, file in self._files]).tolist()
        return [
            (path, slice(*ends_of))
            for (path, _), ends_of in zip(self._files, pairwise([0, *ends]), strict=True)
        ]

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
        for _, file in self._files:
            file.set_auto_mask(on)

    def set_auto_maskandscale(self, on: bool) -> None:
        for _, file in self._files:
            file.set_auto_maskandscale(on)

    def set_auto_chartostring(self, on: bool) -> None:
        for _, file in self._files:
            file.set_auto_chartostring(on)

    def isopen(self) -> bool:
        return bool(self._whole.isopen())

    def close(self) -> None:
        """Close all of them. Safe to call twice."""
        for file in (self._whole, *(file for _, file in self._files)):
            if file.isopen():
                file.close()

    def __enter__(self) -> "SplitTracks":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Column:
    """One variable of SplitTracks; its attributes are those in the first file."""

    def __init__(self, parts: Sequence[tuple[Path, Any]], firsts: np.ndarray):
        """parts: of each file its path and the variable in it; firsts: trajectories before each, and in
        all."""
        first = parts[0][1]
        self._parts, self._firsts, self._first = parts, firsts, first
        self.name, self.dimensions, self.dtype = first.name, first.dimensions, first.dtype
        self._axis = self.dimensions.index(_CUT)
        shape = list(first.shape)
        shape[self._axis] = int(firsts[-1])
        self.shape, self.ndim, self.size = tuple(shape), len(shape), int(np.prod(shape))
        self._cache, self._with_cache = CACHE_BYTES // len(parts), set[int]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_first"], name)

    def chunking(self) -> Any:
        """Of each file, which is that of all."""
        return self._first.chunking()

    def set_var_chunk_cache(self, size: int) -> None:
        """size: bytes of unpacked chunks that are kept, in all files together."""
        self._cache = size // len(self._parts)
        self._with_cache.clear()

    def __getitem__(self, index: Any) -> np.ndarray:
        """By whole numbers and slices that go forward. Raises RunFileError where a file cannot be read."""
        wanted = self._whole(index)
        chosen = wanted[self._axis]
        if not isinstance(chosen, slice):
            place = range(self.shape[self._axis])[chosen]
            number = int(np.searchsorted(self._firsts, place, "right")) - 1
            return self._read(number, wanted, place - int(self._firsts[number]))
        places = range(self.shape[self._axis])[chosen]
        mine = [
            (number, part) for number in range(len(self._parts)) if (part := self._of_part(places, number))
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
        first, end = int(self._firsts[number]), int(self._firsts[number + 1])
        skipped = max(0, -(-(first - places.start) // places.step))
        mine = places[skipped : max(skipped, -(-(end - places.start) // places.step))]
        return range(mine.start - first, mine.stop - first, mine.step)

    def _read(self, number: int, wanted: list[Any], mine: Any) -> np.ndarray:
        path, variable = self._parts[number]
        try:
            if number not in self._with_cache and self.chunking() != "contiguous":
                # the library would keep 64 MiB for each variable of each file
                variable.set_var_chunk_cache(size=self._cache)
                self._with_cache.add(number)
            values: np.ndarray = variable[(*wanted[: self._axis], mine, *wanted[self._axis + 1 :])]
        except (OSError, RuntimeError) as error:
            raise RunFileError(
                f"{path}: {self.name} cannot be read ({error}): is the file damaged?"
            ) from None
        return values
