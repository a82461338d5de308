"""Tracks that xarray has opened, as a picture needs them: the whole of a file, or what was chosen or worked out of it."""

from pathlib import Path

import numpy as np
import xarray

from fvdrift.errors import RunFileError
from fvdrift.plot.track_file import Column, TrackFile

BOTH = ("trajectory", "obs")
NEEDED = ("time", "status", "z", "release", "release_name")


class DatasetTracks(TrackFile):
    """As TrackFile. Particles are numbered as they stand in the dataset."""

    def __init__(self, dataset: xarray.Dataset):
        """Raises RunFileError for what are no tracks."""
        self.path = Path(str(dataset.encoding.get("source", "tracks")))
        self._dataset = dataset
        missing = [name for name in BOTH if name not in dataset.dims]
        if missing:
            raise RunFileError(
                f"{self.path}: the dataset has no dimension {missing[0]}: choose by lists, as isel(trajectory=[0]), which keep it"
            )
        missing = [name for name in (*NEEDED, "lat" if "lon" in dataset else "y") if name not in dataset]
        if missing or "flag_meanings" not in dataset["status"].attrs:
            what = missing[0] if missing else "flag_meanings of status"
            raise RunFileError(f"{self.path}: are not tracks that fvdrift wrote: {what} is missing")
        self._describe()

    def _describe(self) -> None:
        dataset, self._by_row = self._dataset, False
        self.attributes = dict(dataset.attrs)
        self.trajectories, self.observations = (int(dataset.sizes[name]) for name in BOTH)
        time, status = dataset["time"], dataset["status"]
        seconds = (time.isel(trajectory=0) if "trajectory" in time.dims else time).values
        self.calendar = seconds.dtype.kind == "M" or "since" in str(time.attrs.get("units", ""))
        self.times = _microseconds(seconds)
        self.geographic = "x" not in dataset
        self._x, self._y = ("lon", "lat") if self.geographic else ("x", "y")
        self.statuses = tuple(str(status.attrs["flag_meanings"]).split())
        table = np.atleast_1d(dataset["release_name"].values)
        self.names = [name.decode() if isinstance(name, bytes) else str(name) for name in table]
        self.release = dataset["release"].values
        self._born = _microseconds(dataset["release_time"].values) if "release_time" in dataset else None
        self.columns = {
            str(name): Column(str(name), str(v.attrs.get("long_name", name)), str(v.attrs.get("units", "")))
            for name, v in dataset.variables.items()
            if set(v.dims) == set(BOTH)
        }

    def close(self) -> None:
        """The dataset is whoever's opened it."""

    def _part(self, name: str, ids: slice, rows: range) -> np.ndarray:
        variable = self._dataset[{"x": self._x, "y": self._y}.get(name, name)]
        taken = variable.isel(trajectory=ids, obs=slice(rows.start, rows.stop, rows.step))
        return taken.transpose(*BOTH).values


def _microseconds(times: np.ndarray) -> np.ndarray:
    """Of times as xarray decodes them, or as they are stored: in seconds."""
    return times.astype("M8[us]").astype(np.int64) if times.dtype.kind == "M" else np.rint(times * 1e6).astype(np.int64)
