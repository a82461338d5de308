"""Numbers, times and shapes of releases as the run file asks for them."""

import itertools
import json

import numpy as np
import pytest
import shapely

from fvdrift.errors import RunFileError
from fvdrift.mesh.coordinates import conversion
from fvdrift.mesh.shapes import DEPTH_KINDS, Line, Points, Polygon
from fvdrift.timeline.clock import StepGrid

from .conftest import GRID, HOUR, START, a_run

POINT = {"point": [1.0, 2.0]}


def problems(planned, *blocks, **options):
    with pytest.raises(RunFileError) as caught:
        planned(*blocks, **options)
    return caught.value.problems


def test_ids_go_block_by_block_and_within_a_block_by_time(planned):
    plan = planned(
        {"point": [0.0, 0.0], "name": "a", "count": 2, "every": "1h", "until": "2020-05-01T02:00:00Z"},
        {"point": [1.0, 1.0], "name": "b", "count": 3, "start": "1h"},
    )
    assert plan.total == 9
    ids = np.arange(9)
    assert plan.release_of(ids).tolist() == [0] * 6 + [1] * 3
    assert plan.release_of(ids).dtype == np.int32
    hours = (plan.born_of(ids) - START) // HOUR
    assert hours.tolist() == [0, 0, 1, 1, 2, 2, 1, 1, 1]
    assert plan.names == ["a", "b"]


