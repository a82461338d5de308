"""Records that lie deflated in chunks of their own: taken from the file as they are, inflated outside the
library and its lock.

libdeflate inflates a record twice as fast as HDF5 does, and threads do so side by side. Only what FVCOM and
nccopy write: one record to a chunk, deflated, bytes shuffled or not. All else is the library's to read.
"""

import ctypes
import itertools
import math
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

import deflate
import netCDF4
import numpy as np

from fvdrift.tools.netcdf.hdf5 import (
    DEFAULT,
    ID,
    STORED_SIZE,
    ChunkReader,
    Declarations,
    chunk_reader,
    hdf5_library,
)

_DEFLATED, _SHUFFLED = 1, 2  # HDF5's numbers of its filters
_READ_ONLY = 0
_FLAGS = ctypes.POINTER(ctypes.c_uint)
_FUNCTIONS: Declarations = {
    **STORED_SIZE,
    "H5Dget_create_plist": (ID, (ID,)),
    "H5Pclose": (ctypes.c_int, (ID,)),
    "H5Pget_nfilters": (ctypes.c_int, (ID,)),
    "H5Pget_filter2": (
        ctypes.c_int, (ID, ctypes.c_uint, _FLAGS, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, _FLAGS)
    ),
}  # fmt: skip


class NeverWrittenError(Exception):
    """A record that has its time, and no values: whoever writes the file has not come to them, or never did.
    The library would give fill, or whatever was in memory."""


class PackedRecord(NamedTuple):
    """A record as it lies in the file. kind, shape: of its values; chunk: of those of one chunk; pieces:
    where each chunk begins, and its bytes."""

    kind: np.dtype
    shape: tuple[int, ...]
    chunk: tuple[int, ...]
    shuffled: bool
    pieces: list[tuple[tuple[int, ...], np.ndarray]]


def packed_record(variable: "netCDF4.Variable[Any]", record: int | None) -> PackedRecord | None:
    """A record of a variable of an open file, under the library's lock; None where only the library can read
    it, as it must a whole variable (record None). Raises NeverWrittenError.
    """
    if record is None:
        return None
    (library, read_chunk), chunk = _hdf5(), variable.chunking()
    if read_chunk is None or not isinstance(chunk, list) or variable.name in variable.group().dimensions:
        return None  # the library stores a variable that has the name of a dimension under another
    shape, sizes = variable.shape[1:], chunk[1:]
    with _opened(library, variable) as dataset:
        if dataset < 0:
            return None
        _refuse_unwritten(library, dataset, record // chunk[0] * chunk[0], shape, sizes)
        if chunk[0] != 1 or not _plain(variable):
            return None
        filters = _filters(library, dataset)
        if filters not in ([_DEFLATED], [_SHUFFLED, _DEFLATED]):
            return None
        pieces = []
        for place in _places(shape, sizes):
            piece = read_chunk(dataset, (record, *place))
            if piece is None:
                return None
            pieces.append((place, piece))
    return PackedRecord(variable.dtype, shape, tuple(sizes), _SHUFFLED in filters, pieces)


def _places(shape: Sequence[int], sizes: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Where the chunks of a record begin."""
    return itertools.product(*(range(0, size, step) for size, step in zip(shape, sizes, strict=True)))


def _refuse_unwritten(
    library: Any, dataset: int, record: int, shape: Sequence[int], sizes: Sequence[int]
) -> None:
    """Raise NeverWrittenError where no chunk from `record` on is in the file: HDF5 then has no size for
    any."""
    for place in _places(shape, sizes):
        stored, at = ctypes.c_uint64(), (ctypes.c_uint64 * (len(place) + 1))(record, *place)
        if library.H5Dget_chunk_storage_size(dataset, at, stored) >= 0 and stored.value:
            return
    raise NeverWrittenError


def inflated(packed: PackedRecord) -> np.ndarray:
    """The values of a record. Needs no lock. Raises OSError where a chunk is damaged."""
    if packed.chunk == packed.shape:
        return _values(packed.pieces[0][1], packed)
    values = np.empty(packed.shape, packed.kind)
    for place, piece in packed.pieces:
        whole = _values(piece, packed)
        inside = tuple(
            min(step, size - at) for at, step, size in zip(place, packed.chunk, packed.shape, strict=True)
        )
        to = tuple(slice(at, at + count) for at, count in zip(place, inside, strict=True))
        values[to] = whole[tuple(slice(count) for count in inside)]
    return values


def _values(piece: np.ndarray, packed: PackedRecord) -> np.ndarray:
    """All values of a chunk, those too that lie beyond the edge of the record."""
    count, size = math.prod(packed.chunk), packed.kind.itemsize
    try:
        found = np.frombuffer(deflate.zlib_decompress(piece, count * size), np.uint8)
    except deflate.DeflateError as error:
        raise OSError(f"a chunk cannot be inflated: {error}") from None
    if len(found) != count * size:
        raise OSError(f"a chunk holds {len(found)} bytes where it should hold {count * size}")
    if packed.shuffled:
        parts, found = found.reshape(size, count), np.empty((count, size), np.uint8)
        for i in range(size):  # 4 times as fast as a transposed copy
            found[:, i] = parts[i]
    return found.reshape(-1).view(packed.kind).reshape(packed.chunk)


@cache
def _hdf5() -> tuple[Any, ChunkReader | None]:
    """HDF5 and what hands out a chunk; twice None where it has none."""
    try:
        return hdf5_library(_FUNCTIONS), chunk_reader()
    except AttributeError:
        return None, None


def _plain(variable: "netCDF4.Variable[Any]") -> bool:
    """Whether its values are numbers in this machine's order of bytes."""
    kind, order = variable.dtype, variable.endian()
    return isinstance(kind, np.dtype) and kind.kind in "fiu" and order in ("native", sys.byteorder)


@contextmanager
def _opened(library: Any, variable: "netCDF4.Variable[Any]") -> Iterator[int]:
    """The variable as a dataset of HDF5, negative where there is none of that name. That the file is open
    already makes it cheap: some 50 microseconds."""
    file = library.H5Fopen(os.fsencode(variable.group().filepath()), _READ_ONLY, DEFAULT)
    dataset = library.H5Dopen2(file, variable.name.encode(), DEFAULT) if file >= 0 else -1
    try:
        yield dataset
    finally:
        if dataset >= 0:
            library.H5Dclose(dataset)
        if file >= 0:
            library.H5Fclose(file)


def _filters(library: Any, dataset: int) -> list[int]:
    """What chunks have gone through, in order; empty where it can't be told."""
    properties = library.H5Dget_create_plist(dataset)
    if properties < 0:
        return []
    try:
        flags, config = ctypes.c_uint(), ctypes.c_uint()
        return [
            library.H5Pget_filter2(properties, i, flags, None, None, 0, None, config)
            for i in range(library.H5Pget_nfilters(properties))
        ]
    finally:
        library.H5Pclose(properties)
