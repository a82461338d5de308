"""Density and exposure against counting one particle after the other."""

from dataclasses import replace

import numpy as np
import pytest

from fvdrift.tools.sphere import EARTH_RADIUS

from .world import HOUR, numbers_of, square_mesh, still, wandering

GRID = {"box": [0.0, 10.0, 90.0, 100.0], "cells": [6, 3]}


def test_counts_of_boxes_and_ages_are_those_of_a_loop():
    world = wandering(1)
    numbers = numbers_of(
        world, [{"kind": "density", **GRID, "ages": ["1h", "3h", "8h"], "every": "2h", "period": "4h"}]
    )
    expected = np.zeros((4, 2, 3, 6), int)
    for row in range(0, 14, 2):
        for p in np.flatnonzero(world.there[row]):
            x, y, hours = world.x[row, p], world.y[row, p], world.age[row, p] / 3600
            if 0 <= x <= 90 and 10 <= y <= 100 and 1 <= hours < 8:
                expected[row // 4, int(hours >= 3), min(int((y - 10) / 30), 2), min(int(x / 15), 5)] += 1
    np.testing.assert_array_equal(numbers["density_count"], expected)
    looks = np.array([2, 2, 2, 1]).reshape(-1, 1, 1, 1)
    np.testing.assert_allclose(numbers["density_density"], expected / looks / (15 * 30), rtol=1e-14)
    np.testing.assert_array_equal(numbers["density_time"] / 3600, [0, 4, 8, 12])
    np.testing.assert_array_equal(numbers["density_time_bounds"] / 3600, [[0, 2], [4, 6], [8, 10], [12, 12]])


def test_boxes_have_their_lower_sides_and_the_last_ones_their_upper():
    world = still([0.0, 15.0, 90.0, 90.0, -1e-9, 90.0 + 1e-9], [10.0, 40.0, 100.0, 70.0, 50.0, 50.0], 0)
    counts = numbers_of(world, [{"kind": "density", **GRID}])["density_count"][0]
    assert [tuple(map(int, at)) for at in np.argwhere(counts)] == [(0, 0), (1, 1), (2, 5)]
    assert counts.sum() == 4


@pytest.mark.parametrize(("first", "last", "cells"), [
    (0.0, 0.7, 7), (0.1, 0.8, 7), (10.0, 10.7, 7), (-0.3, 0.6, 9), (1000.0, 1001.2, 12), (174.1, 175.3, 12), (4e5, 4.1e5, 253),
])  # fmt: skip
def test_a_point_on_the_left_side_of_a_cell_is_in_it(first, last, cells):
    """Where the file says that it is, and the next number below is in the cell before. By a product: 2 1 1 0
    1 1 1."""
    sides = np.linspace(first, last, cells + 1)
    below = np.nextafter(sides[1:-1], -np.inf)
    x = np.concatenate([sides[:-1], below])
    grid = {"box": [first, 0.0, last, 1.0], "cells": [cells, 1]}
    numbers = numbers_of(still(x, 0.5, 0), [{"kind": "density", **grid}])
    assert numbers["density_count"][0, 0].tolist() == [2] * (cells - 1) + [1]
    np.testing.assert_array_equal(numbers["density_x_bounds"], np.stack([sides[:-1], sides[1:]], axis=1))


@pytest.mark.parametrize(("stride", "ages"), [(1, None), (3, None), (3, ["1h", "4h", "8h"])])
def test_exposure_is_time_by_trapezoids_from_release_to_the_last_look(stride, ages):
    """Half of the time between two looks to the cell at the one, half to that at the other; periods and ages
    cut it."""
    world = wandering(4, mortal=False)
    more = {"ages": ages} if ages else {}
    numbers = numbers_of(world, [{"kind": "exposure", **GRID, "every": f"{stride}h", "period": "6h", **more}])
    edges = [0, 1e9] if ages is None else [int(age[:-1]) for age in ages]
    looks = list(range(0, 14, stride))
    expected = np.zeros((3, len(edges) - 1, 3, 6))
    for p in range(400):
        born = int(world.born[p])
        rows = [born, *(row for row in looks if row > born)]
        for before, row in zip(rows[:-1], rows[1:], strict=True):
            for at, begin, end in ((before, before, (before + row) / 2), (row, (before + row) / 2, row)):
                x, y = world.x[at, p], world.y[at, p]
                if not (0 <= x <= 90 and 10 <= y <= 100):
                    continue
                for k, (low, high) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
                    length = max(min(end - born, high) - max(begin - born, low), 0)
                    period = (max(look for look in looks if look <= before) if row in looks else 0) // 6
                    expected[period, k, min(int((y - 10) / 30), 2), min(int(x / 15), 5)] += 3600 * length
    found = numbers["exposure_exposure"].reshape(expected.shape)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert expected.sum() > 1e6
    ends = [6, 12, looks[-1]]
    np.testing.assert_array_equal(
        numbers["exposure_time_bounds"] / 3600, np.stack([[0, 6, 12], ends], axis=1)
    )


@pytest.mark.parametrize(("every", "error"), [("10min", 1e-3), ("30min", 5e-3), ("3h", 0.07)])
def test_exposure_depends_on_how_often_is_looked_to_second_order_only(every, error):
    """Released evenly over 9 km every 10 min for 12 h, at 0.5 m/s: 9000 s each in the cell they start in, 18
    000 s in the next.

    Counts times every gave 13 049 s at 3 h, the more the longer.
    """
    born, row = np.repeat(np.arange(72), 20), np.arange(24 * 6 + 1)[:, np.newaxis]
    x0 = 9000 * (((np.arange(1440) * 577) % 1440 + 0.5) / 1440)
    world = replace(still(x0, 5.0, 24 * 6, every=HOUR // 6), born=born)
    world.x[:] = np.where(row < born, np.nan, x0 + 300.0 * (row - born))
    world.status[:] = np.where(row < born, 0, 1)
    grid = {"box": [0.0, 0.0, 18000.0, 10.0], "cells": [2, 1], "ages": ["0h", "6h", "12h"], "every": every}
    numbers = numbers_of(world, [{"kind": "exposure", **grid}])
    each = numbers["exposure_exposure"][0, :, 0, :] / 1440
    assert each[:, 0].sum() == pytest.approx(9000, rel=error)
    assert each[:, 1].sum() == pytest.approx(18000, rel=error)
    # from the last 1.8 km some leave before
    assert each[0].sum() == pytest.approx(6 * 3600 - 1800**2 / 9000, rel=error)


def test_who_is_counted_as_exposed_by_status_is_so_by_trapezoids_too():
    world = still(np.full((5, 1), 5.0), 50.0, 4)
    world.status[2:] = 2
    for status, hours in (("active", 1.5), ("stranded", 2.5)):
        numbers = numbers_of(world, [{"kind": "exposure", **GRID, "status": [status]}])
        assert numbers["exposure_exposure"].sum() == 3600 * hours
        assert numbers["exposure_time_bounds"].tolist() == [[0, 4 * 3600]]


@pytest.mark.parametrize("geographic", [False, True])
def test_elements_are_those_that_hold_the_particle(geographic):
    """Also at sides and nodes, where several do: then one of them, always the same; and just beyond the
    edge."""
    mesh, random = square_mesh(geographic=geographic), np.random.default_rng(2)
    scale, low = (1e-3, 50.0) if geographic else (1.0, 0.0)
    x, y = random.uniform(0, 100, (2, 500)) * scale
    x, y = (
        np.concatenate([x, mesh.x, [-1e-10 * scale]]),
        np.concatenate([y + low, mesh.y, [50 * scale + low]]),
    )
    world = still(x, y, 1)
    numbers = numbers_of(world, [{"kind": "density"}], mesh=mesh, geographic=geographic)
    corners, nx, ny = (
        numbers["mesh_face_nodes"],
        *(numbers[f"mesh_node_{a}"] for a in (("lon", "lat") if geographic else "xy")),
    )
    counts = numbers["density_count"][0]
    assert counts.sum() == len(x)
    np.testing.assert_array_equal(numbers["density_count"][1], counts)
    expected = np.zeros(len(corners), int)
    for a, b in zip(x[:500], y[:500], strict=True):
        (x0, x1, x2), (y0, y1, y2) = nx[corners].T, ny[corners].T
        sides = ((x1 - x0) * (b - y0) - (y1 - y0) * (a - x0), (x2 - x1) * (b - y1) - (y2 - y1) * (a - x1),
                 (x0 - x2) * (b - y2) - (y0 - y2) * (a - x2))  # fmt: skip
        expected[np.argmax(np.minimum.reduce(sides))] += 1
    assert (counts >= expected).all()
    area = counts[counts > 0] / numbers["density_density"][0][counts > 0]
    twice = np.abs((nx[corners][:, 1] - nx[corners][:, 0]) * (ny[corners][:, 2] - ny[corners][:, 0])
                   - (nx[corners][:, 2] - nx[corners][:, 0]) * (ny[corners][:, 1] - ny[corners][:, 0]))[counts > 0]  # fmt: skip
    metres = np.pi / 180 * EARTH_RADIUS
    factor = metres**2 * np.cos(np.radians(ny[corners].mean(axis=1)))[counts > 0] if geographic else 1.0
    np.testing.assert_allclose(area, 0.5 * twice * factor, rtol=1e-9)


def test_a_box_in_degrees_may_be_given_on_another_turn():
    """The run has longitudes from 0 to 360."""
    grid = {"box": [-131.0, 20.0, -129.0, 22.0], "cells": [2, 2]}
    numbers = numbers_of(
        still([229.5, 230.5], [20.5, 21.5], 0), [{"kind": "density", **grid}], geographic=True,
        to_run=lambda x, y, kind: (x + 360 * np.round((230 - x) / 360), y),
    )  # fmt: skip
    assert numbers["density_count"][0].tolist() == [[1, 0], [0, 1]]
    assert numbers["density_lon"].tolist() == [229.5, 230.5]


@pytest.mark.parametrize(
    "box", [[170, -10, 190, 10], [-190, -10, -170, 10], [-180, -90, 180, 90], [0, -90, 360, 90]]
)
@pytest.mark.parametrize("middle", [0.0, 180.0])
def test_a_box_over_the_ends_of_a_mesh_counts_on_both(box, middle):
    """Particles round the whole Earth: half of those over the date line are at the other end of the
    longitudes."""
    lon = np.random.default_rng(4).uniform(middle - 180, middle + 180, 5000)
    lat = np.random.default_rng(5).uniform(-90, 90, 5000)
    world = still(lon, lat, 0)
    numbers = numbers_of(
        world, [{"kind": "density", "box": box, "cells": [4, 1]}], geographic=True,
        to_run=lambda x, y, kind: (x + 360 * np.round((middle - x) / 360), y),
    )  # fmt: skip
    east = (lon - box[0]) % 360 / (box[2] - box[0])
    there = (east < 1) & (lat > box[1]) & (lat < box[3])
    expected = np.bincount((4 * east[there]).astype(int), minlength=4)
    assert numbers["density_count"][0, 0].tolist() == expected.tolist()


def test_boxes_of_degrees_have_the_areas_of_the_sphere():
    world = still([10.0], [20.0], 0)
    grid = {"box": [-180.0, -90.0, 180.0, 90.0], "cells": [36, 18]}
    numbers = numbers_of(world, [{"kind": "density", **grid}], geographic=True)
    assert numbers["density_cell_area"].sum() == pytest.approx(4 * np.pi * EARTH_RADIUS**2, rel=1e-12)
    assert numbers["density_count"][0, 11, 19] == 1
