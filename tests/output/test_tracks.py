"""Tracks: what is in them, that others' tools take them as they are, that equal runs give equal files."""

import errno
import hashlib
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr

from fvdrift.errors import OutputError, RunFileError
from fvdrift.mesh.coordinates import TrackCoordinates
from fvdrift.output.conventions import OutputVariable, output_variable
from fvdrift.output.paths import check_output, part_path
from fvdrift.output.tracks import TrackWriter

START = 1_588_291_200
TIMES = (START + 3600 * np.arange(6, dtype=np.int64)) * 1_000_000
NAMES = ["Río", "sea"]


def columns(row, count=7, variables=()):
    """Particle 1 is released at row 2, particle 2 exits after row 3, particle 3 never starts."""
    ids = np.arange(count)
    there = np.ones(count, bool)
    there[1] = row >= 2
    there[2] = row <= 3
    there[3] = False
    status = np.where(there, 1, 0).astype(np.int8)
    if row >= 3:
        status[2] = 5
    x = np.where(there, 4.0 + 0.01 * ids + 0.001 * row, np.nan)
    return {
        "x": x,
        "y": np.where(there, 50.0 + 0.01 * row, np.nan),
        "z": np.where(there, -1.0 - row, np.nan),
        "sigma": np.where(there, -0.25, np.nan),
        "status": status,
        "dry": (ids == 4).astype(np.int8),
        **{name: np.where(there, 10.0 + row, np.nan).astype(np.float32) for name in variables},
    }


def write(path, *, geographic=True, to_lonlat=None, variables=(), rows=6, count=7, **options):
    writer = TrackWriter(
        path,
        trajectories=count,
        times_us=TIMES,
        release_index=(np.arange(count) % 2).astype(np.int32),
        release_names=NAMES,
        coordinates=TrackCoordinates(geographic, to_lonlat),
        variables=variables,
        **options,
    )
    try:
        for row in range(rows):
            writer.write_row(row, columns(row, count, [variable.name for variable in variables]))
        writer.finish()
    finally:
        writer.close()
    return writer


SAMPLED = [
    output_variable(name, "whatever", "", True)
    for name in ("temp", "salinity", "u", "v", "ua", "va", "ww", "omega", "kh", "km", "viscofh", "zeta", "h")
]


def to_degrees(x, y):
    return x / 10, y / 2


