"""Statistics of whole runs: the same bytes while running, on any number of workers, without tracks, and from
the tracks."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import netCDF4
import numpy as np
import pytest

from fvdrift.cli import main
from fvdrift.output.paths import statistics_path
from fvdrift_kernels.state import STRANDED

from .cases import CASES, EVERYWHERE, REEFS
from .flows import LENGTH, WIDTH, Flow, channel, gyres
from .workshop import MPIEXEC, Tree, columns, contents, digest, needs_mpiexec, record, solve, start, write_run

NAMES = ("everywhere", "beach", "faster", "globe", "backward", "larvae")


def boxes(*corners: tuple[float, float, float, float], projected: bool) -> dict:
    """Overlapping rectangles as GeoJSON."""
    rings = [[[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]] for x0, y0, x1, y1 in corners]
    features = [
        {
            "type": "Feature",
            "properties": {"name": f"box {n}"},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        for n, ring in enumerate(rings)
    ]
    crs = {"crs": {"type": "name", "properties": {"name": "EPSG:32630"}}} if projected else {}
    return {"type": "FeatureCollection", **crs, "features": features}


def place(name: str) -> tuple[list[float], dict]:
    """A grid's box and polygons where the particles of a case are."""
    if name == "globe":
        return [-4.0, 50.0, -3.86, 50.022], boxes(
            (-4.0, 50.0, -3.95, 50.02), (-3.96, 50.005, -3.9, 50.03), projected=False
        )
    if name in ("beach", "faster"):
        halves = (0.0, 0.0, 0.6 * LENGTH, 0.5 * WIDTH), (0.5 * LENGTH, 0.2 * WIDTH, LENGTH, WIDTH)
        return [0.0, 0.0, LENGTH, 0.9 * WIDTH], boxes(*halves, projected=True)
    return EVERYWHERE, REEFS


def with_statistics(folder: Path, name: str) -> Tree:
    """The case with one statistic of every kind, and some that leave particles out."""
    tree = CASES[name](folder)
    box, polygons = place(name)
    (folder / "zones.geojson").write_text(json.dumps(polygons))
    zones = {"polygons": "zones.geojson"}
    tree["statistic"] = [
        {"kind": "density", "box": box, "cells": [9, 7], "period": "2h", "every": "1h"},
        {"kind": "density", "name": "nodes", "ages": ["0h", "70min", "3h"]},
        {"kind": "exposure", "status": ["active"]},
        {"kind": "concentration", "layers": {"depth": ["0m", "2m", "90m"]}, "threshold": 1e-7},
        {"kind": "concentration", "name": "grid", "box": box, "cells": [9, 7], "period": "2h", "every": "1h"},
        {"kind": "polygons", **zones},
        {
            "kind": "connectivity",
            **zones,
            "sources": "zones.geojson",
            "competency": ["30min", "2h"],
            "every": "1h",
        },
        {"kind": "connectivity", "name": "by_release", **zones},
        {"kind": "flushing"},
        {"kind": "flushing", "name": "of_zones", **zones},
        {"kind": "cloud"},
        {
            "kind": "exposure",
            "name": "filtered",
            "where": "u > 0 and z < -1",
            "depth": ["0m", "8m"],
            "dry": False,
        },
        {
            "kind": "connectivity",
            "name": "resting",
            **zones,
            "status": ["active", "stranded", "settled"],
            "age": ["20min", "5h"],
            "height": ["1m", "9m"],
        },
        {"kind": "section", "line": [box[:2], box[2:]], "period": "1h", "status": ["active", "settled"]},
        {"kind": "section", "name": "upper", "line": [box[:2], box[2:]], "depth": ["0m", "3m"]},
        {"kind": "mean", "variable": "u", "ages": ["0h", "2h", "5h"], "period": "1h"},
        {"kind": "mean", "name": "height", "variable": "z", **zones, "where": "sigma > -0.9"},
        {"kind": "cloud", "name": "all", "apart": False, "status": ["stranded", "deposited"]},
    ]
    if name == "beach":  # larvae have a number, the others count particles
        tree["release"] = [{**release, "mass": "5 kg"} for release in tree["release"]]
    if name == "beach":  # the others hold nobody at the coast
        halves = boxes((-1.0, -1.0, 4e3, 9e3), (7e3, -1.0, 11e3, 9e3), projected=True)
        (folder / "banks.geojson").write_text(json.dumps(halves))
        tree["statistic"] += [
            {"kind": "shore"},
            {"kind": "shore", "name": "by_km", "length": "1 km", "every": "1h", "where": "x > 1000"},
            {"kind": "shore", "name": "banks", "polygons": "banks.geojson"},
        ]
    if name == "everywhere":
        x, y = np.meshgrid(np.linspace(424000.0, 431000.0, 8), np.linspace(5543000.0, 5548000.0, 6))
        rows = [f"{a!r},{b!r}" for a, b in zip(map(float, x.flat), map(float, y.flat), strict=True)]
        (folder / "grid.csv").write_text("\n".join(["x,y", *rows]) + "\n")
        tree["release"] += [{"name": "grid", "file": "grid.csv", "allow_outside": True}]
        tree["statistic"] += [
            {"kind": "ftle", "releases": ["grid"], "points": [8, 6]},
            {"kind": "ftle", "name": "early", "releases": ["grid"], "points": [8, 6], "after": "1h"},
        ]
    tree["output"]["every"] = {"beach": "30min", "faster": "1h", "globe": "30min"}.get(name, "20min")
    return tree


