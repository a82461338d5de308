"""Runs on the same ranks, one after the other, each gone on with from where it was or begun, and stopped by a
signal at some look for it on rank 0, where one is given. A program for `mpiexec`; prints their exit codes. With
`blind` behind it ranks above 0 see nothing of what rank 0 writes, as on nodes of their own."""

import json
import sys

from fvdrift.output import Mark
from fvdrift.process import Signals, launcher
from fvdrift.settings.load import load_run_file


class Countdown(Signals):
    """A signal that comes after so many looks for it."""

    def __init__(self, looks: int):
        self.left = looks
        super().__init__()

    @property
    def stop(self) -> str:  # type: ignore[override]
        self.left -= 1
        return "SIGUSR1" if self.left < 0 else ""

    @stop.setter
    def stop(self, _: str) -> None:
        """There is none but that one."""


communicator = launcher.connect()
assert communicator is not None
if sys.argv[2:] == ["blind"] and communicator.rank > 0:
    Mark.is_seen = lambda self: False  # type: ignore[method-assign]
try:
    from fvdrift.simulation.roles import run

    codes = []
    for path, looks, *overrides in json.loads(sys.argv[1]):
        signals = Countdown(looks) if looks is not None and communicator.rank == 0 else Signals()
        asked = {"overwrite": False, "resume": True, "quiet": True, "communicator": communicator}
        codes.append(run(load_run_file(path, overrides), signals=signals, **asked))
    if communicator.rank == 0:
        print(json.dumps(codes))
except Exception:
    import traceback

    traceback.print_exc()
    sys.stderr.flush()
    communicator.Abort(1)
