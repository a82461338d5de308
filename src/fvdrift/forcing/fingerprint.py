"""What tells one file from another with the same name, without reading all of a large one; and one array from
another."""

import hashlib
from pathlib import Path

import numpy as np

_WHOLE = 16 << 20  # bytes: smaller files are read whole
_BLOCK = 4096
_BLOCKS = 32  # of a large file, evenly spread: a copy of another day differs in nearly all of them


def fingerprint_of(path: Path) -> str:
    """A hash of the size and of all bytes, or of blocks spread over a large file. Raises OSError."""
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        size = file.seek(0, 2)
        digest.update(str(size).encode())
        if size <= _WHOLE:
            file.seek(0)
            digest.update(file.read())
        else:
            for block in range(_BLOCKS):
                file.seek((size - _BLOCK) * block // (_BLOCKS - 1))
                digest.update(file.read(_BLOCK))
    return digest.hexdigest()


def array_fingerprint(values: np.ndarray) -> str:
    """A hash of all bytes."""
    return hashlib.blake2b(np.ascontiguousarray(values).data, digest_size=16).hexdigest()
