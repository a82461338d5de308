"""A rank's share of reading frames: a thread fills its fields of the next ones into their places, while particles
are moved.

The thread takes orders one after the other. What goes wrong with a frame is its outcome, for whoever waits for it:
the others wait too, until all ranks have said how it went.
"""

import queue
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from fvdrift.errors import ForcingError, FvdriftError
from fvdrift.forcing import ChangedError, Fields
from fvdrift.process import denied, never

from ..messages import Refusal
from .layout import FramePlaces

_PATIENCE_S = 0.1  # between two looks at whether to stop


class State(IntEnum):
    """Of a frame, by gravity: the highest of all ranks is that of all. LEFT: a signal came; CHANGED: a file is not
    what it was."""

    READY = 0
    LEFT = 1
    CHANGED = 2
    FAILED = 3


class Outcome(NamedTuple):
    """refusal: why, where it is CHANGED or FAILED."""

    state: State
    refusal: Refusal | None = None


class _Order:
    """What is to be read of a frame, and how it went."""

    def __init__(self, place: int, number: int, fields: Fields, read: Callable[[str], np.ndarray]):
        self.place, self.number, self.fields, self.read = place, number, fields, read
        self.outcome = Outcome(State.LEFT)
        self.done = threading.Event()


class FrameShare:
    """Of one rank. read_s: seconds its thread has read so far."""

    def __init__(self, places: FramePlaces):
        self.read_s = 0.0
        self._places = places
        self._orders: dict[int, _Order] = {}
        self._queue: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        self._closed = False
        threading.Thread(target=self._work, name="fvdrift-share", daemon=True).start()

    def begin(self, number: int, place: int, names: Sequence[str], read: Callable[[str], np.ndarray]) -> None:
        """Have these fields of a frame read into a place that nobody takes from any more. read: what finds one
        by its name, called by the thread."""
        to_fill = self._places.to_fill(place)
        order = _Order(place, number, {name: to_fill[name] for name in names}, read)
        self._orders = {n: one for n, one in self._orders.items() if one.place != place} | {number: order}
        self._queue.put(order)

    def wait(self, number: int, asked: Callable[[], bool] = never) -> Outcome:
        """How it went with this rank's share of a frame that was begun, as long as no other is in its place. LEFT
        where it is `asked` to stop while it waits, or closed; it may be waited for again."""
        order = self._orders[number]
        while not order.done.wait(_PATIENCE_S):
            if self._closed or asked():
                return Outcome(State.LEFT)
        return order.outcome

    def close(self) -> None:
        """Begin nothing more. Safe at any time; does not wait for what is being read."""
        self._closed = True
        self._queue.put(None)

    def _work(self) -> None:
        while (order := self._queue.get()) is not None:
            began = time.perf_counter()
            order.outcome = self._done(order)
            self.read_s += time.perf_counter() - began
            order.done.set()

    def _done(self, order: _Order) -> Outcome:
        name = ""
        try:
            for name, to_fill in order.fields.items():
                if self._closed:
                    return Outcome(State.LEFT)
                _put(order.read(name), to_fill)
        except ChangedError as error:
            return Outcome(State.CHANGED, Refusal(str(error), error.exit_code))
        except BaseException as error:
            return Outcome(State.FAILED, _refusal(error, f"frame {order.number}: {name}"))
        return Outcome(State.READY)


def _put(found: np.ndarray, to_fill: np.ndarray) -> None:
    if (found.dtype, found.shape) != (to_fill.dtype, to_fill.shape):
        raise TypeError(
            f"{found.dtype} {found.shape} was read where {to_fill.dtype} {to_fill.shape} is to lie"
        )
    to_fill[...] = found


def _refusal(error: BaseException, what: str) -> Refusal:
    """For all to leave with."""
    if isinstance(error, FvdriftError):
        return Refusal(str(error), error.exit_code)
    if why := denied(error):
        return Refusal(f"{what}: {why}", 1)
    if isinstance(error, OSError):
        return Refusal(f"{what}: cannot be read: {error}", ForcingError.exit_code)
    lines = "".join(traceback.format_exception(error))
    return Refusal(
        f"{what}: unexpected error\n{lines}This is a fault of fvdrift: please report it with the lines above.",
        1,
    )