class Truth(NamedTuple):
    run_file: Path
    tracks: Path
    statistics: Path
    digest: str


Of = Callable[[str], Truth]


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Of:
    """By name of a case: its run by one worker."""
    done: dict[str, Truth] = {}

    def of(name: str) -> Truth:
        if name not in done:
            folder = tmp_path_factory.mktemp(name)
            run_file = write_run(folder, with_statistics(folder, name))
            tracks = solve(run_file, output="one.nc")
            made = statistics_path(tracks)
            done[name] = Truth(run_file, tracks, made, digest(made))
        return done[name]

    return of


@pytest.mark.parametrize("name", NAMES)
def test_tracks_give_the_same_bytes(name: str, truth: Of, capsys: pytest.CaptureFixture[str]) -> None:
    it = truth(name)
    assert main(["stats", str(it.tracks), "-o", str(it.tracks.with_name("from.nc")), "--overwrite"]) == 0
    assert digest(it.tracks.with_name("from.nc")) == it.digest
    assert "connectivity:" in capsys.readouterr().out


@pytest.mark.parametrize("parts", [pytest.param(2, marks=pytest.mark.validation), 7])
@pytest.mark.parametrize("name", NAMES)
def test_any_number_of_workers_gives_the_same_bytes_without_tracks(name: str, parts: int, truth: Of) -> None:
    it = truth(name)
    tracks = solve(it.run_file, "output.tracks=false", parts=parts, output=f"parts{parts}.nc")
    assert not tracks.exists()
    assert not list(tracks.parent.glob(f"parts{parts}.nc*"))
    assert digest(statistics_path(tracks)) == it.digest
    assert record(tracks)["counts"] == record(it.tracks)["counts"]
    assert record(tracks)["final_counts"] == record(it.tracks)["final_counts"]
    assert record(tracks)["final_on_dry"] == record(it.tracks)["final_on_dry"]


@needs_mpiexec
def test_three_ranks_give_the_same_bytes(truth: Of) -> None:
    assert MPIEXEC is not None
    runs = [(str(truth(name).run_file), "output.file=three.nc", "parallel.manager=shared") for name in NAMES]
    ran = start(json.dumps(runs), ranks=3, program=[Path(__file__).with_name("run_several.py")], timeout=240)
    assert ran.returncode == 0, ran.stderr
    for name in NAMES:
        assert digest(truth(name).statistics.with_name("three.stats.nc")) == truth(name).digest


