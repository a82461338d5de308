"""How far a run has come, in model time: one line redrawn on a terminal, or one now and then. Nothing is
counted."""

import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple, TextIO

from fvdrift.tools.duration import DAY, wall_time

if TYPE_CHECKING:
    import numpy as np

REDRAW_S = 0.2  # faster is only flicker
LOG_S = 60.0
LOG_FRACTION = 0.05
_WARNING = re.compile(r"(member [0-9]+: )?warning: ")


class Moment(NamedTuple):
    """Where a run is.

    Parameters
    ----------
    time_us
        Model time in microseconds, since 1970 where there is a calendar, else since the run's own zero.
    calendar
        Whether there is one.
    fraction
        Of the run, from 0 to 1.
    counts
        Particles by status.
    particle_steps
        Since the start.
    on_dry
        Active particles where it is dry.
    """

    time_us: int
    calendar: bool
    fraction: float
    counts: dict[str, int]
    particle_steps: int
    on_dry: int = 0

    @property
    def time(self) -> "np.datetime64 | np.timedelta64":
        """A date and time of NumPy, or a time since the run's own zero."""
        import numpy as np

        return np.datetime64(self.time_us, "us") if self.calendar else np.timedelta64(self.time_us, "us")


def counts_in_words(counts: Mapping[str, int], on_dry: int = 0) -> list[str]:
    """By status, those that there are: "912 active (30 on dry flats)", "61 exited"."""
    said = {status: f"{count:,} {status.replace('_', ' ')}" for status, count in counts.items() if count}
    if on_dry:
        said["active"] += f" ({on_dry:,} on dry flats)"
    return list(said.values())


def is_warning(sentence: str) -> bool:
    """Whether a sentence of the log is one that even a quiet run tells."""
    return _WARNING.match(sentence) is not None


class Progress:
    """The progress of one run from `start_us` to `end_us` (backward: from the later to the earlier), on rank
    0.

    `calendar`: whether times are since 1970, else since the run's own zero. A quiet one prints warnings only,
    and one whose stream breaks (a closed terminal) nothing: no run ends because nobody watches it any more.
    `tell` is called each time, quiet or not; what it raises is not caught. `spoken` turns lines of the log into the
    words of whoever called.
    """

    def __init__(
        self,
        start_us: int,
        end_us: int,
        calendar: bool,
        *,
        stream: TextIO | None = None,
        quiet: bool = False,
        now: Callable[[], float] = time.monotonic,
        tell: Callable[[Moment], None] | None = None,
        spoken: Callable[[str], str] = str,
    ):
        self._spoken = spoken
        self._start_us, self._end_us, self._calendar = start_us, end_us, calendar
        self._stream = sys.stderr if stream is None else stream
        self._broken = self._stream is None  # a program without a terminal
        self._quiet = quiet or self._broken
        self._now, self._tell = now, tell
        self._terminal = not self._quiet and self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._began = now()
        self._drawn = ""  # what stands in the line now
        self._told_at = -float("inf") if self._terminal else self._began
        self._told_fraction = 0.0

    def begin(self) -> None:
        """The first step is about to be taken: speed and time left count from here."""
        self._began = self._now()

    def update(
        self, model_time_us: int, counts: Mapping[str, int], particle_steps: int, on_dry: int = 0
    ) -> None:
        """All particles have come to `model_time_us`; `counts` by status, `particle_steps` done since the
        start; on_dry: active particles where it is dry."""
        span = self._end_us - self._start_us
        fraction = (model_time_us - self._start_us) / span if span else 1.0
        if self._tell is not None:
            self._tell(Moment(model_time_us, self._calendar, fraction, dict(counts), particle_steps, on_dry))
        if self._quiet:
            return
        said, now = counts_in_words(counts, on_dry), self._now()
        if self._terminal:
            if now - self._told_at >= REDRAW_S or fraction >= 1:
                self._told_at = now
                width = shutil.get_terminal_size().columns - 1
                self._drawn = self._line(model_time_us, fraction, said, particle_steps, now)[:width]
                self._write(f"\r{self._drawn}\x1b[K")
        elif now - self._told_at >= LOG_S or fraction - self._told_fraction >= LOG_FRACTION - 1e-9:
            self._told_at, self._told_fraction = now, fraction
            self._write(self._line(model_time_us, fraction, said, particle_steps, now) + "\n")

    def say(self, text: str) -> None:
        """A line of the log, that stays."""
        if self._quiet and not is_warning(text):
            return
        text = self._spoken(text)
        if self._drawn:
            self._write(f"\r\x1b[K{text}\n{self._drawn}")
        else:
            self._write(text + "\n")

    def done(self, summary: str) -> None:
        """The last line; what was drawn stays above it."""
        if self._quiet:
            summary = "\n".join(line for line in summary.splitlines() if is_warning(line))
        if not summary:
            return
        self._write(("\n" if self._drawn else "") + self._spoken(summary) + "\n")
        self._drawn = ""

    def _line(self, model_time_us: int, fraction: float, said: list[str], steps: int, now: float) -> str:
        wall = now - self._began
        parts = [self._model_time(model_time_us), f"{100 * fraction:3.0f} %", wall_time(wall)]
        parts += said
        if wall > 0:
            parts.append(f"{_short(steps / wall)} particle-steps/s")
            if 0 < fraction < 1:
                parts.append(f"{wall_time(wall * (1 - fraction) / fraction)} left")
        return "  ".join(parts)

    def _model_time(self, model_time_us: int) -> str:
        if not self._calendar:
            return f"day {model_time_us // DAY} " + wall_time(model_time_us / 1e6 % 86_400)
        from fvdrift.tools.calendar import format_time

        return format_time(model_time_us, True)[:19].replace("T", " ")

    def _write(self, text: str) -> None:
        if self._broken:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # ValueError: the stream was closed
            self._broken = self._quiet = True


def _short(number: float) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.3g} {letter}"
    return f"{number:.3g}"
