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


@pytest.mark.parametrize("geographic", [False, True])
def test_compliance_checker_finds_no_error(tmp_path, everything, geographic):
    """Of all but the mesh, whose cf_role (UGRID-1.0, in CF since 1.11) the checker does not know. What it
    warns of is an order of dimensions that CF recommends: here time comes first, then polygon, cloud or
    age."""
    for block in everything[:2]:
        block["box"] = [0.0, 0.0, 90.0, 89.0] if geographic else block["box"]
    path = written(tmp_path / "s.nc", everything, geographic=geographic)
    checker = Path(sys.executable).with_name("compliance-checker")
    done = subprocess.run([checker, "--test=cf:1.11", path], capture_output=True, text=True, check=False)
    assert "potential issue" in done.stdout, done.stdout + done.stderr
    assert "Errors" not in done.stdout, done.stdout
    warnings = [line for line in done.stdout.splitlines() if line.startswith("* ")]
    assert all("recommended order T, Z, Y, X" in line for line in warnings), done.stdout


def test_xarray_opens_it_with_times_names_and_classes(tmp_path, everything):
    with xr.open_dataset(written(tmp_path / "s.nc", everything)) as data:
        assert data["cloud_time"].values[1] == np.datetime64("1970-01-01T01:00:00", "ns")
        assert data["polygons_polygon_name"].values.tolist() == ["p0", "p1"]
        assert data["density_density"].dims == ("density_time", "density_age", "density_y", "density_x")
        assert data["flushing_fraction_inside"].coords["flushing_region_name"].values.tolist() == ["p0", "p1"]
        assert data.attrs["Conventions"] == "CF-1.11 UGRID-1.0"
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
