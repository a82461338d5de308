"""Which MPI library mpi4py finds here, and the mpiexec that belongs to it.

Other processes are asked: no library is loaded into this one.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from fvdrift.errors import RunFileError

from .libmpi import Family

_ASK = "from fvdrift.process import libmpi; print(libmpi.family(libmpi.load()))"
_SAID_BY_MPIEXEC: dict[Family, tuple[str, ...]] = {
    "mpich": ("HYDRA", "Hydra", "Intel(R) MPI"),
    "openmpi": ("OpenRTE", "Open MPI", "PRRTE"),
}
_PATIENCE_S = 60.0  # a library on a slow file system
_LEFT_BEHIND = ("PMI_", "PMIX_", "OMPI_", "MV2_", "HYDI_", "MPI_LOCAL", "SLURM_")


def family() -> Family:
    """That of the library mpi4py finds. Raises RunFileError where it finds none."""
    said = _said_by([sys.executable, "-P", "-c", _ASK]).strip()
    known: tuple[Family, ...] = get_args(Family)
    for one in known:
        if said == one:
            return one
    raise RunFileError(
        "no MPI library is found here: say which the job will load by --mpi mpich or --mpi openmpi "
        "(fvdrift looks for it as mpi4py does; MPI4PY_LIBMPI may name its libmpi.so)"
    )


def mpiexec_of(wanted: Family) -> str:
    """The mpiexec of that family beside this Python or on the path; else "mpiexec", which a module may
    bring."""
    for folder in (str(Path(sys.executable).parent), None):
        for name in ("mpiexec", "mpirun", "mpiexec.openmpi", "mpiexec.hydra"):
            found = shutil.which(name, path=folder)
            if found and any(word in _said_by([found, "--version"]) for word in _SAID_BY_MPIEXEC[wanted]):
                return found
    return "mpiexec"


def outside(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment for a process that is none of the copies: without what the launcher told this one."""
    return {name: value for name, value in environment.items() if not name.startswith(_LEFT_BEHIND)}


def _said_by(command: list[str]) -> str:
    """What it prints, nothing where it fails."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE_S,
            check=False,
            env=outside(os.environ),
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
