"""What a run says of its progress on a terminal, in a log, and when nobody listens."""

import io

import pytest

from fvdrift.process.progress import Progress
from fvdrift.tools.duration import wall_time

MAY_FIRST = 1_588_291_200_000_000
HOUR = 3_600_000_000


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    seconds = 0.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")


def test_a_terminal_line_is_redrawn_at_most_five_times_a_second(clock):
    stream = Terminal()
    progress = Progress(MAY_FIRST, MAY_FIRST + 10 * HOUR, True, stream=stream, now=clock)
    for step in range(100):
        clock.seconds = step * 0.01
        progress.update(MAY_FIRST + step * HOUR // 10, {"active": 10}, step)
    assert stream.getvalue().count("\r") == 5
    assert "\n" not in stream.getvalue()


def test_a_line_tells_model_time_counts_speed_and_time_left(clock):
    stream = Terminal()
    progress = Progress(MAY_FIRST, MAY_FIRST + 10 * HOUR, True, stream=stream, now=clock)
    clock.seconds = 60.0
    progress.update(
        MAY_FIRST + 4 * HOUR, {"not_released": 5, "active": 12345, "stranded": 0, "exited": 2}, 120_000_000
    )
    line = stream.getvalue()
    assert "2020-05-01 04:00:00   40 %  1:00  5 not released  12,345 active  2 exited" in line
    assert "2 M particle-steps/s  1:30 left" in line


def test_the_story_stands_above_the_line(clock):
    stream = Terminal()
    progress = Progress(MAY_FIRST, MAY_FIRST + HOUR, True, stream=stream, now=clock)
    progress.update(MAY_FIRST, {"active": 1}, 0)
    drawn = stream.getvalue()
    progress.say("the mesh was cut anew")
    assert stream.getvalue().startswith(f"{drawn}\r\x1b[Kthe mesh was cut anew\n2020-05-01 00:00:00")
    progress.done("done")
    assert stream.getvalue().endswith("active\ndone\n")


def test_a_narrow_terminal_cuts_the_line(clock, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    stream = Terminal()
    Progress(MAY_FIRST, MAY_FIRST + HOUR, True, stream=stream, now=clock).update(
        MAY_FIRST, {"active": 10**9}, 0
    )
    assert len(stream.getvalue().strip("\r").removesuffix("\x1b[K")) == 29


def test_a_log_gets_a_line_every_twentieth_or_minute(clock):
    stream = io.StringIO()
    progress = Progress(0, 1000 * HOUR, False, stream=stream, now=clock)
    for step in range(1, 1001):
        progress.update(step * HOUR, {"active": 1}, step)
    assert len(stream.getvalue().splitlines()) == 20

    stream = io.StringIO()
    progress = Progress(0, 1000 * HOUR, False, stream=stream, now=clock)
    for step in range(1, 11):
        clock.seconds += 30
        progress.update(step * HOUR, {"active": 1}, step)
    assert len(stream.getvalue().splitlines()) == 5
    assert "\r" not in stream.getvalue()
    assert stream.getvalue().startswith("day 0 2:00:00")


def test_a_backward_run_counts_down(clock):
    stream = io.StringIO()
    progress = Progress(MAY_FIRST + 10 * HOUR, MAY_FIRST, True, stream=stream, now=clock)
    progress.update(MAY_FIRST + HOUR, {"active": 1}, 1)
    assert stream.getvalue().startswith("2020-05-01 01:00:00   90 %")


def test_quiet_says_warnings_alone(clock):
    stream = Terminal()
    progress = Progress(0, HOUR, False, stream=stream, quiet=True, now=clock)
    progress.update(HOUR, {"active": 1}, 1)
    progress.say("story")
    progress.say("warning: odd")
    progress.say("member 02: warning: odd")
    progress.say("of warning: nothing")
    progress.done("done\nwarning: odd at the end")
    assert stream.getvalue() == "warning: odd\nmember 02: warning: odd\nwarning: odd at the end\n"


def test_a_closed_terminal_does_not_end_the_run(clock):
    stream = io.StringIO()
    progress = Progress(0, HOUR, False, stream=stream, now=clock)
    stream.close()
    progress.say("story")
    progress.update(HOUR, {"active": 1}, 1)
    progress.done("done")


def test_a_run_of_no_length_is_done(clock):
    stream = io.StringIO()
    Progress(0, 0, False, stream=stream, now=clock).update(0, {}, 0)
    assert "100 %" in stream.getvalue()


def test_wall_time_is_short():
    assert [wall_time(7), wall_time(754), wall_time(11107)] == ["0:07", "12:34", "3:05:07"]
