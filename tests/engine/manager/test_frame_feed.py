"""Frames cut before they are wanted: to the subdomains there are then, in order, and errors where they are
due."""

import threading
import time
from typing import Any

import pytest

from fvdrift.engine.manager.frame_feed import FramesAhead
from fvdrift.errors import ForcingError


class Reader:
    """Frames 0, 1, 2 ...; each is there when it is let go."""

    def __init__(self, frames: int, error_at: int = -1):
        self.wait_s, self._left, self._error_at = 0.0, iter(range(frames)), error_at
        self.ready = threading.Semaphore(0)

    def __next__(self) -> tuple[int, Any]:
        number = next(self._left)
        self.ready.acquire()
        if number == self._error_at:
            raise ForcingError("broken.nc: is truncated")
        return number, f"raw {number}"


class Cutting:
    def __init__(self, reader: Reader):
        self.cut_in: list[tuple[int, str, str]] = []  # frame, piece, thread
        self.supply = self
        self.frames = FramesAhead(reader, self)  # type: ignore[arg-type]

    def reduce(self, raw: Any) -> Any:
        return raw.replace("raw", "whole")

    def cut_frame(self, number: int, fields: Any, piece: Any) -> Any:
        self.cut_in.append((number, piece, threading.current_thread().name.split("_")[0]))
        return f"{fields} on {piece}"


def test_frames_come_in_order_and_are_cut_by_the_thread() -> None:
    reader = Reader(3)
    cutting = Cutting(reader)
    pieces: Any = ["a", "b"]
    for _ in range(3):
        reader.ready.release()
    taken = [cutting.frames.take(pieces) for _ in range(3)]
    assert [cut.frame for cut in taken] == [(0, "whole 0", None), (1, "whole 1", None), (2, "whole 2", None)]
    assert taken[2].cuts == ["whole 2 on a", "whole 2 on b"]
    ahead = [thread for frame, _, thread in cutting.cut_in if frame > 0]
    assert ahead == ["fvdrift-cutting"] * 4
    with pytest.raises(EOFError):
        cutting.frames.take(pieces)
    cutting.frames.close()


def test_where_a_subdomain_has_changed_its_cut_is_made_again() -> None:
    reader = Reader(2)
    cutting = Cutting(reader)
    for _ in range(2):
        reader.ready.release()
    first: Any = ["a", "b"]
    cutting.frames.take(first)
    changed: Any = [first[0], "wider b"]
    assert cutting.frames.take(changed).cuts == ["whole 1 on a", "whole 1 on wider b"]
    assert [(piece, thread) for frame, piece, thread in cutting.cut_in if frame == 1] == [
        ("a", "fvdrift-cutting"), ("b", "fvdrift-cutting"), ("wider b", "MainThread")
    ]  # fmt: skip
    cutting.frames.close()


def test_an_error_of_reading_comes_out_where_the_frame_is_due() -> None:
    reader = Reader(3, error_at=1)
    frames = Cutting(reader).frames
    for _ in range(3):
        reader.ready.release()
    assert frames.take([]).frame[0] == 0
    with pytest.raises(ForcingError, match="truncated"):
        frames.take([])
    frames.close()


def test_only_waits_of_who_takes_are_counted() -> None:
    reader = Reader(2)
    frames = Cutting(reader).frames
    time.sleep(0.2)  # the thread waits, nobody else
    reader.ready.release()
    time.sleep(0.2)
    frames.take([])
    assert reader.wait_s < 0.1
    threading.Timer(0.3, reader.ready.release).start()
    frames.take([])
    assert reader.wait_s > 0.2
    frames.close()
