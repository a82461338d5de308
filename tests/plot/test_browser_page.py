"""The page for a browser as a file: its numbers beside those of the tracks, and what it may not hold. How it
looks and moves is in tests/extras."""

import json
import re
import sys
from importlib.resources import files

import netCDF4
import numpy as np
import pytest

from fvdrift.cli import main
from fvdrift.plot import browser_data
from fvdrift.plot.browser_map import map_arrays
from fvdrift.plot.quantised import Codes, Span
from fvdrift.plot.water import Water

from .browser_file import BrowserFile, read
from .conftest import (
    DEAD,
    DEGREE,
    EXITED,
    HOUR,
    NEVER,
    PARTICLES,
    RECORDS,
    SETTLED,
    START,
    write_case,
    write_many,
)


@pytest.fixture
def own(tmp_path):
    """A case in a folder of its own, to change."""
    return write_case(tmp_path / "here", False)


def page(tracks, *options) -> BrowserFile:
    path = tracks.parent / "page.html"
    assert main(["plot", str(tracks), "-o", str(path), *map(str, options)]) == 0
    return read(path)


def column(tracks, name):
    with netCDF4.Dataset(tracks) as file:
        return np.ma.filled(file[name][...].astype(float), np.nan)


def test_places_are_those_of_the_tracks_within_half_a_step(each_case, tmp_path):
    tracks = tmp_path / "tracks.nc"
    tracks.write_bytes(each_case.tracks.read_bytes())
    made = page(tracks, "--forcing", each_case.forcing)
    x, y = each_case.place(each_case.x, each_case.y)
    for given, shown, (_, step) in zip((x, y), made.places(), made.about["box"], strict=True):
        kept = given.copy()
        kept[SETTLED, 4:] = given[SETTLED, 3]  # what has settled stays in sight
        assert np.array_equal(np.isfinite(kept), np.isfinite(shown))
        assert np.nanmax(np.abs(kept - shown)) <= step / 2 * 1.0001
        assert step == pytest.approx(np.nanmax(given) / 65534 - np.nanmin(given) / 65534)
    for gone, last in ((EXITED, 4), (DEAD, 2)):
        assert np.isfinite(made.places()[0][gone]).tolist() == [row <= last for row in range(RECORDS)]
    assert not np.isfinite(made.places()[0][NEVER]).any()
    metres = max(step * (DEGREE if each_case.geographic else 1) for _, step in made.about["box"]) / 2
    assert float(made.about["resolution"].split()[0]) <= metres * 1.06


def test_values_are_those_of_the_tracks_within_half_a_step(own):
    made = page(own.tracks)
    there = np.isfinite(own.x)
    for name in ("temp", "sigma", "status", "dry"):
        given = column(own.tracks, name)
        error = np.abs(made.values(name) - given)[there]
        assert error.max() <= made.variable(name)["scale"] / 2 * (name in ("temp", "sigma"))
    assert np.nanmax(np.abs(made.values("depth") + column(own.tracks, "z"))[there]) < 1e-3
    assert np.isnan(made.values("temp")[EXITED, 5:]).all()
    hours = made.values("age")
    assert hours[10].tolist() == pytest.approx(range(RECORDS), abs=1e-3)
    assert hours[SETTLED].tolist() == pytest.approx([0, 1, 2, 3, 3, 3, 3], abs=1e-3), (
        "it stays as it was when it settled"
    )
    assert made.arrays["value-release"].tolist() == [number % 2 for number in range(PARTICLES)]
    assert made.arrays["numbers"].tolist() == list(range(PARTICLES))


