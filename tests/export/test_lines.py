"""Lines on maps: GeoJSON, KML and GeoPackage hold each trajectory with its names, places and times."""

import json
import xml.etree.ElementTree as ET
from itertools import groupby

import numpy as np
import pytest

from fvdrift.cli import main

from .conftest import ROWS, SETTLED, STATUSES, truth, write_tracks

KML, GX = "{http://www.opengis.net/kml/2.2}", "{http://www.google.com/kml/ext/2.2}"


def export(path, to, *options):
    made = path.with_suffix(f".{to}")
    assert main(["export", str(path), "--to", to, "--overwrite", "--quiet", *options]) == 0
    return made


def lines(path):
    """The records of each trajectory in the order of time."""
    by_number = groupby(truth(path), lambda row: row["trajectory"])
    return {number: sorted(rows, key=lambda row: row["time"]) for number, rows in by_number}


def text(time):
    if hasattr(time, "year"):
        return time.strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".") + "Z"
    days, rest = divmod(round(time * 1e6), 86_400_000_000)
    return f"day {days} {rest // 3_600_000_000:02d}:{rest // 60_000_000 % 60:02d}:{rest % 60_000_000 / 1e6:05.2f}"


def fate(path, number):
    """Of tests' tracks, by their numbers."""
    return {0: "stranded", 1: "settled", 2: "exited", 3: "dead"}.get(number, "active")


@pytest.mark.parametrize("kind", ["degrees", "projected", "no calendar", "backward"])
def test_geojson_has_each_line_with_its_times(tracks, kind):
    path = tracks(kind)
    found = json.loads(export(path, "geojson").read_text(encoding="utf-8"))
    expected = lines(path)
    assert found["type"] == "FeatureCollection"
    assert [feature["properties"]["trajectory"] for feature in found["features"]] == list(expected)
    for feature, (number, rows) in zip(found["features"], expected.items(), strict=True):
        where, told = feature["geometry"], feature["properties"]
        places = where["coordinates"] if len(rows) > 1 else [where["coordinates"]]
        assert where["type"] == ("LineString" if len(rows) > 1 else "Point")
        np.testing.assert_allclose(places, [[row["lon"], row["lat"]] for row in rows], rtol=0, atol=6e-8)
        assert told["times"] == [text(row["time"]) for row in rows]
        assert (told["start"], told["end"]) == (told["times"][0], told["times"][-1])
        assert (told["release"], told["status"]) == (rows[0]["release"], fate(path, number))


def test_a_line_is_cut_at_the_antimeridian(tracks):
    """The files have longitudes from 0 to 360; RFC 7946 wants -180 to 180, and no line across."""
    path = tracks("antimeridian")
    found = json.loads(export(path, "geojson").read_text(encoding="utf-8"))["features"]
    expected = lines(path)
    cut = [feature for feature in found if feature["geometry"]["type"] == "MultiLineString"]
    assert len(cut) > 10
    for feature in cut:
        rows = expected[feature["properties"]["trajectory"]]
        west, east = feature["geometry"]["coordinates"]
        assert all(0 < x <= 180 for x, _ in west)
        assert all(-180 <= x < 0 for x, _ in east)
        assert (west[-1][0], east[0][0]) == (180, -180)
        assert west[-1][1] == east[0][1]
        back = [*west[:-1], *([x + 360, y] for x, y in east[1:])]
        np.testing.assert_allclose(back, [[row["lon"], row["lat"]] for row in rows], rtol=0, atol=6e-8)
        when = feature["properties"]["times"]
        assert [*when[0][:-1], *when[1][1:]] == [text(row["time"]) for row in rows]
        last, lat = len(west) - 2, west[-1][1]
        part = (180 - rows[last]["lon"]) / (rows[last + 1]["lon"] - rows[last]["lon"])
        assert lat == pytest.approx(
            rows[last]["lat"] + part * (rows[last + 1]["lat"] - rows[last]["lat"]), abs=1e-7
        )
        crossed = (rows[last]["time"] + part * (rows[last + 1]["time"] - rows[last]["time"])).timestamp()
        assert when[0][-1] == when[1][0]
        assert np.datetime64(when[0][-1][:-1], "us").astype(float) / 1e6 == pytest.approx(crossed, abs=1e-3)


