"""Frames read ahead of the run, by a thread or several. Not what a frame holds (that is `forcing`).

Protocol: the thread reads a frame only when a slot is free; the consumer frees the slot when it takes the
frame. So at most `ahead` frames wait beside the one in use. The thread ends after its last frame, after an
error (which the consumer gets in its place) or when `close` is called: it then finds the stop mark, at the
latest when the read it is in returns. Helpers read other fields of the same frame meanwhile. They gain where
files are deflated: inflating needs no lock.
"""

import queue
import threading
import time
from collections.abc import Iterator, Sequence

import numpy as np

from fvdrift.process import usable_cores

from .forcing import Forcing
from .frame import Fields

_PATIENCE = 0.1  # seconds between two looks at whether the other side is still there
# seconds `close` waits for a read in progress; the threads are daemons and never hold up the end
_LEAVE = 5.0
MOST = 4  # threads where their number is "auto": a frame seldom has more large fields


class FrameReader:
    """Iterates (frame index, fields) over `frames`, in the order given, reading `ahead` of them in advance.

    names: as `Forcing.read` takes them. wanted: threads that read fields of one frame side by side; "auto": as
    many as there are cores that nobody keeps busy. busy: cores that others do. taken_early: whether the
    consumer takes frames before it wants them, and adds its waits to wait_s itself. readers: how many read.
    read_s: seconds that frames were read in so far; wait_s: seconds the consumer waited for frames. Errors
    come out of the iteration. Use it in a `with`, or call `close`.
    """

    def __init__(
        self,
        forcing: Forcing,
        names: Sequence[str],
        frames: Sequence[int],
        ahead: int = 1,
        wanted: int | str = 1,
        busy: int = 0,
        taken_early: bool = False,
    ) -> None:
        self.read_s = self.wait_s = 0.0
        self._counts_waits = not taken_early
        self._forcing, self._names, self._frames = forcing, tuple(names), [int(frame) for frame in frames]
        self.readers = max(
            1, min(min(usable_cores() - busy, MOST) if isinstance(wanted, str) else wanted, len(self._names))
        )
        self._slots = threading.Semaphore(max(1, ahead))
        self._ready: queue.SimpleQueue[tuple[int, Fields] | BaseException | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._source = self._in_order()
        self._thread = threading.Thread(target=self._read_ahead, name="fvdrift-frames", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[tuple[int, Fields]]:
        return self

    def __next__(self) -> tuple[int, Fields]:
        if self._stop.is_set():
            raise StopIteration
        began = time.perf_counter()
        try:
            return next(self._source)
        finally:
            if self._counts_waits:
                self.wait_s += time.perf_counter() - began

    def close(self) -> None:
        """Stop reading and drop what was read ahead. Safe to call twice, from any state; never waits for
        long."""
        self._stop.set()
        if threading.current_thread() is not self._thread:
            self._thread.join(_LEAVE)
        while not self._ready.empty():
            self._ready.get_nowait()

    def __enter__(self) -> "FrameReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _in_order(self) -> Iterator[tuple[int, Fields]]:
        while (item := self._from_thread()) is not None:
            if isinstance(item, BaseException):
                raise item
            self._slots.release()
            yield item

    def _from_thread(self) -> tuple[int, Fields] | BaseException | None:
        while not self._stop.is_set():
            try:
                return self._ready.get(timeout=_PATIENCE)
            except queue.Empty:
                continue
        return None

    def _read_ahead(self) -> None:
        try:
            for frame in self._frames:
                if not self._slot_is_free():
                    return
                began = time.perf_counter()
                fields = self._read(frame)
                self.read_s += time.perf_counter() - began
                self._ready.put((frame, fields))
                del fields
            self._ready.put(None)
        except BaseException as error:  # the consumer raises it
            self._ready.put(error)

    def _read(self, frame: int) -> Fields:
        """All fields of a frame: this thread and its helpers take the next that nobody has begun, until one
        can't be read."""
        found: dict[str, np.ndarray | BaseException] = {}
        left = iter(self._names)

        def take() -> None:
            for name in left:
                try:
                    found[name] = self._forcing.read(frame, (name,))[name]
                except BaseException as error:  # raised below
                    found[name] = error
                    return

        helpers = [
            threading.Thread(target=take, name="fvdrift-field", daemon=True) for _ in range(self.readers - 1)
        ]
        for helper in helpers:
            helper.start()
        take()
        for helper in helpers:
            helper.join()
        fields: Fields = {}
        for name in self._names:
            field = found[name]
            if isinstance(field, BaseException):
                raise field
            fields[name] = field
        return fields

    def _slot_is_free(self) -> bool:
        """Wait for a slot; False when reading is to stop."""
        while not self._slots.acquire(timeout=_PATIENCE):
            if self._stop.is_set():
                return False
        return not self._stop.is_set()
