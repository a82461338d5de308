"""Writes files in FVCOM's format with a flow that is known everywhere, for tests and benchmarks. Not a model.

From the command line: a rectangle of jittered triangles and one of the flows below. From Python: any mesh and
any flow:

    mesh = rectangle(10_000.0, 5_000.0, elements=2_000)
    flow = Flow(u=lambda x, y, sigma, t: 0.5 + 0 * x, v=lambda x, y, sigma, t: 0 * x)
    write_forcing("channel.nc", x=mesh.x, y=mesh.y, triangles=mesh.triangles, h=20.0, siglev=even_levels(10),
                  times_us=start + 3_600_000_000 * np.arange(25), flow=flow)

All in SI units: metres, seconds, m/s; sigma from 0 (surface) to -1 (bed). Functions of a flow take arrays
that broadcast.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from analytic_flows import FLOWS, Flow, named_flow, with_extras
from simple_meshes import Mesh, even_levels, neighbours, node_levels, peninsula, rectangle, uneven_levels

__all__ = [
    "FLOWS", "Flow", "Mesh", "even_levels", "main", "named_flow", "neighbours", "node_levels", "peninsula",
    "rectangle", "uneven_levels", "with_extras", "write_forcing", "write_obc",
]  # fmt: skip

EARTH_RADIUS = 6_371_000.0
DAY_US = 86_400_000_000
MJD_US = -40_587 * DAY_US  # 1858-11-17 in microseconds since 1970
DRY_DEPTH = 0.05
# dimensions after time, long_name and units, as FVCOM writes them (omega is in m/s whatever its units say)
_FIELDS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "zeta": (("node",), "Water Surface Elevation", "meters"),
    "u": (("siglay", "nele"), "Eastward Water Velocity", "meters s-1"),
    "v": (("siglay", "nele"), "Northward Water Velocity", "meters s-1"),
    "ua": (("nele",), "Vertically Averaged x-velocity", "meters s-1"),
    "va": (("nele",), "Vertically Averaged y-velocity", "meters s-1"),
    "omega": (("siglev", "node"), "Vertical Sigma Coordinate Velocity", "s-1"),
    "ww": (("siglay", "nele"), "Upward Water Velocity", "meters s-1"),
    "uwind_speed": (("nele",), "Eastward Wind Speed", "meters s-1"),
    "vwind_speed": (("nele",), "Northward Wind Speed", "meters s-1"),
    "kh": (("siglev", "node"), "Turbulent Eddy Viscosity For Scalars", "m 2 s-1"),
    "viscofh": (("siglay", "node"), "Horizontal Turbulent Eddy Viscosity For Scalars", "m 2 s-1"),
    "temp": (("siglay", "node"), "temperature", "degrees_C"),
    "salinity": (("siglay", "node"), "salinity", "1e-3"),
    "wet_nodes": (("node",), "Wet_Nodes", ""),
    "wet_cells": (("nele",), "Wet_Cells", ""),
}
FORMATS = ("NETCDF4_CLASSIC", "NETCDF4", "NETCDF3_64BIT_OFFSET", "NETCDF3_64BIT_DATA", "NETCDF3_CLASSIC")


def write_forcing(
    path: Path | str, *, x: np.ndarray, y: np.ndarray, triangles: np.ndarray, h: np.ndarray | float, siglev: np.ndarray,
    times_us: np.ndarray, flow: Flow, zero_us: int | None = None, lon: np.ndarray | None = None,
    lat: np.ndarray | None = None, coordinates: str = "cartesian", calendar: bool = True, wet: bool = False,
    depth_mean: bool = True, clockwise: bool = True, double: bool = False, deflate: int = 0,
    format: str = "NETCDF4_CLASSIC", wind: tuple[float, float] | None = None,
) -> None:  # fmt: skip
    """Write one file. x, y: (node,) where the flow is evaluated; triangles: (element, 3), 0-based; h: (node,)
    or one depth.

    siglev: (level,) or (level, node). times_us: int64 microseconds since 1970 (or the run's zero, without
    calendar); the flow's t = 0 is `zero_us`, unset the first of them. coordinates: what is written:
    "cartesian" (x, y), "geographic" (lon, lat; unset they are x, y themselves) or "both". wet: write
    wet_nodes, wet_cells by FVCOM's rule. double: float64 fields. wind: m/s towards x and y, the same
    everywhere and always.
    """
    triangles = np.asarray(triangles)
    nodes, elements = len(x), len(triangles)
    h = np.broadcast_to(np.asarray(h, np.float64), (nodes,))
    levels = np.asarray(siglev, np.float64)
    levels = np.broadcast_to(levels[:, None], (len(levels), nodes)) if levels.ndim == 1 else levels
    layers = 0.5 * (levels[1:] + levels[:-1])
    element_layers, thickness = (
        layers[:, triangles].mean(axis=2),
        -np.diff(levels[:, triangles].mean(axis=2), axis=0),
    )
    # then one column of sigma serves, and flows without sigma cost nothing
    same = bool(np.ptp(levels, axis=1).max() == 0)
    node_sigma = (layers[:, :1], levels[:, :1]) if same else (layers, levels)
    element_sigma = element_layers[:, :1] if same else element_layers
    xc, yc = x[triangles].mean(axis=1), y[triangles].mean(axis=1)
    times = np.asarray(times_us, np.int64)
    zero = int(times[0]) if zero_us is None else zero_us
    real = "f8" if double else "f4"

    with netCDF4.Dataset(str(path), "w", format=format) as data:
        data.set_fill_off()
        put = _Writer(data, real, deflate)
        for name, size in (
            ("node", nodes),
            ("nele", elements),
            ("siglay", len(layers)),
            ("siglev", len(levels)),
            ("three", 3),
        ):
            data.createDimension(name, size)
        data.createDimension("time", None)
        data.createDimension("DateStrLen", 26)
        data.setncatts(
            {
                "title": "an analytic flow in the format of FVCOM",
                "source": "FVCOM format, written by generate_forcing.py",
                "Conventions": "CF-1.0",
                "CoordinateSystem": "Cartesian" if coordinates == "cartesian" else "GeoReferenced",
            }
        )
        sphere = (x if lon is None else lon, y if lat is None else lat)
        _write_mesh(put, (x, y), sphere, triangles, coordinates, clockwise=clockwise)
        put.fixed("siglay", ("siglay", "node"), layers, long_name="Sigma Layers")
        put.fixed("siglev", ("siglev", "node"), levels, long_name="Sigma Levels")
        put.fixed("h", ("node",), h, long_name="Bathymetry", units="m")
        _write_times(put, times, calendar)

        for record, time in enumerate(times):
            t = (int(time) - zero) / 1e6
            zeta = np.zeros(nodes) if flow.zeta is None else np.broadcast_to(flow.zeta(x, y, t), (nodes,))
            put.frame(record, "zeta", zeta)
            for name, mean, velocity in (("u", "ua", flow.u), ("v", "va", flow.v)):
                values = np.broadcast_to(velocity(xc, yc, element_sigma, t), element_layers.shape)
                put.frame(record, name, values)
                if depth_mean:
                    put.frame(record, mean, (values * thickness).sum(axis=0))
            for name in ("omega", "kh", "temp", "salinity", "viscofh"):
                function = getattr(flow, name)
                if function is not None:
                    sigma = node_sigma[int(_FIELDS[name][0][0] == "siglev")]
                    put.frame(record, name, function(x, y, sigma, t))
            if flow.ww is not None:
                put.frame(record, "ww", flow.ww(xc, yc, element_sigma, t))
            for name, speed in zip(("uwind_speed", "vwind_speed"), wind or (), strict=False):
                put.frame(record, name, np.full(elements, speed))
            if wet:
                put.frame(record, "wet_nodes", h + zeta > DRY_DEPTH)
                highest, shallowest = zeta[triangles].max(axis=1), h[triangles].min(axis=1)
                put.frame(record, "wet_cells", highest + shallowest > DRY_DEPTH)


class _Writer:
    """Creates variables as they come; a field's record is written whole."""

    def __init__(self, data: netCDF4.Dataset, real: str, deflate: int) -> None:
        self.data, self.real = data, real
        packed = deflate > 0 and data.data_model.startswith("NETCDF4")
        self.options: dict[str, Any] = {"zlib": True, "complevel": deflate, "shuffle": True} if packed else {}

    def fixed(
        self, name: str, dims: tuple[str, ...], values: np.ndarray, kind: str = "", **attributes: str
    ) -> None:
        variable = self.data.createVariable(name, kind or self.real, dims, **self.options)
        variable.setncatts({key: value for key, value in attributes.items() if value})
        variable[...] = values

    def frame(self, record: int, name: str, values: Any) -> None:
        dims, long_name, units = _FIELDS[name]
        if name not in self.data.variables:
            options: dict[str, Any] = dict(self.options)
            if self.data.data_model.startswith("NETCDF4"):  # a record is one chunk, as FVCOM's
                options["chunksizes"] = (1, *(len(self.data.dimensions[dim]) for dim in dims))
            kind = "i4" if name.startswith("wet_") else self.real
            variable = self.data.createVariable(name, kind, ("time", *dims), **options)
            variable.setncatts({"long_name": long_name, **({"units": units} if units else {})})
        variable = self.data.variables[name]
        variable[record] = np.broadcast_to(values, variable.shape[1:]).astype(variable.dtype)


