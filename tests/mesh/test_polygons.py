"""Habitats from GeoJSON files: names, rings, coordinates, what lies off the mesh, and files that are none."""

import json
import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fvdrift.errors import RunFileError
from fvdrift.mesh.coordinates import conversion
from fvdrift.mesh.polygons import Polygons, read_polygons
from fvdrift.statistics.zones import polygon_at as polygon_at_places
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
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": kind, "coordinates": coordinates},
        **named,
    }


def collection(*features, **members):
    return {"type": "FeatureCollection", "features": list(features), **members}


def box(x0, y0, x1, y1):
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]


def unchanged(x, y, coordinates):
    return x, y


def in_degrees(middle):
    """The coordinates of a geographic run whose mesh is about a longitude."""
    return lambda x, y, coordinates: (x + 360.0 * np.round((middle - x) / 360.0), y)


@dataclass
class Area:
    """Where a run is: geographic about longitude 0, or projected."""

    geographic: bool
    middle: float = 0.0

    def nearest_longitude(self, lon):
        return lon + 360.0 * np.round((self.middle - lon) / 360.0)


def a_run(projection=None, middle=None):
    """The conversion to the coordinates of a run: in degrees about `middle`, or projected."""
    return conversion(Area(middle is not None, middle or 0.0), projection, "run.toml")


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
    ask(
        Habitat(polygons.codes(tank.whole)[0], polygons.outlines),
        tank.locate(x, y),
        np.asarray(x),
        np.asarray(y),
        found,
    )
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
    assert [a.dtype for a in (polygons.px, polygons.py, polygons.first, polygons.ring)] == [
        float,
        float,
        np.int64,
        np.int64,
    ]


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
    polygons = habitats(
        collection(feature("Polygon", [SQUARE, HOLE]), feature("MultiPolygon", [[box(-1, -1, 6, 6), HOLE]]))
    )
    random = np.random.default_rng(1)
    x, y = random.uniform(-1.99, 7.99, (2, 50_000))

    def within(x0, y0, x1, y1):
        return (x > x0) & (x < x1) & (y > y0) & (y < y1)

    first = within(0, 0, 4, 4) & ~within(1, 1, 2, 2)
    second = within(-1, -1, 6, 6) & ~within(1, 1, 2, 2)
    np.testing.assert_array_equal(at(polygons, water, x, y), np.where(first, 0, np.where(second, 1, -1)))


def test_parts_that_overlap_hold_what_either_does(habitats, water):
    """Two squares one over the other, the hole of a third filled by a fourth, and another polygon under them
    all."""
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


def named(name):
    return {"type": "name", "properties": {"name": name}}


def test_features_without_a_geometry_are_left_out_and_told(habitats):
    nowhere = {"type": "Feature", "properties": {"name": "lost"}, "geometry": None}
    empty = {
        "type": "Feature",
        "properties": None,
        "geometry": {"type": "GeometryCollection", "geometries": []},
    }
    given = [
        nowhere,
        feature("Polygon", [SQUARE]),
        feature("MultiPolygon", []),
        empty,
        feature("Polygon", [ELSEWHERE]),
    ]
    polygons = habitats(collection(*given))
    assert polygons.names == ("2", "5")
    assert polygons.ring.tolist() == [0, 1, 2]
    assert [note.split(": ", 1)[1] for note in polygons.notes] == [
        "features 1, 3, 4 have no geometry: left out"
    ]


def test_positions_are_longitude_and_latitude_unless_the_crs_says_otherwise(habitats):
    for crs in (
        {},
        {"crs": None},
        {"crs": named("urn:ogc:def:crs:OGC:1.3:CRS84")},
        {"crs": named("EPSG:4326")},
    ):
        polygons = habitats(collection(feature("Polygon", [SQUARE]), **crs), a_run(middle=0.0))
        assert (polygons.px.tolist(), polygons.notes) == ([0, 4, 4, 0], ())


