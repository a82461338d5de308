"""What the members of an ensemble have in common and how far they lie apart: NAME.ensemble.nc, made of their files at the end.

Statistics are read variable by variable, so that of all members together one is in memory at a time.
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from . import __version__
from .ensemble import Member
from .errors import OutputError
from .netcdf_lock import LOCK
from .output.folders import record_of
from .output.paths import ensemble_path, statistics_path
from .particles import STATUS_NAMES
from .quantity import number_and_unit
from .settings import RunFile, resolved
from .statistics.described import Described
from .statistics.file import write_file

MOST_BY_MEMBER = 1_000_000  # values of a variable over all members up to which they stand side by side in the file
_NOT_COUNTED = ("mesh",)  # names of the topology begin so
_OF_ONE_MEMBER = ("_FillValue", "comment")  # attributes that say nothing of the others


class _Stored(NamedTuple):
    """A variable as it lies in a file."""

    dimensions: tuple[str, ...]
    values: np.ndarray
    attributes: dict[str, Any]


def write_summary(run_file: RunFile, members: Sequence[Member], tracks: Sequence[Path]) -> Path:
    """Write it, whole or not at all, over one of before; returns its path. tracks: of each member, its other files are beside
    them. Raises OutputError."""
    path = ensemble_path(run_file.resolve(run_file.output.file))
    counted = [statistics_path(each) for each in tracks]
    variables = [*_members(members, tracks, tracks if run_file.output.tracks else counted)]
    if run_file.statistic:
        variables += _spread(counted)
    write_file(path, variables, {
        "title": run_file.title or "Ensemble of particle tracks",
        "source": f"fvdrift {__version__}, from FVCOM output",
        "run_file": json.dumps(resolved(run_file), ensure_ascii=False),
    })  # fmt: skip
    return path


def _members(members: Sequence[Member], tracks: Sequence[Path], written: Sequence[Path]) -> Iterator[Described]:
    """Which members there are, what they have of the keys that vary, and what became of their particles; written: what to look
    at of each."""
    yield Described("member", ("member",), np.arange(1, len(members) + 1), {"long_name": "member of the ensemble"})
    yield Described("member_file", ("member",), np.array([each.name for each in written]), {"long_name": "file of this member"})
    for key in members[0].values:
        name = "varied_" + re.sub(r"\W", "_", key)
        values, unit = _as_numbers([member.values[key] for member in members])
        said = {"long_name": f"{key} of the run file"} | ({"units": unit} if unit else {})
        yield Described(name, ("member",), values, said)
    yield Described("status", ("status",), np.array(STATUS_NAMES), {"long_name": "status of a particle"})
    counts = [record_of(each).get("final_counts", {}) for each in tracks]
    numbers = np.array([[of_one.get(name, 0) for name in STATUS_NAMES] for of_one in counts], np.int64)
    said = {"long_name": "number of particles at the end", "units": "1"}
    yield Described("final_count", ("member", "status"), numbers, said)


def _as_numbers(values: Sequence[Any]) -> tuple[np.ndarray, str]:
    """Values of a key as numbers with their unit where all have the same, else as text."""
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        kind = np.int64 if all(isinstance(value, int) and value < 1 << 63 for value in values) else np.float64
        return np.array(values, kind), ""
    parts = [found for value in values if isinstance(value, str) and (found := number_and_unit(value)) and found[1]]
    if len(parts) == len(values) and len({unit for _, unit in parts}) == 1:
        return np.array([float(number) for number, _ in parts]), parts[0][1]
    return np.array([value if isinstance(value, str) else json.dumps(value) for value in values]), ""


def _spread(paths: Sequence[Path]) -> Iterator[Described]:
    """All that the statistics of the members hold: once what is the same for all, and of the rest mean, spread and extremes."""
    for name, stored in _read(paths[0]).items():
        dimensions, values, attributes = stored
        if name in dimensions or name.endswith("_bounds") or values.dtype.kind not in "if" or name.startswith(_NOT_COUNTED):
            yield Described(name, dimensions, values, attributes)
            continue
        others = [other.values for path in paths[1:] for other in _read(path, name).values()]
        if len(others) < len(paths) - 1 or any(other.shape != values.shape for other in others):
            continue  # members that release in other places, or in other numbers, have other axes
        yield from _of_variable(name, stored, [values, *others])


def _of_variable(name: str, stored: _Stored, by_member: Sequence[np.ndarray]) -> Iterator[Described]:
    """NaN, where a member has no value, counts for nothing."""
    dimensions, values, attributes = stored
    attributes = {key: text for key, text in attributes.items() if key not in _OF_ONE_MEMBER}
    said = attributes.get("long_name", name)
    known = np.zeros(values.shape, np.int64)
    mean, squares = np.zeros(values.shape), np.zeros(values.shape)
    least, most = np.full(values.shape, np.inf), np.full(values.shape, -np.inf)
    for of_one in by_member:
        there = np.isfinite(of_one)
        here = np.where(there, of_one, 0.0)
        known += there
        off = np.where(there, here - mean, 0.0)
        mean += off / np.maximum(known, 1)
        squares += off * np.where(there, here - mean, 0.0)  # Welford, Technometrics 4 (1962) 419
        least, most = np.where(there, np.minimum(least, here), least), np.where(there, np.maximum(most, here), most)
    nothing = known == 0
    sd = np.where(known > 1, np.sqrt(squares / np.maximum(known - 1, 1)), np.nan)
    for kind, result, words in (
        ("mean", np.where(nothing, np.nan, mean), "mean"),
        ("sd", sd, "standard deviation"),
        ("min", np.where(nothing, np.nan, least), "least"),
        ("max", np.where(nothing, np.nan, most), "largest"),
    ):
        yield Described(f"{name}_{kind}", dimensions, result, {**attributes, "long_name": f"{said}, {words} of the members"})
    if values.size * len(by_member) <= MOST_BY_MEMBER:
        yield Described(name, ("member", *dimensions), np.stack([each.astype(float) for each in by_member]), attributes)


def _read(path: Path, name: str = "") -> dict[str, _Stored]:
    """All variables of a file, or one if it is there."""
    import netCDF4

    try:
        with LOCK, netCDF4.Dataset(path) as file:
            file.set_auto_maskandscale(False)
            file.set_auto_chartostring(False)
            return {
                each: _Stored(variable.dimensions, np.asarray(variable[...]), variable.__dict__)
                for each, variable in file.variables.items()
                if name in ("", each)
            }
    except (OSError, RuntimeError) as error:
        raise OutputError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
