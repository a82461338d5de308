"""The lock of the netCDF library, which xarray takes too from the moment both are loaded.

netCDF-C and HDF5 are not safe under threads, and netCDF4 lets go of the interpreter's lock inside them. Every
call into either from fvdrift is made under `LOCK`, whichever thread makes it. xarray has locks of its own for
the same purpose, under which it reads, and its files are closed when the collector finds them: beside a run
that reads, that would crash.
"""

import sys
import threading
from importlib.machinery import PathFinder

TYPE_CHECKING = False  # not that of typing, which takes long to load
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from typing import Any

LOCK = threading.RLock()
_XARRAYS = "xarray.backends.locks"


def _share(locks: "Any") -> None:
    """Put `LOCK` into the locks of xarray, which wrap one each. Copies that are unpickled find it by its
    token."""
    for name in ("HDF5_LOCK", "NETCDFC_LOCK"):
        theirs = getattr(locks, name)
        with theirs.lock:  # who is in the library leaves it first
            theirs.lock = locks.SerializableLock._locks[theirs.token] = LOCK


class _Later:
    """Shares the lock as soon as xarray's own exists, before it can guard anything."""

    @staticmethod
    def find_spec(fullname: str, path: "Any" = None, target: "Any" = None) -> "ModuleSpec | None":
        if fullname != _XARRAYS:
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_share(module: "Any") -> None:
                execute(module)
                _share(module)

            spec.loader.exec_module = execute_and_share  # type: ignore[method-assign]
        return spec


if _XARRAYS in sys.modules:
    _share(sys.modules[_XARRAYS])
else:  # importing xarray takes longer than all of a command's start
    sys.meta_path.insert(0, _Later)
