"""A run before it is made: its mesh, what each rank begins with, where particles start."""

import numpy as np
import pytest

from fvdrift.plot.palette import CATEGORIES
from fvdrift.plot.pieces import parts
from fvdrift.plot.preview import run_preview, workers_of
from fvdrift.settings.load import load_run_file

from .conftest import LENGTH, WIDTH
from .pictures import by_gid, request, texts

RUN = """
title = "A plan"
[forcing]
files = ["{files}"]
[time]
duration = "4h"
direction = "{direction}"
[[release]]
name = "west"
count = 90
box = [{x0}, {y0}, {x1}, {y1}]
[[release]]
name = "a point"
count = 1
every = "10min"
point = [{px}, {py}]
"""


@pytest.fixture(params=["forward", "backward"])
def run_file(request, each_case, tmp_path):
    """90 particles in the western fifth, one after the other from a point."""
    (x0, y0), (x1, y1), (px, py) = (
        each_case.place(*p) for p in ((0, 0), (LENGTH / 5, WIDTH), (0.8 * LENGTH, WIDTH / 2))
    )
    path = tmp_path / "run.toml"
    path.write_text(
        RUN.format(files=each_case.forcing, direction=request.param, x0=x0, y0=y0, x1=x1, y1=y1, px=px, py=py)
    )
    return path


def test_starts_are_where_the_run_will_release(run_file, each_case):
    said = []
    page = run_preview(load_run_file(run_file, []), request(run_file), said.append)
    marks = by_gid(page.plot, "starts ")
    west = marks["starts west"].get_offsets()
    x1, _ = each_case.place(LENGTH / 5, 0)
    assert len(west) == 90
    assert (west[:, 0] < x1).all()
    assert np.ptp(west[:, 1]) > 0
    np.testing.assert_allclose(
        marks["starts a point"].get_offsets(), [each_case.place(0.8 * LENGTH, WIDTH / 2)]
    )
    assert "pieces" not in by_gid(page.plot, "pieces")
    words = texts(page.figure)
    for part in ("A plan", "4 h", "115 particles", "west", "a point"):
        assert part in words
    assert said == ["91 of 115 starts are drawn, each place once"]


def test_what_does_not_start_in_the_water_is_shown_and_told(run_file, each_case):
    said = []
    x, y = each_case.place(1.1 * LENGTH, WIDTH / 2)
    page = run_preview(
        load_run_file(run_file, [f"release.1.point=[{x}, {y}]"]), request(run_file), said.append
    )
    np.testing.assert_allclose(by_gid(page.plot, "dry")["dry starts"].get_offsets(), [[x, y]])
    assert said[0] == "1 of 91 starts looked at are not in the water; fvdrift plan says which"
    assert "not in the water" in texts(page.figure)


def test_every_rank_begins_with_as_many_particles(run_file):
    page = run_preview(load_run_file(run_file, []), request(run_file, "--ranks", 3), print)
    pieces = by_gid(page.plot, "pieces")["pieces"]
    tint = np.asarray(pieces.get_array())
    assert len(np.unique(tint)) == 3
    triangles = np.array([path.vertices[:3] for path in pieces.get_paths()])
    west = by_gid(page.plot, "starts ")["starts west"].get_offsets()
    owner = np.array([tint[element_of(triangles, point)] for point in west])
    count = np.bincount(owner.astype(int), minlength=3)
    assert count.max() <= 1.35 * count.mean(), "the pieces are cut by where particles are, not by area"
    numbers = {text.get_text() for text in page.plot.texts}
    assert numbers >= {"0", "1", "2"}
    assert len(by_gid(page.plot, "seams")["seams"].get_segments()) > 5
    assert "subdomains of ranks 0 to 2" in texts(page.figure)


def element_of(triangles, point):
    """The triangle a point lies in."""
    a, b, c = (triangles[:, i] - point for i in range(3))
    cross = np.stack([p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0] for p, q in ((a, b), (b, c), (c, a))])
    return int(np.argmax((cross / np.abs(cross).sum(axis=0)).min(axis=0)))


def test_many_ranks_leave_the_first_to_manage(run_file):
    assert [workers_of(load_run_file(run_file, []), ranks) for ranks in (1, 15, 16)] == [1, 15, 15]
    assert workers_of(load_run_file(run_file, ["parallel.manager=dedicated"]), 3) == 2


def test_parts_of_a_piece_hang_together():
    # elements 0-1-2 in a row belong to piece 0, 1, 0; 3 hangs on 2
    beyond = np.array([[1, -1, -1], [0, 2, -1], [1, 3, -1], [2, -1, -1]])
    np.testing.assert_array_equal(parts(np.array([0, 1, 0, 0]), beyond), [0, 1, 2, 2])
    np.testing.assert_array_equal(parts(np.array([0, 0, 0, 0]), beyond), [0, 0, 0, 0])


def test_colours_of_releases_are_told_in_the_legend(run_file):
    page = run_preview(load_run_file(run_file, []), request(run_file, "--no-depth"), print)
    (legend,) = page.figure.legends
    pairs = zip(legend.get_texts(), legend.legend_handles, strict=True)
    colours = {text.get_text(): handle.get_color() for text, handle in pairs}
    assert colours["west"] == CATEGORIES[0]
    assert colours["a point"] == CATEGORIES[1]
