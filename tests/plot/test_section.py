"""Sections show depths against time, way and line, and the bed where it is."""

import numpy as np
import pytest

from fvdrift.errors import RunFileError
from fvdrift.plot.section import section

from .conftest import LENGTH, START, WIDTH
from .pictures import Asked, by_gid, texts


def pieces(case, *options):
    with Asked(case.tracks, *options) as asked:
        page = section(asked.subject)
    return page, np.array(by_gid(page.plot, "tracks")["tracks"].get_segments())


def test_depth_against_time(case):
    page, drawn = pieces(case, "--section")
    days = drawn[..., 0] - START / 86_400e6
    np.testing.assert_allclose(drawn[..., 1], 1.0 + np.round(days * 24))
    low, high = page.plot.get_ylim()
    assert low > 7, "as deep as the deepest"
    assert high < 0, "the surface is in sight, above"


def test_depth_against_the_way_gone(each_case):
    _, drawn = pieces(each_case, "--section", "distance", "--color", "temp")
    going = np.diff(each_case.x, axis=1)
    going[~np.isfinite(going)] = 0.0
    longest = np.cumsum(going, axis=1).max() / 1000
    assert drawn[..., 0].max() == pytest.approx(longest, rel=2e-3)
    assert drawn[..., 0].min() == 0
    assert (drawn[:, 1, 0] >= drawn[:, 0, 0]).all()


def test_a_line_through_the_water_has_its_bed_and_the_particles_near_it(each_case):
    y = WIDTH / 2
    ends = [*each_case.place(0.0, y), *each_case.place(LENGTH, y)]
    with Asked(each_case.tracks, "--along", *ends, "--at", "3h") as asked:
        page = section(asked.subject)
    x, off = each_case.x[:, 3], np.abs(each_case.y[:, 3] - y)
    near = np.isfinite(x) & (off < 0.05 * LENGTH)
    marks = by_gid(page.plot, "particles ")
    shown = np.concatenate([marks[name].get_offsets() for name in sorted(marks)])
    np.testing.assert_allclose(np.sort(shown[:, 0]), np.sort(x[near]) / 1000, rtol=2e-3)
    np.testing.assert_allclose(shown[:, 1], 4.0)
    (bed,) = [line for line in page.plot.get_lines() if len(line.get_xdata()) > 100]
    deep = np.asarray(bed.get_ydata())
    assert np.median(deep) == pytest.approx(20.0, abs=0.5)
    assert f"{near.sum()} of" in texts(page.figure)


def test_a_line_far_from_all_particles_is_refused(case):
    with (
        Asked(case.tracks, "--along", 9000, 0, 9500, 100, "--at", "start") as asked,
        pytest.raises(RunFileError, match="no particle is within 25 m"),
    ):
        section(asked.subject)
