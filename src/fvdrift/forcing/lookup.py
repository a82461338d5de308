"""Looks up in an open HDF5 file where records lie. Reads none of their numbers (that is `raw_files`).

Only numbers in this machine's order of bytes, contiguous or in chunks, plain, shuffled or deflated: what FVCOM
and nccopy write. All else is the library's to read. Every call is made under the library's lock.
"""

import ctypes
import itertools
import math
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any, NamedTuple

import netCDF4
import numpy as np

from fvdrift.tools.netcdf.hdf5 import DEFAULT, ID, NUMBERS, Declarations, hdf5_library

from .located import LocatedRecord, Piece
from .stored import Meaning, meaning

_DEFLATED, _SHUFFLED = 1, 2  # HDF5's numbers of its filters
_KNOWN = ((), (_SHUFFLED,), (_DEFLATED,), (_SHUFFLED, _DEFLATED))
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


class _Layout(NamedTuple):
    """How a variable lies in the file, whichever record. kind, shape: of the values of one; of_time: whether it
    has records, and several: more than one; offset: of the first value where all lie in one piece, else None;
    chunk: as `LocatedRecord` has it; together: records in a chunk; filters: what chunks have gone through;
    readable: whether all that is known here; meaning: of the numbers."""

    kind: np.dtype
    shape: tuple[int, ...]
    of_time: bool
    several: bool
    offset: int | None
    chunk: tuple[int, ...]
    together: int
    filters: tuple[int, ...]
    readable: bool
    meaning: Meaning


