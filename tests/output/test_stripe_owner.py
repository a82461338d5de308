"""Rows kept by several owners: one file has the very bytes that one writer gives it, whoever owned what, and wherever
the run was broken off."""

import os

import pytest

from fvdrift.mesh.coordinates import TrackCoordinates
from fvdrift.output import chunks

from .striped import request_of, stripes_of, write_striped, write_whole


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """The same with fewer particles."""
    monkeypatch.setattr(chunks, "CHUNK", 1 << 10)


def folder(path, name):
    (path / name).mkdir()
    return path / name / "t.nc"


@pytest.mark.parametrize(
    ("count", "rows", "wide", "owners"),
    [(700, 40, 1, 3), (700, 40, 2, 1), (701, 17, 3, 2), (90, 5, 1, 4), (64, 1, 1, 1)],
)
def test_one_file_has_the_bytes_that_a_single_writer_gives_it(tmp_path, count, rows, wide, owners):
    whole = write_whole(request_of(folder(tmp_path, "a"), count, rows), more=["alert_1"])
    request = request_of(folder(tmp_path, "b"), count, rows)
    assert write_striped(request, stripes_of(request, wide), owners, more=["alert_1"]) == whole
    assert os.listdir(tmp_path / "b") == ["t.nc"]


@pytest.mark.parametrize("coordinates", [TrackCoordinates(True), TrackCoordinates(False)])
def test_in_any_coordinates_and_backward(tmp_path, coordinates):
    given = {"coordinates": coordinates, "direction": -1, "rows": 20}
    whole = write_whole(request_of(folder(tmp_path, "a"), **given))
    request = request_of(folder(tmp_path, "b"), **given)
    assert write_striped(request, stripes_of(request, 3), 2) == whole


@pytest.mark.parametrize("written", [1, 3, 13, 14, 15, 27, 28, 39])
def test_a_run_that_an_alert_ends_early_is_packed_across_stripes(tmp_path, written):
    last = 1_588_999_999_000_000
    whole = write_whole(request_of(folder(tmp_path, "a")), written, last, ["alert_1"])
    request = request_of(folder(tmp_path, "b"))
    assert write_striped(request, stripes_of(request, 1), 3, written, last, ["alert_1"]) == whole


def test_a_closing_row_of_another_time_than_planned_is_told_in_the_file(tmp_path):
    last = 1_588_999_999_000_000
    whole = write_whole(request_of(folder(tmp_path, "a")), last=last)
    request = request_of(folder(tmp_path, "b"))
    assert write_striped(request, stripes_of(request, 2), 2, last=last) == whole
