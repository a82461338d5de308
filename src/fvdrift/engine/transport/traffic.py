"""What goes from rank to rank, counted in bytes by kind and by link: for `run.json`, and for whoever asks what
limits a run. Sends nothing itself.

Whoever sends counts, so nothing is counted twice. The link is that of the manager for all that rank 0 tells others or
is told as manager, also what it only hands on. What ranks send each other without it goes inside a node or between
ranks, and rank 0 is one of them there: as worker, or as owner of something. What stays on a rank is not counted.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..messages import Kept, KeptBeside, Release, Restore, Stored, TakeFrame, TakeSubdomain
from ..release_messages import PlaceByAll, ReleaseByAll
from ..report import Records, Report
from .statistics_messages import Hold, KnowMesh, StartedBefore, Swap, TakeShare, Write, Written
from .take_up import TakeUp

# tallies: orders, counts, alerts, weights; particles: that change hands
KINDS = ("rows", "checkpoints", "releases", "statistics", "frames", "mesh", "particles", "tallies")
LINKS = ("manager", "ranks", "node")
_MANAGER, _RANKS, _NODE = range(3)
_KIND_OF = {  # of a message; the others are tallies
    TakeSubdomain: "mesh",
    TakeFrame: "frames",
    Release: "releases",
    Restore: "checkpoints",
    Kept: "checkpoints",
    **dict.fromkeys((KeptBeside, Stored, TakeUp, TakeShare), "checkpoints"),
    **dict.fromkeys((PlaceByAll, ReleaseByAll), "releases"),
    **dict.fromkeys((KnowMesh, Hold), "mesh"),
    **dict.fromkeys((StartedBefore, Swap, Write, Written), "statistics"),
}
_KIND_OF_PART = {  # of what is of another kind than the message it is part of
    (TakeSubdomain, "frames"): "frames",
    (Report, "records"): "rows",
    (Records, "rows"): "rows",
    (Report, "statistics"): "statistics",
}
_NUMBERS, _NUMBER = {int, float, bool, type(None)}, 8  # bytes of each
_IO = Path("/proc/self/io")


class Traffic:
    """Of one rank. `add` what it sends to others; `through_manager` what the manager tells or is told;
    `add_message` of either, along the tree between the manager and all."""

    def __init__(self, nodes: Sequence[int] = (0,), rank: int = 0, counts: np.ndarray | None = None):
        """nodes: the node of every rank, any number for each; rank: this one; counts: to add to."""
        self._nodes, self._rank = np.asarray(nodes), rank
        self._near = self._nodes == self._nodes[rank]
        self.counts = np.zeros((len(KINDS), len(LINKS)), np.int64) if counts is None else counts
        self._files_before = _of_files()

    def among(self, ranks: Sequence[int]) -> "Traffic":
        """The same counts for a communicator of these ranks only, which this is one of: `add` takes its
        numbers."""
        return Traffic(self._nodes[list(ranks)].tolist(), list(ranks).index(self._rank), self.counts)

    def add(self, kind: str, to: int, nbytes: int) -> None:
        """This rank sends so many bytes to another, past the manager."""
        if to != self._rank:
            self.counts[KINDS.index(kind), _NODE if self._near[to] else _RANKS] += nbytes

    def add_each(self, kind: str, nbytes: np.ndarray) -> None:
        """The same to several at once: nbytes, by rank."""
        near = int(nbytes[self._near].sum())
        of_kind = self.counts[KINDS.index(kind)]
        of_kind[_NODE] += near - int(nbytes[self._rank])
        of_kind[_RANKS] += int(nbytes.sum()) - near

    def through_manager(self, kind: str, nbytes: int) -> None:
        """This rank, as manager, sends so many bytes, or sends them to it."""
        self.counts[KINDS.index(kind), _MANAGER] += nbytes

    def add_message(self, message: Any, to: int) -> None:
        """This rank tells another what the manager says, or what it is to hear."""
        for kind, nbytes in bytes_by_kind(message).items():
            if 0 in (self._rank, to):
                self.through_manager(kind, nbytes)
            else:
                self.add(kind, to, nbytes)

    def broadcast(self, kind: str, nbytes: int) -> None:
        """Rank 0 sends the same to all others: to one rank of each node, and they to those beside them; some it
        tells itself, and they others (binomial trees)."""
        others = len(self._nodes) - 1
        beyond, beside = len(set(self._nodes.tolist())) - 1, int(self._near.sum()) - 1
        own = beyond.bit_length() + beside.bit_length()
        between = beyond - beyond.bit_length()
        self.counts[KINDS.index(kind)] += nbytes * np.array([own, between, others - own - between])

    def state(self) -> np.ndarray:
        """int64: all of it, and what this process has read from files and written to them; to be added to
        those of other ranks."""
        return np.concatenate([self.counts.ravel(), _of_files() - self._files_before])


def _of_files() -> np.ndarray:
    """Bytes that this process has read and written so far, 0 where the system does not say."""
    try:
        said = dict(line.split(b":") for line in _IO.read_bytes().splitlines())
        return np.array([int(said[b"rchar"]), int(said[b"wchar"])], np.int64)
    except (OSError, KeyError, ValueError):
        return np.zeros(2, np.int64)


def described(state: np.ndarray) -> dict[str, Any]:
    """The sum of the `state` of all ranks, as the record of a run has it."""
    *of_links, read, written = map(int, state)
    counts = np.reshape(of_links, (len(KINDS), len(LINKS))).tolist()
    by_kind = {
        kind: dict(zip(LINKS, of_kind, strict=True)) for kind, of_kind in zip(KINDS, counts, strict=True)
    }
    return {**by_kind, "read": read, "written": written}


def bytes_by_kind(message: Any) -> dict[str, int]:
    """What a message weighs: its arrays, and a word for each number."""
    of = type(message)
    if not hasattr(message, "__dict__"):  # a tuple, or nothing
        return {_KIND_OF.get(of, "tallies"): _size(message)}
    found: dict[str, int] = {}
    for name, value in vars(message).items():
        kind = _KIND_OF_PART.get((of, name)) or _KIND_OF.get(of, "tallies")
        found[kind] = found.get(kind, 0) + _size(value)
    return found


def _size(value: Any) -> int:
    kind = type(value)  # asked for by itself first: what nearly all are, in a tenth of the time
    if kind is np.ndarray:
        return int(value.nbytes)
    if kind in _NUMBERS:
        return _NUMBER
    if kind is dict:
        return sum([_size(each) for each in value.values()])
    if isinstance(value, (list, tuple)):
        return sum([_size(each) for each in value])
    if isinstance(value, (bytes, str)):
        return len(value)
    if hasattr(value, "__dict__") and not isinstance(value, type):
        return sum([_size(each) for each in vars(value).values()])
    return _NUMBER
