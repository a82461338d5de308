"""Numbers in one or two bytes each, and arrays as a page in a browser holds them. Not what they are of."""

import base64
from dataclasses import dataclass
from typing import NamedTuple

import deflate
import numpy as np

LEVEL = 6  # of deflate


class Codes(NamedTuple):
    """Value = offset + scale x code; scale: 1.0 where whole numbers are kept as they are; dtype: uint8 or
    uint16, whose largest number stands for no value."""

    offset: float
    scale: float
    dtype: type

    @property
    def none(self) -> int:
        return int(np.iinfo(self.dtype).max)

    def of(self, values: np.ndarray) -> np.ndarray:
        """The codes of float values, in their shape; what is not finite is `none`."""
        there = np.isfinite(values)
        codes = np.rint((np.where(there, values, self.offset) - self.offset) / self.scale)
        return np.where(there, np.clip(codes, 0, self.none - 1), self.none).astype(self.dtype)


@dataclass
class Span:
    """The finite values seen so far: smallest, largest, and whether all are whole numbers."""

    low: float = np.inf
    high: float = -np.inf
    whole: bool = True

    def see(self, values: np.ndarray) -> None:
        there = values[np.isfinite(values)]
        if len(there):
            self.low, self.high = min(self.low, float(there.min())), max(self.high, float(there.max()))
            self.whole = self.whole and bool((there == np.rint(there)).all())

    def codes(self, *, exact: bool = True) -> Codes:
        """The fewest bytes that hold them. exact: whether few whole numbers keep their values."""
        if not self.low <= self.high:
            return Codes(0.0, 1.0, np.uint8)
        if exact and self.whole and self.high - self.low < 255:
            return Codes(self.low, 1.0, np.uint8)
        if exact and self.whole and self.high - self.low < 65535:
            return Codes(self.low, 1.0, np.uint16)
        step = (self.high - self.low) / 65534
        return Codes(self.low, step or abs(self.low) * 1e-9 or 1e-9, np.uint16)


class Packed(NamedTuple):
    """An array as a page holds it: text: base64 of its deflated bytes; type: of its numbers; rows: of how
    many it is, each the difference from the one before, 0 where numbers are as they are."""

    text: str
    type: str
    rows: int


def packed(array: np.ndarray, *, by_row: bool = False) -> Packed:
    """by_row: the array is of unsigned integers (row, ...) that change little from row to row.

    First bytes come first, then all second ones, and so on: those of large digits are alike.
    """
    rows = len(array) if by_row else 0
    if by_row:
        array = np.diff(array, axis=0, prepend=np.zeros_like(array[:1]))  # wraps, and so does the sum
    array = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    planes = array.reshape(-1).view(np.uint8).reshape(-1, array.itemsize).T
    squeezed = deflate.zlib_compress(planes.tobytes(), LEVEL)
    return Packed(base64.b64encode(squeezed).decode("ascii"), array.dtype.name, rows)
