"""Shapefiles and GeoPackages beside the GeoJSON of the same features: the same polygons and releases, and what is
said of files that are none."""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pyogrio
import pyproj
import pytest
import shapely

from fvdrift.errors import RunFileError
from fvdrift.mesh.coordinates import conversion
from fvdrift.mesh.polygons import read_polygons
from fvdrift.release.plan import plan_releases
from fvdrift.settings.load import run_file_from
from fvdrift.settings.named_files import missing_files
from fvdrift.timeline.clock import StepGrid
from fvdrift.tools import feature_file

SQUARE = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
HOLE = [[1, 1], [1, 2], [2, 2], [2, 1], [1, 1]]
AWAY = [[9, 9], [10, 9], [10, 10], [9, 9]]
REEF, BANK = ("Polygon", [SQUARE, HOLE]), ("MultiPolygon", [[SQUARE, HOLE], [AWAY]])
UTM = "EPSG:32631"
GRID = StepGrid(0, 3_600_000_000, 60_000_000)


def as_geojson(path: Path, shapes, crs=UTM, **columns) -> Path:
    features = [
        {"type": "Feature", "properties": {key: values[n] for key, values in columns.items()},
         "geometry": shape and {"type": shape[0], "coordinates": shape[1]}}
        for n, shape in enumerate(shapes)
    ]  # fmt: skip
    named = {"crs": {"type": "name", "properties": {"name": crs}}} if crs else {}
    path.write_text(json.dumps({"type": "FeatureCollection", **named, "features": features}))
    return path


def written(path: Path, shapes, crs=UTM, *, kind="Unknown", layer=None, z=False, **columns) -> Path:
    """The same as shapefile or GeoPackage, with heights where `z` asks for them."""
    made = [shape and shapely.geometry.shape({"type": shape[0], "coordinates": shape[1]}) for shape in shapes]
    made = [shapely.force_3d(shape, 7.0) if z and shape else shape for shape in made]
    masks = [np.array([value is None for value in each]) for each in columns.values()]
    values = [
        np.array([type(each[0])() if value is None else value for value in each]) for each in columns.values()
    ]
    values = [each.astype(object) if each.dtype.kind == "U" else each for each in values]
    with warnings.catch_warnings(action="ignore"):  # where there is no crs
        pyogrio.raw.write(
            path,
            shapely.to_wkb(np.array(made, object)),
            values,
            list(columns),
            geometry_type=kind,
            crs=crs,
            layer=layer,
            field_mask=masks,
        )
    return path if layer is None else path.with_name(f"{path.name}#{layer}")


def unchanged(x, y, coordinates):
    return x, y


def refused(path: Path) -> str:
    with pytest.raises(RunFileError) as caught:
        read_polygons(path, unchanged)
    (problem,) = caught.value.problems
    assert str(path) in problem
    return problem


def alike(first, second) -> None:
    assert first.names == second.names
    for name in ("px", "py", "first", "ring", "part"):
        a, b = getattr(first, name), getattr(second, name)
        assert a.dtype == b.dtype
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("z", [False, True])
def test_polygons_are_those_of_the_same_geojson(tmp_path: Path, z: bool) -> None:
    """Shapefiles turn rings the other way round, and call one part a Polygon."""
    names = ["Ålesund", "banc"]
    expected = read_polygons(as_geojson(tmp_path / "a.geojson", [REEF, BANK], name=names), unchanged)
    assert expected.ring.tolist() == [0, 2, 5]
    kind = "MultiPolygon Z" if z else "MultiPolygon"
    alike(
        read_polygons(
            written(tmp_path / "a.shp", [REEF, BANK], kind="Polygon Z" if z else "Polygon", z=z, NAME=names),
            unchanged,
        ),
        expected,
    )
    shapes = [("MultiPolygon", [REEF[1]]), BANK]
    alike(
        read_polygons(written(tmp_path / "a.gpkg", shapes, kind=kind, z=z, name=names), unchanged), expected
    )


def test_coordinates_are_those_that_the_file_names(tmp_path: Path) -> None:
    """In metres of another zone than the run's; truth from pyproj."""

    class Projected:
        geographic = False

        def nearest_longitude(self, lon):
            return lon

    corners = np.array([[4e5, 55e5], [41e4, 55e5], [41e4, 551e4]])
    ring = [*corners.tolist(), corners[0].tolist()]
    found = read_polygons(
        written(tmp_path / "a.gpkg", [("Polygon", [ring])]), conversion(Projected(), "EPSG:32632", "")
    )
    expected = pyproj.Transformer.from_crs(UTM, "EPSG:32632", always_xy=True).transform(*corners.T)
    np.testing.assert_allclose([found.px, found.py], expected, rtol=1e-12)
    assert found.notes == (
        f'{tmp_path / "a.gpkg"}: its coordinates, "{UTM}", are transformed to those of the run',
    )

    def nameless(x, y, coordinates):
        """Of a run whose own system is not known."""
        if coordinates == "geographic":
            raise RunFileError("name the system")
        return x, y

    own = pyproj.CRS.from_proj4("+proj=laea +lat_0=50 +lon_0=3.25 +ellps=GRS80").to_wkt()
    told = read_polygons(
        written(tmp_path / "own.shp", [REEF], own, kind="Polygon", name=["reef"]), nameless
    ).notes
    assert len(told[0]) < len(str(tmp_path)) + 100  # a system without a number is told by its name
    lonlat = read_polygons(
        written(tmp_path / "lonlat.shp", [REEF], "EPSG:4326", kind="Polygon", name=["reef"]), unchanged
    )
    assert (lonlat.coordinates, lonlat.notes) == ("geographic", ())


