"""Tracks as pictures read them: the same numbers, by blocks, by lot, also from a run that goes on."""

import numpy as np
import pytest

from fvdrift.errors import RunFileError
from fvdrift.mesh.coordinates import TrackCoordinates
from fvdrift.output.tracks import TrackWriter
from fvdrift.plot import track_file
from fvdrift.plot.colouring import values as colour_values
from fvdrift.plot.dataset_tracks import DatasetTracks
from fvdrift.plot.track_file import TrackFile, sample

from .conftest import HOUR, PARTICLES, RECORDS, SETTLED, START, write_case


def test_positions_are_read_as_they_were_written_whatever_the_blocks(each_case, monkeypatch):
    ids, rows = np.array([0, 3, 7, 8, 20, 39]), range(1, RECORDS, 2)
    expected = each_case.place(each_case.x, each_case.y)
    for block_bytes in (8 << 20, 1):
        monkeypatch.setattr(track_file, "BLOCK_BYTES", block_bytes)
        with TrackFile(each_case.tracks) as tracks:
            assert len(list(tracks.blocks(rows, ids))) == (1 if block_bytes > 1 else len(ids))
            read = tracks.read(("x", "y", "temp"), ids, rows)
        for name, values in zip(("x", "y"), expected, strict=True):
            np.testing.assert_array_equal(read[name], values[ids][:, 1::2])
        np.testing.assert_array_equal(np.nanmax(read["temp"][2:], axis=1), 10.0 + ids[2:])


def test_what_a_file_is(each_case):
    with TrackFile(each_case.tracks) as tracks:
        assert (tracks.trajectories, tracks.observations) == (PARTICLES, RECORDS)
        assert tracks.geographic is each_case.geographic
        assert tracks.names == ["Río", "sea"]
        np.testing.assert_array_equal(tracks.times, START + HOUR * np.arange(RECORDS))
        assert tracks.describe_time(START + HOUR) == "2020-05-01 01:00 UTC"
        np.testing.assert_array_equal(tracks.chosen(["sea"]), np.arange(1, PARTICLES, 2))
        with pytest.raises(RunFileError, match=r'no release "lake"; it has "Río", "sea"'):
            tracks.chosen(["lake"])


def test_records_of_a_run_that_goes_on_are_the_same(tmp_path, case):
    broken_off = write_case(tmp_path / "part", False, finish=False)
    part = broken_off.tracks.with_name("tracks.nc.part")
    with TrackFile(case.tracks) as whole, TrackFile(part) as so_far:
        assert so_far.observations == RECORDS
        ids, rows = np.arange(3, 30), range(2, 6)
        expected, found = (file.read(("x", "status"), ids, rows) for file in (whole, so_far))
        for name in expected:
            np.testing.assert_array_equal(found[name], expected[name])


def test_records_that_were_cut_are_refused_where_the_library_reads_zeros(tmp_path):
    part = write_case(tmp_path / "part", False, finish=False).tracks.with_name("tracks.nc.part")
    size = part.stat().st_size
    for left in (size - 1, size // 2, 200):
        with part.open("r+b") as file:
            file.truncate(left)
        with pytest.raises(RunFileError, match=r"tracks\.nc\.part: "):
            TrackFile(part)


def test_what_has_settled_stays_where_it_settled(case, monkeypatch):
    ids = np.arange(PARTICLES)
    for block_bytes in (8 << 20, 1):
        monkeypatch.setattr(track_file, "BLOCK_BYTES", block_bytes)
        with TrackFile(case.tracks) as tracks:
            plain = tracks.read(("x", "temp"), ids, range(6, 7))
            held = tracks.read_held(("temp",), ids, range(6, 7))
        assert np.isnan(plain["x"][SETTLED, 0])
        assert held["x"][SETTLED, 0] == case.x[SETTLED, 3]
        assert held["temp"][SETTLED, 0] == 10.0 + SETTLED
        others = ids != SETTLED
        np.testing.assert_array_equal(held["x"][others], plain["x"][others])


def test_a_sample_is_the_same_each_time_and_follows_no_pattern():
    ids = np.arange(10_000)
    taken = sample(ids, 500)
    np.testing.assert_array_equal(taken, sample(ids, 500))
    assert len(np.unique(taken)) == 500
    assert 200 < np.count_nonzero(taken % 2) < 300
    np.testing.assert_array_equal(sample(ids[:20], 20), ids[:20])


def test_what_is_no_track_file_is_refused(tmp_path, case):
    text = tmp_path / "a.nc"
    text.write_text("no tracks")
    for path, words in ((text, "cannot be read as tracks"), (case.forcing, "is not a file of tracks"),
                        (tmp_path / "b.nc", "there is no such file")):  # fmt: skip
        with pytest.raises(RunFileError, match=words):
            TrackFile(path)


@pytest.mark.parametrize("at", [range(6, 7), range(1, 7, 2), range(7)])
def test_age_counts_from_the_release_whatever_is_read(case, at):
    """Releases at records 0 and 2, and one that settles at record 3; also 20 min before a record where the
    file says so."""
    first = np.where(np.arange(PARTICLES) >= PARTICLES - 10, 2, 0)
    shown = np.broadcast_to(np.array(at), (PARTICLES, len(at))).copy()
    shown[SETTLED] = np.minimum(shown[SETTLED], 3)
    ids = np.arange(PARTICLES)
    with TrackFile(case.tracks) as tracks:
        for early in (0, 1 / 3):
            if early:
                tracks._born = START + ((first - early) * HOUR).astype(np.int64)
            read = tracks.read_held(("x",), ids, at)
            there = np.isfinite(read["x"])
            found = colour_values(tracks, "age", ids, at, read)
            np.testing.assert_allclose(found[there], (shown - first[:, None] + early)[there])
            assert np.isnan(found[~there]).all()


def test_release_times_are_read_from_tracks_and_datasets(tmp_path):
    born = START + HOUR * np.arange(3) // 2
    writer = TrackWriter(
        tmp_path / "tracks.nc", trajectories=3, times_us=START + HOUR * np.arange(2), release_index=np.zeros(3, np.int32),
        release_names=["a"], coordinates=TrackCoordinates(False), release_time=lambda ids: born[ids],
    )  # fmt: skip
    for _ in range(2):
        row = {name: np.zeros(3) for name in ("x", "y", "z", "sigma")}
        writer.write_row(_, {**row, "status": np.ones(3, np.int8), "dry": np.zeros(3, np.int8)})
    writer.finish()
    writer.close()
    with TrackFile(tmp_path / "tracks.nc") as tracks:
        np.testing.assert_array_equal(tracks.born(np.array([0, 2])), born[[0, 2]])
    xarray = pytest.importorskip("xarray")
    with xarray.open_dataset(tmp_path / "tracks.nc") as dataset:
        np.testing.assert_array_equal(DatasetTracks(dataset.isel(obs=[1])).born(np.arange(3)), born)
