"""Maps show the positions, colours, fates, counts and flow that are in the files."""

import numpy as np
import pytest

from fvdrift.errors import RunFileError
from fvdrift.plot.colouring import colouring, habitats
from fvdrift.plot.density import count
from fvdrift.plot.maps import density_map, snapshot_map, track_map
from fvdrift.plot.page import style
from fvdrift.plot.track_file import TrackFile

from .conftest import DEAD, EXITED, LENGTH, NEVER, PARTICLES, SETTLED, STRANDED, WIDTH
from .pictures import Asked, by_gid, image, texts


def segments_of(case):
    """Pairs of positions between which a particle moved."""
    x, y = case.place(case.x, case.y)
    pairs = set()
    for a, b, c, d in zip(
        x[:, :-1].ravel(), x[:, 1:].ravel(), y[:, :-1].ravel(), y[:, 1:].ravel(), strict=True
    ):
        if np.isfinite(a + b) and (a != b or c != d):
            pairs.add((a, c, b, d))
    return pairs


def test_lines_are_the_tracks(each_case):
    with Asked(each_case.tracks) as asked:
        axes = track_map(asked.subject).plot
    drawn = by_gid(axes, "tracks")["tracks"]
    assert {tuple(piece.ravel()) for piece in np.array(drawn.get_segments())} == segments_of(each_case)
    ages = drawn.get_array()
    assert ages.min() == 0.5  # the middle of the first hour
    assert ages.max() == 5.5
    assert not asked.said


def test_ends_are_marked_by_what_became_of_each(each_case):
    with Asked(each_case.tracks) as asked:
        page = track_map(asked.subject)
    ends = by_gid(page.plot, "ends ")
    assert set(ends) == {"ends active", "ends stranded", "ends settled", "ends exited", "ends dead"}
    x, y = each_case.place(each_case.x, each_case.y)
    for name, number, last in (
        ("stranded", STRANDED, 6),
        ("settled", SETTLED, 3),
        ("exited", EXITED, 4),
        ("dead", DEAD, 2),
    ):
        np.testing.assert_array_equal(
            ends[f"ends {name}"].get_offsets(), [[x[number, last], y[number, last]]]
        )
    outlines = {tuple(map(tuple, end.get_paths()[0].vertices)) for end in ends.values()}
    assert len(outlines) == 5, "each status has a mark of its own shape"
    assert len({tuple(end.get_facecolor()[0]) for end in ends.values()}) == 5
    starts = by_gid(page.plot, "starts")["starts"].get_offsets()
    assert len(starts) == PARTICLES - 1
    assert len(ends["ends active"].get_offsets()) == PARTICLES - 5
    assert NEVER not in np.flatnonzero(np.isfinite(each_case.x).any(axis=1))
    assert "end: stranded" in texts(page.figure)
    assert "open boundary" in texts(page.figure)


def test_a_metre_is_as_long_along_x_as_along_y(each_case):
    with Asked(each_case.tracks) as asked:
        axes = track_map(asked.subject).plot
    axes.figure.canvas.draw()
    corners = [each_case.place(*point) for point in ((0.0, 0.0), (LENGTH, 0.0), (0.0, WIDTH))]
    origin, east, north = axes.transData.transform(np.array(corners))
    assert np.hypot(*(east - origin)) / np.hypot(*(north - origin)) == pytest.approx(LENGTH / WIDTH, rel=2e-3)
    words = " ".join(label.get_text() for label in axes.get_xticklabels()) + axes.get_xlabel()
    assert ("°W" in words) == each_case.geographic
    assert ("(km)" in words) != each_case.geographic


@pytest.mark.parametrize("color", ["age", "depth", "release", "status", "temp"])
def test_colours_are_those_of_the_values(case, color):
    with Asked(case.tracks, "--color", color) as asked:
        page = track_map(asked.subject)
    drawn = by_gid(page.plot, "tracks")["tracks"]
    values = np.unique(drawn.get_array())
    hours = np.arange(6) + 0.5
    expected = {
        "age": hours, "depth": 1 + hours, "release": [0, 1], "status": [1, 2, 4, 5, 6],
        "temp": 10.0 + np.flatnonzero(np.isfinite(case.x).sum(axis=1) > 1),
    }[color]  # fmt: skip
    np.testing.assert_allclose(values, expected)
    said = texts(page.figure) + " ".join(axes.get_ylabel() for axes in page.figure.axes)
    assert {
        "age": "age (h)",
        "depth": "depth below",
        "release": "Río",
        "status": "end: dead",
        "temp": "(degC)",
    }[color] in said


def test_a_track_has_the_colour_of_the_habitat_it_ends_in(case):
    with Asked(case.tracks, "--color", "habitat") as asked:
        assert habitats(asked.subject.tracks) == ["old pier; west: 2", "reef"]
        page = track_map(asked.subject)
    drawn = by_gid(page.plot, "tracks")["tracks"]
    reef = np.array([piece[0, 1] == case.y[SETTLED, 0] for piece in drawn.get_segments()])
    np.testing.assert_array_equal(drawn.get_array(), np.where(reef, 2, 0))
    assert reef.sum() == 3
    said = texts(page.figure)
    assert "reef" in said
    assert "not settled" in said
    assert "old pier" not in said


