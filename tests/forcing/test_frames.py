"""The thread that reads ahead."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fvdrift.errors import ForcingError
from fvdrift.forcing.backward import BackwardForcing
from fvdrift.forcing.frames import FrameReader
from fvdrift.forcing.fvcom.series import Series, open_series

from .odd_files import small_file, u_value


@pytest.fixture
def series(tmp_path: Path) -> Iterator[Series]:
    with open_series([small_file(tuple(range(12))).write(tmp_path / "a.nc")]) as series:
        yield series


NAMES = ("u", "omega", "zeta", "h", "wet")


@pytest.fixture
def deflated(tmp_path: Path) -> Iterator[Series]:
    """Two files with levels at the bed first and no wet_cells: all that reading takes care of."""
    files = []
    for number, hours in enumerate((range(6), range(6, 12))):
        file = small_file(tuple(hours))
        file.set("siglay", file.values("siglay")[::-1]).set("siglev", file.values("siglev")[::-1])
        files.append(file.write(tmp_path / f"{number}.nc", zlib=True))
    with open_series(files) as series:
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
def test_no_more_is_read_ahead_than_asked_for(
    series: Series, ahead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
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


def test_an_error_comes_out_where_the_frame_is_needed(
    series: Series, monkeypatch: pytest.MonkeyPatch
) -> None:
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


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("wanted", [2, 3, 9])
def test_threads_give_what_one_gives(deflated: Series, wanted: int, backward: bool) -> None:
    seen = BackwardForcing(deflated) if backward else deflated
    order = [0, 1, 2, 4, 6, 5, 11, 11, 3]
    with (
        FrameReader(seen, NAMES, order, wanted=0) as one,
        FrameReader(seen, NAMES, order, wanted=wanted) as several,
    ):
        assert (one.readers, several.readers) == (1, min(wanted, len(NAMES)))
        for (frame, expected), (same, fields) in zip(one, several, strict=True):
            assert frame == same
            assert list(fields) == list(NAMES)
            for name in NAMES:
                assert fields[name].dtype == expected[name].dtype
                assert fields[name].flags.writeable
                assert fields[name].flags.c_contiguous
                np.testing.assert_array_equal(fields[name], expected[name])
        assert several.read_s > 0
        assert several.wait_s > 0


def test_fields_are_read_side_by_side(series: Series, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each waits until all of them are being read."""
    read, together = series.read, threading.Barrier(3, timeout=10)

    def meet(frame: int, names: list[str]) -> dict[str, np.ndarray]:
        together.wait()
        return read(frame, names)

    monkeypatch.setattr(series, "read", meet)
    with FrameReader(series, ["u", "omega", "zeta"], range(3), wanted=3) as reader:
        assert [frame for frame, _ in reader] == [0, 1, 2]


def test_of_several_errors_the_first_field_tells(series: Series, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(frame: int, names: list[str]) -> dict[str, np.ndarray]:
        time.sleep(0.1 if names[0] == "u" else 0.0)
        raise ForcingError(f"a.nc: {names[0]}: cannot be read")

    monkeypatch.setattr(series, "read", fail)
    with FrameReader(series, ["u", "zeta"], range(12), wanted=2) as reader:
        with pytest.raises(ForcingError, match=r"a\.nc: u: cannot be read"):
            next(reader)
        assert next(reader, None) is None


@pytest.mark.parametrize(
    ("cores", "busy", "readers"), [(1, 1, 1), (2, 1, 1), (4, 1, 3), (64, 4, 4), (4, 64, 1)]
)
def test_auto_takes_cores_that_nobody_keeps_busy(
    series: Series, monkeypatch: pytest.MonkeyPatch, cores: int, busy: int, readers: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)))
    with FrameReader(series, NAMES, range(2), wanted="auto", busy=busy) as reader:
        assert reader.readers == readers


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


@pytest.mark.parametrize("wanted", [1, 3])
def test_a_checksum_that_does_not_hold_is_told_with_file_variable_and_time(
    tmp_path: Path, wanted: int
) -> None:
    path = small_file(tuple(range(12))).write(tmp_path / "a.nc", fletcher32=True)
    content = bytearray(path.read_bytes())
    content[content.index(u_value(7).tobytes())] ^= 0xFF
    path.write_bytes(content)
    with open_series([path]) as series, FrameReader(series, NAMES, range(12), wanted=wanted) as reader:
        assert [next(reader)[0] for _ in range(7)] == list(range(7))
        with pytest.raises(ForcingError, match=r"a\.nc: u: cannot be read at 2020-05-01T07:00:00Z"):
            next(reader)
