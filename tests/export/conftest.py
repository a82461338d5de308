"""Small tracks of several kinds, and their records as plain loops over the netCDF file tell them."""

import datetime
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from fvdrift.mesh.coordinates import TrackCoordinates
from fvdrift.output.conventions import output_variable
from fvdrift.output.tracks import TrackWriter
from fvdrift.tools.crs import between

UTM = "EPSG:32630"
START = int(np.datetime64("2020-05-01T00:00:00.250000", "us").astype(np.int64))
HOUR = 3_600_000_000
PARTICLES, ROWS = 30, 7
STRANDED, SETTLED, EXITED, DEAD, NEVER = range(5)  # what becomes of the first five; the others stay active
NAMES = ["Río <1>", 'sea & "sky"', "empty"]
STATUSES = ["not_released", "active", "stranded", "deposited", "settled", "exited", "dead"]
KINDS = ("degrees", "projected", "metres", "no calendar", "backward", "antimeridian")


def write_tracks(
    path: Path,
    kind: str = "projected",
    *,
    particles: int = PARTICLES,
    finish: bool = True,
    more: Sequence[str] = (),
) -> Path:
    """kind: of KINDS; finish: else the records stay in NAME.nc.part; more: variables that are 0, 1, 2 ...
    throughout. Round 50 degrees north, 4 west; or on the antimeridian, with longitudes from 0 to 360."""
    geographic = kind in ("degrees", "antimeridian")
    projection = UTM if kind in ("projected", "no calendar", "backward") else None
    rng, record = np.random.default_rng(4), np.arange(ROWS)
    x = rng.uniform(0, 3000, particles)[:, None] + 700.0 * record
    y = rng.uniform(0, 3000, particles)[:, None] + 40.0 * record
    if kind == "degrees":
        x, y = -4 + x / 71_000, 50 + y / 111_000
    elif kind == "antimeridian":
        x, y = 179.95 + x / 71_000, 50 + y / 111_000
    else:
        x, y = x + 420_000, y + 5_540_000
    status = np.ones((particles, ROWS), np.int8)
    x[STRANDED, 3:], status[STRANDED, 3:] = x[STRANDED, 3], 2
    status[SETTLED, 3:], status[EXITED, 4:], status[DEAD, 2:] = 4, 5, 6
    for number, last in ((SETTLED, 3), (EXITED, 4), (DEAD, 2)):
        x[number, last + 1 :] = np.nan
    x[NEVER], status[NEVER] = np.nan, 0
    x[-10:, :2], status[-10:, :2] = np.nan, 0  # released later
    x[-1, :-1], status[-1, :-1] = np.nan, 0  # at the last record
    y[np.isnan(x)] = np.nan
    to_lonlat = between(projection, "EPSG:4326") if projection else None
    settings = {"forcing": {"files": ["flow.nc"]} | ({"projection": projection} if projection else {})}
    sign = -1 if kind == "backward" else 1
    settings["time"] = {"direction": "backward" if kind == "backward" else "forward"}
    writer = TrackWriter(
        path, trajectories=particles, times_us=START + sign * HOUR * record, release_names=NAMES,
        release_index=(np.arange(particles) % 2).astype(np.int32), calendar=kind != "no calendar",
        coordinates=TrackCoordinates(geographic, to_lonlat),
        variables=[output_variable(name, "", "", geographic) for name in ("temp", "salinity", *more)],
        attributes={"title": "Río & sea", "run_file": json.dumps(settings)},
    )  # fmt: skip
    for row in record:
        there = np.isfinite(x[:, row])
        temp = np.where(there & (np.arange(particles) % 7 > 0), 10.125 + np.arange(particles), np.nan)
        writer.write_row(row, {
            "x": x[:, row], "y": y[:, row], "z": np.where(there, -1.0 - row / 3, np.nan),
            "sigma": np.where(there, -0.5, np.nan), "status": status[:, row], "temp": temp.astype(np.float32),
            "dry": (there & (np.arange(particles) % 5 == 0)).astype(np.int8),
            "salinity": np.where(there, 35 - row, np.nan).astype(np.float32),
        } | {name: np.where(there, float(n), np.nan).astype(np.float32) for n, name in enumerate(more)})  # fmt: skip
    if finish:
        writer.finish()
    writer.close()
    return path


def truth(path: Path, *, gone: bool = False) -> list[dict[str, object]]:
    """Each record that exists, by trajectory and row, from the netCDF file; None where it has no number."""
    return [dict(record) for record in _records(path, gone)]


@cache
def _records(path: Path, gone: bool) -> list[dict[str, object]]:
    made = []
    with netCDF4.Dataset(path) as file:
        file.set_auto_mask(False)
        names, dated = [str(name) for name in file["release_name"][:]], "since" in file["time"].units
        read = {name: file[name][:] for name in file.variables if name != "crs"}
    for particle, row in np.ndindex(read["status"].shape):
        code = int(read["status"][particle, row])
        place = read["lon" if "lon" in read else "x"][particle, row]
        if not np.isfinite(place) and not (gone and STATUSES[code] in ("settled", "exited", "dead")):
            continue
        seconds = float(read["time"][particle, row])
        date = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(seconds=seconds)
        record: dict[str, object] = {
            "trajectory": int(read["trajectory"][particle]),
            "release": names[int(read["release"][particle])],
            "time": date if dated else seconds,
            "status": STATUSES[code],
            "dry": bool(read["dry"][particle, row] == 1),
        }
        for name in ("lon", "lat", "x", "y", "z", "sigma", "temp", "salinity"):
            if name in read:
                value = float(read[name][particle, row])
                record[name] = value if np.isfinite(value) else None
        made.append(record)
    return made


@pytest.fixture(scope="session")
def _made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tracks")
    return {kind: write_tracks(folder / f"{kind.split()[0]}.nc", kind) for kind in KINDS}


@pytest.fixture(params=KINDS)
def each_kind(request, _made) -> Path:
    """Tracks of all kinds in turn."""
    return _made[request.param]


@pytest.fixture
def tracks(_made):
    """Gives those of a kind."""
    return _made.__getitem__
