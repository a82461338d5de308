"""Files of one form, of which no more are open than a process may have open. Not what is in them."""

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fvdrift.errors import RunFileError

MOST_OPEN = 64


class FilesInTurn:
    """netCDF4 files, by their numbers: those used last are open. Every call is made under `LOCK`.

    name: of what they are files of, for messages.
    """

    def __init__(self, name: str, paths: Sequence[Path]):
        self.name, self.paths = name, list(paths)
        self._open: OrderedDict[int, Any] = OrderedDict()
        self._cached: dict[int, dict[str, int]] = {}  # bytes of unpacked chunks that a variable may keep
        self._modes: dict[str, bool] = {}

    def get(self, number: int) -> Any:
        """A file, open. Raises RunFileError where it is missing or cannot be opened."""
        if number not in self._open:
            if len(self._open) >= MOST_OPEN:
                self._open.popitem(last=False)[1].close()
            self._open[number], self._cached[number] = self._opened(self.paths[number]), {}
        self._open.move_to_end(number)
        return self._open[number]

    def variable(self, number: int, name: str, cache: int) -> Any:
        """A variable of a file. cache: bytes of unpacked chunks that it keeps; the library would keep 64 MiB."""
        variable, cached = self.get(number)[name], self._cached[number]
        if cached.get(name) != cache and variable.chunking() not in (None, "contiguous"):
            variable.set_var_chunk_cache(size=cache)
            cached[name] = cache
        return variable

    def set_mode(self, name: str, on: bool) -> None:
        """Call a method of netCDF4's Dataset, such as set_auto_mask, for all of them."""
        self._modes[name] = on
        for file in self._open.values():
            getattr(file, name)(on)

    def close(self) -> None:
        """Close all. Safe to call twice."""
        while self._open:
            self._open.popitem()[1].close()

    def _opened(self, path: Path) -> Any:
        from fvdrift.tools.netcdf.dataset import LockedDataset

        if not path.is_file():
            beside = (
                f"the files in {path.parent.name}"
                if path.parent.suffix == ".split"
                else "the files beside it"
            )
            raise RunFileError(f"{path}: is missing: {self.name} is read from {beside}, which go with it")
        try:
            file = LockedDataset(path)
        except (OSError, RuntimeError) as error:
            why = getattr(error, "strerror", None) or error
            raise RunFileError(
                f"{path}: cannot be read as a file of {self.name}: {why}; is it cut or damaged?"
            ) from None
        for name, on in self._modes.items():
            getattr(file, name)(on)
        return file
