"""Runs started one after the other on the same ranks, which saves the start of MPI and Python. A program for
`mpiexec`."""

import json
import sys

from fvdrift.process import launcher
from fvdrift.settings.load import load_run_file

communicator = launcher.connect()
try:
    from fvdrift.simulation.roles import run

    for path, *overrides in json.loads(sys.argv[1]):
        code = run(load_run_file(path, overrides), overwrite=True, quiet=True, communicator=communicator)
        if code:
            sys.exit(code)
except Exception:
    import traceback

    traceback.print_exc()
    sys.stderr.flush()
    if communicator is None:
        sys.exit(1)
    communicator.Abort(1)
