"""Which file a path names, and in which state, so that one that changes under a run is found out. Reads
nothing of it.

A run takes for granted that the records it knows stay what they were. So a file that is removed, replaced,
cut short or written over is refused. One that grew, or was touched, is FVCOM at work: the records known of it
serve once it was looked at again.
"""

import os
from pathlib import Path
from typing import NamedTuple

from fvdrift.errors import ForcingError


class Identity(NamedTuple):
    """device, inode: which file; size in bytes and time of its last change (ns): which state of it."""

    device: int
    inode: int
    size: int
    mtime_ns: int

    def may_have_become(self, now: "Identity") -> bool:
        """Whether `now` may be the same file with something appended; what HDF5 writes first lies within
        it."""
        return self[:2] == now[:2] and self.size <= now.size


class ChangedError(ForcingError):
    """A file is not what it was when the run began."""


NO_FILE = Identity(0, 0, -1, 0)


def identity(path: Path) -> Identity:
    """Of the file at `path` now; NO_FILE where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return NO_FILE
    return Identity(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def changed(path: Path, name: str, when: str, earlier: Identity, now: Identity) -> ChangedError:
    """What to say of a file that is not what it was. name, when: variable and time that were to be read."""
    if now == NO_FILE:
        how = "was removed"
    elif now[:2] != earlier[:2]:
        how = "was replaced by another file"
    elif now.size < earlier.size:
        how = f"was cut short, from {earlier.size} to {now.size} bytes,"
    else:
        how = "was written over"
    return ChangedError(
        f"{path}: {name}: cannot be read at {when}: the file {how} after the run began; put back the one that it began with"
    )
