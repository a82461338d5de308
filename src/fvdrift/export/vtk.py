"""Tracks for ParaView: points.pvd plays them in time, lines.pvd has them whole; files of VTK's XML form beside these.

pyevtk writes the files: meshio has no lines of many points, and vtk itself is 100 MB.
"""

from pathlib import Path
from typing import Any

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.tools.crs import LONGITUDE_LATITUDE, between
from fvdrift.tools.duration import SECOND

from .lines import LINE_VALUES
from .records import Records, Slab

POINT_VALUES = 1 << 20  # of a column, at once
_VERTEX, _POLYLINE = 1, 4
_HEAD = '<?xml version="1.0"?>\n<VTKFile type="{}" version="0.1" byte_order="LittleEndian">\n'
_NOBODY = (
    _HEAD.format("UnstructuredGrid") + '<UnstructuredGrid><Piece NumberOfPoints="0" NumberOfCells="0">'
    '<Points><DataArray type="Float64" NumberOfComponents="3" format="ascii"/></Points><Cells>'
    '<DataArray type="Int32" Name="connectivity" format="ascii"/><DataArray type="Int32" Name="offsets" format="ascii"/>'
    '<DataArray type="UInt8" Name="types" format="ascii"/></Cells></Piece></UnstructuredGrid></VTKFile>\n'
)


def write(records: Records, path: Path) -> int:
    """Write all into a new folder; how many records there are. Raises OSError, RunFileError."""
    path.mkdir()
    metres = _Metres(records)
    count = _write_points(records, path, metres)
    _write_lines(records, path, metres)
    tracks = records.tracks
    names = [("release", number, name) for number, name in enumerate(tracks.names)]
    names += [("status", number, name) for number, name in enumerate(tracks.statuses)]
    rows = [f'{what},{number},"{name.replace(chr(34), chr(34) * 2)}"\n' for what, number, name in names]
    (path / "names.csv").write_text("".join(["column,value,name\n", *rows]), encoding="utf-8")
    return count


class _Metres:
    """Positions in metres: x and y as they are, longitudes and latitudes in the UTM zone of the first of them."""

    def __init__(self, records: Records):
        self._records = records
        self._to_metres: Any = None

    def __call__(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if not self._records.tracks.geographic or not len(x):
            return x, y
        if self._to_metres is None:
            zone = int((x[0] + 180) // 6) % 60 + 1
            self._to_metres = between(LONGITUDE_LATITUDE, f"EPSG:{32600 + zone + 100 * (y[0] < 0)}")
        x, y = self._to_metres(x, y)
        if not np.isfinite(x).all():
            raise RunFileError(f"{self._records.tracks.path}: reaches too far round the globe for a UTM zone")
        return x, y


def _write_points(records: Records, folder: Path, metres: _Metres) -> int:
    """A file for each time and block of trajectories."""
    times, count = records.tracks.times, 0
    start = times[list(records.rows)].min(initial=times.max(initial=0))
    files: list[tuple[float, int, str]] = []
    blocks: dict[int, int] = {}
    for slab in records.slabs(records.names, values=POINT_VALUES):
        block = blocks.setdefault(int(slab.ids[0]), len(blocks))
        for j, row in enumerate(slab.rows):
            name = f"points-{row:06d}-{block:04d}.vtu"
            there = np.flatnonzero(slab.there[:, j])
            _write_grid(
                folder / name, records, slab, there, np.full(len(there), j), np.ones(len(there)), metres
            )
            files.append((float(times[row] - start) / SECOND, block, name))
            count += len(there)
    _write_collection(folder / "points.pvd", sorted(files))
    return count


def _write_lines(records: Records, folder: Path, metres: _Metres) -> None:
    """A file for each block of trajectories."""
    files: list[tuple[float, int, str]] = []
    for slab in records.slabs(records.names, whole=True, values=LINE_VALUES):
        particle, record = np.nonzero(slab.there)
        name = f"lines-{len(files):04d}.vtu"
        per_line = slab.there.sum(axis=1)
        _write_grid(folder / name, records, slab, particle, record, per_line[per_line > 0], metres)
        files.append((0.0, len(files), name))
    _write_collection(folder / "lines.pvd", files)


def _write_grid(
    path: Path,
    records: Records,
    slab: Slab,
    particle: np.ndarray,
    record: np.ndarray,
    per_cell: np.ndarray,
    metres: _Metres,
) -> None:
    """Records (particle, record) of a slab as points, per_cell of them to a cell: a vertex, or a line."""
    from pyevtk.hl import unstructuredGridToVTK

    if not len(particle):
        path.write_text(_NOBODY)
        return
    tracks, ids = records.tracks, slab.ids[particle]
    x, y = metres(*(slab.columns[name][particle, record] for name in records.axes))
    data = {
        "trajectory": tracks.numbers(ids),
        "release": tracks.release[ids].astype(np.int32),
        "time": tracks.times[np.array(slab.rows)[record]] / SECOND,
    }
    data |= {name: slab.columns[name][particle, record] for name in records.names if name not in records.axes}
    z = data.pop("z", np.zeros(len(x)))
    offsets = np.cumsum(per_cell).astype(np.int32)
    kind = _VERTEX if len(offsets) == len(x) and path.name.startswith("points") else _POLYLINE
    unstructuredGridToVTK(
        str(path.with_suffix("")),
        *(np.ascontiguousarray(each, np.float64) for each in (x, y, z)),
        connectivity=np.arange(len(x), dtype=np.int32),
        offsets=offsets,
        cell_types=np.full(len(offsets), kind, np.uint8),
        pointData={name: np.ascontiguousarray(values) for name, values in data.items()},
    )


def _write_collection(path: Path, files: list[tuple[float, int, str]]) -> None:
    """files: seconds since the earliest record, number of the block, name."""
    with path.open("w") as file:
        file.write(_HEAD.format("Collection") + "<Collection>\n")
        for seconds, part, name in files:
            file.write(f'<DataSet timestep="{seconds!r}" part="{part}" file="{name}"/>\n')
        file.write("</Collection>\n</VTKFile>\n")
