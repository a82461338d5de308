"""Whether another process sees the files that this one sees: on another machine a path may lead nowhere, or to
another file. Looks at a few bytes of a few files."""

import hashlib
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_FILES = 5  # of a series: the first, the last, and between them
_BLOCK, _BLOCKS = 4096, 16  # bytes; of a file, evenly spread


class SeenFile(NamedTuple):
    """path, size (bytes); prints: of blocks of its bytes."""

    path: Path
    size: int
    prints: tuple[bytes, ...]


class SeenFiles(NamedTuple):
    """Plain data that goes to those who may see the same. files: some of them all."""

    files: tuple[SeenFile, ...]

    def missed(self) -> str:
        """Why this process does not see the same, as a sentence; "" where it does."""
        for file in self.files:
            wrong = _missed(file)
            if wrong:
                return f"{socket.gethostname()}: {file.path}: {wrong}"
        return ""


def seen_files(files: Sequence[Path]) -> SeenFiles:
    """As this process sees them. Raises OSError."""
    last = len(files) - 1
    some = dict.fromkeys(files[i * last // (_FILES - 1)] for i in range(_FILES)) if files else {}
    return SeenFiles(tuple(_seen(path) for path in some))


def _missed(known: SeenFile) -> str:
    try:
        now = _seen(known.path, known.size)
    except OSError as error:
        return f"cannot be read here ({error.strerror})"
    same = sum(a == b for a, b in zip(now.prints, known.prints, strict=True))
    grown = now.size > known.size  # FVCOM at work: it writes a little of what is there anew
    if now.size < known.size or same < (len(known.prints) // 2 if grown else len(known.prints)):
        return "is another file here"
    return ""


def _seen(path: Path, size: int | None = None) -> SeenFile:
    """size: of the part that blocks are taken of; None: all."""
    with path.open("rb") as file:
        whole = os.fstat(file.fileno()).st_size
        last = max(0, (whole if size is None else size) - _BLOCK)
        prints = []
        for block in range(_BLOCKS):
            content = os.pread(file.fileno(), _BLOCK, last * block // (_BLOCKS - 1))
            prints.append(hashlib.blake2b(content, digest_size=8).digest())
    return SeenFile(path, whole, tuple(prints))
