"""What is said when something goes wrong, and how the ranks that don't know of it are ended. Not where it is
noticed."""

import errno
import fcntl
import os
import stat
import sys
import termios
import time
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING

from fvdrift.errors import INTERRUPTED, FvdriftError, RunFileError, blame_of, phase_of

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

THEIRS = "calling the function given as progress"
# who reads at all does so within milliseconds, and who does not must not hold up the end
HEARD_WITHIN_S = 2.0


def end_all(communicator: "Intracomm", error: BaseException) -> int:
    """This rank failed and the others don't know: say so and end them all, or they would wait for it for
    ever."""
    code = 1
    try:
        if isinstance(error, FvdriftError):
            code = error.exit_code
            say(sentence(error, communicator.rank))
        elif isinstance(error, KeyboardInterrupt):
            code = INTERRUPTED
            if communicator.rank == 0:
                say("fvdrift: interrupted")
        else:
            code, why, phase = code_of(error), denied(error), phase_of(error)
            where = f"on rank {communicator.rank}{f' {phase}' if phase else ''}"
            say(f"fvdrift: error {where}: {why}" if why else unexpected(error, communicator.rank))
        _wait_until_heard()
    finally:  # a signal may come meanwhile
        communicator.Abort(code)
    return code


def _wait_until_heard() -> None:
    """Until the launcher has read what was said: MPICH's drops words it meets together with an Abort (16 of
    300 times)."""
    try:
        pipe = sys.stderr.fileno()
        if not stat.S_ISFIFO(os.fstat(pipe).st_mode):
            return
        until = time.monotonic() + HEARD_WITHIN_S
        while (
            int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)
            and time.monotonic() < until
        ):
            time.sleep(0.001)
    except (OSError, ValueError, AttributeError):  # stderr is closed, or stands for something that is no file
        return


def sentence(error: FvdriftError, rank: int | None = None) -> str:
    """What the person is told, a line for each problem of a run file."""
    problems = str(error).splitlines() or [type(error).__name__]
    speaker = "fvdrift: error" if rank is None else f"fvdrift: error on rank {rank}"
    if len(problems) == 1 or error.exit_code != 2:
        return f"{speaker}: {error}"
    return "\n  ".join([f"{speaker}: {len(problems)} problems", *problems])


def unexpected(error: BaseException, rank: int | None) -> str:
    """Of an error that nothing explains: ours, unless it came out of a function of the person's own."""
    phase = phase_of(error)
    rank_said = "" if rank is None else f"on rank {rank}"
    where = "".join(f" {said}" for said in (rank_said, phase, blame_of(error)) if said)
    fault = (
        ""
        if phase == f"while {THEIRS}"
        else "This is a fault of fvdrift: please report it with the lines above."
    )
    return (
        f"fvdrift: unexpected error{where}: {type(error).__name__}: {error}\n"
        f"{''.join(traceback.format_exception(error))}{fault}"
    ).rstrip("\n")


def denied(error: BaseException) -> str:
    """A sentence where it was what surrounds the process that was at fault, not fvdrift; else ""."""
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
        return "there is not enough memory: look at ulimit -v and at what else runs here; plan says what a run needs"
    if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        return "no further thread can be started: look at ulimit -u and ulimit -v"
    if getattr(error, "errno", None) in (errno.EMFILE, errno.ENFILE):
        return f"too many files are open ({error}): look at ulimit -n"
    if isinstance(error, OSError) and _too_long(error):
        return f"{error.filename}: its name is longer than this system takes"
    if isinstance(error, ImportError | OSError) and "shared object" in str(error):
        reason = str(error).partition(". ")[0]
        return f"a library could not be loaded, which not enough memory (ulimit -v) may be the cause of: {reason}"
    try:
        if isinstance(error, FileNotFoundError):
            os.getcwd()
    except OSError:
        return "the folder that fvdrift was started in is gone: change to another one"
    return ""


def code_of(error: BaseException) -> int:
    """What a process ends with after an error that is none of fvdrift's: a name that is too long was given, as a wrong one
    is."""
    return RunFileError.exit_code if _too_long(error) else 1


def _too_long(error: BaseException) -> bool:
    return getattr(error, "errno", None) == errno.ENAMETOOLONG


def say(message: str) -> None:
    """In one piece, so that the words of several ranks don't mix, behind what standard output was given before."""
    with suppress(OSError, ValueError, AttributeError, FvdriftError):  # it is closed, or there is none
        sys.stdout.flush()
    with suppress(OSError, ValueError, AttributeError, FvdriftError):
        sys.stderr.write(message + "\n")
        sys.stderr.flush()
