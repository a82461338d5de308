"""Where points lie, by their positions alone: against brute force over all elements and polygons."""

import numpy as np

from fvdrift_kernels.habitat import outlines
from fvdrift_kernels.whereabouts import find_polygons, nearest_elements, well_inside
from simple_meshes import rectangle
from tank import Tank, barycentric, brute_force


def tank() -> Tank:
    return Tank(rectangle(1000.0, 500.0, elements=300))


def points(count: int = 400, seed: int = 1):
    random = np.random.default_rng(seed)
    return random.uniform(0, 1000, count), random.uniform(0, 500, count)


def located(water: Tank, x, y) -> np.ndarray:
    element = np.empty(len(x), np.int32)
    nearest_elements(water.piece.mesh, water.grid, np.asarray(x, float), np.asarray(y, float), element)
    return element


def test_points_in_the_water_are_in_the_element_that_holds_them():
    water = tank()
    x, y = points()
    best, inside = brute_force(water.whole.x, water.whole.y, water.whole.corners, x, y)
    assert inside.min() > 0
    np.testing.assert_array_equal(located(water, x, y), best)


def test_on_sides_and_nodes_it_is_the_lowest_of_those_that_hold_it():
    water = tank()
    found = located(water, water.whole.x, water.whole.y)
    for node in range(water.whole.nodes):
        assert found[node] == np.flatnonzero((water.whole.corners == node).any(axis=1)).min()


def test_just_beyond_the_edge_it_is_the_element_there_and_far_from_it_none():
    water = tank()
    y = np.random.default_rng(3).uniform(1, 499, 50)
    at_edge, beyond = located(water, np.zeros(50), y), located(water, np.full(50, -1e-4), y)
    np.testing.assert_array_equal(at_edge, beyond)
    assert (located(water, [-1e6, 500.0, 5e9, -300.0], [100.0, 1e7, -1e9, 250.0]) == -1).all()


def test_who_is_well_inside_is_in_no_other_element():
    """And who is not may be; margins count in heights of the element."""
    water = tank()
    x, y = points()
    x, y = np.concatenate([x, water.whole.x]), np.concatenate([y, water.whole.y])
    element = located(water, x, y)
    inside = np.empty(len(x), bool)
    well_inside(water.piece.mesh.element, element, x, y, 1e-5, inside)
    assert inside[:400].sum() > 390
    assert not inside[400:].any()
    corners = water.whole.corners
    expected = barycentric(water.whole.x, water.whole.y, corners[element], x, y) > 1e-5
    np.testing.assert_array_equal(inside, expected)


def test_the_lowest_polygon_that_holds_a_point_is_found():
    """Boxes that overlap, against their corners."""
    boxes = [(100.0, 100.0, 400.0, 300.0), (300.0, 50.0, 800.0, 450.0)]
    px = np.concatenate([[a, c, c, a] for a, _, c, _ in boxes])
    py = np.concatenate([[b, b, d, d] for _, b, _, d in boxes])
    sides = outlines(px, py, np.array([0, 4, 8]), np.array([0, 1, 2]))
    x, y = points(2000)
    found = np.empty(len(x), np.int32)
    find_polygons(sides, x, y, found)
    expected = np.full(len(x), -1)
    for number in (1, 0):
        a, b, c, d = boxes[number]
        expected[(x > a) & (x < c) & (y > b) & (y < d)] = number
    assert len(np.unique(expected)) == 3
    np.testing.assert_array_equal(found, expected)
