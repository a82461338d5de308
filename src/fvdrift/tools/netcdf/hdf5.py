"""The HDF5 that netCDF4 has loaded, for what netCDF4 does not hand on: chunks as they lie in the file.

A second HDF5 in the process would need a lock that both heed. C declarations: HDF5 reference manual, H5F, H5D
and H5P. Every call is made under `lock.LOCK`.
"""

import ctypes
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

ID = ctypes.c_int64
DEFAULT = 0
NUMBERS = ctypes.POINTER(ctypes.c_uint64)
# function: (what it returns, what it takes)
Declarations = Mapping[str, tuple[Any, tuple[Any, ...]]]
_OPENING: Declarations = {
    "H5Fopen": (ID, (ctypes.c_char_p, ctypes.c_uint, ID)),
    "H5Fclose": (ctypes.c_int, (ID,)),
    "H5Dopen2": (ID, (ID, ctypes.c_char_p, ID)),
    "H5Dclose": (ctypes.c_int, (ID,)),
}
STORED_SIZE: Declarations = {"H5Dget_chunk_storage_size": (ctypes.c_int, (ID, NUMBERS, NUMBERS))}
_READ_CHUNK = (ctypes.c_int, (ID, ID, NUMBERS, ctypes.POINTER(ctypes.c_uint32), ctypes.c_void_p))
ChunkReader = Callable[[int, tuple[int, ...]], np.ndarray | None]


def hdf5_library(functions: Declarations) -> ctypes.CDLL:
    """The library, with these functions declared and those that open and close. Raises AttributeError for one
    that it has not."""
    import netCDF4

    # a library is also asked for what it was linked to
    library = ctypes.CDLL(import_module("netCDF4._netCDF4").__file__, use_errno=True)
    for name, (returns, takes) in {**_OPENING, **functions}.items():
        try:
            function = getattr(library, name)
        except AttributeError:
            raise AttributeError(
                f"{name} is not in the HDF5 of netCDF4 {netCDF4.__version__} ({netCDF4.__hdf5libversion__})"
            ) from None
        function.restype, function.argtypes = returns, takes
    return library


@cache
def chunk_reader() -> ChunkReader:
    """What gives the chunk of a dataset that begins at a place as it lies in the file, uint8.

    None where it was never written, or has not gone through all filters.
    Raises AttributeError where the library cannot.
    """
    name = "H5Dread_chunk1"  # from HDF5 2.0 on
    try:
        library = hdf5_library({**STORED_SIZE, name: _READ_CHUNK})
    except AttributeError:
        name = "H5Dread_chunk"
        library = hdf5_library({**STORED_SIZE, name: _READ_CHUNK})
    read_chunk = getattr(library, name)

    def read(dataset: int, place: tuple[int, ...]) -> np.ndarray | None:
        at, size, left_out = (ctypes.c_uint64 * len(place))(*place), ctypes.c_uint64(), ctypes.c_uint32()
        if library.H5Dget_chunk_storage_size(dataset, at, size) < 0 or size.value == 0:
            return None
        piece = np.empty(size.value, np.uint8)
        if read_chunk(dataset, DEFAULT, at, left_out, piece.ctypes.data) < 0 or left_out.value:
            return None
        return piece

    return read
