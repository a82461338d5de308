"""Small tracks with known positions, fates and values in a small channel, in metres and in degrees."""

import json
from pathlib import Path
from typing import NamedTuple

import netCDF4
import numpy as np
import pytest

from fvdrift.mesh.coordinates import TrackCoordinates
from fvdrift.output.conventions import output_variable
from fvdrift.output.paths import record_path
from fvdrift.output.tracks import TrackWriter
from generate_forcing import Flow, even_levels, rectangle, write_forcing

LENGTH, WIDTH, DEGREE = 10_000.0, 4_000.0, 6_371_000.0 * np.pi / 180
START = int(np.datetime64("2020-05-01T00:00:00", "us").astype(np.int64))
HOUR = 3_600_000_000
PARTICLES, RECORDS = 40, 7
STRANDED, SETTLED, EXITED, DEAD, NEVER = range(5)  # what becomes of the first five; the others stay active


class Case(NamedTuple):
    """tracks: the file; forcing; x, y: (particle, record) as written, in metres of the channel;
    geographic."""

    tracks: Path
    forcing: Path
    x: np.ndarray
    y: np.ndarray
    geographic: bool

    def place(self, x, y):
        """Metres of the channel in the coordinates of the file."""
        return degrees(x, y) if self.geographic else (x, y)


def degrees(x, y):
    return -4.0 + np.asarray(x) / (DEGREE * np.cos(np.radians(50.0))), 50.0 + np.asarray(y) / DEGREE


def write_flow(path: Path, geographic: bool) -> Path:
    """A channel that is deeper in the middle, with water that flows along it, faster on one side."""
    mesh = rectangle(LENGTH, WIDTH, elements=300)
    lon, lat = degrees(mesh.x, mesh.y)
    write_forcing(
        path, x=mesh.x, y=mesh.y, triangles=mesh.triangles, h=5 + 15 * np.sin(np.pi * mesh.y / WIDTH),
        siglev=even_levels(3), times_us=START + HOUR * np.arange(RECORDS), lon=lon, lat=lat,
        coordinates="geographic" if geographic else "cartesian",
        flow=Flow(u=lambda x, y, s, t: 0.1 + 0.3 * y / WIDTH + 0 * s, v=lambda x, y, s, t: 0 * x * s),
    )  # fmt: skip
    return path


