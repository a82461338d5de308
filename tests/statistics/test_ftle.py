"""Finite-time Lyapunov exponents against linear flows and against the double gyre's."""

import numpy as np
import pytest

from fvdrift.errors import RunFileError

from .world import HOUR, asked, found, numbers_of, plan_of, still

COLUMNS, ROWS = 401, 201


def grid(columns, rows, width, height):
    x, y = np.meshgrid(np.linspace(0, width, columns), np.linspace(0, height, rows))
    return x.ravel(), y.ravel()


def moved(x, y, *, hours=1, every=HOUR, **options):
    """Particles that are in the first row at x[0], y[0], and so on."""
    return still(np.stack(x), np.stack(y), len(x) - 1, every=every, **options)


@pytest.mark.parametrize("geographic", [False, True])
def test_a_linear_flow_has_its_largest_stretching_everywhere(geographic):
    """x' = F x with singular values 3 and 1/2: ln 3 over the time, wherever the grid's rows and columns
    point."""
    x, y = grid(6, 5, 10.0, 7.0)
    turn = np.array([[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]])
    flow = turn @ np.diag([3.0, 0.5]) @ np.array([[0.6, -0.8], [0.8, 0.6]])
    x, y = turn @ np.stack([x, 1.3 * y + 0.2 * x])
    u, v = flow @ np.stack([x, y])
    if geographic:  # small enough to lie at one latitude, where degrees are metres by two factors
        size = 1e-6
        x, y, u, v = (
            x * size / np.cos(np.radians(50)),
            50 + y * size,
            u * size / np.cos(np.radians(50)),
            50 + v * size,
        )
    numbers = numbers_of(moved((x, u), (y, v)), [{"kind": "ftle", "points": [6, 5]}], geographic=geographic)
    field = numbers["ftle_exponent"]
    np.testing.assert_allclose(field[1:-1, 1:-1], np.log(3) / 3600, rtol=1e-5 if geographic else 1e-12)
    assert np.isnan(field).sum() == 2 * 6 + 2 * 3  # the edges have no neighbours on both sides
    assert numbers["ftle_age"] == 3600


def test_a_particle_that_is_not_there_leaves_a_hole_round_it():
    x, y = grid(5, 5, 4.0, 4.0)
    end = 2 * x
    end[12] = np.nan
    numbers = numbers_of(moved((x, end), (y, y)), [{"kind": "ftle", "points": [5, 5]}])
    holes = np.argwhere(np.isnan(numbers["ftle_exponent"][1:-1, 1:-1])).tolist()
    assert holes == [[0, 1], [1, 0], [1, 2], [2, 1]]


def test_the_age_asked_for_counts_or_else_the_last_look():
    x, y = grid(3, 3, 2.0, 2.0)
    world = moved((x, 2 * x, 4 * x, 8 * x), (y, y, y, y))
    statistics = [
        {"kind": "ftle", "points": [3, 3]}, {"kind": "ftle", "name": "two", "points": [3, 3], "after": "2h"},
        {"kind": "ftle", "name": "seldom", "points": [3, 3], "every": "2h"},
    ]  # fmt: skip
    numbers = numbers_of(world, statistics)
    for name, hours in (("ftle", 3), ("two", 2), ("seldom", 2)):
        assert numbers[f"{name}_age"] == hours * 3600
        np.testing.assert_allclose(numbers[f"{name}_exponent"][1, 1], np.log(2) / 3600, rtol=1e-12)
    early = found(asked(world, plan_of(world, statistics), rows=range(2)))
    assert early["ftle_age"] == 3600
    assert np.isnan(early["two_exponent"]).all()


@pytest.mark.parametrize(("change", "sentence"), [
    ({"points": [4, 3]}, "4 x 3 is not 9"), ({"after": "4h"}, "no record at that age"),
    ({"releases": ["b"]}, "more than one time"), ({"releases": ["a", "b"]}, "is one release"),
])  # fmt: skip
def test_what_is_no_grid_is_refused(change, sentence):
    x, y = grid(3, 3, 2.0, 2.0)
    world = still(
        np.append(x, [0.0, 0.0]), np.append(y, [1.0, 2.0]), 3, release=[0] * 9 + [1, 1], names=("a", "b")
    )
    world.born[-1] = 1
    with pytest.raises(RunFileError, match=sentence):
        plan_of(world, [{"kind": "ftle", "points": [3, 3], "releases": ["a"], **change}])


def double_gyre(x, y, t):
    """Shadden, Lekien & Marsden 2005 with A = 0.1, eps = 0.25, period 10."""
    a = 0.25 * np.sin(2 * np.pi * t / 10)
    f, slope = a * x**2 + (1 - 2 * a) * x, 2 * a * x + 1 - 2 * a
    return (
        -np.pi * 0.1 * np.sin(np.pi * f) * np.cos(np.pi * y),
        np.pi * 0.1 * np.cos(np.pi * f) * np.sin(np.pi * y) * slope,
    )


def test_r6_the_double_gyre_has_the_exponents_of_finite_differences():
    """The set that central differences of the same 401 x 201 particles give: maximum, where, mean, 95 %
    quantile; ridges."""
    x0, y0 = grid(COLUMNS, ROWS, 2.0, 1.0)
    x, y, steps = x0, y0, 300
    h = 15.0 / steps
    for n in range(steps):
        t = n * h
        k1 = double_gyre(x, y, t)
        k2 = double_gyre(x + 0.5 * h * k1[0], y + 0.5 * h * k1[1], t + 0.5 * h)
        k3 = double_gyre(x + 0.5 * h * k2[0], y + 0.5 * h * k2[1], t + 0.5 * h)
        k4 = double_gyre(x + h * k3[0], y + h * k3[1], t + h)
        x, y = (
            p + h / 6 * (a + 2 * b + 2 * c + d) for p, a, b, c, d in zip((x, y), k1, k2, k3, k4, strict=True)
        )
    world = moved((x0, x), (y0, y), every=15_000_000)
    field = numbers_of(world, [{"kind": "ftle", "points": [COLUMNS, ROWS]}])["ftle_exponent"]
    j, i = np.unravel_index(np.nanargmax(field), field.shape)
    place = i * 2.0 / (COLUMNS - 1), j * 1.0 / (ROWS - 1)
    largest, mean, high = np.nanmax(field), np.nanmean(field), np.nanpercentile(field, 95)
    print(f"\nR6 maximum {largest:.6f} (.381545) at {place[0]:.3f}, {place[1]:.3f} (1.305, .88), mean {mean:.6f} (.154038), "
          f"95 % {high:.6f} (.295239)", end="")  # fmt: skip
    assert largest == pytest.approx(0.381545, abs=2e-6)
    assert place == pytest.approx((1.305, 0.88), abs=1e-9)
    assert mean == pytest.approx(0.154038, abs=2e-6)
    assert high == pytest.approx(0.295239, abs=2e-6)
    for row, where, height in ((50, 1.120, 0.38431), (100, 1.150, 0.33617), (150, 1.260, 0.37005)):
        part = field[row, 150:261]
        assert 0.75 + np.argmax(part) * 0.005 == pytest.approx(where, abs=0.0101)
        assert part.max() == pytest.approx(height, rel=0.04)  # the ridge of the exact gradient
