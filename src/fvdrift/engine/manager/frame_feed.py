"""Frames of the forcing, made what the run needs of them before it wants them, by a thread. Not the reading
(that is `forcing`).

While workers move particles through an interval, the thread takes the next frame from those who read, reduces
it and cuts it to the subdomains there are. Where a subdomain has changed meanwhile, its cut is made again
when the frame is taken.
"""

import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import NamedTuple

from fvdrift.errors import Interrupted
from fvdrift.forcing import Fields, FrameReader, TimedFrame
from fvdrift.mesh import Subdomain
from fvdrift.preparation import SharedForcing
from fvdrift.process import never

_PATIENCE_S = 0.1  # between two looks at whether to stop


class Frame(NamedTuple):
    """number: of the frame; fields: of the whole mesh, reduced; place: in the segments of the nodes, where their
    ranks have read it."""

    number: int
    fields: Fields
    place: int | None = None


class CutFrame(NamedTuple):
    """cuts: the frame, cut to each subdomain; none where ranks have taken it in themselves; pack_s: seconds of a
    core that this took."""

    frame: Frame
    cuts: list[TimedFrame]
    pack_s: float


class FramesAhead:
    """One frame ahead of who takes them. Errors of reading come out where the frame is due."""

    def __init__(self, reader: FrameReader, shared: SharedForcing):
        """reader: one that leaves it to others to count its waits; that is done here."""
        self._reader, self._shared = reader, shared
        self._pool = ThreadPoolExecutor(1, "fvdrift-cutting")
        self._subdomains: list[Subdomain] = []
        self._next: Future[CutFrame] = self._pool.submit(self._prepare, [])

    def take(self, subdomains: Sequence[Subdomain], asked: Callable[[], bool] = never) -> CutFrame:
        """The next frame, cut to these subdomains; the one after it is begun. Raises EOFError behind the
        last, and Interrupted where it is `asked` to stop while it waits."""
        began = time.perf_counter()
        try:
            while not wait([self._next], _PATIENCE_S).done:
                if asked():
                    raise Interrupted("stopped while it waited for a frame")
            done = self._next.result()
        finally:
            self._reader.wait_s += time.perf_counter() - began
        began, cut_for = time.perf_counter(), self._subdomains
        self._subdomains = list(subdomains)
        self._next = self._pool.submit(self._prepare, self._subdomains)
        cuts = [
            done.cuts[i]
            if i < len(cut_for) and subdomain is cut_for[i]
            else self._shared.cut_frame(done.frame.number, done.frame.fields, subdomain)
            for i, subdomain in enumerate(subdomains)
        ]
        return CutFrame(done.frame, cuts, done.pack_s + time.perf_counter() - began)

    def keep(self, numbers: Collection[int], asked: Callable[[], bool] = never) -> None:
        """Nothing is held of frames that were taken."""

    def close(self) -> None:
        """Take no more. The reader must be closed before: the thread may be waiting for it."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _prepare(self, subdomains: list[Subdomain]) -> CutFrame:
        try:
            number, raw = next(self._reader)
        except StopIteration:
            raise EOFError("there is no further frame") from None
        began = time.perf_counter()
        fields = self._shared.supply.reduce(raw)
        cuts = [self._shared.cut_frame(number, fields, subdomain) for subdomain in subdomains]
        return CutFrame(Frame(number, fields), cuts, time.perf_counter() - began)
