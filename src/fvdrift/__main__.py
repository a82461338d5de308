"""The way in to the command line (`cli`), by name or as `python -m fvdrift`: from here on Ctrl-C ends in a
sentence.

Python itself needs about as long to start as all that is loaded here takes; what comes in that time is
Python's.
"""

import os
import sys

# signal itself loads enum: half of the time until `main`
from _signal import SIGINT, default_int_handler, getsignal, signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

if __name__ == "__main__" and sys.path and not sys.flags.safe_path:
    # `python -m` looks in the current folder first: a random.py or calendar.py there would be run in place of
    # Python's own. fvdrift itself may lie there, and nothing else does then
    try:
        here = os.getcwd()
    except FileNotFoundError:  # it is gone
        here = ""
    if sys.path[0] in ("", here):
        sys.path.append(sys.path.pop(0))


def main() -> int:
    """Run the command that this process was given; returns its exit code. Ctrl-C while modules load ends at
    once."""
    if getsignal(SIGINT) is default_int_handler:  # not ignored
        signal(SIGINT, _leave)
    from fvdrift.cli import main as command

    if getsignal(SIGINT) is _leave:
        signal(SIGINT, default_int_handler)
    try:
        return command()
    except KeyboardInterrupt:
        _leave()


def _leave(*_: object) -> "NoReturn":
    try:
        os.write(2, b"fvdrift: interrupted\n")
    finally:
        os._exit(130)  # errors.INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
