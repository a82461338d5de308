"""Compiling, told to who waits for it: what and how long before it begins, how far it is, and what it took.

Numba compiles a kernel when it is first called with new types, wherever that happens, and says so by events; for what
it takes up from the cache there is none.
"""

import gc
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from numba.core import event

from fvdrift.tools.duration import wall_time

from . import kernel_cache

LOG_S, REDRAW_S = 10.0, 1.0
LOOP = "advance"
_FIRST_TIME = "about a minute, more where much is asked for or the machine is busy"
# Seconds that it takes on a core of 2026: the plainest loop, and each kind more that its arguments are made of. Beside other
# work 10, 15, 20, 20 and 26 kinds took 20, 38, 49, 64 and 60.
_LOOP_S, _KIND_S = 15.0, 3.0
_KIND, _PLAINEST = re.compile(r"\b[A-Z]\w*(?=\()"), 10
_LEAST_PACE, _MOST_PACE = 0.05, 50.0
_REMEMBERED = 5  # of them the median counts: one beside other work tells little


class Compiling(event.Listener):
    """Tells of what this process compiles while it is entered; a quiet one only counts.

    others_wait: whether other ranks do, each node compiling for itself. seconds, kernels: spent so far, and compiled.
    """

    def __init__(
        self,
        *,
        quiet: bool,
        others_wait: bool = False,
        stream: TextIO | None = None,
        now: Callable[[], float] = time.monotonic,
    ):
        self._stream = sys.stderr if stream is None else stream
        self._quiet = quiet or self._stream is None
        self._terminal = not self._quiet and self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._once = "once on each node, while other ranks wait" if others_wait else "once"
        self._now = now
        self._pace, self._collects = _Pace(), True
        self._depth, self._began, self._announced, self._told = 0, 0.0, False, (0, 0.0)
        self._doing, self._expected_s, self._guessed = "", 0.0, False
        self._beside: tuple[str, float] | None = None  # types of a loop that a copy compiles, and since when
        self._ended = threading.Event()
        self.seconds, self.kernels = 0.0, 0

    def __enter__(self) -> "Compiling":
        event.register("numba:compile", self)  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *_: object) -> None:
        event.unregister("numba:compile", self)  # type: ignore[no-untyped-call]
        self.settle()

    def clock(self) -> float:
        """Seconds that pass while nothing is compiled."""
        now = self._now()
        return now - self.seconds - (now - self._began if self._depth else 0.0)

    def settle(self) -> None:
        """Say what was compiled, where that was not said yet."""
        kernels, seconds = self.kernels - self._told[0], self.seconds - self._told[1]
        if kernels and self._announced:
            self._say(f"compiled {kernels} kernel(s) in {wall_time(seconds)}")
        self._told, self._announced = (self.kernels, self.seconds), False

    def begin_beside(self, types: str) -> None:
        """A copy of this process has begun to compile the loop for arguments of these types."""
        self._beside = (types, self._now())
        self._announce(LOOP, types)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """For the copy, with nothing to do."""
        assert self._beside is not None
        types, since = self._beside
        self._depth, self._began = self._depth + 1, self._now()
        yield
        self._beside = None
        self._count(types, self._now() - since if self._now() - self._began >= 1 else 0.0)

    def on_start(self, happening: Any) -> None:
        """Numba begins to compile a function, which may be one within another."""
        self._depth += 1
        if self._depth == 1:
            self._began = self._now()
            self._collects = gc.isenabled()
            gc.disable()  # it finds next to nothing, and took a fourteenth of the time
            if self._beside is None:
                self._announce(happening.data["dispatcher"].__name__, str(happening.data["args"]))

    def on_end(self, happening: Any) -> None:
        """It has ended with it."""
        if self._depth > 1:
            self._depth -= 1
        else:
            if self._collects:
                gc.enable()
            self._count(str(happening.data["args"]), self._now() - self._began)

    def _count(self, types: str, loop_s: float) -> None:
        """One more is compiled. loop_s: that the loop took, where it was the loop."""
        self.seconds += self._now() - self._began
        self.kernels += 1
        self._depth -= 1
        if self._beside is not None:
            return
        self._ended.set()
        if self._doing == LOOP and loop_s > 0:
            self._pace.was(loop_s / _loop_seconds(types))
        self._write("\r\x1b[K" if self._terminal else "")

    def _announce(self, name: str, types: str) -> None:
        self._doing, self._expected_s = name, 0.0
        if name == LOOP:
            pace = self._pace.now()
            self._expected_s, self._guessed = (pace or 1.0) * _loop_seconds(types), pace is None
            expected = _FIRST_TIME if self._guessed else _about(self._expected_s)
            self._say(f"compiling the particle loop for these options, {self._once}, {expected}")
        elif not self._announced:
            self._say(f"compiling small kernels that this needs, {self._once}, a second or two each")
        self._announced = True
        if not self._quiet:
            self._ended = threading.Event()
            teller = threading.Thread(
                target=self._tell, args=(self._ended, self._now()), name="fvdrift-compiling", daemon=True
            )
            with suppress(RuntimeError):  # there can be no further thread
                teller.start()

    def _tell(self, ended: threading.Event, began: float) -> None:
        while not ended.wait(REDRAW_S if self._terminal else LOG_S):
            line = self.line(self._now() - began)
            self._write(f"\r{line}\x1b[K" if self._terminal else line + "\n")

    def line(self, so_far_s: float) -> str:
        """How far it is with what it does now."""
        if self._doing == LOOP:
            known = not self._guessed and so_far_s <= self._expected_s
            return f"compiling the particle loop: {so_far_s:.0f} s{f' of {_about(self._expected_s)}' if known else ''}"
        return f"compiling {self._doing}: {so_far_s:.0f} s, {self.kernels} kernel(s) before it"

    def _say(self, sentence: str) -> None:
        self._write(("\r\x1b[K" if self._terminal else "") + sentence + "\n")

    def _write(self, text: str) -> None:
        if not self._quiet and text:
            with suppress(OSError, ValueError):  # nobody listens any more
                self._stream.write(text)
                self._stream.flush()


def _loop_seconds(types: str) -> float:
    """By the kinds of which its arguments are made."""
    return _LOOP_S + _KIND_S * max(0, len(set(_KIND.findall(types))) - _PLAINEST)


def _about(seconds: float) -> str:
    """No finer than it can be known."""
    if seconds < 50:
        return f"about {max(5, 5 * round(seconds / 5))} s"
    return "about a minute" if seconds < 90 else f"about {round(seconds / 60)} minutes"


class _Pace:
    """How much longer than expected this machine takes, by the last few times: kept beside compiled kernels."""

    def now(self) -> float | None:
        """None where it has not compiled the loop yet."""
        known = sorted(self._known())
        return min(max(known[len(known) // 2], _LEAST_PACE), _MOST_PACE) if known else None

    def was(self, pace: float) -> None:
        path = self._path()
        with suppress(OSError):
            if path is not None:
                path.write_text("".join(f"{each:.3f}\n" for each in [*self._known(), pace][-_REMEMBERED:]))

    def _known(self) -> list[float]:
        path = self._path()
        with suppress(OSError, ValueError):
            if path is not None:
                return [float(each) for each in path.read_text().split()]
        return []

    def _path(self) -> Path | None:
        folder = kernel_cache.set_up()
        return None if folder is None else folder.parent / "pace"
