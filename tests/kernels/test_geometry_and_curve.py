"""Element records against coordinates worked out here, and the Hilbert curve against what makes it one."""

import numpy as np

from fvdrift_kernels.geometry import fill_areas
from fvdrift_kernels.hilbert import ORDER, distances
from simple_meshes import rectangle
from tank import Tank

FAR = 5_500_000.0  # northings: large coordinates must cost nothing


def test_elements_keep_their_geometry_at_large_coordinates():
    near, far = (Tank(mesh).whole for mesh in (rectangle(100.0, 60.0, elements=100), shifted()))
    for name in ("ax", "ay", "bx", "by"):
        np.testing.assert_allclose(far.element[name], near.element[name], rtol=1e-7)
    np.testing.assert_allclose(far.element["yc"] - FAR, near.element["yc"], atol=2e-9)


def shifted():
    mesh = rectangle(100.0, 60.0, elements=100)
    return type(mesh)(mesh.x + 421_000.0, mesh.y + FAR, mesh.triangles)


def test_areas_are_positive_counter_clockwise_and_add_up():
    mesh = rectangle(100.0, 60.0, elements=100)
    corners = mesh.triangles.astype(np.int32)
    areas = np.empty(len(corners))
    fill_areas(mesh.x, mesh.y, corners, areas)
    assert areas.min() > 0
    np.testing.assert_allclose(areas.sum(), 6000.0, rtol=1e-12)
    fill_areas(mesh.x, mesh.y, np.ascontiguousarray(corners[:, [0, 2, 1]]), areas)
    assert areas.max() < 0


def test_single_precision_never_takes_an_outside_point_for_inside():
    """The tolerance of an element covers what single precision may do to a barycentric coordinate in it."""
    w = Tank(shifted()).whole
    random = np.random.default_rng(1)
    e = random.integers(0, w.elements, 20_000)
    a, b = w.corners[e, 0], w.corners[e, 1]
    along = random.random(len(e))
    x, y = w.x[a] + along * (w.x[b] - w.x[a]), w.y[a] + along * (w.y[b] - w.y[a])
    r = w.element[e]
    dx, dy = (x - r["xc"]).astype(np.float32), (y - r["yc"]).astype(np.float32)
    first, second = (
        (np.float32(1 / 3) + r[p + "x"].astype(np.float32) * dx + r[p + "y"].astype(np.float32) * dy)
        for p in "ab"
    )
    third = np.float32(1) - first - second  # exactly zero on this side
    assert (np.abs(third) <= r["tolerance"]).all()
    assert (r["tolerance"] < 1e-5).all()


def test_the_curve_visits_every_cell_and_steps_to_a_neighbour():
    n = 32
    i, j = (a.ravel() for a in np.meshgrid(np.arange(n), np.arange(n)))
    along = np.empty(n * n, np.int64)
    distances((i + 0.5) / n, (j + 0.5) / n, 0.0, 0.0, 1.0, along)
    order = np.argsort(along)
    cell = 4 ** (ORDER - 5)
    np.testing.assert_array_equal(along[order] // cell, np.arange(n * n))
    steps = np.abs(np.diff(i[order])) + np.abs(np.diff(j[order]))
    np.testing.assert_array_equal(steps, 1)
