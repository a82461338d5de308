"""A NetCDF4 file whose variables lie in other files (HDF5 virtual datasets). Not the other files, nor reading
them.

Any reader on HDF5 1.10 or later takes it for a plain file. What it holds: HDF5 User Guide, "Virtual Dataset";
dimensions are written as netCDF-C looks for them ("NetCDF-4/HDF5 File Format", Unidata).
Where one of the other files is gone, readers get fill values and no error: NaN, or -1.
"""

import ctypes
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby, takewhile
from pathlib import Path
from typing import Any, NamedTuple

import netCDF4
import numpy as np

from .classic_header import Attribute, Variable
from .hdf5 import DEFAULT, ID, NUMBERS, Declarations, hdf5_library
from .lock import LOCK
from .new_variable import create_variable

_INT, _TEXT, _DATA = ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p
_FUNCTIONS: Declarations = {
    "H5Pcreate": (ID, (ID,)),
    "H5Pclose": (_INT, (ID,)),
    "H5Pset_virtual": (_INT, (ID, ID, _TEXT, _TEXT, ID)),
    "H5Pset_fill_value": (_INT, (ID, ID, _DATA)),
    "H5Pset_obj_track_times": (_INT, (ID, ctypes.c_bool)),
    "H5Pset_attr_creation_order": (_INT, (ID, ctypes.c_uint)),
    "H5Screate": (ID, (_INT,)),
    "H5Screate_simple": (ID, (_INT, NUMBERS, NUMBERS)),
    "H5Sselect_hyperslab": (_INT, (ID, _INT, NUMBERS, NUMBERS, NUMBERS, NUMBERS)),
    "H5Sclose": (_INT, (ID,)),
    "H5Dcreate2": (ID, (ID, _TEXT, ID, ID, ID, ID, ID)),
    "H5Ldelete": (_INT, (ID, _TEXT, ID)),
    "H5DSset_scale": (_INT, (ID, _TEXT)),
    "H5DSattach_scale": (_INT, (ID, ID, ctypes.c_uint)),
    "H5Acreate2": (ID, (ID, _TEXT, ID, ID, ID, ID)),
    "H5Awrite": (_INT, (ID, ID, _DATA)),
    "H5Aclose": (_INT, (ID,)),
}
_LOOKING: Declarations = {
    "H5Dget_create_plist": (ID, (ID,)),
    "H5Pget_layout": (_INT, (ID,)),
    "H5Pclose": (_INT, (ID,)),
}
_READ_ONLY, _READ_WRITE = 0, 1  # H5F_ACC_RDONLY, H5F_ACC_RDWR
_SET, _SCALAR, _VIRTUAL = 0, 0, 3  # H5S_SELECT_SET, H5S_SCALAR, H5D_VIRTUAL
_IN_ORDER = 3  # H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED: as netCDF-C keeps attributes
_CREATING = "H5P_CLS_DATASET_CREATE_ID_g"
_TYPES = {
    "i1": "H5T_STD_I8LE_g",
    "i2": "H5T_STD_I16LE_g",
    "i4": "H5T_STD_I32LE_g",
    "i8": "H5T_STD_I64LE_g",
    "f4": "H5T_IEEE_F32LE_g",
    "f8": "H5T_IEEE_F64LE_g",
}


class Source(NamedTuple):
    """A file with variables of the same names. name: its path from the folder of the virtual file; first,
    length: which part of the first dimension it has."""

    name: str
    first: int
    length: int


def write_virtual(
    path: Path,
    sources: Sequence[Source],
    dimensions: Mapping[str, int],
    variables: Sequence[Variable],
    attributes: Mapping[str, Attribute],
    values: Mapping[str, np.ndarray],
) -> None:
    """Write the file over `sources`, which need not be there yet; variables keep their order.

    values: of the variables that the file holds itself. All others lie in the sources, cut along their first
    dimension.
    Raises OSError and RuntimeError where the libraries fail, AttributeError where they cannot.
    """
    with LOCK:
        with netCDF4.Dataset(path, "w", format="NETCDF4") as file:
            file.set_fill_off()
            file.setncatts(attributes)
            for name, length in dimensions.items():
                file.createDimension(name, length)
            first = list(takewhile(lambda variable: variable.name in values, variables))
            for (
                variable
            ) in first:  # netCDF-C keeps the order of more than eight attributes in a new file only
                create_variable(file, variable)[:] = values[variable.name]
        for own, group in groupby(variables[len(first) :], lambda variable: variable.name in values):
            if own:
                with netCDF4.Dataset(path, "r+") as file:
                    for variable in group:
                        create_variable(file, variable)[:] = values[variable.name]
            else:
                _write_virtual(path, sources, dimensions, tuple(group))


def lies_elsewhere(path: Path, name: str) -> bool:
    """Whether a variable lies in other files. Raises OSError where there is no such variable."""
    with LOCK, _Hdf5(path, _LOOKING, _READ_ONLY) as hdf5:
        return hdf5.layout(name) == _VIRTUAL


