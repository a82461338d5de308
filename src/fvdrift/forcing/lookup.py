"""Looks up in an open HDF5 file where records lie. Reads none of their numbers (that is `raw_files`).

Only numbers in this machine's order of bytes, contiguous or in chunks, plain, shuffled or deflated: what FVCOM
and nccopy write. All else is the library's to read. Every call is made under the library's lock.
"""

import ctypes
import itertools
import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import netCDF4
import numpy as np

from fvdrift.tools.netcdf.hdf5 import DEFAULT, ID, NUMBERS, Declarations, hdf5_library

from .located import LocatedRecord, Piece
from .stored import meaning

_DEFLATED, _SHUFFLED = 1, 2  # HDF5's numbers of its filters
_READ_ONLY = 0
_NOWHERE = 2**64 - 1  # HADDR_UNDEF
_FLAGS = ctypes.POINTER(ctypes.c_uint)
_FUNCTIONS: Declarations = {
    "H5Dget_chunk_info_by_coord": (ctypes.c_int, (ID, NUMBERS, _FLAGS, NUMBERS, NUMBERS)),
    "H5Dget_offset": (ctypes.c_uint64, (ID,)),
    "H5Dget_type": (ID, (ID,)),
    "H5Tequal": (ctypes.c_int, (ID, ID)),
    "H5Tclose": (ctypes.c_int, (ID,)),
    "H5Fget_create_plist": (ID, (ID,)),
    "H5Pget_userblock": (ctypes.c_int, (ID, NUMBERS)),
    "H5Dget_create_plist": (ID, (ID,)),
    "H5Pclose": (ctypes.c_int, (ID,)),
    "H5Pget_nfilters": (ctypes.c_int, (ID,)),
    "H5Pget_filter2": (
        ctypes.c_int, (ID, ctypes.c_uint, _FLAGS, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, _FLAGS)
    ),
}  # fmt: skip
_TYPES = {
    **{
        f"<{letter}{size}": f"H5T_STD_{letter.upper()}{8 * size}LE_g"
        for letter in "iu"
        for size in (1, 2, 4, 8)
    },
    **{f"<f{size}": f"H5T_IEEE_F{8 * size}LE_g" for size in (4, 8)},
}


