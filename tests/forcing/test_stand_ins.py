"""What stands where there is no water: values of the nearest in the same frame. Grids are 5 x 4 nodes, a km
apart."""

from pathlib import Path

import numpy as np
import pytest

from fvdrift.forcing.frames import FrameReader
from fvdrift.forcing.fvcom.series import open_series
from fvdrift.forcing.stand_ins import StandIns

from .odd_files import ELEMENTS, NODES, NX, TRIANGLES, OddFile, X, Y, small_file

EAST = 3  # the first dry column of nodes
LAND = np.flatnonzero(X >= 1000 * EAST)
DRY = (X[TRIANGLES] >= 1000 * EAST - 1).any(axis=1)
COAST = LAND - (LAND % NX - (EAST - 1))  # the node of water straight to the west


def masked(name: str, values: np.ndarray, dims: tuple[str, ...], where: np.ndarray) -> OddFile:
    """A file whose east is dry in the middle one of three records, where it has no `name`."""
    wet = np.ones((3, ELEMENTS), "i4")
    wet[1, DRY] = 0
    values = values.astype("f4")
    values[1][..., where] = np.nan
    return small_file().set("wet_cells", wet, ("time", "nele")).set(name, values, dims)


def test_nodes_take_the_value_of_the_nearest_water_layer_by_layer(tmp_path: Path) -> None:
    temp = 10 + np.arange(3.0)[:, None, None] + 0.1 * np.arange(3)[:, None] + 0.01 * np.arange(NODES)
    path = masked("temp", temp, ("time", "siglay", "node"), LAND).write(tmp_path / "a.nc")
    expected = temp[1].copy()
    expected[:, LAND] = expected[:, COAST]
    with open_series([path]) as series:
        np.testing.assert_allclose(series.read(1, ["temp"])["temp"], expected, rtol=1e-6)
        for frame in (0, 2):
            np.testing.assert_allclose(series.read(frame, ["temp"])["temp"], temp[frame], rtol=1e-6)


def test_the_surface_lies_no_lower_than_on_dry_land(tmp_path: Path) -> None:
    zeta = np.full((3, NODES), -0.5)
    h = np.full(NODES, 10.0)
    h[LAND] = -0.3  # bed 0.3 m above the datum, its surface 0.35 m
    h[LAND[0]] = 2.0
    path = masked("zeta", zeta, ("time", "node"), LAND).set("h", h.astype("f4")).write(tmp_path / "a.nc")
    with open_series([path]) as series:
        found = series.read(1, ["zeta"])["zeta"]
    np.testing.assert_allclose(found[LAND], np.where(h[LAND] > 0, -0.5, 0.35), rtol=1e-6)
    assert np.array_equal(np.delete(found, LAND), np.full(NODES - len(LAND), np.float32(-0.5)))


def test_elements_take_theirs_from_elements_but_no_velocity_does(tmp_path: Path) -> None:
    wind = np.tile(7.0 + np.arange(ELEMENTS) / 100, (3, 1))
    file = masked("wind", wind, ("time", "nele"), DRY)
    u = file.values("u").copy()
    u[1][..., DRY] = np.nan
    omega = file.values("omega").copy()
    omega[1][..., LAND] = np.nan
    path = file.set("u", u).set("omega", omega).write(tmp_path / "a.nc")
    with open_series([path]) as series:
        found = series.read(1, ["wind", "u", "omega"])
    water = found["wind"][~DRY]
    np.testing.assert_allclose(water, wind[1, ~DRY], rtol=1e-6)
    assert np.isin(found["wind"][DRY], water).all()
    rows = Y[TRIANGLES].mean(axis=1) // 1000  # the nearest lie in the same row of squares
    for row in range(3):
        assert np.isin(found["wind"][DRY & (rows == row)], found["wind"][~DRY & (rows == row)]).all()
    assert not found["u"][:, DRY].any()
    assert not found["omega"][:, LAND].any()


def test_the_order_in_which_frames_and_fields_are_read_does_not_matter(tmp_path: Path) -> None:
    temp = np.tile(10 + 0.01 * np.arange(NODES), (3, 3, 1))
    file = masked("temp", temp, ("time", "siglay", "node"), LAND)
    salinity = np.tile(30 + 0.01 * np.arange(NODES), (3, 1)).astype("f4")
    salinity[1, LAND[1:]] = np.nan
    path = file.set("salinity", salinity, ("time", "node")).write(tmp_path / "a.nc")
    names = ["temp", "salinity", "zeta"]
    with open_series([path]) as series, FrameReader(series, names, range(3), wanted=3) as reader:
        ahead = dict(reader)
    for frame, fields in ahead.items():
        for name in reversed(names):
            with open_series([path]) as series:
                assert np.array_equal(series.read(frame, [name])[name], fields[name])


def test_what_no_element_joins_to_the_water_takes_a_value_of_water() -> None:
    x = np.concatenate([X, X[:3] + 9e4])
    y = np.concatenate([Y, Y[:3] + np.array([0.0, 0.0, 900.0])])
    apart = StandIns(np.concatenate([TRIANGLES, [[NODES, NODES + 1, NODES + 2]]]).astype(np.int32), x, y)
    values, missing = np.arange(NODES + 3, dtype="f4") + 5, np.arange(NODES + 3) >= NODES
    apart.fill(values, missing, on_elements=False)
    assert np.isin(values[NODES:], values[:NODES]).all()


@pytest.mark.parametrize("on_elements", [False, True])
def test_what_has_no_value_at_all_stays(on_elements: bool) -> None:
    values = np.zeros(ELEMENTS if on_elements else NODES, "f4")
    StandIns(TRIANGLES, X, Y).fill(values, np.ones(len(values), bool), on_elements)
    assert not values.any()
