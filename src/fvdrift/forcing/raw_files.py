"""Reads located records: takes their pieces from the file as they lie there, and inflates them, outside the
library and its lock. Not what their numbers mean (that is `fields`).

libdeflate inflates a record twice as fast as HDF5 does, and threads do so side by side.
"""

import math
import os
import threading
from collections import OrderedDict
from pathlib import Path

import deflate
import numpy as np

from .located import LocatedRecord, NeverWrittenError, Piece

_MOST_OPEN = 2  # a run reads forward: the file it is in and the one it comes from
_SAMPLES, _SAMPLED = 16, 64  # places of a record that are looked at, and bytes of each


class RawFiles:
    """Files while records are read from them: the last few stay open. Threads read side by side."""

    def __init__(self) -> None:
        self._open: OrderedDict[Path, _File] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, path: Path, record: LocatedRecord) -> np.ndarray:
        """The numbers of a record as they are stored. Raises OSError where it cannot be read or is damaged,
        NeverWrittenError where it is not there."""
        if not record.pieces:
            raise NeverWrittenError
        file = self._opened(path)
        if record.chunk == record.shape:
            return _numbers(file.bytes_of(record.pieces[0]), record)
        values = np.empty(record.shape, record.kind)
        for piece in record.pieces:
            whole = _numbers(file.bytes_of(piece), record)
            inside = tuple(
                min(step, size - at)
                for at, step, size in zip(piece.place, record.chunk, record.shape, strict=True)
            )
            to = tuple(slice(at, at + count) for at, count in zip(piece.place, inside, strict=True))
            values[to] = whole[tuple(slice(count) for count in inside)]
        return values

    def sample(self, path: Path, record: LocatedRecord) -> bytes:
        """Some bytes of a record as it lies in the file, by which it is known again; those of its end are among
        them, where deflating has left a checksum of all values. Raises OSError and NeverWrittenError."""
        if not record.pieces:
            raise NeverWrittenError
        file, last, found = self._opened(path), _SAMPLES - 1, []
        for i in range(_SAMPLES):
            piece = record.pieces[(len(record.pieces) - 1) * i // last]
            begin = max(0, piece.nbytes - _SAMPLED) * i // last
            found.append(file.bytes_of(Piece((), piece.offset + begin, min(_SAMPLED, piece.nbytes))))
        return b"".join(part.tobytes() for part in found)

    def close(self) -> None:
        """Let go of the files; reading opens them again."""
        with self._lock:
            self._open.clear()

    def _opened(self, path: Path) -> "_File":
        with self._lock:
            file = self._open.pop(path, None) or _File(path)
            self._open[path] = file
            if len(self._open) > _MOST_OPEN:
                self._open.popitem(last=False)
            return file


class _File:
    """Open until nobody has it any more: a thread may read from one that others let go."""

    def __init__(self, path: Path) -> None:
        self._number = -1
        self._number = os.open(path, os.O_RDONLY)

    def __del__(self) -> None:
        if self._number >= 0:
            os.close(self._number)

    def bytes_of(self, piece: Piece) -> np.ndarray:
        """uint8. Raises OSError."""
        found, begin = np.empty(piece.nbytes, np.uint8), 0
        while begin < piece.nbytes:  # a call gives 2 GiB at most
            count = os.preadv(self._number, [found[begin:].data], piece.offset + begin)
            if count == 0:
                raise OSError("the file ends within a record")
            begin += count
        return found


def _numbers(found: np.ndarray, record: LocatedRecord) -> np.ndarray:
    """All values of a piece, those too that lie beyond the edge of the record."""
    count, size = math.prod(record.chunk), record.kind.itemsize
    if record.deflated:
        try:
            found = np.frombuffer(deflate.zlib_decompress(found, count * size), np.uint8)
        except deflate.DeflateError as error:
            raise OSError(f"a chunk cannot be inflated: {error}") from None
    if len(found) != count * size:
        raise OSError(f"a chunk holds {len(found)} bytes where it should hold {count * size}")
    if record.shuffled:
        parts, found = found.reshape(size, count), np.empty((count, size), np.uint8)
        for i in range(size):  # 4 times as fast as a transposed copy
            found[:, i] = parts[i]
    return found.reshape(-1).view(record.kind).reshape(record.chunk)
