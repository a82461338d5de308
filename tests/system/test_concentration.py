"""Concentrations of a whole run against plain sums over its tracks and a brute-force count of its water; budgets that
close; what is refused."""

from pathlib import Path
from typing import NamedTuple

import netCDF4
import numpy as np
import pytest
from matplotlib.tri import Triangulation

from fvdrift.cli import main
from fvdrift.errors import RunFileError
from fvdrift.output.paths import statistics_path

from .cases import beach
from .flows import LENGTH, WIDTH
from .workshop import Tree, columns, contents, digest, solve, write_run

BOX = [0.0, 0.0, LENGTH, WIDTH]
CELLS = [5, 8]
LAYERS = [0.0, 1.0, 4.0, 90.0]
MASS = 5.0


class Made(NamedTuple):
    tracks: dict[str, np.ndarray]
    found: dict[str, np.ndarray]
    forcing: Path


def asking(folder: Path, *statistics: Tree) -> Tree:
    """A bed that rises above the falling water, and particles that strand and leave."""
    tree = beach(folder)
    tree["release"] = [{**release, "mass": f"{MASS} kg"} for release in tree["release"]]
    return {**tree, "statistic": list(statistics)}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("concentration")
    grid = {"kind": "concentration", "box": BOX, "cells": CELLS}
    tree = asking(
        folder,
        {**grid, "layers": {"depth": [f"{edge} m" for edge in LAYERS]}},
        {**grid, "name": "height", "layers": {"height": ["0m", "1m", "90m"]}, "period": "1h"},
        {
            **grid,
            "name": "half",
            "box": [0.0, 0.0, LENGTH / 2, WIDTH],
            "threshold": ["0.1 ug/l", 1e-9],
            "period": "5h",
        },
        {"kind": "concentration", "name": "elements", "releases": ["1"]},
    )
    tracks = solve(write_run(folder, tree), output="one.nc")
    return Made(columns(tracks), columns(statistics_path(tracks)), folder / "beach.nc")


