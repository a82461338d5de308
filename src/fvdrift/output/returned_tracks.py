"""Tracks that come back from other hands, as a run writes them: xarray, pandas and others change types,
orders and units.

What xarray's `where` leaves has numbers for whole numbers, and none where it masked; a table makes each
variable one of all dimensions; a transposition turns them; times get other units. All that can be told is
undone here; the rest is refused. What a run wrote is not touched (`as_written`), and read by netCDF4 block by
block.
"""

import re
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.tools.netcdf.hdf5_locks import lock_problem
from fvdrift.tools.netcdf.lock import LOCK

from .returned_columns import KEEP, WHOLE, ColumnReader, Returned, direction_of
from .split_files import open_file, refuse_part
from .split_tracks import SplitTracks
from .tracks_in_memory import BOTH, InMemory

if TYPE_CHECKING:
    import xarray

_TIME_UNITS = re.compile(r"seconds( since 1970-01-01([T ]00:00:00)?Z?)?")
# kind of numbers and dimensions of what a run writes
_FORMS = {
    **dict.fromkeys(("x", "y", "lon", "lat", "z", "sigma", "time"), ("f", BOTH)),
    **dict.fromkeys(WHOLE, ("i", BOTH[:1])),
    "status": ("i", BOTH),
    "release_time": ("f", BOTH[:1]),
    "release_name": ("S", ("release_index", "name_length")),
}


def as_written(file: Any) -> bool:
    """Whether an open netCDF4 file has the form of tracks that a run writes, finished or not."""
    variables = file.variables
    if "rows_written" in variables:
        return True
    if not (set(BOTH) <= set(file.dimensions) and all(_plain(*item) for item in variables.items())):
        return False
    if not all(file.dimensions[name].size for name in BOTH):
        return False
    numbers = variables["trajectory"][:] if "trajectory" in variables else np.zeros(0)
    times = variables["time"][0, :] if "time" in variables else np.zeros(0)
    steps = np.diff(times) * direction_of(getattr(file, "run_file", ""))
    numbered = np.all(np.diff(numbers) > 0) and not np.any(numbers[:1] < 0)
    return bool(numbered and np.all(np.isfinite(times)) and np.all(steps > 0))


def _plain(name: str, variable: Any) -> bool:
    """Whether a variable is as a run writes it."""
    if hasattr(variable, "scale_factor"):
        return False
    if name not in _FORMS:
        return True
    kind, dimensions = _FORMS[name]
    if getattr(variable.dtype, "kind", "O") != kind or variable.dimensions != dimensions:
        return False
    if name in ("time", "release_time"):
        return bool(_TIME_UNITS.fullmatch(str(getattr(variable, "units", ""))))
    if name in ("status", "release") and hasattr(variable, "_FillValue"):
        return False
    return name != "status" or hasattr(variable, "flag_meanings")


@contextmanager
def open_tracks(path: Path, needed: Sequence[str] = ()) -> Iterator[Any]:
    """The tracks at `path`, as netCDF4 has them, or in memory, by their numbers, where they are not as a run
    wrote them; of all files where they are cut into several. needed: variables without which they are none.
    Raises RunFileError."""
    try:
        file = open_file(path)
    except (OSError, RuntimeError) as error:
        raise unreadable(path, error) from None
    with LOCK, file:
        file.set_auto_mask(False)
        _refuse_others(path, file.dimensions, file.variables)
        refuse_part(path, file)
        plain = isinstance(file, SplitTracks) or as_written(file)
        if plain:
            yield file
    if not plain:
        found = returned(load(path), path, needed)
        yield InMemory(in_order(found.dataset), found.masked)


def _refuse_others(path: Path, dimensions: Container[Any], variables: Container[Any]) -> None:
    """Raise RunFileError for what never was a file of tracks, by the names in it."""
    if not any(name in dimensions for name in BOTH) and "status" not in variables:
        raise RunFileError(f"{path}: is not a file of tracks: it has no dimension trajectory")


def unreadable(path: Path, error: Exception) -> RunFileError:
    """What to say of a file that the library cannot open."""
    return RunFileError(
        lock_problem(path) or f"{path}: cannot be read as tracks: {getattr(error, 'strerror', None) or error}"
    )


def load(path: Path) -> "xarray.Dataset":
    """All of a file. Raises RunFileError."""
    import xarray

    try:
        with xarray.open_dataset(path, engine="netcdf4", decode_timedelta=False) as dataset:
            return dataset.load()
    except (OSError, RuntimeError, ValueError, TypeError, KeyError, OverflowError, AttributeError) as error:
        raise unreadable(path, error) from None


def returned(dataset: "xarray.Dataset", path: Path, needed: Sequence[str] = ()) -> Returned:
    """A dataset of tracks in the form that a run writes. Raises RunFileError for what cannot be put into
    it."""
    import xarray

    _refuse_others(path, dataset.dims, dataset)
    missing = [name for name in BOTH if name not in dataset.dims]
    if missing:
        raise RunFileError(
            f"{path}: the dataset has no dimension {missing[0]}: choose by lists, as isel(trajectory=[0]), which keep it"
        )
    missing = [
        name for name in (*needed, "lat" if "lon" in dataset else "y") if name not in dataset.variables
    ]
    if missing:
        raise RunFileError(f"{path}: are not tracks that fvdrift wrote: {missing[0]} is missing")
    if "status" in dataset and "flag_meanings" not in dataset["status"].attrs:
        raise RunFileError(
            f"{path}: are not tracks that fvdrift wrote: flag_meanings of status is missing ({KEEP})"
        )
    try:
        dataset = xarray.decode_cf(dataset, decode_timedelta=False)
    except (ValueError, TypeError, OverflowError, KeyError, AttributeError) as error:
        raise RunFileError(f"{path}: cannot be read as tracks: {error}") from None
    return ColumnReader(
        dataset, path, (*needed, *(("lon", "lat") if "x" not in dataset else ("x", "y")))
    ).read()


def in_order(dataset: "xarray.Dataset") -> "xarray.Dataset":
    """By the numbers of trajectories, where each has its own."""
    numbers = dataset["trajectory"].values
    several = len(np.unique(numbers)) < len(numbers)  # of several runs
    return dataset if several else dataset.isel(trajectory=np.argsort(numbers))
