"""Whole runs from a run file in text to tracks in memory, for tests. Not the kernels alone (that is
`tank`)."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from fvdrift.settings.load import load_run_file
from fvdrift.simulation.roles import run

ESTUARY = Path(__file__).parents[2] / "configs" / "estuary"
STATUS = {
    name: i
    for i, name in enumerate(("not_released", "active", "stranded", "deposited", "settled", "exited", "dead"))
}


@dataclass(frozen=True)
class Tracks:
    """time: seconds since the first output (obs,); columns: by name, (obs, particle); record: what run.json
    says."""

    time: np.ndarray
    columns: dict[str, np.ndarray]
    record: dict[str, Any]

    def __getattr__(self, name: str) -> np.ndarray:
        try:
            return self.columns[name]
        except KeyError:
            raise AttributeError(name) from None

    def row(self, hours: float) -> int:
        """The output nearest to so many hours after the first; it must be there."""
        nearest = int(np.abs(self.time - 3600 * hours).argmin())
        assert abs(self.time[nearest] - 3600 * hours) < 0.5
        return nearest


def follow(folder: Path, text: str, name: str = "run") -> Tracks:
    """Run the run file `text` in `folder`; it is to leave output.file as it is."""
    path = folder / f"{name}.toml"
    path.write_text(text)
    assert run(load_run_file(path, []), overwrite=True, quiet=True, communicator=None) == 0
    return tracks_of(folder / "tracks.nc")


def tracks_of(path: Path) -> Tracks:
    """Read a tracks file and the record beside it."""
    with netCDF4.Dataset(path) as data:
        data.set_auto_mask(False)
        names = ("x", "y", "z", "sigma", "status", "dry")
        rows = {
            key: v[:]
            for key, v in data.variables.items()
            if v.ndim == 2 and v.dimensions == ("trajectory", "obs")
        }
        time = np.nanmax(rows.pop("time"), axis=0)
        columns = {key: np.ascontiguousarray(values.T) for key, values in rows.items()}
    assert set(names) <= set(columns)
    record = json.loads(path.with_suffix(".run.json").read_text())
    return Tracks(time - time[0], columns, record)


def write_points(path: Path, **columns: np.ndarray) -> str:
    """A release CSV with every digit of its numbers; returns the path as text."""
    rows = zip(*columns.values(), strict=True)
    lines = [",".join(columns), *(",".join(repr(float(value)) for value in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return str(path)