def test_a_run_that_an_alert_stops_has_the_statistics_of_its_tracks(tmp_path: Path) -> None:
    """Without a calendar, and on several workers."""
    forcing = channel(tmp_path / "plain.nc", gyres(0.5, drift=0.3), calendar=False)
    tree = with_statistics(tmp_path, "beach")
    tree["forcing"] = {"files": [str(forcing)]}
    tree["boundary"] = {"open": str(tmp_path / "plain_obc.dat"), "coast": "strand"}
    tree["alert"] = [{"when": "max(age) >= 7200", "action": "stop", "every": "30min"}]
    run_file = write_run(tmp_path, tree)
    tracks, parts = (
        solve(run_file, output="one.nc"),
        solve(run_file, "output.tracks=false", parts=5, output="five.nc"),
    )
    assert columns(tracks)["x"].shape[1] == 5
    assert columns(statistics_path(tracks))["polygons_inside"].shape[0] == 5
    assert main(["stats", str(tracks), "-o", str(tmp_path / "from.nc")]) == 0
    assert digest(tmp_path / "from.nc") == digest(statistics_path(tracks)) == digest(statistics_path(parts))


@pytest.fixture(scope="module")
def between(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run file of a uniform flow: particles start every 10 min, also from a file and on land, and are
    recorded every 30."""
    folder = tmp_path_factory.mktemp("between")
    (folder / "flow").mkdir()
    flow = Flow(
        u=lambda x, y, s, t: 0.5 + 0 * x * s,
        v=lambda x, y, s, t: 0 * x * s,
        omega=lambda x, y, s, t: 0 * x * s,
    )
    forcing = channel(folder / "flow" / "flow.nc", flow, frames=7)
    zones = boxes((0.0, -500.0, 1000.0, 3000.0), (4000.0, -500.0, 4300.0, 3000.0), projected=True)
    (folder / "zones.geojson").write_text(json.dumps(zones))
    (folder / "points.csv").write_text("x,y\n500,100\n700,-100\n900,200\n")
    every = {"every": "10min", "until": "2h"}
    return write_run(folder, {
        "forcing": {"files": [str(forcing)]}, "time": {"step": "1min", "duration": "4h"},
        "boundary": {"open": str(folder / "flow" / "flow_obc.dat")},
        "release": [{"name": "first", "count": 40, "box": [0.0, 0.0, 1000.0, WIDTH], **every},
                    {"name": "points", "file": "points.csv", "allow_outside": True, **every}],
        "output": {"file": "out.nc", "every": "30min"},
        "statistic": [
            {"kind": "flushing", "polygons": "zones.geojson"},
            {"kind": "polygons", "polygons": "zones.geojson", "every": "1h"},
            {"kind": "connectivity", "polygons": "zones.geojson", "sources": "zones.geojson", "competency": "59min"},
            {"kind": "exposure", "box": [-500.0, -500.0, LENGTH, WIDTH], "cells": [1, 1]},
            {"kind": "exposure", "name": "elements"},
        ],
    })  # fmt: skip


def test_what_starts_between_records_is_known_to_tracks_too(
    between: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """To the same bytes; from where the files of the run are, whatever folder asks. Times are those of the
    flow."""
    tracks, parts = (
        solve(between, output="one.nc"),
        solve(between, "output.tracks=false", parts=3, output="three.nc"),
    )
    other = between.parent / "elsewhere" / "other.toml"
    other.parent.mkdir()
    config = between.read_text().partition("[[statistic]]")
    other.write_text((config[1] + config[2]).replace("zones.geojson", "../zones.geojson"))
    assert main(["stats", str(tracks), "-o", str(between.parent / "from.nc")]) == 0
    assert main(["stats", str(tracks), "--config", str(other), "-o", str(between.parent / "other.nc")]) == 0
    assert (
        digest(between.parent / "from.nc")
        == digest(statistics_path(tracks))
        == digest(statistics_path(parts))
    )
    found = columns(statistics_path(tracks))
    for name, values in columns(between.parent / "other.nc").items():
        np.testing.assert_array_equal(values, found[name], err_msg=name)
    released = 13 * 42  # two of three points are in the water
    assert found["flushing_observed"][0].tolist() == [released, 0]
    assert found["connectivity_particles"].tolist() == [released, 0, 0]
    assert found["polygons_began"].tolist() == [released, 0]
    rows = columns(tracks)
    first = np.isfinite(rows["x"]).argmax(axis=1)
    known = np.flatnonzero(np.isfinite(rows["x"]).any(axis=1))
    age = rows["time"][known, first[known]] - rows["release_time"][known]
    ahead = 1000.0 - (rows["x"][known, first[known]] - 0.5 * age)
    assert (ahead[age > 0] < 0.5 * age[age > 0]).any()  # who has left before its first record
    assert found["flushing_mean_residence_time"][0] == pytest.approx(2 * ahead.mean(), rel=2e-3)
    assert found["polygons_mean_stay"][0] == pytest.approx(2 * ahead.mean(), rel=2e-3)
    assert found["polygons_mean_stay_is_lower_bound"].tolist() == [0, 1]
    assert 580 < found["polygons_mean_stay"][1] < 600
    born = 600 * np.arange(13)
    assert found["exposure_exposure"].sum() == pytest.approx(42 * (14400 - born).sum(), rel=1e-9)
    assert found["elements_exposure"].sum() == pytest.approx(42 * (14400 - born).sum(), rel=1e-9)


def test_where_nobody_can_tell_what_started_between_records_it_is_said(between: Path) -> None:
    """The forcing has been moved away since; what all particles are recorded for is told without."""
    tracks, flow = solve(between, output="moved.nc"), between.parent / "flow"
    config = between.with_name("only.toml")
    config.write_text('[[statistic]]\nkind = "flushing"\npolygons = "zones.geojson"\n')
    flow.rename(between.parent / "away")
    try:
        done = start("stats", tracks, "--config", config, "-o", between.parent / "x.nc")
    finally:
        (between.parent / "away").rename(flow)
    assert done.returncode in (2, 3)
    assert (
        "moved.nc: particles start between two records; only the forcing and the files of releases tell where"
        in done.stderr
    )
    assert "Traceback" not in done.stderr
    assert not (between.parent / "x.nc").exists()


def test_the_cases_do_what_they_are_there_for(truth: Of) -> None:
    """Otherwise the tests above could pass with nothing to hold."""
    assert record(solve(truth("faster").run_file, parts=7, output="again.nc"))["widened_pieces"] > 0
    found = {name: columns(truth(name).statistics) for name in NAMES}
    for name in NAMES:
        for kind in (
            "density_count",
            "nodes_count",
            "exposure_exposure",
            "polygons_entries",
            "by_release_arrivals",
        ):
            assert found[name][kind].sum() > 0, (name, kind)
        assert np.nanmax(found[name]["cloud_spread"]) > 0
        assert (found[name]["flushing_fraction_inside"][0] == 1).all()
    assert found["larvae"]["by_release_lost"].max() > 0.05
    assert found["beach"]["flushing_fraction_inside"].min() < 1
    assert found["beach"]["all_particles"].max() > 20
    assert np.isfinite(found["everywhere"]["ftle_exponent"]).sum() > 10
    assert np.isfinite(found["everywhere"]["early_exponent"]).sum() > 10


def test_the_shore_has_those_who_are_stranded_in_the_tracks(truth: Of) -> None:
    """Not those that lie on dry flats; nor is an open side a part of the coast."""
    it = truth("beach")
    rows, found = columns(it.tracks), columns(it.statistics)
    stranded = rows["status"] == STRANDED
    assert stranded[:, -1].sum() > 20
    np.testing.assert_array_equal(found["shore_ashore"].sum(axis=1), stranded.sum(axis=0))
    np.testing.assert_allclose(
        found["shore_ashore_mass"].sum(axis=1), stranded.sum(axis=0) * (5.0 / 500), rtol=1e-14
    )
    np.testing.assert_array_equal(found["shore_beached"].sum(), stranded.any(axis=1).sum())
    x, last = rows["x"], stranded[:, -1]
    by_bank = [np.count_nonzero(last & (x[:, -1] < 4e3)), np.count_nonzero(last & (x[:, -1] > 7e3))]
    np.testing.assert_allclose(
        found["banks_ashore"][-1, :2], by_bank, atol=3
    )  # who lies within a side of a box
    np.testing.assert_array_equal(
        found["by_km_ashore"].sum(axis=1), (stranded & (x > 1000))[:, ::2].sum(axis=0)
    )
    side_x, side_y = found["shore_side_x"], found["shore_side_y"]
    assert not ((side_x > LENGTH - 1).all(axis=1) & (side_y.mean(axis=1) < 600)).any()
    assert found["shore_segment_length"].sum() == pytest.approx(2 * (LENGTH + WIDTH) - 600, abs=150)


@pytest.mark.parametrize("name", ["everywhere", "larvae", "globe"])
def test_numbers_are_those_of_the_tracks(name: str, truth: Of) -> None:
    """Counted here by a few plain lines of other code."""
    it = truth(name)
    rows, found = columns(it.tracks), columns(it.statistics)
    x, y = (rows["lon"], rows["lat"]) if name == "globe" else (rows["x"], rows["y"])
    there = np.isin(rows["status"], [1, 2, 3])
    inside = there & np.isfinite(x)
    box, _ = place(name)
    looks = range(0, x.shape[1], 3 if name != "globe" else 2)
    counts = [
        np.histogram2d(y[inside[:, j], j], x[inside[:, j], j], [7, 9], [box[1::2], box[0::2]])[0]
        for j in looks
    ]
    pairs = [sum(counts[k : k + 2]) for k in range(0, len(counts), 2)]
    np.testing.assert_array_equal(found["density_count"], pairs)
    # of each particle once at every look, whatever its element
    active = (rows["status"] == 1) & np.isfinite(x)
    assert found["exposure_count"].sum() == active.sum()
    assert (found["cloud_particles"].sum(axis=1) == inside.sum(axis=0)).all()
    first = inside & (rows["release"] == 0)[:, np.newaxis]
    last = int(np.flatnonzero(first.any(axis=0))[-1])
    np.testing.assert_allclose(found["cloud_variance_z"][last, 0], np.var(rows["z"][first[:, last], last]))
    parts = (
        found["by_release_connectivity"].sum(axis=1) + found["by_release_lost"] + found["by_release_alive"]
    )
    np.testing.assert_allclose(parts, 1, rtol=0, atol=1e-15)
    if name == "larvae":  # who has settled has arrived, unless in another polygon before
        settled = np.isfinite(x) & (rows["status"] == 4)
        assert found["by_release_arrivals"].sum() >= settled.any(axis=1).sum() > 50


def test_elements_are_those_that_hold_the_particles(truth: Of) -> None:
    it = truth("everywhere")
    rows, found = columns(it.tracks), columns(it.statistics)
    corners, x, y = found["mesh_face_nodes"], found["mesh_node_x"], found["mesh_node_y"]
    last = (rows["status"][:, 0] == 1) & np.isfinite(rows["x"][:, 0])
    px, py = rows["x"][last, 0], rows["y"][last, 0]
    expected = np.zeros(len(corners), int)
    for a, b in zip(px, py, strict=True):
        best = np.argmax(np.minimum.reduce([
            (x[corners[:, i - 2]] - x[corners[:, i]]) * (b - y[corners[:, i]])
            - (y[corners[:, i - 2]] - y[corners[:, i]]) * (a - x[corners[:, i]]) for i in range(3)
        ]))  # fmt: skip
        expected[best] += 1
    np.testing.assert_array_equal(found["nodes_count"][0, 0], expected)


def test_files_open_in_xarray_with_their_coordinates(truth: Of) -> None:
    import xarray as xr

    with xr.open_dataset(truth("everywhere").statistics) as data:
        assert data["polygons_time"].dtype.kind == "M"
        assert list(data["connectivity_source_name"].values) == ["west", "east", "elsewhere"]
        assert data["density_density"].dims == ("density_time", "density_y", "density_x")
        assert data["mesh"].attrs["cf_role"] == "mesh_topology"
        area = data["density_cell_area"]
        mean = (data["density_density"] * area).sum(["density_y", "density_x"])
        looks = np.array([2, 2])
        np.testing.assert_allclose(mean * looks, data["density_count"].sum(["density_y", "density_x"]))


def test_statistics_of_another_file_can_be_asked_of_tracks(truth: Of, tmp_path: Path, capsys) -> None:
    it = truth("larvae")
    (tmp_path / "zones.geojson").write_text(json.dumps(REEFS))
    other = tmp_path / "other.toml"
    other.write_text(
        '[[statistic]]\nname = "late"\nkind = "connectivity"\npolygons = "zones.geojson"\ncompetency = "2h"\n'
    )
    assert main(["stats", str(it.tracks), "--config", str(other), "-o", str(tmp_path / "late.nc")]) == 0
    assert re.search(
        r"from \\ to +west +east +lost +settled elsewhere +alive +particles\n +1 ", capsys.readouterr().out
    )
    with netCDF4.Dataset(tmp_path / "late.nc") as data:
        assert "late_connectivity" in data.variables
        assert "polygons_entries" not in data.variables


def test_who_is_active_on_dry_flats_is_counted_by_name(truth: Of, tmp_path: Path, capsys) -> None:
    it = truth("beach")
    rows, count = columns(it.tracks), record(it.tracks)["final_on_dry"]
    assert count == np.count_nonzero((rows["status"][:, -1] == 1) & (rows["dry"][:, -1] == 1)) > 0
    out = tmp_path / "again.nc"
    main(["run", str(it.run_file), "--set", f"output.file={out}", "--set", "parallel.parts=3"])
    done = re.findall(rf"active \({count:,} on dry flats\)", capsys.readouterr().err)
    assert len(done) >= 2  # in the last line of progress, and in that at the end


def test_what_a_filter_looks_at_is_in_the_tracks_or_named(truth: Of, tmp_path: Path, capsys) -> None:
    """Recorded though output.variables doesn't name it; a variable that no statistic asked for is not."""
    it = truth("larvae")
    with netCDF4.Dataset(it.tracks) as data:
        assert {"u", "water_depth"} <= set(data.variables)
    (tmp_path / "other.toml").write_text('[[statistic]]\nkind = "cloud"\nwhere = "salinity > 3"\n')
    asked = ["stats", str(it.tracks), "--config", str(tmp_path / "other.toml"), "-o", str(tmp_path / "o.nc")]
    assert main(asked) != 0
    said = capsys.readouterr().err
    assert "does not hold salinity" in said
    assert "output.variables" in said
    main(
        [
            "run",
            str(it.run_file),
            "--set",
            f"output.file={tmp_path / 'a.nc'}",
            "--set",
            "statistic.8.where=uu > 0",
        ]
    )
    assert "statistic.8.where: the forcing has no 'uu'" in capsys.readouterr().err


def test_tracks_that_another_program_has_copied_give_the_same_numbers(truth: Of, tmp_path: Path) -> None:
    """Not in chunks any more."""
    it = truth("larvae")
    with netCDF4.Dataset(it.tracks) as old, netCDF4.Dataset(tmp_path / "copy.nc", "w") as new:
        new.setncatts(vars(old))
        for name, dimension in old.dimensions.items():
            new.createDimension(name, len(dimension))
        for name, variable in old.variables.items():
            variable.set_auto_maskandscale(False)
            variable.set_auto_chartostring(False)
            attributes = vars(variable)
            copied = new.createVariable(
                name,
                variable.dtype,
                variable.dimensions,
                fill_value=attributes.pop("_FillValue", None),
                contiguous=True,
            )
            copied.setncatts(attributes)
            copied.set_auto_maskandscale(False)
            copied.set_auto_chartostring(False)
            copied[...] = variable[...]
    config = it.run_file.with_name("again.toml")
    config.write_text(it.run_file.read_text())
    assert (
        main(["stats", str(tmp_path / "copy.nc"), "--config", str(config), "-o", str(tmp_path / "copied.nc")])
        == 0
    )
    for name, values in columns(it.statistics).items():
        np.testing.assert_array_equal(columns(tmp_path / "copied.nc")[name], values, err_msg=name)


@pytest.mark.parametrize(
    ("statistic", "sentence"),
    [
        (
            {"kind": "flushing", "every": "30min"},
            r"statistic\.0\.every: 30 min is not a multiple of output\.every 20 min",
        ),
        ({"kind": "polygons"}, r"statistic\.0\.polygons: is missing"),
        (
            {"kind": "density", "ages": ["0h", "1h", "70min"]},
            r"statistic\.0\.ages: .* 1 h to .* narrower than output",
        ),
        ({"kind": "cloud", "cells": [2, 2]}, r'statistic\.0\.cells: kind = "cloud" has no such key'),
        (
            {"kind": "cloud", "releases": ["nobody"]},
            r'statistic\.0\.releases: there is no release "nobody"; there are "1"',
        ),
        ({"kind": "polygons", "polygons": "nowhere.geojson"}, r"nowhere\.geojson: cannot be read"),
        (
            {"kind": "ftle", "points": [4, 4]},
            r"statistic\.0\.points: 4 x 4 is not 500, the particles of release",
        ),
        (
            {"kind": "density", "box": [0, 0, 1, 1], "cells": [100000, 100000]},
            r"statistic\.0: .* take a longer period",
        ),
        (
            {"kind": "connectivity", "polygons": "z", "competency": 1.0},
            r"statistic\.0\.competency: must be ages",
        ),
    ],
)
def test_what_cannot_be_worked_out_is_refused_by_place(
    tmp_path: Path, statistic: Tree, sentence: str
) -> None:
    run_file = write_run(tmp_path, {**CASES["everywhere"](tmp_path), "statistic": [statistic]})
    before = contents(tmp_path)
    done = start("run", run_file)
    assert done.returncode == 2
    assert re.search(sentence, done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert contents(tmp_path) == before


def test_statistics_that_exist_are_kept_and_a_run_that_writes_nothing_is_refused(
    truth: Of, tmp_path: Path
) -> None:
    it = truth("everywhere")
    done = start("run", it.run_file, "--set", "output.file=one.nc", "--set", "output.tracks=false")
    assert done.returncode == 2
    assert "one.stats.nc: exists" in done.stderr
    done = start("stats", it.tracks)
    assert done.returncode == 2
    assert "one.stats.nc: exists: give --overwrite to replace it, or another name with -o" in done.stderr
    tree = {**CASES["everywhere"](tmp_path), "output": {"tracks": False}}
    done = start("run", write_run(tmp_path, tree))
    assert done.returncode == 2
    assert "output.tracks: without tracks there is nothing to find out" in done.stderr


def test_tracks_of_a_run_without_statistics_are_named(truth: Of, tmp_path: Path, capsys) -> None:
    tracks = shutil.copy(truth("everywhere").tracks, tmp_path / "plain.nc")
    with netCDF4.Dataset(tracks, "a") as data:
        tree = json.loads(data.run_file)
        data.run_file = json.dumps({key: value for key, value in tree.items() if key != "statistic"})
    assert main(["stats", str(tracks)]) == 2
    assert (
        f"error: {tracks}: the run that made it had no [[statistic]]: give --config"
        in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("one.stats.nc", "is not a file of tracks"), ("run.toml", "cannot be read as tracks")],
)
def test_what_are_no_tracks_is_refused(truth: Of, tmp_path: Path, name: str, sentence: str) -> None:
    done = start("stats", truth("everywhere").tracks.with_name(name), "-o", tmp_path / "x.nc")
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
