"""Signals that ask a run to stop, or to keep a checkpoint and go on: noticed here, acted on elsewhere, where
it is safe.

SIGTERM, SIGINT, SIGUSR1 and SIGHUP (a terminal that closes) stop a run, SIGUSR2 asks for a checkpoint.
Launchers and terminals may both pass one signal on, so the same within a second counts once; a later one ends
the process at once, as if nobody had listened, or the run alone where the process has more to do than the
run.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from fvdrift.errors import Interrupted


def never() -> bool:
    """Nobody asks to stop."""
    return False


STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGHUP)
KEEPING = signal.SIGUSR2
# copies of one signal come within milliseconds; who presses Ctrl-C twice takes longer than this to mean it
ONCE_S = 1.0


class Signals:
    """What this process was asked. stop: name of the signal that asked to stop, or ""; keep: whether a
    checkpoint is wanted.

    spare_process: a second signal to stop raises KeyboardInterrupt, and doesn't end the process.
    """

    def __init__(self, spare_process: bool = False) -> None:
        self._spare_process = spare_process
        self.stop, self.keep = "", False
        self._since = 0.0
        self._held = False

    @contextmanager
    def held(self) -> Iterator[None]:
        """A stretch that looks at `stop` itself; outside it a signal to stop raises Interrupted at once."""
        before, self._held = self._held, True
        try:
            yield
        finally:
            self._held = before

    def notice(self, number: int, frame: FrameType | None) -> None:
        """The handler of all of them."""
        if number == KEEPING:
            self.keep = True
            return
        if self.stop:
            if time.monotonic() - self._since > ONCE_S:
                if self._spare_process:
                    raise KeyboardInterrupt
                signal.signal(number, signal.SIG_DFL)
                os.kill(os.getpid(), number)
            return
        self.stop, self._since = signal.Signals(number).name, time.monotonic()
        if not self._held:
            self.check()

    def check(self) -> None:
        """Raises Interrupted if a signal asked to stop and there is nothing to be kept."""
        if self.stop:
            raise Interrupted(
                f"stopped by {self.stop} before the first step: nothing was lost, give the same command again"
            )


@contextmanager
def listening(to_the_end: bool = False, *, spare_process: bool = False) -> Iterator[Signals]:
    """Signals to this process are noticed, within. Those that whoever started it had ignored stay so, as
    nohup means it.

    to_the_end: the process ends behind it, and what comes then is ignored: the run is over, and its exit code
    is to say how. spare_process: as `Signals` has it.
    """
    signals = Signals(spare_process)
    before = {}
    if threading.current_thread() is threading.main_thread():  # others cannot have handlers
        for number in (*STOPPING, KEEPING):
            # None: of a program round Python, and can't be put back
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                before[number] = signal.signal(number, signals.notice)
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if to_the_end else handler)


class Alarm:
    """What a run knows of the signals to all its ranks. This one is of a single process; `transport.alarm`
    has that of many."""

    def __init__(self, signals: Signals):
        self._signals = signals

    @property
    def reason(self) -> str:
        """Which signal asked to stop, and where; "" if none did."""
        return self._signals.stop

    def asked(self) -> bool:
        """Whether the run was asked to stop."""
        return bool(self._signals.stop)

    def wanted(self) -> bool:
        """Whether a checkpoint was asked for since this was last called."""
        wanted, self._signals.keep = self._signals.keep, False
        return wanted
