"""What is no forcing is refused in one sentence that names the file."""

import bz2
import gzip
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from fvdrift.errors import ForcingError
from fvdrift.forcing.fvcom.series import open_series

from .odd_files import ELEMENTS, NODES, OddFile, small_file


def refusal(path: Path) -> str:
    with pytest.raises(ForcingError) as caught:
        open_series([path])
    text = str(caught.value)
    assert path.name in text
    assert "\n" not in text
    assert caught.value.exit_code == 3
    return text


def grid_file(path: Path, dims: dict[str, int], variables: dict[str, tuple[str, ...]]) -> Path:
    with netCDF4.Dataset(path, "w") as data:
        for name, size in dims.items():
            data.createDimension(name, size)
        for name, of in variables.items():
            data.createVariable(name, "f4", of)[...] = 1.0
    return path


GRID = {"time": 2, "depth": 3, "ny": 4, "nx": 5}
ON_GRID = ("time", "depth", "ny", "nx")


@pytest.mark.parametrize(
    ("what", "dims", "variables", "title"),
    [
        (
            "a product on a regular grid, made from FVCOM: use the field output it was made from", GRID,
            {"Latitude": ("ny", "nx"), "lon": ("ny", "nx"), "u_eastward": ON_GRID, "v_northward": ON_GRID}, "FVCOM on a grid",
        ),
        (
            "a product on a regular grid", {"time": 2, "lat": 4, "lon": 5},
            {"lon": ("lon",), "lat": ("lat",), "u": ("time", "lat", "lon"), "v": ("time", "lat", "lon")}, "",
        ),
        (
            "a product on a regular grid of NEMO", {"time": 2, "latitude": 4, "longitude": 5},
            {"longitude": ("longitude",), "uo": ("time", "latitude", "longitude")}, "MERCATOR, NEMO 3.6",
        ),
        (
            "output of ROMS or CROCO", {"ocean_time": 2, "s_rho": 3, "eta_u": 4, "xi_u": 5},
            {"lon_rho": ("eta_u", "xi_u"), "u": ("ocean_time", "s_rho", "eta_u", "xi_u")}, "ROMS/TOMS history file",
        ),
        ("output of NEMO", {"time_counter": 2, "y": 4, "x": 5}, {"nav_lon": ("y", "x"), "uo": ("time_counter", "y", "x")}, ""),
        (
            "output of SCHISM", {"time": 2, "nSCHISM_hgrid_node": 5, "nSCHISM_hgrid_face": 4, "three": 3},
            {"SCHISM_hgrid_face_nodes": ("nSCHISM_hgrid_face", "three"), "hvel": ("time", "nSCHISM_hgrid_node")}, "",
        ),
        (
            "output of Delft3D FM", {"time": 2, "mesh2d_nFaces": 4, "mesh2d_nLayers": 3},
            {"mesh2d_ucx": ("time", "mesh2d_nFaces", "mesh2d_nLayers")}, "",
        ),
        ("output of Delft3D FM", {"time": 2, "nFlowElem": 4}, {"ucx": ("time", "nFlowElem")}, ""),
        ("output of ADCIRC", {"time": 2, "node": 4}, {"u-vel": ("time", "node"), "v-vel": ("time", "node")}, ""),
        ("output of TELEMAC", {"time": 2, "points": 4}, {"velocity": ("time", "points")}, "by TELEMAC-2D"),
        ("tracks of particles", {"trajectory": 2, "obs": 4}, {"lon": ("trajectory", "obs"), "u": ("trajectory", "obs")}, ""),
    ],
)  # fmt: skip
def test_what_is_not_of_fvcom_is_called_what_it_looks_like(
    tmp_path: Path, what: str, dims: dict[str, int], variables: dict[str, tuple[str, ...]], title: str
) -> None:
    path = grid_file(tmp_path / "other.nc", dims, variables)
    with netCDF4.Dataset(path, "a") as data:
        data.title = title
    assert refusal(path) == f"other.nc: looks like {what}; fvdrift reads FVCOM's own output, on its triangles"


def test_a_ugrid_mesh_and_a_file_that_says_nothing(tmp_path: Path) -> None:
    path = grid_file(tmp_path / "a.nc", {"face": 2}, {"topology": ("face",)})
    assert "holds neither FVCOM's velocity (u, v or ua, va) nor its mesh (nv)" in refusal(path)
    with netCDF4.Dataset(path, "a") as data:
        data["topology"].cf_role = "mesh_topology"
    assert "looks like a UGRID mesh of another model" in refusal(path)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            "https://x.org/fvcom/a.nc",
            "https://x.org/fvcom/a.nc: is a URL, and fvdrift reads files: download it first",
        ),
        (
            "http://x.org/thredds/dodsC/a*.nc",
            "http://x.org/thredds/dodsC/a*.nc: is a URL, and fvdrift reads files",
        ),
        ("dods://x.org/a", "dods://x.org/a: is a URL, and fvdrift reads files"),
        (
            "s3://bucket/a.nc",
            "s3://bucket/a.nc: lies in an object store, and fvdrift reads files: copy it to a disk first",
        ),
        ("file:///data/a.nc", "file:///data/a.nc: is a URL: write the path alone, /data/a.nc"),
    ],
)
# as text, by info, from a run file
@pytest.mark.parametrize("way", [str, Path, lambda text: Path("/runs") / text])
def test_an_address_is_no_path(given: str, said: str, way: Callable[[str], str | Path]) -> None:
    with pytest.raises(ForcingError) as caught:
        open_series([way(given)])
    assert str(caught.value).startswith(said)