class Lookup:
    """Of a file that netCDF4 has open, which makes it cheap: some 50 microseconds. Use it in a `with`."""

    def __init__(self, dataset: netCDF4.Dataset) -> None:
        self._dataset, self._library, self._file = dataset, _hdf5(), -1

    def __enter__(self) -> "Lookup":
        if self._library is not None and self._dataset.data_model.startswith("NETCDF4"):
            self._file = self._library.H5Fopen(os.fsencode(self._dataset.filepath()), _READ_ONLY, DEFAULT)
        return self

    def __exit__(self, *_: object) -> None:
        if self._file >= 0:
            self._library.H5Fclose(self._file)

    def find(self, name: str, record: int | None) -> LocatedRecord | None:
        """A record of a variable, or all of one (None); None where only the library can read it. Raises
        ForcingError as `meaning`."""
        variable = self._dataset.variables[name]
        if self._file < 0 or name in self._dataset.dimensions or self._has_user_block():
            return None  # the library stores a variable that has the name of a dimension under another
        with self._closed("H5Dclose", self._library.H5Dopen2(self._file, name.encode(), DEFAULT)) as stored:
            chunks = variable.chunking()
            if stored < 0 or not isinstance(chunks, list):
                return self._contiguous(stored, variable, record) if stored >= 0 else None
            return self._in_chunks(stored, variable, record, chunks)

    def _contiguous(
        self, stored: int, variable: "netCDF4.Variable[Any]", record: int | None
    ) -> LocatedRecord | None:
        offset = self._library.H5Dget_offset(stored)
        if offset == _NOWHERE or not self._is_plain(stored, variable):  # nowhere: among others, never written
            return None
        shape = variable.shape if record is None else variable.shape[1:]
        nbytes = variable.dtype.itemsize * math.prod(shape)
        piece = Piece((0,) * len(shape), offset + nbytes * (record or 0), nbytes)
        return LocatedRecord(variable.dtype, shape, shape, False, False, (piece,), meaning(variable))

    def _in_chunks(
        self, stored: int, variable: "netCDF4.Variable[Any]", record: int | None, chunks: list[int]
    ) -> LocatedRecord | None:
        shape, chunk, within = variable.shape, tuple(chunks), 0
        before: tuple[int, ...] = ()
        if record is not None:
            shape, chunk, within = shape[1:], chunk[1:], record % chunks[0]
            before = (record - within,)
        filters, each = self._filters(stored), variable.dtype.itemsize * math.prod(chunk)
        # what several records have unpacked together, the library keeps for the next
        alone = not filters or record is None or chunks[0] == 1
        readable = filters is not None and alone and self._is_plain(stored, variable)
        pieces, lacking = [], False
        for place in _places(shape, chunk):
            offset, nbytes, whole = self._chunk(stored, (*before, *place))
            if offset == _NOWHERE:
                lacking = True
            elif not (readable and whole):
                return None
            else:
                pieces.append(Piece(place, offset + within * each, nbytes if filters else each))
        if lacking and (pieces or record is None):  # the library fills what is not there
            return None
        shuffled, deflated = (number in (filters or ()) for number in (_SHUFFLED, _DEFLATED))
        return LocatedRecord(
            variable.dtype, shape, chunk, shuffled, deflated, tuple(pieces), meaning(variable)
        )

    def _chunk(self, stored: int, place: tuple[int, ...]) -> tuple[int, int, bool]:
        """Where a chunk begins, its bytes, and whether it has gone through all filters."""
        at, left_out = (ctypes.c_uint64 * len(place))(*place), ctypes.c_uint()
        offset, nbytes = ctypes.c_uint64(_NOWHERE), ctypes.c_uint64()
        done = self._library.H5Dget_chunk_info_by_coord(stored, at, left_out, offset, nbytes)
        if done < 0 or not nbytes.value:  # behind the last that was written
            return _NOWHERE, 0, False
        return offset.value, nbytes.value, not left_out.value

    def _has_user_block(self) -> bool:
        """Whether something lies before HDF5's own part of the file: versions differ in what they count from."""
        with self._closed("H5Pclose", self._library.H5Fget_create_plist(self._file)) as properties:
            size = ctypes.c_uint64()
            done: int = self._library.H5Pget_userblock(properties, size)
            return done < 0 or size.value > 0

    def _is_plain(self, stored: int, variable: "netCDF4.Variable[Any]") -> bool:
        """Whether the file has its numbers, bit for bit, as this machine has them."""
        kind = variable.dtype
        known = _TYPES.get(kind.str.replace("|", "<")) if isinstance(kind, np.dtype) else None
        if known is None:
            return False
        with self._closed("H5Tclose", self._library.H5Dget_type(stored)) as of_file:
            same: int = self._library.H5Tequal(of_file, ctypes.c_int64.in_dll(self._library, known))
            return same > 0

    def _filters(self, stored: int) -> list[int] | None:
        """What chunks have gone through, in order; None where not all of it is known here."""
        with self._closed("H5Pclose", self._library.H5Dget_create_plist(stored)) as properties:
            flags, config = ctypes.c_uint(), ctypes.c_uint()
            found = [
                self._library.H5Pget_filter2(properties, i, flags, None, None, 0, None, config)
                for i in range(self._library.H5Pget_nfilters(properties))
            ]
            return found if found in ([], [_SHUFFLED], [_DEFLATED], [_SHUFFLED, _DEFLATED]) else None

    @contextmanager
    def _closed(self, close: str, made: int) -> Iterator[int]:
        """Something of HDF5, negative where it could not be made, and closed again."""
        try:
            yield made
        finally:
            if made >= 0:
                getattr(self._library, close)(made)


def _places(shape: Sequence[int], sizes: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Where the chunks of a record begin."""
    return itertools.product(*(range(0, size, step) for size, step in zip(shape, sizes, strict=True)))


@cache
def _hdf5() -> Any:
    """None where the library cannot."""
    try:
        return hdf5_library(_FUNCTIONS)
    except AttributeError:
        return None
