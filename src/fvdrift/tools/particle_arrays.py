"""What is known of a particle, as one record that travels whole. Not its physics (that is
`fvdrift_kernels`)."""

from collections.abc import Sequence

import numpy as np

from fvdrift_kernels.jit import DEBUG
from fvdrift_kernels.state import GONE, PARTICLE, STATUS_NAMES

__all__ = [
    "GONE",
    "PARTICLE",
    "STATUS_NAMES",
    "for_kernels",
    "grown",
    "in_order",
    "together",
    "where",
    "without",
]

PORTION = 1 << 17  # records that are moved at a time
LARGE = 32 << 20  # bytes: below the C library may hold them where they cannot grow


def for_kernels(records: np.ndarray) -> np.ndarray:
    """Records as kernels take them: with compiling off they need their fields as attributes."""
    return records.view(np.recarray) if DEBUG else records


# NumPy copies records field by field (20 to 90 ns each) where they are indexed, joined or copied, and as
# bytes (3 ns) in `take`


def together(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Records (or numbers) of one kind, one array behind the other; not a copy if no more than one has
    any."""
    filled = [part for part in parts if len(part)] or [parts[0]]
    if len(filled) == 1:
        return filled[0]
    kind = filled[0].dtype
    joined, as_bytes = np.empty(sum(map(len, filled)), kind), np.dtype((np.void, kind.itemsize))
    np.concatenate([part.view(as_bytes) for part in filled], out=joined.view(as_bytes))
    return joined


def grown(records: np.ndarray, more: np.ndarray) -> np.ndarray:
    """`records` with `more` of them behind, as `together`, but in their own memory where they are many, which
    the system then extends without a copy: no view of them may be in use, nor they themselves."""
    if not len(more) or records.nbytes < LARGE or not records.flags.owndata:
        return together((records, more))
    before = len(records)
    records.resize(before + len(more), refcheck=False)
    bytes_of_one = np.dtype((np.void, records.dtype.itemsize))
    records.view(bytes_of_one)[before:] = more.view(bytes_of_one)
    return records


def in_order(records: np.ndarray, order: np.ndarray) -> np.ndarray:
    """`records.take(order)` of all of them, each once; large ones in their own memory, word by word, so that no
    second copy is needed: they themselves must not be in use."""
    words, rest = divmod(records.dtype.itemsize, 8)
    if records.nbytes < LARGE or rest or not records.flags.c_contiguous:
        return records.take(order)
    table = records.view(np.int64).reshape(len(records), words)
    for word in range(words):
        table[:, word] = table[:, word].take(order)
    return records


def without(records: np.ndarray, gone: np.ndarray) -> np.ndarray:
    """`records` but for those of these numbers, ascending or not; large ones in their own memory, as by `grown`."""
    if not len(gone):
        return records
    staying = np.ones(len(records), bool)
    staying[gone] = False
    if records.nbytes < LARGE or not records.flags.owndata:
        return records.take(np.flatnonzero(staying))
    table, done = records.view(np.dtype((np.void, records.dtype.itemsize))), 0
    for first in range(0, len(records), PORTION):
        its = table[first : first + PORTION].take(np.flatnonzero(staying[first : first + PORTION]))
        table[done : done + len(its)] = its
        done += len(its)
    del table
    records.resize(done, refcheck=False)
    return records


def where(records: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """The records that are kept; not a copy if all are."""
    return records if kept.all() else records.take(np.flatnonzero(kept))
