"""Pictures of statistics show the numbers of the file: in matrices, maps, curves and bars, of one run and of members."""

import itertools
import json

import netCDF4
import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex

import fvdrift.accessor  # noqa: F401  (registers dataset.drift)
from fvdrift.cli import main
from fvdrift.errors import RunFileError
from fvdrift.plot.answers import under_line
from fvdrift.plot.answers.answer_file import answers_in
from fvdrift.plot.answers.pictures import pictures_of
from fvdrift.plot.answers.scale import pretty, scale, unit_of
from fvdrift.plot.answers.wording import words_of
from fvdrift.plot.page import GAPS, Page, style
from fvdrift.plot.palette import BLUE, MARKS
from fvdrift.statistics.file import write_file
from fvdrift.statistics.variables import FileVariable
from simple_meshes import rectangle

from .conftest import LENGTH, WIDTH, degrees
from .pictures import by_gid, image, request, texts

TIMES = 1588291200.0 + 3600.0 * np.arange(9)
NAMES = ["reef", "old $pier$", "bay"]
RNG = np.random.default_rng(5)
PARTS = np.array([[0.5, 0.25, 0.0], [0.125, 0.0, 0.625], [0.0, 1.0, 0.0]])
INSIDE = RNG.integers(0, 90, (9, 3))
FRACTION = np.exp(-np.arange(9)[:, None] / np.array([2.0, 3.0, np.nan]))
FIELD = np.where(RNG.random((9, 4, 5)) < 0.6, 10.0 ** -RNG.uniform(5, 8, (9, 4, 5)), 0.0)
MESH = rectangle(LENGTH, WIDTH, elements=120)
ON_FACES = RNG.random((1, 2, len(MESH.triangles)))
EXPONENT = np.where(RNG.random((6, 7)) < 0.2, np.nan, RNG.random((6, 7)) * 1e-4)
DEEP = "depth below the moving surface"
WAY = np.stack([np.linspace(2000, 7000, 9), np.linspace(1000, 2500, 9)], axis=1)


def statistic(name, kind, *variables):
    """Its variables as a run writes them: (key, dimensions, values, units, more attributes)."""
    for key, dimensions, values, units, said in variables:
        own = {
            "statistic_name": name,
            "statistic_kind": kind,
            "long_name": key.replace("_", " "),
            "units": units,
        }
        its = tuple(d if d in ("two", "mesh_face") else f"{name}_{d}" for d in dimensions)
        yield FileVariable(f"{name}_{key}", its, np.asarray(values), own | said)


def named(key, names=NAMES):
    return (f"{key}_name", (key,), names, "1", {"long_name": f"names of the {key}s"})


def time_of():
    return (
        "time",
        ("time",),
        TIMES,
        "",
        {"units": "seconds since 1970-01-01 00:00:00", "calendar": "standard"},
    )


def edges(key, ends, units, **said):
    both = np.stack([ends[:-1], ends[1:]], axis=1)
    yield (key, (key,), both.mean(axis=1), units, said)
    yield (f"{key}_bounds", (key, "two"), both, units, {})


def content(geographic):
    x, y = degrees(MESH.x, MESH.y) if geographic else (MESH.x, MESH.y)
    east, north = ("lon", "lat") if geographic else ("x", "y")
    unit = "degrees_east" if geographic else "m"
    yield FileVariable("mesh", (), np.array(0, np.int32), {
        "cf_role": "mesh_topology", "node_coordinates": f"mesh_node_{east} mesh_node_{north}",
        "face_node_connectivity": "mesh_face_nodes"})  # fmt: skip
    yield FileVariable("mesh_face_nodes", ("mesh_face", "mesh_corner"), MESH.triangles.astype(np.int32), {})
    yield FileVariable(f"mesh_node_{east}", ("mesh_node",), x, {})
    yield FileVariable(f"mesh_node_{north}", ("mesh_node",), y, {})
    both = ("source", "polygon")
    yield from statistic(
        "larvae", "connectivity", named("source"), named("polygon"), ("connectivity", both, PARTS, "1", {}),
        ("lost", ("source",), [0.25, 0.25, 0.0], "1", {}), ("settled", ("source",), [0.0, 0.0, 0.0], "1", {}),
        ("alive", ("source",), 1 - PARTS.sum(axis=1) - [0.25, 0.25, 0.0], "1", {}),
        ("particles", ("source",), [1000, 20, 3], "1", {}), ("mean_age", both, np.where(PARTS > 0, 7200.0, np.nan), "s", {}),
    )  # fmt: skip
    yield from statistic(
        "stays", "polygons", time_of(), named("polygon"), ("inside", ("time", "polygon"), INSIDE, "1", {}),
        ("residence", ("polygon",), [7200.0, 36000.0, 0.0], "s", {}),
        ("mean_stay", ("polygon",), [600.0, 3600.0, np.nan], "s", {}),
        ("mean_stay_is_lower_bound", ("polygon",), [False, True, False], "1", {"flag_values": np.array([0, 1], np.int8)}),
    )  # fmt: skip
    yield from statistic(
        "flush", "flushing", ("elapsed", ("elapsed",), 3600.0 * np.arange(9), "s", {}), named("region"),
        ("fraction_inside", ("elapsed", "region"), FRACTION, "1", {}),
        ("fraction_kept", ("elapsed", "region"), FRACTION**2, "1", {}),
        ("e_folding_time", ("region",), [7200.0, 10800.0, np.nan], "s", {}),
        ("e_folding_time_kept", ("region",), [3600.0, np.nan, np.nan], "s", {}),
        ("mean_time_inside", ("region",), [9000.0, 7200.0, np.nan], "s", {}),
        ("mean_residence_time", ("region",), [3600.0, 5400.0, np.nan], "s", {}),
        ("mean_residence_time_is_lower_bound", ("region",), [True, False, False], "1", {"flag_values": [0, 1]}),
    )  # fmt: skip
    box_x, box_y = np.linspace(0, LENGTH, 6), np.linspace(0, WIDTH, 5)
    if geographic:
        box_x, box_y = degrees(box_x, box_y[0])[0], degrees(0, box_y)[1]
    yield from statistic(
        "grid", "density", time_of(), *edges(east, box_x, unit), *edges(north, box_y, unit.replace("east", "north")),
        ("density", ("time", north, east), FIELD, "m-2", {}), ("count", ("time", north, east), FIELD > 0, "1", {}),
    )  # fmt: skip
    yield from statistic(
        "warm", "mean", ("time", ("time",), TIMES[:1], "", time_of()[-1]),
        ("time_bounds", ("time", "two"), TIMES[[0, -1]][None], "", {}),
        *edges("layer", np.array([0.0, 5.0, 20.0]), "m"), ("temp", ("time", "layer", "mesh_face"), ON_FACES, "degC", {}),
    )  # fmt: skip
    points = np.meshgrid(np.linspace(1000, 8000, 7), np.linspace(500, 3500, 6))
    points = degrees(*points) if geographic else points
    yield from statistic(
        "stretch", "ftle", (east, ("row", "column"), points[0], unit, {}), (north, ("row", "column"), points[1], unit, {}),
        ("exponent", ("row", "column"), EXPONENT, "s-1", {"coordinates": f"stretch_{north} stretch_{east}"}),
        ("age", (), 21600.0, "s", {}),
    )  # fmt: skip
    way = np.stack(degrees(*WAY.T), axis=1) if geographic else WAY
    per_cloud = [
        (key, ("time", "cloud"), np.asarray(values, float)[:, None], units, {})
        for key, values, units in (
            (f"centre_{east}", way[:, 0], unit), (f"centre_{north}", way[:, 1], unit), ("centre_z", -np.arange(9), "m"),
            ("variance_x", np.full(9, 4e4), "m2"), ("variance_y", np.full(9, 1e4), "m2"), ("covariance_xy", np.zeros(9), "m2"),
            ("variance_z", np.arange(9), "m2"), ("spread", 100.0 + np.arange(9), "m"),
            ("dispersion", np.full(9, np.nan), "m2 s-1"),
        )
    ]  # fmt: skip
    yield from statistic("puff", "cloud", time_of(), named("cloud", ["one"]), *per_cloud)
    yield from statistic(
        "gate", "crossings", time_of(), named("direction", ["in", "out"]), ("net", ("time",), np.arange(9) - 4, "1", {}),
        ("crossed", ("time", "direction"), INSIDE[:, :2], "1", {}), ("total", ("direction",), [5.0, 7.0], "1", {}),
    )  # fmt: skip
    yield from statistic(
        "empty", "density", ("density", ("mesh_face",), np.full(len(MESH.triangles), np.nan), "m-2", {})
    )


