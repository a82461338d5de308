"""All that is wrong with a run comes at once: keys, files, polygons, names, releases, whatever comes
first."""

import json

import numpy as np
import pytest

from fvdrift.cli import main
from fvdrift.errors import ForcingError, RunFileError
from fvdrift.preparation.prepare import prepare_run
from fvdrift.settings.load import run_file_from
from generate_forcing import Flow, even_levels, rectangle, write_forcing
from tank import HOUR, still


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("bay")
    mesh = rectangle(4000.0, 2000.0, elements=60)
    write_forcing(
        path / "f.nc", x=mesh.x, y=mesh.y, triangles=mesh.triangles, h=10.0, siglev=even_levels(2),
        times_us=HOUR * np.arange(3), flow=Flow(u=still, v=still, omega=still),
    )  # fmt: skip
    (path / "bad.geojson").write_text('{"type": "Polygon", "coordinates": [')
    (path / "sites.csv").write_text("x,y\n1,one\n")
    return path


WRONG = {
    "time": {"step": "7min"},
    "release": [
        {"name": "a", "file": "sites.csv"}, {"name": "b", "file": "none.csv"}, {"name": "c", "point": [9e5, 9e5]},
    ],
    "diffusion": {"vertical": "kh"},
    "behaviour": {"mortality": "deth", "settlement": "bad.geojson"},
    "boundary": {"open": "none.dat"},
    "alert": [{"when": "min(tmep) > 1"}],
    "statistic": [{"kind": "polygons", "polygons": "none.geojson"}],
    "output": {"every": "35min", "variables": ["salt"]},
}  # fmt: skip
SAID = (
    'sites.csv: line 2: column y: "one" is not a number', "none.csv: cannot be read",
    "diffusion.vertical: the forcing has no kh", "none.dat: boundary.open: cannot be read",
    'alert.0.when: ', "output.variables: the forcing has no 'salt'", "bad.geojson: is not GeoJSON",
    "none.geojson: cannot be read",
)  # fmt: skip


def test_one_mistake_does_not_hide_the_others(folder):
    with pytest.raises(RunFileError) as error:
        prepare_run(run_file_from({"forcing": {"files": "f.nc"}, **WRONG}, folder / "run.toml"))
    said = "\n".join(error.value.problems)
    assert [words for words in SAID if words not in said] == []
    assert len(set(error.value.problems)) == len(error.value.problems)


BAD, LINES, NONE = "bad.geojson", "lines.geojson", "none.shp"
POLYGONS = {"kind": "polygons", "polygons": BAD}


@pytest.mark.parametrize(("tables", "key", "file"), [
    ({"statistic": [{"kind": "cloud"}, POLYGONS]}, "statistic.1.polygons", BAD),
    ({"statistic": [POLYGONS, {**POLYGONS, "name": "b"}]}, "statistic.1.polygons", BAD),
    ({"statistic": [{"kind": "connectivity", "polygons": "good.geojson", "sources": BAD}]}, "statistic.0.sources", BAD),
    ({"statistic": [{"kind": "polygons", "polygons": NONE}]}, "statistic.0.polygons", NONE),
    ({"statistic": [{"kind": "section", "lines": LINES}]}, "statistic.0.lines", f"{LINES}: feature 1"),
    ({"statistic": [{"kind": "section", "lines": NONE}]}, "statistic.0.lines", NONE),
    ({"behaviour": {"settlement": BAD}}, "behaviour.settlement", BAD),
    ({"boundary": {"open": BAD}}, "boundary.open", BAD),
    ({"release": [{"point": [2000.0, 1000.0]}, {"file": BAD}]}, "release.1.file", BAD),
    ({"release": [{"file": "sites.csv"}]}, "release.0.file", "sites.csv: line 2"),
])  # fmt: skip
def test_what_is_wrong_with_a_file_says_where_it_is_asked_for(folder, tables, key, file):
    lines = {"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": [[0]]}}
    (folder / LINES).write_text(json.dumps(lines))
    ring = [[500, 500], [1500, 500], [1500, 1500], [500, 500]]
    (folder / "good.geojson").write_text(json.dumps({
        "type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]},
        "crs": {"type": "name", "properties": {"name": "EPSG:32630"}},
    }))  # fmt: skip
    tree = {"forcing": {"files": "f.nc"}, "release": [{"point": [2000.0, 1000.0]}], **tables}
    with pytest.raises(RunFileError) as error:
        prepare_run(run_file_from(tree, folder / "run.toml"))
    said = [problem for problem in error.value.problems if f"run.toml: {key}: {folder / file}" in problem]
    assert len(said) == 1, error.value.problems
    assert all(problem.split("run.toml: ")[0] in ("", f"{folder}/") for problem in error.value.problems)


def test_wrong_places_and_names_come_with_what_is_wrong_elsewhere(folder):
    tree = {
        "forcing": {"files": "f.nc"}, "release": [{"point": [9e5, 9e5]}, {"box": [5e5, 5e5, 6e5, 6e5]}],
        "output": {"variables": ["salt"]}, "statistic": [{"kind": "cloud", "releases": ["gone"]}],
    }  # fmt: skip
    with pytest.raises(RunFileError) as error:
        prepare_run(run_file_from(tree, folder / "run.toml"))
    said = error.value.problems
    assert len(said) == 4
    assert "output.variables" in said[0]
    assert 'there is no release "gone"' in said[1]
    assert "(900000, 900000)" in said[2]
    assert "there is no water" in said[3]


def test_forcing_that_is_not_there_hides_no_other_file(folder):
    with pytest.raises(ForcingError) as error:
        prepare_run(run_file_from({"forcing": {"files": "gone*.nc"}, **WRONG}, folder / "run.toml"))
    said = str(error.value).splitlines()
    assert "matches no file" in said[0]
    assert sum("there is no such file" in line for line in said) == 3


def test_what_is_alone_wrong_is_said_alone(folder):
    with pytest.raises(ForcingError) as error:
        prepare_run(
            run_file_from(
                {"forcing": {"files": "gone*.nc"}, "release": [{"point": [1, 2]}]}, folder / "run.toml"
            )
        )
    assert "\n" not in str(error.value)
    tree = {
        "forcing": {"files": "f.nc"},
        "release": [{"point": [2000, 1000]}],
        "output": {"variables": ["salt"]},
    }
    with pytest.raises(RunFileError) as error:
        prepare_run(run_file_from(tree, folder / "run.toml"))
    assert len(error.value.problems) == 1


def test_wrong_keys_come_with_files_that_are_missing_or_bad(folder, capsys):
    (folder / "run.toml").write_text("""
        [forcing]
        files = ["gone*.nc", "f.nc", "none.nc"]
        [time]
        stepp = "60s"
        [[release]]
        file = "none.csv"
        [behaviour]
        settling = "fast"
        settlement = "bad.geojson"
        [[statistic]]
        kind = "polygons"
        polygons = 'none.geojson'
    """)
    for command in ("plan", "run"):
        assert main([command, str(folder / "run.toml")]) == 2
        said = capsys.readouterr().err
        assert "5 problems" in said
        for words in ("unknown key", "behaviour.settling", "none.csv", "none.geojson", "is not GeoJSON"):
            assert words in said