def test_flags_have_their_names_and_only_what_is_there_is_in_the_legend(own):
    made = page(own.tracks)
    assert [flag[1] for flag in made.variable("dry")["flags"]] == ["wet", "dry"]
    assert len({flag[2] for flag in made.variable("dry")["flags"]}) == 2
    assert made.variable("dry")["drawn"] == [0]
    names = {number: name for number, name, _ in made.variable("status")["flags"]}
    assert [names[n] for n in made.variable("status")["drawn"]] == [
        "active",
        "stranded",
        "settled",
        "exited",
        "dead",
    ]
    habitats = {number: name for number, name, _ in made.variable("habitat")["flags"]}
    assert habitats == {0: "not settled", 1: "old pier; west: 2", 2: "reef"}
    assert made.values("habitat")[SETTLED].tolist() == [0, 0, 0, 2, 2, 2, 2]
    assert made.variable("release")["names"] == ["Río", "sea"]
    assert made.about["color"] == "release", "several releases are told apart"


def test_the_water_is_that_of_the_forcing(own):
    made = page(own.tracks)
    with netCDF4.Dataset(own.forcing) as file:
        x, y, h = (file[name][...].data.astype(float) for name in ("x", "y", "h"))
    nodes = made.arrays["water-nodes"].reshape(-1, 2) + np.array(made.about["origin"])
    assert sorted(map(tuple, np.round(nodes, 1))) == sorted(zip(np.round(x, 1), np.round(y, 1), strict=True))
    assert sorted(made.arrays["water-depth"]) == pytest.approx(sorted(h), rel=1e-5)
    sides = nodes[made.arrays["water-open"].reshape(-1, 2)]
    assert len(sides)
    assert (np.abs(sides[:, :, 0] - 10_000) < 1).all()


def test_without_forcing_the_page_has_particles_and_both_say_so(own, tmp_path, capsys):
    own.forcing.rename(tmp_path / "moved.nc")
    made = page(own.tracks)
    assert made.about["water"] is None
    assert not [name for name in made.arrays if name.startswith("water")]
    assert "without mesh, coast and depth: the forcing (data/flow.nc) is not in " in capsys.readouterr().err


def test_the_terminal_says_how_large_the_file_is(own, capsys):
    path = own.tracks.with_name("a.HTML")
    assert main(["plot", str(own.tracks), "-o", str(path)]) == 0
    assert capsys.readouterr().out == f"{path} ({path.stat().st_size / 1e6:.1f} MB)\n"
    assert main(["plot", str(own.tracks), "-o", str(path), "--quiet"]) == 0
    assert capsys.readouterr().out == ""


def test_a_page_loads_nothing_from_elsewhere(own):
    text = page(own.tracks).text
    assert "default-src 'none'" in text
    assert "connect-src" not in text
    regl = (files("fvdrift.plot") / "web" / "regl.min.js").read_text()
    assert regl.count("http") == regl.count("graphics drivers http://get.webgl.org") == 1, (
        "only in a sentence for people"
    )
    assert not re.findall(r"https?:|\bsrc\s*=|\bhref\s*=|url\(|@import|\bimport\(", text.replace(regl, ""))


EVIL = "</script><script>alert('&')</script><!--"


def test_titles_and_names_are_text_whatever_is_in_them(own):
    with netCDF4.Dataset(own.tracks, "a") as file:
        name = np.frombuffer(b"<b>&".ljust(file["release_name"].shape[1], b"\0"), "S1")
        file["release_name"][1] = name
        file["temp"].setncattr("long_name", EVIL)
        file["temp"].setncattr("units", EVIL)
    made = page(own.tracks, "--title", EVIL)
    scripts = len(re.findall("<script", made.text))
    assert scripts == 1 + len(made.arrays) + made.text.count("<script>\n")
    assert EVIL not in made.text
    assert made.text.count("</script>") == scripts
    assert made.about["title"] == EVIL
    assert made.variable("release")["names"] == ["Río", "<b>&"]
    assert made.variable("temp")["units"] == EVIL
    assert "<title>&lt;/script&gt;" in made.text


