"""The file of statistics: what CF, UGRID and xarray make of it, and that it is written whole or not at
all."""

import subprocess
import sys
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr

from fvdrift.errors import OutputError
from fvdrift.statistics.file import write_file
from fvdrift.statistics.variables import FileVariable

from .world import asked, plan_of, square_mesh, wandering, write_boxes


@pytest.fixture
def everything(tmp_path):
    zones = write_boxes(tmp_path / "z.geojson", (5, 5, 40, 60), (30, 30, 90, 70))
    return [
        {"kind": "density", "box": [0.0, 0.0, 90.0, 100.0], "cells": [7, 5], "ages": ["0h", "3h", "9h"]},
        {"kind": "exposure", "box": [0.0, 0.0, 90.0, 100.0], "cells": [7, 5]},
        {"kind": "polygons", "polygons": zones}, {"kind": "connectivity", "polygons": zones},
        {"kind": "flushing", "polygons": zones}, {"kind": "cloud"},
    ]  # fmt: skip


def written(path: Path, statistics, **options) -> Path:
    asked(wandering(1), plan_of(wandering(1), statistics, **options)).findings().write(
        path, {"title": "Größe"}
    )
    return path


@pytest.mark.parametrize(
    ("geographic", "projection"),
    [
        pytest.param(False, None, marks=pytest.mark.validation),
        (True, None),
        (False, "EPSG:32630"),
        pytest.param(False, "EPSG:2154", marks=pytest.mark.validation),
    ],
)
def test_compliance_checker_finds_no_error(tmp_path, everything, geographic, projection):
    """Of all but the mesh, whose cf_role (UGRID-1.0, in CF since 1.11) the checker does not know. What it
    warns of is an order of dimensions that CF recommends: here time comes first, then polygon, cloud or
    age. Of a second grid of a known system it says that a file may have one longitude or x only, which CF does not."""
    everything[0]["box"] = [0.0, 0.0, 90.0, 89.0] if geographic else everything[0]["box"]
    everything[1]["box"] = everything[0]["box"]
    checker = Path(sys.executable).with_name("compliance-checker")
    alone = {key: value for key, value in everything[0].items() if key != "ages"}
    known = geographic or projection is not None
    for blocks in ([alone], everything):
        path = written(tmp_path / "s.nc", blocks, geographic=geographic, projection=projection)
        done = subprocess.run([checker, "--test=cf:1.11", path], capture_output=True, text=True, check=False)
        assert blocks is everything or done.returncode == 0, done.stdout + done.stderr
        assert "cf:1.11" in done.stdout, done.stdout + done.stderr
        said = [line for line in done.stdout.splitlines() if line.startswith("* ")]
        allowed = ["recommended order T, Z, Y, X", *(["requires exactly one variable"] if known else [])]
        assert all(any(words in line for words in allowed) for line in said), done.stdout


def test_xarray_opens_it_with_times_names_and_classes(tmp_path, everything):
    with xr.open_dataset(written(tmp_path / "s.nc", everything)) as data:
        assert data["cloud_time"].values[1] == np.datetime64("1970-01-01T01:00:00", "ns")
        assert data["polygons_polygon_name"].values.tolist() == ["p0", "p1"]
        assert data["density_density"].dims == ("density_time", "density_age", "density_y", "density_x")
        assert data["flushing_fraction_inside"].coords["flushing_region_name"].values.tolist() == ["p0", "p1"]
        assert data.attrs["Conventions"] == "CF-1.11, UGRID-1.0, ACDD-1.3"
        assert data.attrs["title"] == "Größe"