@pytest.mark.parametrize("kind", ["projected", "backward"])
def test_kml_has_a_folder_a_release_and_a_track_a_trajectory(tracks, kind):
    path = tracks(kind)
    document = ET.parse(export(path, "kml")).getroot().find(f"{KML}Document")
    assert document.findtext(f"{KML}name") == "Río & sea"
    styles = {f"#{style.get('id')}": style for style in document.findall(f"{KML}Style")}
    expected, seen = lines(path), 0
    for folder in document.findall(f"{KML}Folder"):
        for mark in folder.findall(f"{KML}Placemark"):
            rows = expected[int(mark.findtext(f"{KML}name"))]
            track = mark.find(f"{GX}Track")
            assert track.findtext(f"{KML}altitudeMode") == "clampToGround"
            assert [when.text for when in track.findall(f"{KML}when")] == [text(row["time"]) for row in rows]
            places = [
                [float(number) for number in coord.text.split()] for coord in track.findall(f"{GX}coord")
            ]
            np.testing.assert_allclose(
                places, [[row["lon"], row["lat"], 0] for row in rows], rtol=0, atol=6e-8
            )
            assert rows[0]["release"] == folder.findtext(f"{KML}name")
            assert mark.findtext(f"{KML}styleUrl") in styles
            told = {each.get("name"): each.findtext(f"{KML}value") for each in mark.iter(f"{KML}Data")}
            assert told["status"] == fate(path, rows[0]["trajectory"])
            seen += 1
    assert seen == len(expected)
    assert len({style.findtext(f"{KML}LineStyle/{KML}color") for style in styles.values()}) == 2


def test_kml_without_a_calendar_has_lines_and_across_the_antimeridian_several_tracks(tracks):
    root = ET.parse(export(tracks("no calendar"), "kml")).getroot()
    assert not list(root.iter(f"{GX}Track"))
    assert len(list(root.iter(f"{KML}LineString"))) == len(lines(tracks("no calendar")))
    root = ET.parse(export(tracks("antimeridian"), "kml")).getroot()
    assert list(root.iter(f"{GX}MultiTrack"))
    longitudes = [float(coord.text.split()[0]) for coord in root.iter(f"{GX}coord")]
    assert min(longitudes) < -179
    assert max(longitudes) <= 180


def test_a_geopackage_of_nobody_has_empty_layers(tracks):
    pyogrio = pytest.importorskip("pyogrio")
    made = export(tracks("projected"), "gpkg", "--status", "deposited")
    told = {layer: pyogrio.read_info(made, layer=layer) for layer in ("tracks", "records")}
    assert [each["features"] for each in told.values()] == [0, 0]
    assert {each["crs"] for each in told.values()} == {"EPSG:32630"}
    assert {"status", "start", "records"} <= set(told["tracks"]["fields"])
    assert {"status", "time", "temp"} <= set(told["records"]["fields"])


def test_columns_that_a_geopackage_takes_for_others_get_names_of_their_own(tmp_path):
    pyogrio = pytest.importorskip("pyogrio")
    path = write_tracks(tmp_path / "a.nc", more=("Temp", "fid", "geom", "TEMP"))
    told, _, _, columns = pyogrio.raw.read(export(path, "gpkg"), layer="records")
    assert list(told["fields"])[-6:] == ["temp", "salinity", "Temp_", "fid_", "geom_", "TEMP__"]
    found = dict(zip(told["fields"], columns, strict=True))
    for value, name in enumerate(("Temp_", "fid_", "geom_", "TEMP__")):
        np.testing.assert_array_equal(found[name], value)


