"""Release shapes from GeoJSON files."""

import json

import numpy as np
import pyproj
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fvdrift.errors import RunFileError
from fvdrift.mesh.coordinates import conversion
from fvdrift.mesh.shapes import DEPTH_KINDS, Line, Points, Polygon
from fvdrift.release.plan import ReleasePlan

from .conftest import a_run

SQUARE = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
HOLE = [[1, 1], [1, 2], [2, 2], [2, 1], [1, 1]]


def feature(kind, coordinates, **properties):
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def collection(*features):
    return {"type": "FeatureCollection", "features": list(features)}


@pytest.fixture
def from_geojson(planned, tmp_path):
    def read(content, block=(), **options):
        text = content if isinstance(content, str) else json.dumps(content)
        (tmp_path / "zones.geojson").write_text(text)
        return planned({"file": "zones.geojson", **dict(block)}, **options)

    return read


def refused(from_geojson, content, block=(), **options):
    with pytest.raises(RunFileError) as caught:
        from_geojson(content, block, **options)
    return caught.value.problems


def test_every_geometry_becomes_its_shape(from_geojson):
    plan = from_geojson(
        collection(
            feature("Point", [1, 2, -7]),
            feature("MultiPoint", [[1, 2], [3, 4]]),
            feature("LineString", [[0, 0], [1, 1], [2, 0]]),
            feature("MultiLineString", [[[0, 0], [1, 1]], [[5, 5], [6, 6]]]),
            feature("Polygon", [SQUARE, HOLE]),
            feature("MultiPolygon", [[SQUARE, HOLE], [[[9, 9], [10, 9], [10, 10], [9, 9]]]]),
        ),
        {"count": 3},
    )
    assert [type(shape) for shape in plan.shapes] == [Points, Points, Line, Line, Polygon, Polygon]
    assert plan.total == 3 * 7
    assert plan.shapes[3].x.tolist() == [[0, 1], [5, 6]]
    assert plan.shapes[4].first.tolist() == [0, 4, 8]
    assert plan.shapes[5].first.tolist() == [0, 4, 8, 11]


def test_a_bare_geometry_and_a_single_feature_are_taken(from_geojson):
    assert from_geojson({"type": "Point", "coordinates": [1, 2]}).total == 1
    assert from_geojson(feature("Point", [1, 2], count=4)).total == 4


def test_properties_name_count_and_depth_are_honoured(from_geojson):
    plan = from_geojson(
        collection(
            feature("Polygon", [SQUARE], name="farm", count=2, depth="5m"),
            feature("Point", [1, 2], name="outfall", depth=[2, 10]),
            feature("Polygon", [SQUARE], name=None, colour="red", sigma=-0.5),
        ),
        {"name": "rest", "depth": "surface"},
    )
    assert plan.names == ["farm", "outfall", "rest"]
    assert plan.release_of(np.arange(4)).tolist() == [0, 0, 1, 2]
    depths = [plan.depths_of(i) for i in range(3)]
    assert [DEPTH_KINDS[d.kind[0]] for d in depths] == ["range", "range", "sigma"]
    assert [(d.upper[0], d.lower[0]) for d in depths] == [(5, 5), (2, 10), (-0.5, -0.5)]


def test_it_is_geographic_unless_the_run_file_says_otherwise(from_geojson):
    def to_run(x, y, kind):
        return x + (100 if kind == "geographic" else 0), y

    assert from_geojson(feature("Point", [1, 2]), to_run=to_run).shapes[0].x[0] == 101
    assert (
        from_geojson(feature("Point", [1, 2]), {"coordinates": "projected"}, to_run=to_run).shapes[0].x[0]
        == 1
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "is not GeoJSON"),
        ("[" * 100_000, "is not GeoJSON"),
        ({"type": "Topology"}, 'its type is "Topology"'),
        (collection(), "has no features"),
        ({"type": "FeatureCollection"}, "has no list of features"),
        (
            collection(feature("Point", [1, 2]), feature("Circle", [1, 2])),
            'feature 2: its geometry is "Circle"',
        ),
        (
            feature("Polygon", [[[0, 0], [1, 1], [0, 0]]]),
            "feature 1: a polygon needs three different corners",
        ),
        (feature("Polygon", SQUARE), "feature 1: "),
        (feature("Point", ["a", 2]), "feature 1: "),
        (feature("Point", []), "has no features with a geometry"),
        (feature("Point", [1]), "feature 1: "),
        (feature("LineString", [[0, 0], [0, 0]]), "feature 1: a line needs two different points"),
        (feature("Point", [1, 95]), "(1, 95) is not a longitude and latitude"),
        (feature("Point", [1, 2], count=1.5), "feature 1: count: 1.5 is not a whole number"),
        (feature("Point", [1, 2], count="many"), "feature 1: count"),
        (feature("Point", [1, 2], depth="deep"), "feature 1: depth"),
        (feature("Point", [1, 2], sigma=3), "feature 1: depth"),
        ({"type": "Feature", "geometry": None}, "has no features with a geometry"),
        (collection(7), "feature 1: its geometry"),
    ],
)
def test_every_error_names_file_and_feature(from_geojson, content, says):
    (problem,) = refused(from_geojson, content)
    assert "zones.geojson: " in problem
    assert says in problem


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["Point", "Polygon", "5m", ""]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["type", "name"]), inner, max_size=2)
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]),
    coordinates=json_values,
    count=json_values,
    depth=json_values,
    name=json_values,
)
def test_any_feature_gives_a_plan_or_a_sentence(from_geojson, kind, coordinates, count, depth, name):
    try:
        plan = from_geojson(feature(kind, coordinates, count=count, depth=depth, name=name))
    except RunFileError as error:
        problems = error.problems
    else:
        problems = []
        assert isinstance(plan, ReleasePlan)
    assert all("zones.geojson" in problem or "release" in problem for problem in problems)


def test_features_without_a_geometry_are_left_out_and_told(from_geojson):
    nowhere = {"type": "Feature", "properties": {"count": 7}, "geometry": None}
    plan = from_geojson(collection(nowhere, feature("Point", [1, 2], count=3), feature("LineString", [])))
    assert plan.total == 3
    assert [note.split(": ", 1)[1] for note in plan.notes if "zones" in note] == [
        "features 1, 3 have no geometry: left out"
    ]


def test_a_crs_is_transformed_to_the_coordinates_of_the_run(from_geojson):
    """Points, lines and areas, in another zone of UTM than the run; what the run file says must fit."""
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32631"}}
    ring = [[200e3, 5500e3], [210e3, 5500e3], [210e3, 5510e3], [200e3, 5510e3]]
    given = {
        **collection(feature("Point", ring[0]), feature("LineString", ring), feature("Polygon", [ring])),
        "crs": crs,
    }
    expected = pyproj.Transformer.from_crs("EPSG:32631", "EPSG:32630", always_xy=True).transform(
        *np.transpose(ring)
    )
    to_run = conversion(a_run(False), "EPSG:32630", "run.toml")
    for block in ({}, {"coordinates": "projected"}):
        point, line, area = from_geojson(given, block, to_run=to_run).shapes
        np.testing.assert_allclose([area.x, area.y], expected, rtol=1e-13)
        np.testing.assert_allclose([line.x[:, 0], line.y[:, 0]], np.array(expected)[:, :3], rtol=1e-13)
        assert (point.x[0], point.y[0]) == (area.x[0], area.y[0])
    (problem,) = refused(from_geojson, given, {"coordinates": "geographic"}, to_run=to_run)
    assert 'zones.geojson: its crs says projected coordinates, coordinates = "geographic" others' in problem