@pytest.fixture(scope="module", params=[False, True], ids=["metres", "degrees"])
def each_file(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("answers") / "run.stats.nc"
    write_file(path, list(content(request.param)), {"title": "A run", "run_file": "{}"})
    return path


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("answers") / "run.stats.nc"
    write_file(path, list(content(False)), {"title": "A run", "run_file": "{}"})
    return path


def drawn(path, *options):
    """Pages by name, and what was said."""
    said = []
    asked = request(path, *options)
    return {name: page for name, page in pictures_of(answers_in(path), asked, said.append)}, said


def test_the_matrix_has_the_parts_and_their_numbers(file):
    pages, _ = drawn(file, "--statistic", "larvae")
    page = pages["larvae"]
    there = by_gid(page.plot, "matrix")["matrix"].get_array()
    expected = np.column_stack([PARTS, [0.25, 0.25, 0.0], 1 - PARTS.sum(axis=1) - [0.25, 0.25, 0.0]])
    np.testing.assert_array_equal(there.reshape(3, 5), expected)
    numbers = [text.get_text() for text in page.plot.texts]
    assert numbers[:3] == ["0.50\n2 h", "0.25\n2 h", "0"]
    heads = [label.get_text() for label in page.plot.get_xticklabels()]
    assert heads == ["reef", r"old \$pier\$", "bay", "lost", "alive"], "nobody settled: no column of zeros"
    assert "(n = 1,000)" in page.plot.get_yticklabels()[0].get_text()


def test_cells_have_the_values_of_their_time_on_one_scale(each_file):
    pages, _ = drawn(each_file, "--statistic", "grid")
    page = pages["grid"]
    assert list(pages) == ["grid"], "counts are beside the density, not a picture"
    shown = [0, 2, 4, 6, 8]
    assert len(page.panels) == 5
    assert "5 of 9 times" in texts(page.figure)
    scales = set()
    for panel, row in zip(page.panels, shown, strict=True):
        cells = by_gid(panel, "cells")["cells"]
        values = np.ma.filled(cells.get_array(), 0.0).reshape(4, 5)
        np.testing.assert_allclose(values, FIELD[row] * 1e6)
        scales.add((cells.norm.vmin, cells.norm.vmax, type(cells.norm).__name__))
        assert f"{row:02d}:00 UTC" in panel.texts[-1].get_text()
    ((low, high, kind),) = scales
    taken = FIELD[shown][FIELD[shown] > 0] * 1e6
    assert (low, high, kind) == (pytest.approx(taken.min()), pytest.approx(taken.max()), "LogNorm")
    assert page.bar.get_ylabel() == "particles per km²"
    one, _ = drawn(each_file, "--statistic", "grid", "--at", "2020-05-01T03:00:00Z")
    assert "2020-05-01 03:00 UTC" in texts(one["grid"].figure)
    values = by_gid(one["grid"].plot, "cells")["cells"].get_array()
    np.testing.assert_allclose(np.ma.filled(values, 0.0).reshape(4, 5), FIELD[3] * 1e6)
    with pytest.raises(RunFileError, match="is outside the looks"):
        drawn(each_file, "--statistic", "grid", "--at", "9d")


def test_elements_have_their_values_in_panels_by_layer(each_file):
    pages, _ = drawn(each_file, "--statistic", "warm")
    page = pages["warm"]
    assert [panel.texts[-1].get_text() for panel in page.panels] == ["layer 0 to 5 m", "layer 5 to 20 m"]
    for panel, values in zip(page.panels, ON_FACES[0], strict=True):
        cells = by_gid(panel, "cells")["cells"]
        np.testing.assert_array_equal(cells.get_array(), values)
        where = MESH.x, MESH.y
        x, y = degrees(*where) if "_lon" in str(page.figure) or panel.get_xlim()[1] < 360 else where
        corners = np.array([path.vertices[:3] for path in cells.get_paths()])
        np.testing.assert_allclose(corners[..., 0], x[MESH.triangles])
        np.testing.assert_allclose(corners[..., 1], y[MESH.triangles])
    assert page.bar.get_ylabel() == "temp (°C)"


def test_a_metre_is_as_long_along_x_as_along_y_in_all_panels(each_file):
    page = drawn(each_file, "--statistic", "grid")[0]["grid"]
    page.figure.canvas.draw()
    corners = np.array([[0.0, 0.0], [LENGTH, 0.0], [0.0, WIDTH]])
    for panel in page.panels:
        turned = np.stack(degrees(*corners.T), axis=1) if panel.get_xlim()[1] < 360 else corners
        origin, east, north = panel.transData.transform(turned)
        assert np.hypot(*(east - origin)) / np.hypot(*(north - origin)) == pytest.approx(
            LENGTH / WIDTH, rel=2e-3
        )


def test_a_point_without_an_exponent_is_a_hole(each_file):
    page = drawn(each_file, "--statistic", "stretch")[0]["stretch"]
    cells = by_gid(page.plot, "cells")["cells"]
    there = np.isfinite(EXPONENT)
    np.testing.assert_allclose(cells.get_array(), EXPONENT[there] * 86_400)
    middles = np.array([path.vertices[:4].mean(axis=0) for path in cells.get_paths()])
    points = np.meshgrid(np.linspace(1000, 8000, 7), np.linspace(500, 3500, 6))
    points = degrees(*points) if page.plot.get_xlim()[1] < 360 else points
    np.testing.assert_allclose(middles, np.stack([p[there] for p in points], axis=1), rtol=1e-6)
    assert page.bar.get_ylabel() == "exponent (d⁻¹)"
    assert "over 6 h" in texts(page.figure)


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        (np.linspace(1e-6, 5e-5, 9), {"2e\N{MINUS SIGN}05", "4e\N{MINUS SIGN}05"}),
        (14.4601 + np.linspace(0, 1e-4, 9), {"14.46014", "14.46019"}),
        (np.linspace(1, 9, 9), {"5.0", "7.0"}),
    ],
)
def test_numbers_at_an_axis_are_whole_and_all_its_times_are_there(tmp_path, values, ticks, recwarn):
    path, some = tmp_path / "a.stats.nc", np.where(np.arange(9) < 4, np.nan, values)
    salt = statistic(
        "salt",
        "mean",
        time_of(),
        named("polygon", ["all"]),
        ("mean", ("time", "polygon"), some[:, None], "1", {}),
    )
    write_file(path, list(salt), {"title": "Salt"})
    axes = drawn(path)[0]["salt"].plot
    axes.figure.savefig(tmp_path / "a.png")
    assert ticks <= {label.get_text() for label in axes.get_yticklabels()}
    assert not axes.yaxis.get_offset_text().get_text()
    first, last = axes.get_xlim()
    assert first < TIMES[0] / 86400 < TIMES[-1] / 86400 < last
    assert not recwarn.list


