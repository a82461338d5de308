"""Polygons over a mesh against brute force: which one holds a point, which elements know it without
asking."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fvdrift_kernels.habitat import MARGIN, NOWHERE, UNSURE, Habitat, fill_codes, outlines, polygon_at
from fvdrift_kernels.jit import kernel_called
from simple_meshes import Mesh, peninsula, rectangle
from tank import Tank

ESTUARY = Path(__file__).resolve().parents[2] / "configs" / "estuary" / "estA_0001.nc"
SQUARE = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])


@kernel_called
def ask(habitat, e, x, y, found):
    for i in range(len(x)):
        found[i] = polygon_at(habitat, e[i], x[i], y[i])


class Ground:
    """A mesh with polygons over it, each a list of rings."""

    def __init__(self, mesh, polygons):
        self.x, self.y, self.corners = mesh.x, mesh.y, np.ascontiguousarray(mesh.corners)
        self.polygons = polygons
        rings = [np.asarray(ring, float) for polygon in polygons for ring in polygon]
        first = np.cumsum([0, *(len(ring) for ring in rings)])
        ring = np.cumsum([0, *(len(polygon) for polygon in polygons)])
        px, py = (np.concatenate([ring[:, i] for ring in rings]) for i in (0, 1))
        sides = outlines(px, py, first, ring)
        self.code, self.touched = np.full(len(self.corners), 99, np.int32), np.zeros(len(polygons), bool)
        fill_codes(self.x, self.y, self.corners, sides, self.code, self.touched)
        self.habitat = Habitat(self.code, sides)

    def at(self, e, x, y):
        found = np.full(len(x), -9)
        ask(self.habitat, e, x, y, found)
        return found

    def expected(self, x, y):
        found = np.full(len(x), -1)
        for k in reversed(range(len(self.polygons))):
            found[holds(self.polygons[k], x, y)] = k
        return found

    def points(self, count, beyond=0.0):
        """Random points, as many in each element: in it, or on its rim and `beyond` of its size away from its
        middle."""
        random = np.random.default_rng(7)
        e = (np.arange(count) % len(self.corners)).astype(np.int32)
        weight = random.dirichlet((1.0, 1.0, 1.0), count)
        if beyond:
            weight[np.arange(count), random.integers(0, 3, count)] = 0.0
            weight = weight / weight.sum(axis=1, keepdims=True) * (1 + beyond) - beyond / 3
        corners = self.corners[e]
        return e, (weight * self.x[corners]).sum(axis=1), (weight * self.y[corners]).sum(axis=1)


def holds(rings, x, y):
    """Whether the way down from each point crosses an odd number of sides. The kernels' ways go along x."""
    odd = np.zeros(len(x), bool)
    for ring in rings:
        for (x0, y0), (x1, y1) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
            if x0 == x1:
                continue
            share = (x - x0) / (x1 - x0)
            odd ^= ((x0 <= x) != (x1 <= x)) & (y0 + share * (y1 - y0) < y)
    return odd


def star(random, x, y, radius, corners, wiggle=0.3):
    """A ring with a rough outline round (x, y)."""
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    r = radius * (1 + wiggle * random.uniform(-1, 1, corners))
    return np.stack([x + r * np.cos(angle), y + r * np.sin(angle)], axis=1)


def shapes(x, y, size):
    """Polygons of all kinds about (x, y), overlapping."""
    random = np.random.default_rng(3)
    plain = [star(random, x + 0.1 * size, y, 0.15 * size, 80)]
    around = ((0.4, 200, 0.05), (0.25, 60, 0.1), (0.1, 9, 0.3))  # a hole, and an island in it
    holed = [star(random, x, y, radius * size, corners, wiggle) for radius, corners, wiggle in around]
    parts = [star(random, x + 0.7 * i * size / 3, y + 0.3 * size, 0.1 * size, 30) for i in (-1, 0, 1)]
    bow = [np.array([x, y]) + size * np.array([[-0.5, -0.4], [0.5, 0.4], [0.5, -0.4], [-0.5, 0.4]])]
    # every vertex is given twice
    twice = [np.repeat(star(random, x - 0.3 * size, y, 0.1 * size, 12), 2, axis=0)]
    clockwise = [star(random, x, y - 0.3 * size, 0.2 * size, 40)[::-1]]
    tiny = [star(random, x - 0.2 * size, y - 0.1 * size, 1e-4 * size, 11)]
    needle = [np.array([x, y]) + size * np.array([[-30.0, 0.11], [40.0, 0.23], [-30.0, 0.1101]])]
    return [plain, holed, parts, tiny, bow, twice, clockwise, needle]


