"""Habitats from GeoJSON files: names, rings, coordinates, what lies off the mesh, and files that are none."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fvdrift.errors import RunFileError
from fvdrift.habitat import Polygons, read_polygons
from fvdrift_kernels.habitat import NOWHERE, UNSURE, Habitat, polygon_at
from fvdrift_kernels.jit import kernel_called
from simple_meshes import Mesh, rectangle
from tank import Tank

SQUARE = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
HOLE = [[1, 1], [1, 2], [2, 2], [2, 1], [1, 1]]
ELSEWHERE = [[9, 9], [10, 9], [10, 10], [9, 9]]
UTM = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32630"}}


def feature(kind, coordinates, identity=None, **properties):
    named = {} if identity is None else {"id": identity}
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}, **named}


def collection(*features, **members):
    return {"type": "FeatureCollection", "features": list(features), **members}


def box(x0, y0, x1, y1):
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]


def unchanged(x, y, coordinates):
    return x, y


def in_degrees(middle):
    """The coordinates of a geographic run whose mesh is about a longitude."""
    return lambda x, y, coordinates: (x + 360.0 * np.round((middle - x) / 360.0), y)


def only(own):
    """A run that knows one kind of coordinates and no projection."""

    def to_run(x, y, coordinates):
        if coordinates != own:
            raise RunFileError("run.toml: release.coordinates: give forcing.projection")
        return x, y

    return to_run


@pytest.fixture
def habitats(tmp_path: Path):
    def read(content, to_run=unchanged) -> Polygons:
        text = content if isinstance(content, str) else json.dumps(content)
        (tmp_path / "sites.geojson").write_text(text)
        return read_polygons(tmp_path / "sites.geojson", to_run)

    return read


@pytest.fixture(scope="module")
def water():
    """10 by 10 about the origin of the shapes above."""
    mesh = rectangle(10.0, 10.0, elements=3000)
    return Tank(Mesh(mesh.x - 2, mesh.y - 2, mesh.triangles))


@kernel_called
def ask(habitat, e, x, y, found):
    for i in range(len(x)):
        found[i] = polygon_at(habitat, e[i], x[i], y[i])


def at(polygons, tank, x, y):
    found = np.full(len(x), -9)
    ask(Habitat(polygons.codes(tank.whole)[0], polygons.outlines), tank.locate(x, y), np.asarray(x), np.asarray(y), found)
    return found


def test_each_feature_is_one_habitat(habitats):
    polygons = habitats(
        collection(
            feature("Polygon", [SQUARE, HOLE]),
            feature("MultiPolygon", [[SQUARE, HOLE], [ELSEWHERE]]),
            feature("Polygon", [[[*position, -7.5] for position in ELSEWHERE]]),
        )
    )
    assert polygons.names == ("1", "2", "3")
    assert polygons.first.tolist() == [0, 4, 8, 12, 16, 19, 22]
    assert polygons.ring.tolist() == [0, 2, 5, 6]
    assert list(zip(polygons.px[16:19], polygons.py[16:19], strict=True)) == [(9, 9), (10, 9), (10, 10)]
    assert [a.dtype for a in (polygons.px, polygons.py, polygons.first, polygons.ring)] == [float, float, np.int64, np.int64]


def test_a_bare_geometry_and_a_single_feature_are_taken(habitats):
    assert habitats({"type": "Polygon", "coordinates": [SQUARE, HOLE]}).ring.tolist() == [0, 2]
    assert habitats({"type": "MultiPolygon", "coordinates": [[SQUARE], [ELSEWHERE]]}).ring.tolist() == [0, 2]
    assert habitats(feature("Polygon", [SQUARE], name="reef")).names == ("reef",)


def test_a_habitat_is_called_by_its_name_else_its_id_else_its_place(habitats):
    polygons = habitats(
        collection(
            feature("Polygon", [SQUARE], identity="a7", name="north bank", id=3),
            feature("Polygon", [SQUARE], identity="a7", name=None, id=3),
            feature("Polygon", [SQUARE], identity="a7", name=" "),
            feature("Polygon", [SQUARE], name=["odd"]),
            {"type": "Feature", "properties": None, "geometry": {"type": "Polygon", "coordinates": [SQUARE]}},
            feature("Polygon", [SQUARE], identity=12),
        )
    )
    assert polygons.names == ("north bank", "3", "a7", "4", "5", "12")


def test_points_are_in_the_habitats_of_the_file(habitats, water):
    polygons = habitats(collection(feature("Polygon", [SQUARE, HOLE]), feature("MultiPolygon", [[box(-1, -1, 6, 6), HOLE]])))
    random = np.random.default_rng(1)
    x, y = random.uniform(-1.99, 7.99, (2, 50_000))

    def within(x0, y0, x1, y1):
        return (x > x0) & (x < x1) & (y > y0) & (y < y1)

    first = within(0, 0, 4, 4) & ~within(1, 1, 2, 2)
    second = within(-1, -1, 6, 6) & ~within(1, 1, 2, 2)
    np.testing.assert_array_equal(at(polygons, water, x, y), np.where(first, 0, np.where(second, 1, -1)))


def test_parts_that_overlap_hold_what_either_does(habitats, water):
    """Two squares one over the other, the hole of a third filled by a fourth, and another polygon under them all."""
    parts = [[box(-1, -1, 3, 3)], [box(1, 1, 5, 5)], [box(4, -1, 7, 4), box(5, 0, 6, 3)], [box(5.5, 0, 6, 2)]]
    polygons = habitats(collection(feature("MultiPolygon", parts), feature("Polygon", [box(-2, -2, 8, 2)])))
    first = shapely.union_all([shapely.Polygon(rings[0], rings[1:]) for rings in parts])
    x, y = np.random.default_rng(1).uniform(-1.99, 7.99, (2, 50_000))
    expected = np.where(shapely.contains_xy(first, x, y), 0, np.where(y < 2, 1, -1))
    np.testing.assert_array_equal(at(polygons, water, x, y), expected)
    assert polygons.codes(water.whole)[1] == []


def test_codes_are_in_the_order_of_the_mesh(habitats, water):
    code, notes = habitats(feature("Polygon", [SQUARE])).codes(water.whole)
    assert notes == []
    assert code.dtype == np.int32
    within = (np.abs(water.xc - 2) < 1.5) & (np.abs(water.yc - 2) < 1.5)
    beyond = (np.abs(water.xc - 2) > 2.5) | (np.abs(water.yc - 2) > 2.5)
    assert (code[within] == 0).all()
    assert (code[beyond] == NOWHERE).all()
    assert 0 < np.count_nonzero(code == UNSURE) < 0.2 * len(code)


def test_habitats_off_the_mesh_are_told_one_by_one(habitats, water):
    off, below = feature("Polygon", [box(50, 0, 51, 1)], name="far"), feature("Polygon", [box(0, -9, 1, -8)])
    polygons = habitats(collection(off, feature("Polygon", [SQUARE]), below))
    code, notes = polygons.codes(water.whole)
    assert set(code) == {NOWHERE, UNSURE, 1}
    assert [note.split(": ", 1)[1] for note in notes] == [
        'habitat "far" touches no element of the mesh', 'habitat "3" touches no element of the mesh',
    ]  # fmt: skip
    assert all("sites.geojson" in note for note in notes)


def test_habitats_travel(habitats, water):
    polygons = habitats(feature("Polygon", [SQUARE, HOLE], name="reef"))
    expected = polygons.codes(water.whole)[0]
    again = pickle.loads(pickle.dumps(polygons))
    np.testing.assert_array_equal(again.codes(water.whole)[0], expected)
    assert again.names == ("reef",)


# coordinates


def test_positions_are_longitude_and_latitude_unless_the_crs_says_otherwise(habitats):
    def to_run(x, y, coordinates):
        return (x + 1000, y) if coordinates == "geographic" else (x, y)

    def first_x(**members):
        polygons = habitats(collection(feature("Polygon", [SQUARE]), **members), to_run)
        return polygons.px[0], polygons.notes

    def named(name):
        return {"type": "name", "properties": {"name": name}}

    for crs in ({}, {"crs": None}, {"crs": named("urn:ogc:def:crs:OGC:1.3:CRS84")}, {"crs": named("EPSG:4326")}):
        assert first_x(**crs) == (1000, ())
    for crs, shown in ((UTM, "urn:ogc:def:crs:EPSG::32630"), (named("EPSG:27700"), "EPSG:27700"), (named("tank"), "tank")):
        x, (note,) = first_x(crs=crs)
        assert x == 0
        assert f'"{shown}", are taken as the projected coordinates of the run' in note
    x, (note,) = first_x(crs=named("EPSG:4258"))
    assert x == 1000
    assert '"EPSG:4258", are taken as longitude and latitude' in note


@pytest.mark.parametrize("crs", [7, "EPSG:32630", {}, {"type": "name"}, {"type": "name", "properties": {"name": ""}}])
def test_a_crs_without_a_name_is_refused(habitats, crs):
    with pytest.raises(RunFileError, match=r"sites.geojson: its crs names no system"):
        habitats(collection(feature("Polygon", [SQUARE]), crs=crs))


def test_a_run_that_cannot_convert_says_what_to_give(habitats):
    with pytest.raises(RunFileError, match=r"is in longitude and latitude, .*: give forcing.projection") as caught:
        habitats(feature("Polygon", [SQUARE]), only("projected"))
    (problem,) = caught.value.problems
    assert "sites.geojson: " in problem
    assert "release" not in problem
    with pytest.raises(RunFileError, match=r"is in projected coordinates, .*: give forcing.projection"):
        habitats(collection(feature("Polygon", [SQUARE]), crs=UTM), only("geographic"))
    assert habitats(collection(feature("Polygon", [SQUARE]), crs=UTM), only("projected")).px.tolist() == [0, 4, 4, 0]
    assert habitats(feature("Polygon", [SQUARE]), only("geographic")).px.tolist() == [0, 4, 4, 0]


def test_a_habitat_comes_to_the_mesh_by_whole_turns(habitats):
    polygons = habitats(feature("Polygon", [box(-123, 47, -122, 48)]), in_degrees(237.5))
    assert polygons.px.tolist() == [237, 238, 238, 237]
    assert habitats(feature("Polygon", [box(2, 47, 4, 48)]), in_degrees(359.0)).px.tolist() == [362, 364, 364, 362]


def test_a_habitat_across_the_antimeridian_is_in_one_piece(habitats):
    for ring in (box(179, -18, -179, -17), box(179, -18, 181, -17), box(-181, -18, -179, -17)):
        assert habitats(feature("Polygon", [ring]), in_degrees(178.0)).px.tolist() == [179, 181, 181, 179]
        assert habitats(feature("Polygon", [ring]), in_degrees(-178.0)).px.tolist() == [-181, -179, -179, -181]


def test_a_habitat_beyond_the_earth_is_not_torn_apart(habitats):
    """Each vertex by itself would come to the mesh by the shortest way: some from the east, some from the west."""
    mesh = rectangle(10.0, 10.0, elements=200)
    tank = Tank(Mesh(mesh.x - 35, mesh.y + 40, mesh.triangles), geographic=True)
    polygons = habitats(
        collection(feature("Polygon", [box(140, 42, 160, 48)], name="Japan"), feature("Polygon", [box(-33, 42, -30, 44)])),
        in_degrees(-30.0),
    )
    assert np.ptp(polygons.px[:4]) == 20
    code, notes = polygons.codes(tank.whole)
    assert set(code) == {NOWHERE, UNSURE, 1}
    assert len(notes) == 1
    assert "Japan" in notes[0]
    polygons = habitats(feature("Polygon", [box(151, 0, -28, 80)]), in_degrees(-30.0))  # nearly half round, from the far end on
    assert sorted(set(polygons.px)) == [-28, 151]
    assert set(polygons.codes(tank.whole)[0]) == {NOWHERE, UNSURE, 0}


@pytest.mark.parametrize(
    "ring",
    [
        box(-180, -80, 180, 80),
        [[-180, -80], [-90, -80], [0, -80], [90, -80], [180, -80], [180, 80], [90, 80], [0, 80], [-90, 80], [-180, 80]],
        [[-180, -70], [-90, -75], [0, -70], [90, -66], [180, -70], [180, -90], [-180, -90]],
        [[-100, 0], [0, 0], [100, 0], [100, 10], [0, 10], [-100, 10]],
    ],
)
def test_a_habitat_round_half_the_earth_is_refused(habitats, ring):
    for to_run in (in_degrees(-60.0), only("geographic")):
        with pytest.raises(RunFileError, match=r"feature 1: an outline spans more than half the Earth's longitudes"):
            habitats(feature("Polygon", [ring]), to_run)


def test_a_projected_run_gets_what_its_projection_makes_of_the_file(habitats):
    pyproj = pytest.importorskip("pyproj")
    forward = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32630", always_xy=True)
    ring = box(-4.5, 50.0, -4.4, 50.1)
    polygons = habitats(feature("Polygon", [ring]), lambda x, y, coordinates: forward.transform(x, y))
    x, y = forward.transform(*np.array(ring[:4]).T)
    np.testing.assert_array_equal([polygons.px, polygons.py], [x, y])


# broken files


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "is not GeoJSON"),
        ("[" * 100_000, "is not GeoJSON"),
        ("[]", "its type is None"),
        ({"type": "Topology"}, 'is not GeoJSON that I can settle particles in: its type is "Topology"'),
        ({"type": "Point", "coordinates": [1, 2]}, 'its type is "Point", not FeatureCollection, Feature, Polygon, MultiPolygon'),
        (collection(), "has no features"),
        ({"type": "FeatureCollection"}, "has no list of features"),
        (
            collection(feature("Polygon", [SQUARE]), feature("Point", [1, 2])),
            'feature 2: its geometry is "Point", not one of Polygon, MultiPolygon',
        ),
        (collection({"type": "Feature", "geometry": None}), "feature 1: its geometry"),
        (collection(7), "feature 1: its geometry"),
        (feature("Polygon", [[[0, 0], [1, 1], [0, 0]]]), "feature 1: a polygon needs three different corners"),
        (feature("Polygon", [[[0, 0], [1, 1], [2, 2]]]), "feature 1: the polygon has no area"),
        (feature("Polygon", [SQUARE, [[1, 1]]]), "feature 1: a polygon needs three different corners"),
        (feature("Polygon", SQUARE), "feature 1: "),
        (feature("Polygon", []), "feature 1: its coordinates are not nested as its type asks"),
        (feature("MultiPolygon", [SQUARE]), "feature 1: "),
        (feature("MultiPolygon", [[SQUARE], []]), "feature 1: its coordinates are not nested"),
        (feature("Polygon", [[["a", 2], [0, 1], [1, 1]]]), "feature 1: "),
        (feature("Polygon", [[[0, 0], [0, 95], [1, 1]]]), "feature 1: (0, 95) is not a longitude and latitude"),
        (feature("Polygon", [box(421e3, 5545e3, 422e3, 5546e3)]), "feature 1: "),
    ],
)
def test_every_error_names_file_and_feature(habitats, content, says):
    with pytest.raises(RunFileError) as caught:
        habitats(content)
    (problem,) = caught.value.problems
    assert "sites.geojson: " in problem
    assert says in problem


def test_all_features_that_are_wrong_are_told_at_once(habitats):
    with pytest.raises(RunFileError) as caught:
        habitats(collection(feature("Point", [1, 2]), feature("Polygon", [SQUARE]), feature("Polygon", [])))
    assert [problem.split(": ")[1] for problem in caught.value.problems] == ["feature 1", "feature 3"]


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(RunFileError, match=r"nowhere.geojson: cannot be read"):
        read_polygons(tmp_path / "nowhere.geojson", unchanged)


def test_a_place_that_the_projection_does_not_reach(habitats):
    with pytest.raises(RunFileError, match=r"feature 1: \(0, 0\) has no place in the coordinates of the run"):
        habitats(feature("Polygon", [SQUARE]), lambda x, y, coordinates: (x + np.inf, y))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["Polygon", "EPSG:32630", ""]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["type", "name", "properties"]), inner),
    max_leaves=12,
)
numbers = st.floats(-400, 400) | st.integers(-3, 3)
some_rings = st.lists(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=6), max_size=3)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["Polygon", "MultiPolygon"]), coordinates=json_values | some_rings | some_rings.map(lambda r: [r]),
    name=json_values, identity=json_values, crs=st.none() | json_values,
)  # fmt: skip
def test_any_file_gives_habitats_or_a_sentence(habitats, water, kind, coordinates, name, identity, crs):
    try:
        polygons = habitats(collection(feature(kind, coordinates, identity=identity, name=name), crs=crs))
    except RunFileError as error:
        problems = error.problems
    else:
        problems = []
        code, _ = polygons.codes(water.whole)
        assert np.isin(code, [UNSURE, NOWHERE, 0]).all()
    assert all("sites.geojson: " in problem for problem in problems)