def water_of(path: Path, row: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cells, depths and square metres of many points in the box at a row, every second of which is a frame."""
    with netCDF4.Dataset(path) as data:
        data.set_auto_mask(False)
        mesh = Triangulation(data["x"][:], data["y"][:], data["nv"][:].T - 1)
        frame, between = divmod(row, 2)
        frames = [frame, frame + 1] if between else [frame]
        zeta = np.mean([data["zeta"][each] for each in frames], axis=0)
        wet = np.any([data["wet_cells"][each] for each in frames], axis=0)
        depth = data["h"][:] + zeta
    fine = 500, 400
    x, y = ((np.arange(n) + 0.5) * size / n for n, size in zip(fine, (LENGTH, WIDTH), strict=True))
    x, y = (a.ravel() for a in np.meshgrid(x, y))
    element = mesh.get_trifinder()(x, y)
    corners = mesh.triangles[element]
    a, b, c = (np.column_stack([mesh.x[corners[:, i]], mesh.y[corners[:, i]]]) for i in range(3))
    place = np.column_stack([x, y])

    def area(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> np.ndarray:
        return (q[:, 0] - p[:, 0]) * (r[:, 1] - p[:, 1]) - (r[:, 0] - p[:, 0]) * (q[:, 1] - p[:, 1])

    weights = np.stack([area(place, b, c), area(a, place, c), area(a, b, place)]) / area(a, b, c)
    thick = np.where((element >= 0) & (wet[element] > 0), (weights.T * depth[corners]).sum(axis=1), 0.0)
    return cell_of(x, y), np.maximum(thick, 0), np.full(len(x), LENGTH * WIDTH / len(x))


def cell_of(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    column, row = (x / LENGTH * CELLS[0]).astype(int), (y / WIDTH * CELLS[1]).astype(int)
    return row * CELLS[0] + column


def test_volumes_are_those_of_the_water_in_cells_and_layers(made: Made) -> None:
    """Every 25 m by 6 m: no better than 2 % of a cell full of water, where an element is dry that is wet beside it."""
    found = made.found["concentration_volume"].reshape(len(made.found["concentration_time"]), 3, -1)
    heights = made.found["height_volume"].reshape(-1, 2, found.shape[2])
    for row in (0, 3, 8):
        cell, depth, area = water_of(made.forcing, row)
        for layer, (upper, lower) in enumerate(zip(LAYERS[:-1], LAYERS[1:], strict=True)):
            thick = np.clip(depth, upper, lower) - upper
            expected = np.bincount(cell, thick * area, found.shape[2])
            np.testing.assert_allclose(found[row, layer], expected, atol=0.02 * expected.max())
    of_rows = [water_of(made.forcing, row) for row in (2, 3)]
    expected = np.mean([np.bincount(c, np.clip(d, 0, 1) * a, found.shape[2]) for c, d, a in of_rows], axis=0)
    np.testing.assert_allclose(heights[1, 0], expected, atol=0.02 * expected.max())
    assert (found[8] < 0.9 * found[0].max(axis=0)).any()  # the water falls


def test_amounts_are_those_of_the_tracks(made: Made) -> None:
    rows, found = made.tracks, made.found
    each, here = rows["mass"], np.isfinite(rows["x"]) & (rows["status"] == 1) & (rows["dry"] == 0)
    assert np.unique(each[np.isfinite(each)]).tolist() == [MASS / 500]
    depth = -rows["sigma"] * rows["water_depth"]
    height = (1 + rows["sigma"]) * rows["water_depth"]
    for row in range(rows["x"].shape[1]):
        mine = here[:, row]
        cell = cell_of(rows["x"][mine, row], rows["y"][mine, row])
        for name, by, edges in (("concentration", depth, LAYERS), ("height", height, [0.0, 1.0, 90.0])):
            if name == "height" and row % 2:
                continue
            layer = np.digitize(by[mine, row], edges) - 1
            expected = np.bincount(layer * 40 + cell, minlength=40 * (len(edges) - 1)) * MASS / 500
            if name == "concentration":
                np.testing.assert_allclose(found["concentration_amount"][row].ravel(), expected, atol=1e-15)
                volume, mean = found["concentration_volume"][row], found["concentration_concentration"][row]
                wet = volume > 0
                np.testing.assert_allclose(
                    mean[wet], expected.reshape(wet.shape)[wet] / volume[wet], rtol=1e-14
                )
                assert np.isnan(mean[~wet]).all()
    assert np.isclose(found["height_amount"][1].sum(), found["concentration_amount"][2:4].sum() / 2)
    assert found["elements_amount"].shape[1] == len(found["mesh_face_nodes"])
    np.testing.assert_allclose(found["elements_amount"].sum(axis=1), found["elements_inside"], rtol=1e-14)


def test_means_greatest_values_and_times_are_of_the_looks(made: Made) -> None:
    """Of the western half: its cells are not those of the others. One period has all looks but the last."""
    found, rows = made.found, made.tracks
    looks = rows["x"].shape[1] - 1
    here = np.isfinite(rows["x"]) & (rows["status"] == 1) & (rows["dry"] == 0) & (rows["x"] <= LENGTH / 2)
    cells = 40
    amounts = np.array([
        np.bincount(cell_of(2 * np.minimum(rows["x"][mine, row], LENGTH / 2 - 1e-6), rows["y"][mine, row]), minlength=cells)
        for row in range(looks)
        for mine in [here[:, row]]
    ]) * MASS / 500  # fmt: skip
    np.testing.assert_allclose(found["half_amount"][0].ravel(), amounts.mean(axis=0), atol=1e-15)
    greatest = found["half_maximum"][0].ravel()
    np.testing.assert_array_equal(found["half_threshold"], [1e-7, 1e-9])
    above = found["half_time_above"][:, 0].reshape(2, cells)
    assert set(np.unique(above / 1800)) <= set(range(looks + 1))
    np.testing.assert_array_equal(above > 0, np.nan_to_num(greatest) > np.array([[1e-7], [1e-9]]))
    np.testing.assert_array_equal(
        above[1], 1800 * (amounts > 0).sum(axis=0)
    )  # one particle is above in any cell
    mean = np.nan_to_num(found["half_concentration"][0].ravel())
    assert (mean <= np.nan_to_num(greatest) * (1 + 1e-14)).all()
    assert (found["half_wet_looks"][0] < looks).any()


@pytest.mark.parametrize("name", ["concentration", "height", "half", "elements"])
def test_the_budget_closes_and_is_that_of_the_statuses(made: Made, name: str) -> None:
    rows, found = made.tracks, made.found
    places = ("inside", "outside", "on_dry", "on_shore", "on_bed", "settled", "exited", "dead", "decayed")
    total = sum(found[f"{name}_{place}"] for place in places)
    np.testing.assert_allclose(total, found[f"{name}_released"], rtol=1e-15)
    np.testing.assert_array_equal(found[f"{name}_released"], MASS)
    np.testing.assert_array_equal(found[f"{name}_decayed"], 0.0)
    here, each = np.isfinite(rows["x"]), MASS / 500
    of = {status: (here & (rows["status"] == status)).sum(axis=0) * each for status in (2, 5)}
    np.testing.assert_allclose(found[f"{name}_on_shore"], of[2], rtol=1e-14)
    np.testing.assert_allclose(found[f"{name}_exited"], np.cumsum(of[5]), rtol=1e-14)
    dry = (here & (rows["status"] == 1) & (rows["dry"] == 1)).sum(axis=0) * each
    np.testing.assert_allclose(found[f"{name}_on_dry"], dry, rtol=1e-14)
    assert min(of[2].max(), of[5].max(), dry.max()) > 0
    assert (found["half_outside"] > 0).all()


def test_what_finds_no_water_is_not_released(tmp_path: Path) -> None:
    """Of four points one lies off the mesh, and one on a flat that is dry when it is to start."""
    tree = asking(tmp_path, {"kind": "concentration", "box": BOX, "cells": CELLS})
    (tmp_path / "points.csv").write_text("x,y\n5000,500\n6000,500\n5000,-900\n5000,2450\n")
    points = {"file": "points.csv", "allow_outside": True, "wet": True, "mass": "4 kg", "depth": "surface"}
    tree |= {"release": [points], "time": {**tree["time"], "duration": "1h"}}
    tracks = solve(write_run(tmp_path, tree), output="one.nc")
    found = columns(statistics_path(tracks))
    np.testing.assert_array_equal(found["concentration_released"], 2.0)
    np.testing.assert_array_equal(found["concentration_inside"], 2.0)
    assert main(["stats", str(tracks), "-o", str(tmp_path / "again.nc")]) == 0
    assert digest(tmp_path / "again.nc") == digest(statistics_path(tracks))
    np.testing.assert_array_equal(found["concentration_decayed"], 0.0)


@pytest.mark.parametrize(
    ("statistic", "keys", "sentence"),
    [
        ({"threshold": "3 1/l"}, {}, r"statistic\.0\.threshold: .* mass: .* kg/m3"),
        (
            {"layers": {"depth": ["0m", "1m"]}},
            {"advection.dimension": "2d"},
            r"statistic\.0\.layers: particles of a 2-D run",
        ),
        ({"layers": {"depth": ["1m", "1m"]}}, {}, r"statistic\.0\.layers: depth: .* ascend"),
        ({"depth": ["0m", "1m"]}, {}, r"statistic\.0\.depth: .* say by layers"),
        ({"ages": ["0h", "1h"]}, {}, r'statistic\.0\.ages: kind = "concentration" has no such key'),
        ({"box": BOX, "cells": [9000, 9000]}, {}, r"statistic\.0: .* take a longer period"),
    ],
)
def test_what_cannot_be_told_is_refused(
    tmp_path: Path, statistic: Tree, keys: dict[str, str], sentence: str
) -> None:
    run_file = write_run(tmp_path, asking(tmp_path, {"kind": "concentration", **statistic}))
    before = contents(tmp_path)
    with pytest.raises(RunFileError, match=sentence):
        solve(run_file, *(f"{key}={value}" for key, value in keys.items()))
    assert contents(tmp_path) == before
