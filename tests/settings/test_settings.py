"""Run files: what the keys become, and that everything wrong is said at once, where it stands, and what to
do."""

import json
import pickle
import tomllib
from pathlib import Path

import pytest

from fvdrift.engine.checkpoint.identity import settings as checkpointed
from fvdrift.errors import RunFileError
from fvdrift.settings import resolved_keys
from fvdrift.settings.depths import Depth, Dimension
from fvdrift.settings.instants import Instant
from fvdrift.settings.load import keys_of, load_run_file, repeated, run_file_from, tables
from fvdrift.settings.model import RunFile

MINIMAL = """
[forcing]
files = "flow.nc"
[[release]]
point = [1, 2]
"""


@pytest.fixture
def write(tmp_path):
    def write(text: str) -> Path:
        path = tmp_path / "run.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def problems(path, overrides=()):
    with pytest.raises(RunFileError) as error:
        load_run_file(path, overrides)
    return [problem.replace(f"{path}", "run.toml") for problem in error.value.problems]


def test_a_minimal_run_file_gets_all_defaults(write):
    path = write(MINIMAL)
    run = load_run_file(path)
    assert run.forcing.files == ("flow.nc",)
    assert run.forcing.max_gap is None
    assert run.time.step == 60_000_000
    assert run.time.start is None
    assert run.release[0].count == 1
    assert run.release[0].point == (1.0, 2.0)
    assert run.release[0].depth == Depth("uniform", 0, 0)
    assert run.advection.dimension == Dimension("3d", 0)
    assert run.boundary.open is None
    assert run.output.every == 3_600_000_000
    assert run.path == path
    assert run.resolve("flow.nc") == path.parent / "flow.nc"


def test_every_kind_of_value_becomes_what_is_used_inside(write):
    run = load_run_file(
        write(
            """
            seed = 7
            [forcing]
            files = ["a_*.nc", "b.nc"]
            max_gap = "3h"
            [time]
            start = "6h"
            duration = "1 d"
            step = 30
            [[release]]
            name = "one"
            box = [0, 1, 2, 3]
            depth = ["10 m", 2]
            count = 1e3
            start = 2020-05-01T02:00:00+02:00
            every = "10 min"
            until = "2020-05-01 12:00"
            [[release]]
            polygon = [[0, 0], [1, 0], [0, 1]]
            sigma = -0.3
            [[release]]
            file = "sites.csv"
            depth = "5m"
            start = 2020-05-02
            [advection]
            depth = "5m"
            [boundary]
            open = [[0, 0], [1, 0], [0, 1]]
            """
        )
    )
    may_first = 1_588_291_200_000_000
    assert run.time.start == Instant(6 * 3_600_000_000, relative=True)
    assert run.time.duration == 86_400_000_000
    assert run.time.step == 30_000_000
    one, two, three = run.release
    assert one.depth == Depth("range", 2.0, 10.0)
    assert one.count == 1000
    assert one.start == Instant(may_first, relative=False)
    assert one.until == Instant(may_first + 12 * 3_600_000_000, relative=False)
    assert two.depth == Depth("sigma", -0.3, -0.3)
    assert three.depth == Depth("range", 5.0, 5.0)
    assert three.start == Instant(may_first + 86_400_000_000, relative=False)
    assert run.advection.dimension == Dimension("depth", 5.0)
    assert run.boundary.open == ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))
    assert run.forcing.max_gap == 3 * 3_600_000_000


