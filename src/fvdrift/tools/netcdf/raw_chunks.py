"""Puts compressed chunks into a NetCDF4 file, and reads them back. Not the compressing (that is `packing`).

The library compresses in one thread, under its lock, with zlib. HDF5 also takes a chunk as it is to lie in
the file (H5Dwrite_chunk, since 1.10.3).
"""

import ctypes
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fvdrift.errors import OutputError

from .hdf5 import DEFAULT, ID, Declarations, chunk_reader, hdf5_library
from .lock import LOCK

_READ_ONLY, _READ_WRITE, _NO_FILTER_LEFT_OUT = 0, 1, 0
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

    def __init__(self, path: Path, variables: Sequence[str], *, read_only: bool = False):
        """variables: those that chunks are of. Raises OutputError if the library cannot."""
        try:
            self._library, self._reader = hdf5_library(_FUNCTIONS), chunk_reader()
        except AttributeError as error:
            raise OutputError(
                f"tracks cannot be written: {error}; install one with HDF5 1.10.3 or later"
            ) from None
        self._variables: dict[str, int] = {}
        self._file = -1
        with LOCK:
            access = _READ_ONLY if read_only else _READ_WRITE
            self._file = self._call("H5Fopen", os.fsencode(path), access, DEFAULT)
            for name in variables:
                self._variables[name] = self._call("H5Dopen2", self._file, name.encode(), DEFAULT)

    def write(self, name: str, place: tuple[int, int], packed: bytes) -> None:
        """One whole chunk, whose first value is at `place`, after all filters of the variable."""
        with LOCK:
            self._call(
                "H5Dwrite_chunk",
                self._variables[name],
                DEFAULT,
                _NO_FILTER_LEFT_OUT,
                (ctypes.c_uint64 * 2)(*place),
                len(packed),
                packed,
            )

    def read(self, name: str, place: tuple[int, int]) -> np.ndarray:
        """The chunk there as it lies in the file, uint8; empty where there is none."""
        with LOCK:
            piece = self._reader(self._variables[name], place)
        return np.empty(0, np.uint8) if piece is None else piece

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
