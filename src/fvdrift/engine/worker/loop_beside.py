"""The particle loop, compiled by a copy of this process beside what this one compiles meanwhile: it takes longer than
all other kernels together, and Numba compiles one at a time in a process."""

import os
import signal
import threading
import warnings
from collections.abc import Sequence
from contextlib import suppress

from fvdrift.orders import WorkOrder
from fvdrift.process import Compiling, usable_cores
from fvdrift_kernels import keeping

from .warm_up import rehearse

_LOOP = "integrate.advance-"


class LoopBeside:
    """To be `begin`ned as soon as orders are known, and waited for in `finish` before the loop is called; leaving it
    ends what is still compiled."""

    def __init__(self, compiling: Compiling):
        self._compiling = compiling
        self._copy: int | None = None  # its process

    def __enter__(self) -> "LoopBeside":
        return self

    def __exit__(self, *_: object) -> None:
        if self._copy is not None:
            if self._copy > 0:
                with suppress(OSError):
                    os.kill(self._copy, signal.SIGKILL)
            self._wait()

    def begin(self, orders: Sequence[WorkOrder], geographic: bool) -> None:
        """Rehearse orders as far as their loop is compiled; of one that is not a copy of this process begins to, where
        there is a core for it. Raises RunFileError as `rehearse` does."""
        if usable_cores() < 2 or not _alone():
            return
        try:
            with keeping.refusing(_LOOP):
                rehearse(orders, geographic)
        except keeping.MissingError as missing:
            self._compiling.begin_beside(str(missing))  # from here on the copy says nothing of its own
            self._copy = _copied()
            if self._copy == 0:
                _compile(orders, geographic)

    def finish(self) -> None:
        """Wait until it is compiled."""
        if self._copy is not None:
            with self._compiling.waiting():
                self._wait()

    def _wait(self) -> None:
        if self._copy is not None and self._copy > 0:
            with suppress(ChildProcessError):
                os.waitpid(self._copy, 0)
        self._copy = None


def _alone() -> bool:
    """Whether no thread but ours might hold a lock that a copy would wait for, for ever, such as Numba's: those of a
    notebook might."""
    return all(
        thread is threading.main_thread() or thread.name.startswith("fvdrift-")
        for thread in threading.enumerate()
    )


def _copied() -> int:
    """A copy's process, 0 in the copy itself, -1 where there can be none."""
    with warnings.catch_warnings(), suppress(OSError):
        warnings.simplefilter("ignore")  # that there are threads: ours take no lock that compiling takes
        return os.fork()
    return -1


def _compile(orders: Sequence[WorkOrder], geographic: bool) -> None:
    """What the copy does; it never returns. What fails here is compiled again, and told, by who waits."""
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
            signal.signal(number, signal.SIG_DFL)
        rehearse(orders, geographic, moving_only=True)
    finally:
        os._exit(0)