def test_pictures_by_different_values_differ(case):
    seen = []
    with style():
        for color in ("age", "depth", "release", "status", "temp"):
            with Asked(case.tracks, "--color", color, "--title", "same") as asked:
                seen.append(image(track_map(asked.subject).figure).tobytes())
    assert len(set(seen)) == 5


def test_particles_at_one_time(each_case):
    with Asked(each_case.tracks, "--at", "2020-05-01T03:00:00Z", "--color", "temp") as asked:
        page = snapshot_map(asked.subject)
    marks = by_gid(page.plot, "particles ")
    x, y = each_case.place(each_case.x[:, 3], each_case.y[:, 3])
    active = np.setdiff1d(np.flatnonzero(np.isfinite(x)), [STRANDED, SETTLED, DEAD])
    np.testing.assert_array_equal(marks["particles active"].get_offsets(), np.column_stack([x, y])[active])
    np.testing.assert_array_equal(marks["particles active"].get_array(), 10.0 + active)
    np.testing.assert_array_equal(marks["particles stranded"].get_offsets(), [[x[STRANDED], y[STRANDED]]])
    assert "2020-05-01 03:00 UTC" in texts(page.figure)


def test_a_particle_at_a_time_has_the_colour_of_its_status_then(case):
    for at, status in (("start", 1), ("3h", 4)):
        with Asked(case.tracks, "--at", at, "--color", "status") as asked:
            marks = by_gid(snapshot_map(asked.subject).plot, "particles ")
        x = case.x[SETTLED, 0 if at == "start" else 3]
        (drawn,) = [mark for mark in marks.values() if x in mark.get_offsets()[:, 0]]
        assert drawn.get_gid() == f"particles {'active' if status == 1 else 'settled'}"
        assert drawn.get_array()[list(drawn.get_offsets()[:, 0]).index(x)] == status
    rows = range(7)
    with Asked(case.tracks, "--animate", "--color", "status") as asked:
        lines, read = asked.subject.lines(np.arange(PARTICLES), rows, held=True)
    np.testing.assert_array_equal(lines.values, read["status"])


def test_the_nearest_record_is_taken_and_told(case):
    with Asked(case.tracks, "--at", "100 min") as asked:
        page = snapshot_map(asked.subject)
    assert "2020-05-01 02:00 UTC" in texts(page.figure)
    assert asked.said == ["the record nearest to 2020-05-01 01:40 UTC is 2020-05-01 02:00 UTC"]
    with Asked(case.tracks, "--at", "9h") as asked, pytest.raises(RunFileError, match="outside the tracks"):
        snapshot_map(asked.subject)


def test_only_the_release_asked_for_is_drawn(case):
    with Asked(case.tracks, "--release", "sea", "--at", "end", "--color", "release") as asked:
        page = snapshot_map(asked.subject)
    drawn = sum(len(marks.get_offsets()) for marks in by_gid(page.plot, "particles ").values())
    odd = np.arange(1, PARTICLES, 2)
    assert drawn == np.isfinite(case.x[odd, -1]).sum() + 1  # and what has settled
    assert "Río" not in texts(page.figure)


def test_density_counts_every_particle(each_case):
    with Asked(each_case.tracks, "--density", "--at", "end") as asked:
        drawn = by_gid(density_map(asked.subject).plot, "density")["density"]
    per_km2 = np.ma.filled(drawn.get_array(), 0.0)
    edges = drawn.get_coordinates()
    (x0, x1), (y0, y1) = each_case.place([0, LENGTH], [0, WIDTH])
    per_x, per_y = LENGTH / (x1 - x0), WIDTH / (y1 - y0)
    area = np.diff(edges[0, :, 0]).mean() * per_x * np.diff(edges[:, 0, 1]).mean() * per_y / 1e6
    there = np.isfinite(each_case.x[:, -1]).sum() + 1  # and what has settled
    assert per_km2.sum() * area == pytest.approx(there, rel=2e-3)
    x, y = each_case.place(each_case.x[STRANDED, -1], each_case.y[STRANDED, -1])
    i = np.searchsorted(edges[0, :, 0], x) - 1
    j = np.searchsorted(edges[:, 0, 1], y) - 1
    assert per_km2.reshape(len(edges) - 1, -1)[j, i] > 0


def test_cells_have_the_size_asked_for(case):
    with Asked(case.tracks, "--density", "--cell", "500m") as asked:
        page = density_map(asked.subject)
    edges = by_gid(page.plot, "density")["density"].get_coordinates()
    np.testing.assert_allclose(np.diff(edges[0, :, 0]), 500, rtol=0.05)
    assert "cells of 500 m" in texts(page.figure)