def test_curves_are_those_of_the_file(file):
    page = drawn(file, "--statistic", "flush")[0]["flush"]
    lines = {line.get_gid(): line for line in page.plot.lines}
    for n, name in enumerate(NAMES[:2]):
        np.testing.assert_allclose(lines[f"curve fraction_inside {name}"].get_xdata(), np.arange(9))
        np.testing.assert_array_equal(lines[f"curve fraction_inside {name}"].get_ydata(), FRACTION[:, n])
        np.testing.assert_array_equal(lines[f"curve fraction_kept {name}"].get_ydata(), FRACTION[:, n] ** 2)
    np.testing.assert_allclose(lines["1/e"].get_ydata(), np.exp(-1))
    marks = [
        tuple(map(float, line.get_xydata()[0])) for line in page.plot.lines if line.get_gid() == "e-folding"
    ]
    np.testing.assert_allclose(marks, [(2, np.exp(-1)), (3, np.exp(-1))])
    told = texts(page.figure)
    assert "reef, inside, returns counted: 1/e after 2 h, mean 2.5 h" in told
    assert "reef, has not left yet: 1/e after 1 h, mean ≥ 1 h" in told
    assert r"old \$pier\$, has not left yet: 1/e not reached, mean 1.5 h" in told
    assert "bay," not in told
    assert "no particle was released in bay" in told


def test_polygons_have_curves_and_bars(file):
    page = drawn(file, "--statistic", "stays")[0]["stays"]
    left, right = page.panels
    for n, name in enumerate(NAMES):
        (line,) = [line for line in left.lines if line.get_gid() == f"curve inside {name}"]
        np.testing.assert_array_equal(line.get_ydata(), INSIDE[:, n])
    assert [bar.get_width() for bar in right.patches] == [2.0, 10.0, 0.0]
    assert [text.get_text() for text in right.texts][:3] == [
        "mean visit 10 min",
        "mean visit ≥ 1 h",
        "no visit",
    ]


def test_the_way_of_a_cloud_and_its_ellipses(each_file):
    pages, _ = drawn(each_file, "--statistic", "puff")
    assert list(pages) == ["puff", "puff_centre"]
    axes = pages["puff_centre"].plot
    in_degrees = axes.get_xlim()[1] < 360
    lines = {line.get_gid(): line for line in axes.lines}
    way = np.stack(degrees(*WAY.T), axis=1) if in_degrees else WAY
    np.testing.assert_allclose(lines["way one"].get_xydata(), way)
    rings = [line.get_xydata() for line in axes.lines if line.get_gid() == "ellipse"]
    metres = np.ptp(rings[0], axis=0)
    if in_degrees:
        metres = metres * 6_371_000 * np.pi / 180 * np.array([np.cos(np.radians(way[0, 1])), 1.0])
    np.testing.assert_allclose(metres, [400, 200], rtol=0.01)
    shown = {line.get_gid() for panel in pages["puff"].panels for line in panel.lines}
    assert {"curve spread one", "curve variance_z one", "curve centre_z one"} <= shown
    assert "no apparent diffusivity is known" in [t.get_text() for p in pages["puff"].panels for t in p.texts]


def test_a_kind_without_a_picture_of_its_own_has_curves_and_bars(file):
    pages, _ = drawn(file, "--statistic", "gate")
    assert list(pages) == ["gate", "gate_crossed", "gate_total"]
    (line,) = [line for line in pages["gate"].plot.lines if str(line.get_gid()).startswith("curve")]
    np.testing.assert_array_equal(line.get_ydata(), np.arange(9) - 4)
    assert not pages["gate"].figure.legends, "one curve without a name needs no legend"
    assert "in\nout" in texts(pages["gate_crossed"].figure)
    assert [bar.get_width() for bar in pages["gate_total"].plot.patches] == [5.0, 7.0]
    alone, _ = drawn(file, "--statistic", "gate", "--variable", "crossed")
    assert list(alone) == ["gate"]
    with pytest.raises(RunFileError, match="it has no variable lost; it has net, crossed, total"):
        drawn(file, "--statistic", "gate", "--variable", "lost")


def test_means_of_one_time_by_polygon_are_bars(tmp_path):
    path, clock = tmp_path / "a.stats.nc", ("time", ("time",), TIMES[:1], "", time_of()[-1])
    means = (
        "mean",
        ("time", "polygon"),
        [[14.0, 15.5, 13.0]],
        "degC",
        {"long_name": "mean temp of these values"},
    )
    counts = ("count", ("time", "polygon"), [[3, 4, 5]], "1", {})
    write_file(
        path, list(statistic("warm", "mean", clock, named("polygon"), counts, means)), {"title": "Means"}
    )
    pages, _ = drawn(path)
    assert list(pages) == ["warm"]
    assert [bar.get_width() for bar in pages["warm"].plot.patches] == [14.0, 15.5, 13.0]
    assert pages["warm"].plot.get_xlabel() == "mean temp of particles (°C)"