def _write_mesh(
    put: _Writer, plane: tuple[np.ndarray, np.ndarray], sphere: tuple[np.ndarray, np.ndarray], triangles: np.ndarray,
    coordinates: str, *, clockwise: bool,
) -> None:  # fmt: skip
    if coordinates not in ("cartesian", "geographic", "both"):
        raise ValueError(f'coordinates: "{coordinates}" is none of cartesian, geographic, both')
    for names, pair, units, absent in (
        (("x", "y"), plane, ("meters", "meters"), "geographic"),
        (("lon", "lat"), sphere, ("degrees_east", "degrees_north"), "cartesian"),
    ):
        for name, values, unit in zip(names, pair, units, strict=True):
            written = np.zeros(len(values)) if coordinates == absent else values
            put.fixed(name, ("node",), written, units=unit)
            put.fixed(f"{name}c", ("nele",), written[triangles].mean(axis=1), units=unit)
    order = triangles[:, [0, 2, 1]] if clockwise else triangles
    put.fixed("nv", ("three", "nele"), order.T + 1, "i4", long_name="nodes surrounding element")
    put.fixed(
        "nbe", ("three", "nele"), neighbours(order).T + 1, "i4", long_name="elements surrounding each element"
    )


def _write_times(put: _Writer, times: np.ndarray, calendar: bool) -> None:
    zone = "UTC" if calendar else "none"
    since = "days since 1858-11-17 00:00:00" if calendar else "days since 0.0"
    days = (times - (MJD_US if calendar else 0)).astype(np.int64)
    put.fixed(
        "time",
        ("time",),
        days / DAY_US,
        "f8" if put.real == "f8" else "f4",
        long_name="time",
        units=since,
        time_zone=zone,
    )
    put.fixed("Itime", ("time",), days // DAY_US, "i4", units=since, time_zone=zone)
    put.fixed("Itime2", ("time",), days % DAY_US // 1000, "i4", units="msec since 00:00:00", time_zone=zone)
    if calendar:
        texts = [str(np.datetime64(int(time), "us")).ljust(26)[:26] for time in times]
        put.fixed(
            "Times",
            ("time", "DateStrLen"),
            np.array([list(text) for text in texts], "S1"),
            "S1",
            time_zone=zone,
        )


def write_obc(path: Path | str, nodes: np.ndarray) -> None:
    """Write a casename_obc.dat: `nodes` (0-based) as the open boundary."""
    lines = [f"OBC Node Number = {len(nodes)}", *(f"{i + 1} {node + 1} 1" for i, node in enumerate(nodes))]
    Path(path).write_text("\n".join(lines) + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write what the command line asks for; see --help."""
    a = _parser().parse_args(arguments)
    if a.flow == "peninsula":
        mesh = peninsula(a.length, a.width, a.radius, elements=a.elements, jitter=a.jitter, seed=a.seed)
    else:
        mesh = rectangle(a.length, a.width, elements=a.elements, jitter=a.jitter, seed=a.seed)
    flow = named_flow(
        a.flow, length=a.length, width=a.width, depth=a.depth, speed=a.speed, period=a.period, radius=a.radius
    )
    flow = with_extras(flow, a.extra, a.length)
    levels = {"even": even_levels, "uneven": uneven_levels, "node": lambda k: node_levels(k, mesh.x)}[
        a.sigma
    ](a.layers)
    lat = a.lat0 + np.rad2deg(mesh.y / EARTH_RADIUS)
    lon = a.lon0 + np.rad2deg(mesh.x / (EARTH_RADIUS * np.cos(np.deg2rad(a.lat0))))
    start = 0 if a.no_calendar else int(np.datetime64(a.start.rstrip("Z"), "us").astype(np.int64))
    times = start + np.round(a.interval * 1e6 * np.arange(a.frames)).astype(np.int64)
    target = Path(a.out)
    for number, records in enumerate(np.array_split(np.arange(a.frames), a.files), start=1):
        more = [records[-1] + 1] if a.overlap and number < a.files else []
        piece = np.append(records, more).astype(int)
        path = (
            target
            if a.files == 1
            else target.with_name(f"{target.stem}_{number:04d}{target.suffix or '.nc'}")
        )
        write_forcing(
            path, x=mesh.x, y=mesh.y, triangles=mesh.triangles, h=a.depth if flow.h is None else flow.h(mesh.x, mesh.y),
            siglev=levels, times_us=times[piece], zero_us=start, flow=flow, lon=lon, lat=lat, coordinates=a.coordinates,
            calendar=not a.no_calendar, wet="wet" in a.extra, clockwise=not a.counter_clockwise, double=a.double,
            deflate=a.deflate, format=a.format,
        )  # fmt: skip
        print(
            f"{path}: {len(mesh.x)} nodes, {len(mesh.triangles)} elements, {a.layers} layers, {len(piece)} frames"
        )
    if a.obc:
        ends = (mesh.x <= mesh.x.min() + 1e-6 * a.length) | (mesh.x >= mesh.x.max() - 1e-6 * a.length)
        write_obc(a.obc, np.flatnonzero(ends))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Write files in FVCOM's format with a flow that is known everywhere, on a rectangle of triangles.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("out", help="file to write; with --files, out_0001.nc, out_0002.nc ...")
    add("--flow", choices=FLOWS, default="gyre", help="which flow")
    add("--elements", type=int, default=2000, help="about how many triangles")
    add("--length", type=float, default=20_000.0, help="of the rectangle, m")
    add("--width", type=float, default=10_000.0, help="of the rectangle, m")
    add("--depth", type=float, default=20.0, help="still water, m (where the flow has no bed of its own)")
    add("--speed", type=float, default=0.5, help="of the flow, m/s")
    add("--period", type=float, default=44_714.0, help="of rotation, tide, swing or inertial circle, s (M2)")
    add("--radius", type=float, default=2_000.0, help="of the peninsula, m")
    add("--jitter", type=float, default=0.2, help="of inner nodes, in spacings")
    add("--seed", type=int, default=1, help="of the jitter")
    add("--layers", type=int, default=10, help="sigma layers")
    add(
        "--sigma",
        choices=("even", "uneven", "node"),
        default="even",
        help="how layers are spaced; node: differently at each",
    )
    add("--frames", type=int, default=25, help="records in all")
    add("--interval", type=float, default=3600.0, help="between records, s")
    add("--start", default="2020-05-01T00:00:00Z", help="time of the first record")
    add("--no-calendar", action="store_true", help="count from the run's own zero, as idealised runs do")
    add("--files", type=int, default=1, help="spread the records over so many files")
    add(
        "--overlap",
        action="store_true",
        help="with --files: each file ends with the first record of the next",
    )
    add(
        "--coordinates",
        choices=("cartesian", "geographic", "both"),
        default="cartesian",
        help="which pair is written",
    )
    add("--lon0", type=float, default=-4.0, help="longitude of the lower left corner")
    add("--lat0", type=float, default=50.0, help="latitude of the lower left corner")
    extras = ("omega", "ww", "kh", "temp", "salinity", "viscofh", "wet")
    add(
        "--extra",
        nargs="*",
        default=[],
        choices=extras,
        metavar="NAME",
        help=f"also write some of {', '.join(extras)}",
    )
    add(
        "--obc",
        metavar="FILE",
        help="also write a casename_obc.dat with the nodes at both ends of the rectangle",
    )
    add("--counter-clockwise", action="store_true", help="nv counter-clockwise (FVCOM's own is clockwise)")
    add("--double", action="store_true", help="fields in double precision (FVCOM's are single)")
    add("--deflate", type=int, default=0, metavar="0-9", help="compression of NetCDF-4 files")
    add("--format", choices=FORMATS, default=FORMATS[0], help="of the file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
