"""Puts chunks that are compressed already into a NetCDF4 file. Not the compressing (that is `packing`).

The library compresses in one thread, under its lock, with zlib. HDF5 also takes a chunk as it is to lie in the file
(H5Dwrite_chunk, since 1.10.3).
"""

import ctypes
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fvdrift.errors import OutputError
from fvdrift.hdf5 import DEFAULT, ID, Declarations, hdf5
from fvdrift.netcdf_lock import LOCK

_READ_WRITE, _NO_FILTER_LEFT_OUT = 1, 0
_FUNCTIONS: Declarations = {
    "H5Dwrite_chunk": (
        ctypes.c_int,
        (ID, ID, ctypes.c_uint32, ctypes.POINTER(ctypes.c_uint64), ctypes.c_size_t, ctypes.c_char_p),
    ),
}


class RawChunks:
    """A NetCDF4 file, complete but for the chunks of some variables. Raises OSError where the library fails.

    The order in which chunks are written is the order in which they lie in the file.
    """

    def __init__(self, path: Path, variables: Sequence[str]):
        """variables: those that chunks are written of. Raises OutputError if the library cannot."""
        try:
            self._library = hdf5(_FUNCTIONS)
        except AttributeError as error:
            raise OutputError(f"tracks cannot be written: {error}; install one with HDF5 1.10.3 or later") from None
        self._variables: dict[str, int] = {}
        self._file = -1
        with LOCK:
            self._file = self._call("H5Fopen", os.fsencode(path), _READ_WRITE, DEFAULT)
            for name in variables:
                self._variables[name] = self._call("H5Dopen2", self._file, name.encode(), DEFAULT)

    def write(self, name: str, place: tuple[int, int], packed: bytes) -> None:
        """One whole chunk, whose first value is at `place`, after all filters of the variable."""
        with LOCK:
            self._call(
                "H5Dwrite_chunk", self._variables[name], DEFAULT, _NO_FILTER_LEFT_OUT,
                (ctypes.c_uint64 * 2)(*place), len(packed), packed,
            )  # fmt: skip

    def close(self) -> None:
        """Write what the library still holds. Safe to call twice."""
        with LOCK:
            while self._variables:
                self._call("H5Dclose", self._variables.popitem()[1])
            if self._file >= 0:
                file, self._file = self._file, -1
                self._call("H5Fclose", file)

    def _call(self, name: str, *given: Any) -> int:
        ctypes.set_errno(0)
        done: int = getattr(self._library, name)(*given)
        if done < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number) if number else f"{name} failed")
        return done
