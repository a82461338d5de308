"""fvdrift with a fault put into it, or a signal sent to it, at the fourth call of something on one rank.

Arguments: fault (or SIGNAL@PHASE, see PHASES; LAUNCHER and MPIEXEC in place of a signal kill those), rank,
and those of fvdrift. In the environment LATER: at so many calls more; BLIND: other ranks than 0 do not see the
output; MEMBER: only calls of a worker of this member of an ensemble count.
"""

import errno
import os
import signal
import sys
import time
import zipfile
from pathlib import Path

import psutil

from fvdrift import cli
from fvdrift.engine.checkpoint.archive import ArchiveWriter
from fvdrift.engine.owners.owned_tracks import OwnedTracks
from fvdrift.errors import ForcingError, OutputError
from fvdrift.forcing.frames import FrameReader
from fvdrift.forcing.fvcom.file_reader import FileReader
from fvdrift.forcing.same_files import SeenFiles
from fvdrift.output.file_writer import FileWriter
from fvdrift.output.mark import Mark
from fvdrift.output.packing import Packing
from fvdrift.output.part_file import PartFile
from fvdrift.process import launcher


def run_out_of_disk(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def failing(error):
    def fail(*_):
        raise error

    return fail


def elsewhere(*_):
    return "elsewhere: flow.nc: cannot be read here"


def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)


FAULTS = {
    "fault": ("worker", "integrate", failing(ValueError("lost the thread"))),
    "memory": ("worker", "integrate", failing(MemoryError("no more"))),
    "killed": ("worker", "integrate", kill),
    "interrupted": ("worker", "integrate", failing(KeyboardInterrupt())),
    "reader": (FrameReader, "_read", failing(ForcingError("flow.nc: u: cannot be read"))),
    "reader later": (FrameReader, "_read", failing(ForcingError("flow.nc: u: cannot be read"))),
    "reader fault": (FrameReader, "_read", failing(ValueError("lost the page"))),
    "no files": (SeenFiles, "missed", elsewhere),
    "no room": (os, "posix_fallocate", run_out_of_disk),
    "writer": (PartFile, "write_row", failing(OutputError("tracks.nc.part: cannot be written"))),
    "writer fault": (PartFile, "write_row", failing(ValueError("lost the pen"))),
    "full disk": (os, "pwrite", run_out_of_disk),
    "archive": (zipfile.ZipFile, "open", run_out_of_disk),
    "last pass": (Packing, "finish", run_out_of_disk),
    "putting": (FileWriter, "put", failing(OutputError("tracks.nc: cannot be written"))),
    "looking at it": (FileWriter, "finish", failing(OutputError("tracks.nc: cannot be read"))),
}
PHASES = {  # what is called then, and how often before the signal comes
    "connecting": (launcher, "connect", 0),
    "moving": ("worker", "integrate", 3),
    "taking a frame": ("subdomain", "take_frame", 5),
    "reporting": ("worker", "report", 3),
    "keeping": ("worker", "keep", 1),
    "reading": (FrameReader, "_read", 4),
    "reading a share": (FileReader, "read", 11),
    "writing a row": (PartFile, "write_row", 5),
    "writing a checkpoint": (ArchiveWriter, "add", 5),
    "giving it its name": (ArchiveWriter, "commit", 1),
    "packing": (Packing, "finish", 0),
    "writing a later row": (PartFile, "write_row", 28),
    "dealing": (OwnedTracks, "deal", 2),
    "settling": (OwnedTracks, "settle", 0),
    "packing stripes": (OwnedTracks, "pack_rest", 0),
    "naming": (FileWriter, "commit", 0),
    "removing": (OwnedTracks, "remove_parts", 0),
}


def sending(number, original):
    def send(*given):
        os.kill(os.getpid(), signal.Signals[number])
        time.sleep(0.1)  # another thread may be the one that it interrupts: then it is noticed a little later
        return original(*given)

    return send


def abandoning(name, original):
    """Kills what started the ranks: the nearest launcher above this process, or its mpiexec; then the rank
    goes on."""
    above = [
        one
        for one in psutil.Process().parents()
        if one.name().startswith(("hydra", "mpiexec", "mpirun", "orterun"))
    ]

    def abandon(*given):
        if original is CONNECT:
            time.sleep(1.0)  # the others are in there, waiting for this one
        above[0 if name == "LAUNCHER" else -1].kill()
        return original(*given)

    return abandon


CONNECT = launcher.connect


def main() -> int:
    fault, rank, *arguments = sys.argv[1:]
    sys.argv[1:] = arguments
    here = launcher.seat()
    if folder := os.environ.get("PROCESSES"):
        Path(folder, str(os.getpid())).touch()
    if os.environ.get("BLIND") and here is not None and here.rank:
        Mark.is_seen = lambda _: False
    if (0 if here is None else here.rank) == int(rank):
        number, _, phase = fault.partition("@")
        if phase:
            owner, name, wait = PHASES[phase]
        else:
            owner, name, fail = FAULTS[fault]
            wait = {
                "last pass": 0,
                "full disk": 30,
                "reader later": 6,
                "no files": 0,
                "no room": 0,
                "looking at it": 0,
            }.get(fault, 3)
        if owner == "worker":
            from fvdrift.engine.worker.worker import Worker as owner
        elif owner == "subdomain":
            from fvdrift.engine.worker.subdomain_fields import SubdomainFields as owner
        original = getattr(owner, name)
        if phase:
            wait += int(os.environ.get("LATER", "0"))
            if number == "SIGINT" and signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
                # the tests run in the background of a shell
                signal.signal(signal.SIGINT, signal.SIG_DFL)
            fail = (sending if number.startswith("SIG") else abandoning)(number, original)
        calls, member = [0], os.environ.get("MEMBER")

        def at_last(*given, **named):
            if member and given[0]._order.name != member:
                return original(*given, **named)
            calls[0] += 1
            once = calls[0] == wait + 1 if phase else calls[0] > wait
            return fail(*given) if once else original(*given, **named)

        setattr(owner, name, at_last)
    return cli.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
