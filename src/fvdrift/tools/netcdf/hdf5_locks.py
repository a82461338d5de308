"""The lock that HDF5 puts on each file it opens: fvdrift reads without, unless the person has said otherwise.

With it a reader keeps FVCOM from appending to its own file, and a file that FVCOM or a notebook has open
cannot be read at all. That a file changes while it is read is found out without it (`forcing.open_files`);
what fvdrift writes has locks of its own (`output.run_lock`). HDF5 looks at the environment once, when the
first library that brings it is loaded.
"""

import errno
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

VARIABLE = "HDF5_USE_FILE_LOCKING"
_BRING_HDF5 = ("netCDF4", "h5py", "tables")
_NO_LOCKS_HERE = (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK)

given = os.environ.setdefault(VARIABLE, "FALSE")  # the person's own word counts
_loaded_before = next((name for name in _BRING_HDF5 if name in sys.modules), None)


def lock_problem(path: "Path") -> str | None:
    """What to say of a file that HDF5 could not open because of a lock, and what to do; None where there is
    none to be seen."""
    import fcntl

    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # as HDF5 does; it goes with the file
        return None
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return f"{path}: is locked: another program has it open for writing (FVCOM, a notebook); close it there, or {_cure()}"
        if error.errno in _NO_LOCKS_HERE:
            return f"{path}: cannot be locked, as its file system has no locks; {_cure()}"
    return None


def _cure() -> str:
    if given.upper() not in ("FALSE", "0"):
        return f"take {VARIABLE}={given} out of the environment: without it fvdrift reads without locks"
    if _loaded_before is not None:
        return (
            f"import fvdrift before {_loaded_before}, or start Python with {VARIABLE}=FALSE: to read without locks must be said "
            "before HDF5 is loaded"
        )
    return f"start fvdrift with {VARIABLE}=FALSE"