@pytest.mark.parametrize(
    "name", ["urn:ogc:def:crs:EPSG::32631", "EPSG:27700", "EPSG:3857", "urn:ogc:def:crs:EPSG::4267"]
)
@pytest.mark.parametrize("run", ["EPSG:32630", "EPSG:2157", None])
def test_a_crs_is_transformed_to_the_coordinates_of_the_run(habitats, name, run):
    """A square of 5 km in the Celtic Sea, as pyproj has it in one system and in the other."""
    given = pyproj.Transformer.from_crs("EPSG:4326", name, always_xy=True)
    ring = np.column_stack(given.transform([-6.9, -6.8, -6.8, -6.9], [51.0, 51.0, 51.1, 51.1]))
    polygons = habitats(
        collection(feature("Polygon", [ring.tolist()]), crs=named(name)), a_run(run, None if run else -5.0)
    )
    expected = pyproj.Transformer.from_crs(name, run or "EPSG:4326", always_xy=True).transform(*ring.T)
    np.testing.assert_allclose([polygons.px, polygons.py], expected, rtol=1e-13)
    (note,) = polygons.notes
    assert f'sites.geojson: its coordinates, "{name}", are transformed to those of the run' in note


def test_the_crs_of_the_run_itself_changes_nothing(habitats):
    ring = box(421000.1, 5545000.3, 422000, 5546000)
    for run in ("EPSG:32630", None):  # a run that names none takes the file at its word
        polygons = habitats(collection(feature("Polygon", [ring]), crs=UTM), a_run(run))
        assert list(zip(polygons.px, polygons.py, strict=True)) == [tuple(corner) for corner in ring[:4]]
        taken = '"urn:ogc:def:crs:EPSG::32630", are taken as those of the run'
        assert [note.endswith(taken) for note in polygons.notes] == ([] if run else [True])


@pytest.mark.parametrize(("name", "says"), [
    ("tank", 'crs: "tank" is not known'), ("EPSG:999999", "is not known"),
    ("EPSG:4978", "(WGS 84) is neither a projection nor longitude and latitude"),
    ("EPSG:4807", "is not in degrees"),
])  # fmt: skip
def test_a_crs_that_cannot_serve_is_refused(habitats, name, says):
    for to_run in (a_run("EPSG:32630"), a_run(), a_run(middle=0.0)):
        with pytest.raises(RunFileError) as caught:
            habitats(collection(feature("Polygon", [SQUARE]), crs=named(name)), to_run)
        (problem,) = caught.value.problems
        assert "sites.geojson: " in problem
        assert says in problem


@pytest.mark.parametrize(
    "crs", [7, "EPSG:32630", {}, {"type": "name"}, {"type": "name", "properties": {"name": ""}}]
)
def test_a_crs_without_a_name_is_refused(habitats, crs):
    with pytest.raises(RunFileError, match=r"sites.geojson: its crs names no system"):
        habitats(collection(feature("Polygon", [SQUARE]), crs=crs))


def test_a_run_that_cannot_convert_says_what_to_give(habitats):
    for crs in ({}, {"crs": named("EPSG:4258")}):
        with pytest.raises(
            RunFileError, match=r"is in longitude and latitude, .*: give forcing.projection"
        ) as caught:
            habitats(collection(feature("Polygon", [SQUARE]), **crs), a_run())
        (problem,) = caught.value.problems
        assert "sites.geojson: " in problem
        assert "release" not in problem


def test_a_habitat_comes_to_the_mesh_by_whole_turns(habitats):
    polygons = habitats(feature("Polygon", [box(-123, 47, -122, 48)]), in_degrees(237.5))
    assert polygons.px.tolist() == [237, 238, 238, 237]
    assert habitats(feature("Polygon", [box(2, 47, 4, 48)]), in_degrees(359.0)).px.tolist() == [
        362,
        364,
        364,
        362,
    ]


def test_a_habitat_across_the_antimeridian_is_in_one_piece(habitats):
    for ring in (box(179, -18, -179, -17), box(179, -18, 181, -17), box(-181, -18, -179, -17)):
        assert habitats(feature("Polygon", [ring]), in_degrees(178.0)).px.tolist() == [179, 181, 181, 179]
        assert habitats(feature("Polygon", [ring]), in_degrees(-178.0)).px.tolist() == [
            -181,
            -179,
            -179,
            -181,
        ]


def test_a_habitat_beyond_the_earth_is_not_torn_apart(habitats):
    """Each vertex by itself would come to the mesh by the shortest way: some from the east, some from the
    west."""
    mesh = rectangle(10.0, 10.0, elements=200)
    tank = Tank(Mesh(mesh.x - 35, mesh.y + 40, mesh.triangles), geographic=True)
    polygons = habitats(
        collection(
            feature("Polygon", [box(140, 42, 160, 48)], name="Japan"),
            feature("Polygon", [box(-33, 42, -30, 44)]),
        ),
        in_degrees(-30.0),
    )
    assert np.ptp(polygons.px[:4]) == 20
    code, notes = polygons.codes(tank.whole)
    assert set(code) == {NOWHERE, UNSURE, 1}
    assert len(notes) == 1
    assert "Japan" in notes[0]
    # nearly half round, from the far end on
    polygons = habitats(feature("Polygon", [box(151, 0, -28, 80)]), in_degrees(-30.0))
    assert {-28, 151} <= set(polygons.px)
    assert set(polygons.codes(tank.whole)[0]) == {NOWHERE, UNSURE, 0}


