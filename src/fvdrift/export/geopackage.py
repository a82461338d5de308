"""Tracks as a GeoPackage: a layer of lines, one a trajectory, and one of points, one a record. Written block by block."""

import warnings
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from fvdrift.tools.crs import known

from .frame import empty_frame, slab_frame
from .lines import Line, lines_of, on_globe, time_text, wrapped
from .records import Records

LINES = 1000  # that are written at once
TAKEN = ("fid", "geom")  # columns that a GeoPackage has of its own


def write(records: Records, path: Path) -> int:
    """Write both layers; how many records there are. Raises OSError, RuntimeError."""
    layers = _Layers(path, _system(records))
    lines = lines_of(records, records.axes)
    while (block := list(islice(lines, LINES))) or "tracks" not in layers.begun:  # none make an empty layer
        layers.add("tracks", "MultiLineString", _shapes(records, block), _line_fields(records, block))
    count = 0
    for slab in records.slabs(records.names):
        frame = slab_frame(records, slab)
        if len(frame):
            layers.add("records", "Point", _points(records, frame), _point_fields(records, frame))
        count += len(frame)
    if "records" not in layers.begun:
        frame = empty_frame(records)
        layers.add("records", "Point", _points(records, frame), _point_fields(records, frame))
    return count


class _Layers:
    """The layers of a file that grow block by block."""

    def __init__(self, path: Path, system: str | None):
        self._path, self._system = path, system
        self.begun: set[str] = set()

    def add(self, layer: str, kind: str, shapes: np.ndarray, fields: Mapping[str, Any]) -> None:
        import pyogrio
        import shapely

        utc = {name: np.full(len(v), 100, np.int32) for name, v in fields.items() if v.dtype.kind == "M"}
        with warnings.catch_warnings(
            action="ignore", category=UserWarning
        ):  # of no system, which is told already
            pyogrio.raw.write(
                self._path,
                shapely.to_wkb(shapes),
                list(fields.values()),
                list(fields),
                gdal_tz_offsets=utc,  # 100 is UTC
                layer=layer,
                driver="GPKG",
                geometry_type=kind,
                crs=self._system,
                append=layer in self.begun,
            )
        self.begun.add(layer)


def _system(records: Records) -> str | None:
    """For GDAL, "EPSG:32630" where there is such a name; None where it is not known."""
    if records.system is None:
        return None
    system = known(records.system)
    named = system.to_authority()
    return ":".join(named) if named else str(system.to_wkt())


def _shapes(records: Records, lines: Iterable[Line]) -> np.ndarray:
    """What has one position has no line."""
    import shapely

    shapes = []
    for line in lines:
        pieces = on_globe(line) if records.tracks.geographic else [line]
        parts = [np.stack([each.x, each.y], axis=1) for each in pieces if len(each.x) > 1]
        shapes.append(
            shapely.MultiLineString([shapely.LineString(part) for part in parts]) if parts else None
        )
    return np.array(shapes, object)


def _line_fields(records: Records, lines: list[Line]) -> dict[str, Any]:
    return {
        "trajectory": np.array([line.number for line in lines], np.int64),
        "release": np.array([line.release for line in lines], object),
        "status": np.array([line.status for line in lines], object),
        "start": _times(records, np.array([line.times[0] for line in lines], np.int64)),
        "end": _times(records, np.array([line.times[-1] for line in lines], np.int64)),
        "records": np.array([len(line.times) for line in lines], np.int64),
    }


def _times(records: Records, times: np.ndarray) -> np.ndarray:
    """To the millisecond, as GDAL has them; as text where they are no dates."""
    if records.dated:
        return times.astype("M8[us]").astype("M8[ms]")
    return np.array([time_text(records, time) for time in times], object)


def _points(records: Records, frame: Any) -> np.ndarray:
    import shapely

    x, y = (frame[name].to_numpy() for name in records.axes)
    points: np.ndarray = shapely.points(wrapped(x) if records.tracks.geographic else x, y)
    return points


def _point_fields(records: Records, frame: Any) -> dict[str, Any]:
    """All columns but the place, by names that SQLite tells apart: to it `Temp` and `temp` are one."""
    made: dict[str, Any] = {}
    taken = set(TAKEN)
    for of_table in frame.columns.drop(list(records.axes)):
        column, name = frame[of_table], of_table
        while name.lower() in taken:
            name += "_"
        taken.add(name.lower())
        if of_table == "time" and records.dated:
            made[name] = column.dt.tz_localize(None).to_numpy().astype("M8[ms]")
        elif column.dtype.kind == "O":
            made[name] = column.astype(object).where(column.notna(), None).to_numpy()
        else:
            made[name] = column.to_numpy()
    return made
