"""The coast of small meshes: its sides in order, their lengths, and which of them is nearest. Truth from shapely,
pyproj and loops over edges."""

import numpy as np
import pyproj
import pytest
import shapely

from fvdrift.mesh.coast import coast_of
from fvdrift.mesh.whole_mesh import build
from fvdrift.tools.sphere import EARTH_RADIUS
from fvdrift_kernels.state import COAST
from simple_meshes import even_levels, rectangle

SIZE = 100.0


def whole(x, y, triangles, geographic=False):
    levels = np.broadcast_to(even_levels(2)[:, np.newaxis], (3, len(x)))
    return build(x, y, triangles, levels, 0.5 * (levels[1:] + levels[:-1]), geographic=geographic)


def with_island(*, geographic=False, open_end=True):
    """A square with a hole in it, and an open right end."""
    mesh = rectangle(SIZE, SIZE, elements=800)
    centre = np.stack([mesh.x, mesh.y])[:, mesh.triangles].mean(axis=2)
    kept = mesh.triangles[(np.abs(centre - 50) > 12).any(axis=0)]
    x, y = (mesh.x * 1e-2, 50 + mesh.y * 1e-2) if geographic else (mesh.x, mesh.y)
    made = whole(x, y, kept, geographic)
    if not open_end:
        return made
    ends = np.stack([made.x[np.roll(made.corners, -1, axis=1)], made.x[np.roll(made.corners, -2, axis=1)]])
    return made.with_open_sides((ends > x.max() - 1e-9).all(axis=0) & (made.beyond < 0))


def water_of(mesh):
    return shapely.union_all([shapely.Polygon(np.column_stack([mesh.x[c], mesh.y[c]])) for c in mesh.corners])


@pytest.mark.parametrize("open_end", [False, True])
def test_each_coastline_is_whole_and_in_order(open_end) -> None:
    mesh = with_island(open_end=open_end)
    coast, water = coast_of(mesh), water_of(mesh)
    assert coast.line.tolist() == sorted(coast.line)
    outer, island = (np.flatnonzero(coast.line == number) for number in (0, 1))
    for line, ring, closed in ((outer, water.exterior, not open_end), (island, water.interiors[0], True)):
        x, y = coast.x[line], coast.y[line]
        np.testing.assert_array_equal(x[1:, 0], x[:-1, 1])
        np.testing.assert_array_equal(y[1:, 0], y[:-1, 1])
        assert (x[0, 0] == x[-1, 1] and y[0, 0] == y[-1, 1]) == closed
        expected = ring.length - (SIZE if not closed else 0)
        assert coast.length[line].sum() == pytest.approx(expected, rel=1e-12)
        np.testing.assert_allclose(
            coast.along()[line], np.cumsum(coast.length[line]) - coast.length[line], atol=1e-9
        )
    # water at the left of each side
    x, y = coast.middles
    left = shapely.points(x - 1e-3 * np.diff(coast.y).ravel(), y + 1e-3 * np.diff(coast.x).ravel())
    assert shapely.contains(water, left).all()
    assert len(coast) == np.count_nonzero(mesh.beyond == COAST)


def test_lengths_in_degrees_are_those_of_the_sphere() -> None:
    coast = coast_of(with_island(geographic=True))
    sphere = pyproj.Geod(a=EARTH_RADIUS, b=EARTH_RADIUS)
    _, _, expected = sphere.inv(coast.x[:, 0], coast.y[:, 0], coast.x[:, 1], coast.y[:, 1])
    np.testing.assert_allclose(coast.length, expected, rtol=1e-9)


@pytest.mark.parametrize("geographic", [False, True])
def test_the_nearest_side_is_that_of_brute_force(geographic) -> None:
    """Of places a billionth off a side, as strandings are, in the midst of the water, and on land."""
    coast = coast_of(with_island(geographic=geographic))
    random = np.random.default_rng(3)
    side, share = random.integers(0, len(coast), 3000), random.uniform(0.001, 0.999, 3000)
    off = 1e-9 * random.uniform(0.5, 2, 3000)
    along_x, along_y = np.diff(coast.x).ravel()[side], np.diff(coast.y).ravel()[side]
    x = coast.x[side, 0] + share * along_x - off * along_y
    y = coast.y[side, 0] + share * along_y + off * along_x
    np.testing.assert_array_equal(coast.nearest(x, y), side)
    (x0, x1), (y0, y1) = ((v.min(), v.max()) for v in (coast.x, coast.y))
    x, y = random.uniform(x0, x1, 400), random.uniform(y0, y1, 400)
    found = coast.nearest(x, y)
    per = np.stack([[np.cos(np.radians(50.5)), 1.0]]) if geographic else np.ones((1, 2))
    lines = shapely.linestrings(np.stack([coast.x, coast.y], axis=-1) * per)
    apart = shapely.distance(shapely.points(np.column_stack([x, y]) * per)[:, None], lines)
    water = shapely.contains_xy(water_of(with_island(geographic=geographic)), x, y)
    tolerance = 2e-2 if geographic else 1e-9  # metres of a degree change along the mesh
    assert (apart[np.arange(400), found] <= apart.min(axis=1) * (1 + tolerance) + 1e-12)[water].all()
    again = np.concatenate([coast.nearest(x[:7], y[:7]), coast.nearest(x[7:], y[7:])])
    np.testing.assert_array_equal(again, found)


def test_both_sides_of_a_wall_without_width_are_told_apart() -> None:
    """Two squares that share a side's place but no node."""
    x, y = np.array([0.0, 1, 1, 0, 1, 2, 2, 1]), np.array([0.0, 0, 1, 1, 0, 0, 1, 1])
    mesh = whole(x, y, np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]]))
    coast = coast_of(mesh)
    assert np.bincount(coast.line).tolist() == [4, 4]
    found = coast.nearest(np.array([1 - 1e-9, 1 + 1e-9]), np.array([0.4, 0.4]))
    assert coast.middles[0][found].tolist() == [1.0, 1.0]
    assert [coast.y[k].tolist() for k in found] == [
        [0.0, 1.0],
        [1.0, 0.0],
    ]  # up at the left one, down at the right one


def test_islands_that_touch_at_a_node_are_two_coastlines() -> None:
    """Round the node the coast goes on along the same water."""
    mesh = rectangle(SIZE, SIZE, elements=800, jitter=0.0)
    cells = np.stack([mesh.x, mesh.y])[:, mesh.triangles].mean(axis=2) // 5  # 20 by 20
    out = (cells == np.array([[6], [6]])).all(axis=0) | (cells == np.array([[7], [7]])).all(axis=0)
    coast = coast_of(whole(mesh.x, mesh.y, mesh.triangles[~out]))
    counts = np.bincount(coast.line)
    assert counts[1:].sum() == 8
    for number in range(1, len(counts)):
        ends = coast.x[coast.line == number], coast.y[coast.line == number]
        assert all(values[0, 0] == values[-1, 1] for values in ends)
