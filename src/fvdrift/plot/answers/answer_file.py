"""What a file of statistics holds, one statistic at a time, in numbers that can be drawn. Nothing is drawn here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.output import load
from fvdrift.tools.duration import SECOND
from fvdrift.tools.quantity import shown

if TYPE_CHECKING:
    import xarray

MEMBER = "member"
SPREAD = ("sd", "min", "max", "members")  # what a summary of an ensemble says of a variable beside its mean


@dataclass(frozen=True)
class Quantity:
    """A variable: of one run, or the mean of the members of an ensemble. values: float64, NaN where there is none; sd, low,
    high: of the members, None without an ensemble."""

    key: str
    dimensions: tuple[str, ...]
    values: np.ndarray
    long_name: str
    units: str
    sd: np.ndarray | None = None
    low: np.ndarray | None = None
    high: np.ndarray | None = None

    def at_its_one_time(self) -> "Quantity":
        """Without its time, where it has one only."""
        if not self.dimensions or not self.dimensions[0].endswith("_time") or len(self.values) != 1:
            return self
        return self.at(self.dimensions[0], 0)

    def at(self, dimension: str, row: int) -> "Quantity":
        """At one place of a dimension, which it loses."""
        axis = self.dimensions.index(dimension)
        cut = [
            None if each is None else each.take(row, axis)
            for each in (self.values, self.sd, self.low, self.high)
        ]
        kept = self.dimensions[:axis] + self.dimensions[axis + 1 :]
        values, *spread = cut
        assert values is not None
        return Quantity(self.key, kept, values, self.long_name, self.units, *spread)

    def called(self, long_name: str) -> "Quantity":
        """By another name."""
        return replace(self, long_name=long_name)

    def of_spread(self) -> "Quantity":
        """The standard deviation of the members in its place."""
        assert self.sd is not None
        return Quantity(f"{self.key}_sd", self.dimensions, self.sd, self.long_name, self.units)


@dataclass(frozen=True)
class Statistic:
    """variables: by what they are called behind the statistic's name."""

    name: str
    kind: str
    variables: "Mapping[str, xarray.DataArray]"
    dataset: "xarray.Dataset"

    def quantity(self, key: str) -> Quantity:
        """Raises KeyError where the file has none of that name."""
        summarised = f"{key}_sd" in self.variables
        stored = self.variables[f"{key}_mean" if summarised else key]
        words = (
            str(stored.attrs.get("long_name", key))
            .removesuffix(", mean of the members")
            .replace(" of these values", " of particles")
        )
        units, dimensions = str(stored.attrs.get("units", "1")), tuple(map(str, stored.dims))
        spread = [numbers(self.variables[f"{key}_{what}"]) if summarised else None for what in SPREAD[:3]]
        return Quantity(key, dimensions, numbers(stored), words, units, *spread)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Of all quantities: variables that are no coordinates, bounds or flags, with what an ensemble says of each under
        its one name."""
        found = [key.removesuffix("_sd") for key in self.variables if key.endswith("_sd")]
        beside = {f"{key}_{what}" for key in found for what in ("mean", *SPREAD)}
        alone = [key for key in self.variables if key not in {*found, *beside} and self._is_number(key)]
        return (*found, *alone)

    def _is_number(self, key: str) -> bool:
        """Whether it is no coordinate, bounds, name or flag, and of all members together."""
        stored, name = self.variables[key], f"{self.name}_{key}"
        return not (
            stored.dtype.kind not in "fiumM"
            or MEMBER in stored.dims
            or name in self.dataset.coords
            or name in stored.dims
            or key.endswith("_bounds")
            or "flag_values" in stored.attrs
        )

    def labels(self, dimension: str) -> list[str] | None:
        """Names of what a dimension counts."""
        names = self.dataset.variables.get(f"{dimension}_name")
        return None if names is None else [_text(value) for value in names.values]

    def times(self, dimension: str) -> tuple[np.ndarray, bool]:
        """int64 (time,) microseconds, and whether they have a calendar."""
        stored = self.dataset.variables[dimension]
        if stored.dtype.kind == "M":
            return stored.values.astype("datetime64[us]").astype(np.int64), True
        return np.rint(numbers(stored) * SECOND).astype(np.int64), False

    def bounds(self, dimension: str) -> np.ndarray | None:
        """float64 (cell, 2), seconds where they are times; None where the file has none."""
        stored = self.dataset.variables.get(f"{dimension}_bounds")
        return None if stored is None else numbers(stored)


class Answers:
    """An open dataset of statistics. path: of its file; attributes: global ones; geographic: in degrees."""

    def __init__(self, dataset: "xarray.Dataset", path: Path):
        """Raises RunFileError for what are no statistics."""
        self.path, self.dataset = path, dataset
        self.attributes: dict[str, Any] = dict(dataset.attrs)
        # grids of a projected run have lon and lat beside x and y
        self.geographic = any(str(name).endswith("_lon") for name in dataset.variables) and not any(
            stored.attrs.get("standard_name") == "projection_x_coordinate"
            for stored in dataset.variables.values()
        )
        found: dict[str, dict[str, Any]] = {}
        kinds: dict[str, str] = {}
        for variable, stored in dataset.variables.items():
            name = str(stored.attrs.get("statistic_name", ""))
            if name and str(variable).startswith(f"{name}_"):
                kinds[name] = str(stored.attrs["statistic_kind"])
                found.setdefault(name, {})[str(variable).removeprefix(f"{name}_")] = dataset[variable]
        if not found:
            raise RunFileError(
                f"{path}: are no statistics (no variable has the attribute statistic_kind); fvdrift stats works them out anew"
            )
        self.statistics = [Statistic(name, kinds[name], found[name], dataset) for name in found]

    @property
    def title(self) -> str:
        return str(self.attributes.get("title", self.path.name))

    @property
    def tracks(self) -> Path:
        """Where the tracks are, or would be, that the statistics are of; of an ensemble those of its first member."""
        path = self.path
        if self.members and "member_file" in self.dataset:
            path = path.with_name(_text(self.dataset["member_file"].values[0]))
        return path.with_name(f"{path.name.removesuffix('.nc').removesuffix('.stats')}.nc")

    @property
    def members(self) -> int:
        """Of an ensemble, 0 without one."""
        return int(self.dataset.sizes.get(MEMBER, 0))

    def chosen(self, name: str | None) -> list[Statistic]:
        """The one of that name, or all. Raises RunFileError."""
        taken = [each for each in self.statistics if name in (None, each.name)]
        if not taken:
            there = ", ".join(shown(each.name) for each in self.statistics)
            raise RunFileError(f"{self.path}: has no statistic {shown(str(name))}; it has {there}")
        return taken


def holds_answers(path: Path) -> bool:
    """Whether a file is one of statistics, by what is in it."""
    import netCDF4

    from fvdrift.tools.netcdf.lock import LOCK

    try:
        with LOCK, netCDF4.Dataset(path) as file:
            return not {"trajectory", "obs"} & set(file.dimensions) and (
                any("statistic_kind" in variable.ncattrs() for variable in file.variables.values())
                or path.name.endswith((".stats.nc", ".ensemble.nc"))
            )
    except (OSError, RuntimeError):
        return False


def are_answers(dataset: "xarray.Dataset") -> bool:
    """As `holds_answers`, of a dataset."""
    return any("statistic_kind" in stored.attrs for stored in dataset.variables.values())


def answers_in(path: Path) -> Answers:
    """Raises RunFileError for what is no file of statistics."""
    return Answers(load(path), path)


def numbers(stored: Any) -> np.ndarray:
    """float64; times and durations in seconds."""
    values = np.asarray(stored.values)
    if values.dtype.kind in "mM":
        seconds = values.astype(f"{values.dtype.kind}8[us]").astype(np.int64) / SECOND
        return np.where(np.isnat(values), np.nan, seconds)
    return values.astype(np.float64)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