@pytest.mark.parametrize(
    ("kind", "system"),
    [("degrees", "EPSG:4326"), ("projected", "EPSG:32630"), ("metres", None), ("no calendar", "EPSG:32630")],
)
def test_a_geopackage_has_lines_and_points_in_the_system_of_the_run(tracks, kind, system):
    pyogrio, shapely = pytest.importorskip("pyogrio"), pytest.importorskip("shapely")
    path = tracks(kind)
    made, expected = export(path, "gpkg"), lines(path)
    assert sorted(name for name, _ in pyogrio.list_layers(made)) == ["records", "tracks"]
    axes = ("lon", "lat") if kind == "degrees" else ("x", "y")
    told, _, shapes, columns = pyogrio.raw.read(made, layer="tracks")
    assert told["crs"] == system
    found = dict(zip(told["fields"], columns, strict=True))
    assert list(found["trajectory"]) == list(expected)
    for place, (number, rows) in enumerate(expected.items()):
        assert (found["release"][place], found["status"][place]) == (rows[0]["release"], fate(path, number))
        assert found["records"][place] == len(rows)
        if len(rows) > 1:
            got = shapely.get_coordinates(shapely.from_wkb(shapes[place]))
            np.testing.assert_allclose(got, [[row[axis] for axis in axes] for row in rows], rtol=1e-14)
        else:
            assert shapes[place] is None
        assert same_time(found["start"][place], rows[0]["time"])
        assert same_time(found["end"][place], rows[-1]["time"])
    told, _, shapes, columns = pyogrio.raw.read(made, layer="records", datetime_as_string=True)
    assert told["crs"] == system
    found, records = dict(zip(told["fields"], columns, strict=True)), truth(path)
    assert [*found["trajectory"]] == [row["trajectory"] for row in records]
    assert [*found["status"]] == [row["status"] for row in records]
    got = shapely.get_coordinates(shapely.from_wkb(shapes))
    np.testing.assert_allclose(got, [[row[axis] for axis in axes] for row in records], rtol=1e-14)
    temp = np.array([np.nan if row["temp"] is None else row["temp"] for row in records])
    np.testing.assert_array_equal(found["temp"].astype(float), temp)
    if kind == "degrees":
        assert all(time.endswith(("Z", "+00:00")) for time in found["time"])
        assert [time[:19].replace(" ", "T") for time in found["time"]] == [
            text(row["time"])[:19] for row in records
        ]


def same_time(found, expected):
    if isinstance(found, str):
        return found == text(expected)
    return found.astype("M8[ms]").astype(int) == round(expected.timestamp() * 1000)


def test_points_of_a_geopackage_lie_within_180_degrees(tracks):
    pyogrio, shapely = pytest.importorskip("pyogrio"), pytest.importorskip("shapely")
    made = export(tracks("antimeridian"), "gpkg")
    for layer in ("tracks", "records"):
        _, _, shapes, _ = pyogrio.raw.read(made, layer=layer)
        x = shapely.get_coordinates(shapely.from_wkb([shape for shape in shapes if shape is not None]))[:, 0]
        assert -180 <= x.min() < -179
        assert 179 < x.max() <= 180


@pytest.mark.parametrize("to", ["geojson", "kml"])
def test_metres_of_no_known_system_are_refused_for_the_globe(tracks, to, capsys):
    path = tracks("metres")
    assert main(["export", str(path), "--to", to]) == 2
    assert "run it again with forcing.projection" in capsys.readouterr().err
    assert not path.with_suffix(f".{to}").exists()
    assert not list(path.parent.glob(".*.tmp"))


def test_lines_of_part_of_the_tracks(tracks):
    path = tracks("degrees")
    found = json.loads(
        export(path, "geojson", "--every", "3", "--status", "settled", "--status", "dead").read_text()
    )
    told = {feature["properties"]["trajectory"]: feature["properties"] for feature in found["features"]}
    assert list(told) == [SETTLED, SETTLED + 2]
    assert told[SETTLED]["status"] == STATUSES[4]
    assert len(told[SETTLED]["times"]) == len(range(0, min(ROWS, 4), 3))
