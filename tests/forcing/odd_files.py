"""A small FVCOM file as a dict that a test bends before it is written; its numbers tell where they came
from."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from fvdrift.tools.netcdf.lock import LOCK

HOUR = 3_600_000_000
DAY = 24 * HOUR
MJD = -40_587 * DAY
START = int(np.datetime64("2020-05-01T00:00:00", "us").astype(np.int64))

NX, NY = 5, 4  # nodes along x and y
X, Y = (a.ravel() for a in np.meshgrid(1000.0 * np.arange(NX), 1000.0 * np.arange(NY)))
_LOW = (np.arange(NY - 1)[:, None] * NX + np.arange(NX - 1)).ravel()
TRIANGLES = np.concatenate(
    [np.stack([_LOW, _LOW + 1, _LOW + NX + 1], 1), np.stack([_LOW, _LOW + NX + 1, _LOW + NX], 1)]
)  # counter-clockwise
LEVELS = np.array([0.0, -0.1, -0.4, -1.0])
LAYERS = 0.5 * (LEVELS[1:] + LEVELS[:-1])
NODES, ELEMENTS = len(X), len(TRIANGLES)


@dataclass
class OddFile:
    """dims: name -> size (None: unlimited); variables: name -> (dims, values, attributes); attributes: of the
    file."""

    dims: dict[str, int | None]
    variables: dict[str, tuple[tuple[str, ...], Any, dict[str, Any]]]
    attributes: dict[str, str] = field(default_factory=dict)

    def set(
        self, name: str, values: Any, dims: tuple[str, ...] | None = None, **attributes: Any
    ) -> "OddFile":
        """Give variable `name` other values (and dims, attributes; those not given stay)."""
        old = self.variables.get(name, (dims, None, {}))
        self.variables[name] = (dims or old[0], np.asarray(values), {**old[2], **attributes})
        return self

    def drop(self, *names: str) -> "OddFile":
        for name in names:
            del self.variables[name]
        return self

    def values(self, name: str) -> np.ndarray:
        return self.variables[name][1]

    def write(self, path: Path, format: str = "NETCDF4_CLASSIC", **options: Any) -> Path:
        """options: of createVariable, for variables with a time."""
        # frames may be read meanwhile, by a thread
        with LOCK, netCDF4.Dataset(path, "w", format=format) as data:
            for name, size in self.dims.items():
                data.createDimension(name, size)
            for name, (dims, given, attributes) in self.variables.items():
                values = given
                if values.dtype == np.int64 and format != "NETCDF4":  # the classic model has none
                    values = values.astype(np.int32)
                kind = str if values.dtype.kind in "OU" else values.dtype
                fill = attributes.get("_FillValue")
                extra = options if len(dims) > 1 and dims[0] == "time" and values.dtype.kind in "fi" else {}
                variable = data.createVariable(name, kind, dims, fill_value=fill, **extra)
                variable.set_auto_maskandscale(False)
                variable.set_auto_chartostring(False)
                variable.setncatts({key: value for key, value in attributes.items() if key != "_FillValue"})
                variable[...] = values.astype(object) if kind is str else values
            data.setncatts(self.attributes)
        return path


def characters(texts: list[str]) -> np.ndarray:
    """Texts as rows of 26 characters."""
    return np.array([list(text.ljust(26)[:26]) for text in texts], "S1")


def stamp(time: Any) -> str:
    """2020-05-01T00:00:00.000000"""
    return str(np.datetime64(int(time), "us"))


def u_value(time_index: float) -> np.ndarray:
    """u of a record: 0.1 for each hour since START, 0.01 for each layer, 1e-5 for each element."""
    return (0.1 * time_index + 0.01 * np.arange(3)[:, None] + 1e-5 * np.arange(ELEMENTS)).astype("f4")


def small_file(hours: tuple[float, ...] = (0, 1, 2)) -> OddFile:
    """4 x 3 squares of 1 km cut in two, 3 layers, records at `hours` after 2020-05-01; Cartesian, nv
    clockwise, as FVCOM writes it.
    """
    count = len(hours)
    times = [START + round(hour * HOUR) for hour in hours]
    days = np.array(times) - MJD
    node_levels = np.repeat(LEVELS[:, None], NODES, 1).astype("f4")
    node_layers = np.repeat(LAYERS[:, None], NODES, 1).astype("f4")
    u = np.stack([u_value(hour) for hour in hours])
    mjd = {
        "units": "days since 1858-11-17 00:00:00",
        "format": "modified julian day (MJD)",
        "time_zone": "UTC",
    }
    zeta = np.stack([0.1 * hour + 0.001 * np.arange(NODES) for hour in hours]).astype("f4")
    omega = np.stack([np.full((4, NODES), 1e-4 * (1 + hour)) for hour in hours]).astype("f4")
    variables: dict[str, tuple[tuple[str, ...], Any, dict[str, Any]]] = {
        "x": (("node",), (X + 420_000).astype("f4"), {}),
        "y": (("node",), (Y + 5_540_000).astype("f4"), {}),
        "lon": (("node",), np.zeros(NODES, "f4"), {}),
        "lat": (("node",), np.zeros(NODES, "f4"), {}),
        "h": (("node",), (10 + 0.1 * np.arange(NODES)).astype("f4"), {}),
        "nv": (("three", "nele"), (TRIANGLES[:, [0, 2, 1]].T + 1).astype("i4"), {}),
        "siglay": (("siglay", "node"), node_layers, {}),
        "siglev": (("siglev", "node"), node_levels, {}),
        "time": (("time",), (days / DAY).astype("f4"), dict(mjd)),
        "Itime": (("time",), (days // DAY).astype("i4"), dict(mjd)),
        "Itime2": (("time",), (days % DAY // 1000).astype("i4"), {"units": "msec since 00:00:00"}),
        "Times": (("time", "DateStrLen"), characters([stamp(time) for time in times]), {}),
        "zeta": (("time", "node"), zeta, {}),
        "u": (("time", "siglay", "nele"), u, {"units": "meters s-1", "long_name": "Eastward Water Velocity"}),
        "v": (("time", "siglay", "nele"), -u, {}),
        "omega": (("time", "siglev", "node"), omega, {"units": "s-1"}),
    }
    dims = {
        "node": NODES,
        "nele": ELEMENTS,
        "siglay": 3,
        "siglev": 4,
        "three": 3,
        "DateStrLen": 26,
        "time": None,
    }
    assert count == len(u)
    return OddFile(dims, variables, {"CoordinateSystem": "Cartesian"})


def geographic(file: OddFile, lon0: float = -4.0, lat0: float = 50.0) -> OddFile:
    """Give `file` real lon, lat that belong to its x, y: metres on the sphere round (lon0, lat0)."""
    degree = 6_371_000 * np.pi / 180
    lat = lat0 + Y / degree
    file.set("lat", lat.astype("f4"))
    return file.set("lon", (lon0 + X / (degree * np.cos(np.deg2rad(lat0)))).astype("f4"))