def test_what_has_no_value_is_told_and_refused_alone(file, capsys, tmp_path):
    with pytest.raises(RunFileError, match="statistic empty has nothing to draw: all its values are missing"):
        drawn(file, "--statistic", "empty")
    pages, said = drawn(file)
    assert "empty" not in pages
    assert "statistic empty has nothing to draw: all its values are missing" in said
    assert main(["plot", str(file), "--statistic", "empty", "--quiet", "-o", str(tmp_path / "a.png")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_every_legend_has_words_and_no_picture_hides_its_text(each_file):
    with style():
        pages, _ = drawn(each_file)
        _refuse_hidden(pages)


def _refuse_hidden(pages):
    assert len(pages) == 11
    for name, page in pages.items():
        for legend in page.figure.legends:
            assert all(text.get_text().strip() for text in legend.get_texts()), name
        image(page.figure)
        width, height = page.figure.canvas.get_width_height()
        for axes in page.figure.axes:
            box = axes.get_tightbbox()
            assert box is None or (
                box.x0 > -2 and box.y0 > -2 and box.x1 < width + 2 and box.y1 < height + 2
            ), name


def test_of_an_ensemble_mean_spread_and_range_are_drawn(tmp_path):
    path = tmp_path / "a.ensemble.nc"
    rows = [FileVariable("member", ("member",), np.arange(3), {})]
    summed = [("_mean", 1.0), ("_sd", 0.1), ("_min", 0.5), ("_max", 1.5)]
    rows += statistic(
        "larvae", "connectivity", named("source"), named("polygon"),
        *((f"connectivity{ending}", ("source", "polygon"), PARTS * factor, "1", {}) for ending, factor in summed),
    )  # fmt: skip
    rows += statistic(
        "grid", "density", *edges("x", np.linspace(0, LENGTH, 6), "m"), *edges("y", np.linspace(0, WIDTH, 5), "m"),
        *((f"density{ending}", ("y", "x"), FIELD[0] * factor, "m-2", {}) for ending, factor in summed),
    )  # fmt: skip
    rows += statistic(
        "gate", "crossings", time_of(), *((f"net{ending}", ("time",), TIMES * factor, "1", {}) for ending, factor in summed)
    )  # fmt: skip
    write_file(path, rows, {"title": "Members"})
    pages, said = drawn(path)
    assert list(pages) == ["larvae", "grid", "grid_density_sd", "gate"]
    assert pages["larvae"].plot.texts[0].get_text() == "0.50 ± 0.05"
    for name, factor in (("grid", 1e6), ("grid_density_sd", 1e5)):
        values = by_gid(pages[name].plot, "cells")["cells"].get_array()
        np.testing.assert_allclose(np.ma.filled(values, 0.0).reshape(4, 5), FIELD[0] * factor)
    assert "standard deviation of 3 members" in texts(pages["grid_density_sd"].figure)
    band = by_gid(pages["gate"].plot, "range")["range net "].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == (pytest.approx(0.5 * TIMES[0]), pytest.approx(1.5 * TIMES[-1]))
    assert any("without coast" in sentence for sentence in said)


def test_files_are_named_for_their_statistics(file, tmp_path, capsys):
    here = tmp_path / "run.stats.nc"
    here.write_bytes(file.read_bytes())
    assert main(["plot", str(here), "--dpi", "40"]) == 0
    made = capsys.readouterr().out.split()
    assert made[0] == str(tmp_path / "run_larvae.png")
    assert str(tmp_path / "run_puff_centre.png") in made
    assert all((tmp_path / name).read_bytes().startswith(b"\x89PNG") for name in made)
    assert main(["plot", str(here), "-o", str(tmp_path / "all.pdf"), "--quiet"]) == 0
    assert (tmp_path / "all.pdf").read_bytes().count(b"/Type /Page ") == len(made)
    assert main(["plot", str(here), "--statistic", "puff", "-o", str(tmp_path / "a.svg"), "--quiet"]) == 0
    assert sorted(path.name for path in tmp_path.glob("a*.svg")) == ["a.svg", "a_centre.svg"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--statistic", "larva"], 'has no statistic "larva"; it has "larvae", '),
        (["--density"], "holds statistics, not tracks: take away --density"),
        (["-o", "a.gif"], "statistics cannot be animated: take .png, .pdf or .svg"),
        (["--along", 0, 0, 1, 1, "--statistic", "grid"], "--along is for what is known in layers"),
        (["--panels", "0"], "--panels: 0 is too small"),
        (["--panels", "3", "--at", "end"], "--at is one time and --panels are several"),
    ],
)
def test_what_cannot_be_drawn_of_statistics_is_said_in_one_line(file, options, words, capsys):
    assert main(["plot", str(file), "--quiet", *map(str, options)]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert len(said.splitlines()) == 1


def test_a_file_that_does_not_say_what_it_is_is_refused(tmp_path, capsys):
    path = tmp_path / "old.stats.nc"
    with netCDF4.Dataset(path, "w") as made:
        made.createDimension("a", 1)
        made.createVariable("larvae_connectivity", "f8", ("a",))[:] = 0
    assert main(["plot", str(path)]) == 2
    assert "are no statistics (no variable has the attribute statistic_kind)" in capsys.readouterr().err


def test_output_of_the_model_is_told_from_tracks(tmp_path, capsys):
    path = tmp_path / "flow.nc"
    with netCDF4.Dataset(path, "w") as made:
        made.createDimension("nele", 1)
        for name in ("nv", "siglay"):
            made.createVariable(name, "f8", ("nele",))[:] = 0
    assert main(["plot", str(path)]) == 2
    assert "is FVCOM output: fvdrift info shows it" in capsys.readouterr().err


def test_a_dataset_draws_the_statistic_that_is_named(file, tmp_path):
    with xr.open_dataset(file) as found:
        figure = found.drift.plot(statistic="larvae", output=tmp_path / "a.png", title="Mine", quiet=True)
        assert "Mine" in texts(figure)
        assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
        with pytest.raises(RunFileError, match="statistic is one of larvae, stays, flush"):
            found.drift.plot()
        named_so = found.drift.plot(statistic="gate", variable="crossed", quiet=True)
        assert "in\nout" in texts(named_so), "as --variable"
        chosen = found.isel(grid_time=[4]).drift.plot(statistic="grid", quiet=True)
        assert "2020-05-01 04:00 UTC" in texts(chosen)


def test_scales_follow_decades_and_outliers():
    spans = scale(np.array([1e-9, 1.0, 500.0, np.nan, 0.0]), "a", amounts=True)
    assert (type(spans.norm).__name__, spans.norm.vmin, spans.extend) == ("LogNorm", 0.05, "min")
    assert type(scale(np.array([20.0, 500.0]), "a", amounts=True).norm).__name__ == "Normalize"
    many = scale(np.concatenate([np.linspace(8, 12, 1000), [900.0]]), "a", amounts=False)
    assert many.norm.vmax < 13
    assert many.extend == "both"


@pytest.mark.parametrize(
    ("units", "largest", "factor", "name"),
    [("s", 7200, 1 / 3600, "h"), ("s", 1e7, 1 / 86_400, "d"), ("m-2", 1, 1e6, "km⁻²"), ("kg m-3", 1, 1, "kg m⁻³"),
     ("1", 1, 1, ""),
     ("s", 600, 1 / 60, "min")],
)  # fmt: skip
def test_units_are_those_of_a_paper(units, largest, factor, name):
    assert unit_of(units, largest) == (pytest.approx(factor), name)
    assert pretty("m2 s-1") == "m² s⁻¹"


@pytest.mark.parametrize("back", [1, 0], ids=["both ways", "one way"])
def test_a_section_has_bars_by_direction_and_its_net(tmp_path, back):
    gone, come = back * RNG.integers(0, 50, (8, 2)), RNG.integers(0, 50, (8, 2))
    both, path = ("time", "section"), tmp_path / "a.stats.nc"
    hours = np.stack([TIMES[:-1], TIMES[1:]], axis=1)
    rows = statistic(
        "gate", "section", ("time", ("time",), TIMES[:-1], "", time_of()[-1]), ("time_bounds", ("time", "two"), hours, "", {}),
        named("section", ["inner", "outer"]), ("positive", both, come, "1", {}), ("negative", both, gone, "1", {}),
        ("net", both, come - gone, "1", {}),
    )  # fmt: skip
    write_file(path, list(rows), {"title": "Crossed"})
    page = drawn(path)[0]["gate"]
    for n, (panel, name) in enumerate(zip(page.panels, ["inner", "outer"], strict=True)):
        heights = [[p.get_height() for p in c] for c in panel.containers]
        np.testing.assert_array_equal(heights, [come[:, n], -gone[:, n]])
        (net,) = [line for line in panel.lines if line.get_gid() == f"net {name}"]
        np.testing.assert_array_equal(net.get_ydata(), come[:, n] - gone[:, n])
        assert panel.get_ylabel() == "particles per 1 h"
        assert net.get_linestyle() == "None", "between two periods nothing is known"
        assert [p.get_width() * 24 for p in panel.containers[0]] == [pytest.approx(1.0)] * 8
    expected = (
        ["to the right", "to the left", "net, to the right"]
        if back
        else ["to the right", "net, to the right"]
    )
    assert [each.get_text() for each in page.figure.legends[0].get_texts()] == expected, (
        "no entry without a bar"
    )


@pytest.mark.parametrize("geographic", [False, True])
def test_the_coast_has_the_colours_of_its_segments(tmp_path, geographic):
    ends = np.array([[0.0, 0.0], [4000.0, 0.0], [9000.0, 0.0], [9000.0, 3000.0]])
    turned = np.stack(degrees(*ends.T), axis=1) if geographic else ends
    names, each, path = ("lon", "lat") if geographic else ("x", "y"), ("segment",), tmp_path / "a.stats.nc"
    pairs = np.stack([turned[:-1], turned[1:]], axis=1)
    sides = [(f"side_{axis}", ("side", "two"), pairs[..., k], "m", {}) for k, axis in enumerate(names)]
    there = np.array([[0, 0], [3, 0], [2, 1]])
    rows = statistic(
        "beach", "shore", ("time", ("time",), TIMES[:3], "", time_of()[-1]), named("segment", ["north", "south"]), *sides,
        ("side_segment", ("side",), np.array([0, 0, 1], np.int32), "1", {}), ("ashore", ("time", "segment"), there, "1", {}),
        ("landings_per_km", each, [0.5, 20.0], "km-1", {}), ("youngest", each, [7200.0, np.nan], "s", {}),
        ("ashore_mass_per_km", ("time", "segment"), there * 1e-6, "kg km-1", {}),
        ("beached", ("source", "segment"), [[4, 1], [0, 2]], "1", {"long_name": "particles of the release that came here"}),
    )  # fmt: skip
    write_file(path, list(rows), {"title": "Ashore"})
    pages, _ = drawn(path)
    assert list(pages) == [
        "beach",
        "beach_landings_per_km_bars",
        "beach_ashore_mass_per_km",
        "beach_youngest",
        "beach_ashore",
    ]
    coast = by_gid(pages["beach"].plot, "shore")["shore"]
    found = {
        tuple(np.ravel(piece)): value
        for piece, value in zip(coast.get_segments(), coast.get_array(), strict=True)
    }
    expected = {tuple(np.ravel(turned[k : k + 2])): value for k, value in enumerate([0.5, 0.5, 20.0])}
    assert found == expected
    assert max(coast.get_linewidths()) > 2 * min(coast.get_linewidths()), "where more came the line is wider"
    weighed = by_gid(pages["beach_ashore_mass_per_km"].plot, "shore")["shore"]
    np.testing.assert_allclose(np.sort(weighed.get_array()), [1, 2, 2], err_msg="mg per km, at the last look")
    early = by_gid(pages["beach_youngest"].plot, "shore")["shore"]
    np.testing.assert_array_equal(early.get_array(), [2, 2])
    assert [bar.get_width() for bar in pages["beach_landings_per_km_bars"].plot.patches] == [0.5, 20.0]
    bare = {name: texts(pages[name].figure).split("\n")[-1] for name in ("beach", "beach_ashore_mass_per_km")}
    assert bare == {"beach": "no landings", "beach_ashore_mass_per_km": "nothing ashore"}, (
        "then it may be afloat again"
    )
    first = drawn(path, "--variable", "beached")[0]["beach"]
    assert "particles that came here, of all releases" in texts(first.figure)
    np.testing.assert_array_equal(np.sort(by_gid(first.plot, "shore")["shore"].get_array()), [3, 4, 4])


def test_layers_of_a_concentration_have_a_profile_and_a_budget(tmp_path):
    path, dims = tmp_path / "a.stats.nc", ("time", "layer", "y", "x")
    amount, volume = RNG.random((3, 2, 4, 5)) * 1e-3, RNG.uniform(1, 2, (3, 2, 4, 5))
    inside, released = np.array([1.0, 2.0, 1.5, 1.0]), np.array([1.0, 2.0, 2.0, 2.0])
    clock = time_of()[-1]
    rows = statistic(
        "dye", "concentration", ("time", ("time",), TIMES[:3], "", clock), *edges("x", np.linspace(0, LENGTH, 6), "m"),
        *edges("y", np.linspace(0, WIDTH, 5), "m"),
        *edges("layer", np.array([0.0, 2.0, 10.0]), "m", positive="down", long_name=DEEP),
        ("concentration", dims, amount / volume, "kg m-3", {}), ("amount", dims, amount, "kg", {}),
        ("volume", dims, volume, "m3", {}), ("threshold", ("threshold",), [1.0], "kg m-3", {}),
        ("time_above", ("threshold", *dims), np.zeros((1, *amount.shape)), "s", {}),
        ("look", ("look",), TIMES[:4], "", clock),
        ("released", ("look",), released, "kg", {"long_name": "mass released until then"}),
        ("inside", ("look",), inside, "kg", {"long_name": "mass in the cells"}),
        ("exited", ("look",), released - inside, "kg", {"long_name": "mass exited until then"}),
        ("dead", ("look",), 0 * inside, "kg", {}),
    )  # fmt: skip
    write_file(path, list(rows), {"title": "Dye"})
    pages, said = drawn(path)
    assert list(pages) == ["dye", "dye_profile", "dye_budget"], said
    page = pages["dye"]
    assert (len(page.panels), page.bar.get_ylabel()) == (6, "concentration (mg m⁻³)")
    for number, panel in enumerate(page.panels):
        values = by_gid(panel, "cells")["cells"].get_array()
        row, layer = number % 3, number // 3
        np.testing.assert_allclose(np.ma.filled(values, 0).reshape(4, 5), 1e6 * (amount / volume)[row, layer])
        words = [text.get_text() for text in panel.texts]
        assert ("0 to 2 m below the surface", "2 to 10 m below the surface")[layer] in words
        assert any(f"{row:02d}:00 UTC" in text for text in words) == (layer == 0)
    axes = pages["dye_profile"].plot
    whole = 1e6 * amount.sum(axis=(2, 3)) / volume.sum(axis=(2, 3))
    for line, profile in zip(axes.lines, whole, strict=True):
        np.testing.assert_allclose(line.get_xdata(), np.repeat(profile, 2))
        np.testing.assert_array_equal(line.get_ydata(), [0, 2, 2, 10])
    assert axes.get_ylim() == (10, 0), "depth grows downwards"
    heaps = pages["dye_budget"].plot.collections
    heap = {patch.get_gid(): patch.get_paths()[0].vertices[:, 1] for patch in heaps}
    colours = {patch.get_gid(): to_hex(patch.get_facecolor()[0]) for patch in heaps}
    assert colours == {"budget inside": BLUE.lower(), "budget exited": MARKS["exited"].colour.lower()}, (
        "what is not there takes no colour from others"
    )
    assert set(heap) == {"budget inside", "budget exited"}, "nobody died: no colour for it"
    assert heap["budget exited"].max() == pytest.approx(2.0)
    assert texts(pages["dye_budget"].figure).split("\n")[-2:] == ["in the cells", "exited"]
    (curve,) = drawn(path, "--variable", "inside")[0]["dye"].plot.lines
    np.testing.assert_allclose(curve.get_xdata(), TIMES[:4] / 86400, rtol=1e-12)
    np.testing.assert_allclose(curve.get_ydata(), inside)


@pytest.mark.parametrize(
    ("measured", "unit", "words"),
    [
        ("height above the bed", "m", ["0 to 2 m above the bed", "2 to 10 m above the bed"]),
        ("sigma", "1", ["sigma 0 to 2", "sigma 2 to 10"]),
    ],
)
def test_layers_say_from_where_they_are_measured(tmp_path, measured, unit, words):
    rows = statistic(
        "dye", "concentration", *edges("x", np.linspace(0, LENGTH, 6), "m"), *edges("y", np.linspace(0, WIDTH, 5), "m"),
        *edges("layer", np.array([0.0, 2.0, 10.0]), unit, long_name=measured),
        ("maximum", ("layer", "y", "x"), 1 + RNG.random((2, 4, 5)), "kg m-3", {}),
    )  # fmt: skip
    write_file(tmp_path / "a.stats.nc", list(rows), {"title": "Dye"})
    found = answers_in(tmp_path / "a.stats.nc").statistics[0]
    assert words_of(found, "dye_layer", [0, 1]) == words


def layered(path, *, name="dye", length=21600.0, positive="down"):
    """Three periods of concentrations in two layers, with two thresholds, over four looks a period; the deepest layer goes
    far below 10 m of water, and has none in the last column."""
    dims, clock = ("time", "layer", "y", "x"), time_of()[-1]
    begin = TIMES[0] + length * np.arange(3)
    volume = np.broadcast_to(
        np.array([2.0, 8.0])[:, None, None] * LENGTH / 5 * WIDTH / 4, (3, 2, 4, 5)
    ).copy()
    volume[:, 1, :, -1] = 0
    amount = np.where(volume > 0, np.arange(1.0, 4.0)[:, None, None, None], 0.0)
    amount[..., 0] = 0
    with np.errstate(invalid="ignore"):
        dense = amount / volume
    above = np.zeros((2, *dense.shape))
    above[0, :, :, :, 1], above[1, :, 0, :, 1] = 7200.0, 3600.0
    axes = np.linspace(0, LENGTH, 6), np.linspace(0, WIDTH, 5)
    area = np.full((4, 5), LENGTH / 5 * WIDTH / 4)
    rows = statistic(
        name, "concentration", ("time", ("time",), begin, "", clock),
        ("time_bounds", ("time", "two"), np.stack([begin, begin + 0.75 * length], axis=1), "", {}),
        *edges("x", axes[0], "m"), *edges("y", axes[1], "m"), ("cell_area", ("y", "x"), area, "m2", {}),
        *edges("layer", np.array([0.0, 2.0, 50.0]), "m", positive=positive),
        ("concentration", dims, dense, "kg m-3", {}), ("maximum", dims, 2 * dense, "kg m-3", {}),
        ("threshold", ("threshold",), [0.001, 0.5], "kg m-3", {}),
        ("time_above", ("threshold", *dims), above, "s", {"long_name": "time above the threshold"}),
        ("amount", dims, amount, "kg", {}), ("volume", dims, volume, "m3", {}),
        ("wet_looks", dims, volume > 0, "1", {}),
    )  # fmt: skip
    write_file(path, list(rows), {"title": "Dye"})
    return dense


def test_under_a_line_all_that_is_in_layers_is_drawn_down_to_the_bed(tmp_path):
    path = tmp_path / "a.stats.nc"
    dense = layered(path, name="concentration")
    pages, _ = drawn(path, "--along", 0, 100, LENGTH, 100)
    assert list(pages) == [
        "concentration",
        "concentration_maximum",
        "concentration_time_above_1",
        "concentration_time_above_2",
    ]
    assert "time above 0.5 kg m⁻³" in texts(pages["concentration_time_above_2"].figure)
    page = pages["concentration"]
    assert "concentration: concentration" not in texts(page.figure)
    for panel, of_time in zip(page.panels, dense, strict=True):
        assert panel.get_ylim() == (pytest.approx(10.0, rel=0.1), 0), (
            "the layer ends at 50 m, the water at 10 m"
        )
        there, zero = (by_gid(panel, gid)[gid].get_array() for gid in ("layers", "zero"))
        columns = np.array([40, 120, 200, 280, 360])  # the middles of the cells
        taken = of_time[:, 0]
        np.testing.assert_allclose(
            np.ma.filled(there, 0.0)[:, columns], np.nan_to_num(taken) * 1e9, err_msg="µg m-3"
        )
        np.testing.assert_array_equal(
            ~np.ma.getmaskarray(zero)[:, columns], taken == 0, err_msg="no water is white"
        )
    assert drawn(path)[0]["concentration_profile"].plot.get_ylim() == (pytest.approx(10.0, rel=0.1), 0)
    alone, _ = drawn(path, "--along", 0, 100, LENGTH, 100, "--variable", "maximum")
    assert list(alone) == ["concentration"]


def test_layers_by_height_end_at_the_still_water(tmp_path, monkeypatch):
    layered(tmp_path / "a.stats.nc", positive="up")
    slope = np.linspace(12.0, -1.0, under_line.POINTS)
    monkeypatch.setattr(under_line, "_bed", lambda drawing, line: slope)
    page = drawn(tmp_path / "a.stats.nc", "--along", 0, 100, LENGTH, 100)[0]["dye"]
    for panel in page.panels[:3]:
        np.testing.assert_array_equal(by_gid(panel, "surface")["surface"].get_ydata(), np.maximum(slope, 0))
        assert any(each.get_zorder() == 2 for each in panel.collections), "nothing is drawn above the water"
    assert "still water level" in texts(page.figure)


def test_time_above_has_a_page_of_each_threshold_in_panels_by_layer(tmp_path):
    path = tmp_path / "a.stats.nc"
    layered(path)
    pages, _ = drawn(path, "--variable", "time_above")
    assert list(pages) == ["dye", "dye_time_above_2"]
    for page, threshold, hours in (
        (pages["dye"], "1 g m⁻³", [2, 2]),
        (pages["dye_time_above_2"], "0.5 kg m⁻³", [1, 0]),
    ):
        assert f"time above {threshold}" in texts(page.figure)
        assert len(page.panels) == 6, "three periods by two layers"
        for number, panel in enumerate(page.panels):
            values = np.ma.filled(by_gid(panel, "cells")["cells"].get_array(), 0.0).reshape(4, 5)
            expected = np.zeros((4, 5))
            expected[:, 1] = hours[number // 3]
            np.testing.assert_allclose(values, expected)


def test_the_period_that_contains_a_time_is_drawn(tmp_path):
    path = tmp_path / "a.stats.nc"
    dense = layered(path)
    for at, period in (("359min", 0), ("6h", 1), ("2020-05-01T11:30:00Z", 1), ("16h", 2)):
        page = drawn(path, "--variable", "concentration", "--at", at)[0]["dye"]
        values = by_gid(page.panels[0], "cells")["cells"].get_array()
        np.testing.assert_allclose(
            np.ma.filled(values, 0.0).reshape(4, 5), np.nan_to_num(dense[period, 0]) * 1e9, err_msg=at
        )
    with pytest.raises(
        RunFileError, match="is outside the looks, 2020-05-01 00:00 UTC to 2020-05-01 16:30 UTC"
    ):
        drawn(path, "--at", "17h")


def test_a_time_is_refused_where_all_times_are_drawn(file, capsys):
    assert main(["plot", str(file), "--statistic", "larvae", "--at", "2h", "--quiet"]) == 2
    assert "its pictures show all times: take --at away" in capsys.readouterr().err
    pages, said = drawn(file, "--at", "70min")
    assert list(pages) == ["grid", "warm"]
    assert len(said) == len(set(said))
    assert len([sentence for sentence in said if "nearest" in sentence]) == 1


def test_a_last_period_of_one_look_is_left_out(tmp_path):
    path, both = tmp_path / "a.stats.nc", TIMES[[0, 2, 4]]
    until = np.array([TIMES[1], TIMES[3], TIMES[4]])
    write_file(
        path,
        list(
            statistic(
                "grid", "density", ("time", ("time",), both, "", time_of()[-1]),
                ("time_bounds", ("time", "two"), np.stack([both, until], axis=1), "", {}),
                *edges("x", np.linspace(0, LENGTH, 6), "m"), *edges("y", np.linspace(0, WIDTH, 5), "m"),
                ("density", ("time", "y", "x"), FIELD[:3], "m-2", {}),
            )
        ),
        {"title": "Short"},
    )  # fmt: skip
    page = drawn(path)[0]["grid"]
    assert len(page.panels) == 2
    assert "without the last period, of one sampling time" in texts(page.figure)


def test_first_arrivals_are_times_after_the_first_look(tmp_path):
    ends, path = np.array([[0.0, 0.0], [4000.0, 0.0], [9000.0, 0.0]]), tmp_path / "a.stats.nc"
    pairs = np.stack([ends[:-1], ends[1:]], axis=1)
    rows = statistic(
        "beach", "shore", ("time", ("time",), TIMES[:3], "", time_of()[-1]),
        *((f"side_{axis}", ("side", "two"), pairs[..., k], "m", {}) for k, axis in enumerate("xy")),
        ("side_segment", ("side",), np.array([0, 1], np.int32), "1", {}),
        ("landings_per_km", ("segment",), [0.5, 20.0], "km-1", {}),
        ("first_arrival", ("segment",), TIMES[[2, 8]], "",
         time_of()[-1] | {"long_name": "first look at which a particle is ashore"}),
    )  # fmt: skip
    write_file(path, list(rows), {"title": "Ashore"})
    page = drawn(path, "--variable", "first_arrival")[0]["beach"]
    np.testing.assert_allclose(sorted(by_gid(page.plot, "shore")["shore"].get_array()), [2.0, 8.0])
    assert "first arrival after 2020-05-01 00:00 UTC" in texts(page.figure)
    assert page.bar.get_ylabel().endswith("(h)")


def test_a_mean_by_polygon_has_an_axis_of_its_values(tmp_path):
    path, salinity = tmp_path / "a.stats.nc", 31.0 + RNG.random((9, 3))
    rows = statistic(
        "salt", "mean", time_of(), named("polygon"), ("mean", ("time", "polygon"), salinity, "1", {})
    )
    counts = statistic("gate", "crossings", time_of(), ("crossed", ("time",), np.arange(60, 69), "1", {}))
    write_file(path, [*rows, *counts], {"title": "Salt"})
    pages, _ = drawn(path)
    low, high = pages["salt"].plot.get_ylim()
    assert 30.5 < low < salinity.min() < salinity.max() < high
    assert pages["gate"].plot.get_ylim()[0] == 0, "counts begin at 0"


@pytest.mark.parametrize("sign", [1, -1], ids=["forward", "backward"])
def test_means_of_periods_and_classes_of_age_stand_in_their_middle(tmp_path, sign):
    path, period = tmp_path / "a.stats.nc", sign * 7200.0
    begin, values = TIMES[0] + period * np.arange(4), 31.0 + RNG.random((4, 3))
    clock = (
        ("time", ("time",), begin, "", time_of()[-1]),
        ("time_bounds", ("time", "two"), np.stack([begin, begin + period], axis=1), "", {}),
    )
    by_time = statistic(
        "salt", "mean", *clock, named("polygon"), ("mean", ("time", "polygon"), values, "1", {})
    )
    key, dims, _, unit, said = next(iter(edges("age", 3600.0 * np.array([0, 1, 2, 4, 8]), "s")))
    ages = (
        key,
        dims,
        3600.0 * np.array([0, 1, 2, 4]),
        unit,
        said | {"long_name": "age, lower edge of the class"},
    )
    bounds = list(edges("age", 3600.0 * np.array([0, 1, 2, 4, 8]), "s"))[1]
    by_age = statistic(
        "warm", "mean", ages, bounds, named("polygon"), ("mean", ("age", "polygon"), values, "1", {})
    )
    write_file(path, [*by_time, *by_age], {"title": "Means"})
    pages, _ = drawn(path)
    for line in pages["salt"].plot.lines:
        np.testing.assert_allclose(line.get_xdata(), (begin + period / 2) / 86400, rtol=1e-12)
    for line in pages["warm"].plot.lines:
        np.testing.assert_allclose(line.get_xdata(), [0.5, 1.5, 3, 6])
    assert pages["warm"].plot.get_xlabel() == "age, middle of the class (h)"


def test_conditions_of_the_run_file_stand_below_the_title(tmp_path):
    path = tmp_path / "a.stats.nc"
    usual = ["active", "stranded", "deposited"]
    blocks = [
        {
            "kind": "mean",
            "name": "salt",
            "status": ["settled"],
            "height": ["0 m", "2 m"],
            "where": "salinity > 30",
        },
        {"kind": "crossings", "name": "gate", "status": usual, "releases": []},
    ]
    rows = statistic("salt", "mean", time_of(), ("mean", ("time",), np.arange(9.0), "1", {}))
    counts = statistic("gate", "crossings", time_of(), ("crossed", ("time",), np.arange(9), "1", {}))
    write_file(path, [*rows, *counts], {"title": "Salt", "run_file": json.dumps({"statistic": blocks})})
    pages, _ = drawn(path)
    assert "\nstatus settled, 0 m to 2 m above the bed, where salinity > 30" in texts(pages["salt"].figure)
    assert "status" not in texts(pages["gate"].figure), "the usual ones need no word"


def test_bars_say_where_there_is_no_coast(tmp_path):
    ends, path = np.array([[0.0, 0.0], [4000.0, 0.0], [9000.0, 0.0]]), tmp_path / "a.stats.nc"
    pairs = np.stack([ends[:-1], ends[1:]], axis=1)
    rows = statistic(
        "beach", "shore", ("time", ("time",), TIMES[:3], "", time_of()[-1]), named("segment", ["north", "lake", "elsewhere"]),
        *((f"side_{axis}", ("side", "two"), pairs[..., k], "m", {}) for k, axis in enumerate("xy")),
        ("side_segment", ("side",), np.array([0, 2], np.int32), "1", {}),
        ("segment_length", ("segment",), [4000.0, 0.0, 5000.0], "m", {}),
        ("landings_per_km", ("segment",), [0.5, np.nan, 20.0], "km-1", {}),
    )  # fmt: skip
    write_file(path, list(rows), {"title": "Ashore"})
    axes = drawn(path)[0]["beach_landings_per_km_bars"].plot
    assert [text.get_text() for text in axes.texts] == ["0.5", "no coast", "20"]
    red, green, blue, _ = axes.patches[-1].get_facecolor()
    assert red == green == blue, "elsewhere is grey"


def test_names_of_a_matrix_and_of_panels_stand_on_the_page_and_not_on_each_other(tmp_path):
    path = tmp_path / "a.stats.nc"
    names = ["W" + 13 * "n", "b"]
    rows = statistic(
        "larvae", "connectivity", named("source", names), named("polygon", ["reef"]),
        ("connectivity", ("source", "polygon"), [[0.5], [0.25]], "1", {}), ("lost", ("source",), [0.5, 0.75], "1", {}),
    )  # fmt: skip
    write_file(path, list(rows), {"title": "Names"})
    with style():
        pages, _ = drawn(path)
    page = pages["larvae"]
    with style():
        page.figure.canvas.draw()
    assert page.plot.yaxis.label.get_window_extent().x0 > 0
    with style():
        page = Page(2.0, bar=True, panels=(3, 3), gaps=GAPS)
        for panel in page.panels[:3]:
            page.caption(panel, "2024-05-01 12:00 to 13:40 UTC")
        page.figure.canvas.draw()
    above = [panel.texts[0].get_window_extent() for panel in page.panels[:3]]
    assert all(one.x1 < other.x0 for one, other in itertools.pairwise(above))


def test_what_has_no_curve_is_in_no_legend_and_one_look_has_no_budget(tmp_path):
    path = tmp_path / "a.stats.nc"
    rows = statistic(
        "warm", "mean", time_of(), named("polygon", ["reef", "far"]),
        ("mean", ("time", "polygon"), np.stack([10 + np.arange(9.0), np.full(9, np.nan)], axis=1), "degC", {}),
    )  # fmt: skip
    more = statistic(
        "dye", "concentration", ("time", ("time",), TIMES[:1], "", time_of()[-1]),
        *edges("x", np.linspace(0, LENGTH, 6), "m"), *edges("y", np.linspace(0, WIDTH, 5), "m"),
        ("look", ("look",), TIMES[:1], "", time_of()[-1]), ("concentration", ("time", "y", "x"), np.ones((1, 4, 5)), "m-3", {}),
        ("released", ("look",), [2.0], "1", {}), ("inside", ("look",), [2.0], "1", {}),
    )  # fmt: skip
    write_file(path, [*rows, *more], {"title": "None"})
    pages, _ = drawn(path)
    shown = texts(pages["warm"].figure).split("\n")
    assert "reef" in shown
    assert "far" not in shown
    assert list(pages) == ["warm", "dye"]
