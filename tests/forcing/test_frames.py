"""The thread that reads ahead."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fvdrift.errors import ForcingError
from fvdrift.forcing import FrameReader, Series, open_series

from .odd_files import small_file, u_value


@pytest.fixture
def series(tmp_path: Path) -> Iterator[Series]:
    with open_series([small_file(tuple(range(12))).write(tmp_path / "a.nc")]) as series:
        yield series


def wait_for(condition: object, seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:  # type: ignore[operator]
        time.sleep(0.01)
    return bool(condition())  # type: ignore[operator]


@pytest.mark.parametrize("ahead", [1, 3])
@pytest.mark.parametrize("frames", [list(range(12)), list(range(11, -1, -1)), [3, 3, 4], []])
def test_frames_come_in_the_order_asked_for(series: Series, frames: list[int], ahead: int) -> None:
    with FrameReader(series, ["u", "wet"], frames, ahead) as reader:
        seen = []
        for frame, fields in reader:
            seen.append(frame)
            assert np.array_equal(fields["u"], u_value(frame))
            assert set(fields) == {"u", "wet"}
        assert seen == frames
        assert next(reader, None) is None
        assert (reader.read_s > 0) == bool(frames)


@pytest.mark.parametrize("ahead", [1, 2])
def test_no_more_is_read_ahead_than_asked_for(series: Series, ahead: int, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[int] = []
    read = series.read

    def counted(frame: int, names: list[str]) -> dict[str, np.ndarray]:
        reads.append(frame)
        return read(frame, names)

    monkeypatch.setattr(series, "read", counted)
    with FrameReader(series, ["u"], range(12), ahead) as reader:
        assert wait_for(lambda: len(reads) == ahead)
        time.sleep(0.3)
        assert reads == list(range(ahead))
        next(reader)
        assert wait_for(lambda: len(reads) == ahead + 1)
        time.sleep(0.3)
        assert reads == list(range(ahead + 1))


def test_an_error_comes_out_where_the_frame_is_needed(series: Series, monkeypatch: pytest.MonkeyPatch) -> None:
    read = series.read

    def fail_at_two(frame: int, names: list[str]) -> dict[str, np.ndarray]:
        if frame == 2:
            raise ForcingError("a.nc: u: cannot be read")
        return read(frame, names)

    monkeypatch.setattr(series, "read", fail_at_two)
    with FrameReader(series, ["u"], range(12)) as reader:
        assert next(reader)[0] == 0
        assert next(reader)[0] == 1
        with pytest.raises(ForcingError, match="cannot be read"):
            next(reader)
        assert next(reader, None) is None


def test_close_never_hangs(series: Series) -> None:
    began = time.monotonic()
    for taken in (0, 1, 12):
        reader = FrameReader(series, ["u"], range(12))
        for _ in range(taken):
            next(reader)
        reader.close()
        reader.close()
        assert next(reader, None) is None
        assert wait_for(lambda reader=reader: not reader._thread.is_alive())
    assert time.monotonic() - began < 5
    assert not any(thread.name == "fvdrift-frames" for thread in threading.enumerate())
