"""A block of rows as one packed chunk, the bytes that HDF5 would make of it. Not where chunks go (that is
`track_file`)."""

import deflate
import numpy as np

# libdeflate packs 2.3 times as fast as zlib. ISA-L would 10 times, but not always to the same bytes: in one
# of some hundred small files a chunk was another one
LEVEL = 1
MOST_THREADS = 4  # that pack for one rank


def packed(block: np.ndarray, shape: tuple[int, int]) -> bytes:
    """(row, trajectory), most significant byte first, as a whole chunk of `shape` (trajectories, rows):
    (trajectory, row), least significant byte first, shuffled, deflated. What lies beyond the edges is zero."""
    whole = np.zeros(shape, block.dtype.newbyteorder("<"))
    whole[: block.shape[1], : block.shape[0]] = block.T
    parts = whole.view(np.uint8).reshape(-1, whole.itemsize)
    shuffled = np.empty(parts.shape[::-1], np.uint8)
    for i in range(whole.itemsize):  # twice as fast as all of them in one assignment
        shuffled[i] = parts[:, i]
    return bytes(deflate.zlib_compress(shuffled.data, LEVEL))


def packed_stamps(seconds: np.ndarray, shape: tuple[int, int]) -> bytes:
    """The chunk of `time`, which is the same for all trajectories. seconds: float64 (row,)."""
    return packed(np.repeat(seconds.astype(">f8")[:, None], shape[0], axis=1), shape)
