"""Tracks that xarray has opened, as a picture needs them: the whole of a file, or what was chosen or worked
out of it."""

from pathlib import Path

import numpy as np
import xarray

from fvdrift.output import BOTH, load, returned
from fvdrift.tools.duration import SECOND

from .track_file import Column, TrackFile, chunk_of, numbers_of

NEEDED = ("time", "status", "z", "release", "release_name")


def tracks_of(path: Path) -> TrackFile:
    """The tracks in a file, whatever hands they went through. Raises RunFileError."""
    plain = TrackFile.as_written(path)
    return TrackFile(path) if plain else DatasetTracks(load(path), path)


class DatasetTracks(TrackFile):
    """As TrackFile. Particles are numbered as they stand in the dataset."""

    def __init__(self, dataset: xarray.Dataset, path: Path | None = None):
        """path: of the file that the dataset is of, where it does not tell. Raises RunFileError for what are
        no tracks."""
        self.path = Path(str(dataset.encoding.get("source", "tracks"))) if path is None else path
        self._dataset = returned(dataset, self.path, NEEDED).dataset
        self._describe()

    def _describe(self) -> None:
        dataset, self._by_row = self._dataset, False
        self.chunk = chunk_of(None)
        self.attributes = dict(dataset.attrs)
        self.trajectories, self.observations = (int(dataset.sizes[name]) for name in BOTH)
        self.calendar = "since" in dataset["time"].attrs["units"]
        self.times = np.rint(dataset["time"].values * SECOND).astype(np.int64)
        self.geographic = "x" not in dataset
        self._x, self._y = ("lon", "lat") if self.geographic else ("x", "y")
        self.statuses = tuple(str(dataset["status"].attrs["flag_meanings"]).split())
        self.names = [str(name) for name in dataset["release_name"].values]
        self.release = dataset["release"].values
        self._numbers = numbers_of(dataset.variables.get("trajectory"), self.trajectories)
        born = dataset["release_time"].values if "release_time" in dataset else np.array([np.nan])
        self._born = np.rint(born * SECOND).astype(np.int64) if np.isfinite(born).all() else None
        shape = (self.trajectories, self.observations)
        time = (BOTH, np.broadcast_to(dataset["time"].values, shape), dataset["time"].attrs)
        self._dataset = dataset = dataset.drop_vars("time").assign(time=time)
        self.columns = {
            str(name): Column.of(str(name), v.attrs)
            for name, v in dataset.variables.items()
            if set(v.dims) == set(BOTH) and v.dtype.kind in "fiub"
        }

    def close(self) -> None:
        """The dataset is whoever's opened it."""

    def _part(self, name: str, ids: slice, rows: range) -> np.ndarray:
        variable = self._dataset[{"x": self._x, "y": self._y}.get(name, name)]
        taken = variable.isel(trajectory=ids, obs=slice(rows.start, rows.stop, rows.step))
        return taken.transpose(*BOTH).values
