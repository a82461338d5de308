"""What the members of an ensemble have in common and how far they lie apart: NAME.ensemble.nc, made of their
files at the end.

Statistics are read some variables at a time: what all members have of them fits in memory, and each file is opened
a few times, not once a variable (of 94 variables of two members: 1.2 s, not 38).
"""

import json
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from fvdrift.output import DESCRIBING, ensemble_path, record_of, statistics_path
from fvdrift.preparation import Member, seeds_said
from fvdrift.settings import RunFile, resolved_keys
from fvdrift.statistics import FileVariable, write_file
from fvdrift.tools.netcdf.lock import LOCK
from fvdrift.tools.particle_arrays import STATUS_NAMES
from fvdrift.version import __version__

from .member_axes import Axis, axes_of, laid_out
from .member_files import Stored, labels_of, read
from .varied_values import as_numbers

# values of a variable over all members up to which they stand side by side in the file
MOST_BY_MEMBER = 1_000_000
AT_ONCE = 64 << 20  # bytes that are read of all members together, unless one variable has more
_OF_ONE_MEMBER = ("_FillValue", "comment")  # attributes that say nothing of the others
_OF_STATISTIC = ("statistic_name", "statistic_kind")
_DEGREES = ("longitude", "latitude")
# attributes that name variables of it
_OF_TOPOLOGY = ("node_coordinates", "face_coordinates", "face_node_connectivity")


class Summary(NamedTuple):
    """path: of the file; notes: sentences for a person about what is not as it looks in it."""

    path: Path
    notes: list[str]


def write_summary(run_file: RunFile, members: Sequence[Member], tracks: Sequence[Path]) -> Summary:
    """Write it, whole or not at all, over one of before. tracks: of each member, its other files are beside
    them. Raises OutputError."""
    path = ensemble_path(run_file.resolve(run_file.output.file))
    counted = [statistics_path(each) for each in tracks]
    written = tracks if run_file.output.tracks else counted
    variables = [*_members(members, tracks, written)]
    notes: list[str] = []
    if run_file.statistic:
        variables += _spread(counted, notes)
    write_file(
        path,
        variables,
        {
            "title": run_file.title or "Ensemble of particle tracks",
            "source": f"fvdrift {__version__}, from FVCOM output",
            "comment": "; ".join(filter(None, (seeds_said(members), *notes))),
            "run_file": json.dumps(resolved_keys(run_file), ensure_ascii=False),
            **_shared(written),
            **run_file.output.attributes,
        },
    )
    return Summary(path, notes)


def _shared(paths: Sequence[Path]) -> dict[str, Any]:
    """Global attributes by which catalogues find a file, as far as the files of all members have the same."""
    import netCDF4

    found: list[dict[str, Any]] = []
    for path in paths:
        with suppress(OSError, RuntimeError), LOCK, netCDF4.Dataset(path) as file:
            found.append(file.__dict__)
    names = [name for name in DESCRIBING if name not in ("title", "source", "run_file", "seed")]
    return {
        name: found[0][name]
        for name in names
        if found and all(name in each and each[name] == found[0][name] for each in found)
    }


def _members(
    members: Sequence[Member], tracks: Sequence[Path], written: Sequence[Path]
) -> Iterator[FileVariable]:
    """Which members there are, what they have of the keys that vary, and what became of their particles;
    written: what to look at of each."""
    yield FileVariable(
        "member", ("member",), np.arange(1, len(members) + 1), {"long_name": "member of the ensemble"}
    )
    yield FileVariable(
        "member_file",
        ("member",),
        np.array([each.name for each in written]),
        {"long_name": "file of this member"},
    )
    seeds, _ = as_numbers([member.run_file.seed for member in members])
    yield FileVariable(
        "member_seed", ("member",), seeds, {"long_name": "seed of this member's random numbers"}
    )
    for key in members[0].values:
        name = "varied_" + re.sub(r"\W", "_", key)
        values, unit = as_numbers([member.values[key] for member in members])
        said = {"long_name": f"{key} of the run file"} | ({"units": unit} if unit else {})
        yield FileVariable(name, ("member",), values, said)
    yield FileVariable("status", ("status",), np.array(STATUS_NAMES), {"long_name": "status of a particle"})
    counts = [record_of(each).get("final_counts", {}) for each in tracks]
    numbers = np.array([[of_one.get(name, 0) for name in STATUS_NAMES] for of_one in counts], np.int64)
    said = {"long_name": "number of particles at the end", "units": "1"}
    yield FileVariable("final_count", ("member", "status"), numbers, said)


