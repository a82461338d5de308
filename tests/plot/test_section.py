"""Sections show depths against time, way and line, and the bed where it is."""

import numpy as np
import pytest

from fvdrift.errors import RunFileError
from fvdrift.plot.section import _beside, _way, section

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
    y, turn = WIDTH / 2, 360.0 if each_case.geographic else 0.0  # degrees on another turn are the same place
    (x0, y0), (x1, y1) = each_case.place(0.0, y), each_case.place(LENGTH, y)
    ends = [x0 + turn, y0, x1 + turn, y1]
    with Asked(each_case.tracks, "--along", *ends, "--at", "3h") as asked:
        page = section(asked.subject)
    x, off = each_case.x[:, 3], np.abs(each_case.y[:, 3] - y)
    near = np.isfinite(x) & (off < 0.05 * LENGTH)
    marks = by_gid(page.plot, "particles ")
    shown = np.concatenate([marks[name].get_offsets() for name in sorted(marks)])
    np.testing.assert_allclose(np.sort(shown[:, 0]), np.sort(x[near]) / 1000, rtol=2e-3)
    np.testing.assert_allclose(shown[:, 1], 4.0)
    (bed,) = [line for line in page.plot.get_lines() if line.get_gid() == "bed"]
    deep = np.asarray(bed.get_ydata())
    assert np.median(deep) == pytest.approx(20.0, abs=0.5)
    assert f"{near.sum()} of" in texts(page.figure)


def test_a_line_far_from_all_particles_is_refused(case):
    with (
        Asked(case.tracks, "--along", 9000, 0, 9500, 100, "--at", "start") as asked,
        pytest.raises(RunFileError, match="no particle is within 25 m"),
    ):
        section(asked.subject)


def test_the_way_gone_is_that_on_the_sphere_at_any_latitude():
    """Along the parallels of 60 and 70 degrees, and across both; against the arc between close points."""
    x = np.array([np.linspace(0.0, 2.0, 201), np.linspace(0.0, 2.0, 201), np.linspace(0.0, 2.0, 201)])
    y = np.array([np.full(201, 60.0), np.full(201, 70.0), np.linspace(60.0, 70.0, 201)])
    lon, lat = np.radians(x), np.radians(y)
    place = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    chords = np.sqrt((np.diff(place, axis=2) ** 2).sum(axis=0))
    expected = (2 * 6371.0 * np.arcsin(chords / 2)).sum(axis=1)
    np.testing.assert_allclose(_way(x, y, True)[:, -1], expected, rtol=1e-4)


def test_places_beside_a_line_are_as_far_as_on_the_sphere():
    """A meridian from 60 to 70 degrees, and places 5 km east of it."""
    lat = np.array([60.5, 65.0, 69.5])
    lon = 10.0 + np.degrees(5.0 / (6371.0 * np.cos(np.radians(lat))))
    gone, off, reached = _beside((10.0, 60.0, 10.0, 70.0), lon, lat, True)
    np.testing.assert_allclose(off, 5000.0, rtol=1e-6)
    np.testing.assert_allclose(gone, 6371e3 * np.radians(lat - 60.0), rtol=1e-6)
    assert reached[-1] == pytest.approx(6371e3 * np.radians(10.0))
    # along a parallel, and beyond the ends of a line in metres
    gone, off, _ = _beside((0.0, 70.0, 2.0, 70.0), np.array([1.0]), np.array([70.0]), True)
    assert (gone[0], off[0]) == (pytest.approx(6371e3 * np.cos(np.radians(70.0)) * np.radians(1.0)), 0.0)
    gone, off, _ = _beside(
        (0.0, 0.0, 30.0, 40.0), np.array([3.0, -4.0, 60.0]), np.array([4.0, 3.0, 80.0]), False
    )
    np.testing.assert_allclose(gone, [5.0, 0.0, np.nan], atol=1e-12)
    np.testing.assert_allclose(off, [0.0, 5.0, 0.0], atol=1e-12)