def test_all_problems_come_at_once_each_at_its_key(write):
    found = problems(
        write(
            """
            titel = "x"
            [forcing]
            files = "flow_*.nc"
            [time]
            start = 2020-05-01
            end = 2020-04-30
            duration = "1h"
            step = "5m"
            [[release]]
            point = [1, 2, 3]
            polygon = [[0, 0], [1, 1], [0, 0]]
            depht = "5m"
            count = 0
            until = "6h"
            [[release]]
            [advection]
            scheme = "rk5"
            depth = "5m"
            dimension = "2d"
            [boundary]
            coast = "silde"
            [output]
            file = "flow_tracks.nc"
            [bahaviour]
            """
        )
    )
    expected = [
        "titel: unknown key (did you mean title?)",
        "time.end: end 2020-04-30T00:00:00Z is not after start 2020-05-01T00:00:00Z",
        "time: end and duration are both given",
        'time.step: "5m" could be metres or minutes: write "5 min"',
        "release.0.point: [1, 2, 3] must be [x, y]",
        "release.0.polygon: a polygon needs at least 3 different points, not 2",
        "release.0: point, polygon are all given",
        "release.0.depht: unknown key (did you mean depth?)",
        "release.0.count: 0 must be at least 1",
        "release.0: until needs every",
        "release.1: where? give one of point, box, polygon, line or file",
        'advection.scheme: "rk5" must be "rk4", "rk2", "euler" (did you mean "rk4"?)',
        "advection: dimension and depth are both given",
        'boundary.coast: "silde" must be "slide", "reflect", "strand" (did you mean "slide"?)',
        'output.file: "flow_tracks.nc" matches forcing.files "flow_*.nc"',
        "bahaviour: unknown key (did you mean behaviour?)",
    ]
    for sentence in expected:
        assert any(problem.startswith(f"run.toml: {sentence}") for problem in found), sentence
    assert len(found) == len(expected)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "run.toml: forcing: is missing: write [forcing] with files"),
        ("", "run.toml: release: nothing is released: write a [[release]]"),
        ("release = []", "run.toml: release: nothing is released: write a [[release]]"),
        ("[release]\npoint = [1, 2]", "run.toml: release: write [[release]], in double brackets"),
        ("[forcing]", "run.toml: forcing.files: is missing"),
        ("forcing = 3", "run.toml: forcing: must be a table, not 3"),
        ("[forcing]\nseed = 3", "run.toml: forcing.seed: unknown key (seed goes above the first [table])"),
        ('"a\\nb" = 1', 'run.toml: "a\\nb": unknown key'),
        ("step = 60", "run.toml: step: unknown key (did you mean time.step?)"),
        (
            "[time]\nstep = 60s",
            "run.toml: line 2: not valid TOML: Expected newline or end of document after a statement (text and quantities",
        ),
        (
            "[time]\nstep = ",
            "run.toml: line 2: not valid TOML: Invalid value (a key without a value is left out: take",
        ),
        (b"title = '\xff'", "run.toml: line 1 is not UTF-8 text"),
        (b"\x89HDF\r\n\x1a\n" + bytes(65 << 20), "run.toml: is NetCDF, not a run file"),
        (b"CDF\x05" + bytes(28), "run.toml: is NetCDF, not a run file"),
        ("x = " + "9" * 5000, "run.toml: line 1: not valid TOML: Exceeds the limit"),
        ("x = " + "[" * 5000, "run.toml: its lists are nested too deep"),
        ("[time]\nstep = -1", "run.toml: time.step: -1 must be longer than 0 s"),
        ("[time]\nstart = 12:30:00", "run.toml: time.start: 12:30:00 is not a time"),
        ("[time]\nstart = 6", "run.toml: time.start: 6 is not a time"),
        (
            '[time]\nstart = "2020-02-30"',
            'run.toml: time.start: "2020-02-30" is not a date and time there is',
        ),
        (
            "[time]\nstart = 0001-01-01T00:00:00+10:00",
            "run.toml: time.start: 0001-01-01T00:00:00+10:00 lies outside",
        ),
        (
            '[time]\ndirection = "sideways"',
            'run.toml: time.direction: "sideways" must be "forward", "backward"',
        ),
        ("[[release]]\ncount = 1.5", "run.toml: release.0.count: 1.5 is not a whole number"),
        ("[[release]]\ncount = inf", "run.toml: release.0.count: inf is not a whole number"),
        ("[[release]]\npoint = [nan, 1]", "run.toml: release.0.point: nan is not a number I can use"),
        ("[[release]]\nbox = [1, 0, 0, 1]", "run.toml: release.0.box: x0 = 1 must be below x1 = 0"),
        ("[[release]]\nsigma = 0.3", "run.toml: release.0.sigma: 0.3 must lie between -1"),
        ('[[release]]\ndepth = "sigma = -0.3"', "run.toml: release.0.depth: write sigma as a key of its own"),
        ('[[release]]\ndepth = "deep"', 'run.toml: release.0.depth: "deep" is not a depth'),
        (
            '[[release]]\nbox=[0,0,1,1]\nradius = "1m"',
            "run.toml: release.0: radius goes with point, or with a file of points",
        ),
        (
            '[[release]]\npoint = [4e5, 5e6]\ncoordinates = "geographic"',
            "run.toml: release.0.coordinates: the point is not in degrees",
        ),
        ('[output]\nfile = "tracks.zarr"', 'run.toml: output.file: "tracks.zarr" must end in .nc'),
        ('[output]\nvariables = ["temp", "temp"]', 'run.toml: output.variables: "temp" is there twice'),
        ("[forcing]\nfiles = []", "run.toml: forcing.files: no file is named"),
        (
            '[advection]\ndimension = "4d"',
            'run.toml: advection.dimension: "4d" must be "3d", "2d" or "surface"',
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(write, text, sentence):
    found = problems(write(text))
    assert any(problem.startswith(sentence) for problem in found), found
    assert all("\n" not in problem for problem in found)


def test_a_missing_file_or_a_folder_is_a_problem_of_the_run_file(tmp_path):
    with pytest.raises(RunFileError, match="there is no such file"):
        load_run_file(tmp_path / "none.toml")
    with pytest.raises(RunFileError, match="cannot be read"):
        load_run_file(tmp_path)
    with pytest.raises(RunFileError):
        load_run_file("a\0b")


def test_a_byte_order_mark_and_windows_lines_are_read(write):
    assert load_run_file(write(b"\xef\xbb\xbf" + MINIMAL.replace("\n", "\r\n").encode())).release


def test_records_and_releases_keep_to_the_steps(write):
    found = problems(write(MINIMAL + 'every = "30s"\n[time]\nstep = "60s"\n[output]\nevery = "90s"'))
    assert found == [
        "run.toml: release.0.every: 30 s is not a multiple of time.step 60 s: take 60 s",
        "run.toml: output.every: 90 s is not a multiple of time.step 60 s: take 60 s or 2 min",
    ]


def test_set_lays_values_over_the_file(write):
    run = load_run_file(
        write(MINIMAL),
        [
            "time.step=30s",
            "release.0.count=10",
            "title=two words",
            'forcing.files=["a.nc", "b.nc"]',
            "time.start=2020-05-01T00:00:00Z",
            "output.file = out/tracks.nc",
        ],
    )
    assert run.time.step == 30_000_000
    assert run.release[0].count == 10
    assert run.title == "two words"
    assert run.forcing.files == ("a.nc", "b.nc")
    assert run.time.start == Instant(1_588_291_200_000_000, relative=False)
    assert run.output.file == "out/tracks.nc"


def test_a_bad_set_is_told_with_its_own_words(write):
    found = problems(
        write(MINIMAL),
        ["time.stepp=30s", "x", "release.3.count=1", "forcing.files.a=1", "seed=-1", "title=a\nb=1"],
    )
    assert found == [
        "--set x: write it as KEY=VALUE, such as time.step=30s",
        "--set release.3.count=1: release has no number 3: they count from 0 to 0",
        '--set forcing.files.a=1: forcing.files is "flow.nc", not a table',
        "run.toml: seed (from --set): -1 must be at least 0",
        "run.toml: time.stepp (from --set): unknown key (did you mean step?)",
    ]


def test_resolved_is_plain_says_everything_and_reads_back(write):
    path = write(
        MINIMAL.replace("point", 'sigma = -0.5\nevery = "90 min"\npoint') + '[advection]\ndepth = "5m"\n'
    )
    run = load_run_file(path)
    plain = json.loads(json.dumps(resolved_keys(run, whole=True)))
    assert plain["time"] == {"step": "60 s", "direction": "forward"}
    assert plain["release"][0]["every"] == "90 min"
    assert plain["release"][0]["sigma"] == -0.5
    assert plain["advection"] == {
        "scheme": "rk4",
        "depth": "5 m",
        "coast_gradient": "impermeable",
        "vertical_velocity": "auto",
    }
    assert run_file_from(plain, path) == run


def test_resolved_leaves_out_what_cannot_change_a_result(write):
    path = write(MINIMAL)
    one = load_run_file(path)
    other = load_run_file(path, ["parallel.parts=3", "output.file=elsewhere.nc"])
    assert resolved_keys(one) == resolved_keys(other)
    assert resolved_keys(other, whole=True)["output"]["file"] == "elsewhere.nc"


def test_a_run_file_travels_and_does_not_change(write):
    run = load_run_file(write(MINIMAL))
    copy = pickle.loads(pickle.dumps(run))
    assert copy == run
    assert copy.path == run.path
    with pytest.raises(ValueError, match="frozen"):
        run.seed = 3


NEEDED = {
    "rate": {"every": "1h"},
    "outside_time": {"file": "sites.csv"},  # by keys that go with others
    "until": {"every": "1h"},
    "stokes_depth": {"stokes_drift": ["u_stokes", "v_stokes"]},
    "competency": {"settlement": "reefs.geojson"},
    "state": {"custom": "larvae.py:swim"},
    "development": {"growth": "0.05 1/day"},
    "refloat": {"coast": "strand"},
    "resuspension": {"bottom": "deposit"},
}


REPEATED = {
    "field": {"name": "joy", "expression": "temp"}, "alert": {"when": "min(temp) > 1"}, "statistic": {"kind": "cloud"},
}  # fmt: skip
GRID = {"box": [0.0, 0.0, 1.0, 1.0], "cells": [2, 2]}
OF_ITS_KIND = {
    "box": {"kind": "density", **GRID}, "cells": {"kind": "density", **GRID}, "ages": {"kind": "density"},
    "period": {"kind": "exposure"}, "polygons": {"kind": "flushing"}, "sources": {"kind": "connectivity", "polygons": "a"},
    "competency": {"kind": "connectivity", "polygons": "a"}, "points": {"kind": "ftle"},
    "after": {"kind": "ftle", "points": [3, 3]}, "layers": {"kind": "concentration"},
    "threshold": {"kind": "concentration"}, "variable": {"kind": "mean"}, "lines": {"kind": "section"},
    "line": {"kind": "section"}, "length": {"kind": "shore"},
}  # fmt: skip


def test_every_key_says_what_it_is_and_has_an_example_that_is_valid(tmp_path):
    for name, table in tables().items():
        for key in keys_of(table):
            field = table.model_fields[key]
            assert field.description.endswith("."), (name, key)
            tree = tomllib.loads(MINIMAL)
            if (name, key) == ("statistic", "length"):
                tree["boundary"] = {"coast": "strand"}
            value = tomllib.loads(f"value = {field.json_schema_extra['example']}")["value"]
            place = tree["release"][0] if name == "release" else tree.setdefault(name, {}) if name else tree
            if name in repeated() - {"release"}:
                place = dict(REPEATED[name])
                tree[name] = [place]
            if key in ("box", "polygon", "line", "file", "outside_time") and name == "release":
                del place["point"]
            needed = OF_ITS_KIND if name == "statistic" else NEEDED
            place.update({**needed.get(key, {}), key: value})
            assert isinstance(run_file_from(tree, tmp_path / "run.toml"), RunFile)


def test_statistics_and_areas_read_back_as_they_are_resolved(tmp_path):
    """Tracks hold the run file with all its defaults, and `fvdrift stats` reads it from there."""
    tree = tomllib.loads(MINIMAL)
    tree["release"] = [{"box": [0, 0, 1, 1]}, {"point": [1, 2], "radius": "5m"}]
    tree["output"] = {"every": "30min", "tracks": False}
    tree["statistic"] = [
        {"kind": "density", "box": [0, 0, 1, 1], "cells": [3, 4], "ages": ["0h", "90min"], "period": "1h"}, {"kind": "cloud"},
        {"kind": "connectivity", "polygons": "a.json", "competency": ["1d", "2d"], "every": "1h"},
        {"kind": "ftle", "points": [9, 3], "after": "2h"}, {"kind": "flushing", "name": "all", "status": ["active"]},
    ]  # fmt: skip
    run_file = run_file_from(tree, tmp_path / "run.toml")
    again = run_file_from(
        json.loads(json.dumps(resolved_keys(run_file, whole=True))), tmp_path / "run.toml", resolved=True
    )
    assert again == run_file
    # what is found is the same with and without them
    assert "tracks" not in resolved_keys(run_file)["output"]


@pytest.mark.parametrize(("block", "problem"), [
    ({"kind": "density", "box": [0, 0, 1, 1]}, "statistic.0: box and cells go together"),
    ({"kind": "density", "ages": ["2h", "1h"]}, "statistic.0.ages: ['2h', '1h'] must be ages that ascend"),
    ({"kind": "density", "every": "90min"}, "statistic.0.every: 90 min is not a multiple of output.every 1 h: take 1 h or 2 h"),
    ({"kind": "density", "every": "2h", "period": "5h"}, "statistic.0.period: 5 h is not a multiple of every 2 h: take 4 h"),
    ({"kind": "ftle", "points": [2, 9]}, "statistic.0.points: must have at least 3 columns"),
    ({"kind": "ftle"}, 'statistic.0.points: is missing: kind = "ftle" needs it'),
    ({"kind": "cloud", "ages": ["0h", "1h"]}, 'statistic.0.ages: kind = "cloud" has no such key'),
    ({"kind": "flushing", "status": ["dead"]}, 'statistic.0.status: "dead" is none of active, stranded, deposited'),
    ({"kind": "cloud", "releases": []}, "statistic.0.releases: an empty list names no release: nobody would count"),
    ({"kind": "flushing", "name": "2nd"}, 'statistic.0.name: "2nd" is not a name'),
    ({"kind": "densty"}, '(did you mean "density"?)'),
])  # fmt: skip
def test_what_is_wrong_with_a_statistic_is_said_where_it_stands(tmp_path, block, problem):
    tree = {**tomllib.loads(MINIMAL), "statistic": [block]}
    with pytest.raises(RunFileError) as error:
        run_file_from(tree, tmp_path / "run.toml")
    assert problem in str(error.value)


def test_two_statistics_of_a_kind_need_names(tmp_path):
    tree = {**tomllib.loads(MINIMAL), "statistic": [{"kind": "cloud"}, {"kind": "cloud"}]}
    with pytest.raises(RunFileError, match=r'statistic\.1\.name: "cloud" is the name of another'):
        run_file_from(tree, tmp_path / "run.toml")
    tree["statistic"][1]["name"] = "other"
    assert [block.title for block in run_file_from(tree, tmp_path / "run.toml").statistic] == [
        "cloud",
        "other",
    ]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('"2 GB"', 2 * 10**9),
        ('"1.5 MiB"', 3 << 19),
        ("4096", 4096),
        ('"never"', "never"),
        ('" Auto"', "auto"),
    ],
)
def test_tracks_are_split_by_a_size(write, written, read):
    assert load_run_file(write(MINIMAL + f"[output]\nsplit = {written}\n")).output.split == read


