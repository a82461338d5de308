"""What is in the tracks of a run: samples, fates, counts, the record beside them, and that other programs
read them."""

import json
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr

from fvdrift.tools.particle_arrays import STATUS_NAMES

from .cases import EVERYWHERE, FORCING, OPEN
from .conftest import Truth
from .flows import channel, gyres
from .lookup import Lookup
from .workshop import ESTUARY, columns, record, solve, write_run

Of = Callable[[str], Truth]
NOT_RELEASED, ACTIVE, STRANDED = 0, 1, 2
GONE = (4, 5, 6)  # settled, exited, dead


@pytest.fixture(scope="module")
def lookup() -> Lookup:
    return Lookup(ESTUARY / "estA_0001.nc", ESTUARY / "estA_0002.nc")


@pytest.mark.parametrize(
    ("name", "tolerance"),
    [
        ("u", 2e-5),
        ("v", 2e-5),
        ("temp", 2e-5),
        ("salinity", 5e-5),
        ("omega", 1e-8),
        ("kh", 1e-6),
        ("zeta", 1e-5),
    ],
)
def test_samples_are_the_fields_at_the_particle(
    name: str, tolerance: float, truth: Of, lookup: Lookup
) -> None:
    """Tolerances are a few roundings of single precision, in which fields and samples are stored."""
    tracks = columns(truth("everywhere").tracks)
    random = np.random.default_rng(5)
    compared, spread = 0, []
    for _ in range(300):
        p, row = int(random.integers(tracks["x"].shape[0])), int(random.integers(tracks["x"].shape[1]))
        place = [float(tracks[key][p, row]) for key in ("x", "y", "sigma", "time")]
        if np.isnan(place[0]) or not lookup.is_plain(lookup.weights(*place[:2])[0], place[3]):
            continue
        compared += 1
        expected = lookup.at(name, *place)
        spread.append(expected)
        assert tracks[name][p, row] == pytest.approx(expected, abs=tolerance), (p, row)
    assert compared > 100
    assert np.std(spread) > 20 * tolerance  # or it would not be told from another field


def test_heights_depths_and_ages_follow_from_each_other(truth: Of, lookup: Lookup) -> None:
    it = truth("everywhere")
    tracks = columns(
        solve(
            it.run_file, 'output.variables=["zeta", "water_depth", "bottom_depth", "age"]', output="depths.nc"
        )
    )
    there = np.isfinite(tracks["x"])
    z, zeta, depth = (tracks[name][there].astype(float) for name in ("z", "zeta", "water_depth"))
    np.testing.assert_allclose(z, zeta + tracks["sigma"][there] * depth, atol=2e-5)
    np.testing.assert_allclose(depth, zeta + tracks["bottom_depth"][there], atol=2e-5)
    np.testing.assert_array_equal(tracks["age"][there], (tracks["time"] - tracks["time"][:, :1])[there])
    for p in range(0, 500, 50):
        e, weights = lookup.weights(tracks["x"][p, 0], tracks["y"][p, 0])
        assert tracks["bottom_depth"][p, 0] == pytest.approx(lookup.h[lookup.corners[e]] @ weights, abs=1e-4)


@pytest.mark.parametrize("name", ["everywhere", "released_over_time", "beach", "held"])
def test_fates(name: str, truth: Of) -> None:
    """NaN before the release; who strands keeps the place; who leaves has the last position once, then
    none."""
    tracks = columns(truth(name).tracks)
    status, x, y = tracks["status"], tracks["x"], tracks["y"]
    assert (np.diff(status.astype(int), axis=1) >= 0).all()  # in the order of their numbers fates are final
    missing = np.isnan(x)
    for other in ("y", "z", "sigma"):
        np.testing.assert_array_equal(np.isnan(tracks[other]), missing)
    first_gone = np.isin(status, GONE) & ~np.isin(np.roll(status, 1, axis=1), GONE)
    np.testing.assert_array_equal(missing, (status == NOT_RELEASED) | (np.isin(status, GONE) & ~first_gone))
    stays = (status[:, 1:] == STRANDED) & (status[:, :-1] == STRANDED)
    assert (x[:, 1:][stays] == x[:, :-1][stays]).all()
    assert (y[:, 1:][stays] == y[:, :-1][stays]).all()
    assert (tracks["sigma"][:, 1:][stays] == tracks["sigma"][:, :-1][stays]).all()
    for variable, values in tracks.items():
        if values.dtype == np.float32:
            np.testing.assert_array_equal(np.isnan(values), missing, variable)
    assert (tracks["sigma"][~missing] <= 0).all()
    assert (tracks["sigma"][~missing] >= -1).all()


