"""fvdrift follows particles through the stored output of FVCOM.

    import fvdrift

    made = fvdrift.run("my_run.toml", **{"time.step": "30s"})
    made.dataset.drift.plot()

Importing it loads only the lock that xarray must share, and tells HDF5 to set no locks on files. All else loads on
first use.
"""

from fvdrift.tools.netcdf import hdf5_locks as _hdf5_locks  # noqa: F401  (early: before anything loads HDF5)
from fvdrift.tools.netcdf.lock import LOCK as LOCK  # early: later a thread could wait for xarray's own
from fvdrift.version import __version__ as __version__

TYPE_CHECKING = False  # not that of typing, which takes long to load
if TYPE_CHECKING:
    from typing import Any

    from fvdrift.against_drifters import compare
    from fvdrift.api import info, repeat, run
    from fvdrift.errors import ForcingError, FvdriftError, Interrupted, OutputError, RunFileError
    from fvdrift.finished import FinishedComparison, FinishedEnsemble, FinishedRun
    from fvdrift.process import Moment

__all__ = [
    "FinishedComparison",
    "FinishedEnsemble",
    "FinishedRun",
    "ForcingError",
    "FvdriftError",
    "Interrupted",
    "Moment",
    "OutputError",
    "RunFileError",
    "compare",
    "info",
    "repeat",
    "run",
]
_HOMES = {
    "against_drifters": ("compare",),
    "api": ("info", "repeat", "run"),
    "errors": ("ForcingError", "FvdriftError", "Interrupted", "OutputError", "RunFileError"),
    "finished": ("FinishedComparison", "FinishedEnsemble", "FinishedRun"),
    "process.progress": ("Moment",),
}


def __getattr__(name: str) -> "Any":
    from importlib import import_module

    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"fvdrift.{module}"), name)
    raise AttributeError(f"module 'fvdrift' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
