"""Between the owners of rows, on ranks and in one process. What they send is `engine.owners`.

Records: all ranks tell each other how many there are (one `Ialltoallv`), then each hands out what the others own
(another), in words of eight bytes. Packed chunks go from one rank to another, sizes before.
"""

from collections.abc import Sequence

import numpy as np
from mpi4py import MPI

from fvdrift.engine.owners import WORD, Dealer, Outgoing, Parcel
from fvdrift.process import Waiting

from .traffic import Traffic

_SIZES, _CHUNKS = 1, 2  # tags
_NONE = -1  # in place of sizes


class _Parcels:
    """On their way over MPI. outgoing: kept until all has left."""

    def __init__(self, request: MPI.Request, waiting: Waiting, outgoing: Outgoing, incoming: list[Parcel]):
        self._request, self._waiting = request, waiting
        self._outgoing: Outgoing | None = outgoing
        self._incoming = incoming

    def wait(self) -> list[Parcel]:
        self._waiting.request(self._request)
        self._outgoing = None
        return self._incoming


class MpiLinks:
    """Of one rank, over a communicator of its own."""

    def __init__(self, communicator: MPI.Comm, waiting: Waiting, traffic: Traffic):
        self._communicator, self._waiting, self._traffic = communicator, waiting, traffic
        self._sending: list[tuple[MPI.Request, np.ndarray | bytes]] = []  # what is sent is kept

    def deal(self, outgoing: Outgoing, dealer: Dealer, rows: int) -> _Parcels:
        size, here = self._communicator.size, self._communicator.rank
        away = {rank: parcel for rank, parcel in outgoing.parcels.items() if rank != here}
        given = np.zeros((2, size), np.int64)  # numbers, and words of records, by rank
        for rank, parcel in away.items():
            given[:, rank] = parcel.counts.size, len(parcel.data) // WORD
        self._traffic.add_each("rows", given[0] * np.int64().itemsize + given[1] * WORD)
        taken = np.zeros_like(given)
        mine = len(dealer.mine)
        taken[0] = rows * mine
        taken[0, here] = 0
        counts = [np.ascontiguousarray(away[rank].counts).ravel() for rank in sorted(away)]
        told = np.concatenate([np.empty(0, np.int64), *counts])
        heard = np.empty(int(taken[0].sum()), np.int64)
        self._waiting.request(
            self._communicator.Ialltoallv(
                [told, _layout(given[0]), MPI.INT64_T], [heard, _layout(taken[0]), MPI.INT64_T]
            )
        )
        others = [rank for rank in range(size) if rank != here] if mine else []
        of_rank = dict(zip(others, heard.reshape(-1, rows, mine), strict=True)) if mine else {}
        for rank, numbers in of_rank.items():
            taken[1, rank] = dealer.bytes_of(numbers) // WORD
        data = np.empty(int(taken[1].sum()) * WORD, np.uint8)
        request = self._communicator.Ialltoallv(
            [outgoing.data, _layout(given[1]), MPI.DOUBLE], [data, _layout(taken[1]), MPI.DOUBLE]
        )
        ends = np.cumsum(taken[1]) * WORD
        incoming = [
            Parcel(numbers, data[ends[rank] - taken[1, rank] * WORD : ends[rank]])
            for rank, numbers in of_rank.items()
        ]
        return _Parcels(request, self._waiting, outgoing, incoming)

    def send_chunks(self, rank: int, chunks: Sequence[bytes] | None) -> None:
        sizes = np.array([_NONE] if chunks is None else [len(chunk) for chunk in chunks], np.int64)
        self._sending.append((self._communicator.Isend([sizes, MPI.INT64_T], rank, _SIZES), sizes))
        self._traffic.add("rows", rank, int(sizes.nbytes + max(sizes.sum(), 0)))
        if chunks:
            data = b"".join(chunks)
            self._sending.append((self._communicator.Isend([data, MPI.BYTE], rank, _CHUNKS), data))

    def take_chunks(self, rank: int) -> Sequence[memoryview] | None:
        sizes = np.empty(self._size(rank, _SIZES, MPI.INT64_T), np.int64)
        self._waiting.request(self._communicator.Irecv([sizes, MPI.INT64_T], rank, _SIZES))
        if list(sizes) == [_NONE]:
            return None
        data = np.empty(int(sizes.sum()), np.uint8)
        if len(sizes):
            self._waiting.request(self._communicator.Irecv([data, MPI.BYTE], rank, _CHUNKS))
        ends = np.cumsum(sizes)
        return [data[end - size : end].data for size, end in zip(sizes, ends, strict=True)]

    def _size(self, rank: int, tag: int, kind: MPI.Datatype) -> int:
        status = MPI.Status()
        self._waiting.until(lambda: self._communicator.Iprobe(rank, tag, status))
        return status.Get_count(kind)

    def sent(self) -> None:
        for request, _ in self._sending:
            self._waiting.request(request)
        self._sending = []


def _layout(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Counts by rank, and where each begins."""
    return counts, np.cumsum(counts) - counts