def test_regl_comes_with_its_licence(own):
    licence = (files("fvdrift.plot") / "web" / "regl.LICENSE").read_text()
    assert "MIT" in licence
    assert licence.strip() in page(own.tracks).text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--at", "6h"], "a page shows all times, as a map: leave --at out"),
        (["--density", "--dpi", "90"], "leave --density, --dpi out"),
        (["--animate"], "leave --animate out"),
        (["--panels", "4"], "leave --panels out"),
        (["--color", "colour"], 'has no variable "colour"'),
        (["--release", "lake"], 'has no release "lake"'),
    ],
)
def test_what_a_page_cannot_have_is_said_in_one_line(own, options, words, capsys):
    path = own.tracks.with_name("a.html")
    assert main(["plot", str(own.tracks), "-o", str(path), *options]) == 2
    (said,) = [line for line in capsys.readouterr().err.splitlines() if "error" in line]
    assert words in said
    assert not path.exists()


def test_of_a_run_file_there_is_no_page(own, capsys):
    run_file = own.forcing.parents[1] / "run.toml"
    run_file.write_text('[forcing]\nfiles = ["data/flow.nc"]\n[[release]]\ncount = 5\npoint = [5000, 2000]\n')
    assert main(["plot", str(run_file), "-o", str(run_file.with_name("a.html"))]) == 2
    assert "is a run file, which has none yet" in capsys.readouterr().err


def test_of_statistics_there_is_no_page(tmp_path, capsys):
    netCDF4.Dataset(tmp_path / "a.stats.nc", "w").close()
    assert main(["plot", str(tmp_path / "a.stats.nc"), "-o", str(tmp_path / "a.html")]) == 2
    assert "a.stats.nc: holds statistics, and a page shows tracks" in capsys.readouterr().err
    assert not (tmp_path / "a.html").exists()


def test_a_page_is_made_anew_but_a_page_of_ones_own_is_kept(own, capsys):
    first = page(own.tracks).text
    assert page(own.tracks, "--title", "Another").text != first
    path = own.tracks.with_name("page.html")
    path.write_text("<!doctype html>\n<title>mine</title>")
    assert main(["plot", str(own.tracks), "-o", str(path)]) == 2
    assert "exists and is no picture, so it is kept" in capsys.readouterr().err
    assert "mine" in path.read_text()


