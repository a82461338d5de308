"""Places of particles: inside their shape, in the water, evenly spread, and the same whoever asks."""

import os
import subprocess
import sys

import numpy as np
import pytest

from fvdrift_kernels import scatter
from fvdrift_kernels.geometry import fill_elements
from fvdrift_kernels.locate import search_grid
from fvdrift_kernels.state import ELEMENT, Mesh, stencil_type

R = 6371000.0


def rectangle(x0, y0, x1, y1):
    """Mesh and grid of a rectangle of two elements."""
    x, y = np.array([x0, x1, x1, x0], float), np.array([y0, y0, y1, y1], float)
    corners = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    element = np.zeros(2, ELEMENT).view(np.recarray)  # so that plain Python knows its fields too
    fill_elements(x, y, corners, np.array([[-1, 1, -1], [-1, -1, 0]], np.int32), element)
    return Mesh(
        element, np.zeros(2, stencil_type()), corners, np.float32([[0.0, -0.5, -1.0]]), 0
    ), search_grid(x, y, corners)


def out(count):
    return np.empty(count), np.empty(count), np.empty(count, np.int32)


def rings(*polygons):
    points = np.concatenate([np.array(p, float) for p in polygons])
    first = np.concatenate(([0], np.cumsum([len(p) for p in polygons])))
    return points[:, 0].copy(), points[:, 1].copy(), first, np.zeros(len(polygons), np.int32)


def in_area(water, shape, count, geographic=False, seed=1, first_id=0):
    x, y, element = out(count)
    placed = scatter.scatter_polygon(*water, seed, first_id, *shape, geographic, x, y, element)
    return placed, x, y, element


def at_points(water, px, py, end, radius, count, geographic=False, seed=1, first_id=0, offset=0):
    x, y, element = out(count)
    px, py, end = np.array(px, float), np.array(py, float), np.array(end, np.int64)
    placed = scatter.scatter_points(
        *water, seed, first_id, offset, px, py, end, radius, geographic, x, y, element
    )
    return placed, x, y, element


def along(water, px, py, count, geographic=False):
    x, y, element = out(count)
    px, py = np.array(px, float), np.array(py, float)
    length = np.empty(len(px))
    scatter.line_lengths(px, py, geographic, length)
    return scatter.scatter_line(*water, 1, 0, px, py, length, x, y, element), x, y, element, length


def assert_uniform(values, low, high):
    """Kolmogorov's distance below what one sample in a million exceeds."""
    ordered = np.sort((values - low) / (high - low))
    n = len(ordered)
    distance = max(np.max(np.arange(1, n + 1) / n - ordered), np.max(ordered - np.arange(n) / n))
    assert distance < 2.7 / np.sqrt(n)


WATER = rectangle(0, 0, 10, 10)


def test_parts_that_overlap_are_one_area():
    """Three squares of 9 whose union is 14: 9 + 9 - 4, and one within."""
    x, y, first, _ = rings(
        *([[a, a], [a + s, a], [a + s, a + s], [a, a + s]] for a, s in ((2, 3), (3, 3), (3.5, 1)))
    )
    count = 14_000
    placed, x, y, _ = in_area(WATER, (x, y, first, np.arange(3, dtype=np.int32)), count)
    assert placed == count
    both = np.count_nonzero((abs(x - 4) < 1) & (abs(y - 4) < 1))
    assert abs(both - 4000) < 4 * np.sqrt(4000 * 10 / 14)


SQUARE = [[2, 2], [8, 2], [8, 8], [2, 8]]


@pytest.mark.parametrize("geographic", [False, True])
def test_an_area_is_filled_evenly_by_its_water(geographic):
    """20 - 0.8 (x + y) m deep, 16 - 0.8 x over all y: water up to x grows as 16 x - 0.4 x2. Even on the map
    is told apart."""
    mesh, area = rectangle(0, 0, 10, 10), rings([[0, 0], [10, 0], [10, 10], [0, 10]])
    fill = scatter.Water(np.array([20.0, 12.0, 4.0, 12.0]), 20.0)
    x, y, element = out(20_000)
    assert scatter.scatter_by_volume(*mesh, 1, 0, *area, fill, geographic, x, y, element) == 20_000
    assert (element >= 0).all()
    assert_uniform((16 * x - 0.4 * x**2) / 120, 0, 1)
    _, even, *_ = in_area(mesh, area, 20_000, geographic)
    with pytest.raises(AssertionError):
        assert_uniform((16 * even - 0.4 * even**2) / 120, 0, 1)


