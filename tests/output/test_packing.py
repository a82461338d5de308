"""Packing beside the run: the bytes follow from the rows alone, and nothing else reads or writes wrong
meanwhile."""

import errno
import hashlib
import os
import threading
import time

import netCDF4
import numpy as np
import pytest

from fvdrift.errors import OutputError
from fvdrift.forcing.frames import FrameReader
from fvdrift.forcing.fvcom.series import open_series
from fvdrift.mesh.coordinates import TrackCoordinates
from fvdrift.output import chunks, packing
from fvdrift.output.chunks import CHUNK, chunk_shape, last_band
from fvdrift.output.conventions import output_variable
from fvdrift.output.paths import part_path
from fvdrift.output.tracks import TrackWriter
from fvdrift.tools.netcdf import raw_chunks
from fvdrift.tools.netcdf.lock import LOCK
from fvdrift.tools.netcdf.raw_chunks import RawChunks
from fvdrift.tools.new_file import temporary_path
from generate_forcing import FLOWS, main

COUNT = 9001  # no multiple of a chunk's width


def row_of(row, count=COUNT):
    walk = np.random.default_rng(row).normal(size=count)
    place = np.arange(count) + walk
    place[row::50] = np.nan
    flags = (np.arange(count) % 5).astype(np.int8)
    columns = {
        "x": place,
        "y": -place,
        "z": -place,
        "sigma": -walk,
        "status": flags,
        "dry": (flags == 0).astype(np.int8),
    }
    return columns | {"temp": walk.astype(np.float32)}


def writer(path, rows=40, count=COUNT, **options):
    return TrackWriter(
        path, trajectories=count, times_us=3_600_000_000 * np.arange(rows), release_index=np.zeros(count, np.int32),
        release_names=["a"], coordinates=TrackCoordinates(True), variables=[output_variable("temp", "", "", True)], **options,
    )  # fmt: skip


def write(path, rows=40, written=None, count=COUNT, pause=0.0, late=()):
    tracks = writer(path, rows, count)
    try:
        for row in range(rows if written is None else written):
            tracks.write_row(row, row_of(row, count))
            time.sleep(pause)
        for name in late:
            tracks.set_attribute(name, "told")
        tracks.finish()
    finally:
        tracks.close()
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("rows", [0, 1, 13, 16, 40])
@pytest.mark.parametrize("count", [1, 300, COUNT])
def test_every_value_comes_back_whatever_lies_beyond_the_edges(tmp_path, count, rows):
    write(tmp_path / "t.nc", max(rows, 1), rows, count)
    with netCDF4.Dataset(tmp_path / "t.nc") as tracks:
        tracks.set_auto_mask(False)
        assert tracks["lon"].shape == (count, rows)
        for row in range(rows):
            expected = row_of(row, count)
            for ours, theirs in (
                ("x", "lon"),
                ("y", "lat"),
                *((name, name) for name in ("z", "sigma", "status", "dry", "temp")),
            ):
                np.testing.assert_array_equal(tracks[theirs][:, row], expected[ours])
            assert (tracks["time"][:, row] == 3600.0 * row).all()


def test_the_bytes_do_not_tell_when_and_by_how_many_threads_rows_were_packed(tmp_path, monkeypatch):
    digests = set()
    for number, (threads, pause) in enumerate([(1, 0.0), (1, 0.02), (3, 0.0), (4, 0.005)]):
        monkeypatch.setattr(packing, "usable_cores", lambda threads=threads: threads)
        digests.add(write(tmp_path / f"{number}.nc", pause=pause, late=("alert_1", "alert_2")))
    assert len(digests) == 1
    with netCDF4.Dataset(tmp_path / "0.nc") as tracks:
        assert tracks.alert_2 == "told"


def test_a_run_that_stops_early_has_the_bytes_of_one_that_was_to_be_as_short(tmp_path):
    (tmp_path / "a").mkdir()
    assert write(tmp_path / "t.nc", rows=40, written=21) == write(tmp_path / "a" / "t.nc", rows=21)


