"""The HDF5 that netCDF4 has loaded, for what netCDF4 does not hand on: chunks as they lie in the file.

A second HDF5 in the process would need a lock that both heed. C declarations: HDF5 reference manual, H5F, H5D and H5P.
Every call is made under `netcdf_lock.LOCK`.
"""

import ctypes
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import netCDF4

ID = ctypes.c_int64
DEFAULT = 0
# function: (what it returns, what it takes)
Declarations = Mapping[str, tuple[Any, tuple[Any, ...]]]
_OPENING: Declarations = {
    "H5Fopen": (ID, (ctypes.c_char_p, ctypes.c_uint, ID)),
    "H5Fclose": (ctypes.c_int, (ID,)),
    "H5Dopen2": (ID, (ID, ctypes.c_char_p, ID)),
    "H5Dclose": (ctypes.c_int, (ID,)),
}


def hdf5(functions: Declarations) -> ctypes.CDLL:
    """The library, with these functions declared and those that open and close. Raises AttributeError for one that it has not."""
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
