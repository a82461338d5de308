"""What a picture shows when nothing more is asked for: colours that tell particles apart, flags by their meaning, the
surface as it stands, areas of settlement, and no line in a legend without a mark."""

import json

import netCDF4
import numpy as np
import pytest
import xarray as xr

import fvdrift.accessor  # noqa: F401  (registers dataset.drift)
from fvdrift.errors import RunFileError
from fvdrift.plot.maps import density_map, moment_maps, snapshot_map, track_map
from fvdrift.plot.section import section

from .conftest import DEAD, LENGTH, NEVER, PARTICLES, SETTLED, STRANDED, WIDTH, degrees, write_case
from .pictures import Asked, by_gid


def labels(figure):
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_one_time_of_release_is_not_coloured_by_age(case):
    with xr.open_dataset(case.tracks) as tracks:
        at_once = tracks.isel(trajectory=range(PARTICLES - 10))
        figure = at_once.drift.plot(quiet=True)
        assert {"Río", "sea"} <= set(labels(figure)), "two releases"
        one = at_once.isel(trajectory=slice(0, None, 2))
        told = labels(one.drift.plot(quiet=True))
        assert "end: active" in told, "one release at one depth: what became of each"
        deep = one.assign(z=one.z * (1 + one.trajectory))
        assert any("depth below" in axes.get_ylabel() for axes in deep.drift.plot(quiet=True).axes)
        assert any("age (h)" in axes.get_ylabel() for axes in tracks.drift.plot(quiet=True).axes)


def test_flags_have_a_colour_for_each_meaning(case):
    with xr.open_dataset(case.tracks) as tracks:
        wet = tracks.dry.where(tracks.trajectory % 2 == 0, 1).astype("int8").assign_attrs(tracks.dry.attrs)
        figure = tracks.assign(dry=wet).drift.plot(at="end", color="dry", quiet=True)
        marks = by_gid(figure.axes[0], "particles active")["particles active"]
        assert {"wet", "dry"} <= set(labels(figure))
        odd = np.isin(marks.get_offsets()[:, 0], case.x[1::2, -1])
        np.testing.assert_array_equal(marks.get_array(), odd.astype(float))
        colours = marks.cmap(marks.norm([0.0, 1.0]))
        assert len({tuple(colour) for colour in colours}) == 2
    with Asked(case.tracks, "--color", "dry") as asked:
        told = labels(track_map(asked.subject).figure)
    assert "dry" not in told, "none is"


def test_a_legend_names_only_what_is_in_sight(case):
    x, y = case.x[DEAD, 2], case.y[DEAD, 2]
    near = [x - 60, y - 60, x + 60, y + 60]
    with Asked(case.tracks, "--extent", *near, "--color", "status") as asked:
        page = track_map(asked.subject)
    seen = {
        gid.removeprefix("ends ")
        for gid, marks in by_gid(page.plot, "ends ").items()
        if any(near[0] <= a <= near[2] and near[1] <= b <= near[3] for a, b in marks.get_offsets())
    }
    ends = {text.removeprefix("end: ") for text in labels(page.figure) if text.startswith("end: ")}
    assert ends == seen
    assert "dead" in seen
    assert "stranded" not in seen
    starts = by_gid(page.plot, "starts")["starts"].get_offsets()
    inside = [near[0] <= a <= near[2] and near[1] <= b <= near[3] for a, b in starts]
    assert ("start" in labels(page.figure)) == any(inside)


@pytest.fixture
def tidal(tmp_path):
    """A case over whose channel the surface slopes and rises: 2 m an hour, and 1 m from side to side."""
    case = write_case(tmp_path / "here", False)
    with netCDF4.Dataset(case.forcing, "r+") as file:
        hours = np.arange(len(file.dimensions["time"]))
        file["zeta"][:] = 2.0 * hours[:, None] + np.asarray(file["y"][:])[None, :] / WIDTH
    return case