def clockwise(ring):
    return ring[::-1]


def on_globe(polygons, lon, lat):
    """Whether places of a mesh round the Earth lie in the first polygon."""
    return polygon_at_places(polygons, np.asarray(lon, float), np.asarray(lat, float)) == 0


WIDE = [
    [box(-30, 20, 179, 80)],  # sides of 209 degrees
    [[[-30, 20], [80, 20], [179, 20], [179, 80], [80, 80], [-30, 80]]],
    [clockwise([[-30, 20], [80, 20], [179, 20], [179, 80], [80, 80], [-30, 80]])],
    [box(-120, -80, 120, 80), clockwise(box(-110, -70, 110, 70))],
    # the hole is nearer to the mesh the other way round
    [box(-30, 20, 178, 80), clockwise(box(170, 30, 177, 70))],
    [box(150, -10, 210, 10)],  # on a mesh of all longitudes it is at both ends
    [box(-200, -10, -150, 10)],
    [box(330, -10, 390, 10)],
    [box(100, 0, 290, 60)],
]


@pytest.mark.parametrize("rings", WIDE)
@pytest.mark.parametrize("middle", [0.0, 180.0, -4.0, 356.0])
def test_a_wide_outline_is_what_it_is_written_as(habitats, rings, middle):
    """Against shapely, place by place, on whichever turn of longitude the mesh is."""
    polygons = habitats(feature("Polygon", rings), a_run(middle=middle))
    lon, lat = np.random.default_rng(2).uniform([[middle - 180], [-90]], [[middle + 180], [90]], (2, 20_000))
    whole = shapely.Polygon(rings[0], rings[1:])
    expected = np.any(
        [shapely.contains_xy(whole, lon + 360 * turn, lat) for turn in (-2, -1, 0, 1, 2)], axis=0
    )
    np.testing.assert_array_equal(on_globe(polygons, lon, lat), expected)
    assert expected.any()


def test_a_projected_outline_is_followed_round_the_earth(habitats):
    """Mercator, wider than half the Earth, and a square across the date line in its own zone."""
    for name, ring in (("EPSG:3857", box(-30, 20, 170, 60)), ("EPSG:32601", box(178, 50, 182, 54))):
        to_metres = pyproj.Transformer.from_crs("EPSG:4326", name, always_xy=True).transform
        corners = to_metres(*np.transpose(ring[:4]))
        given = collection(feature("Polygon", [np.transpose(corners).tolist()]), crs=named(name))
        polygons = habitats(given, a_run(middle=75.0))
        lon, lat = np.random.default_rng(2).uniform([[-105], [15]], [[255], [65]], (2, 20_000))
        whole, x, y = shapely.Polygon(np.transpose(corners)), *to_metres(lon, lat)
        expected = shapely.contains_xy(whole, x, y)
        near = shapely.distance(shapely.points(x, y), whole.boundary) < 5
        np.testing.assert_array_equal(on_globe(polygons, lon, lat)[~near], expected[~near])
        assert expected.any()


@pytest.mark.parametrize("ring", [box(-30, 20, 80, 80), box(-40, 49.5, 60, 70), box(-30, 20, 160, 80)])
def test_long_sides_in_degrees_are_along_parallels_in_a_projected_run(habitats, ring):
    """Corners alone, joined by straight sides in the plane, have another latitude between them: hundreds of
    kilometres off."""
    polygons = habitats(feature("Polygon", [ring]), a_run("EPSG:32630"))
    lon, lat = np.random.default_rng(2).uniform([[-12], [40]], [[12], [60]], (2, 20_000))
    x, y = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32630", always_xy=True).transform(lon, lat)
    near = np.abs(lat - ring[0][1]) < 1e-4
    expected = shapely.contains_xy(shapely.Polygon(ring), lon, lat)
    np.testing.assert_array_equal(polygon_at_places(polygons, x, y)[~near] == 0, expected[~near])


