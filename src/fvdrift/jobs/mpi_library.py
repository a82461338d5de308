"""Which MPI library mpi4py finds here, and the mpiexec that belongs to it.

Other processes are asked: no library is loaded into this one.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Literal

from fvdrift.errors import RunFileError
from fvdrift.launcher import outside

Family = Literal["mpich", "openmpi"]

# the version of the library can be asked before MPI is initialised
_ASK = "import mpi4py; mpi4py.rc.initialize = False; from mpi4py import MPI; print(MPI.Get_library_version())"
_SAID_BY_MPIEXEC: dict[Family, tuple[str, ...]] = {
    "mpich": ("HYDRA", "Hydra", "Intel(R) MPI"),
    "openmpi": ("OpenRTE", "Open MPI", "PRRTE"),
}
_PATIENCE_S = 60.0  # a library on a slow file system


def family() -> Family:
    """That of the library mpi4py finds; Intel MPI, MVAPICH and Cray MPICH are of the family of MPICH.

    Raises RunFileError where it finds none.
    """
    said = _said_by([sys.executable, "-c", _ASK])
    if "Open MPI" in said:
        return "openmpi"
    if any(name in said for name in ("MPICH", "MVAPICH", "Intel(R) MPI")):
        return "mpich"
    raise RunFileError(
        "no MPI library is found here: say which the job will load by --mpi mpich or --mpi openmpi "
        "(fvdrift looks for it as mpi4py does; MPI4PY_LIBMPI may name its libmpi.so)"
    )


def mpiexec_of(wanted: Family) -> str:
    """The mpiexec of that family beside this Python or on the path; else "mpiexec", which a module may bring."""
    for folder in (str(Path(sys.executable).parent), None):
        for name in ("mpiexec", "mpirun", "mpiexec.openmpi", "mpiexec.hydra"):
            found = shutil.which(name, path=folder)
            if found and any(word in _said_by([found, "--version"]) for word in _SAID_BY_MPIEXEC[wanted]):
                return found
    return "mpiexec"


def _said_by(command: list[str]) -> str:
    """What it prints, nothing where it fails."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=_PATIENCE_S, check=False, env=outside(os.environ)
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