@pytest.mark.parametrize("name", ["everywhere", "released_over_time", "beach", "backward"])
def test_counts_add_up_at_every_output(name: str, truth: Of) -> None:
    it = truth(name)
    tracks, said = columns(it.tracks), record(it.tracks)
    assert len(said["counts"]) == tracks["x"].shape[1]
    for row, counts in enumerate(said["counts"]):
        assert counts["released"] == sum(counts[fate] for fate in STATUS_NAMES[1:])
        assert counts["released"] + counts["not_released"] == len(tracks["x"])
        for number, fate in enumerate(STATUS_NAMES):
            assert counts[fate] == np.count_nonzero(tracks["status"][:, row] == number), (row, fate)
        assert counts["time"] == str(np.datetime64(int(tracks["time"][0, row]), "s")) + "Z"
    assert sum(said["final_counts"].values()) == len(tracks["x"])


def test_particles_start_when_they_are_said_to(truth: Of) -> None:
    it = truth("released_over_time")
    tracks = columns(it.tracks)
    assert tracks["release_name"].tolist() == ["stream", "at outputs", "at frames", "at the end"]
    start = tracks["time"][0, 0]
    run = np.arange(0, 183 * 60 + 1)
    for number, (first, every) in enumerate([(0, 120), (0, 1200), (1800, 3600), (10_980, 10**9)]):
        mine = np.flatnonzero(tracks["release"] == number)
        times = run[(run >= first) & ((run - first) % every == 0)]
        per = len(mine) // len(times)
        assert per * len(times) == len(mine)
        for i, p in enumerate(mine):
            born = start + times[i // per]
            np.testing.assert_array_equal(tracks["status"][p] > NOT_RELEASED, tracks["time"][p] >= born)
            there = np.isfinite(tracks["x"][p])
            np.testing.assert_array_equal(tracks["age"][p][there], (tracks["time"][p] - born)[there])


def test_the_record_has_all_that_is_promised(truth: Of) -> None:
    said = record(truth("everywhere").tracks)
    for key in ("particle_steps", "counts", "timings", "hand_offs", "rounds", "repartitions", "imbalance", "peak_memory_bytes",
                "ranks", "readers", "exit", "versions", "command"):  # fmt: skip
        assert key in said
    for key in (
        "read_s",
        "read_wait_s",
        "pack_s",
        "advance_cpu_s",
        "transfer_s",
        "write_s",
        "first_step_s",
        "total_wall_s",
    ):
        assert said["timings"][key] > 0 or key == "transfer_s"
    seconds = said["timings"]
    assert seconds["transfer_s"] == 0.0  # of one worker, which hands nothing on
    assert (
        sum(seconds[key] for key in ("read_wait_s", "computing_s", "transfer_s", "finish_s"))
        < seconds["total_wall_s"]
    )
    assert said["exit"] == 0
    assert said["ranks"] == 1
    assert said["run_file"]["time"]["step"] == "60 s"
    active = [counts["active"] for counts in said["counts"]]
    # 60 steps an hour: no more than all were taken, no fewer than those that were still active
    assert 180 * min(active) <= said["particle_steps"] <= 180 * max(active)
    assert len(said["peak_memory_bytes"]) == 1
    assert 5e7 < said["peak_memory_bytes"][0] < 4e9


def test_attributes_say_what_was_run_and_nothing_of_when(truth: Of) -> None:
    it = truth("everywhere")
    with netCDF4.Dataset(it.tracks) as file:
        attributes = {name: file.getncattr(name) for name in file.ncattrs()}
    assert attributes["Conventions"] == "CF-1.11, ACDD-1.3"
    assert attributes["featureType"] == "trajectory"
    assert attributes["seed"] == "42"
    assert attributes["forcing_files"] == "estA_0001.nc estA_0002.nc"
    assert "parallel" not in json.loads(attributes["run_file"])
    assert "date_created" not in attributes


def test_attributes_tell_catalogues_where_and_when(truth: Of, lookup: Lookup) -> None:
    """The box is that of all nodes, though only those at the edge are placed on the Earth."""
    import pyproj

    it = truth("everywhere")
    with netCDF4.Dataset(it.tracks) as file:
        said = {name: file.getncattr(name) for name in file.ncattrs()}
        first, last = (str(np.datetime64(int(file["time"][0, row]), "s")) + "Z" for row in (0, -1))
    assert (said["time_coverage_start"], said["time_coverage_end"]) == (first, last)
    with netCDF4.Dataset(ESTUARY / "estA_0001.nc") as forcing:
        x, y = np.asarray(forcing["x"][:], np.float64), np.asarray(forcing["y"][:], np.float64)
    lon, lat = pyproj.Transformer.from_crs("EPSG:32630", "EPSG:4326", always_xy=True).transform(x, y)
    for axis, values in (("lon", lon), ("lat", lat)):
        assert said[f"geospatial_{axis}_min"] == pytest.approx(values.min(), abs=1e-6)
        assert said[f"geospatial_{axis}_max"] == pytest.approx(values.max(), abs=1e-6)


def test_lon_lat_are_those_of_the_projection(truth: Of) -> None:
    import pyproj

    tracks = columns(truth("everywhere").tracks)
    there = np.isfinite(tracks["x"])
    lon, lat = pyproj.Transformer.from_crs("EPSG:32630", "EPSG:4326", always_xy=True).transform(
        tracks["x"][there], tracks["y"][there]
    )
    np.testing.assert_allclose(tracks["lon"][there], lon, atol=1e-12)
    np.testing.assert_allclose(tracks["lat"][there], lat, atol=1e-12)
    assert (np.isnan(tracks["lon"]) == ~there).all()


@pytest.mark.parametrize("name", ["everywhere", "globe"])
def test_the_compliance_checker_finds_nothing(name: str, truth: Of) -> None:
    checker = Path(sys.executable).with_name("compliance-checker")
    done = subprocess.run(
        [checker, "--test=cf:1.11", truth(name).tracks],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_xarray_and_trajan_open_them_as_they_are(truth: Of) -> None:
    import trajan  # noqa: F401

    raw = columns(truth("everywhere").tracks)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with xr.open_dataset(truth("everywhere").tracks) as tracks:
            tracks.load()
    np.testing.assert_array_equal(tracks.x, raw["x"])
    assert tracks.time.values[0, 1] == np.datetime64("2024-05-01T12:20:00")
    assert tracks.release_name.values.tolist() == ["1"]
    with xr.open_dataset(truth("everywhere").tracks) as tracks:
        speed = tracks.traj.speed()
        assert 0 < float(speed.median()) < 3
        assert tracks.traj.gridtime("30min").sizes["time"] == 7


def test_a_run_without_a_calendar(tmp_path: Path) -> None:
    """Days since 0.0, as idealised runs have them: all times count from the first record."""
    forcing = channel(tmp_path / "ideal.nc", gyres(0.3), elements=60, frames=5, calendar=False)
    tree = {
        "forcing": {"files": [str(forcing)]}, "time": {"start": "1h", "duration": "2h", "step": "10min"},
        "release": [{"count": 5, "box": [3000.0, 500.0, 7000.0, 2000.0], "start": "90min"}], "output": {"every": "30min"},
    }  # fmt: skip
    dated = {
        **tree,
        "forcing": {"files": [str(channel(tmp_path / "dated.nc", gyres(0.3), elements=60, frames=5))]},
    }
    tracks = solve(write_run(tmp_path, tree), output="ideal_tracks.nc")
    raw = columns(tracks)
    np.testing.assert_array_equal(raw["time"][0], 3600.0 + 1800.0 * np.arange(5))
    assert (raw["status"][:, 0] == NOT_RELEASED).all()
    assert (raw["status"][:, 1:] == ACTIVE).all()
    np.testing.assert_array_equal(
        raw["x"], columns(solve(write_run(tmp_path, dated), output="dated_tracks.nc"))["x"]
    )
    assert record(tracks)["counts"][0]["time"] == "day 0 01:00:00"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with xr.open_dataset(tracks) as opened:
            assert opened.time.dtype == np.float64


def test_a_dry_particle_is_held_and_flagged(truth: Of) -> None:
    tracks = columns(truth("beach").tracks)
    dry = tracks["dry"] == 1
    held = dry[:, 1:] & dry[:, :-1] & (tracks["status"][:, 1:] == ACTIVE)
    hours = np.zeros_like(held)
    hours[:, 1::2] = True  # a row of two in one hour: dry at both of its ends, or at none
    assert (held & hours).sum() > 20
    assert (tracks["x"][:, 1:] == tracks["x"][:, :-1])[held & hours].all()


def test_particles_on_land_that_are_allowed_to_be(tmp_path: Path) -> None:
    """They keep their ids, never start, and are counted apart."""
    (tmp_path / "sites.csv").write_text("x,y,count\n433000,5547000,3\n0,0,2\n433100,5547000,1\n")
    tree = {
        "forcing": FORCING, "time": {"duration": "1h"}, "boundary": OPEN,
        "release": [{"file": "sites.csv", "allow_outside": True}, {"count": 4, "box": EVERYWHERE}],
    }  # fmt: skip
    tracks = solve(write_run(tmp_path, tree), output="land.nc")
    status = columns(tracks)["status"]
    assert status[:, -1].tolist() == [1, 1, 1, 0, 0, 1, 1, 1, 1, 1]
    assert record(tracks)["not_in_water"] == 2
    assert record(tracks)["counts"][0]["released"] == 8
    assert record(tracks)["counts"][0]["not_released"] == 2
    assert any("2 of them start on land" in note for note in record(tracks)["notes"])


def test_a_run_shorter_than_its_output_interval(tmp_path: Path) -> None:
    tree = {
        "forcing": FORCING, "time": {"start": "100min", "duration": "90s"}, "boundary": OPEN,
        "release": [{"count": 4, "box": EVERYWHERE}, {"count": 4, "box": EVERYWHERE, "start": "101min"}],
    }  # fmt: skip
    tracks = solve(write_run(tmp_path, tree), output="short.nc")
    # the start and the end, which is no output time
    assert columns(tracks)["status"].tolist() == [[1, 1]] * 4 + [[0, 1]] * 4
    assert record(tracks)["particle_steps"] == 2 * 4 + 4  # the second step lasts 30 s
    assert record(tracks)["final_counts"]["active"] == 8
