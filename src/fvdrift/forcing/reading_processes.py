"""Processes that read and inflate frames side by side: HDF5 lets one thread of a process read. Not when they pay (`frames`).

Protocol: each process has one socket to the run, and all share slots of memory, one more than there are processes. The run
says which frame to put into which slot, and gets one message for each, in the order asked: what fields there are now, or the
error that reading ended with. Frames are dealt out in turn, so they come back in order; a slot is filled again when the run
has taken its frame. Slots have no name in any file system: they go with the last process that holds them, however it ends.
A process whose socket closes (the run has ended, or was killed) leaves at once, in the middle of a read if need be; the run
finds the socket of a dead process closed, and says which frame it was at.

They are started as new programs, since a fork of a process under MPI is unsafe, and don't know of its launcher.
"""

import os
import pickle
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NoReturn

import numpy as np

from fvdrift import launcher
from fvdrift.errors import ForcingError
from fvdrift.forcing.mirror import Mirrored
from fvdrift.forcing.series import Series

_MESSAGE = 60_000  # bytes: fits into a message whatever the limits of the machine
_PROGRAM = "from fvdrift.forcing.reading_processes import serve; serve()"

Fields = dict[str, np.ndarray]


class ReadingProcesses:
    """Iterates (frame index, fields) over `frames`, read by `count` processes; count + 1 frames at most wait.

    They start and begin to read here. count: as given; read_s: seconds they spent reading, all together. Errors of a
    process come out where its frame is due. Call `close`. Raises OSError where they cannot be started.
    """

    def __init__(self, series: Series | Mirrored, names: Sequence[str], frames: Sequence[int], count: int) -> None:
        self.count, self.read_s = count, 0.0
        self._series, self._frames = series, frames
        self._taken = 0
        self._slots: list[int] = []
        self._processes: list[tuple[subprocess.Popen[bytes], socket.socket]] = []
        order = _nameless()
        try:
            _store(memoryview(pickle.dumps((series, tuple(names)))), order, 0)
            for _ in range(count + 1):
                self._slots.append(_nameless())
            for _ in range(count):
                self._processes.append(_start([order, *self._slots]))
        except OSError:
            self.close()
            raise
        finally:
            os.close(order)
        for place in range(count + 1):
            self._ask(place)

    def __iter__(self) -> Iterator[tuple[int, Fields]]:
        return self

    def __next__(self) -> tuple[int, Fields]:
        place = self._taken
        if place >= len(self._frames) or not self._processes:
            raise StopIteration
        process, line = self._processes[place % self.count]
        message = b""
        with suppress(ConnectionError):
            message = line.recv(_MESSAGE)
        if not message:
            raise self._lost(self._frames[place], process)
        found, seconds = pickle.loads(message)
        if isinstance(found, BaseException):
            raise found
        fields, at = {}, 0
        for name, kind, shape in found:
            fields[name] = np.empty(shape, kind)
            _load(fields[name].data, self._slots[place % len(self._slots)], at)
            at += fields[name].nbytes
        self.read_s += seconds
        self._taken += 1
        self._ask(place + len(self._slots))
        return self._frames[place], fields

    def close(self) -> None:
        """End the processes, whatever they do. Safe to call twice."""
        for process, _ in self._processes:
            process.kill()
        while self._processes:
            process, line = self._processes.pop()
            process.wait()
            line.close()
        while self._slots:
            os.close(self._slots.pop())

    def _ask(self, place: int) -> None:
        if place < len(self._frames):
            with suppress(ConnectionError):  # it is dead: found out when its frame is due
                _, line = self._processes[place % self.count]
                line.send(b"%d %d" % (self._frames[place], place % len(self._slots)))

    def _lost(self, frame: int, process: subprocess.Popen[bytes]) -> ForcingError:
        code = process.wait()
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        when = self._series.describe_time(int(self._series.times[frame]))
        return ForcingError(
            f"{self._series.file_of(frame)}: cannot be read at {when}: the process that read it {how}; "
            "if memory is short, write parallel.readers = 1"
        )


def _start(shared: list[int]) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """A process that will do what it is asked, and the line to it. shared: descriptors of the order and of the slots."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        try:
            socket.send_fds(ours, [b"order, slots"], shared)
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", _PROGRAM],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env={**launcher.outside(), "PYTHONPATH": os.pathsep.join(folder or os.getcwd() for folder in sys.path)},
                process_group=0,  # Ctrl-C is for the run, which then ends its readers
            )
        except OSError:
            ours.close()
            raise
    return process, ours


# in the process


def serve() -> NoReturn:
    """A reading process's life: standard input is the line to the run."""
    line = socket.socket(fileno=0)
    _, (order, *slots), *_ = socket.recv_fds(line, _MESSAGE, 253)  # as many as a message can carry
    series, names = pickle.loads(os.pread(order, os.fstat(order).st_size, 0))
    asked: queue.SimpleQueue[tuple[int, int]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(line, asked), daemon=True).start()
    try:
        while True:
            frame, slot = asked.get()
            line.send(_read(series, frame, names, slots[slot]))
    except OSError:  # the run is not there any more, or will see that we are not
        os._exit(1)


def _listen(line: socket.socket, asked: "queue.SimpleQueue[tuple[int, int]]") -> None:
    with suppress(ConnectionError):
        while message := line.recv(_MESSAGE):
            frame, slot = message.split()
            asked.put((int(frame), int(slot)))
    os._exit(0)


def _read(series: Series | Mirrored, frame: int, names: Sequence[str], slot: int) -> bytes:
    """Put a frame into a slot; the message that says so."""
    began = time.perf_counter()
    found, at = [], 0
    try:
        for name in names:  # one at a time: no second frame in memory
            field = series.read(frame, (name,))[name]
            _store(field.data, slot, at)
            found.append((name, field.dtype.str, field.shape))
            at += field.nbytes
        return pickle.dumps((found, time.perf_counter() - began))
    except Exception as error:
        error.add_note(f"in a reading process:\n{traceback.format_exc()}")
        with suppress(Exception):
            message = pickle.dumps((error, 0.0))
            pickle.loads(message)
            if len(message) <= _MESSAGE:
                return message
        return pickle.dumps((RuntimeError(f"{type(error).__name__}: {error}"[:1000]), 0.0))


# memory without a name; written and read by the system, as memory that was mapped anew for each frame cost three times more


def _nameless() -> int:
    """A descriptor of memory that grows as it is written."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("fvdrift")
    with tempfile.TemporaryFile(dir="/dev/shm") as file:  # some builds of Python don't know of it
        return os.dup(file.fileno())


def _store(content: memoryview, descriptor: int, at: int) -> None:
    rest = content.cast("B")
    while rest:
        done = os.pwritev(descriptor, [rest], at)  # 2 GiB at most
        rest, at = rest[done:], at + done


def _load(into: memoryview, descriptor: int, at: int) -> None:
    rest = into.cast("B")
    while rest:
        done = os.preadv(descriptor, [rest], at)
        if not done:
            raise EOFError("a frame is shorter than its reader said")
        rest, at = rest[done:], at + done