def test_events_are_sorted_by_time_then_id_and_found_by_time(planned):
    plan = planned({**POINT, "start": "2h"}, {**POINT, "every": "1h"})
    times = ((plan.events["time_us"] - START) // HOUR).tolist()
    assert times == [0, 1, 2, 2, 3]
    assert plan.events["first_id"].tolist() == [1, 2, 0, 3, 4]
    assert list(plan.events_in(START + HOUR, START + 2 * HOUR)) == [1]
    assert list(plan.events_in(START, START + 3 * HOUR)) == [0, 1, 2, 3]


def test_releases_go_on_to_the_end_of_the_run_unless_until_says_otherwise(planned):
    assert planned({**POINT, "every": "1h"}).total == 4
    assert planned({**POINT, "every": "50 min"}).total == 4
    assert planned({**POINT, "every": "1h", "until": "2h"}).total == 3


def test_numbers_that_depend_on_the_length_of_the_run_are_told(planned):
    """Those of releases behind one that has no end: a later end of the run gives the first four more."""
    lasting, other = {**POINT, "name": "a", "every": "1h"}, {**POINT, "name": "b"}
    (said,) = planned(lasting, other).notes
    assert said.startswith(
        "releases that last as long as the run: a; with another time.end the particles of releases after them"
    )
    assert planned(other, lasting).notes == []
    assert planned({**lasting, "until": "2h"}, other).notes == []
    mirrored = {
        "grid": GRID._replace(start=-GRID.end, end=-GRID.start),
        "first_record": START,
        "direction": -1,
    }
    (said,) = planned(lasting, other, **mirrored).notes  # the run comes to the first of them last
    assert "with another time.start" in said
    assert planned({**lasting, "start": "1h"}, other, **mirrored).notes == []


def test_every_shape_of_the_run_file_comes_out(planned):
    plan = planned(
        {"point": [1.0, 2.0], "radius": "200m", "depth": "5m"},
        {"box": [0.0, 0.0, 2.0, 1.0], "count": 5, "depth": ["2m", "10m"]},
        {"polygon": [[0.0, 0.0], [2.0, 0.0], [1.0, 1.0], [0.0, 0.0]], "sigma": -0.3},
        {"line": [[0.0, 0.0], [2.0, 0.0], [2.0, 0.0], [2.0, 3.0]], "depth": "bottom"},
    )
    point, box, polygon, line = plan.shapes
    assert isinstance(point, Points)
    assert point.radius == 200
    assert isinstance(box, Polygon)
    assert sorted(zip(box.x, box.y, strict=True)) == [(0, 0), (0, 1), (2, 0), (2, 1)]
    assert isinstance(polygon, Polygon)
    assert len(polygon.x) == 3
    assert isinstance(line, Line)
    assert line.x.tolist() == [[0, 2], [2, 2]]
    assert line.y.tolist() == [[0, 0], [0, 3]]
    depths = [plan.depths_of(i) for i in range(4)]
    assert [DEPTH_KINDS[d.kind[0]] for d in depths] == ["range", "range", "sigma", "bottom"]
    assert [(d.upper[0], d.lower[0]) for d in depths] == [(5, 5), (2, 10), (-0.3, -0.3), (0, 0)]
    assert len(depths[1].kind) == 5


def test_nameless_blocks_take_their_number_and_no_two_blocks_one_name(planned, tmp_path):
    """Also where the name is another's number, or stands in a file; rows of one file may share theirs."""
    assert planned({**POINT, "name": "river"}, POINT).names == ["river", "2"]
    (problem,) = problems(planned, {**POINT, "name": "river"}, POINT, {**POINT, "name": "river"})
    assert problem.endswith(
        'run.toml: release.2.name: "river" is the name of release.0 too, and all counts would take both for one: '
        "give each a name of its own"
    )
    (problem,) = problems(planned, {**POINT, "name": "2"}, POINT)
    assert 'release.1.name: "2" is the name of release.0 too' in problem
    (tmp_path / "points.csv").write_text("x,y,name\n1,1,creek\n2,2,river\n3,3,creek\n")
    plan = planned({"file": "points.csv"})
    assert plan.names == ["creek", "river"]
    assert plan.release_of(np.arange(3)).tolist() == [0, 1, 0]
    (problem,) = problems(planned, {**POINT, "name": "river"}, {"file": "points.csv"})
    assert 'release.1.name: "river" is the name of release.0 too' in problem


@pytest.mark.parametrize(
    ("block", "key", "says"),
    [
        ({"start": "2020-05-01T00:00:30Z"}, "start", "take 2020-05-01T00:00:00Z or 2020-05-01T00:01:00Z"),
        ({"start": "4h"}, "start", "is outside the run, 2020-05-01T00:00:00Z to 2020-05-01T03:00:00Z"),
        ({"start": "2020-04-30T23:00:00Z"}, "start", "is outside the run"),
        ({"every": "90s"}, "every", "take 60 s or 2 min"),
        ({"every": "10s"}, "every", "take 60 s"),
        ({"every": "1h", "until": "2020-05-01T00:59:01Z"}, "until", "take 2020-05-01T00:59:00Z or"),
        ({"every": "1h", "until": "9h"}, "until", "is outside the run"),
    ],
)
def test_times_off_the_steps_or_the_run_are_refused_with_the_nearest(planned, block, key, says):
    (problem,) = problems(planned, {**POINT, **block})
    assert f"run.toml: release.0.{key}: " in problem
    assert says in problem


def test_all_problems_of_all_blocks_come_at_once(planned):
    said = problems(
        planned,
        {**POINT, "start": "30s"},
        {"file": "no.csv"},
        {"line": [[1.0, 400.0], [2.0, 500.0]]},
        to_run=lambda x, y, c: (np.where(y > 90, np.nan, x), y),
    )
    assert len(said) == 3
    assert "no.csv" in said[1]
    assert "release.2.line: (1, 400) has no place" in said[2]


def test_a_last_step_cut_by_the_end_is_a_release_time(planned):
    grid = StepGrid(START, START + 90_000_000, 60_000_000)
    assert planned({**POINT, "start": "90s"}, grid=grid).born_of(np.array([0]))[0] == START + 90_000_000
    (problem,) = problems(planned, {**POINT, "start": "80s"}, grid=grid)
    assert "take 2020-05-01T00:01:00Z or 2020-05-01T00:01:30Z" in problem


def test_relative_times_count_from_the_first_record_not_from_the_start(planned):
    plan = planned({**POINT, "start": "3h"}, first_record=START - 2 * HOUR)
    assert plan.born_of(np.array([0]))[0] == START + HOUR


def test_without_a_calendar_dates_are_refused_and_durations_named(planned):
    grid = StepGrid(0, 3 * HOUR, 60_000_000)
    (problem,) = problems(planned, {**POINT, "start": "2020-05-01T00:00:00Z"}, grid=grid, calendar=False)
    assert "no calendar" in problem
    (problem,) = problems(planned, {**POINT, "start": "90s"}, grid=grid, calendar=False)
    assert "take 60 s or 2 min" in problem


def test_coordinates_are_those_of_the_run_unless_stated(planned):
    seen = []

    def to_run(x, y, coordinates):
        seen.append(coordinates)
        return x + 1000, y

    plan = planned(POINT, {**POINT, "coordinates": "geographic"}, to_run=to_run)
    planned(POINT, to_run=to_run, geographic=True)
    assert seen == ["projected", "geographic", "geographic"]
    assert plan.shapes[0].x[0] == 1001


def test_impossible_degrees_are_named(planned):
    (problem,) = problems(planned, {"point": [421000.0, 5545000.0]}, geographic=True)
    assert "release.0.point: (421000, 5545000) is not a longitude and latitude" in problem


@pytest.mark.parametrize(
    "block",
    [{"box": [1.0, 0.0, 1.0, 2.0]}, {"polygon": [[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]}],
)
def test_areas_without_area_are_refused(planned, block):
    assert len(problems(planned, block)) == 1


def test_nothing_released_at_all_is_refused(planned, tmp_path):
    (tmp_path / "sites.csv").write_text("x,y,count\n1,2,0\n")
    (problem,) = problems(planned, {"file": "sites.csv"})
    assert "no particle is released" in problem


def test_more_particles_than_can_be_numbered_are_refused(planned):
    (problem,) = problems(planned, {**POINT, "count": 10**10, "every": "60s"})
    assert "release.0.count" in problem


def test_an_unknown_kind_of_file_is_refused(planned):
    (problem,) = problems(planned, {"file": "sites.kml"})
    assert "release.0.file" in problem
    assert ".geojson" in problem


def test_allow_outside_travels_with_its_block(planned):
    plan = planned({**POINT, "allow_outside": True}, POINT)
    assert plan.events["allow_outside"].tolist() == [True, False]


def test_release_of_agrees_with_walking_through_all_events(planned, tmp_path):
    (tmp_path / "s.csv").write_text("x,y,count,name\n1,1,2,a\n2,2,0,b\n3,3,3,c\n4,4,1,a\n")
    square = [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]
    area = {"type": "Polygon", "coordinates": square}
    feature = {"type": "Feature", "properties": {"name": "z", "count": 2}, "geometry": area}
    (tmp_path / "z.geojson").write_text(json.dumps(feature))
    plan = planned({"file": "s.csv", "every": "1h"}, {"file": "z.geojson", "every": "90 min"}, POINT)
    expected_names, expected_times = [], []
    for hour in range(4):
        expected_names += ["a", "a", "c", "c", "c", "a"]
        expected_times += [START + hour * HOUR] * 6
    for half in range(3):
        expected_names += ["z", "z"]
        expected_times += [START + half * HOUR * 3 // 2] * 2
    expected_names.append("3")
    expected_times.append(START)
    ids = np.arange(plan.total)
    assert [plan.names[i] for i in plan.release_of(ids)] == expected_names
    assert plan.born_of(ids).tolist() == expected_times
    assert plan.release_of(ids[::-1]).tolist() == plan.release_of(ids)[::-1].tolist()
    assert GRID.steps == 180


@pytest.mark.parametrize(
    ("keys", "minutes"),
    [
        ({"every": "50min"}, [150, 100, 50, 0]),
        ({"every": "50min", "until": "100min"}, [100, 50, 0]),
        ({"every": "50min", "start": "20min"}, [170, 120, 70, 20]),
        ({}, [180]),
        ({"start": "20min"}, [20]),
    ],
)
def test_releases_of_a_backward_run_count_from_the_beginning_of_the_period(planned, keys, minutes):
    """As the howto says; the run comes to the last of them first."""
    mirrored = GRID._replace(start=-GRID.end, end=-GRID.start)
    plan = planned({**POINT, **keys}, grid=mirrored, first_record=START, direction=-1)
    assert ((-plan.events["time_us"] - START) // 60_000_000).tolist() == minutes


BOX = {"box": [0.0, 0.0, 9.0, 9.0]}


def test_the_plan_says_which_releases_are_even_by_what(planned, tmp_path):
    plan = planned(POINT, {**BOX, "name": "map"}, {**BOX, "name": "bay", "spread": "volume", "every": "1h"})
    assert plan.notes == ["releases even by area: map; by volume of still water: bay"]
    assert plan.events["by_volume"].tolist() == [release == 2 for release in plan.events["release"].tolist()]
    assert planned(POINT).notes == []
    assert planned({**BOX, "spread": "volume"}).notes == ["releases even by volume of still water: 1"]


@pytest.mark.parametrize(("block", "says"), [
    ({"point": [1.0, 1.0], "radius": 2.0}, '"volume" is for boxes, polygons and the areas of a file, not for a point'),
    ({"line": [[1.0, 1.0], [2.0, 1.0]]}, 'not for a line'),
    ({**BOX, "depth": "surface"}, '"volume" fills the whole column: take depth away'),
    ({**BOX, "depth": [1.0, 3.0]}, '"volume" fills the whole column: take depth away'),
    ({**BOX, "sigma": -0.5}, '"volume" fills the whole column: take sigma away'),
    ({"file": "a.csv"}, '"volume" needs areas, and the file has points'),
    ({"file": "mixed.geojson"}, '"volume" needs areas, and the file has lines and points'),
    ({"file": "deep.geojson"}, '"volume" fills the whole column, but areas of the file have a depth of their own'),
])  # fmt: skip
def test_volume_is_refused_where_it_means_nothing(planned, tmp_path, block, says):
    (tmp_path / "a.csv").write_text("x,y\n1,1\n")
    area = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [0, 1], [0, 0]]]}
    others = (
        {"type": "Point", "coordinates": [0, 0]},
        {"type": "LineString", "coordinates": [[0, 0], [1, 1]]},
    )
    for name, geometries, properties in (("mixed", (area, *others), {}), ("deep", (area,), {"depth": 1.0})):
        features = [
            {"type": "Feature", "properties": properties, "geometry": geometry} for geometry in geometries
        ]
        (tmp_path / f"{name}.geojson").write_text(
            json.dumps({"type": "FeatureCollection", "features": features})
        )
    (problem,) = problems(planned, {**block, "spread": "volume"})
    assert "release.0.spread: " in problem
    assert says in problem


@pytest.mark.parametrize("middle", [0.0, 180.0, -4.0, 358.0])
@pytest.mark.parametrize("box", [
    [-180, -90, 180, 90], [0, -90, 360, 90], [-30, 20, 179, 80], [350, -10, 370, 10], [-10, -10, 10, 10], [170, 0, 190, 10],
    [359.95, 50, 360.05, 50.08],
])  # fmt: skip
def test_a_box_goes_east_from_its_first_corner_on_any_mesh(planned, box, middle):
    """Over the date line, Greenwich, half the Earth or all of it, whichever turn of longitude the mesh is
    on."""
    plan = planned({"box": box}, to_run=conversion(a_run(True, middle), None, "run.toml"), geographic=True)
    (area,) = plan.shapes
    rings = [np.column_stack([area.x, area.y])[i:j] for i, j in itertools.pairwise(area.first)]
    lon, lat = np.random.default_rng(3).uniform([[middle - 180], [-90]], [[middle + 180], [90]], (2, 5000))
    inside = shapely.contains_xy(
        shapely.union_all([shapely.Polygon(ring) for ring in rings]).buffer(1e-9), lon, lat
    )
    expected = ((lon - box[0]) % 360 <= box[2] - box[0]) & (lat >= box[1]) & (lat <= box[3])
    np.testing.assert_array_equal(inside, expected)


def test_boxes_that_cannot_be_say_what_to_write(planned):
    def refused(box):
        with pytest.raises(RunFileError) as caught:
            planned({"box": box}, to_run=conversion(a_run(True), None, "run.toml"), geographic=True)
        return caught.value.problems[0]

    assert "x0 = 359.95 must be below x1 = 0.05 (x1 = 360.05 where the box goes on" in refused(
        [359.95, 50, 0.05, 50.1]
    )
    assert "x0 = 170 must be below x1 = -170 (x1 = 190 where" in refused([170, 50, -170, 50.1])
    assert "more than once round the Earth" in refused([-180, 50, 190, 50.1])
    assert "is not a longitude and latitude in degrees" in refused([500, 50, 550, 50.1])


def test_a_line_goes_as_it_is_written(planned):
    def pieces(line, middle):
        (shape,) = planned(
            {"line": line}, to_run=conversion(a_run(True, middle), None, "run.toml"), geographic=True
        ).shapes
        return shape.x.tolist()

    assert pieces([[-30, 0], [80, 0], [149, 10]], -4.0) == [[-30, 80], [80, 149]]
    for across in ([[179, 0], [-179, 1]], [[179, 0], [181, 1]]):
        assert [179, 181] in pieces(across, 178.0)
        assert [-181, -179] in pieces(across, -178.0)
    with pytest.raises(RunFileError, match=r"release.0.line: a piece of a line goes 209 degrees"):
        pieces([[-30, 0], [179, 0]], 0.0)
