"""What is told of compiling, and that no clock of a run counts it."""

import io

import numba
import pytest
from numba.core import event

from fvdrift.process import Compiling, Progress, kernel_cache


class Clock:
    seconds = 0.0

    def __call__(self):
        return self.seconds


class Named:
    def __init__(self, name):
        self.__name__ = name


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    folder = tmp_path / "kernels"
    folder.mkdir()
    monkeypatch.setattr(kernel_cache, "set_up", lambda: folder)


def compiled(clock, name, seconds, types="(int64,)", within=0):
    """As Numba tells it."""
    with event.trigger_event("numba:compile", {"dispatcher": Named(name), "args": types}):
        for _ in range(within):
            compiled(clock, "inlined", seconds / within)
        clock.seconds += 0 if within else seconds


def test_the_loop_is_announced_before_it_is_compiled_by_what_it_took_before():
    stream, clock = io.StringIO(), Clock()
    with Compiling(quiet=False, stream=stream, now=clock) as compiling:
        compiled(clock, "find_elements", 1.0)
        compiled(clock, "distances", 1.0)
        compiled(clock, "advance", 30.0, within=3)
        assert compiling.line(12.0) == "compiling the particle loop: 12 s"  # nobody knows yet
    small, loop, done = stream.getvalue().splitlines()
    assert small == "compiling small kernels that this needs, once, a second or two each"
    assert loop.startswith("compiling the particle loop for these options, once, about a minute, more where")
    assert done == "compiled 3 kernel(s) in 0:32"
    assert (compiling.kernels, compiling.seconds) == (3, 32.0)
    again = io.StringIO()
    with Compiling(quiet=False, stream=again, now=clock, others_wait=True):
        compiled(clock, "advance", 30.0)
        assert compiling_line(again) == "once on each node, while other ranks wait, about 30 s"


def compiling_line(stream):
    return stream.getvalue().splitlines()[-1].partition("options, ")[2]


def test_what_to_expect_is_the_middle_of_what_was_measured_by_kinds_of_arguments():
    """Twelve kinds more than ten take 36 s more than 15: 51 s at the pace of 1."""
    clock, stream = Clock(), io.StringIO()
    many = f"({', '.join(f'K{kind}(1)' for kind in range(22))})"
    with Compiling(quiet=False, stream=stream, now=clock) as compiling:
        for seconds in (30.0, 33.0, 150.0, 27.0, 30.0):  # one beside other work
            compiled(clock, "advance", seconds)
        compiled(clock, "advance", 102.0, types=many)
        assert compiling_line(stream) == "once, about 2 minutes"
        for _ in range(3):
            compiled(clock, "advance", 51.0, types=many)
        compiled(clock, "advance", 15.0)
        assert compiling_line(stream) == "once, about 15 s"
        assert compiling.line(14.0) == "compiling the particle loop: 14 s of about 15 s"
        assert compiling.line(40.0) == "compiling the particle loop: 40 s"


def test_nothing_is_said_where_nothing_is_compiled_or_nobody_wants_to_know():
    stream, clock = io.StringIO(), Clock()
    with Compiling(quiet=False, stream=stream, now=clock):
        pass
    with Compiling(quiet=True, stream=stream, now=clock) as compiling:
        compiled(clock, "advance", 30.0)
    assert (stream.getvalue(), compiling.seconds) == ("", 30.0)


def test_speed_and_time_left_count_neither_compiling_nor_getting_ready():
    stream, clock = io.StringIO(), Clock()
    with Compiling(quiet=False, stream=io.StringIO(), now=clock) as compiling:
        progress = Progress(0, 10_000_000, False, stream=stream, now=compiling.clock)
        compiled(clock, "advance", 80.0)
        clock.seconds += 20.0
        progress.begin()
        compiled(clock, "sample_surface", 5.0)
        clock.seconds += 1.0
        progress.update(5_000_000, {"active": 1}, 3_000_000)
    assert "0:01  1 active  3 M particle-steps/s  0:01 left" in stream.getvalue()


def test_numba_tells_of_what_it_compiles_and_not_of_what_is_there():
    @numba.njit
    def one_more(i):
        return i + 1

    with Compiling(quiet=True) as compiling:
        assert one_more(1) == one_more(2) - 1 == 2
    assert compiling.kernels == 1
    assert compiling.seconds > 0
