"""A rank whose launcher is gone leaves at once: nobody would ever end it, and it might wait for the other
ranks for ever.

The launcher is the nearest ancestor that is not a copy itself: shells, `env` and `time` between the two don't
hide its end. It ends a rank as SIGKILL does, with whole files; so no handler and no other rank is needed, and
it works in every phase.
"""

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

LOOK_EVERY_S = 2.0  # where the kernel (before Linux 5.3) cannot wake us


def leave_with_launcher(is_copy: Callable[[Mapping[str, str]], bool]) -> None:
    """Have this process end when its launcher does. is_copy: whether a process with that environment is of
    this rank."""
    launcher = _launcher(is_copy)
    if launcher > 1:  # whoever has 1 ends with all of its container; 0 is outside of it
        threading.Thread(target=_leave_after, args=(launcher,), name="launcher's end", daemon=True).start()


def _launcher(is_copy: Callable[[Mapping[str, str]], bool]) -> int:
    """Its process; 0 or 1 where there is none. One that ended before is not missed: then MPI cannot be
    initialised."""
    process = os.getppid()
    while process > 1 and is_copy(_environment(process)):
        process = _parent(process)
    return process


def _environment(process: int) -> dict[str, str]:
    """What it was started with; nothing where it belongs to another user, as SLURM's daemon does."""
    try:
        words = Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
    except OSError:
        return {}
    return dict(os.fsdecode(word).split("=", 1) for word in words if b"=" in word)


def _parent(process: int) -> int:
    try:
        # its name may hold brackets
        return int(Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()[1])
    except OSError:
        return 0


def _leave_after(launcher: int) -> None:
    try:
        watched = select.poll()
        watched.register(os.pidfd_open(launcher), select.POLLIN)
        watched.poll()
    except ProcessLookupError:
        pass  # it has ended already
    except (OSError, AttributeError):
        while _lives(launcher):
            time.sleep(LOOK_EVERY_S)
    os.kill(os.getpid(), signal.SIGKILL)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except PermissionError:  # it is another user's
        return True
    except ProcessLookupError:
        return False
    return True
