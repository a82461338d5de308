"""The end of a run is recorded, where it is no output time too: places and fates of then, and nothing of it
in a longer run."""

import json
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest

from fvdrift.cli import main
from fvdrift.output.paths import statistics_path
from fvdrift.preparation.members import members_of
from fvdrift.settings.load import load_run_file
from fvdrift.simulation.roles import run
from generate_forcing import Flow

from .flows import channel
from .test_resume import Countdown
from .workshop import Tree, columns, digest, needs_mpiexec, record, solve, start, write_run

SPEED = 0.1  # m/s, east
TABLES = ("time", "output", "behaviour", "checkpoint")


def still(x, y, s, t):
    return 0.0 * x * s


@pytest.fixture(scope="module")
def water(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Seven hours of water that goes east."""
    folder = tmp_path_factory.mktemp("water")
    flow = Flow(u=lambda x, y, s, t: SPEED + 0 * x * s, v=still, omega=still)
    return str(channel(folder / "east.nc", flow, elements=60, layers=2, frames=7))


def drifting(water: str, folder: Path, **more: Any) -> Path:
    """Four particles that start at 0, 30, 60 and 90 min and die 2 h later."""
    tree: Tree = {
        "forcing": {"files": [water]}, "time": {"step": "5min"}, "output": {"every": "1h", "file": "one.nc"},
        "behaviour": {"lifespan": "2h"},
        "release": [{"point": [1000.0, 1250.0], "every": "30min", "until": "90min"}],
    }  # fmt: skip
    for name, table in more.items():
        tree[name] = {**tree.get(name, {}), **table} if name in TABLES else table
    return write_run(folder, tree)


def minutes(tracks: dict[str, np.ndarray], first: float = 0.0) -> list[float]:
    return ((tracks["time"][0] - tracks["time"][0, 0]) / 60 + first).round(6).tolist()


@pytest.mark.parametrize(
    ("every", "end", "step", "rows"),
    [
        ("1h", 150, "5min", [0, 60, 120, 150]),
        ("1d", 150, "5min", [0, 150]),
        ("56min", 100, "7min", [0, 56, 100]),  # the last step is a short one
        ("1h", 120, "5min", [0, 60, 120]),
    ],
)
@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_the_end_is_a_row(
    water: str, tmp_path: Path, every: str, end: int, step: str, rows: list[int], direction: str
) -> None:
    it = drifting(
        water, tmp_path, time={"duration": f"{end}min", "step": step, "direction": direction}, output={"every": every},
        release=[{"point": [5000.0, 1250.0]}],
    )  # fmt: skip
    it.write_text(it.read_text().replace('lifespan = "2h"\n', ""))
    tracks = columns(solve(it))
    way = 1 if direction == "forward" else -1
    assert minutes(tracks) == [way * row for row in rows]
    np.testing.assert_allclose(tracks["x"][0] - 5000.0, way * SPEED * 60.0 * np.array(rows), atol=1e-3)
    assert len(record(tmp_path / "one.nc")["counts"]) == len(rows)


def test_who_dies_behind_the_last_output_is_dead_everywhere(water: str, tmp_path: Path, capsys: Any) -> None:
    """At 150 min the first two are dead, one of them since the output of 2 h; age, place and run.json say so
    too."""
    it = drifting(water, tmp_path, time={"duration": "150min"}, output={"variables": ["age"]})
    assert main(["plan", str(it)]) == 0
    assert "4 rows" in capsys.readouterr().out
    assert main(["run", str(it)]) == 0
    assert ": 2 active, 2 dead" in "".join(capsys.readouterr())
    tracks, found = columns(tmp_path / "one.nc"), record(tmp_path / "one.nc")
    assert tracks["status"][:, -1].tolist() == [6, 6, 1, 1]
    np.testing.assert_allclose(tracks["x"][:, -1], [np.nan, 1720.0, 1540.0, 1360.0], atol=1e-3)
    np.testing.assert_allclose(tracks["age"][2:, -1], [5400.0, 3600.0])
    last = found["counts"][-1]
    assert (last["time"], last["dead"], last["active"]) == ("2020-05-01T02:30:00Z", 2, 2)
    assert {name: last[name] for name in ("dead", "active")} == {
        n: found["final_counts"][n] for n in ("dead", "active")
    }


@pytest.mark.parametrize("parts", [1, 3])
def test_a_run_gone_on_with_to_a_later_end_never_ended_before(water: str, tmp_path: Path, parts: int) -> None:
    """Neither row nor fates nor alerts of the shorter run's end are in it; its rows are those of a run
    without a break. Releases go on to the end of the run."""
    # is true from 150 min on, which is looked at in the shorter run only
    alert = [{"when": "count(status == dead) > 1"}]
    release = [{"point": [1000.0, 1250.0], "every": "30min"}]
    whole = drifting(
        water, tmp_path, time={"duration": "5h"}, alert=alert, checkpoint={"at_end": True}, release=release
    )
    truth = solve(whole, output="whole.nc")
    shorter = solve(whole, "time.duration=155min", output="longer.nc", parts=3)
    assert minutes(columns(shorter)) == [0, 60, 120, 155]
    assert record(shorter)["alerts"][0]["time"] == "2020-05-01T02:35:00Z"
    assert record(truth)["alerts"][0]["time"] == "2020-05-01T03:00:00Z"
    longer = load_run_file(whole, ["output.file=longer.nc", f"parallel.parts={parts}"])
    assert run(longer, overwrite=False, resume=True, quiet=True, communicator=None) == 0
    assert digest(shorter) == digest(truth)
    assert record(shorter)["counts"] == record(truth)["counts"]


def zone(folder: Path, x0: float, x1: float) -> str:
    """A stretch of the channel, as GeoJSON."""
    ring = [[x0, 0.0], [x1, 0.0], [x1, 2500.0], [x0, 2500.0], [x0, 0.0]]
    feature = {
        "type": "Feature",
        "properties": {"name": "a"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    crs = {"type": "name", "properties": {"name": "EPSG:32630"}}
    path = folder / "zone.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]}))
    return str(path)


def test_statistics_are_of_those_released_by_the_last_look(water: str, tmp_path: Path) -> None:
    """Of six released by 120 min all are dead at 155 min, four since the look; of the one of 125 and of that
    of 150 min nothing counts, though the first is known to be dead."""
    it = drifting(
        water, tmp_path, time={"duration": "155min"}, behaviour={"lifespan": "20min"},
        statistic=[{"kind": "connectivity", "polygons": zone(tmp_path, 5000.0, 6000.0)}],
        release=[{"point": [1000.0, 1250.0], "start": f"{start}min"} for start in (0, 60, 105, 110, 115, 120, 125, 150)],
    )  # fmt: skip
    truth = solve(it)
    with netCDF4.Dataset(statistics_path(truth)) as counted:
        assert counted["connectivity_particles"][:].tolist() == [1, 1, 1, 1, 1, 1, 0, 0]
        assert counted["connectivity_lost"][:6].tolist() == [1.0] * 6


def test_stopped_anywhere_it_closes_once(water: str, tmp_path: Path) -> None:
    """By a signal at any look for it, behind the last step and while tracks are packed too."""
    statistic = [{"kind": "connectivity", "polygons": zone(tmp_path, 1500.0, 1800.0)}, {"kind": "cloud"}]
    alert = [{"when": "count(status == dead) > 1"}]
    it = drifting(water, tmp_path, time={"duration": "155min"}, statistic=statistic, alert=alert)
    truth = solve(it, output="whole.nc")
    file = load_run_file(it, ["output.file=stopped.nc"])
    stops, looks = 0, 1
    while (
        code := run(
            file, overwrite=False, resume=True, quiet=True, communicator=None, signals=Countdown(looks)
        )
    ) == 75:
        stops, looks = stops + 1, 1 + (stops + 1) % 5
        assert stops < 60
    assert code == 0
    assert stops > 3
    stopped = tmp_path / "stopped.nc"
    assert digest(stopped) == digest(truth)
    assert digest(statistics_path(stopped)) == digest(statistics_path(truth))
    assert record(stopped)["counts"] == record(truth)["counts"]
    assert record(stopped)["alerts"] == record(truth)["alerts"]
    # the third has been in the zone, two have died behind it
    with netCDF4.Dataset(statistics_path(truth)) as counted:
        assert counted["connectivity_lost"][:].tolist() == [0.0]
        assert counted["cloud_time"][:].size == 3
    assert main(["stats", str(truth), "-o", str(tmp_path / "again.nc"), "--overwrite"]) == 0
    assert digest(tmp_path / "again.nc") == digest(statistics_path(truth))


@pytest.mark.parametrize("resumed", [False, True])
def test_an_alert_that_ends_the_run_leaves_its_end_in_the_tracks(
    water: str, tmp_path: Path, resumed: bool
) -> None:
    """Two are dead from 150 min on, which the alert sees at 160 min; outputs are every hour."""
    alert = [{"when": "count(status == dead) > 1", "every": "20min", "action": "stop"}]
    it = drifting(water, tmp_path, time={"duration": "5h"}, output={"variables": ["age"]}, alert=alert)
    tracks = solve(it)
    found = columns(tracks)
    assert minutes(found) == [0, 60, 120, 160]
    assert found["status"][:, -1].tolist() == [6, 6, 1, 1]
    np.testing.assert_allclose(
        found["x"][2:, -1], [1000.0 + SPEED * 6000.0, 1000.0 + SPEED * 4200.0], atol=1e-3
    )
    np.testing.assert_allclose(found["age"][2:, -1], [6000.0, 4200.0])
    assert record(tracks)["counts"][-1]["time"] == "2020-05-01T02:40:00Z"
    if resumed:
        file = load_run_file(it, ["output.file=stopped.nc", "parallel.parts=3"])
        looks = 2
        while (
            run(file, overwrite=False, resume=True, quiet=True, communicator=None, signals=Countdown(looks))
            == 75
        ):
            looks += 1
        assert digest(tmp_path / "stopped.nc") == digest(tracks)


def test_who_starts_at_the_end_and_who_starts_between_records(water: str, tmp_path: Path) -> None:
    """The one has its place of release in the last row; the other is first seen at the next record, where it
    is by then."""
    late = [{"point": [1000.0, 1250.0], "start": start} for start in ("150min", "130min", "20min")]
    tracks = columns(solve(drifting(water, tmp_path, time={"duration": "150min"}, release=late)))
    nan = np.nan
    expected = [[nan, nan, nan, 0.0], [nan, nan, nan, 120.0], [nan, 240.0, 600.0, 720.0]]  # dead at 140 min
    np.testing.assert_allclose(tracks["x"] - 1000.0, expected, atol=1e-3)


def test_members_that_alerts_end_at_other_times_are_as_runs_alone(water: str, tmp_path: Path) -> None:
    alert = [{"when": "count(status == dead) > 1", "every": "20min", "action": "stop"}]
    vary = {"behaviour": {"lifespan": ["1h", "2h", "9h"]}}
    it = drifting(water, tmp_path, time={"duration": "250min"}, alert=alert, ensemble={"vary": vary})
    assert run(load_run_file(it, ["parallel.parts=2"]), overwrite=False, quiet=True, communicator=None) == 0
    rows = []
    for member in members_of(load_run_file(it)):
        tracks = it.parent / member.run_file.output.file
        together = digest(tracks)
        assert run(member.run_file, overwrite=True, quiet=True, communicator=None) == 0
        assert digest(tracks) == together
        rows.append(minutes(columns(tracks)))
    assert rows == [[0, 60, 100], [0, 60, 120, 160], [0, 60, 120, 180, 240, 250]]


@needs_mpiexec
def test_the_last_row_on_three_ranks(water: str, tmp_path: Path) -> None:
    box = [{"box": [500.0, 200.0, 9000.0, 2300.0], "count": 300, "every": "30min", "until": "90min"}]
    it = drifting(water, tmp_path, time={"duration": "155min"}, release=box)
    truth = digest(solve(it, output="alone.nc"))
    done = start("run", it, "--quiet", ranks=3)
    assert done.returncode == 0, done.stderr
    assert digest(tmp_path / "one.nc") == truth


def test_attributes_are_of_what_is_written_and_the_run_file_has_the_last_word(
    water: str, tmp_path: Path
) -> None:
    """An alert ends the run at 160 min of 5 h; the tracks' statistics say the same, to the byte."""
    it = drifting(
        water, tmp_path, time={"duration": "5h"},
        alert=[{"when": "count(status == dead) > 1", "every": "20min", "action": "stop"}],
        statistic=[{"kind": "cloud"}],
        output={"attributes": {"summary": "mine", "license": "CC-BY-4.0"}},
    )  # fmt: skip
    tracks, expected = solve(it, output="a.nc"), {}
    assert main(["stats", str(tracks), "-o", str(tmp_path / "again.nc")]) == 0
    assert digest(tmp_path / "again.nc") == digest(statistics_path(tracks))
    for path in (tracks, statistics_path(tracks)):
        with netCDF4.Dataset(path) as file:
            expected = {name: file.getncattr(name) for name in file.ncattrs()}
        assert expected["time_coverage_start"] == "2020-05-01T00:00:00Z"
        assert expected["time_coverage_end"] == "2020-05-01T02:40:00Z"
        assert expected["time_coverage_duration"] == "PT2H40M"
        assert (expected["summary"], expected["license"]) == ("mine", "CC-BY-4.0")
        assert "geospatial_lon_min" not in expected  # metres of nobody knows where
    assert digest(solve(it, output="b.nc", parts=3)) == digest(tracks)


@pytest.mark.parametrize("name", ["title", "run_file", "split_run", "1st"])
def test_attributes_by_which_files_are_read_are_refused(
    water: str, tmp_path: Path, capsys: Any, name: str
) -> None:
    it = drifting(water, tmp_path)
    it.write_text(it.read_text().replace("[output]", f'[output]\nattributes = {{ "{name}" = "x" }}'))
    assert main(["run", str(it)]) == 2
    assert f"output.attributes.{name}: " in capsys.readouterr().err
    assert not (tmp_path / "one.nc").exists()