class Lookup:
    """Of a file that netCDF4 has open, and that does not change meanwhile. Use it in a `with`, again and again."""

    def __init__(self, dataset: netCDF4.Dataset) -> None:
        self._dataset, self._library, self._file = dataset, _hdf5(), -1
        self._layouts: dict[str, _Layout | None] = {}

    def __enter__(self) -> "Lookup":
        """Opens the file, which is cheap as it is open already."""
        if self._library is not None and self._dataset.data_model.startswith("NETCDF4"):
            self._file = self._library.H5Fopen(os.fsencode(self._dataset.filepath()), _READ_ONLY, DEFAULT)
        return self

    def __exit__(self, *_: object) -> None:
        if self._file >= 0:
            self._library.H5Fclose(self._file)
        self._file = -1

    def find(self, name: str, record: int) -> LocatedRecord | None:
        """A record of a variable, or all of one that has none; None where only the library can read it. Raises
        ForcingError as `meaning`."""
        if self._file < 0:
            return None
        if name not in self._layouts:
            with self._stored(name) as stored:
                self._layouts[name] = self._layout(name, stored)
        layout = self._layouts[name]
        if layout is None:
            return None
        record = record if layout.several else 0
        if layout.offset is None:
            return self._in_chunks(name, layout, record)
        nbytes = layout.kind.itemsize * math.prod(layout.shape)
        piece = Piece((0,) * len(layout.shape), layout.offset + nbytes * record, nbytes)
        return _located(layout, (piece,))

    def _in_chunks(self, name: str, layout: _Layout, record: int) -> LocatedRecord | None:
        within = record % layout.together
        before = (record - within,) if layout.of_time else ()
        each = layout.kind.itemsize * math.prod(layout.chunk)
        pieces, lacking = [], False
        with self._stored(name) as stored:
            for place in _places(layout.shape, layout.chunk):
                offset, nbytes, whole = self._chunk(stored, (*before, *place))
                if offset == _NOWHERE:
                    lacking = True
                elif not (layout.readable and whole):
                    return None
                else:
                    pieces.append(Piece(place, offset + within * each, nbytes if layout.filters else each))
        if lacking and (pieces or not layout.of_time):  # the library fills what is not there
            return None
        return _located(layout, tuple(pieces))

    def _chunk(self, stored: int, place: tuple[int, ...]) -> tuple[int, int, bool]:
        """Where a chunk begins, its bytes, and whether it has gone through all filters."""
        at, left_out = (ctypes.c_uint64 * len(place))(*place), ctypes.c_uint()
        offset, nbytes = ctypes.c_uint64(_NOWHERE), ctypes.c_uint64()
        done = self._library.H5Dget_chunk_info_by_coord(stored, at, left_out, offset, nbytes)
        if done < 0 or not nbytes.value:  # behind the last that was written
            return _NOWHERE, 0, False
        return offset.value, nbytes.value, not left_out.value

    def _layout(self, name: str, stored: int) -> _Layout | None:
        """None where the library alone knows."""
        variable = self._dataset.variables[name]
        # the library stores a variable that has the name of a dimension under another
        if stored < 0 or name in self._dataset.dimensions or self._has_user_block():
            return None
        if not isinstance(variable.dtype, np.dtype):
            return None
        chunking, of_time = variable.chunking(), variable.ndim > 1
        chunks = chunking if isinstance(chunking, list) else None
        offset = self._library.H5Dget_offset(stored) if chunks is None else None
        readable = self._is_plain(stored, variable)
        if offset == _NOWHERE or not (readable or chunks):  # nowhere: among others, never written
            return None
        together = chunks[0] if chunks and of_time else 1
        filters = self._filters(stored) if chunks else ()
        # what several records have gone through together, the library keeps for the next
        readable = readable and filters in _KNOWN and (together == 1 or not filters)
        shape = variable.shape[int(of_time) :]
        chunk = tuple(chunks[int(of_time) :]) if chunks else shape
        several = of_time and variable.shape[0] > 1
        return _Layout(
            variable.dtype, shape, of_time, several, offset, chunk, together, filters, readable, meaning(variable)
        )  # fmt: skip

    def _has_user_block(self) -> bool:
        """Whether something lies before HDF5's own part of the file: versions differ in what they count from."""
        with self._closed("H5Pclose", self._library.H5Fget_create_plist(self._file)) as properties:
            size = ctypes.c_uint64()
            done: int = self._library.H5Pget_userblock(properties, size)
            return done < 0 or size.value > 0

    def _is_plain(self, stored: int, variable: "netCDF4.Variable[Any]") -> bool:
        """Whether the file has its numbers, bit for bit, as this machine has them."""
        kind = variable.dtype
        known = _TYPES.get(kind.str.replace("|", "<"))
        if known is None:
            return False
        with self._closed("H5Tclose", self._library.H5Dget_type(stored)) as of_file:
            same: int = self._library.H5Tequal(of_file, ctypes.c_int64.in_dll(self._library, known))
            return same > 0

    def _filters(self, stored: int) -> tuple[int, ...]:
        """What chunks have gone through, in order."""
        with self._closed("H5Pclose", self._library.H5Dget_create_plist(stored)) as properties:
            flags, config = ctypes.c_uint(), ctypes.c_uint()
            return tuple(
                self._library.H5Pget_filter2(properties, i, flags, None, None, 0, None, config)
                for i in range(self._library.H5Pget_nfilters(properties))
            )

    def _stored(self, name: str) -> AbstractContextManager[int]:
        """The variable as a dataset of HDF5."""
        return self._closed("H5Dclose", self._library.H5Dopen2(self._file, name.encode(), DEFAULT))

    @contextmanager
    def _closed(self, close: str, made: int) -> Iterator[int]:
        """Something of HDF5, negative where it could not be made, and closed again."""
        try:
            yield made
        finally:
            if made >= 0:
                getattr(self._library, close)(made)


def _located(layout: _Layout, pieces: tuple[Piece, ...]) -> LocatedRecord:
    shuffled, deflated = (number in layout.filters for number in (_SHUFFLED, _DEFLATED))
    return LocatedRecord(layout.kind, layout.shape, layout.chunk, shuffled, deflated, pieces, layout.meaning)


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
