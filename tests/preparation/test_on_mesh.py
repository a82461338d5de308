"""Areas and points of a person that lie off the mesh: how much of them is told against shapely, and what was
meant."""

import json
import re

import numpy as np
import pyproj
import pytest
import shapely

from fvdrift.errors import RunFileError
from fvdrift.preparation.prepare import prepare_run
from fvdrift.settings.load import run_file_from
from generate_forcing import Flow, even_levels, rectangle, write_forcing
from tank import HOUR, still

LENGTH, WIDTH = 20_000.0, 10_000.0
X0, Y0 = 420_000.0, 5_540_000.0
ZONE = "EPSG:32630"
DEGREES = pyproj.Transformer.from_crs(ZONE, "EPSG:4326", always_xy=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One water in metres, metre.nc, and in degrees, degree.nc."""
    path = tmp_path_factory.mktemp("sea")
    mesh = rectangle(LENGTH, WIDTH, elements=200)
    x, y = X0 + mesh.x, Y0 + mesh.y
    lon, lat = DEGREES.transform(x, y)
    flow = Flow(u=still, v=still, omega=still)
    common = {
        "triangles": mesh.triangles,
        "h": 15.0,
        "siglev": even_levels(2),
        "times_us": HOUR * np.arange(3),
        "flow": flow,
    }
    write_forcing(path / "metre.nc", x=x, y=y, **common)
    write_forcing(path / "degree.nc", x=x, y=y, lon=lon, lat=lat, coordinates="geographic", **common)
    return path


def prepared(folder, release, *, degrees=False, **tables):
    forcing = {"files": "degree.nc"} if degrees else {"files": "metre.nc", "projection": ZONE}
    tree = {"forcing": forcing, "release": [release], "boundary": {"open": "none"}, **tables}
    return prepare_run(run_file_from(tree, folder / "run.toml"))


def refused(folder, release, **options):
    with pytest.raises(RunFileError) as error:
        prepared(folder, release, **options).source.check()
    return error.value.problems


def here(dx, dy):
    """A place of the water, x and y."""
    return [X0 + dx, Y0 + dy]


def there(dx, dy):
    """The same, longitude and latitude."""
    return [float(value) for value in DEGREES.transform(*here(dx, dy))]


def test_the_part_of_an_area_that_lies_on_the_mesh_is_told(folder):
    outline = [here(-3000, 2000), here(8000, -4000), here(12_000, 7000), here(3000, 14_000)]
    area = shapely.Polygon(outline)
    part = 100 * area.intersection(shapely.box(X0, Y0, X0 + LENGTH, Y0 + WIDTH)).area / area.area
    (note,) = [
        note
        for note in prepared(folder, {"polygon": outline, "count": 70}).notes
        if "lies on the mesh" in note
    ]
    assert float(re.search(r"about (\d+) %", note)[1]) == pytest.approx(part, abs=1.5)
    assert "where all its 70 particles start" in note
    degrees = prepared(
        folder, {"polygon": [DEGREES.transform(*corner) for corner in outline]}, degrees=True
    ).notes
    (note,) = [note for note in degrees if "lies on the mesh" in note]
    assert float(re.search(r"about (\d+) %", note)[1]) == pytest.approx(part, abs=1.5)
    (note,) = [
        note
        for note in prepared(folder, {"line": [here(-1000, 100), here(3000, 100)]}).notes
        if "lies on" in note
    ]
    assert "about 75 % of its length lies on the mesh" in note
    inside = prepared(folder, {"box": [*here(100, 100), *here(900, 900)]}).notes
    assert not any("on the mesh" in note for note in inside)


@pytest.mark.parametrize(
    ("release", "degrees", "says"),
    [
        (
            {"box": [*here(30_000, 0), *here(40_000, 9000)]},
            False,
            "the mesh reaches from 420000 to 440000 m east",
        ),
        ({"point": there(5000, 5000)}, False, "these look like degrees, and are read as metres"),
        (
            {"point": there(5000, 5000)[::-1]},
            False,
            "these look like degrees, with longitude and latitude swapped",
        ),
        ({"point": here(5000, 5000)[::-1]}, False, "x and y may be swapped"),
        ({"point": there(5000, 5000)[::-1]}, True, "longitude and latitude may be swapped"),
        (
            {"point": [-there(5000, 5000)[0], there(5000, 5000)[1]]},
            True,
            "the sign of the longitude may be wrong",
        ),
        (
            {"point": there(5000, 5000)[::-1], "coordinates": "geographic"},
            False,
            "longitude and latitude may be swapped",
        ),
        ({"point": here(5000, 5000)}, True, "is not a longitude and latitude in degrees (metres?"),
        (
            {"box": [*here(5000, 5000), *here(6000, 6000)]},
            True,
            "is not a longitude and latitude in degrees (metres?",
        ),
        (
            {"line": [here(5000, 5000), here(6000, 6000)]},
            True,
            "is not a longitude and latitude in degrees (metres?",
        ),
    ],
)
def test_what_lies_off_the_mesh_is_refused_with_what_was_meant(folder, release, degrees, says):
    (problem,) = refused(folder, release, degrees=degrees)
    assert says in problem


def test_messages_have_the_coordinates_that_were_written(folder):
    """Degrees in a run in metres, longitudes of another turn, lines of a file."""
    lon, lat = there(-2000, 5000)
    (problem,) = refused(folder, {"point": [lon, lat], "coordinates": "geographic"})
    assert f"the first at ({lon:.10g}, {lat:.10g})" in problem
    (problem,) = refused(folder, {"point": [lon + 360, lat], "radius": 5}, degrees=True)
    assert f"the first within 5 m of ({lon + 360:.10g}, {lat:.10g})" in problem
    (folder / "s.csv").write_text(f"lon,lat\n{','.join(map(str, there(5, 5)))}\n\n{lon},{lat}\n")
    (problem,) = refused(folder, {"file": "s.csv"})
    assert f"1 of 2 particles are not in the water, the first at ({lon:.10g}, {lat:.10g}), line 4" in problem
    box = [*there(-4000, 1000), *there(-2000, 2000)]
    (problem,) = refused(folder, {"box": box, "coordinates": "geographic"})
    assert f"in its shape, ({box[0]:.10g}, {box[1]:.10g}) to ({box[2]:.10g}, {box[3]:.10g})" in problem


def test_degrees_that_lie_on_a_mesh_in_metres_by_chance_are_told(tmp_path):
    mesh = rectangle(LENGTH, WIDTH, elements=200)
    write_forcing(
        tmp_path / "metre.nc", x=mesh.x, y=mesh.y, triangles=mesh.triangles, h=15.0, siglev=even_levels(2),
        times_us=HOUR * np.arange(3), flow=Flow(u=still, v=still, omega=still),
    )  # fmt: skip

    def notes(box):
        tree = {"forcing": {"files": "metre.nc"}, "release": [{"box": box}], "boundary": {"open": "none"}}
        return prepare_run(run_file_from(tree, tmp_path / "run.toml")).notes

    assert any(
        note.startswith('warning: release "1": these look like degrees')
        for note in notes([3.9, 50.0, 4.1, 50.2])
    )
    assert any("degrees" in note for note in notes([2.0, 2.0, 8.0, 8.0]))  # kilometres, perhaps
    assert not any("degrees" in note for note in notes([3.9, 5.0, 304.1, 80.2]))


def features(folder, name, **polygons):
    made = [
        {
            "type": "Feature",
            "properties": {"name": key},
            "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
        }
        for key, ring in polygons.items()
    ]
    (folder / name).write_text(json.dumps({"type": "FeatureCollection", "features": made}))
    return name


def square(dx, dy, side=2000):
    return [there(dx, dy), there(dx + side, dy), there(dx + side, dy + side), there(dx, dy + side)]


def test_polygons_of_statistics_off_the_mesh_are_told_or_refused(folder):
    where = {"point": here(5000, 5000)}
    some = features(
        folder, "some.geojson", here=square(5000, 5000), half=square(-1000, 5000), gone=square(-9000, 0)
    )
    notes = prepared(folder, where, statistic=[{"kind": "polygons", "polygons": some}]).notes
    (gone,) = [note for note in notes if note.startswith("warning: statistic.0.polygons")]
    assert 'polygon "gone" touches no element of the mesh' in gone
    (part,) = [note for note in notes if "reach beyond the mesh" in note]
    assert '1 of 3 polygons reach beyond the mesh: about 50 % of "half" lies on it' in part
    swapped = features(folder, "swapped.geojson", here=[place[::-1] for place in square(5000, 5000)])
    for degrees in (False, True):
        problems = refused(
            folder, {"point": there(5000, 5000), "coordinates": "geographic"}, degrees=degrees,
            statistic=[{"kind": "polygons", "polygons": swapped}, {"kind": "density", "box": [1, 2, 3, 4], "cells": [1, 1]}],
        )  # fmt: skip
        assert "none of its 1 polygons touches the mesh: longitude and latitude may be swapped" in problems[0]
        assert "statistic.1.box: the box does not touch the mesh" in problems[1]
    notes = prepared(folder, where, behaviour={"settlement": swapped}).notes
    assert any(
        note.startswith("warning: behaviour.settlement: ") and "may be swapped" in note for note in notes
    )
    with pytest.raises(RunFileError, match=r"no outer side .* longitude and latitude may be swapped"):
        prepared(folder, where, boundary={"open": swapped})


def test_a_box_of_a_statistic_tells_its_part(folder):
    density = {"kind": "density", "box": [*here(-5000, 0), *here(5000, 10_000)], "cells": [2, 2]}
    notes = prepared(folder, {"point": here(5000, 5000)}, statistic=[density]).notes
    assert "statistic.0.box: about 50 % of the box lies on the mesh" in notes
