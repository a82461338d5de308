"""Whether a rank sees the folder that rank 0 writes to: ranks of other nodes may have another one of that
name. Nothing is written here.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from fvdrift.errors import OutputError
from fvdrift.tools.new_file import open_plain

from .paths import lock_path

_MOST = 4096  # bytes of a lock


class Mark(NamedTuple):
    """What rank 0 has made beside tracks: the lock of its run. It may travel. path: absolute; text: what stands
    in it; number: of its inode, as a full disk leaves the text empty."""

    path: Path
    text: bytes
    number: int

    def is_seen(self) -> bool:
        """Whether it lies there for this rank too."""
        return self in _found(self.path)


def mark_beside(tracks: Path) -> Mark:
    """That of a run which is writing there; where its lock was removed one that nobody sees."""
    path = lock_path(tracks.absolute())
    return next(iter(_found(path)), Mark(path, b"", -1))


def _found(path: Path) -> list[Mark]:
    with suppress(OSError, OutputError), open(open_plain(path), "rb") as file:
        return [Mark(path, file.read(_MOST), os.fstat(file.fileno()).st_ino)]
    return []