def _write_virtual(
    path: Path, sources: Sequence[Source], dimensions: Mapping[str, int], variables: Sequence[Variable]
) -> None:
    with _Hdf5(path, _FUNCTIONS, _READ_WRITE) as hdf5:
        for variable in variables:
            hdf5.create(variable, sources, dimensions)
    with netCDF4.Dataset(path, "r+") as file:
        for variable in variables:
            # netCDF4 lets nobody give a fill value to what is there
            texts = {name: value for name, value in variable.attributes.items() if name != "_FillValue"}
            file[variable.name].setncatts(texts)


class _Hdf5:
    """The file as HDF5 has it. In a `with`."""

    def __init__(self, path: Path, functions: Declarations, access: int):
        self._library = hdf5_library(functions)
        self._file = self._call("H5Fopen", os.fsencode(path), access, DEFAULT)

    def __enter__(self) -> "_Hdf5":
        return self

    def __exit__(self, *_: object) -> None:
        self._call("H5Fclose", self._file)

    def layout(self, name: str) -> int:
        """How the values of a variable are stored (H5D_layout_t)."""
        with (
            self._closed("H5Dclose", "H5Dopen2", self._file, name.encode(), DEFAULT) as dataset,
            self._closed("H5Pclose", "H5Dget_create_plist", dataset) as how,
        ):
            return self._call("H5Pget_layout", how)

    def create(self, variable: Variable, sources: Sequence[Source], dimensions: Mapping[str, int]) -> None:
        """A variable without values of its own, with its dimensions and its fill value."""
        kind, shape = self._global(_TYPES[variable.kind]), [dimensions[name] for name in variable.dimensions]
        nothing = np.array(np.nan if variable.kind[0] == "f" else -1, f"<{variable.kind}")
        scale = variable.dimensions == (variable.name,)
        if scale:  # netCDF-C has put an empty one in its place
            self._call("H5Ldelete", self._file, variable.name.encode(), DEFAULT)
        with (
            self._closed("H5Pclose", "H5Pcreate", self._global(_CREATING)) as how,
            self._space(shape) as whole,
        ):
            self._call("H5Pset_obj_track_times", how, False)
            self._call("H5Pset_attr_creation_order", how, _IN_ORDER)
            self._call("H5Pset_fill_value", how, kind, nothing.ctypes.data)
            for source in sources:
                self._map(how, variable.name, source, shape)
            name = variable.name.encode()
            made = "H5Dcreate2", self._file, name, kind, whole, DEFAULT, how, DEFAULT
            with self._closed("H5Dclose", *made) as dataset:
                if "_FillValue" in variable.attributes:
                    with self._space([1]) as one:
                        self._attribute(dataset, "_FillValue", kind, one, nothing)
                if scale:
                    self._call("H5DSset_scale", dataset, name)
                    number = np.array(list(dimensions).index(variable.name), "<i4")
                    with self._closed("H5Sclose", "H5Screate", _SCALAR) as single:
                        self._attribute(dataset, "_Netcdf4Dimid", self._global(_TYPES["i4"]), single, number)
                else:
                    self._attach(dataset, variable.dimensions)

    def _map(self, how: int, name: str, source: Source, shape: Sequence[int]) -> None:
        """Say where a part of a variable lies. A % would stand for a number."""
        first, count = [source.first, *[0] * (len(shape) - 1)], [source.length, *shape[1:]]
        each = [1] * len(shape)
        file, dataset = os.fsencode(source.name).replace(b"%", b"%%"), name.encode().replace(b"%", b"%%")
        with self._space(shape) as here, self._space(count) as there:
            slab = _numbers(first), None, _numbers(each), _numbers(count)
            self._call("H5Sselect_hyperslab", here, _SET, *slab)
            self._call("H5Pset_virtual", how, here, file, dataset, there)

    def _attach(self, dataset: int, names: Sequence[str]) -> None:
        for place, name in enumerate(names):
            with self._closed("H5Dclose", "H5Dopen2", self._file, name.encode(), DEFAULT) as scale:
                self._call("H5DSattach_scale", dataset, scale, place)

    def _attribute(self, dataset: int, name: str, kind: int, space: int, value: np.ndarray) -> None:
        made = "H5Acreate2", dataset, name.encode(), kind, space, DEFAULT, DEFAULT
        with self._closed("H5Aclose", *made) as attribute:
            self._call("H5Awrite", attribute, kind, value.ctypes.data)

    def _space(self, shape: Sequence[int]) -> Any:
        return self._closed("H5Sclose", "H5Screate_simple", len(shape), _numbers(shape), None)

    def _global(self, name: str) -> int:
        return ctypes.c_int64.in_dll(self._library, name).value

    @contextmanager
    def _closed(self, close: str, function: str, *given: Any) -> Iterator[int]:
        """What a function makes, and is closed again."""
        made = self._call(function, *given)
        try:
            yield made
        finally:
            self._call(close, made)

    def _call(self, name: str, *given: Any) -> int:
        ctypes.set_errno(0)
        done: int = getattr(self._library, name)(*given)
        if done < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number) if number else f"{name} failed")
        return done


def _numbers(values: Sequence[int]) -> Any:
    return (ctypes.c_uint64 * len(values))(*values)