def test_no_place_is_on_land_where_water_is_filled():
    mesh = rectangle(0, 0, 10, 10)
    x, y, element = out(2000)
    area = rings([[0, 0], [10, 0], [10, 10], [0, 10]])
    land, corner = scatter.Water(np.zeros(4), 0.0), scatter.Water(np.array([0.0, 0, 0, 9]), 9.0)
    assert scatter.scatter_by_volume(*mesh, 1, 0, *area, land, False, x[:5], y[:5], element[:5]) == 0
    assert scatter.scatter_by_volume(*mesh, 1, 0, *area, corner, False, x, y, element) == 2000
    assert (element == 1).all()


def test_an_explicit_point_stays_exactly_where_it_is():
    placed, x, y, element = at_points(WATER, [1.1, 7.3, 20.0], [0.3, 9.9, 1.0], [2, 3, 4], 0.0, 4)
    assert placed == 3
    assert x.tolist() == [1.1, 1.1, 7.3, 20.0]
    assert y.tolist() == [0.3, 0.3, 9.9, 1.0]
    assert element.tolist() == [0, 0, 1, -1]


def test_points_are_taken_up_in_the_middle_of_their_particles():
    _, whole, *_ = at_points(WATER, [1, 2, 3], [1, 2, 3], [3, 3, 7], 0.5, 7)
    _, rest, *_ = at_points(WATER, [1, 2, 3], [1, 2, 3], [3, 3, 7], 0.5, 5, first_id=2, offset=2)
    assert rest.tolist() == whole[2:].tolist()
    assert abs(whole[:3] - 1).max() <= 0.5
    assert abs(whole[3:] - 3).max() <= 0.5


def test_a_disc_is_filled_evenly_by_area():
    placed, x, y, _ = at_points(WATER, [5], [5], [20_000], 2.0, 20_000)
    assert placed == 20_000
    r2 = (x - 5) ** 2 + (y - 5) ** 2
    assert r2.max() <= 4.0
    assert_uniform(r2, 0, 4)
    assert_uniform(np.arctan2(y - 5, x - 5), -np.pi, np.pi)


def test_a_disc_in_degrees_is_round_in_metres():
    water = rectangle(-10, 50, 10, 70)
    _, x, y, _ = at_points(water, [0], [60], [20_000], 3000.0, 20_000, geographic=True)
    east = np.radians(x) * R * np.cos(np.radians(60))
    north = np.radians(y - 60) * R
    assert_uniform(east**2 + north**2, 0, 3000.0**2)
    assert abs(east).max() == pytest.approx(3000, rel=0.01)
    assert abs(north).max() == pytest.approx(3000, rel=0.01)


def test_a_disc_half_on_land_uses_its_water():
    placed, x, y, element = at_points(WATER, [0], [5], [5000], 2.0, 5000)
    assert placed == 5000
    assert x.min() >= -1e-8
    assert element.min() >= 0
    assert_uniform(x**2 + (y - 5) ** 2, 0, 4)


def test_a_disc_on_land_gives_up_once_for_all_its_particles():
    placed, x, _, element = at_points(WATER, [50, 5], [50, 5], [1_000_000, 1_000_001], 1.0, 1_000_001)
    assert placed == 1
    assert element[:-1].max() == -1
    assert element[-1] >= 0
    assert (x[:-1] == 50).all()


def test_an_area_is_filled_evenly_and_its_hole_is_empty():
    hole = [[3, 3], [3, 5], [5, 5], [5, 3]]
    placed, x, y, element = in_area(WATER, rings(SQUARE, hole), 30_000)
    assert placed == 30_000
    assert element.min() >= 0
    assert not ((x > 3) & (x < 5) & (y > 3) & (y < 5)).any()
    assert x.min() >= 2
    assert x.max() <= 8
    # each unit square outside the hole has its share, within six standard errors
    counts = np.histogram2d(x, y, bins=(np.arange(2, 9), np.arange(2, 9)))[0]
    share = 30_000 / 32
    outside = np.ones((6, 6), bool)
    outside[1:3, 1:3] = False
    assert abs(counts[outside] - share).max() < 6 * np.sqrt(share)
    assert counts[~outside].sum() == 0


def test_parts_of_an_area_share_by_size():
    big, small = [[0, 0], [4, 0], [4, 4], [0, 4]], [[6, 6], [8, 6], [8, 8], [6, 8]]
    _, x, _, _ = in_area(WATER, rings(big, small), 20_000)
    share = np.mean(x > 5)
    assert abs(share - 0.2) < 6 * np.sqrt(0.16 / 20_000)


def test_an_area_over_land_uses_its_water_part():
    placed, x, _, element = in_area(
        WATER, rings([[-1000, -1000], [5, -1000], [5, 1000], [-1000, 1000]]), 10_000
    )
    assert placed == 10_000
    assert element.min() >= 0
    assert_uniform(x, 0, 5)


