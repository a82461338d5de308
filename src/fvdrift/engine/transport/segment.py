"""Memory that the ranks of a node share: one copy of what all of them read. Not what lies in it (that is
`node_frames`).

It is a file without a name: of the first rank's memory, else in TMPDIR. The first rank makes it and has all of it
allocated before anybody maps it; an MPI window is not, and where /dev/shm is small MPICH dies of that at the first
touch (SIGBUS), and Open MPI hangs. The others open it by the process that has it (/proc), or by a name that it
loses before there is anything in it. So nothing is left behind, however a rank ends.

All ranks of a node take each step together: each says whether it could, and where one could not all try the next
way.
"""

import mmap
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
from mpi4py import MPI

from fvdrift.output import size
from fvdrift.process import Waiting, free_memory

T = TypeVar("T")
MEMORY, FILE = "memory", "file"
WAYS = (MEMORY, FILE)
# of the memory that is free: the rest is for what the ranks hold themselves, and for what else runs there
MOST_OF_FREE = 0.5
_MARK = 16  # bytes at random by which ranks see that they have the same file
_IN_MEMORY = ("tmpfs", "ramfs")


class Segment(NamedTuple):
    """memory: uint8, the same bytes for all ranks of the node; None where there is room for it nowhere. where: in
    words. troubles: why not in a better place, a sentence for each that was tried; the same on all its ranks."""

    memory: np.ndarray | None
    where: str
    troubles: tuple[str, ...]


class _NotSharedError(Exception):
    """Why this way leads nowhere."""


class _Offer(NamedTuple):
    """How others find a file: its path, and by what they know it."""

    path: str
    identity: tuple[int, int]


def node_segment(node: MPI.Comm, nbytes: int, ways: Sequence[str] = WAYS) -> Segment:
    """So many bytes (more than none), not set to anything. node: ranks that may share memory; they call it
    together. ways: to try, in this order."""
    waiting, troubles = Waiting(), list[str]()
    for way in ways:
        attempt = _Attempt(node, waiting, nbytes, way)
        try:
            memory = attempt.memory()
        except _NotSharedError as error:
            troubles.append(f"frames do not lie in {_in_words(way)}: {error}")
        else:
            return Segment(memory, _in_words(way), tuple(troubles))
        finally:
            attempt.close()
    return Segment(None, "", tuple(troubles))


def _in_words(way: str) -> str:
    return "shared memory" if way == MEMORY else "a file in TMPDIR"


class _Attempt:
    """One way, for one rank of a node."""

    def __init__(self, node: MPI.Comm, waiting: Waiting, nbytes: int, way: str):
        self._node, self._waiting, self._nbytes, self._way = node, waiting, nbytes, way
        self._first = node.rank == 0
        self._fd, self._named = -1, ""

    def memory(self) -> np.ndarray:
        """Raises _NotSharedError on all ranks where any of them fails."""
        offer = self._together(self._made, "cannot be made")
        self._together(lambda: self._opened(offer), "a rank cannot open what the first of its node has made")
        self._remove_name()
        mark = self._together(self._allocated, f"{size(self._nbytes)} of it cannot be had")
        mapped: list[np.ndarray] = []
        self._together(lambda: mapped.append(self._mapped(mark)), "a rank cannot map it")
        return mapped[0]

    def close(self) -> None:
        """What is mapped stays so."""
        self._remove_name()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _together(self, do: Callable[[], T], what: str) -> T:
        """All ranks do it; what the first has found."""
        found, trouble = None, ""
        try:
            found = do()
        except _NotSharedError as error:
            trouble = str(error)
        except (OSError, MemoryError, ValueError, OverflowError) as error:
            trouble = f"{what} ({getattr(error, 'strerror', None) or error})"
        self._waiting.request(self._node.Ibarrier())
        said = self._node.allgather((found if self._first else None, trouble))
        for _, of_rank in said:
            if of_rank:
                raise _NotSharedError(of_rank)
        first: T = said[0][0]
        return first

    def _made(self) -> _Offer | None:
        if not self._first:
            return None
        if self._way == MEMORY:
            _check_free(self._nbytes)
            self._fd = os.memfd_create("fvdrift")
            path = f"/proc/{os.getpid()}/fd/{self._fd}"
        else:
            folder = tempfile.gettempdir()
            _check_room(folder, self._nbytes)
            self._fd, path = tempfile.mkstemp(prefix="fvdrift-", dir=folder)
            self._named = path
        found = os.fstat(self._fd)
        return _Offer(path, (found.st_dev, found.st_ino))

    def _opened(self, offer: _Offer | None) -> None:
        if self._first or offer is None:
            return
        for found in (os.stat, self._open):  # looked at before: to open what is no file may do something
            status = found(offer.path)
            if not stat.S_ISREG(status.st_mode) or (status.st_dev, status.st_ino) != offer.identity:
                raise _NotSharedError("a rank finds something else where the first of its node has made it")

    def _open(self, path: str) -> os.stat_result:
        self._fd = os.open(path, os.O_RDWR)
        return os.fstat(self._fd)

    def _remove_name(self) -> None:
        if self._named:
            with suppress(FileNotFoundError):
                os.unlink(self._named)
            self._named = ""

    def _allocated(self) -> bytes:
        if not self._first:
            return b""
        os.posix_fallocate(self._fd, 0, self._nbytes)
        mark = secrets.token_bytes(min(_MARK, self._nbytes))
        os.pwrite(self._fd, mark, 0)
        return mark

    def _mapped(self, mark: bytes) -> np.ndarray:
        mapped = mmap.mmap(self._fd, self._nbytes)
        if mapped[: len(mark)] != mark:
            raise _NotSharedError("a rank has opened something else than the first of its node")
        return np.frombuffer(mapped, np.uint8)


def _check_free(nbytes: int) -> None:
    """Raises _NotSharedError where memory would be short: who takes it all the same is killed for it."""
    free = free_memory()
    if nbytes > MOST_OF_FREE * free:
        raise _NotSharedError(
            f"they need {size(nbytes)}, more than {MOST_OF_FREE:.0%} of the {size(free)} that are free"
        )


def _check_room(folder: str, nbytes: int) -> None:
    """Raises _NotSharedError, before anything is filled that others need too."""
    if _lies_in_memory(folder):
        _check_free(nbytes)
    free = shutil.disk_usage(folder).free
    if nbytes > free:
        raise _NotSharedError(f"they need {size(nbytes)}, and {folder} has {size(free)}")


def _lies_in_memory(folder: str) -> bool:
    """Whether what is written there takes memory."""
    device = os.stat(folder).st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    mounts = (line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines())
    return any(mount[2] == number and mount[mount.index("-") + 1] in _IN_MEMORY for mount in mounts)
