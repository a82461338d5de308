"""Variables of tracks that come back, each put into the form in which a run writes it. Which files need that
is `returned_tracks`."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.tools.netcdf.cf_crs import GRID_MAPPING

from .tracks_in_memory import BOTH

if TYPE_CHECKING:
    import xarray

WHOLE = ("trajectory", "release")  # whole numbers, of each trajectory
_OF_THEIR_OWN_FORM = (*WHOLE, "release_time", "release_name", "time", "status", GRID_MAPPING)
SINCE, COUNTED = "seconds since 1970-01-01T00:00:00Z", "seconds"
_SECONDS = {
    "us": 1e-6, "microsecond": 1e-6, "ms": 1e-3, "millisecond": 1e-3, "s": 1.0, "sec": 1.0, "second": 1.0,
    "m": 60.0, "min": 60.0, "minute": 60.0, "h": 3600.0, "hour": 3600.0, "d": 86400.0, "day": 86400.0,
}  # fmt: skip


KEEP = "keep_attrs=True keeps attributes; a table loses them, so copy them back from the tracks"


class Returned(NamedTuple):
    """dataset: time (obs,) and release_time (trajectory,) float64 seconds; trajectory, release, status whole
    numbers; release_name texts; columns (trajectory, obs), NaN where nothing is; masked: somebody took
    records out."""

    dataset: "xarray.Dataset"
    masked: bool


def direction_of(run_file: Any) -> int:
    """1 or -1, that of time by the attribute `run_file`."""
    try:
        return -1 if json.loads(run_file)["time"]["direction"] == "backward" else 1
    except (ValueError, TypeError, KeyError):
        return 1


class ColumnReader:
    """A dataset as xarray has it, and what of it a run would have written. needed: variables without which it
    is no tracks. Its methods raise RunFileError for what cannot be put into that form."""

    def __init__(self, dataset: "xarray.Dataset", path: Path, needed: Sequence[str]):
        self._dataset, self._path, self._needed = dataset, path, needed

    def read(self) -> Returned:
        import xarray

        dataset, variables = self._dataset, self._dataset.variables
        numbers = {
            name: self._whole(name, self._along(name, BOTH[:1])) for name in WHOLE if name in variables
        }
        if "trajectory" in numbers and (numbers["trajectory"][0] < 0).any():
            raise self._wrong("trajectory: has numbers below 0: a file of tracks that are split was missing")
        status, absent = self._status() if "status" in variables else (None, None)
        masked = absent is not None and bool(absent.any())
        made: dict[str, Any] = {
            name: (BOTH[:1], values.astype(np.int64)) for name, (values, _) in numbers.items()
        }
        made |= self._columns(absent if masked else None)
        if status is not None:
            made["status"] = (BOTH, status.astype(np.int8), dict(variables["status"].attrs))
        kept, held = np.ones(dataset.sizes["trajectory"], bool), np.zeros(0)
        if "release" in numbers:
            releases, unknown = numbers["release"]
            kept = self._kept(unknown, absent)
            held = releases[kept]
        if "release_name" in variables:
            made["release_name"] = (("release_index",), self._release_names(held))
        for name, dimensions in (("time", BOTH[1:]), ("release_time", BOTH[:1])):
            if name in variables:
                values, units = self._seconds(name, dimensions)
                made[name] = (dimensions, values, {**variables[name].attrs, "units": units})
        found = xarray.Dataset(made, attrs=dataset.attrs)
        if not kept.all():
            found = found.isel(trajectory=np.flatnonzero(kept))
        return Returned(self._in_time(found), absent is not None and bool(absent[kept].any()))

    def _status(self) -> tuple[np.ndarray, np.ndarray]:
        """The status of each record, and where the person took records out."""
        status, absent = self._whole("status", self._along("status", BOTH))
        status = _carried_on(status, absent)
        meanings = str(self._dataset["status"].attrs["flag_meanings"]).split()
        if status.size and not (status.min() >= 0 and status.max() < len(meanings)):
            odd = int(status.min() if status.min() < 0 else status.max())
            raise self._wrong(f"status: holds {odd}, which is none of {', '.join(meanings)}")
        return status, absent

    def _columns(self, absent: np.ndarray | None) -> dict[str, Any]:
        """All variables of particles and records that have no form of their own."""
        columns = {
            str(name): variable
            for name, variable in self._dataset.variables.items()
            if set(BOTH) <= set(variable.dims) and name not in _OF_THEIR_OWN_FORM
        }
        for name in {"x", "y", "z", "lon", "lat", "sigma"}.intersection(self._needed) - set(columns):
            self._along(name, BOTH)  # says what is wrong with it
        return {name: self._column(name, variable, absent) for name, variable in columns.items()}

    def _release_names(self, held: np.ndarray) -> np.ndarray:
        """held: the releases of trajectories, which must all have a name."""
        names = [_text(name) for name in self._along("release_name", ("release_index",)).tolist()]
        if len(held) and not (held.min() >= 0 and held.max() < len(names)):
            raise self._wrong(
                f"release: holds {int(held.max())}, and release_name names {len(names)} (isel took some away)"
            )
        return np.array(names, object)

    def _wrong(self, what: str) -> RunFileError:
        return RunFileError(f"{self._path}: {what}")

    def _along(self, name: str, dimensions: tuple[str, ...]) -> np.ndarray:
        """A variable on these dimensions alone: along others, into which xarray and tables spread it, it must
        be the same."""
        variable = self._dataset.variables[name]
        lacking = [each for each in dimensions if each not in variable.dims]
        if lacking:
            raise self._wrong(
                f"{name}: has the dimensions ({', '.join(map(str, variable.dims))}), and not {lacking[0]}"
            )
        others = [each for each in variable.dims if each not in dimensions]
        if name == "time" and others == ["trajectory"] and self._of_one_run:
            first = variable.isel(trajectory=0).values
            if not _missing(first).any():
                return first
        values = variable.transpose(*dimensions, *others).values
        if not others:
            return values
        values = values.reshape(*values.shape[: len(dimensions)], -1)
        if not values.shape[-1]:
            raise self._wrong("holds no trajectory, or no record")
        there = ~_missing(values)
        found = np.take_along_axis(values, there.argmax(axis=-1)[..., None], axis=-1)
        if ((values != found) & there).any():
            raise self._wrong(
                f"{name}: differs along {', '.join(map(str, others))}: are tracks of several runs in it?"
            )
        return found[..., 0]

    @property
    def _of_one_run(self) -> bool:
        """Whether trajectories are numbered as those of one run, whose records are of the same times."""
        numbers = self._dataset["trajectory"]
        whole = numbers.dtype.kind == "i" and numbers.dims == BOTH[:1] and numbers.size > 0
        return whole and bool(np.all(np.diff(numbers.values) > 0))

    def _whole(self, name: str, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Whole numbers, 0 where there are none, and where that is."""
        if values.dtype.kind in "iub":
            return values, np.zeros(values.shape, bool)
        absent = _missing(values)
        try:
            numbers = np.where(absent, 0, values).astype(np.float64)
        except (ValueError, TypeError):
            raise self._wrong(f"{name}: holds no numbers") from None
        if (
            values.dtype.kind not in "fO"
            or (numbers != np.rint(numbers)).any()
            or (np.abs(numbers) > 2**53).any()
        ):
            odd = values.ravel()[np.argmax(numbers != np.rint(numbers))]
            raise self._wrong(f"{name}: holds what is no whole number, such as {odd}")
        return np.rint(numbers).astype(np.int64), absent

    def _column(self, name: str, variable: Any, absent: np.ndarray | None) -> Any:
        """Of particles and records, read when it is looked at where that will do. absent: where the person
        took records out."""
        attributes = dict(variable.attrs)
        if absent is None and set(variable.dims) == set(BOTH) and variable.dtype.kind in "fiub":
            return variable.transpose(*BOTH)
        values = self._along(name, BOTH)
        if values.dtype.kind == "m":
            values, attributes["units"] = values / np.timedelta64(1, "s"), "s"
        if values.dtype.kind == "O":
            try:
                values = np.where(_missing(values), np.nan, values).astype(np.float64)
            except (ValueError, TypeError):
                return BOTH, values, attributes  # texts of the person's own
        if absent is not None and values.dtype.kind in "fiub":
            values = np.where(absent, np.nan, values)
        return BOTH, values, attributes

    def _kept(self, unknown: np.ndarray, absent: np.ndarray | None) -> np.ndarray:
        """Trajectories of which anything is left."""
        if not unknown.any():
            return np.ones(len(unknown), bool)
        gone = np.zeros(len(unknown), bool) if absent is None else absent.all(axis=1)
        if (unknown & ~gone).any():
            raise self._wrong(f"release: has no value for trajectory {int(np.argmax(unknown & ~gone))}")
        return ~(unknown & gone)

    def _seconds(self, name: str, dimensions: tuple[str, ...]) -> tuple[np.ndarray, str]:
        values, units = (
            self._along(name, dimensions),
            str(self._dataset.variables[name].attrs.get("units", "")),
        )
        absent = _missing(values)
        if values.dtype.kind == "M":
            half = np.timedelta64(500, "ns") if values.dtype == "M8[ns]" else np.timedelta64(0, "us")
            return np.where(absent, np.nan, (values + half).astype("M8[us]").astype(np.int64) / 1e6), SINCE
        if values.dtype.kind == "m":
            return np.where(absent, np.nan, values / np.timedelta64(1, "us") / 1e6), COUNTED
        if values.dtype.kind == "O":
            return self._of_dates(name, values, absent), SINCE
        unit = units.strip().lower()
        scale = _SECONDS.get(unit) or _SECONDS.get(unit.removesuffix("s"))
        if values.dtype.kind not in "fiu" or scale is None:
            raise self._wrong(f"{name}: has no unit of time ({units!r}): {KEEP}")
        return values.astype(np.float64) * scale, COUNTED

    def _of_dates(self, name: str, values: np.ndarray, absent: np.ndarray) -> np.ndarray:
        import cftime

        found = np.full(values.shape, np.nan)
        try:
            dates = values[~absent].tolist()
            if dates:
                since = cftime.date2num(dates, "microseconds since 1970-01-01", dates[0].calendar)
                found[~absent] = np.asarray(since, np.float64) / 1e6
        except (ValueError, TypeError, AttributeError) as error:
            raise self._wrong(f"{name}: holds no times ({error})") from None
        return found

    def _in_time(self, found: "xarray.Dataset") -> "xarray.Dataset":
        """Records in the order in which the run made them."""
        if "time" not in found:
            return found
        times = found["time"].values
        if not np.isfinite(times).all():
            raise self._wrong(
                f"time: has no value at record {int(np.argmax(~np.isfinite(times)))}: it was masked"
            )
        if len(np.unique(times)) < len(times):
            raise self._wrong("time: is that of several records: are parts of tracks in it that overlap?")
        order = np.argsort(times * direction_of(found.attrs.get("run_file", "")))
        return found if np.array_equal(order, np.arange(len(order))) else found.isel(obs=order)


def _carried_on(status: np.ndarray, absent: np.ndarray) -> np.ndarray:
    """With the last that is known, where records were taken out."""
    if not absent.any():
        return status
    last = np.maximum.accumulate(np.where(absent, 0, np.arange(status.shape[1])), axis=1)
    return np.take_along_axis(status, last, axis=1)


def _missing(values: np.ndarray) -> np.ndarray:
    """Where a value is none."""
    missing: np.ndarray = np.zeros(values.shape, bool)
    if values.dtype.kind == "f":
        missing = np.isnan(values)
    elif values.dtype.kind in "Mm":
        missing = np.isnat(values)
    elif values.dtype.kind == "O":
        import pandas

        missing = np.asarray(pandas.isnull(values)) | (values == "") | (values == b"")
    elif values.dtype.kind in "US":
        missing = values == values.dtype.type()
    return missing


def _text(name: Any) -> str:
    if isinstance(name, bytes):
        return name.decode("utf-8", "replace").rstrip("\0")
    return name if isinstance(name, str) else ""
