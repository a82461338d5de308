"""What stops a move, each rule on a square whose sides are known: coast, open boundary, end of the piece,
surface and bed."""

import numpy as np
import pytest

from fvdrift_kernels import boundary, locate
from fvdrift_kernels.boundary import INSIDE, moved, pulled_inside
from fvdrift_kernels.jit import kernel_called
from fvdrift_kernels.options import Geographic
from fvdrift_kernels.state import ACTIVE, END_OF_PIECE, EXITED, REFLECT, SLIDE, STRAND, STRANDED
from simple_meshes import rectangle
from tank import Tank

SIZE = 100.0
within_column, local_coordinates = (
    kernel_called(boundary.within_column),
    kernel_called(locate.local_coordinates),
)
CLOSE = 1e-6  # m: the barycentric distance INSIDE on elements of 10 m is 1e-8 m


@pytest.fixture(scope="module")
def square():
    return Tank(rectangle(SIZE, SIZE, elements=200))


def move(tank, coast, x, y, dx, dy):
    e = tank.locate([x], [y])[0]
    return moved(tank.whole.element, None, coast, e, x, y, dx, dy)


@pytest.mark.parametrize("coast", [SLIDE, REFLECT, STRAND])
def test_a_move_in_the_water_is_made_whole(square, coast):
    status, e, x, y = move(square, coast, 12.5, 33.3, 40.0, 21.0)
    assert (status, x, y) == (ACTIVE, 52.5, 54.3)
    assert e == square.locate([52.5], [54.3])[0]


@pytest.mark.parametrize(
    ("coast", "expected"),
    [
        (SLIDE, (ACTIVE, 60.0, 0.0)),
        (REFLECT, (ACTIVE, 60.0, 20.0)),
        (STRAND, (STRANDED, 40.0, 0.0)),
    ],
)
def test_each_rule_does_its_own_at_a_straight_coast(square, coast, expected):
    """From 10 m off the wall, 30 m towards it and 30 m along it."""
    status, _, x, y = move(square, coast, 30.0, 10.0, 30.0, -30.0)
    assert status == expected[0]
    np.testing.assert_allclose((x, y), expected[1:], atol=CLOSE)


def test_a_slide_ends_in_the_corner_and_a_reflection_comes_out_of_it(square):
    assert move(square, SLIDE, 90.0, 10.0, 50.0, -30.0)[2:] == pytest.approx((SIZE, 0.0), abs=CLOSE)
    assert move(square, REFLECT, 90.0, 10.0, 50.0, -30.0)[2:] == pytest.approx((60.0, 20.0), abs=CLOSE)


def test_a_long_reflection_bounces_many_times(square):
    """1000 m along a diagonal of slope 2: unfolding the square says where it ends."""
    dx, dy = 447.0, 894.0
    status, _, x, y = move(square, REFLECT, 50.0, 20.0, dx, dy)
    unfolded = [abs((start + way + SIZE) % (2 * SIZE) - SIZE) for start, way in ((50.0, dx), (20.0, dy))]
    assert status == ACTIVE
    np.testing.assert_allclose((x, y), unfolded, atol=1e-5)


def test_the_open_boundary_lets_out_where_the_path_meets_it():
    tank = Tank(rectangle(SIZE, SIZE, elements=200), is_open=lambda x, y: x > SIZE - 1e-6)
    status, _, x, y = move(tank, SLIDE, 80.0, 50.0, 40.0, 10.0)
    assert status == EXITED
    np.testing.assert_allclose((x, y), (SIZE, 55.0), atol=CLOSE)
    assert move(tank, SLIDE, 20.0, 50.0, -40.0, 0.0)[0] == ACTIVE


def test_the_end_of_the_piece_stops_the_judgement(square):
    element = square.whole.element.copy()
    e = int(square.locate([50.0], [50.0])[0])
    for name in ("beyond0", "beyond1", "beyond2"):
        element[e][name] = END_OF_PIECE
    assert moved(element, None, SLIDE, e, 50.0, 50.0, 80.0, 0.0)[0] == END_OF_PIECE


def test_what_is_pulled_inside_lies_inside_and_hardly_elsewhere(square):
    w, random = square.whole, np.random.default_rng(1)
    for e in range(0, w.elements, 7):
        for side in range(3):
            a, b = w.corners[e, (side + 1) % 3], w.corners[e, (side + 2) % 3]
            for along in (0.0, 1.0, random.random()):
                x, y = w.x[a] + along * (w.x[b] - w.x[a]), w.y[a] + along * (w.y[b] - w.y[a])
                new_x, new_y = pulled_inside(w.element[e], side, x, y)
                lowest = min(local_coordinates(w.element[e], new_x, new_y))
                assert 0.4 * INSIDE < lowest < 2 * INSIDE
                assert np.hypot(new_x - x, new_y - y) < 1e-6


@pytest.mark.parametrize(
    ("sigma", "expected"),
    [(-0.3, -0.3), (0.2, -0.2), (-1.25, -0.75), (0.0, 0.0), (-1.0, -1.0), (-3.5, 0.0), (1.5, -0.5)],
)
def test_surface_and_bed_reflect(sigma, expected):
    assert within_column(sigma) == pytest.approx(expected)
    assert -1.0 <= within_column(sigma) <= 0.0


def test_a_coast_on_the_sphere_reflects_in_metres():
    """A wall that runs north-east in metres at 60 degrees north: what comes from the east leaves to the
    north, as far."""
    lat = 60.0
    metres = 6371000.0 * np.pi / 180.0
    per_x, per_y = metres * np.cos(np.radians(lat)), metres
    x, y = np.array([0.0, 1000.0, -1000.0]) / per_x, lat + np.array([0.0, 1000.0, 1000.0]) / per_y
    mesh = type(rectangle(1.0, 1.0, elements=2))(x, y, np.array([[0, 1, 2]]))
    tank = Tank(mesh, geographic=True)
    e, start = 0, (0.0, lat + 500.0 / per_y)  # 500 m north of the corner: 500 m west of the wall
    assert isinstance(tank.whole.metric, Geographic)
    _, _, x1, y1 = moved(tank.whole.element, tank.whole.metric, REFLECT, e, *start, 700.0 / per_x, 0.0)
    np.testing.assert_allclose(((x1 - start[0]) * per_x, (y1 - start[1]) * per_y), (500.0, 200.0), atol=0.2)