def test_arrows_have_the_direction_and_speed_of_the_flow(each_case):
    with Asked(each_case.tracks, "--at", "2h", "--flow") as asked:
        arrows = by_gid(snapshot_map(asked.subject).plot, "flow")["flow"]
    y0 = each_case.place(0.0, 0.0)[1]
    per_y = WIDTH / (each_case.place(0.0, WIDTH)[1] - y0)
    np.testing.assert_allclose(arrows.U, 0.1 + 0.3 * (arrows.XY[:, 1] - y0) * per_y / WIDTH, atol=1e-4)
    np.testing.assert_allclose(arrows.V, 0.0, atol=1e-6)
    assert len(arrows.U) > 50


def test_water_is_drawn_by_its_depth_and_can_be_left_out(case):
    seen = []
    with style():
        for options in ([], ["--no-mesh"], ["--no-depth"], ["--extent", 0, 0, 5000, 4000]):
            with Asked(case.tracks, *options) as asked:
                page = track_map(asked.subject)
            seen.append(image(page.figure).tobytes())
            assert (
                "depth (m)" in "".join(t.get_text() for axes in page.figure.axes for t in axes.texts)
            ) == (options != ["--no-depth"])
    assert len(set(seen)) == 4
    assert page.plot.get_xlim() == (0, 5000)
    assert page.plot.get_ylim() == (0, 4000)


def test_an_extent_follows_the_longitudes_of_the_tracks(each_case):
    (x0, y0), (x1, y1) = each_case.place(1000.0, 500.0), each_case.place(4000.0, 1500.0)
    for turn in (-360.0, 360.0) if each_case.geographic else (0.0,):
        with Asked(each_case.tracks, "--extent", x0 + turn, y0, x1 + turn, y1) as asked:
            page = track_map(asked.subject)
        assert page.plot.get_xlim() == pytest.approx((x0, x1), abs=1e-9)
    with (
        Asked(each_case.tracks, "--extent", x0 + 90, y0 + 1e5, x1 + 90, y1 + 1e5) as asked,
        pytest.raises(RunFileError, match="--extent: nothing that could be shown lies there: x is"),
    ):
        track_map(asked.subject)


def test_particles_that_were_never_released_make_no_picture(case):
    with Asked(case.tracks, "--at", "start") as asked:
        asked.subject.ids = np.array([NEVER])
        with pytest.raises(RunFileError, match="no particle of those chosen has a position"):
            snapshot_map(asked.subject)


class Everywhere:
    """Particles spread evenly over the sphere between two parallels, at one time; the last have left."""

    statuses = ("not_released", "active", "stranded", "deposited", "settled", "exited", "dead")

    def __init__(self, south, north, count, gone):
        chance = (np.arange(count) + 0.5) / count
        low, high = np.sin(np.radians([south, north]))
        self.y = np.degrees(np.arcsin(low + chance * (high - low)))
        self.x = 10.0 * ((np.arange(count) * 0.6180339887498949) % 1.0)
        self.status = np.where(np.arange(count) < gone, 5, 1)

    def blocks(self, rows, ids):
        yield from np.array_split(ids, 3)

    def read_held(self, names, ids, rows):
        return {"x": self.x[ids][:, None], "y": self.y[ids][:, None], "status": self.status[ids][:, None]}


def test_density_is_even_over_all_latitudes():
    number, south, north = 400_000, 50.0, 70.0
    found = count(
        Everywhere(south, north, number, 0),
        np.arange(number),
        range(1),
        (0.0, 10.0, south, north),
        True,
        100e3,
    )
    area = 6371.0**2 * np.radians(10.0) * np.diff(np.sin(np.radians([south, north])))[0]
    np.testing.assert_allclose(found.per_km2.mean(axis=1) * area / number, 1.0, atol=0.01)
    assert found.particles == number


def test_titles_count_what_is_counted(case):
    found = count(
        Everywhere(50.0, 60.0, 3000, 1000), np.arange(3000), range(1), (0.0, 10.0, 50.0, 60.0), True, 100e3
    )
    assert found.particles == found.counted == 2000
    there = np.isfinite(case.x)
    with Asked(case.tracks, "--density", "--at", "end") as asked:
        assert f"{there[:, -1].sum() + 1} particles of {PARTICLES} in cells" in texts(
            density_map(asked.subject).figure
        )
    with Asked(case.tracks) as asked:
        assert f"{PARTICLES} particles, {PARTICLES - 1} of them with a position" in texts(
            track_map(asked.subject).figure
        )


def test_colours_span_the_percentiles_that_are_promised(case):
    with TrackFile(case.tracks) as tracks:
        for values in (
            np.linspace(0.0, 100.0, 10_001),
            np.random.default_rng(0).normal(0, 1, 10_000),
            np.r_[np.zeros(5), 1e6],
        ):
            found = colouring(tracks, "temp", values)
            assert (found.norm.vmin, found.norm.vmax) == pytest.approx(tuple(np.percentile(values, [1, 99])))
        assert found.extend == "max"
        mostly_one = np.r_[np.zeros(1000), 7.0]
        found = colouring(tracks, "temp", mostly_one)
        assert (found.norm.vmin, found.norm.vmax) == (0.0, 7.0)
        found = colouring(tracks, "age", np.array([3.0, 5.0, 48.0]))
        assert (found.norm.vmin, found.norm.vmax) == (0.0, 48.0)
