"""Crossings of lines against those that shapely finds, also of ways through corners, ends and along lines; by layers,
by what particles stand for, and backward."""

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from fvdrift.errors import RunFileError
from fvdrift.settings.load import run_file_from
from fvdrift.statistics.crossings import crossings
from fvdrift_kernels.state import ACTIVE

from .world import World, numbers_of, still, wandering

LINE = [[50.0, 2.0], [50.0, 60.0], [90.0, 85.0]]


def found_by_shapely(start, end, line) -> list[int]:
    """The sign of each crossing of one way: 1 from the left of the line to its right."""
    way, signs = shapely.LineString([start, end]), []
    for p, q in zip(line[:-1], line[1:], strict=True):
        if shapely.LineString([p, q]).intersects(way):
            left = (q[0] - p[0]) * (start[1] - p[1]) - (q[1] - p[1]) * (start[0] - p[0])
            signs.append(1 if left > 0 else -1)
    return signs


@pytest.mark.parametrize("stride", [1, 3])
def test_crossings_are_those_that_shapely_finds(stride):
    """Also of the way from the release to a first look, in the period in which it is."""
    world = wandering(21, mortal=False)
    world.status[world.status > ACTIVE] = ACTIVE
    numbers = numbers_of(world, [{"kind": "section", "line": LINE, "every": f"{stride}h"}])
    rows = list(range(0, len(world.x), stride))
    expected, mass = np.zeros((2, len(rows) - 1), int), np.zeros((2, len(rows) - 1))
    for particle in range(world.x.shape[1]):
        born = world.born[particle]
        places = [born, *(row for row in rows if row > born)]
        for before, row in zip(places[:-1], places[1:], strict=True):
            ends = [(world.x[k, particle], world.y[k, particle]) for k in (before, row)]
            for sign in found_by_shapely(*ends, LINE):
                expected[int(sign < 0), row // stride - 1] += 1
                mass[int(sign < 0), row // stride - 1] += world.more["mass"][row, particle]
    assert expected.sum(axis=1).min() > 30
    for k, side in enumerate(("positive", "negative")):
        np.testing.assert_array_equal(numbers[f"section_{side}"][:, 0], expected[k])
        np.testing.assert_allclose(numbers[f"section_{side}_mass"][:, 0], mass[k], rtol=1e-14)
    np.testing.assert_array_equal(numbers["section_net"][:, 0], expected[0] - expected[1])
    np.testing.assert_array_equal(numbers["section_time_bounds"][:, 1], 3600.0 * np.array(rows[1:]))


def test_ways_that_touch_lines_cross_once_or_not_at_all():
    """On a lattice, where most ways meet corners and ends: as if all particles were a hair beside it."""
    random = np.random.default_rng(2)
    line = np.array([[2, 2], [6, 2], [6, 6], [4, 4], [2, 6], [2, 2]], float)
    ends = random.integers(0, 9, (4, 4000)).astype(float)
    shift = np.array([1e-4, 1e-9])
    way, piece, sign, share = crossings(
        tuple(ends),
        np.stack([line[:-1, 0], line[1:, 0]], axis=1),
        np.stack([line[:-1, 1], line[1:, 1]], axis=1),
    )
    expected = [
        found_by_shapely(a + shift, b + shift, line) if (a != b).any() else []
        for a, b in zip(ends[:2].T, ends[2:].T, strict=True)
    ]
    counted = np.bincount(way, minlength=4000), np.bincount(way, sign, 4000)
    np.testing.assert_array_equal(counted[0], [len(signs) for signs in expected])
    np.testing.assert_array_equal(counted[1], [sum(signs) for signs in expected])
    # of a line that is closed what has gone in is inside
    area = shapely.Polygon(line)
    inside = [
        np.array([area.contains(shapely.Point(p + shift)) for p in places.T])
        for places in (ends[:2], ends[2:])
    ]
    np.testing.assert_array_equal(-counted[1], inside[1].astype(int) - inside[0].astype(int))
    assert ((share >= 0) & (share <= 1)).all()
    assert set(piece) == set(range(5))


def test_a_path_that_is_cut_anywhere_crosses_as_often_net():
    """Between two places, over any third, all with few digits so that many are on the line's corners."""
    random = np.random.default_rng(3)
    x, y = np.array([[0.1, 0.3], [0.3, 0.7]]), np.array([[0.1, 0.2], [0.2, 0.9]])
    a, b, c = random.integers(0, 10, (3, 2, 3000)) / 10

    def net(start, end):
        way, _, sign, _ = crossings((*start, *end), x, y)
        return np.bincount(way, sign, 3000)

    def turns_round(x, y):
        """How often a path, a hair beside its places, goes round a point, to the left."""
        angle = np.zeros(3000)
        for start, end in ((a, b), (b, c), (c, a)):
            u, v = start[0] + 1e-7 - x, start[1] + 1e-12 - y
            s, t = end[0] + 1e-7 - x, end[1] + 1e-12 - y
            angle += np.arctan2(u * t - v * s, u * s + v * t)
        return np.rint(angle / (2 * np.pi)).astype(int)

    # who comes back has crossed as often each way, but for turns round one end of the line alone
    expected = turns_round(0.7, 0.9) - turns_round(0.1, 0.1)
    assert np.count_nonzero(expected) > 100
    np.testing.assert_array_equal(net(a, b) + net(b, c) + net(c, a), expected)


def test_layers_share_crossings_among_them():
    """Who changes its layer between two looks crosses in one of them."""
    world = wandering(4)
    section = {"kind": "section", "line": LINE}
    numbers = numbers_of(
        world,
        [
            section,
            {**section, "name": "upper", "depth": ["0m", "4m"]},
            {**section, "name": "lower", "depth": ["4m", "20m"]},
            {**section, "name": "young", "age": ["0h", "130min"]},
            {**section, "name": "old", "age": ["130min", "20d"]},
        ],
    )
    for key in ("positive", "negative", "net"):
        for one, other in (("upper", "lower"), ("young", "old")):
            assert numbers[f"{one}_{key}"].any()
            np.testing.assert_array_equal(
                numbers[f"{one}_{key}"] + numbers[f"{other}_{key}"], numbers[f"section_{key}"]
            )
    mass = numbers["upper_net_mass"] + numbers["lower_net_mass"]
    np.testing.assert_allclose(mass, numbers["section_net_mass"], rtol=0, atol=1e-12)


def test_water_goes_the_other_way_in_a_backward_run(tmp_path):
    """Particles go right, from the left of a line that is walked northward; their water came from there."""
    world = still(np.array([[10.0, 30.0], [40.0, 35.0], [90.0, 80.0]]), 5.0, 2)
    line = {"type": "LineString", "coordinates": [[60, 0], [60, 10]]}
    feature = {"type": "Feature", "properties": {"name": "sill"}, "geometry": line}
    crs = {"type": "name", "properties": {"name": "EPSG:32630"}}
    (tmp_path / "s.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]})
    )
    section = {"kind": "section", "lines": str(tmp_path / "s.geojson"), "period": "2h"}
    forward, backward = (numbers_of(world, [section], direction=direction) for direction in (1, -1))
    assert (forward["section_positive"].tolist(), forward["section_negative"].tolist()) == ([[2]], [[0]])
    assert (backward["section_positive"].tolist(), backward["section_negative"].tolist()) == ([[0]], [[2]])
    assert forward["section_section_name"].tolist() == ["sill"]
    assert "section_positive_mass" not in forward


@pytest.mark.parametrize(
    "keys", [{}, {"line": LINE, "lines": "a.geojson"}, {"line": LINE, "polygons": "a.geojson"}]
)
def test_what_is_no_section_is_refused(keys):
    tree = {
        "forcing": {"files": ["flow.nc"]}, "release": [{"point": [0, 0]}], "time": {"step": "1s"},
        "statistic": [{"kind": "section", **keys}],
    }  # fmt: skip
    with pytest.raises(RunFileError, match=r"statistic.0.*(takes either lines|no such key)"):
        run_file_from(tree, Path("run.toml"))


def test_who_is_gone_has_crossed_on_its_way_there():
    world = still(np.array([[10.0] * 200, [90.0] * 200, [np.nan] * 200]), 5.0, 2)
    world.status[1] = 5
    assert isinstance(world, World)
    numbers = numbers_of(world, [{"kind": "section", "line": LINE}])
    assert numbers["section_positive"].ravel().tolist() == [200, 0]
