"""`dataset.drift.to_dataframe()`: the records of the file, one a row, with names in place of codes."""

import datetime

import netCDF4
import numpy as np
import pandas
import pytest
import xarray

import fvdrift.accessor  # noqa: F401
from cut_tracks import cut
from fvdrift.errors import RunFileError
from fvdrift.export import Records, frame_of, records, wanted
from fvdrift.plot import tracks_of

from .conftest import NAMES, PARTICLES, ROWS, SETTLED, STATUSES, truth, write_tracks


def rows(frame):
    """As the truth has them."""
    return [
        {
            key: None
            if pandas.isna(value)
            else value.to_pydatetime()
            if key == "time" and hasattr(value, "year")
            else value
            for key, value in row.items()
        }
        for row in frame.to_dict("records")
    ]


def of_file(path, **options):
    with tracks_of(path) as tracks:
        return frame_of(Records(tracks, wanted(**options)))


def test_a_table_has_the_records_of_the_file(each_kind):
    with xarray.open_dataset(each_kind, decode_timedelta=False) as dataset:
        frame = dataset.drift.to_dataframe()
    expected = truth(each_kind)
    assert rows(frame) == expected
    assert list(frame.columns[:3]) == ["trajectory", "release", "time"]
    assert list(frame.release.cat.categories) == NAMES
    assert list(frame.status.cat.categories) == STATUSES
    assert frame.dry.dtype == bool
    assert frame.attrs["units"]["temp"] == "degC"
    assert frame.attrs["units"]["z"] == "m"
    assert ("time" in frame.attrs["units"]) == (each_kind.stem == "no")


@pytest.mark.parametrize("values", [10, 1 << 18])
def test_blocks_of_any_size_give_the_same_table(tracks, monkeypatch, values):
    monkeypatch.setattr(records.Records.slabs, "__kwdefaults__", {"whole": False, "values": values})
    with tracks_of(tracks("projected")) as file:
        file.chunk = (4, 2)
        found = frame_of(Records(file, wanted()))
    assert rows(found) == truth(tracks("projected"))


def test_particles_that_are_gone_are_rows_where_that_is_asked(tracks):
    path = tracks("projected")
    assert rows(of_file(path, gone=True)) == truth(path, gone=True)
    settled = of_file(path, gone=True).query("trajectory == @SETTLED")
    assert list(settled.status[3:]) == ["settled"] * 4
    assert settled.x[4:].isna().all()


def test_part_of_the_records(tracks):
    path = tracks("degrees")
    expected = truth(path)
    second = {row["time"] for row in expected if row["trajectory"] == 5}
    second = sorted(second)[::2]
    for every in ("2", 2, "2h", 7200, datetime.timedelta(hours=2)):
        with xarray.open_dataset(path) as dataset:
            found = rows(
                dataset.drift.to_dataframe(every=every)
                if every != 7200
                else dataset.drift.to_dataframe(every="7200s")
            )
        assert found == [row for row in expected if row["time"] in second]
    found = rows(of_file(path, release=NAMES[1]))
    assert found == [row for row in expected if row["release"] == NAMES[1]]
    found = of_file(path, status=["settled", "exited"], variables="salinity")
    assert set(found.trajectory) == {SETTLED, SETTLED + 1}
    assert "salinity" in found
    assert "temp" not in found
    assert of_file(path, sample=3, status="active").trajectory.nunique() == 3
    assert len(of_file(path, release="empty")) == 0


def test_what_is_not_there_is_said(tracks):
    path = tracks("degrees")
    for options, words in (
        ({"status": "sunk"}, "no status \"sunk\"; there is not_released"), ({"release": "lake"}, "no release"),
        ({"variables": ["oxygen"]}, 'no variable "oxygen" to export; it has temp, salinity'),
        ({"every": "90min"}, "no records that are 90 min apart"), ({"every": "0"}, "above 0"),
        ({"every": "often"}, "--every"), ({"sample": 0}, "--sample: 0 is too small"),
    ):  # fmt: skip
        with pytest.raises(RunFileError, match=words):
            of_file(path, **options)


def test_a_part_of_a_dataset_keeps_its_names(tracks):
    path = tracks("projected")
    with xarray.open_dataset(path) as dataset:
        some = dataset.isel(trajectory=[5, 12, 13], obs=slice(1, 4))
        found = rows(some.assign(double=some.temp * 2).drift.to_dataframe())
    times = sorted({row["time"] for row in truth(path)})[1:4]
    expected = [row for row in truth(path) if row["trajectory"] in (5, 12, 13) and row["time"] in times]
    doubled = [row.pop("double") for row in found]
    assert found == expected
    assert [value for value in doubled if value] == [2 * row["temp"] for row in expected if row["temp"]]


def test_tracks_in_several_files_and_of_a_run_that_is_not_finished_give_the_same(tracks, tmp_path):
    plain = tracks("projected")
    files = cut(plain, tmp_path / "tracks.nc", [7, 15, 8])
    assert rows(of_file(tmp_path / "tracks.nc")) == truth(plain)
    write_tracks(tmp_path / "broken.nc", finish=False)
    assert rows(of_file(tmp_path / "broken.nc.part")) == truth(plain)
    files[1].unlink()
    with pytest.raises(RunFileError, match="0001-"):
        of_file(tmp_path / "tracks.nc")


def test_a_variable_without_dimensions_is_no_column(tracks, tmp_path):
    path = tmp_path / "crs.nc"
    path.write_bytes(tracks("projected").read_bytes())
    with netCDF4.Dataset(path, "a") as file:
        assert file["crs"].shape == ()
        file.createVariable("spherical", "i4", ())
    assert rows(of_file(path)) == truth(tracks("projected"))
    with xarray.open_dataset(path) as dataset:
        assert rows(dataset.drift.to_dataframe()) == truth(tracks("projected"))


def test_times_before_the_gregorian_calendar_stay_seconds(tracks, tmp_path):
    """pandas and Parquet would show other dates than the standard calendar has."""
    path = tmp_path / "old.nc"
    path.write_bytes(tracks("degrees").read_bytes())
    with netCDF4.Dataset(path, "a") as file:
        file["time"][:] -= 450 * 365.25 * 86400
    found = of_file(path)
    assert found.time.dtype == np.float64
    assert found.attrs["units"]["time"].startswith("seconds since 1970-01-01")
    assert len(found) == len(truth(tracks("degrees")))
    assert len(found) < PARTICLES * ROWS