def estuary():
    netCDF4 = pytest.importorskip("netCDF4")
    if not ESTUARY.exists():
        pytest.skip("the estuary's files are not in configs/estuary")
    with netCDF4.Dataset(ESTUARY) as data:
        x, y, nv = (np.asarray(data[name][:]) for name in ("x", "y", "nv"))
    return Mesh(x.astype(float), y.astype(float), nv.T.astype(np.int64) - 1)


def utm():
    mesh = rectangle(4000.0, 2000.0, elements=3000)
    return Mesh(mesh.x + 421_000.0, mesh.y + 5_545_000.0, mesh.triangles)


def degrees():
    mesh = rectangle(1.0, 0.5, elements=1000)
    return Mesh(mesh.x - 4.5, mesh.y + 50.0, mesh.triangles)


MESHES = {
    "rectangle": lambda: rectangle(1000.0, 500.0, elements=1000),
    "regular": lambda: rectangle(1000.0, 500.0, elements=400, jitter=0.0),  # squares of 50 m, halved
    "two elements": lambda: rectangle(10.0, 10.0, elements=2),
    "peninsula": lambda: peninsula(1000.0, 500.0, 150.0, elements=800),
    "far from the origin": utm,
    "degrees": degrees,
    "estuary": estuary,
}


@pytest.fixture(scope="module", params=MESHES)
def mesh(request):
    return Tank(MESHES[request.param]()).whole


def middle(mesh):
    size = min(np.ptp(mesh.x), np.ptp(mesh.y))
    return mesh.x.min() + 0.5 * np.ptp(mesh.x), mesh.y.min() + 0.5 * np.ptp(mesh.y), size


def test_a_point_is_in_the_polygon_that_brute_force_says(mesh):
    ground = Ground(mesh, shapes(*middle(mesh)))
    e, x, y = ground.points(60_000)
    found, expected = ground.at(e, x, y), ground.expected(x, y)
    assert set(range(-1, 2)) <= set(expected.tolist())
    np.testing.assert_array_equal(found, expected)


def test_a_point_just_beyond_its_element_is_too(mesh):
    ground = Ground(mesh, shapes(*middle(mesh)))
    e, x, y = ground.points(60_000, beyond=MARGIN)
    np.testing.assert_array_equal(ground.at(e, x, y), ground.expected(x, y))


def test_a_polygon_just_beyond_an_element_is_asked_for_points_there():
    mesh = Tank(MESHES["regular"]()).whole
    gap = 2e-6 * 50.0
    ground = Ground(mesh, [[(100.0 - 2 * gap) * SQUARE + [200 + gap, 100 + gap]]])
    e, x, y = ground.points(60_000, beyond=MARGIN)
    xc, yc = ground.x[ground.corners[e]].mean(axis=1), ground.y[ground.corners[e]].mean(axis=1)
    held, home = ground.expected(x, y), ground.expected(xc, yc)
    # what knowing the elements by their middles would get wrong
    assert np.count_nonzero((held == 0) & (home == -1)) > 100
    np.testing.assert_array_equal(ground.at(e, x, y), held)


def test_polygons_that_lie_along_sides_of_elements_leave_none_of_them_sure():
    """Their corners are nodes, so rounding alone decides about points on the border: these must all be
    asked."""
    mesh = Tank(MESHES["regular"]()).whole
    side = 100.0
    ground = Ground(
        mesh, [[side * SQUARE + [200, 100]], [side * SQUARE + [300, 100]], [side * SQUARE + [300, 100]]]
    )
    e, x, y = ground.points(30_000)
    np.testing.assert_array_equal(ground.at(e, x, y), ground.expected(x, y))
    rim, *at = ground.points(30_000, beyond=1e-9)
    held = ground.at(rim, *at)
    within = (np.abs(at[0] - 300) < 99) & (np.abs(at[1] - 150) < 49)
    # no gap between neighbours, and never the third, which lies under the second
    assert set(held[within]) == {0, 1}