def test_an_area_in_degrees_is_filled_evenly_on_the_sphere():
    water = rectangle(0, 0, 10, 80)
    _, x, y, _ = in_area(water, rings([[0, 0], [10, 0], [10, 80], [0, 80]]), 20_000, geographic=True)
    assert_uniform(np.sin(np.radians(y)), 0, np.sin(np.radians(80)))
    assert_uniform(x, 0, 10)
    # the same test must notice degrees taken for metres
    _, _, flat, _ = in_area(water, rings([[0, 0], [10, 0], [10, 80], [0, 80]]), 20_000, geographic=False)
    with pytest.raises(AssertionError):
        assert_uniform(np.sin(np.radians(flat)), 0, np.sin(np.radians(80)))


@pytest.mark.parametrize("where", [100.0, 9.999])
def test_an_area_without_water_ends_at_once(where):
    corner = [[where, where + 0.01], [where + 5, where + 0.01], [where + 5, where + 5]]
    if where < 10:
        corner = [[10.0, 9.0], [10.0, 10.0], [11.0, 10.0]]
        corner = [[a + 1e-3, b] for a, b in corner]
    placed, x, _, element = in_area(WATER, rings(corner), 1000)
    assert placed == 0
    assert (element == -1).all()
    assert np.isnan(x).all()


def test_a_sliver_of_water_is_found_by_most_or_given_up_by_all_after():
    placed, x, _, element = in_area(WATER, rings([[-1, 9.9999], [1, 9.9999], [1, 12], [-1, 12]]), 200)
    assert placed == np.count_nonzero(element >= 0)
    assert np.isfinite(x[:placed]).all()
    assert np.isnan(x[placed:]).all()


def test_a_line_is_filled_evenly_along_its_length():
    px, py = [[1, 5], [5, 5]], [[2, 2], [2, 10]]
    placed, x, y, _, length = along(WATER, px, py, 20_000)
    assert placed == 20_000
    assert length.tolist() == [4, 12]
    assert_uniform(np.where(y == 2, x - 1, 4 + y - 2), 0, 12)


def test_a_line_across_land_uses_its_water():
    placed, x, _, element, _ = along(WATER, [[-30, 5]], [[5, 5]], 5000)
    assert placed == 5000
    assert element.min() >= 0
    assert_uniform(x, 0, 5)
    placed, x, *_ = along(WATER, [[20, 30]], [[5, 5]], 100)
    assert placed == 0
    assert np.isnan(x).all()


def test_lines_in_degrees_are_measured_in_metres():
    water = rectangle(-10, 50, 10, 70)
    *_, length = along(water, [[0, 1], [1, 1]], [[60, 60], [60, 61]], 1, geographic=True)
    assert length[0] == pytest.approx(np.radians(1) * R / 2, rel=1e-3)
    assert length[1] - length[0] == pytest.approx(np.radians(1) * R, rel=1e-12)


def test_a_particle_has_its_place_whoever_asks_and_in_whatever_company():
    shape = rings(SQUARE)
    _, x, y, element = in_area(WATER, shape, 100, first_id=1000)
    for start, count in ((0, 1), (37, 20), (99, 1)):
        _, some_x, some_y, some_element = in_area(WATER, shape, count, first_id=1000 + start)
        assert some_x.tobytes() == x[start : start + count].tobytes()
        assert some_y.tobytes() == y[start : start + count].tobytes()
        assert some_element.tobytes() == element[start : start + count].tobytes()
    assert (in_area(WATER, shape, 100, first_id=1000, seed=2)[1] != x).all()


def test_plain_python_finds_the_same_places():
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import warnings; warnings.simplefilter('error')\n"
        "import test_scatter as t\n"
        "print(*t.in_area(t.WATER, t.rings(t.SQUARE), 20, first_id=2**40)[1].tolist())\n"
        "print(*t.at_points(t.WATER, [5], [5], [20], 1.0, 20)[1].tolist())\n"
        "print(*t.along(t.WATER, [[1, 5]], [[2, 7]], 20)[1].tolist())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, os.path.dirname(__file__)],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    expected = [
        in_area(WATER, rings(SQUARE), 20, first_id=2**40)[1],
        at_points(WATER, [5], [5], [20], 1.0, 20)[1],
        along(WATER, [[1, 5]], [[2, 7]], 20)[1],
    ]
    for line, values in zip(done.stdout.splitlines(), expected, strict=True):
        np.testing.assert_allclose([float(v) for v in line.split()], values, rtol=1e-14)
