"""Rows are handed to a thread that writes them, so that the disk is waited for as little as can be. Not what is
written (that is `tracks` and `stripe_owner`)."""

import contextlib
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from fvdrift.errors import OutputError

ROWS_WAITING = 2  # rows handed over and not written yet; more would only hide a slow disk for a little longer


class RowThread:
    """The caller never waits for the disk unless two rows already do. A failure in the thread comes out of the next
    call, as OutputError; so does `error` that another sets. seconds: that writing took."""

    def __init__(self, write: Callable[[int, Any], None], sync: Callable[[], None], place: Callable[[], str]):
        """write: takes the number of a row, and what was handed over; sync: makes all that was written last; place:
        where rows go, for a message. All are called in the thread."""
        self.seconds = 0.0
        self.error: OutputError | None = None
        self._write, self._sync, self._place = write, sync, place
        self._items: queue.Queue[tuple[int, Any] | threading.Event | None] = queue.Queue(ROWS_WAITING)
        self._thread = threading.Thread(target=self._run, name="fvdrift-tracks", daemon=True)
        self._thread.start()

    def put(self, row: int, values: Any) -> None:
        """Hand over a row."""
        self._put((row, values))

    def sync(self) -> None:
        """Make all rows handed over last."""
        done = threading.Event()
        if self._thread.is_alive():
            self._put(done)
        else:  # all rows are written
            self._sync()
            done.set()
        while not done.wait(0.2):
            self.check()

    def finish(self) -> None:
        """Wait until all rows are written: they were the last. Call `check` then."""
        self._put(None)
        self._thread.join()

    def check(self) -> None:
        """Raises what has failed."""
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        """The same, whatever has failed: it was told already, or leads here. Safe to call twice."""
        while self._thread.is_alive():
            with contextlib.suppress(queue.Full):
                self._items.put(None, timeout=0.2)
                self._thread.join()

    def _put(self, item: tuple[int, Any] | threading.Event | None) -> None:
        while True:
            self.check()
            try:
                return self._items.put(item, timeout=0.2)
            except queue.Full:
                continue  # the thread may have died meanwhile: look again

    def _run(self) -> None:
        while (item := self._items.get()) is not None:
            begun = time.perf_counter()
            try:
                if isinstance(item, threading.Event):
                    self._sync()
                    item.set()
                else:
                    self._write(*item)
            except OutputError as error:
                self.error = error
                return
            except Exception as error:
                row = "" if isinstance(item, threading.Event) else f"row {item[0]} "
                self.error = OutputError(f"{self._place()}: {row}cannot be written: {error!r}")
                return
            self.seconds += time.perf_counter() - begun