def _spread(paths: Sequence[Path], notes: list[str]) -> Iterator[FileVariable]:
    """All that the statistics of the members hold: once what is the same for all, and of the rest mean,
    spread and extremes. notes: gets what is to say of it."""
    first = read(paths[0])
    axes = axes_of([labels_of(path) for path in paths])
    if axes:
        notes.append(
            f"members differ along {', '.join(axes)}: values stand beside each other by these names, and ..._members says how "
            "many members have each"
        )
    describing, left_out = _describing(first), []
    for names in _batches(first, len(paths)):
        theirs = [first, *(read(path, set(names)) for path in paths[1:])]
        for name in names:
            alike = _alike(name, first[name], theirs, axes, describing)
            if alike is not None:
                yield alike
                continue
            there = _laid_out(name, theirs, axes)
            if len(there) < len(paths) or any(each.shape != there[0].shape for each in there):
                left_out.append(name)
            else:
                yield from _of_variable(name, first[name], there)
    if left_out:
        notes.append(f"not summarised, as members have it in other shapes: {', '.join(left_out)}")


def _batches(stored: Mapping[str, Stored], members: int) -> Iterator[list[str]]:
    """Names of variables that are read together."""
    batch: list[str] = []
    size = 0
    for name, each in stored.items():
        needed = each.values.nbytes * members
        if batch and size + needed > AT_ONCE:
            yield batch
            batch, size = [], 0
        batch.append(name)
        size += needed
    if batch:
        yield batch


def _alike(
    name: str,
    stored: Stored,
    theirs: Sequence[Mapping[str, Stored]],
    axes: Mapping[str, Axis],
    describing: Container[str],
) -> FileVariable | None:
    """A variable that is the same for all members, on the axes of all; None for one that may differ."""
    dimensions, values, attributes = stored
    labelled = name.removesuffix("_name") if values.dtype.kind == "S" else name
    if labelled in axes and dimensions[0] == labelled:
        labels = [label for label, _ in axes[labelled].labels]
        said = {key: text for key, text in attributes.items() if key != "_Encoding"}
        return FileVariable(name, (labelled,), np.array(labels), said)
    bounds = name.endswith("_bounds") or name in describing
    if bounds and axes.keys() & set(dimensions):
        return FileVariable(name, dimensions, _first_known(_laid_out(name, theirs, axes)), attributes)
    if bounds or name in dimensions or values.dtype.kind not in "if":
        return FileVariable(name, dimensions, values, attributes)
    return None


def _laid_out(
    name: str, theirs: Sequence[Mapping[str, Stored]], axes: Mapping[str, Axis]
) -> list[np.ndarray]:
    """A variable of each member that has one of that name, on the axes of all."""
    return [
        laid_out(each[name].values, each[name].dimensions, member, axes)
        for member, each in enumerate(theirs)
        if name in each
    ]


def _first_known(there: Sequence[np.ndarray]) -> np.ndarray:
    """What is the same for all members that have it."""
    result = there[0]
    for values in there[1:]:
        result = np.where(np.isnan(result), values, result)
    return result


def _describing(stored: Mapping[str, Stored]) -> set[str]:
    """The variables that say what the mesh is (UGRID), what the system of coordinates, and where the cells of a
    projected grid lie in degrees."""
    found = set()
    for name, (dimensions, _, attributes) in stored.items():
        if attributes.get("cf_role") == "mesh_topology":
            found |= {name, *(each for key in _OF_TOPOLOGY for each in str(attributes.get(key, "")).split())}
        if "crs_wkt" in attributes or (
            attributes.get("standard_name") in _DEGREES and dimensions and set(dimensions) <= stored.keys()
        ):
            found.add(name)
    return found


def _of_variable(name: str, stored: Stored, by_member: Sequence[np.ndarray]) -> Iterator[FileVariable]:
    """NaN, where a member has no value, counts for nothing."""
    dimensions, values, attributes = stored.dimensions, by_member[0], stored.attributes
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
        least, most = (
            np.where(there, np.minimum(least, here), least),
            np.where(there, np.maximum(most, here), most),
        )
    nothing = known == 0
    sd = np.where(known > 1, np.sqrt(squares / np.maximum(known - 1, 1)), np.nan)
    for kind, result, words in (
        ("mean", np.where(nothing, np.nan, mean), "mean"),
        ("sd", sd, "standard deviation"),
        ("min", np.where(nothing, np.nan, least), "least"),
        ("max", np.where(nothing, np.nan, most), "largest"),
    ):
        yield FileVariable(
            f"{name}_{kind}",
            dimensions,
            result,
            {**attributes, "long_name": f"{said}, {words} of the members"},
        )
    if (known < len(by_member)).any():
        kept = {key: attributes[key] for key in _OF_STATISTIC if key in attributes}
        counted = {"long_name": f"members with a value of: {said}", "units": "1", **kept}
        yield FileVariable(f"{name}_members", dimensions, known, counted)
    if values.size * len(by_member) <= MOST_BY_MEMBER:
        yield FileVariable(
            name, ("member", *dimensions), np.stack([each.astype(float) for each in by_member]), attributes
        )
