"""Loading the heavy libraries, told where it takes long: after a reboot or on a busy machine, and nowhere else."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from .failure import say

LONG_S = 2.0


@contextmanager
def loading(*, quiet: bool, long_s: float = LONG_S, tell: Callable[[str], None] = say) -> Iterator[None]:
    """Tell of it once what is within takes longer than `long_s`; not where `quiet`."""
    over = threading.Event()

    def watch() -> None:
        if not over.wait(long_s):
            tell("loading libraries (numba, netCDF4 ...)")

    watcher = threading.Thread(target=watch, name="fvdrift-loading", daemon=True)
    if quiet:
        yield
        return
    with suppress(RuntimeError):  # there can be no further thread
        watcher.start()
    try:
        yield
    finally:
        over.set()
        if watcher.ident is not None:
            watcher.join()