def test_complete_bands_are_packed_while_the_run_goes_on(tmp_path):
    tracks = writer(tmp_path / "t.nc")
    _, deep = chunk_shape(COUNT, 40)
    for row in range(deep):
        tracks.write_row(row, row_of(row))
    band, end = COUNT * deep * 8, time.monotonic() + 20  # lon, lat, z, sigma are noise, which packs badly
    while temporary_path(tmp_path / "t.nc").stat().st_size < 2 * band and time.monotonic() < end:
        time.sleep(0.01)
    assert temporary_path(tmp_path / "t.nc").stat().st_size > 2 * band
    tracks.close()
    assert os.listdir(tmp_path) == ["t.nc.part"]


def test_what_a_killed_run_left_is_replaced(tmp_path):
    temporary_path(tmp_path / "t.nc").write_text("half a band")
    part_path(tmp_path / "t.nc").write_text("half a row")
    tracks = writer(tmp_path / "t.nc", rows=2, overwrite=True)
    tracks.write_row(0, row_of(0))
    tracks.write_row(1, row_of(1))
    tracks.finish()
    tracks.close()
    assert os.listdir(tmp_path) == ["t.nc"]


def test_chunks_hold_half_a_megabyte_and_leave_little_for_the_end():
    for rows in (1, 2, 13, 25, 49, 169, 1000, 8761):
        for count in (1, 1000, 10**6, 10**9):
            wide, deep = chunk_shape(count, rows)
            assert 1 <= wide <= count
            assert 1 <= deep <= min(rows, chunks.MOST_ROWS)
            assert wide * deep <= CHUNK
            assert wide == count or wide * deep > CHUNK / 2
            assert rows <= chunks.LEAST_ROWS or deep <= rows / 2 + 1
            assert 1 <= last_band(rows) <= deep
            assert (rows - last_band(rows)) % deep == 0
            assert rows < 500 or deep <= rows / chunks.BANDS + 1