def test_the_mesh_is_a_ugrid_topology_in_the_order_of_the_files(tmp_path):
    mesh = square_mesh()
    path = written(tmp_path / "s.nc", [{"kind": "density"}], mesh=mesh)
    with netCDF4.Dataset(path) as data:
        topology = data["mesh"]
        assert topology.topology_dimension == 2
        faces = data[topology.face_node_connectivity]
        assert faces.start_index == 0
        assert faces.dimensions[0] == topology.face_dimension
        x, y = (data[name][:] for name in topology.node_coordinates.split())
        corners = faces[:]
        expected = mesh.corners[np.argsort(mesh.file_element)]
        np.testing.assert_array_equal(np.sort(x[corners], axis=1), np.sort(mesh.x[expected], axis=1))
        np.testing.assert_array_equal(np.sort(y[corners], axis=1), np.sort(mesh.y[expected], axis=1))
        field = data["density_count"]
        assert (field.mesh, field.location) == ("mesh", "face")
        assert field.shape[-1] == len(corners) == mesh.elements


def test_every_variable_says_of_which_statistic_and_kind_it_is(tmp_path, everything):
    everything[-1]["name"] = "cloud_of_all"
    with netCDF4.Dataset(written(tmp_path / "s.nc", everything)) as data:
        for name, variable in data.variables.items():
            kind = name.split("_")[0]
            assert variable.statistic_kind == kind
            assert variable.statistic_name == ("cloud_of_all" if kind == "cloud" else kind)


def test_equal_accounts_give_equal_bytes(tmp_path, everything):
    one, other = (written(tmp_path / name, everything) for name in ("one.nc", "other.nc"))
    assert one.read_bytes() == other.read_bytes()


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "s.nc"
    write_file(path, [FileVariable("a", (), np.array(1.0), {})], {})
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fvdrift.statistics.file.os.fsync", full)
    with pytest.raises(OutputError, match=r"s\.nc: cannot be written: .*No space left"):
        write_file(path, [FileVariable("a", (), np.array(2.0), {})], {})
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["s.nc"]


def test_a_projected_grid_lies_where_its_system_says(tmp_path, everything):
    """Axes in metres with bounds, lon and lat of the middles, and the system, by which other tools place it; what is on
    no coordinates has no system."""
    import pyproj

    path = written(tmp_path / "s.nc", everything, projection="EPSG:32630")
    with netCDF4.Dataset(path) as data:
        assert pyproj.CRS.from_cf(data["crs"].__dict__).to_epsg() == 32630
        density = data["density_density"]
        assert density.dimensions[-2:] == ("density_y", "density_x")
        assert (density.coordinates, density.grid_mapping) == ("density_lon density_lat", "crs")
        assert (data["density_x"].axis, data["density_x"].bounds) == ("X", "density_x_bounds")
        assert (np.diff(data["density_y"][:]) > 0).all()
        back = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32630", always_xy=True).transform
        x, y = back(data["density_lon"][:], data["density_lat"][:])
        np.testing.assert_allclose(x, np.broadcast_to(data["density_x"][:], x.shape), atol=1e-4)
        np.testing.assert_allclose(
            y, np.broadcast_to(data["density_y"][:][:, np.newaxis], x.shape), atol=1e-4
        )
        placed = {name for name, variable in data.variables.items() if "grid_mapping" in variable.ncattrs()}
        assert placed == {
            "density_count", "density_density", "density_cell_area",
            "exposure_count", "exposure_exposure", "exposure_cell_area",
        }  # fmt: skip


def test_metres_of_no_known_system_have_none(tmp_path, everything):
    with netCDF4.Dataset(written(tmp_path / "s.nc", everything)) as data:
        assert "crs" not in data.variables
        assert not any("grid_mapping" in variable.ncattrs() for variable in data.variables.values())
        assert "density_lon" not in data.variables


def test_degrees_have_their_system_on_grid_and_mesh(tmp_path):
    blocks = [
        {"kind": "density"},
        {"kind": "density", "name": "grid", "box": [0.0, 0.0, 90.0, 89.0], "cells": [7, 5]},
    ]
    path = written(tmp_path / "s.nc", blocks, geographic=True, mesh=square_mesh())
    with netCDF4.Dataset(path) as data:
        assert data["crs"].grid_mapping_name == "latitude_longitude"
        assert data["density_count"].grid_mapping == data["grid_count"].grid_mapping == "crs"
        assert "coordinates" not in data["grid_count"].ncattrs()
        assert len(data["mesh"].node_coordinates.split()) == 2  # uxarray takes one pair
