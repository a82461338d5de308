"""Tracks in several files: other tools take NAME.nc for a plain file, and fvdrift refuses a set that is not whole."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr

from cut_tracks import cut, raw
from fvdrift.errors import RunFileError
from fvdrift.output.split_files import files_of, open_file, split_folder
from fvdrift.output.split_tracks import SplitTracks

from .test_tracks import SAMPLED, write

COUNTS = [3, 2, 2]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with plain.nc, and all%d.nc over three files with the same tracks."""
    folder = tmp_path_factory.mktemp("split")
    write(folder / "plain.nc", variables=SAMPLED[:2], release_time=lambda ids: ids * 3_600_000_000)
    cut(folder / "plain.nc", folder / "all%d.nc", COUNTS)
    return folder


@pytest.fixture
def copy(made, tmp_path):
    shutil.copytree(made, tmp_path / "copy")
    return tmp_path / "copy" / "all%d.nc"


def test_the_virtual_file_is_as_a_plain_one_in_all_that_readers_see(made):
    with raw(made / "plain.nc") as plain, raw(made / "all%d.nc") as virtual:
        assert list(virtual.variables) == list(plain.variables)
        sizes = [{name: d.size for name, d in file.dimensions.items()} for file in (plain, virtual)]
        assert sizes[0] == sizes[1]
        assert virtual.ncattrs() == [*plain.ncattrs(), "split_run", "split_files", "split_folder"]
        for name, variable in plain.variables.items():
            other = virtual[name]
            assert (other.dimensions, other.dtype) == (variable.dimensions, variable.dtype)
            assert other.ncattrs() == variable.ncattrs()
            np.testing.assert_equal(dict(other.__dict__), dict(variable.__dict__))
            assert np.array_equal(other[...], variable[...], equal_nan=variable.dtype.kind == "f")


@pytest.fixture
def moved(made, tmp_path):
    shutil.copytree(made, tmp_path / "elsewhere")
    return tmp_path / "elsewhere" / "all%d.nc"


def test_xarray_reads_it_where_it_was_moved_with_its_folder(made, moved):
    one, other = (xr.load_dataset(path, engine="netcdf4") for path in (made / "plain.nc", moved))
    one.attrs = other.attrs = {}
    xr.testing.assert_identical(one, other)


def test_xarray_reads_it_by_h5netcdf_too(made, moved):
    """In a process of its own, as h5py brings another HDF5."""
    pytest.importorskip("h5netcdf")
    code = (
        "import sys, xarray; one, other = (xarray.load_dataset(name, engine='h5netcdf') for name in sys.argv[1:]);"
        "one.attrs = other.attrs = {}; xarray.testing.assert_identical(one, other)"
    )
    files = [str(made / "plain.nc"), str(moved)]
    subprocess.run([sys.executable, "-c", code, *files], check=True, timeout=100, cwd=moved.parent)


@pytest.mark.skipif(shutil.which("ncdump") is None, reason="no ncdump")
def test_ncdump_prints_the_same(made):
    texts = [
        subprocess.run(["ncdump", "-n", "x", made / name], check=True, capture_output=True, text=True).stdout
        for name in ("plain.nc", "all%d.nc")
    ]
    assert "".join(line for line in texts[1].splitlines(True) if ":split_" not in line) == texts[0]


def test_equal_tracks_give_equal_bytes(made, tmp_path):
    """Written in another process: none of its memory is in the file."""
    shutil.copy(made / "plain.nc", tmp_path)
    code = (
        "import sys; from pathlib import Path; import fvdrift; from cut_tracks import cut;"
        "cut(*map(Path, sys.argv[1:]), [3, 2, 2])"
    )
    arguments = [sys.executable, "-c", code, str(tmp_path / "plain.nc"), str(tmp_path / "all%d.nc")]
    root = Path(__file__).parents[1]
    subprocess.run(arguments, check=True, timeout=100, cwd=root, env={**os.environ, "PYTHONPATH": str(root)})
    hashes = {hashlib.sha256((folder / "all%d.nc").read_bytes()).hexdigest() for folder in (made, tmp_path)}
    assert len(hashes) == 1


def test_where_a_file_is_missing_other_readers_see_that_nothing_is_there(copy):
    files_of(copy)[2].unlink()
    with xr.open_dataset(copy) as dataset:
        assert np.isnan(dataset.lon[3:5]).all()
        assert np.isfinite(dataset.lon[0]).all()
        assert (dataset.trajectory[3:5] == -1).all()
        assert (dataset.status[3:5] == -1).all()


def index(values, key):
    return values[tuple(key) if isinstance(key, list) else key]