def test_depths_of_a_section_are_below_the_moving_surface(tidal):
    with Asked(tidal.tracks, "--section") as asked:
        page = section(asked.subject)
    assert page.plot.get_ylabel() == "depth below the surface (m)"
    there = tidal.x < LENGTH  # some end beyond the mesh, where the surface is not known
    expected = 2.0 * np.arange(7) + tidal.y / WIDTH + 1 + np.arange(7)
    ends = by_gid(page.plot, "ends ")
    np.testing.assert_allclose(ends["ends dead"].get_offsets()[0, 1], expected[DEAD, 2], atol=1e-3)
    drawn = np.concatenate([piece[:, 1] for piece in by_gid(page.plot, "tracks")["tracks"].get_segments()])
    assert np.abs(expected[there][:, None] - drawn).min(axis=1).max() < 1e-3
    assert drawn.min() > 1, "all are below it"
    with Asked(tidal.tracks, "--along", 0, 2000, LENGTH, 2000, "--at", "3h") as asked:
        page = section(asked.subject)
    (line,) = [line for line in page.plot.lines if line.get_gid() == "surface"]
    np.testing.assert_allclose(line.get_ydata(), -6.5, atol=1e-3)
    assert page.plot.get_ylim()[1] < -6.5, "the surface is in sight"


def test_without_the_forcing_depths_are_below_the_mean_surface(tidal):
    tidal.forcing.unlink()
    with Asked(tidal.tracks, "--section") as asked:
        assert section(asked.subject).plot.get_ylabel() == "depth below the mean surface (m)"


@pytest.mark.parametrize("geographic", [False, True])
def test_areas_of_settlement_are_on_every_map(tmp_path, geographic):
    case = write_case(tmp_path / "here", geographic)
    ring = np.array([[1000.0, 500.0], [4000.0, 500.0], [4000.0, 2500.0], [1000.0, 500.0]])
    written = np.stack(degrees(*ring.T), axis=1) if geographic else ring
    content = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"name": "reef"},
             "geometry": {"type": "Polygon", "coordinates": [written.tolist()]}}
        ],
    }  # fmt: skip
    if not geographic:
        content["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32630"}}
    (tmp_path / "here" / "data" / "reef.geojson").write_text(json.dumps(content))
    with netCDF4.Dataset(case.tracks, "r+") as file:
        told = json.loads(file.run_file)
        told["behaviour"] = {"settlement": "data/reef.geojson"}
        if not geographic:
            told["forcing"]["projection"] = "EPSG:32630"
        file.run_file = json.dumps(told)
    for draw, options in (
        (track_map, []),
        (snapshot_map, ["--at", "end"]),
        (density_map, ["--density"]),
        (moment_maps, ["--panels", 2]),
    ):
        with Asked(case.tracks, *options) as asked:
            page = draw(asked.subject)
        (area,) = by_gid(page.plot, "area ").values()
        np.testing.assert_allclose(area.get_path().vertices[:3], written[:3], rtol=1e-9)
        assert "settlement area" in labels(page.figure)
    with Asked(
        case.tracks, "--extent", *np.ravel(case.place([6000, 9000], [3000, 3900]), order="F")
    ) as asked:
        assert "settlement area" not in labels(track_map(asked.subject).figure)


def test_panels_before_anybody_is_there_are_empty(case):
    with Asked(case.tracks, "--panels", 2, "--color", "status") as asked:
        asked.subject.ids = np.arange(PARTICLES - 10, PARTICLES)  # released later
        before, after = moment_maps(asked.subject).panels
    assert not np.isfinite(case.x[-10:, 0]).any()
    assert not any(len(dots.get_offsets()) for dots in by_gid(before, "particles").values())
    assert any(len(dots.get_offsets()) for dots in by_gid(after, "particles").values())
    with Asked(case.tracks, "--panels", 2) as asked:
        asked.subject.ids = np.array([NEVER])
        with pytest.raises(RunFileError, match="were they released by that time"):
            moment_maps(asked.subject)


def test_panels_show_their_times(each_case):
    with Asked(each_case.tracks, "--panels", 3, "--color", "temp") as asked:
        page = moment_maps(asked.subject)
    assert len(page.panels) == 3
    for panel, row in zip(page.panels, (0, 3, 6), strict=True):
        marks = by_gid(panel, "particles active")["particles active"]
        x, y = each_case.place(each_case.x[:, row], each_case.y[:, row])
        active = np.isfinite(x)
        active[[number for number, since in ((STRANDED, 3), (SETTLED, 3), (DEAD, 2)) if row >= since]] = False
        np.testing.assert_array_equal(marks.get_offsets(), np.column_stack([x, y])[active])
        assert any(f"{row:02d}:00 UTC" in text.get_text() for text in panel.texts)
    assert (
        len({(m.norm.vmin, m.norm.vmax) for p in page.panels for m in by_gid(p, "particles active").values()})
        == 1
    )