def test_an_outline_that_a_projection_tears_apart_is_refused(habitats):
    with pytest.raises(
        RunFileError, match="feature 1: an outline goes where the projection of the run is torn"
    ):
        habitats(feature("Polygon", [box(-30, -20, 179, 80)]), a_run("EPSG:32630"))


@pytest.mark.parametrize(("ring", "says"), [
    (box(-180, -80, 180, 80), "an outline goes round all 360 degrees of longitude: cut it into parts that do not"),
    ([[-180, -80], [-90, -80], [0, -80], [90, -80], [180, -80], [180, 80], [90, 80], [0, 80], [-90, 80], [-180, 80]], "360"),
    ([[-180, -70], [-90, -75], [0, -70], [90, -66], [180, -70], [180, -90], [-180, -90]], "all 360 degrees"),
    (box(-179, -80, 179, 80), "a side of an outline goes 358 degrees of longitude as it is written, 2 the other way round"),
    (clockwise(box(-30, 20, 179, 80)), "goes 209 degrees of longitude as it is written, 151 the other way round"),
])  # fmt: skip
def test_an_outline_that_may_be_the_whole_earth_is_refused(habitats, ring, says):
    for middle in (-60.0, 300.0):
        with pytest.raises(RunFileError) as caught:
            habitats(feature("Polygon", [ring]), a_run(middle=middle))
        (problem,) = caught.value.problems
        assert "sites.geojson: feature 1: " in problem
        assert says in problem


def test_an_outline_round_a_pole_is_refused(habitats):
    ring = [[3e6, 2e6], [2e6, 3e6], [1e6, 2e6], [2e6, 1e6]]  # round the pole of UPS, at (2000 km, 2000 km)
    with pytest.raises(RunFileError, match="feature 1: an outline goes round a pole"):
        habitats(collection(feature("Polygon", [ring]), crs=named("EPSG:5041")), a_run(middle=0.0))


def test_a_projected_run_gets_what_its_projection_makes_of_the_file(habitats):
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
        (
            {"type": "Point", "coordinates": [1, 2]},
            'its type is "Point", not FeatureCollection, Feature, Polygon, MultiPolygon',
        ),
        (collection(), "has no features"),
        ({"type": "FeatureCollection"}, "has no list of features"),
        (
            collection(feature("Polygon", [SQUARE]), feature("Point", [1, 2])),
            'feature 2: its geometry is "Point", not one of Polygon, MultiPolygon',
        ),
        (collection({"type": "Feature", "geometry": None}), "has no features with a geometry"),
        (collection({"type": "Feature"}), "feature 1: its geometry is None"),
        (collection(7), "feature 1: its geometry"),
        (
            feature("Polygon", [[[0, 0], [1, 1], [0, 0]]]),
            "feature 1: a polygon needs three different corners",
        ),
        (feature("Polygon", [[[0, 0], [1, 1], [2, 2]]]), "feature 1: the polygon has no area"),
        (feature("Polygon", [SQUARE, [[1, 1]]]), "feature 1: a polygon needs three different corners"),
        (feature("Polygon", SQUARE), "feature 1: "),
        (feature("Polygon", []), "has no features with a geometry"),
        (feature("Polygon", [[]]), "feature 1: its coordinates are not nested as its type asks"),
        (feature("MultiPolygon", [SQUARE]), "feature 1: "),
        (feature("MultiPolygon", [[SQUARE], []]), "feature 1: its coordinates are not nested"),
        (feature("Polygon", [[["a", 2], [0, 1], [1, 1]]]), "feature 1: "),
        (
            feature("Polygon", [[[0, 0], [0, 95], [1, 1]]]),
            "feature 1: (0, 95) is not a longitude and latitude",
        ),
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
        habitats(collection(feature("Point", [1, 2]), feature("Polygon", [SQUARE]), feature("Polygon", {})))
    assert [problem.split(": ")[1] for problem in caught.value.problems] == ["feature 1", "feature 3"]


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(RunFileError, match=r"nowhere.geojson: cannot be read"):
        read_polygons(tmp_path / "nowhere.geojson", unchanged)


def test_a_place_that_the_projection_does_not_reach(habitats):
    with pytest.raises(RunFileError, match=r"feature 1: \(0, 0\) has no place in the coordinates of the run"):
        habitats(feature("Polygon", [SQUARE]), lambda x, y, coordinates: (x + np.inf, y))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["Polygon", "EPSG:32630", ""]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["type", "name", "properties"]), inner)
    ),
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