def full_disk(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_disk_that_fills_while_packing_keeps_the_records(tmp_path, monkeypatch):
    monkeypatch.setattr(RawChunks, "write", full_disk)
    with pytest.raises(
        OutputError, match=r"t\.nc: cannot be written: .*No space left.*the records are kept in .*t\.nc\.part"
    ):
        write(tmp_path / "t.nc")
    assert os.listdir(tmp_path) == ["t.nc.part"]


def stopped_early(path):
    """Five rows of forty: they are packed when all of them are written."""
    tracks = writer(path)
    for row in range(5):
        tracks.write_row(row, row_of(row))
    tracks.sync()
    return tracks


def test_a_file_that_vanishes_is_not_made_anew_without_its_contents(tmp_path):
    tracks = writer(tmp_path / "t.nc", rows=5)
    for row in range(5):
        tracks.write_row(row, row_of(row))
    tracks.set_attribute("alert_1", "told")
    temporary_path(tmp_path / "t.nc").unlink()
    with pytest.raises(
        OutputError, match=r"t\.nc: cannot be written: .*the records are kept in .*t\.nc\.part"
    ):
        tracks.finish()
    tracks.close()
    assert os.listdir(tmp_path) == ["t.nc.part"]


def test_a_byte_of_the_finished_file_that_is_not_what_was_packed_keeps_the_records(tmp_path, monkeypatch):
    close = RawChunks.close

    def then_spoil(chunks):
        close(chunks)
        monkeypatch.setattr(RawChunks, "close", close)
        path = temporary_path(tmp_path / "t.nc")
        with path.open("r+b") as file:  # in the middle there are chunks
            file.seek(path.stat().st_size // 2)
            there = file.read(1)
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([there[0] ^ 4]))

    tracks = writer(tmp_path / "t.nc", rows=5)
    for row in range(5):
        tracks.write_row(row, row_of(row))
    monkeypatch.setattr(RawChunks, "close", then_spoil)
    with pytest.raises(
        OutputError, match=r"t\.nc\.tmp: does not hold what was written to it; the records are kept"
    ):
        tracks.finish()
    tracks.close()
    assert os.listdir(tmp_path) == ["t.nc.part"]


@pytest.mark.parametrize(("change", "says"), [
    (lambda data, at: data[:at] + bytes(len(data) - at), r"row 1 of lon is not what was written"),
    (lambda data, at: data[:at], r"has become shorter while the run went on: row 0 of dry is lost"),
    (lambda data, at: data[:at] + bytes([data[at] ^ 1]) + data[at + 1:], r"row 1 of lon is not what was written"),
    (lambda data, at: data[:1000] + bytes(len(data) - 1000), r".* is not what was written"),
])  # fmt: skip
def test_rows_that_are_not_what_was_written_are_named_and_kept(tmp_path, change, says):
    tracks = stopped_early(tmp_path / "t.nc")
    part = part_path(tmp_path / "t.nc")
    data = part.read_bytes()
    changed = change(data, data.index(row_of(1)["x"].astype(">f8").tobytes()) + 8 * COUNT // 2)
    with part.open("r+b") as file:
        file.truncate(0)
        file.write(changed)
    with pytest.raises(OutputError, match=r"t\.nc\.part: " + says):
        tracks.finish()
    tracks.close()
    assert os.listdir(tmp_path) == ["t.nc.part"]
    assert part.read_bytes() == changed


def test_a_library_that_cannot_write_chunks_is_told_before_the_run(tmp_path, monkeypatch):
    monkeypatch.setitem(raw_chunks._FUNCTIONS, "H5Dwrite_nothing", (None, ()))
    with pytest.raises(
        OutputError, match=r"H5Dwrite_nothing is not in the HDF5 of netCDF4 .*install one with"
    ):
        writer(tmp_path / "t.nc")
    assert os.listdir(tmp_path) == []


def test_a_failure_of_the_library_is_an_error_with_a_sentence(tmp_path):
    with netCDF4.Dataset(tmp_path / "a.nc", "w") as file:
        file.createDimension("n", 4)
        file.createVariable("v", "f8", ("n", "n"), zlib=True, chunksizes=(2, 2))
    with pytest.raises(OSError, match="H5Dopen2 failed"):
        RawChunks(tmp_path / "a.nc", ["none"])
    raw = RawChunks(tmp_path / "a.nc", ["v"])
    with pytest.raises(OSError, match="H5Dwrite_chunk failed"):
        raw.write("v", (1, 0), b"not where a chunk begins")
    raw.close()
    raw.close()


def test_forcing_is_read_and_tracks_are_packed_at_the_same_time(tmp_path):
    """Both use one HDF5, which no two threads may be in: without the lock this crashes or reads wrong."""
    assert "gyre" in FLOWS
    main(
        [
            str(tmp_path / "f.nc"),
            "--elements",
            "3000",
            "--frames",
            "12",
            "--deflate",
            "1",
            "--extra",
            "omega",
            "wet",
        ]
    )
    with open_series([tmp_path / "f.nc"]) as series:
        names = ["u", "v", "omega"]
        alone = {frame: fields for frame, fields in FrameReader(series, names, range(12))}
        packers = [threading.Thread(target=write, args=(tmp_path / f"{i}.nc",)) for i in range(3)]
        for packer in packers:
            packer.start()
        taken = 0
        while any(packer.is_alive() for packer in packers):
            with FrameReader(series, names, range(12), ahead=3) as reader:
                for frame, fields in reader:
                    taken += 1
                    for name in names:
                        np.testing.assert_array_equal(fields[name], alone[frame][name])
    assert taken >= 12
    assert len({hashlib.sha256((tmp_path / f"{i}.nc").read_bytes()).hexdigest() for i in range(3)}) == 1
    assert LOCK.acquire(blocking=False)  # nobody kept it
    LOCK.release()
