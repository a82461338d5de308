"""fvdrift with a fault put into it that shows at the third call on one rank. Arguments: fault, rank, and those of fvdrift."""

import errno
import os
import signal
import sys

from fvdrift import cli, launcher
from fvdrift.errors import ForcingError, OutputError
from fvdrift.forcing.series import Series
from fvdrift.output.part_file import PartFile
from fvdrift.output.tracks import TrackWriter


def run_out_of_disk(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def failing(error):
    def fail(*_):
        raise error

    return fail


def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)


FAULTS = {
    "fault": ("worker", "integrate", failing(ValueError("lost the thread"))),
    "memory": ("worker", "integrate", failing(MemoryError("no more"))),
    "killed": ("worker", "integrate", kill),
    "interrupted": ("worker", "integrate", failing(KeyboardInterrupt())),
    "reader": (Series, "read", failing(ForcingError("flow.nc: u: cannot be read"))),
    "reader fault": (Series, "read", failing(ValueError("lost the page"))),
    "writer": (PartFile, "write_row", failing(OutputError("tracks.nc.part: cannot be written"))),
    "writer fault": (PartFile, "write_row", failing(ValueError("lost the pen"))),
    "full disk": (os, "pwrite", run_out_of_disk),
    "last pass": (TrackWriter, "_write_final", run_out_of_disk),
}


def main() -> int:
    fault, rank, *arguments = sys.argv[1:]
    sys.argv[1:] = arguments
    here = launcher.seat()
    if (0 if here is None else here.rank) == int(rank):
        owner, name, fail = FAULTS[fault]
        if owner == "worker":
            from fvdrift.worker import Worker as owner
        original = getattr(owner, name)
        calls = [0]
        wait = {"last pass": 0, "full disk": 30}.get(fault, 3)

        def at_last(*given):
            calls[0] += 1
            return fail(*given) if calls[0] > wait else original(*given)

        setattr(owner, name, at_last)
    return cli.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
