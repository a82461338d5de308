"""Least-squares gradients: linear fields, elements with few neighbours, dry ones, degrees."""

import numpy as np
import pytest

from fvdrift_kernels import gradient
from fvdrift_kernels.gradient import participating_weights, wet_code
from fvdrift_kernels.jit import kernel_called
from simple_meshes import Mesh, rectangle
from tank import Tank

least_squares = kernel_called(gradient.least_squares)

METRES = 6371000.0 * np.pi / 180.0


def gradient(tank, field):
    s = tank.whole.stencil
    differences = [field[s[f"n{j}"]] - field for j in range(3)]
    return [sum(s[f"{axis}{j}"] * differences[j] for j in range(3)) for axis in "xy"]


def test_linear_fields_have_their_gradient_with_two_neighbours_or_three():
    tank = Tank(rectangle(1000.0, 500.0, elements=300), real=np.float64)
    gx, gy = gradient(tank, 3 + 0.2 * tank.xc - 0.7 * tank.yc)
    enough = (tank.whole.beyond >= 0).sum(axis=1) >= 2
    np.testing.assert_allclose(gx[enough], 0.2, rtol=1e-11)
    np.testing.assert_allclose(gy[enough], -0.7, rtol=1e-11)
    assert np.count_nonzero(enough & (tank.whole.beyond < 0).any(axis=1)) > 20


def test_in_degrees_the_gradient_is_per_degree():
    mesh = rectangle(2.0, 1.0, elements=300)
    tank = Tank(Mesh(mesh.x - 4.0, mesh.y + 50.0, mesh.triangles), geographic=True, real=np.float64)
    gx, gy = gradient(tank, 3 + 0.2 * tank.xc - 0.7 * tank.yc)
    enough = (tank.whole.beyond >= 0).sum(axis=1) >= 2
    np.testing.assert_allclose(gx[enough], 0.2, rtol=1e-9)
    np.testing.assert_allclose(gy[enough], -0.7, rtol=1e-9)


def test_with_three_neighbours_in_degrees_the_fit_is_least_squares_in_metres():
    """A field that is not linear: the normal equations solved here, with offsets in metres."""
    mesh = rectangle(2.0, 1.0, elements=300)
    tank = Tank(Mesh(mesh.x - 4.0, mesh.y + 60.0, mesh.triangles), geographic=True, real=np.float64)
    field = np.random.default_rng(1).random(tank.whole.elements)
    gx, gy = gradient(tank, field)
    for e in np.flatnonzero((tank.whole.beyond >= 0).all(axis=1))[::20]:
        n = tank.whole.beyond[e]
        per = np.array([METRES * np.cos(np.radians(tank.yc[e])), METRES])
        offsets = np.stack([tank.xc[n] - tank.xc[e], tank.yc[n] - tank.yc[e]], axis=1) * per
        expected = np.linalg.lstsq(offsets, field[n] - field[e], rcond=None)[0] * per
        np.testing.assert_allclose((gx[e], gy[e]), expected, rtol=1e-9)


def test_one_neighbour_gives_the_slope_towards_it_and_none_gives_nothing():
    x0, x1, x2, y0, y1, y2 = least_squares(3.0, 0.0, 0.0, 4.0, 0.0, 0.0)
    difference = 5.0  # over 5 m: a slope of 1 along (3, 4) / 5
    assert (x0 * difference, y0 * difference) == pytest.approx((0.6, 0.8))
    assert (x1, x2, y1, y2) == (0, 0, 0, 0)
    assert least_squares(0.0, 0.0, 0.0, 0.0, 0.0, 0.0) == (0,) * 6


def test_neighbours_in_one_line_give_no_wild_slope_across_it():
    weights = np.array(least_squares(10.0, -10.0, 20.0, 1e-6, -1e-6, 2e-6))
    assert np.abs(weights).max() < 1.0


@pytest.mark.parametrize("wet", range(16))
def test_dry_neighbours_take_no_part(wet):
    tank = Tank(rectangle(1000.0, 500.0, elements=300), real=np.float64)
    e = int(np.flatnonzero((tank.whole.beyond >= 0).all(axis=1))[10])
    weights = participating_weights(tank.whole.element, tank.whole.stencil[e], None, e, wet)
    for j in range(3):
        takes_part = bool(wet & (2 << j))
        assert (weights[j] != 0 or weights[3 + j] != 0) == takes_part


def test_the_wet_code_names_the_wet_and_the_absent():
    tank = Tank(rectangle(1000.0, 500.0, elements=300))
    wet = np.random.default_rng(1).random(tank.whole.elements) < 0.6
    code = np.empty(tank.whole.elements, np.uint8)
    wet_code(wet, tank.whole.stencil, code)
    beyond = tank.whole.beyond
    expected = wet.astype(int)
    for j in range(3):
        expected |= (wet[beyond[:, j]] | (beyond[:, j] < 0)).astype(int) << (j + 1)
    np.testing.assert_array_equal(code, expected)
