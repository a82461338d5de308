"""What is settled before a particle moves: what is read, sampled and derived, when, and where the run may
go."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest

from fvdrift.errors import ForcingError, RunFileError
from fvdrift.preparation.frame_supply import layer_shares
from fvdrift.preparation.prepare import Preparation, prepare_run
from fvdrift.preparation.shared import SharedForcing
from fvdrift.settings.load import run_file_from
from generate_forcing import Flow, even_levels, rectangle, write_forcing

HOUR = 3_600_000_000
START = int(np.datetime64("2020-05-01T00:00:00", "us").astype(np.int64))
MESH = rectangle(4000.0, 2000.0, elements=60, seed=4)


def still(x, y, s, t):
    return 0.0 * x * s


ALL = Flow(u=still, v=still, omega=still, ww=still, kh=still, temp=still, salinity=still)


def forcing(folder: Path, flow: Flow = ALL, frames: int = 5, **options: Any) -> str:
    write_forcing(
        folder / "flow.nc", x=MESH.x, y=MESH.y, triangles=MESH.triangles, h=20.0 + MESH.x / 1000, siglev=even_levels(4),
        times_us=START + HOUR * np.arange(frames), flow=flow, **options,
    )  # fmt: skip
    return "flow.nc"


def prepared(folder: Path, **tables: Any) -> Preparation:
    if not (folder / "flow.nc").exists():
        forcing(folder)
    linear = {"files": "flow.nc", "time_interpolation": "linear"}
    tree = {"forcing": linear, "release": [{"point": [2000.0, 1000.0]}], **tables}
    return prepare_run(run_file_from(tree, folder / "run.toml"))


def test_defaults_cover_the_forcing(tmp_path: Path) -> None:
    it = prepared(tmp_path)
    assert (it.timeline.grid.start, it.timeline.grid.end, it.timeline.grid.step) == (
        START,
        START + 4 * HOUR,
        60_000_000,
    )
    assert it.timeline.outputs.tolist() == [START + i * HOUR for i in range(5)]
    assert it.timeline.frames == range(5)
    assert [interval.frame for interval in it.timeline.intervals] == [0, 1, 2, 3]
    assert it.variables == ()
    assert it.open_sides == 0
    assert it.releases.total == 1


def test_min_depth_decides_what_is_wet_where_the_files_do_not_say(tmp_path: Path) -> None:
    """Beds lie from 20 to 24 m below the surface."""
    linear = {"files": "flow.nc", "time_interpolation": "linear"}
    for given, wet in (({}, len(MESH.triangles)), ({"min_depth": "2000 cm"}, None), ({"min_depth": 24}, 0)):
        series = prepared(tmp_path, forcing={**linear, **given}).series
        count = np.count_nonzero(series.read(0, ["wet"])["wet"])
        assert count == wet if wet is not None else 0 < count < len(MESH.triangles)


@pytest.mark.parametrize(
    ("time", "start", "end", "frames"),
    [
        ({"start": "90min", "duration": "60min"}, 1.5, 2.5, range(1, 4)),
        ({"start": "2020-05-01T01:00:00Z", "end": "2020-05-01T02:00:00Z"}, 1, 2, range(1, 3)),
        ({"start": "1h"}, 1, 4, range(1, 5)),
        ({"end": "10min"}, 0, 1 / 6, range(2)),
    ],
)
def test_only_the_frames_that_are_needed_are_read(
    tmp_path: Path, time: dict, start: float, end: float, frames: range
) -> None:
    it = prepared(tmp_path, time=time)
    assert it.timeline.grid.start - START == start * HOUR
    assert it.timeline.grid.end - START == end * HOUR
    assert it.timeline.frames == frames


def test_cubic_interpolation_takes_one_frame_more_at_each_end_where_there_are(tmp_path: Path) -> None:
    it = prepared(tmp_path, time={"start": "90min", "end": "4h"}, forcing={"files": "flow.nc"})
    assert it.timeline.frames == range(5)
    times = [
        None if t is None else (t - START) // HOUR for t in it.timeline.window_times(it.timeline.intervals[0])
    ]
    assert times == [0, 1, 2, 3]
    times = [
        None if t is None else (t - START) // HOUR
        for t in it.timeline.window_times(it.timeline.intervals[-1])
    ]
    assert times == [2, 3, 4, None]


def test_backward_is_a_run_through_the_mirrored_series(tmp_path: Path) -> None:
    it = prepared(tmp_path, time={"start": "30min", "end": "150min", "direction": "backward"})
    assert (it.timeline.grid.start, it.timeline.grid.end) == (
        -(START + 150 * HOUR // 60),
        -(START + HOUR // 2),
    )
    assert it.order.direction == -1
    assert [int(it.series.times[i]) for i in it.timeline.frames] == [
        -(START + i * HOUR) for i in (3, 2, 1, 0)
    ]
    assert it.series.describe_time(it.timeline.grid.start) == "2020-05-01T02:30:00Z"


@pytest.mark.parametrize(
    ("advection", "left_out", "vertical", "rings", "names"),
    [
        ({}, (), "omega", 0, {"u", "v", "zeta", "wet", "omega"}),
        ({}, ("omega",), "continuity", 1, {"u", "v", "zeta", "wet"}),
        ({"vertical_velocity": "ww"}, (), "ww", 2, {"u", "v", "zeta", "wet", "ww"}),
        ({"vertical_velocity": "continuity"}, (), "continuity", 1, {"u", "v", "zeta", "wet"}),
        ({}, ("omega", "ww"), "continuity", 1, {"u", "v", "zeta", "wet"}),
        ({"dimension": "2d"}, (), "none", 0, {"ua", "va", "zeta", "wet"}),
        ({"dimension": "surface"}, (), "none", 0, {"u", "v", "zeta", "wet"}),
        ({"depth": "5m"}, (), "held", 0, {"u", "v", "zeta", "wet"}),
    ],
)
def test_what_serves_for_the_vertical(
    tmp_path: Path, advection: dict, left_out: tuple, vertical: str, rings: int, names: set
) -> None:
    forcing(tmp_path, Flow(**{**vars(ALL), **dict.fromkeys(left_out)}))
    it = prepared(tmp_path, advection=advection)
    assert it.order.vertical == vertical
    assert it.node_rings == rings
    assert set(it.supply.names) == names
    assert it.order.held_depth == (5.0 if vertical == "held" else 0.0)


def test_the_depth_mean_from_layers_where_the_files_have_none(tmp_path: Path) -> None:
    flow = Flow(u=lambda x, y, s, t: 1 + s + 0 * x, v=still)
    forcing(tmp_path, flow, depth_mean=False)
    it = prepared(tmp_path, advection={"dimension": "2d"})
    assert {"u", "v"} <= set(it.supply.names)
    reduced = it.supply.reduce(it.series.read(0, it.supply.names))
    assert reduced["u"].shape == (1, len(MESH.triangles))
    np.testing.assert_allclose(reduced["u"], 0.5, atol=1e-6)


@pytest.mark.parametrize("depth_mean", [True, False])
@pytest.mark.parametrize(
    "advection", [{}, {"dimension": "2d"}, {"dimension": "surface"}, {"depth": "5m"}], ids=str
)
@pytest.mark.parametrize("sampled", [[], ["temp", "kh", "ww", "u", "h"]], ids=len)
def test_fields_are_reduced_one_by_one_to_what_was_known_of_them(
    tmp_path: Path, advection: dict, depth_mean: bool, sampled: list[str]
) -> None:
    forcing(tmp_path, depth_mean=depth_mean)
    variables = [*sampled, *(["ua"] if sampled and depth_mean else [])]
    it = prepared(tmp_path, advection=advection, output={"variables": variables})
    supply = pickle.loads(pickle.dumps(it.supply))
    raw = it.series.read(1, supply.names)
    reduced, layout = supply.reduce(raw), supply.layout(it.series)
    assert tuple(reduced) == supply.reduced == tuple(layout)
    assert {name: (values.dtype, values.shape) for name, values in reduced.items()} == layout
    for name in supply.reduced:
        asked: list[str] = []
        found = supply.field(name, lambda of, asked=asked: (asked.append(of), raw[of])[1])
        np.testing.assert_array_equal(found, reduced[name])
        assert len(asked) == 1
    flow = {"2d": (1,), "surface": (1,)}.get(advection.get("dimension", ""), (4,))
    assert layout["u"] == (np.float32, (*flow, len(MESH.triangles)))
    assert layout["wet"] == (np.uint8, (len(MESH.triangles),))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_members_of_an_ensemble_have_what_each_would_have_alone(
    tmp_path: Path, order: tuple[int, int]
) -> None:
    forcing(tmp_path, Flow(u=still, v=still, viscofh=lambda x, y, s, t: 2 + s + 0 * x))
    wishes = [{"horizontal": 1.0}, {"horizontal": "viscofh"}]
    flat = {"dimension": "2d"}
    alone = [prepared(tmp_path, advection=flat, diffusion=wishes[i]) for i in order]
    shared = SharedForcing(alone)
    found = shared.first_frame()
    for member in alone:
        for name, values in member.supply.reduce(member.series.read(0, member.supply.names)).items():
            np.testing.assert_array_equal(found[name], values)
    assert np.allclose(found["viscofh"], np.full((1, len(MESH.x)), 1.5))


@pytest.mark.parametrize("sloping", [False, True])
def test_layers_that_are_the_same_everywhere_are_known_once(sloping: bool) -> None:
    levels = np.repeat(np.array([0.0, -0.1, -0.37, -1.0])[:, None], len(MESH.x), axis=1)
    if sloping:
        levels[1:3] *= 1 - MESH.x / 1e5
    shares = -np.diff(levels, axis=0)
    expected = shares[:, MESH.triangles].mean(axis=2).astype("f4"), shares.astype("f4")
    for found, wide in zip(layer_shares(levels, MESH.triangles), expected, strict=True):
        assert found.dtype == np.float32
        assert found.shape == (wide.shape if sloping else (3, 1))
        assert np.array_equal(np.broadcast_to(found, wide.shape), wide)


def test_samples_are_read_once_and_derived_ones_not(tmp_path: Path) -> None:
    it = prepared(tmp_path, output={"variables": ["temp", "u", "age", "water_depth", "omega"]})
    assert it.variables == ("temp", "u", "age", "water_depth", "omega")
    assert [sample.name for sample in it.order.samples] == ["temp", "u", "water_depth", "omega"]
    assert sorted(it.supply.names) == sorted({"u", "v", "zeta", "wet", "omega", "temp"})


def test_all_unknown_variables_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(RunFileError) as error:
        prepared(tmp_path, output={"variables": ["tmp", "temp", "xyzzy"]})
    assert len(error.value.problems) == 2
    assert "did you mean temp?" in error.value.problems[0]
    assert "salinity" in error.value.problems[1]  # nothing is like it: all that there are


@pytest.mark.parametrize(
    ("behaviour", "name", "said"),
    [
        (
            {"leeway": {"class": "PIW-1", "jibing": "0 1/h"}},
            "jibes",
            "behaviour.leeway with a jibing above 0",
        ),
        ({"mortality": "1 1/day"}, "development", "behaviour.growth"),
        ({"settling": "1 mm/s"}, "settling_speed", "behaviour.settling of several speeds"),
    ],
)
def test_a_column_of_what_is_off_says_what_keeps_it(
    tmp_path: Path, behaviour: dict[str, object], name: str, said: str
) -> None:
    with pytest.raises(RunFileError) as error:
        prepared(tmp_path, behaviour=behaviour, output={"variables": [name]})
    assert f"output.variables: particles carry {name!r} with {said}, which is off" in str(error.value)


def test_open_sides_by_file_and_polygon_agree(tmp_path: Path) -> None:
    left = np.flatnonzero(MESH.x < 1e-9)
    (tmp_path / "obc.dat").write_text("".join(f"{i} {node + 1} 1\n" for i, node in enumerate(left)))
    by_file = prepared(tmp_path, boundary={"open": "obc.dat"})
    by_polygon = prepared(
        tmp_path, boundary={"open": [[-1.0, -1.0], [1.0, -1.0], [1.0, 2001.0], [-1.0, 2001.0]]}
    )
    assert by_file.open_sides == by_polygon.open_sides == len(left) - 1
    np.testing.assert_array_equal(by_file.mesh.beyond, by_polygon.mesh.beyond)
    assert prepared(tmp_path, boundary={"open": "none"}).open_sides == 0


@pytest.mark.parametrize("west", [-4.0, 356.0, 179.99, -180.01])
def test_a_polygon_follows_the_longitudes_of_the_mesh(tmp_path: Path, west: float) -> None:
    """A mesh 4 km long, with the western end in a polygon on either turn, in the run file, in GeoJSON, in
    metres."""
    degree = np.pi / 180 * 6_371_000.0
    lon, lat = west + MESH.x / (degree * np.cos(np.radians(50))), 50 + MESH.y / degree
    forcing(tmp_path, lon=lon, lat=lat, coordinates="geographic")
    sides = np.count_nonzero(MESH.x < 1e-9) - 1
    release = [{"point": [float(lon.mean()), float(lat.mean())]}]
    ring = [[west - 0.01, 49], [west + 1e-4, 49], [west + 1e-4, 51], [west - 0.01, 51]]
    for turn in (-360.0, 0.0, 360.0):
        moved = [[x + turn, y] for x, y in ring]
        if max(abs(x) for x, _ in moved) <= 540:
            assert prepared(tmp_path, release=release, boundary={"open": moved}).open_sides == sides
    metres = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True).transform
    given = {
        "degrees.geojson": {"type": "Polygon", "coordinates": [ring]},
        "metres.geojson": {
            "type": "Polygon", "coordinates": [[list(metres(*corner)) for corner in ring]],
            "crs": {"type": "name", "properties": {"name": "EPSG:3857"}},
        },
    }  # fmt: skip
    for name, content in given.items():
        (tmp_path / name).write_text(json.dumps(content))
        assert prepared(tmp_path, release=release, boundary={"open": name}).open_sides == sides


def test_memory_for_records_makes_more_meetings(tmp_path: Path) -> None:
    """A million particles recorded every minute: 80 MB a row, three of them wait at most."""
    tables = {"release": [{"box": [0.0, 0.0, 4000.0, 2000.0], "count": 10**6}], "output": {"every": "60s"}}
    it = prepared(tmp_path, **tables)
    assert max(len(interval.outputs) for interval in it.timeline.intervals) <= 4
    assert len(it.timeline.intervals) > 70
    few = prepared(tmp_path, **{**tables, "release": [{"point": [2000.0, 1000.0]}]})
    assert len(few.timeline.intervals) == 4


@pytest.mark.parametrize(
    ("tables", "kind", "says"),
    [
        ({"time": {"start": "5h"}}, RunFileError, "before it has begun"),
        ({"time": {"end": "5h"}}, ForcingError, "covers"),
        ({"time": {"start": "2020-04-01T00:00:00Z"}}, ForcingError, "time.start"),
        ({"time": {"step": "2h"}, "output": {"every": "2h"}}, RunFileError, "time.step"),
        (
            {"forcing": {"files": "flow.nc", "projection": "EPSG:1"}},
            RunFileError,
            "run.toml: forcing.projection",
        ),
        ({"boundary": {"open": "none.dat"}}, RunFileError, "boundary.open"),
    ],
)
def test_what_cannot_be_prepared(tmp_path: Path, tables: dict, kind: type, says: str) -> None:
    with pytest.raises(kind, match=says):
        prepared(tmp_path, **tables)
