"""`run_several`, where every rank places its share of every release, a few particles at a time. A program for
`mpiexec`."""

import runpy
from pathlib import Path

from fvdrift.engine.transport import placing
from fvdrift.release import sites

placing.FEWEST = placing.FEWEST_IN_ALL = 1
sites.PORTION = 40
runpy.run_path(str(Path(__file__).with_name("run_several.py")))