@pytest.mark.parametrize("written", ['"2 GBit"', '"large"', "0", "-1", "true", '"2 m"', "[1]"])
def test_what_is_no_size_splits_nothing(write, written):
    with pytest.raises(RunFileError, match=r"output\.split: "):
        load_run_file(write(MINIMAL + f"[output]\nsplit = {written}\n"))


def test_how_tracks_are_split_is_no_part_of_what_they_say_of_the_run(write):
    plain, split = (load_run_file(write(MINIMAL + f"[output]\n{key}")) for key in ("", 'split = "1 MB"\n'))
    assert resolved_keys(plain) == resolved_keys(split)
    assert checkpointed(plain) == checkpointed(split)
    assert resolved_keys(split, whole=True)["output"]["split"] == 10**6


@pytest.mark.parametrize(
    ("names", "number", "variable"),
    [
        (("reef", "reef_mean"), 1, "reef_mean_age"),
        (("deep_mean", "deep"), 0, "deep_mean_age"),
        (("mesh_face",), 0, "mesh_face_lat"),
    ],
)
def test_statistics_with_a_variable_of_one_name_are_refused(names, number, variable, tmp_path):
    """The file of a connectivity holds NAME_mean_age, that of a density NAME_age."""
    tree = tomllib.loads(MINIMAL)
    tree["statistic"] = [{"kind": "cloud", "name": name} for name in names]
    with pytest.raises(RunFileError, match=rf"statistic\.{number}\.name: .*{variable} is a variable of"):
        run_file_from(tree, tmp_path / "run.toml")
    tree["statistic"] = [{"kind": "cloud", "name": name} for name in ("reef", "reef_late", "reefs")]
    assert run_file_from(tree, tmp_path / "run.toml").statistic