def meets(ring, x, y):
    """Whether the side before each vertex of a ring has a point in common with a triangle: (element, vertex).

    By separating lines, of the three sides and of the side of the ring. x, y: (element, 3)."""
    a, b = ring, np.roll(ring, 1, axis=0)
    apart = np.zeros((len(x), len(ring)), bool)
    normals = [(y[:, i] - y[:, i - 1], x[:, i - 1] - x[:, i]) for i in range(3)]
    for nx, ny in normals:
        corners = nx[:, None] * x + ny[:, None] * y
        ends = np.stack([nx[:, None] * p[:, 0] + ny[:, None] * p[:, 1] for p in (a, b)])
        apart |= (ends.min(axis=0) > corners.max(axis=1)[:, None]) | (
            ends.max(axis=0) < corners.min(axis=1)[:, None]
        )
    nx, ny = (a - b)[:, 1], (b - a)[:, 0]
    corners = nx[None, :, None] * (x[:, None] - a[None, :, :1]) + ny[None, :, None] * (
        y[:, None] - a[None, :, 1:]
    )
    return ~(apart | (corners.min(axis=2) > 0) | (corners.max(axis=2) < 0))


def test_elements_are_unsure_where_a_side_meets_them_and_hardly_anywhere_else(mesh):
    ground = Ground(mesh, shapes(*middle(mesh)))
    x, y = ground.x[ground.corners], ground.y[ground.corners]
    touched = np.zeros(len(x), bool)
    for ring in (ring for polygon in ground.polygons for ring in polygon):
        touched |= meets(ring, x, y).any(axis=1)
    unsure = ground.code == UNSURE
    assert (unsure | ~touched).all()
    assert np.count_nonzero(unsure & ~touched) <= 0.1 * np.count_nonzero(touched)


def test_elements_that_no_side_meets_know_their_polygon(mesh):
    ground = Ground(mesh, shapes(*middle(mesh)))
    sure = ground.code != UNSURE
    corners = ground.corners[sure]
    for weight in ([1 / 3, 1 / 3, 1 / 3], [0.998, 1e-3, 1e-3], [1e-3, 1e-3, 0.998]):
        expected = ground.expected(ground.x[corners] @ weight, ground.y[corners] @ weight)
        np.testing.assert_array_equal(ground.code[sure], expected)


def test_a_hole_is_nowhere_and_an_island_in_it_is_not():
    mesh = Tank(rectangle(100.0, 100.0, elements=5000)).whole
    ground = Ground(mesh, [[100 * SQUARE, 60 * SQUARE + 20, 20 * SQUARE + 40]])
    x, y = np.array([10.0, 30, 50, 30]), np.array([50.0, 50, 50, 79.99])
    e = Tank(rectangle(100.0, 100.0, elements=5000)).locate(x, y)
    assert ground.at(e, x, y).tolist() == [0, -1, 0, -1]
    assert ground.code[e[:3]].tolist() == [0, NOWHERE, 0]


def test_the_lowest_of_several_polygons_counts():
    mesh = Tank(rectangle(100.0, 100.0, elements=5000)).whole
    small, large = [30 * SQUARE + 10], [80 * SQUARE + 5]
    for order, within in (([small, large], 0), ([large, small], 0), ([[20 * SQUARE + 70], large, small], 1)):
        ground = Ground(mesh, order)
        e, x, y = ground.points(20_000)
        np.testing.assert_array_equal(ground.at(e, x, y), ground.expected(x, y))
        assert (ground.at(e, x, y)[holds(small, x, y)] == within).all()
        assert ground.touched.all()  # also the one that is hidden