def test_matplotlib_is_not_needed(own, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    page(own.tracks)


def test_one_particle_and_one_record_make_a_page(tmp_path):
    tracks = tmp_path / "one.nc"
    write_many(tracks, 1, records=1)
    made = page(tracks)
    x, y = made.places()
    assert (x.tolist(), y.tolist()) == ([[0.0]], [[0.0]])
    assert made.about["seconds"] == [0]
    assert made.about["extent"][1] > made.about["extent"][0]


def test_a_backward_run_begins_at_its_latest_time(own):
    with netCDF4.Dataset(own.tracks, "a") as file:
        file["time"][...] = np.asarray(file["time"][...])[..., ::-1]
        file.run_file = json.dumps({**json.loads(file.run_file), "time": {"direction": "backward"}})
    made = page(own.tracks)
    assert made.about["backward"]
    assert made.about["seconds"] == [3600 * row for row in range(RECORDS)]
    assert made.about["texts"][0] == "2020-05-01 06:00 UTC"
    assert made.about["start"] == START / 1000 + 6 * HOUR / 1000
    assert made.values("age")[10].tolist() == pytest.approx(range(RECORDS), abs=1e-3)


@pytest.mark.parametrize("calendar", [False, True])
def test_clocks_that_browsers_do_not_know_have_a_text_for_each_record(own, calendar):
    with netCDF4.Dataset(own.tracks, "a") as file:
        if not calendar:
            file["time"].units = "seconds"
        file["time"][:] -= START / 1e6 + 520 * 365 * 86400.0 * calendar  # around 1450
    made = page(own.tracks)
    assert made.about["calendar"] == calendar
    assert not made.about["dated"]
    assert len(set(made.about["texts"])) == RECORDS


def test_a_run_across_the_date_line_is_in_one_piece(tmp_path):
    case = write_case(tmp_path / "here", True)
    lon, _ = case.place(case.x, case.y)
    with netCDF4.Dataset(case.tracks, "a") as file:
        file["lon"][:] = (lon + 3.95 + 360) % 360 - 180  # at -180 + 360 n in the middle
    made = page(case.tracks)
    x, _ = made.places()
    assert np.nanmax(x) - np.nanmin(x) < 1
    moved = (x - (lon + 3.95 + 180) + 180) % 360 - 180
    kept = np.isfinite(lon)
    assert np.abs(moved[kept]).max() < made.about["box"][0][1]


def test_what_would_be_too_large_is_thinned_and_told(tmp_path, capsys, monkeypatch):
    tracks = tmp_path / "many.nc"
    write_many(tracks, 1000)
    monkeypatch.setattr(browser_data, "BYTES", 100_000)
    made = page(tracks)
    count = 100_000 // (5 + 2 * 3) // 12
    assert made.about["count"] == count
    assert f"{count} of 1,000 particles, taken by lot" in capsys.readouterr().err
    numbers = made.arrays["numbers"]
    assert np.allclose(made.places()[0][:, 0], numbers, atol=0.02)
    assert page(tracks, "--sample", 10).about["count"] == 10


def test_of_a_part_of_the_tracks_particles_keep_their_numbers(own):
    xarray = pytest.importorskip("xarray")
    part = own.tracks.with_name("part.nc")
    with xarray.open_dataset(own.tracks) as whole:
        whole.isel(trajectory=[7, 20, 33]).to_netcdf(part)
    made = page(part, "--forcing", own.forcing)
    assert made.arrays["numbers"].tolist() == [7, 20, 33]


def test_a_mesh_that_is_too_large_is_cut_to_what_is_near(own):
    x, y = (a.ravel().astype(float) for a in np.meshgrid(np.arange(101.0), np.arange(2.0)))
    left = np.arange(100)
    triangles = np.concatenate(
        [np.stack([left, left + 1, left + 101], 1), np.stack([left + 1, left + 102, left + 101], 1)]
    )
    coast = np.stack([left, left + 1], axis=1)
    water = Water(
        x, y, triangles.astype(np.int32), np.ones(202), coast.astype(np.int32), np.empty((0, 2), np.int32)
    )
    said = []

    def cut(most):
        return map_arrays(water, (10, 20, 0, 1), (0.0, 0.0), geographic=False, most=most, say=said.append)

    assert len(cut(200).triangles) == 200
    assert not said
    near = cut(60)
    assert near.nodes[:, 0].min() == 4
    assert near.nodes[:, 0].max() == 26
    assert len(near.coast) == 22
    assert cut(10) is None
    assert said == [
        "44 of 200 elements, those near the particles",
        "without the mesh: 44 elements near the particles, more than 10",
    ]


@pytest.mark.parametrize(
    ("values", "dtype", "scale"),
    [
        ([0, 1, 254], np.uint8, 1.0),
        ([-3, 400], np.uint16, 1.0),
        ([0.5, 1.0], np.uint16, 0.5 / 65534),
        ([2.5, 2.5], np.uint16, 2.5e-9),
        ([], np.uint8, 1.0),
        ([0, 70_000], np.uint16, 70_000 / 65534),
    ],
)
def test_values_take_few_bytes_and_come_back_within_half_a_step(values, dtype, scale):
    span, given = Span(), np.array([*values, np.nan, np.inf])
    span.see(given)
    codes = span.codes()
    assert isinstance(codes, Codes)
    assert codes.dtype is dtype
    assert codes.scale == pytest.approx(scale)
    found = codes.of(given)
    assert found[len(values) :].tolist() == [codes.none] * 2
    back = codes.offset + codes.scale * found[: len(values)]
    assert np.abs(back - given[: len(values)]).max(initial=0) <= (0 if scale == 1 else scale / 2 * 1.0001)
