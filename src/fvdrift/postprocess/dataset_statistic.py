"""A statistic of tracks that xarray has opened, for `dataset.drift`: counted in the file that they were opened from."""

import json
from pathlib import Path
from typing import Any

import xarray

from fvdrift.errors import RunFileError
from fvdrift.output import files_of, open_tracks, statistics_path
from fvdrift.tools.netcdf.lock import LOCK

from .repetition import repetition_of
from .statistics import statistics_of

_TOLD = ("run_file", "forcing_files")  # of tracks, that their statistics have too
# which particles, and where and how they are
_TELLING = ("trajectory", "release", "status", "x", "y", "lon", "lat")


def statistic_of_dataset(dataset: xarray.Dataset, kind: str, keys: dict[str, Any]) -> xarray.Dataset:
    """Compute one statistic of tracks that xarray has opened.

    Parameters
    ----------
    dataset
        The whole of a file of tracks, or of all files that its tracks are cut into.
    kind, keys
        Of the ``[[statistic]]``; paths start in the current folder.

    Raises
    ------
    RunFileError, ForcingError
        If the dataset is not such a whole, or a key is wrong.
    """
    path = _file(dataset)
    block = {"kind": kind, **keys}
    for name in ("polygons", "sources"):
        if isinstance(block.get(name), str) and block[name] != "releases":
            block[name] = str(Path.cwd() / block[name])
    wanted = [("statistic", [block])]
    run_file, _ = repetition_of(path, wanted, trust_behaviour=True, needs_forcing=False)  # it is not run
    with open_tracks(path) as file, LOCK:
        found = list(statistics_of(path, file, run_file).findings().variables())
        told = {name: str(file.getncattr(name)) for name in _TOLD if name in file.ncattrs()}
    attributes = {
        **told,
        "title": run_file.title or path.name,
        "statistic": json.dumps(block, ensure_ascii=False),
    }
    made = xarray.Dataset(
        {v.name: (v.dimensions, v.values, dict(v.attributes)) for v in found}, attrs=attributes
    )
    decoded = xarray.decode_cf(made)
    decoded.encoding["source"] = str(statistics_path(path))  # its map is found beside the tracks
    return decoded


def _file(dataset: xarray.Dataset) -> Path:
    """The file that the dataset is the whole of. Raises RunFileError where it is a part."""
    source = dataset.encoding.get("source")
    if source is None:
        raise RunFileError("statistics need a file of tracks, and this dataset was not opened from one")
    try:
        same = _is_whole(dataset, Path(source))
    except (OSError, ValueError) as error:
        raise RunFileError(f"{source}: cannot be read any more ({error})") from None
    if not same:
        raise RunFileError(
            f"{source}: statistics are of whole tracks as they are in the file, and this is a part of them, or others: "
            "choose by the keys releases, status and box instead"
        )
    return Path(source)


def _is_whole(dataset: xarray.Dataset, source: Path) -> bool:
    """Whether the dataset is all of the file, or of all files where its tracks are cut into several. Raises
    OSError, ValueError, RunFileError."""
    files, first = files_of(source), 0
    for each in files[1:] or files:
        with xarray.open_dataset(each) as whole:
            count = whole.sizes.get("trajectory", 0)
            part = dataset
            if len(files) > 1 and "trajectory" in part.dims:
                part = part.isel(trajectory=slice(first, first + count))
            if part.sizes != whole.sizes or not all(_same(part, whole, name) for name in _TELLING):
                return False
        first += count
    return len(files) == 1 or first == dataset.sizes.get("trajectory")


def _same(one: xarray.Dataset, other: xarray.Dataset, name: str) -> bool:
    """Whether both have the same values of a variable, or neither has it."""
    if name not in one.variables or name not in other.variables:
        return name not in one.variables and name not in other.variables
    mine, theirs = one[name], other[name]
    return mine.dims == theirs.dims and mine.dtype == theirs.dtype and mine.variable.equals(theirs.variable)