def planned(file: Path, **keys):
    tree = {"forcing": {"files": ["a.nc"]}, "release": [{"file": str(file), **keys}]}
    return plan_releases(run_file_from(tree, file.parent / "run.toml"), GRID, unchanged)


def test_releases_are_those_of_the_same_geojson(tmp_path: Path) -> None:
    line, points = ("MultiLineString", [[[0, 0], [1, 1]], [[5, 5], [6, 6]]]), ("MultiPoint", [[1, 2], [3, 4]])
    shapes, columns = (
        [REEF, line, points, ("Point", [7, 7])],
        {"name": ["a", None, "b", "b"], "count": [3, 4, 5, None], "depth": ["2m", "bottom", None, "1m"]},
    )
    expected = planned(as_geojson(tmp_path / "a.geojson", shapes, **columns), count=9)
    plan = planned(written(tmp_path / "a.gpkg", shapes, layer="sites", **columns), count=9)
    assert plan.total == expected.total == 3 + 4 + 2 * 5 + 9
    assert plan.names == expected.names
    for shape, same in zip(plan.shapes, expected.shapes, strict=True):
        assert type(shape) is type(same)
        assert all(map(np.array_equal, shape, same))


def test_a_layer_is_named_where_there_are_several(tmp_path: Path) -> None:
    file = tmp_path / "zones.gpkg"
    written(file, [REEF], layer="reefs", name=["r"])
    assert read_polygons(file, unchanged).names == ("r",)
    pyogrio.raw.write(
        file, None, [np.array([1])], ["n"], layer="notes"
    )  # a table without places is none to choose
    assert read_polygons(file, unchanged).names == ("r",)
    written(file, [BANK], layer="two, banks", name=["b"])
    assert read_polygons(tmp_path / "zones.gpkg#two, banks", unchanged).names == ("b",)
    assert refused(file).endswith('has several layers, "reefs", "two, banks": name one, "zones.gpkg#reefs"')
    assert refused(tmp_path / "zones.gpkg#notes").endswith(
        'there is no layer "notes" with places; there is "reefs", "two, banks"'
    )


def test_features_without_a_place_are_left_out_and_told(tmp_path: Path) -> None:
    found = read_polygons(
        written(tmp_path / "a.gpkg", [REEF, None, ("Polygon", [])], name=["a", "b", "c"]), unchanged
    )
    assert found.names == ("a",)
    assert found.notes[-1].endswith("features 2, 3 have no geometry: left out")
    assert refused(written(tmp_path / "b.shp", [None], kind="Polygon", name=["a"])).endswith(
        "has no features with a geometry"
    )
    assert refused(written(tmp_path / "c.gpkg", [("Point", [1, 2])])).endswith(
        'feature 1: its geometry is "Point", not one of Polygon, MultiPolygon'
    )


def test_names_that_are_numbers_are_written_as_such(tmp_path: Path) -> None:
    """GDAL gives integers as floats where one is missing."""
    found = read_polygons(
        written(tmp_path / "a.shp", [REEF, REEF], kind="Polygon", name=[3, None]), unchanged
    )
    assert found.names == ("3", "2")


@pytest.mark.parametrize("suffix", [".shx", ".dbf", ".prj"])
def test_a_shapefile_of_which_a_part_is_missing_is_refused(tmp_path: Path, suffix: str) -> None:
    file = written(tmp_path / "a.shp", [REEF], kind="Polygon", name=["a"])
    (tmp_path / f"a{suffix}").unlink()
    assert f"a{suffix} is" in refused(file)


def test_a_release_may_say_what_a_shapefile_does_not(tmp_path: Path) -> None:
    file = written(tmp_path / "a.shp", [REEF], None, kind="Polygon", name=["a"])
    assert planned(file, coordinates="projected").total == 1
    with pytest.raises(RunFileError, match=r"a\.prj is missing"):
        planned(file)


def test_files_that_cannot_be_read_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "odd.gpkg").write_text("no database")
    assert "odd.gpkg: cannot be read: " in refused(tmp_path / "odd.gpkg")
    assert refused(tmp_path / "none.shp").endswith("cannot be read: No such file or directory")
    file = written(tmp_path / "a.gpkg", [REEF], name=["a"])
    monkeypatch.setitem(sys.modules, "pyogrio", None)
    assert refused(file).endswith(
        "a shapefile or GeoPackage needs pyogrio and shapely: pip install 'fvdrift[geo]'"
    )


def test_all_that_lies_beside_a_shapefile_belongs_to_it(tmp_path: Path) -> None:
    file = written(tmp_path / "a.shp", [REEF], kind="Polygon", name=["a"])
    assert [path.name for path in feature_file.files_of(file)] == [
        "a.shp",
        "a.shx",
        "a.dbf",
        "a.prj",
        "a.cpg",
    ]
    tree = {"behaviour": {"settlement": "b.gpkg#reefs"}, "statistic": [{"polygons": "a.shp"}]}
    assert missing_files(tree, tmp_path / "run.toml") == [
        f"run.toml: behaviour.settlement: {tmp_path / 'b.gpkg'}: there is no such file"
    ]
