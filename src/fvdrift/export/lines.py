"""Tracks as lines, one a trajectory. On the globe a line is cut where it crosses the antimeridian, as RFC 7946 has it."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.tools.calendar import format_time

from .records import Records

LINE_VALUES = 1 << 20  # of a column, of all trajectories that are read at once


class Line(NamedTuple):
    """One trajectory: number; status: its last in the run; times: int64 microseconds, rising, also of a backward run;
    x, y: then."""

    number: int
    release: str
    status: str
    times: np.ndarray
    x: np.ndarray
    y: np.ndarray


def lines_of(records: Records, axes: tuple[str, str], ids: np.ndarray | None = None) -> Iterator[Line]:
    """Each trajectory that has a record, by number. axes: names of the positions; ids: of which particles, else all."""
    tracks = records.tracks
    chosen = records if ids is None else records.of(ids)
    for slab in chosen.slabs(axes, whole=True, values=LINE_VALUES):
        fates, numbers = records.fates(slab.ids), tracks.numbers(slab.ids)
        times = tracks.times[list(slab.rows)]
        order = slice(None, None, -1 if len(times) > 1 and times[1] < times[0] else 1)
        for j in np.flatnonzero(slab.there.any(axis=1)):
            there = slab.there[j]
            x, y = (slab.columns[name][j][there][order].astype(np.float64) for name in axes)
            yield Line(
                int(numbers[j]),
                tracks.names[tracks.release[slab.ids[j]]],
                tracks.statuses[fates[j]] if 0 <= fates[j] < len(tracks.statuses) else "",
                times[there][order],
                x,
                y,
            )


def lonlat(records: Records) -> tuple[str, str]:
    """The names of longitude and latitude. Raises RunFileError where tracks have none."""
    if not {"lon", "lat"} <= set(records.names):
        raise RunFileError(
            f"{records.tracks.path}: has x and y of a system that its run did not name, and no longitudes: "
            "run it again with forcing.projection, or export to parquet, gpkg or vtk"
        )
    return "lon", "lat"


def on_globe(line: Line) -> list[Line]:
    """The line with longitudes within 180 degrees, in pieces that each end at the antimeridian if it crosses it. The
    pieces share the place and time at which it does."""
    lon = wrapped(line.x)
    cuts = np.flatnonzero(np.abs(np.diff(lon)) > 180) + 1
    if not len(cuts):
        return [line._replace(x=lon)]
    pieces: list[Line] = []
    begin: tuple[list[float], list[float], list[int]] = ([], [], [])
    for first, end in zip((0, *cuts), (*cuts, len(lon)), strict=True):
        x, y, times = list(lon[first:end]), list(line.y[first:end]), list(line.times[first:end])
        x, y, times = begin[0] + x, begin[1] + y, begin[2] + times
        if end < len(lon):
            side = 180.0 if lon[end - 1] > 0 else -180.0
            gone, whole = side - lon[end - 1], lon[end] + 2 * side - lon[end - 1]
            part = gone / whole if whole else 0.0
            lat = line.y[end - 1] + part * (line.y[end] - line.y[end - 1])
            time = line.times[end - 1] + round(part * float(line.times[end] - line.times[end - 1]))
            x, y, times = [*x, side], [*y, lat], [*times, time]
            begin = ([-side], [lat], [time])
        pieces.append(line._replace(x=np.array(x), y=np.array(y), times=np.array(times, np.int64)))
    return pieces


def wrapped(lon: np.ndarray) -> np.ndarray:
    """Longitudes from -180 to 180; those that are there already stay as they are."""
    return np.where(np.abs(lon) <= 180, lon, (lon + 180) % 360 - 180)


def time_text(records: Records, time: int) -> str:
    """For people and programs: 2020-05-01T06:00:00Z, "day 2 06:00:00" where there is no calendar."""
    return format_time(int(time), records.tracks.calendar)