def test_what_is_packed_or_stored_otherwise_is_told_apart(tmp_path: Path) -> None:
    plain = small_file().write(tmp_path / "plain.nc")
    for name, pack, said in (
        ("a.nc.gz", gzip.compress, "is compressed (gzip): unpack it first, by gunzip"),
        ("gzipped.nc", gzip.compress, "is compressed (gzip)"),
        ("a.nc.bz2", bz2.compress, "is compressed (bzip2)"),
        ("a.nc.xz", lzma.compress, "is compressed (xz)"),
        ("failed.nc", lambda data: b"<!DOCTYPE html><html>404", "is a web page or XML"),
    ):
        (tmp_path / name).write_bytes(pack(plain.read_bytes()))
        assert said in refusal(tmp_path / name)
    for name, mode in (("a.tar", "w"), ("a.tar.gz", "w:gz"), ("a.tgz", "w:gz")):
        with tarfile.open(tmp_path / name, mode) as archive:
            archive.add(plain)
        assert "is an archive (tar): unpack it first, and name the NetCDF files" in refusal(tmp_path / name)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(plain)
    assert "is a ZIP archive: unpack it first" in refusal(tmp_path / "a.zip")
    for folder, inside in (("a.zarr", "x"), ("store", ".zgroup"), ("third", "zarr.json")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / inside).touch()
        assert "is a Zarr store, and fvdrift reads NetCDF" in refusal(tmp_path / folder)


def test_a_station_file(tmp_path: Path) -> None:
    three = ("time", "siglay", "station")
    variables = {"lon": ("station",), "lat": ("station",), "h": ("station",), "u": three, "v": three}
    assert "station file" in refusal(
        grid_file(tmp_path / "stations.nc", {"time": 2, "siglay": 3, "station": 4}, variables)
    )


def test_a_file_without_velocity(tmp_path: Path) -> None:
    assert "has no velocity" in refusal(small_file().drop("u", "v").write(tmp_path / "a.nc"))
    assert "va is missing" in refusal(
        small_file()
        .drop("u", "v")
        .set("ua", np.zeros((3, ELEMENTS)), ("time", "nele"))
        .write(tmp_path / "b.nc")
    )


@pytest.mark.parametrize("name", ["nv", "h"])
def test_a_file_without_mesh_or_depth(tmp_path: Path, name: str) -> None:
    assert f"has no {name} " in refusal(small_file().drop(name).write(tmp_path / "a.nc"))


def test_velocity_on_nodes_or_of_another_shape(tmp_path: Path) -> None:
    file = small_file()
    for name in ("u", "v"):
        file.variables[name] = (("time", "siglay", "node"), np.zeros((3, 3, NODES)), {})
    assert "u: has dimensions (time, siglay, node), not (time, layer, element)" in refusal(
        file.write(tmp_path / "a.nc")
    )


@pytest.mark.parametrize(
    "format", ["NETCDF4_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF3_CLASSIC", "NETCDF3_64BIT_DATA"]
)
@pytest.mark.parametrize("kept", [0.97, 0.5, 0.02])
def test_a_truncated_file(tmp_path: Path, format: str, kept: float) -> None:
    whole = small_file(tuple(range(10))).write(tmp_path / "whole.nc", format).read_bytes()
    path = tmp_path / "cut.nc"
    path.write_bytes(whole[: int(len(whole) * kept)])
    assert "truncated" in refusal(path)


def test_a_classic_file_that_lacks_its_last_bytes(tmp_path: Path) -> None:
    whole = small_file().write(tmp_path / "whole.nc", "NETCDF3_64BIT_OFFSET").read_bytes()
    path = tmp_path / "cut.nc"
    path.write_bytes(whole[:-200])
    assert "truncated" in refusal(path)


def test_what_is_not_netcdf(tmp_path: Path) -> None:
    text = tmp_path / "mesh.2dm"
    text.write_text("MESH2D\nE3T 1 1 2 3 1\n")
    assert "is not a NetCDF file" in refusal(text)
    empty = tmp_path / "empty.nc"
    empty.write_bytes(b"")
    assert "is empty" in refusal(empty)


def no_elements(file: OddFile) -> None:
    file.dims["nele"] = 0
    for name, (dims, values, attributes) in file.variables.items():
        if dims[-1] == "nele":
            file.variables[name] = (dims, values[..., :0], attributes)


def no_nodes(file: OddFile) -> None:
    file.dims["node"] = 0
    for name, (dims, values, attributes) in file.variables.items():
        if dims[-1] == "node":
            file.variables[name] = (dims, values[..., :0], attributes)


@pytest.mark.parametrize("bend", [no_elements, no_nodes])
def test_an_empty_mesh(tmp_path: Path, bend: Callable[[OddFile], None]) -> None:
    file = small_file()
    file.dims["time"] = 3  # the classic model lets no other size be 0 but an unlimited one
    bend(file)
    assert "holds an empty mesh" in refusal(file.write(tmp_path / "a.nc", "NETCDF4"))


def test_a_file_that_changes_under_a_run(tmp_path: Path) -> None:
    path = small_file().write(tmp_path / "a.nc")
    with open_series([path]) as series:
        series.close()
        small_file((0,)).write(path)
        with pytest.raises(ForcingError, match=r"a\.nc: u: cannot be read at 2020-05-01T02:00:00Z"):
            series.read(2, ["u"])