@pytest.mark.parametrize("projected", [False, True])
def test_compliance_checker_finds_nothing(tmp_path, projected):
    variables = [output_variable(v.name, "?", "", not projected) for v in SAMPLED]
    write(
        tmp_path / "t.nc",
        geographic=not projected,
        to_lonlat=to_degrees if projected else None,
        variables=variables,
        attributes={"title": "", "source": "FVCOM", "run_file": "title = 'é'\nseed = 4"},
    )
    checker = Path(sys.executable).with_name("compliance-checker")
    done = subprocess.run(
        [checker, "--test=cf:1.11", "--criteria=strict", tmp_path / "t.nc"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_xarray_reads_back_every_value_as_written(tmp_path):
    write(tmp_path / "t.nc", variables=SAMPLED[:1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with xr.open_dataset(tmp_path / "t.nc") as tracks:
            tracks.load()
    assert dict(tracks.sizes) == {"trajectory": 7, "obs": 6, "release_index": 2}
    assert tracks.lon.dtype == tracks.lat.dtype == tracks.z.dtype == tracks.sigma.dtype == np.float64
    assert tracks.temp.dtype == np.float32
    assert tracks.status.dtype == tracks.dry.dtype == np.int8
    assert tracks.trajectory.dtype == np.int64
    for row in range(6):
        expected = columns(row, variables=["temp"])
        now = tracks.isel(obs=row)
        for ours, theirs in (
            ("x", "lon"),
            ("y", "lat"),
            *((name, name) for name in ("z", "sigma", "temp", "dry")),
        ):
            np.testing.assert_array_equal(now[theirs].values, expected[ours])
        np.testing.assert_array_equal(now.status.values, expected["status"])
        assert (now.time.values == np.datetime64(START + 3600 * row, "s")).all()
    assert [str(name) for name in tracks.release_name.values[tracks.release.values]] == [
        NAMES[i % 2] for i in range(7)
    ]
    assert tracks.status.flag_meanings.split()[5] == "exited"
    assert list(tracks.trajectory.values) == list(range(7))


def test_trajan_opens_them_as_they_are(tmp_path):
    import trajan  # noqa: F401

    write(tmp_path / "t.nc")
    with xr.open_dataset(tmp_path / "t.nc") as tracks:
        traj = tracks.traj
        assert (traj.trajectory_dim, traj.obs_dim, traj.time_varname) == ("trajectory", "obs", "time")
        assert "7 trajectories" in repr(traj)
        speed = traj.speed()
        assert np.isfinite(speed.isel(trajectory=0)).all()
        later = traj.gridtime("30min")
        assert np.isfinite(later.lon.isel(trajectory=1)).sum() > 0
        assert traj.seltime("2020-05-01T01:00", "2020-05-01T03:00").sizes["obs"] == 3


def test_projected_runs_carry_x_y_and_where_known_lon_lat(tmp_path):
    write(tmp_path / "a.nc", geographic=False)
    write(tmp_path / "b.nc", geographic=False, to_lonlat=to_degrees)
    with netCDF4.Dataset(tmp_path / "a.nc") as tracks:
        assert "lon" not in tracks.variables
        assert tracks["x"].axis == "X"
    with netCDF4.Dataset(tmp_path / "b.nc") as tracks:
        np.testing.assert_array_equal(tracks["lon"][:].filled(np.nan), tracks["x"][:].filled(np.nan) / 10)
        np.testing.assert_array_equal(tracks["lat"][:].filled(np.nan), tracks["y"][:].filled(np.nan) / 2)


def test_lon_lat_is_asked_only_for_particles_that_are_somewhere(tmp_path):
    def strict(x, y):
        assert np.isfinite(x).all()
        return to_degrees(x, y)

    write(tmp_path / "t.nc", geographic=False, to_lonlat=strict)


def test_runs_without_a_calendar_open_in_xarray_and_trajan(tmp_path):
    import trajan  # noqa: F401

    write(tmp_path / "t.nc", geographic=False, calendar=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with xr.open_dataset(tmp_path / "t.nc") as tracks:
            assert tracks.time.dtype == np.float64
            assert float(tracks.time[0, 1]) == START + 3600
    with xr.open_dataset(tmp_path / "t.nc") as tracks:
        assert "7 trajectories" in repr(tracks.traj)


def test_the_release_time_of_each_trajectory_is_there_where_it_is_known(tmp_path):
    write(tmp_path / "t.nc", release_time=lambda ids: ids * 600_000_000)
    with xr.open_dataset(tmp_path / "t.nc") as tracks:
        assert (
            tracks.release_time.values == np.datetime64(0, "s") + 600 * np.arange(7).astype("m8[s]")
        ).all()
    write(tmp_path / "without.nc")
    with xr.open_dataset(tmp_path / "without.nc") as tracks:
        assert "release_time" not in tracks


def test_equal_runs_give_equal_files_at_different_times(tmp_path):
    digests = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "t.nc", variables=SAMPLED, count=3000, attributes={"title": "é"})
        digests.append(hashlib.sha256((tmp_path / name / "t.nc").read_bytes()).hexdigest())
        time.sleep(1.1)  # HDF5 could store seconds
    assert digests[0] == digests[1]


def test_the_part_file_opens_while_the_run_goes_on(tmp_path):
    writer = TrackWriter(
        tmp_path / "t.nc",
        trajectories=7,
        times_us=TIMES,
        release_index=lambda ids: (ids % 2).astype(np.int32),
        release_names=NAMES,
        coordinates=TrackCoordinates(True),
        variables=SAMPLED[:2],
        attributes={"title": "é"},
    )
    for row in range(3):
        writer.write_row(row, columns(row, variables=["temp", "salinity"]))
    writer.close()
    assert not (tmp_path / "t.nc").exists()
    with netCDF4.Dataset(part_path(tmp_path / "t.nc")) as part:
        assert part.data_model == "NETCDF3_64BIT_DATA"
        assert part.title == "é"
        assert part["lon"].dimensions == ("obs", "trajectory")
        assert part["rows_written"][...] == 3
        for row in range(3):
            expected = columns(row, variables=["temp", "salinity"])
            np.testing.assert_array_equal(part["lon"][row].filled(np.nan), expected["x"])
            np.testing.assert_array_equal(part["salinity"][row].filled(np.nan), expected["salinity"])
            np.testing.assert_array_equal(part["status"][row], expected["status"])
        assert part["release"][:].tolist() == [0, 1, 0, 1, 0, 1, 0]
        assert part["time"][:].tolist() == (TIMES / 1e6).tolist()
        assert list(part["release_name"][:]) == NAMES
    with xr.open_dataset(part_path(tmp_path / "t.nc"), engine="netcdf4") as part:
        assert part.time.values[1] == np.datetime64(START + 3600, "s")


def test_a_run_that_stops_early_has_only_the_rows_it_wrote(tmp_path):
    write(tmp_path / "t.nc", rows=4)
    with netCDF4.Dataset(tmp_path / "t.nc") as tracks:
        assert tracks["lon"].shape == (7, 4)


def test_the_part_file_goes_when_the_tracks_are_there(tmp_path):
    write(tmp_path / "t.nc")
    assert os.listdir(tmp_path) == ["t.nc"]


def test_existing_tracks_stay_until_the_new_ones_are_complete(tmp_path):
    path = tmp_path / "t.nc"
    path.write_text("precious")
    with pytest.raises(RunFileError, match=r"t\.nc: exists: give --overwrite"):
        check_output(path, overwrite=False)
    with pytest.raises(RunFileError):
        write(path)
    assert os.listdir(tmp_path) == ["t.nc"]
    writer = TrackWriter(
        path,
        trajectories=7,
        times_us=TIMES,
        release_index=np.zeros(7, np.int32),
        release_names=NAMES,
        coordinates=TrackCoordinates(True),
        overwrite=True,
    )
    writer.write_row(0, columns(0))
    writer.close()
    assert path.read_text() == "precious"
    write(path, overwrite=True)
    with netCDF4.Dataset(path) as tracks:
        assert tracks.featureType == "trajectory"


def test_records_of_an_unfinished_run_are_not_overwritten_unasked(tmp_path):
    (tmp_path / "t.nc.part").write_text("records")
    with pytest.raises(RunFileError, match=r"t\.nc\.part: holds the records of a run that is not finished"):
        check_output(tmp_path / "t.nc", overwrite=False)
    check_output(tmp_path / "t.nc", overwrite=True)
    assert (tmp_path / "t.nc.part").read_text() == "records"


def test_a_folder_that_can_be_made_is_fine_and_one_that_cannot_is_named(tmp_path):
    check_output(tmp_path / "not" / "yet" / "t.nc", overwrite=False)
    assert not (tmp_path / "not").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file: is no folder"):
        check_output(tmp_path / "file" / "t.nc", overwrite=False)


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    with pytest.raises(OutputError, match="cannot be written to"):
        check_output(tmp_path / "t.nc", overwrite=False)


def full_disk(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_comes_out_of_a_later_call(tmp_path, monkeypatch):
    writer = TrackWriter(
        tmp_path / "t.nc",
        trajectories=7,
        times_us=TIMES,
        release_index=np.zeros(7, np.int32),
        release_names=NAMES,
        coordinates=TrackCoordinates(True),
    )
    writer.write_row(0, columns(0))
    monkeypatch.setattr(os, "pwrite", full_disk)

    def go_on():
        for row in range(1, 6):
            writer.write_row(row, columns(row))
            time.sleep(0.05)

    with pytest.raises(OutputError, match=r"t\.nc\.part: the disk is full"):
        go_on()
    with pytest.raises(OutputError, match="the disk is full"):
        writer.finish()
    writer.close()


def test_a_failure_of_the_final_file_keeps_the_records(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(OutputError, match=r"the records are kept in .*t\.nc\.part"):
        write(tmp_path / "t.nc")
    assert os.listdir(tmp_path) == ["t.nc.part"]


def test_a_column_that_is_missing_is_an_error_not_a_hang(tmp_path):
    writer = TrackWriter(
        tmp_path / "t.nc",
        trajectories=7,
        times_us=TIMES,
        release_index=np.zeros(7, np.int32),
        release_names=NAMES,
        coordinates=TrackCoordinates(True),
    )
    row = columns(0)
    del row["sigma"]
    writer.write_row(0, row)
    with pytest.raises(OutputError, match="column sigma"):
        writer.finish()
    writer.close()


def test_sampled_variables_may_not_take_the_names_of_ours(tmp_path):
    with pytest.raises(RunFileError, match=r"output\.variables"):
        write(tmp_path / "t.nc", variables=[OutputVariable("status", "1", "status")])


@pytest.mark.skipif(sys.platform != "linux", reason="reads the kernel's own count of memory")
def test_memory_does_not_grow_with_the_tracks(tmp_path):
    script = f"""
import numpy as np
from fvdrift.output.conventions import TrackCoordinates
from fvdrift.output.tracks import TrackWriter
count, rows = 40_000, 200
def peak():
    # not getrusage: its maximum comes down from the process that started this one
    return next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
def written(name, rows):
    writer = TrackWriter({str(tmp_path)!r} + name, trajectories=count, times_us=np.arange(rows) * 10**9,
        release_index=np.zeros(count, np.int32), release_names=["a"], coordinates=TrackCoordinates(True))
    number = np.arange(count) * 1.0
    for row in range(rows):
        flags = np.ones(count, np.int8)
        writer.write_row(row, dict(x=number + row, y=number - row, z=number, sigma=number, status=flags, dry=flags))
    writer.finish()
    return peak()
print(-written("/small.nc", 2) + written("/large.nc", rows))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    whole = 40_000 * 200 * 8 * 5
    print("grown by", int(done.stdout) / 1e6, "MB")
    assert int(done.stdout) < 90e6 < whole / 2
    with netCDF4.Dataset(tmp_path / "large.nc") as tracks:
        tracks.set_auto_mask(False)
        assert (tracks["lon"][39_999] == 39_999.0 + np.arange(200)).all()
        assert (tracks["lat"][:, 137] == np.arange(40_000) - 137.0).all()


@pytest.mark.parametrize("coordinates", [(True, None), (False, to_degrees), (False, None)])
def test_crs_is_of_the_coordinates_that_variables_name(tmp_path, coordinates):
    """Longitude and latitude, also where tracks have x and y beside them; none where nobody knows the system."""
    import pyproj

    geographic, to_lonlat = coordinates
    write(tmp_path / "t.nc", geographic=geographic, to_lonlat=to_lonlat, variables=SAMPLED[:1])
    with netCDF4.Dataset(tmp_path / "t.nc") as tracks:
        known = geographic or to_lonlat is not None
        assert ("crs" in tracks.variables) == known
        for name, variable in tracks.variables.items():
            named = getattr(variable, "coordinates", None)
            assert getattr(variable, "grid_mapping", None) == ("crs" if known and named else None), name
            assert not known or named in (None, "time lon lat z")
        if known:
            crs = pyproj.CRS.from_cf(tracks["crs"].__dict__)
            assert crs.equals(pyproj.CRS("EPSG:4326"))
            assert crs.to_epsg() == 4326
            assert tracks["crs"].dtype == np.int32
            assert tracks["crs"].dimensions == ()


def test_the_system_of_degrees_is_that_of_pyproj():
    """Kept in the sources; names of a datum's realisations grow from one version of PROJ to the next."""
    import pyproj

    from fvdrift.tools.netcdf.cf_crs import DEGREES

    expected, ours = pyproj.CRS("EPSG:4326").to_cf(), dict(DEGREES)
    assert pyproj.CRS(ours.pop("crs_wkt")).equals(pyproj.CRS(expected.pop("crs_wkt")))
    assert ours == expected
