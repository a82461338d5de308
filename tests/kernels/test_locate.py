"""Finding elements and following straight paths, against areas and segment crossings worked out here."""

import numpy as np
import pytest

from fvdrift_kernels import locate
from fvdrift_kernels.jit import kernel_called
from fvdrift_kernels.locate import find_element, trace
from fvdrift_kernels.state import COAST
from simple_meshes import Mesh, rectangle
from tank import Tank, barycentric, brute_force

local_coordinates = kernel_called(locate.local_coordinates)


@pytest.fixture(scope="module")
def tank():
    return Tank(rectangle(100.0, 60.0, elements=400))


@pytest.fixture(scope="module")
def with_island():
    """A rectangle with a hole in its middle."""
    mesh = rectangle(100.0, 60.0, elements=600)
    xc, yc = mesh.x[mesh.triangles].mean(axis=1), mesh.y[mesh.triangles].mean(axis=1)
    return Tank(Mesh(mesh.x, mesh.y, mesh.triangles[np.hypot(xc - 50, yc - 30) > 12]))


def test_local_coordinates_are_one_at_their_corner_and_zero_at_the_others(tank):
    w = tank.whole
    for e in range(0, w.elements, 17):
        for i in range(3):
            x, y = w.x[w.corners[e, i]], w.y[w.corners[e, i]]
            np.testing.assert_allclose(local_coordinates(w.element[e], x, y), np.eye(3)[i], atol=1e-13)


def test_a_point_is_found_in_the_element_that_holds_it(tank):
    random = np.random.default_rng(1)
    x, y = random.uniform(-5, 105, 3000), random.uniform(-5, 65, 3000)
    found = tank.locate(x, y)
    best, inside = brute_force(tank.whole.x, tank.whole.y, tank.whole.corners, x, y)
    np.testing.assert_array_equal(found, np.where(inside >= 0, best, -1))
    assert 0.1 < np.mean(found < 0) < 0.3


def test_a_point_on_a_side_or_node_belongs_to_the_lowest_element(tank):
    w = tank.whole
    sides = w.corners, w.corners[:, [1, 2, 0]]
    x = np.concatenate([w.x, (0.5 * (w.x[sides[0]] + w.x[sides[1]])).ravel()])
    y = np.concatenate([w.y, (0.5 * (w.y[sides[0]] + w.y[sides[1]])).ravel()])
    for px, py, found in zip(x, y, tank.locate(x, y), strict=True):
        assert found == np.flatnonzero(barycentric(w.x, w.y, w.corners, px, py) >= -1e-9)[0]


@pytest.mark.parametrize("place", [(np.nan, 1.0), (np.inf, 1.0), (1e300, 1.0), (-1e9, -1e9), (50.0, 60.0001)])
def test_no_element_holds_a_point_elsewhere(tank, place):
    assert find_element(tank.piece.mesh, tank.grid, *place) == -1


def test_a_path_in_the_water_ends_where_it_should(tank):
    random = np.random.default_rng(2)
    x, y, to_x, to_y = (random.uniform(1, top, 2000) for top in (99, 59, 99, 59))
    start, end = tank.locate(x, y), tank.locate(to_x, to_y)
    for i in range(len(x)):
        assert trace(tank.whole.element, start[i], x[i], y[i], to_x[i] - x[i], to_y[i] - y[i]) == (
            end[i],
            -1,
            1.0,
        )


def coast_crossing(tank, x, y, dx, dy):
    """Fraction of the path at which it first crosses a side of the coast: by crossing the segments, one by
    one."""
    w = tank.whole
    e, i = np.nonzero(w.beyond == COAST)
    a, b = w.corners[e, (i + 1) % 3], w.corners[e, (i + 2) % 3]
    sx, sy, ox, oy = w.x[b] - w.x[a], w.y[b] - w.y[a], w.x[a] - x, w.y[a] - y
    with np.errstate(divide="ignore", invalid="ignore"):
        along = (ox * sy - oy * sx) / (dx * sy - dy * sx)
        across = (ox * dy - oy * dx) / (dx * sy - dy * sx)
    hit = (along > 0) & (along <= 1) & (across >= 0) & (across <= 1)
    return along[hit].min() if hit.any() else None


def test_a_path_stops_at_the_first_coast_even_if_it_ends_in_water_beyond(with_island):
    """Paths across the island; where both ends lie in the water, a search for the end would jump it."""
    tank, random = with_island, np.random.default_rng(3)
    x, y = random.uniform(1, 20, 800), random.uniform(5, 55, 800)
    dx, dy = random.uniform(20, 90, 800), random.uniform(-40, 40, 800)
    start = tank.locate(x, y)
    jumped = 0
    for i in np.flatnonzero(start >= 0):
        e, side, fraction = trace(tank.whole.element, start[i], x[i], y[i], dx[i], dy[i])
        expected = coast_crossing(tank, x[i], y[i], dx[i], dy[i])
        if expected is None:
            assert side == -1
        else:
            assert tank.whole.beyond[e, side] == COAST
            assert fraction == pytest.approx(expected, abs=1e-12)
            jumped += find_element(tank.piece.mesh, tank.grid, x[i] + dx[i], y[i] + dy[i]) >= 0
    assert jumped > 30


def test_a_path_from_node_to_node_comes_to_its_end(tank):
    """Along sides and onto nodes, where rounding can put the end outside all the elements that meet there."""
    w = tank.whole
    random = np.random.default_rng(4)
    inner = np.setdiff1d(np.arange(w.nodes), w.corners[(w.beyond < 0).any(axis=1)])
    for _ in range(1000):
        a, b = random.choice(inner, 2)
        dx, dy = w.x[b] - w.x[a], w.y[b] - w.y[a]
        for start in np.flatnonzero((w.corners == a).any(axis=1)):
            e, side, fraction = trace(w.element, start, w.x[a], w.y[a], dx, dy)
            assert (side, fraction) == (-1, 1.0)
            assert b in w.corners[e]


@pytest.mark.parametrize("north", [0.0, 5_500_000.0])
def test_a_particle_at_rest_on_a_node_goes_nowhere(north):
    """However large its coordinates: it once went round the node 100 000 times, for 44 us a step."""
    mesh = rectangle(100.0, 60.0, elements=400)
    w = Tank(Mesh(mesh.x, mesh.y + north, mesh.triangles)).whole
    for node in range(w.nodes):
        for start in np.flatnonzero((w.corners == node).any(axis=1)):
            e, side, fraction = trace(w.element, start, w.x[node], w.y[node], 0.0, 0.0)
            assert node in w.corners[e]
            assert fraction == (1.0 if side < 0 else 0.0)
