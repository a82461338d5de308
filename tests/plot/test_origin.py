"""The forcing of tracks is found where it is, never by guess."""

import shutil

from fvdrift.output.paths import record_path
from fvdrift.plot.origin import origin
from fvdrift.plot.track_file import TrackFile
from fvdrift.plot.water import open_forcing, water_of

from .conftest import LENGTH, WIDTH, write_case


def found(path, given=()):
    with TrackFile(path) as tracks:
        return origin(tracks, list(given))


def test_the_record_of_the_run_knows_the_folder_of_the_run_file(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert found(case.tracks).files == [case.forcing]
    assert found(case.tracks).coordinates == "projected"


def test_tracks_and_forcing_may_be_moved_together(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    here = write_case(tmp_path / "a" / "here", False)
    shutil.move(tmp_path / "a", tmp_path / "b")
    moved = tmp_path / "b" / "here"
    assert found(moved / "out" / "tracks.nc").files == [moved / "data" / "flow.nc"]
    shutil.move(moved / "data", tmp_path / "elsewhere")
    lost = found(moved / "out" / "tracks.nc")
    assert lost.files == []
    assert "data/flow.nc" in lost.why
    given = tmp_path / "elsewhere" / "flow.nc"
    assert found(moved / "out" / "tracks.nc", [given]).files == [given]
    assert not here.tracks.exists()


def test_without_a_record_it_is_looked_for_from_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    case = write_case(tmp_path / "here", False)
    record_path(case.tracks).unlink()
    assert found(case.tracks).files == []
    monkeypatch.chdir(tmp_path / "here")
    assert found(case.tracks).files == [case.forcing]


def test_files_of_another_name_are_not_taken_for_it(tmp_path):
    case = write_case(tmp_path / "here", False)
    case.forcing.rename(case.forcing.with_name("other.nc"))
    assert found(case.tracks).files == []


def test_the_open_end_is_told_from_the_coast(each_case):
    where = found(each_case.tracks)
    with open_forcing(where) as series:
        water = water_of(series, where.boundary)
    end, _ = each_case.place(LENGTH, 0.0)
    assert len(water.open) >= 3
    assert (abs(water.x[water.open] - end) < 1e-5 * abs(end)).all()
    x0, x1, y0, y1 = water.bounds()
    around = 2 * (LENGTH + WIDTH)
    per_x, per_y = LENGTH / (x1 - x0), WIDTH / (y1 - y0)
    length = sum(
        (((water.x[a] - water.x[b]) * per_x) ** 2 + ((water.y[a] - water.y[b]) * per_y) ** 2) ** 0.5
        for a, b in (*water.coast, *water.open)
    )
    assert abs(length - around) < 1e-3 * around