@pytest.mark.parametrize("name", ["lon", "status", "time", "release", "temp"])
def test_files_read_as_one(made, name):
    keys = [..., slice(None), slice(2, 4), slice(1, 7, 2), slice(3, 3), slice(5, 100), 4, -1]
    keys += [(slice(1, 6), slice(2, 5)), (slice(1, 6, 3), slice(0, 6, 4)), (0, slice(None)), (slice(2, 5), 3)]
    with raw(made / "plain.nc") as plain, open_file(made / "all%d.nc") as file:
        assert isinstance(file, SplitTracks)
        file.set_auto_maskandscale(False)
        values, found = plain[name][...], file[name]
        assert (found.shape, found.dtype, found.dimensions) == (
            values.shape,
            values.dtype,
            plain[name].dimensions,
        )
        for key in keys:
            if not isinstance(key, tuple) or values.ndim == 2:
                np.testing.assert_array_equal(found[key], values[key], err_msg=str(key))


def test_attributes_and_names_are_there_too(made):
    with open_file(made / "all%d.nc") as file:
        assert list(file["release_name"][:]) == ["Río", "sea"]
        assert file["status"].flag_meanings.startswith("not_released")
        assert not hasattr(file["status"], "_FillValue")
        assert not hasattr(file, "run_file")
        assert file.title == "Particle tracks"
        with pytest.raises(IndexError, match="not found"):
            file["nothing"]


def test_a_plain_file_is_opened_as_it_is(made):
    with open_file(made / "plain.nc") as file:
        assert isinstance(file, netCDF4.Dataset)
    assert files_of(made / "plain.nc") == [made / "plain.nc"]
    assert files_of(Path(__file__)) == [Path(__file__)]


def refused(path):
    with pytest.raises(RunFileError) as caught:
        open_file(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("split_files", 0),
        ("split_files", 2**31 - 1),
        ("split_files", "three"),
        ("split_files", [3, 3]),
        ("split_folder", ".."),
        ("split_folder", "../copy/all%d.split"),
    ],
)
def test_what_no_run_writes_there_is_refused(copy, name, value):
    with netCDF4.Dataset(copy, "r+") as file:
        file.setncattr(name, value)
    assert refused(copy) == f"{copy}: is damaged: split_files or split_folder is not what a run writes"


def test_a_missing_file_is_refused_by_its_name(copy):
    (lost := files_of(copy)[2]).unlink()
    assert refused(copy).startswith(f"{lost}: is missing")


def test_a_folder_of_another_name_is_refused(copy):
    shutil.move(split_folder(copy), split_folder(copy).with_name("other.split"))
    assert "0000-" in refused(copy)
    assert "is missing" in refused(copy)


@pytest.mark.parametrize("left", [0.0, 0.5, 0.999])
def test_a_file_that_was_cut_is_refused_by_its_name(copy, left):
    cut_short = files_of(copy)[1]
    os.truncate(cut_short, int(cut_short.stat().st_size * left))
    assert refused(copy).startswith(f"{cut_short}: cannot be read as a file of all%d.nc")


def test_a_file_of_another_run_is_refused_by_its_name(copy, made):
    mine = files_of(copy)[2]
    theirs = cut(made / "plain.nc", copy.with_name("other.nc"), COUNTS, run="another run")[1]
    theirs.replace(mine)
    assert refused(copy) == f"{mine}: is of another run than {copy}"


def test_files_in_each_others_places_are_refused(copy):
    _, _, second, third = files_of(copy)
    second.replace(copy.with_name("aside"))
    third.replace(second)
    copy.with_name("aside").replace(third)
    assert refused(copy).startswith(f"{second}: is not file 1 (from 0)")


def test_a_file_with_fewer_trajectories_is_refused(copy, made):
    """The last one, which no first trajectory of another tells of."""
    last = files_of(copy)[3]
    write(
        copy.with_name("less.nc"),
        variables=SAMPLED[:2],
        count=6,
        release_time=lambda ids: ids * 3_600_000_000,
    )
    cut(copy.with_name("less.nc"), copy.with_name("new.nc"), [3, 2, 1])[2].replace(last)
    assert "hold 6 trajectories" in refused(copy)


def test_damage_inside_a_file_names_it_when_it_is_read(copy):
    damaged = files_of(copy)[2]
    with raw(damaged) as file:
        packed = file["lon"][...].shape
    assert packed == (2, 6)
    whole = bytearray(damaged.read_bytes())
    for begin in (
        i for i in range(len(whole) - 1) if whole[i : i + 2] in (b"\x78\x5e", b"\x78\x01", b"\x78\x9c")
    ):
        whole[begin : begin + 12] = bytes(12)
    damaged.write_bytes(whole)
    with open_file(copy) as file:
        assert np.isfinite(file["lon"][0]).all()
        with pytest.raises(RunFileError, match="cannot be read") as caught:
            file["lon"][2:5]
    assert str(damaged) in str(caught.value)
