"""The header of a NetCDF classic file with 64-bit data (CDF-5), of fixed dimensions. Not the data behind it.

Written here, byte for byte, so that records go to their places by plain writes: they need no NetCDF library,
which cannot be used from the thread that writes and the thread that reads the forcing at the same time.
Format: NetCDF Users Guide, appendix "The NetCDF Classic Format Specification".
"""

import struct
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

TYPES = {"i1": 1, "S1": 2, "i2": 3, "i4": 4, "f4": 5, "f8": 6, "u4": 9, "i8": 10}
DIMENSION, VARIABLE, ATTRIBUTE = 10, 11, 12
# of a variable's first byte: one page, so a row of one variable never shares a page with another's
ALIGNMENT = 4096

Attribute = str | int | float | np.ndarray | np.generic


class Variable(NamedTuple):
    """name; kind: a key of TYPES; dimensions by name; attributes."""

    name: str
    kind: str
    dimensions: tuple[str, ...]
    attributes: Mapping[str, Attribute]


class Layout(NamedTuple):
    """header: the first bytes of the file; begin: where each variable's data begin; size: bytes of the whole
    file."""

    header: bytes
    begin: dict[str, int]
    size: int


def layout(
    dimensions: Mapping[str, int], variables: Sequence[Variable], attributes: Mapping[str, Attribute]
) -> Layout:
    """The header for these dimensions (name to length), variables and global attributes."""
    sizes = [_bytes(variable, dimensions) for variable in variables]
    # where data begin does not change the header's length, so a first draft gives it
    length = len(_header(dimensions, variables, attributes, sizes, [0] * len(sizes)))
    begins, place = [], length
    for size in sizes:
        place = -(-place // ALIGNMENT) * ALIGNMENT
        begins.append(place)
        place += size
    header = _header(dimensions, variables, attributes, sizes, begins)
    return Layout(header, dict(zip((v.name for v in variables), begins, strict=True)), place)


def _bytes(variable: Variable, dimensions: Mapping[str, int]) -> int:
    elements = 1
    for name in variable.dimensions:
        elements *= dimensions[name]
    return _padded(elements * np.dtype(variable.kind).itemsize)


def _padded(size: int) -> int:
    return -(-size // 4) * 4


def _header(
    dimensions: Mapping[str, int],
    variables: Sequence[Variable],
    attributes: Mapping[str, Attribute],
    sizes: Sequence[int],
    begins: Sequence[int],
) -> bytes:
    numbers = {name: i for i, name in enumerate(dimensions)}
    out = b"CDF\x05" + struct.pack(">q", 0)
    out += _list(DIMENSION, [_name(name) + struct.pack(">q", length) for name, length in dimensions.items()])
    out += _attributes(attributes)
    entries = []
    for variable, size, begin in zip(variables, sizes, begins, strict=True):
        entry = _name(variable.name) + struct.pack(">q", len(variable.dimensions))
        entry += b"".join(struct.pack(">q", numbers[name]) for name in variable.dimensions)
        entry += _attributes(variable.attributes)
        entries.append(entry + struct.pack(">iqq", TYPES[variable.kind], size, begin))
    return out + _list(VARIABLE, entries)


def _list(tag: int, entries: Sequence[bytes]) -> bytes:
    return struct.pack(">iq", tag if entries else 0, len(entries)) + b"".join(entries)


def _name(name: str) -> bytes:
    text = name.encode()
    return struct.pack(">q", len(text)) + text.ljust(_padded(len(text)), b"\0")


def _attributes(attributes: Mapping[str, Attribute]) -> bytes:
    return _list(ATTRIBUTE, [_name(name) + _value(value) for name, value in attributes.items()])


def _value(value: Attribute) -> bytes:
    if isinstance(value, str):
        kind, count, data = "S1", len(value.encode()), value.encode()
    else:
        values = np.atleast_1d(np.asarray(value))
        kind, count = values.dtype.str[1:], values.size
        data = values.astype(values.dtype.newbyteorder(">")).tobytes()
    return struct.pack(">iq", TYPES[kind], count) + data.ljust(_padded(len(data)), b"\0")
