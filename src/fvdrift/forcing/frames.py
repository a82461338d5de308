"""A thread that reads frames ahead of the run. Not what a frame holds (that is `series`).

Protocol: a frame is read only when a slot is free; the consumer frees the slot when it takes the frame. So at most
`ahead` frames wait beside the one in use. The thread ends after the last frame, after an error (which the consumer gets
in its place) or when `close` is called: it then finds the stop mark, at the latest when the read it is in returns.
"""

import queue
import threading
import time
from collections.abc import Iterator, Sequence

import numpy as np

from fvdrift.forcing.mirror import Mirrored
from fvdrift.forcing.series import Series

_PATIENCE = 0.1  # seconds between two looks at whether the other side is still there
_LEAVE = 5.0  # seconds `close` waits for a read in progress; the thread is a daemon and never holds up the end


class FrameReader:
    """Iterates (frame index, fields) over `frames`, in the order given, reading `ahead` of them in advance.

    names: as `Series.read` takes them. read_s: seconds spent reading so far; wait_s: seconds the consumer waited for
    frames. Errors of the thread come out of the iteration. Use it in a `with`, or call `close`.
    """

    def __init__(self, series: Series | Mirrored, names: Sequence[str], frames: Sequence[int], ahead: int = 1) -> None:
        self.read_s = 0.0
        self.wait_s = 0.0
        self._series, self._names, self._frames = series, tuple(names), [int(frame) for frame in frames]
        self._slots = threading.Semaphore(max(1, ahead))
        self._ready: queue.SimpleQueue[tuple[int, dict[str, np.ndarray]] | BaseException | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._read_ahead, name="fvdrift-frames", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
        return self

    def __next__(self) -> tuple[int, dict[str, np.ndarray]]:
        began = time.perf_counter()
        while not self._ended and not self._stop.is_set():
            try:
                item = self._ready.get(timeout=_PATIENCE)
            except queue.Empty:
                continue
            self.wait_s += time.perf_counter() - began
            if isinstance(item, tuple):
                self._slots.release()
                return item
            self._ended = True
            if item is not None:
                raise item
        raise StopIteration

    def close(self) -> None:
        """Stop reading and drop what was read ahead. Safe to call twice, from any state; never waits for long."""
        self._stop.set()
        if threading.current_thread() is not self._thread:
            self._thread.join(_LEAVE)
        while not self._ready.empty():
            self._ready.get_nowait()

    def __enter__(self) -> "FrameReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read_ahead(self) -> None:
        try:
            for frame in self._frames:
                while not self._slots.acquire(timeout=_PATIENCE):
                    if self._stop.is_set():
                        return
                if self._stop.is_set():
                    return
                began = time.perf_counter()
                fields = self._series.read(frame, self._names)
                self.read_s += time.perf_counter() - began
                self._ready.put((frame, fields))
                del fields
            self._ready.put(None)
        except BaseException as error:  # the consumer raises it
            self._ready.put(error)
