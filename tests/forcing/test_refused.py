"""What is no forcing is refused in one sentence that names the file."""

from collections.abc import Callable
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from fvdrift.errors import ForcingError
from fvdrift.forcing import open_series

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


def test_a_regular_grid_product(tmp_path: Path) -> None:
    dims = {"time": 2, "Depth": 3, "ny": 4, "nx": 5}
    four = ("time", "Depth", "ny", "nx")
    operational = {"Latitude": ("ny", "nx"), "lon": ("ny", "nx"), "u_eastward": four, "v_northward": four}
    assert "regular-grid product" in refusal(grid_file(tmp_path / "regulargrid.nc", dims, operational))
    plain = {"lon": ("lon",), "lat": ("lat",), "u": ("time", "lat", "lon"), "v": ("time", "lat", "lon")}
    assert "regular-grid product" in refusal(grid_file(tmp_path / "cmems.nc", {"time": 2, "lat": 4, "lon": 5}, plain))


def test_a_station_file(tmp_path: Path) -> None:
    three = ("time", "siglay", "station")
    variables = {"lon": ("station",), "lat": ("station",), "h": ("station",), "u": three, "v": three}
    assert "station file" in refusal(grid_file(tmp_path / "stations.nc", {"time": 2, "siglay": 3, "station": 4}, variables))


def test_a_file_without_velocity(tmp_path: Path) -> None:
    assert "has no velocity" in refusal(small_file().drop("u", "v").write(tmp_path / "a.nc"))
    assert "va is missing" in refusal(
        small_file().drop("u", "v").set("ua", np.zeros((3, ELEMENTS)), ("time", "nele")).write(tmp_path / "b.nc")
    )


@pytest.mark.parametrize("name", ["nv", "h"])
def test_a_file_without_mesh_or_depth(tmp_path: Path, name: str) -> None:
    assert f"has no {name} " in refusal(small_file().drop(name).write(tmp_path / "a.nc"))


def test_velocity_on_nodes_or_of_another_shape(tmp_path: Path) -> None:
    file = small_file()
    for name in ("u", "v"):
        file.variables[name] = (("time", "siglay", "node"), np.zeros((3, 3, NODES)), {})
    assert "u: has dimensions (time, siglay, node), not (time, layer, element)" in refusal(file.write(tmp_path / "a.nc"))


@pytest.mark.parametrize("format", ["NETCDF4_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF3_CLASSIC", "NETCDF3_64BIT_DATA"])
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
