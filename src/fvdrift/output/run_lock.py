"""One run per output: NAME.lock beside NAME.nc, held while anything there is written. Not what is written.

The lock is flock's on that file, which ends with the process however that ends; two runs of one process are
kept apart too. Where a file system has no flock, or keeps it to one host, the time of the file tells: whoever
holds it touches it every BEAT_S seconds. So what a killed run left is in nobody's way: on its own host at
once, on another one after some seconds. The text in the file is for who is refused.
"""

import datetime
import fcntl
import json
import os
import socket
import threading
import time
import weakref
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from fvdrift.errors import OutputError, RunFileError
from fvdrift.tools.new_file import Folder, lies_at, open_plain

from .paths import lock_path, make_folder

BEAT_S = 5.0
STILL_BEATS = 3.5  # beats without a sign of life: it is nobody's


@contextmanager
def locked(paths: Iterable[Path]) -> Iterator[Folder]:
    """Keep others from writing what belongs to these tracks or statistics, all in one folder, which is made.

    Raises RunFileError where another run writes it, OutputError where that cannot be told; then nothing is
    changed.
    """
    outputs = {lock_path(path): path for path in paths}
    first = next(iter(outputs.values()))
    with ExitStack() as stack:
        made = [folder for folder in first.absolute().parents if not folder.exists()]
        make_folder(first)
        folder = Folder(first)
        stack.callback(_let_go, folder, made)
        for output in outputs.values():
            stack.callback(_Lock(output).release)
        yield folder


class _Lock:
    """Held from when it is made until `release`."""

    def __init__(self, output: Path):
        self._path, self._output = lock_path(output), output
        self._released = threading.Event()
        try:
            self._descriptor = self._taken()
            with suppress(OSError):  # a full disk: the lock is held all the same
                os.ftruncate(self._descriptor, 0)
                os.pwrite(self._descriptor, json.dumps(_who()).encode() + b"\n", 0)
        except OSError as error:
            raise OutputError(f"{self._path}: cannot be written: {error.strerror or error}") from None
        os.register_at_fork(after_in_child=_leave_to_parent(weakref.ref(self)))
        self._thread = threading.Thread(target=self._beat, name="fvdrift-lock", daemon=True)
        self._thread.start()

    def release(self) -> None:
        """Remove the file while it is held: who has opened it meanwhile finds it gone, and makes another."""
        if self._descriptor < 0:
            return
        self._released.set()
        self._thread.join()
        with suppress(OSError):
            if lies_at(self._descriptor, self._path):
                self._path.unlink()
        self.forget()

    def forget(self) -> None:
        """Let go of the descriptor only."""
        descriptor, self._descriptor = self._descriptor, -1
        os.close(descriptor)

    def _taken(self) -> int:
        while True:
            descriptor, new = self._open()
            try:
                there = {} if new else self._told(descriptor)
                if self._is_held(descriptor, new, there):
                    raise self._refused(there)
                if lies_at(descriptor, self._path):
                    return descriptor
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)  # who held it has just removed it

    def _open(self) -> tuple[int, bool]:
        while True:
            with suppress(FileExistsError):
                return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666), True
            with suppress(FileNotFoundError):  # it may be removed just now
                return open_plain(self._path, os.O_RDWR), False

    def _is_held(self, descriptor: int, new: bool, there: dict[str, Any]) -> bool:
        """Whether another run has it; if not, this one has it now, or what nobody had is gone."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:  # there is no flock here: who makes the file has it
            if new or self._beats():
                return not new
            if lies_at(descriptor, self._path):
                self._path.unlink()
            return False
        return bool(there) and there["host"] != socket.gethostname() and self._beats()

    def _beats(self) -> bool:
        """Whether someone touches it; opened anew, as a network file system may remember an old time."""
        times = []
        for wait in (0.0, STILL_BEATS * BEAT_S):
            time.sleep(wait)
            with suppress(OSError), open(open_plain(self._path), "rb") as file:
                times.append(os.fstat(file.fileno()).st_mtime_ns)
        return len(set(times)) > 1

    def _beat(self) -> None:
        while not self._released.wait(BEAT_S):
            with suppress(OSError):
                os.utime(self._descriptor)

    def _told(self, descriptor: int) -> dict[str, Any]:
        """What it says of who took it, nothing where it was just made. Raises OutputError for another's
        file."""
        text = os.pread(descriptor, 4096, 0)
        try:
            told = json.loads(text or b"{}")
            return {name: told[name] for name in _who()} if told else {}
        except (ValueError, TypeError, KeyError, RecursionError):
            raise OutputError(f"{self._path}: is no lock of fvdrift: rename it, or write elsewhere") from None

    def _refused(self, there: dict[str, Any]) -> RunFileError:
        who = "process {pid} on {host}, since {since}".format(**there) if there else "it has just begun"
        said = f"another run of fvdrift is writing it ({who}): wait for its end, or write elsewhere"
        return RunFileError(f"{self._output}: {said}")


def _who() -> dict[str, Any]:
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"host": socket.gethostname(), "pid": os.getpid(), "since": now}


def _leave_to_parent(lock: "weakref.ref[_Lock]") -> Any:
    """A process that is forked off would hold the lock on, and its end would remove it."""

    def leave() -> None:
        held = lock()
        if held is not None and held._descriptor >= 0:
            held.forget()

    return leave


def _let_go(folder: Folder, made: list[Path]) -> None:
    """made: folders that were made for it, the innermost first; they go as far as they are empty."""
    with suppress(OutputError, OSError):
        folder.check()
        for empty in made:
            empty.rmdir()
    folder.close()
