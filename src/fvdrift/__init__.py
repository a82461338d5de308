"""fvdrift follows particles through the stored output of FVCOM.

    import fvdrift

    made = fvdrift.run("my_run.toml", **{"time.step": "30s"})
    made.dataset.drift.plot()

Nothing is loaded before it is used, but for the lock that xarray has to share; and HDF5 is told to set none on files.
"""

from fvdrift import hdf5_locks as _hdf5_locks  # noqa: F401  (early: before anything loads HDF5)
from fvdrift import netcdf_lock as _netcdf_lock  # noqa: F401  (early: no thread should wait for xarray's own by then)

__version__ = "0.1.0"

TYPE_CHECKING = False  # not that of typing, which takes long to load
if TYPE_CHECKING:
    from typing import Any

    from fvdrift.api import info, repeat, run
    from fvdrift.errors import ForcingError, FvdriftError, Interrupted, OutputError, RunFileError
    from fvdrift.finished_run import FinishedEnsemble, FinishedRun
    from fvdrift.progress import Moment

__all__ = [
    "FinishedEnsemble",
    "FinishedRun",
    "ForcingError",
    "FvdriftError",
    "Interrupted",
    "Moment",
    "OutputError",
    "RunFileError",
    "info",
    "repeat",
    "run",
]
_HOMES = {
    "api": ("info", "repeat", "run"),
    "errors": ("ForcingError", "FvdriftError", "Interrupted", "OutputError", "RunFileError"),
    "finished_run": ("FinishedEnsemble", "FinishedRun"),
    "progress": ("Moment",),
}


def __getattr__(name: str) -> "Any":
    from importlib import import_module

    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"fvdrift.{module}"), name)
    raise AttributeError(f"module 'fvdrift' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
