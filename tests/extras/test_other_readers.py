"""What GDAL, xugrid and uxarray make of files of statistics: where their grids lie, and in which system."""

import warnings
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from system.workshop import ESTUARY, solve, write_run

pytestmark = pytest.mark.extras
BOX = [420000.0, 5541900.0, 445300.0, 5552100.0]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Tracks and statistics of a projected run: a grid, with layers too, and the mesh."""
    folder = tmp_path_factory.mktemp("readers")
    grid = {"box": BOX, "cells": [25, 10]}
    forcing = {"files": [str(ESTUARY / f"estA_000{n}.nc") for n in (1, 2)], "projection": "EPSG:32630"}
    tree = {
        "forcing": forcing, "time": {"step": "60s", "duration": "1h"},
        "release": [{"count": 300, "box": BOX, "mass": "1 kg"}], "boundary": {"coast": "strand"},
        "output": {"every": "30min", "variables": ["temp"]},
        "statistic": [
            {"kind": "density", **grid}, {"kind": "density", "name": "on_mesh"},
            {"kind": "concentration", **grid, "layers": {"sigma": [0, -0.5, -1]}},
        ],
    }  # fmt: skip
    tracks = solve(write_run(folder, tree), output="tracks.nc")
    return tracks, tracks.with_name("tracks.stats.nc")


def test_gdal_places_grids(files: tuple[Path, Path]) -> None:
    rasterio = pytest.importorskip("rasterio")
    with netCDF4.Dataset(files[1]) as stored:
        density, layered = stored["density_density"][0], stored["concentration_concentration"][1, 1]
    with rasterio.open(f"NETCDF:{files[1]}:density_density") as seen:
        assert seen.crs.to_epsg() == 32630
        assert tuple(seen.bounds) == tuple(BOX)
        assert seen.transform.e == pytest.approx(-1020.0)  # GDAL has rows from north to south
        np.testing.assert_array_equal(seen.read(1), np.asarray(density)[::-1])
        row, column = seen.index(BOX[0] + 1, BOX[1] + 1)
        assert (row, column) == (9, 0)
    with rasterio.open(f"NETCDF:{files[1]}:concentration_concentration") as seen:
        np.testing.assert_array_equal(seen.read(4), np.ma.filled(layered, np.nan)[::-1])


def test_gdal_takes_tracks_by_their_degrees(files: tuple[Path, Path]) -> None:
    rasterio = pytest.importorskip("rasterio")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # there is no geotransform: places are arrays
        with rasterio.open(f"NETCDF:{files[0]}:temp") as seen:
            assert seen.crs.to_epsg() == 4326
            assert seen.tags(ns="GEOLOCATION")["X_DATASET"].endswith(":lon")


def test_xugrid_and_uxarray_know_the_mesh(files: tuple[Path, Path]) -> None:
    xugrid, uxarray = pytest.importorskip("xugrid"), pytest.importorskip("uxarray")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        by_xugrid, by_uxarray = xugrid.open_dataset(files[1]), uxarray.open_dataset(files[1], files[1])
    with netCDF4.Dataset(files[1]) as stored:
        counted, faces = int(stored["on_mesh_count"][:].sum()), stored.dimensions["mesh_face"].size
    assert by_xugrid.ugrid.grid.crs.to_epsg() == 32630
    assert by_xugrid.ugrid.grid.n_face == by_uxarray.uxgrid.n_face == faces
    assert int(by_xugrid["on_mesh_count"].sum()) == int(by_uxarray["on_mesh_count"].sum()) == counted