def test_a_polygon_within_one_element_is_found_there():
    mesh = Tank(MESHES["two elements"]()).whole
    ground = Ground(mesh, [[0.01 * SQUARE + [3.0, 1.0]], [1e-7 * SQUARE + [7.0, 9.0]]])
    assert ground.code.tolist() == [UNSURE, UNSURE]
    assert ground.touched.all()
    e, x, y = ground.points(100_000)
    np.testing.assert_array_equal(ground.at(e, x, y), ground.expected(x, y))
    at = np.array([3.005, 3.005, 7.00000005]), np.array([1.005, 1.02, 9.00000005])
    e = Tank(MESHES["two elements"]()).locate(*at)
    assert ground.at(e, *at).tolist() == [0, -1, 1]


def test_polygons_off_the_mesh_touch_nothing_and_those_round_it_all(mesh):
    x, y, size = middle(mesh)
    wide = 3 * max(np.ptp(mesh.x), np.ptp(mesh.y))
    off = [
        [[x, y] + size * SQUARE + shift]
        for shift in ([wide, 0], [-wide, 0], [0, wide], [wide, -wide], [1e4 * wide, wide])
    ]
    whole = [[x, y] + wide * (SQUARE - 0.5)]
    ground = Ground(mesh, off)
    assert (ground.code == NOWHERE).all()
    assert not ground.touched.any()
    ground = Ground(mesh, [*off, whole, [[x, y] + 1e6 * wide * (SQUARE - 0.5)]])
    assert (ground.code == len(off)).all()
    assert ground.touched.tolist() == [False] * len(off) + [True, True]


def test_a_mesh_in_the_hole_of_a_polygon_is_not_touched():
    mesh = Tank(MESHES["rectangle"]()).whole
    ground = Ground(mesh, [[9000 * (SQUARE - 0.5), 5000 * (SQUARE - 0.5)]])
    assert (ground.code == NOWHERE).all()
    assert not ground.touched.any()


def test_an_element_has_its_code_whatever_piece_it_is_in(mesh):
    whole = Ground(mesh, shapes(*middle(mesh)))
    part = np.arange(mesh.elements // 3, mesh.elements)[::-1]
    again = np.empty(len(part), np.int32)
    fill_codes(
        mesh.x, mesh.y, np.ascontiguousarray(mesh.corners[part]), whole.habitat.outlines, again, whole.touched
    )
    np.testing.assert_array_equal(again, whole.code[part])


def test_sides_are_listed_a_few_times_each():
    """However long and many they are: lists must not outgrow the outlines."""
    random = np.random.default_rng(5)
    zigzag = np.stack(
        [np.arange(5000.0), np.where(np.arange(5000) % 2, 1.0, random.uniform(-1, 0, 5000))], axis=1
    )
    mesh = Tank(MESHES["two elements"]()).whole
    patches = [star(random, i, i, 1, 20) for i in range(100)]
    for rings in ([zigzag], [star(random, 0, 0, 1, 5000)], [1e3 * SQUARE], patches, [SQUARE, SQUARE + 1e9]):
        sides = Ground(mesh, [rings]).habitat.outlines
        assert len(sides.side) <= 6 * len(sides.px)
        assert len(sides.first) <= 16 * len(sides.px) + 1
        assert (np.bincount(sides.side, minlength=len(sides.px)) >= 1).all()


def codes_and_polygons():
    """What the compiled kernels and plain Python are to agree on."""
    mesh = Tank(rectangle(10.0, 10.0, elements=60)).whole
    ground = Ground(mesh, shapes(5.0, 5.0, 8.0)[1:4])
    return [*ground.code.tolist(), *ground.touched.tolist(), *ground.at(*ground.points(300)).tolist()]


def test_plain_python_finds_the_same_polygons():
    here = Path(__file__).parent
    paths = [str(here), str(here.parent), str(here.parents[1] / "scripts")]
    script = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "import warnings; warnings.simplefilter('error')\n"
        "import test_polygon_at as t\n"
        "print(*map(int, t.codes_and_polygons()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *paths], env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert [int(word) for word in done.stdout.split()] == codes_and_polygons()