def positions() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, y (metres) and status, (particle, record)."""
    rng = np.random.default_rng(4)
    record = np.arange(RECORDS)
    y = rng.uniform(300, WIDTH - 300, PARTICLES)[:, None] + 0 * record
    x = rng.uniform(500, 3000, PARTICLES)[:, None] + 3600 * record * (0.1 + 0.3 * y / WIDTH)
    status = np.ones((PARTICLES, RECORDS), np.int8)
    x[STRANDED, 3:], status[STRANDED, 3:] = x[STRANDED, 3], 2
    status[SETTLED, 3:], status[EXITED, 4:], status[DEAD, 2:] = 4, 5, 6
    for number, last in ((SETTLED, 3), (EXITED, 4), (DEAD, 2)):
        x[number, last + 1 :] = y[number, last + 1 :] = np.nan
    x[NEVER], y[NEVER], status[NEVER] = np.nan, np.nan, 0
    x[-10:, :2], status[-10:, :2] = np.nan, 0  # released later
    return x, np.where(np.isfinite(x), y, np.nan), status


def write_case(folder: Path, geographic: bool, *, finish: bool = True) -> Case:
    (folder / "data").mkdir(parents=True)
    (folder / "out").mkdir()
    forcing = write_flow(folder / "data" / "flow.nc", geographic)
    mesh = rectangle(LENGTH, WIDTH, elements=300)
    open_end = [[x, y] for x, y in zip(*(degrees if geographic else lambda a, b: (a, b))(
        np.array([9990.0, 10_010.0, 10_010.0, 9990.0]), np.array([-10.0, -10.0, 4010.0, 4010.0])), strict=True)]  # fmt: skip
    assert mesh.x.max() == LENGTH
    settings = {
        "forcing": {"files": ["data/flow.nc"], "coordinates": "auto"}, "boundary": {"open": np.array(open_end).tolist()},
    }  # fmt: skip
    x, y, status = positions()
    variables = [output_variable(name, "", "", geographic) for name in ("temp", "habitat")]
    case = Case(folder / "out" / "tracks.nc", forcing, x, y, geographic)
    writer = TrackWriter(
        case.tracks, trajectories=PARTICLES, times_us=START + HOUR * np.arange(RECORDS),
        release_index=(np.arange(PARTICLES) % 2).astype(np.int32), release_names=["Río", "sea"],
        coordinates=TrackCoordinates(geographic), variables=variables,
        attributes={"title": "A channel", "run_file": json.dumps(settings), "forcing_files": "flow.nc",
                    "habitats": "0: old pier; west: 2; 1: reef"},
    )  # fmt: skip
    for row in range(RECORDS):
        shown_x, shown_y = case.place(x[:, row], y[:, row])
        there = np.isfinite(shown_x)
        writer.write_row(row, {
            "x": shown_x, "y": shown_y, "z": np.where(there, -1.0 - row, np.nan), "sigma": np.where(there, -0.5, np.nan),
            "status": status[:, row], "dry": np.zeros(PARTICLES, np.int8),
            "habitat": np.where(there, np.where(status[:, row] == 4, 1.0, -1.0), np.nan).astype(np.float32),
            "temp": np.where(there, 10.0 + np.arange(PARTICLES), np.nan).astype(np.float32),
        })  # fmt: skip
    if finish:
        writer.finish()
    writer.close()
    told = {"run_file_path": str(folder / "run.toml"), "run_file": {"output": {"file": "out/tracks.nc"}}}
    record_path(case.tracks).write_text(json.dumps(told))
    return case


@pytest.fixture(scope="session")
def _cases(tmp_path_factory):
    return {
        geographic: write_case(tmp_path_factory.mktemp("case") / "here", geographic)
        for geographic in (False, True)
    }


@pytest.fixture
def case(_cases) -> Case:
    """In metres."""
    return _cases[False]


@pytest.fixture(params=[False, True], ids=["metres", "degrees"])
def each_case(request, _cases) -> Case:
    """In metres, then in degrees."""
    return _cases[request.param]


def write_many(path: Path, count: int, records: int = 12) -> None:
    """Tracks of many particles, as the run writes them, without forcing: particle i goes from (i, 0) along
    y."""
    number = np.arange(count, dtype=float)
    chunk = (min(65536 // records, count), records)
    both = {"dimensions": ("trajectory", "obs"), "zlib": True, "complevel": 1, "chunksizes": chunk}
    with netCDF4.Dataset(path, "w") as file:
        for name, size in (("trajectory", count), ("obs", records), ("release_index", 1), ("name_length", 3)):
            file.createDimension(name, size)
        file.createVariable("release", "i4", ("trajectory",))[:] = 0
        file.createVariable("release_name", "S1", ("release_index", "name_length"))[:] = np.array(
            [[b"a", b"l", b"l"]]
        )
        time = file.createVariable("time", "f8", **both)
        time.units = "seconds since 1970-01-01"
        time[:] = np.broadcast_to(START / 1e6 + 3600.0 * np.arange(records), (count, records))
        status = file.createVariable("status", "i1", **both)
        status.flag_meanings = "not_released active stranded deposited settled exited dead"
        status[:] = np.ones((count, records), np.int8)
        for name in ("x", "y", "z"):
            variable = file.createVariable(name, "f8", **both)
            for first in range(0, count, 50_000):
                mine = number[first : first + 50_000, None]
                step = np.arange(records)[None, :]
                values = {"x": mine + 0 * step, "y": 100.0 * step + 0 * mine, "z": -1.0 - 0 * mine * step}[
                    name
                ]
                variable[first : first + len(mine)] = values
