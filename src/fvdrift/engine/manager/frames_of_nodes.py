"""Frames that the ranks of each node read for themselves: the manager says where they lie in the files, and into
which place of the segments they go. Reads no field itself, but those of frames that only the library can read.

While workers move particles through an interval, their ranks read the next frames: as many as there are places for
beside those in use.
"""

import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, NamedTuple

from fvdrift.engine.transport import Crew
from fvdrift.errors import ForcingError, Interrupted
from fvdrift.forcing import LocatedFrame
from fvdrift.mesh import Subdomain
from fvdrift.preparation import SharedForcing
from fvdrift.process import never

from ..frame_messages import BeginFrame, PlacedFrame, TakePlaced
from ..messages import Refusal
from ..node_frames import State
from .frame_feed import CutFrame, Frame

if TYPE_CHECKING:
    from fvdrift.engine.transport import NodeReading

_PATIENCE_S = 0.1  # between two looks at whether to stop
_LOOKS = 5  # at a file that FVCOM keeps appending to
_PAUSE_S = 0.2  # between two of them

Source = LocatedFrame | Frame  # where a frame lies, or itself where only the library can read it


class _Begun(NamedTuple):
    """A frame to come, and where the ranks read it to; place: None where they don't."""

    number: int
    source: Future[Source]
    place: int | None


class FramesOfNodes:
    """Frames in their order, for who takes them. reading: rank 0's part in it."""

    def __init__(self, crew: Crew, reading: "NodeReading", shared: SharedForcing, needed: range, places: int):
        self._crew, self.reading, self._shared = crew, reading, shared
        self._numbers = deque(needed)
        self._free = list(range(places))
        self._in_use: dict[int, int] = {}  # places, by number
        self._begun: deque[_Begun] = deque()
        self._pool = ThreadPoolExecutor(1, "fvdrift-locating")
        self._next = self._look_for_next()

    def take(self, subdomains: Sequence[Subdomain], asked: Callable[[], bool] = never) -> CutFrame:
        """The next frame: all workers have taken in theirs of it, or are to be sent its `cuts`. Raises EOFError
        behind the last, Interrupted where it is `asked` to stop meanwhile, and the error of reading it."""
        self._begin_more(asked)
        if not self._begun:
            raise EOFError("there is no further frame")
        due = self._begun.popleft()
        source = due.source if due.place is None else self._taken(due, due.place)
        if source is None:
            place = self._in_use[due.number]
            return CutFrame(Frame(due.number, self.reading.fields(place), place), [], 0.0)
        frame, began = source.result(), time.perf_counter()
        assert isinstance(frame, Frame)
        cuts = [self._shared.cut_frame(frame.number, frame.fields, each) for each in subdomains]
        return CutFrame(frame, cuts, time.perf_counter() - began)

    def keep(self, numbers: Collection[int], asked: Callable[[], bool] = never) -> None:
        """Only these of the frames that were taken are needed yet: the next may have the places of the others."""
        for number in [number for number in self._in_use if number not in numbers]:
            self._free.append(self._in_use.pop(number))
        self._begin_more(asked)

    def close(self) -> None:
        """Take no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self.reading.close()

    def _look_for_next(self) -> Future[Source] | None:
        return self._pool.submit(self._source, self._numbers[0]) if self._numbers else None

    def _source(self, number: int) -> Source:
        series, supply = self._shared.series, self._shared.supply
        located = series.locate(number, supply.names)
        return located or Frame(number, supply.reduce(series.read(number, supply.names)))

    def _begin_more(self, asked: Callable[[], bool]) -> None:
        """Have frames read for which there is a place, one after the other. An error comes out where its frame is
        due."""
        while self._next is not None and self._free:
            while not wait([self._next], _PATIENCE_S).done:
                if asked():
                    raise Interrupted("stopped while it waited for a frame")
            source, number = self._next, self._numbers.popleft()
            readable = source.exception() is None and isinstance(source.result(), LocatedFrame)
            place = self._free.pop() if readable else None
            self._begin(source, place)
            self._begun.append(_Begun(number, source, place))
            self._next = self._look_for_next()

    def _begin(self, source: Future[Source], place: int | None) -> None:
        if place is not None:
            located = source.result()
            assert isinstance(located, LocatedFrame)
            self._crew.begin_frame(BeginFrame(located, place))

    def _taken(self, due: _Begun, place: int) -> Future[Source] | None:
        """Have all take in a frame that was begun. Its file may have changed since: then it is begun anew; where
        only the library can read it by now, what that has read."""
        order = TakePlaced(due.number, PlacedFrame(self._shared.time_of(due.number), place))
        for look in range(_LOOKS):
            outcome = self._crew.take_placed(order)
            if outcome.state == State.READY:
                self._in_use[due.number] = place
                return None
            if outcome.state == State.LEFT:
                raise Interrupted("stopped while it waited for a frame")
            assert outcome.refusal is not None
            if outcome.state == State.FAILED or look == _LOOKS - 1:
                raise _error(outcome.refusal)
            time.sleep(_PAUSE_S)
            again = self._pool.submit(self._source, due.number)
            if isinstance(again.result(), Frame):
                self._free.append(place)
                return again
            self._begin(again, place)
        raise AssertionError("each look ends in one of these ways")


def _error(refusal: Refusal) -> Exception:
    """What a rank could not read."""
    if refusal.exit_code == ForcingError.exit_code:
        return ForcingError(refusal.error)
    return refusal.as_error()
