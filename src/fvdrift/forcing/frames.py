"""Frames read ahead of the run, by a thread and by processes. Not what a frame holds (that is `series`).

Protocol: the thread reads a frame only when a slot is free; the consumer frees the slot when it takes the frame. So at most
`ahead` frames wait beside the one in use. The thread ends after its last frame, after an error (which the consumer gets
in its place) or when `close` is called: it then finds the stop mark, at the latest when the read it is in returns.
Processes take over behind the frames that the thread has slots for: these are its last.
"""

import math
import os
import queue
import threading
import time
from collections.abc import Iterator, Sequence

import numpy as np

from fvdrift.forcing.mirror import Mirrored
from fvdrift.forcing.reading_processes import ReadingProcesses
from fvdrift.forcing.series import Series

_PATIENCE = 0.1  # seconds between two looks at whether the other side is still there
_LEAVE = 5.0  # seconds `close` waits for a read in progress; the thread is a daemon and never holds up the end

# when "auto" starts processes, which takes each half a second of a core
WATCHED_S = 5.0  # of the run, before anything is decided
SUBSTANTIAL = 0.2  # of that time was spent waiting for frames
WORTH_IT_S = 5.0  # still to be waited, as far as one can see
MOST = 4  # processes: what a disk and the manager keep up with
MOST_BYTES = 2 << 30  # of frames that wait, so that memory holds for who does not think of it


class FrameReader:
    """Iterates (frame index, fields) over `frames`, in the order given, reading `ahead` of them in advance.

    names: as `Series.read` takes them. wanted: processes to read with; below 2 a thread of this one reads, "auto" starts
    some when the consumer waits much and has cores for them. busy: cores it may use that others keep busy. taken_early:
    whether the consumer takes frames before it wants them, and adds its waits to wait_s itself. readers: how many read.
    read_s: seconds spent reading so far, by all of them; wait_s: seconds the consumer waited for frames. Errors come out of
    the iteration. Use it in a `with`, or call `close`.
    """

    def __init__(
        self, series: Series | Mirrored, names: Sequence[str], frames: Sequence[int], ahead: int = 1,
        wanted: int | str = 1, busy: int = 0, taken_early: bool = False,
    ) -> None:  # fmt: skip
        self.wait_s = 0.0
        self._counts_waits = not taken_early
        self._series, self._names, self._frames = series, tuple(names), [int(frame) for frame in frames]
        self._ahead, self._busy = max(1, ahead), busy
        self._thread_read_s = 0.0
        self._slots = threading.Semaphore(self._ahead)
        self._ready: queue.SimpleQueue[tuple[int, dict[str, np.ndarray]] | BaseException | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._taken = 0
        self._until = len(self._frames)  # the first frame in the order that the thread does not read
        self._processes: ReadingProcesses | None = None
        self._watching = wanted == "auto"
        self._began = time.perf_counter()
        if isinstance(wanted, int):
            self._hand_over(wanted)
        self._source = self._in_order()
        self._thread = threading.Thread(target=self._read_ahead, name="fvdrift-frames", daemon=True)
        self._thread.start()

    @property
    def readers(self) -> int:
        return 1 if self._processes is None else self._processes.count

    @property
    def read_s(self) -> float:
        return self._thread_read_s + (0.0 if self._processes is None else self._processes.read_s)

    def __iter__(self) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
        return self

    def __next__(self) -> tuple[int, dict[str, np.ndarray]]:
        if self._stop.is_set():
            raise StopIteration
        began = time.perf_counter()
        try:
            return next(self._source)
        finally:
            if self._counts_waits:
                self.wait_s += time.perf_counter() - began

    def close(self) -> None:
        """Stop reading and drop what was read ahead. Safe to call twice, from any state; never waits for long."""
        self._stop.set()
        if self._processes is not None:
            self._processes.close()
        if threading.current_thread() is not self._thread:
            self._thread.join(_LEAVE)
        while not self._ready.empty():
            self._ready.get_nowait()

    def __enter__(self) -> "FrameReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _in_order(self) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
        while (item := self._from_thread()) is not None:
            if isinstance(item, BaseException):
                raise item
            self._taken += 1
            if self._watching:
                self._hand_over(self._that_pay(item[1]))
            self._slots.release()
            yield item
        if self._processes is not None:
            yield from self._processes

    def _from_thread(self) -> tuple[int, dict[str, np.ndarray]] | BaseException | None:
        while not self._stop.is_set():
            try:
                return self._ready.get(timeout=_PATIENCE)
            except queue.Empty:
                continue
        return None

    def _that_pay(self, fields: dict[str, np.ndarray]) -> int:
        """Processes that the run would be faster by; 0 if it waits little, ends soon, or they would unpack the same."""
        elapsed = time.perf_counter() - self._began
        to_wait = self.wait_s / self._taken * (len(self._frames) - self._taken)
        if elapsed < WATCHED_S or self.wait_s < SUBSTANTIAL * elapsed or to_wait < WORTH_IT_S:
            return 0
        if self._series.chunks_span(self._names):
            return 0
        enough = math.ceil(self.read_s / max(elapsed - self.wait_s, 1e-3))  # to be as fast as all else
        room = MOST_BYTES // sum(field.nbytes for field in fields.values()) - 1
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
        return min(enough, cores - self._busy, MOST, room)

    def _hand_over(self, count: int) -> None:
        """Let `count` processes read what the thread has no slot for yet, if they are two or more."""
        rest = self._frames[self._taken + self._ahead :]
        count = min(count, len(rest))
        if count < 2:
            return
        self._watching = False
        try:
            self._processes = ReadingProcesses(self._series, self._names, rest, count)
        except OSError:  # the machine has no more: the thread goes on
            return
        self._until = len(self._frames) - len(rest)

    def _read_ahead(self) -> None:
        try:
            for place, frame in enumerate(self._frames):
                if not self._slot_is_free():
                    return
                if place == self._until:
                    break
                began = time.perf_counter()
                fields = self._series.read(frame, self._names)
                self._thread_read_s += time.perf_counter() - began
                self._ready.put((frame, fields))
                del fields
            self._ready.put(None)
        except BaseException as error:  # the consumer raises it
            self._ready.put(error)

    def _slot_is_free(self) -> bool:
        """Wait for a slot; False when reading is to stop."""
        while not self._slots.acquire(timeout=_PATIENCE):
            if self._stop.is_set():
                return False
        return not self._stop.is_set()
