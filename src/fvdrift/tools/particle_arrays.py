"""What is known of a particle, as one record that travels whole. Not its physics (that is
`fvdrift_kernels`)."""

from collections.abc import Sequence

import numpy as np

from fvdrift_kernels.jit import DEBUG
from fvdrift_kernels.state import GONE, PARTICLE, STATUS_NAMES

__all__ = ["GONE", "PARTICLE", "STATUS_NAMES", "for_kernels", "grown", "together", "where"]

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
    return np.concatenate([part.view(np.dtype((np.void, kind.itemsize))) for part in filled]).view(kind)


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


def where(records: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """The records that are kept; not a copy if all are."""
    return records if kept.all() else records.take(np.flatnonzero(kept))
