"""Ways through polygons: where they enter and leave, against looking at many points of each."""

import numpy as np
import pytest

from fvdrift_kernels.habitat import outlines
from fvdrift_kernels.passage import cut_ways
from fvdrift_kernels.whereabouts import find_polygons

STAR = [
    (5 + (4 if k % 2 else 1.7) * np.cos(k * np.pi / 7), 5 + (4 if k % 2 else 1.7) * np.sin(k * np.pi / 7))
    for k in range(14)
]
SQUARE, HOLE = [(4, 1), (12, 1), (12, 9), (4, 9)], [(8, 4), (10, 4), (10, 6), (8, 6)]


def sides_of(*polygons):
    """Each polygon a list of rings."""
    rings = [np.array(ring, float) for polygon in polygons for ring in polygon]
    first = np.concatenate([[0], np.cumsum([len(ring) for ring in rings])])
    px, py = np.concatenate(rings).T.copy()
    return outlines(px, py, first, np.concatenate([[0], np.cumsum([len(polygon) for polygon in polygons])]))


def cut(sides, ways, room=10_000):
    x0, y0, x1, y1 = np.array(ways, float).reshape(-1, 4).T.copy()
    way, end, code = np.empty(room, np.int64), np.empty(room), np.empty(room, np.int32)
    pieces = cut_ways(sides, x0, y0, x1, y1, np.empty(len(sides.side)), way, end, code)
    return pieces, way[:pieces], end[:pieces], code[:pieces]


def test_pieces_are_those_that_points_on_the_way_tell():
    """In the first polygon of several, through holes, along jagged sides."""
    sides, random = sides_of([STAR], [SQUARE, HOLE]), np.random.default_rng(1)
    ways = random.uniform(0, 13, (150, 4))
    _, way, end, code = cut(sides, ways)
    shares = (np.arange(4000) + 0.5) / 4000
    for k, (x0, y0, x1, y1) in enumerate(ways):
        found = np.empty(4000, np.int32)
        find_polygons(sides, x0 + shares * (x1 - x0), y0 + shares * (y1 - y0), found)
        mine = way == k
        assert end[mine][-1] == end[mine][-2] == 1
        told = code[mine][np.searchsorted(end[mine], shares)]
        assert np.count_nonzero(told != found) <= mine.sum()  # a point beside each crossing
    assert np.bincount(way).max() > 6


@pytest.mark.parametrize(("way", "ends", "codes"), [
    ((-5, 5, 25, 5), [1 / 6, 1 / 2, 5 / 6, 1, 1], [-1, 0, 1, -1, -1]),  # both have the side between them
    ((0, -5, 20, 15), [0.25, 0.5, 0.75, 1, 1], [-1, 0, 1, -1, -1]),
    ((5, 5, 5, 5), [1, 1], [0, 0]),
    ((-1, -1, 10, 10), [1 / 11, 1, 1], [-1, 0, -1]),  # in by a corner, and it ends on another
    ((-5, 5, 0, 5), [1, 1], [-1, 0]),  # it ends on the left side, which is the polygon's
    ((0, 5, -5, 5), [1, 1], [-1, -1]),
])  # fmt: skip
def test_sides_and_corners(way, ends, codes):
    """Two squares beside each other, from 0 to 10 and from 10 to 20."""
    sides = sides_of([[(0, 0), (10, 0), (10, 10), (0, 10)]], [[(10, 0), (20, 0), (20, 10), (10, 10)]])
    pieces, _, end, code = cut(sides, [way])
    assert pieces == len(ends)
    np.testing.assert_allclose(end, ends, rtol=1e-12)
    assert code.tolist() == codes


def test_nothing_is_cut_where_parts_of_a_polygon_overlap():
    one, other = [(0, 0), (10, 0), (10, 10), (0, 10)], [(5, 0), (15, 0), (15, 10), (5, 10)]
    px, py = np.array([*one, *other], float).T.copy()
    sides = outlines(px, py, np.array([0, 4, 8]), np.array([0, 2]), np.array([0, 1], np.int32))
    _, _, end, code = cut(sides, [(-5, 5, 20, 5)])
    np.testing.assert_allclose(end, [0.2, 0.8, 1, 1], rtol=1e-12)
    assert code.tolist() == [-1, 0, -1, -1]


def test_where_there_is_no_room_it_says_how_much_is_needed():
    sides, ways = sides_of([SQUARE, HOLE]), np.tile([0.0, 5.0, 13.0, 5.0], (30, 1))
    needed, *_ = cut(sides, ways)
    assert needed == 30 * 6
    for room in (0, 1, 7, 100):
        assert cut(sides, ways, room)[0] >= needed
