"""Rows kept by several owners: one file has the very bytes that one writer gives it, whoever owned what, and wherever
the run was broken off."""

import errno
import os
import pickle
import time

import pytest

from fvdrift.errors import Interrupted, OutputError
from fvdrift.mesh.coordinates import TrackCoordinates
from fvdrift.output import chunks
from fvdrift.output.earlier_rows import EarlierRows
from fvdrift.output.file_writer import FileWriter
from fvdrift.output.paths import part_path, part_paths
from fvdrift.output.stripe_owner import StripeOwner
from fvdrift.output.tracks import Before
from fvdrift.tools.netcdf.raw_chunks import RawChunks

from .striped import Striped, columns, request_of, stripes_of, write_striped, write_whole


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


def test_a_request_can_travel(tmp_path):
    request = request_of(tmp_path / "t.nc", 300, 5, coordinates=TrackCoordinates(False))
    there = pickle.loads(pickle.dumps(request))
    whole = write_whole(request)
    assert write_striped(there, stripes_of(there, 1), 2) == whole
    assert request.row_bytes == 4 * 8 + 2 + 2 * 4
    assert request.column_names == ["x", "y", "z", "sigma", "status", "dry", "temp", "habitat"]


def test_an_owner_of_nothing_does_nothing(tmp_path):
    request = request_of(tmp_path / "t.nc", 300, 5)
    owner = StripeOwner(request, stripes_of(request, 1), [])
    for row in range(5):
        owner.write_row(row, {})
    assert owner.sync() == {}
    owner.repack(3)
    owner.settle()
    owner.remove()
    assert os.listdir(tmp_path) == []


def test_bands_that_nobody_takes_wait_and_are_no_more_than_two(tmp_path):
    request = request_of(tmp_path / "t.nc", 300)
    stripes = stripes_of(request, 1)
    bands = len(stripes.bands(40))
    assert bands > 2
    with Striped(request, stripes, 1) as run:
        run.write(40)
        owner, _ = run.owners[0], run.sync()
        assert wait_until(lambda: owner.ready(len(stripes) - 1, 1))
        assert not wait_until(lambda: owner.ready(0, 2), 0.3)
        assert owner.packed(0, 2)  # somebody waits for it
        with pytest.raises(Interrupted):
            owner.packed(0, 2, lambda: True)  # it was given before
    assert part_paths(request.path) == [part_path(request.path, stripe) for stripe in range(len(stripes))]


def test_a_band_whose_rows_were_not_handed_over_is_refused(tmp_path):
    request = request_of(tmp_path / "t.nc", 300)
    with Striped(request, stripes_of(request, 1), 1) as run:
        run.write(5)
        with pytest.raises(ValueError, match="band 0 is not whole with 5 rows"):
            run.owners[0].packed(0, 0)
        run.owners[0].write_row(5, {0: columns(5, range(10))})  # too few, and of one stripe
        with pytest.raises(OutputError, match=r"row 5 cannot be written"):
            run.owners[0].sync()


def full_disk(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_disk_that_fills_ends_the_run_with_all_rows_before_it(tmp_path, monkeypatch):
    request = request_of(tmp_path / "t.nc", 300)
    stripes = stripes_of(request, 1)
    with Striped(request, stripes, 2) as run:
        run.write(20)
        sums = run.sync()
        monkeypatch.setattr(os, "pwrite", full_disk)
        with pytest.raises(OutputError, match=r"t\.nc\.part(-\d+)?: the disk is full"):
            run.write(40)
    monkeypatch.undo()
    monkeypatch.setattr(chunks, "CHUNK", 1 << 10)
    rows = EarlierRows(request.path, stripes)
    assert rows.holds(request.column_names, sums)
    again = write_striped(request, stripes, 2, before=Before(rows, sums))
    assert again == write_whole(request_of(folder(tmp_path, "a"), 300))


@pytest.mark.parametrize("function", ["write", "close"])
def test_a_disk_that_fills_under_the_file_keeps_the_parts(tmp_path, monkeypatch, function):
    request = request_of(tmp_path / "t.nc", 300)
    stripes = stripes_of(request, 1)
    with Striped(request, stripes, 2) as run:
        run.write(40)
        with monkeypatch.context() as broken:
            broken.setattr(RawChunks, function, full_disk)
            with pytest.raises(
                OutputError,
                match=r"t\.nc: cannot be written: .*No space left.*; the records are kept in .*t\.nc\.part and \d more",
            ):
                run.finish()
        run.abandon()
        assert part_paths(request.path) == sorted(tmp_path.iterdir())


@pytest.mark.parametrize("written", [40, 9])
@pytest.mark.parametrize("change", ["cut", "changed", "removed"])
def test_a_part_that_changes_while_the_run_goes_on_is_named_by_whoever_packs_it(tmp_path, written, change):
    """Also where it is another owner's, as chunks of a run that ended early reach across stripes."""
    request = request_of(tmp_path / "t.nc", 300)
    stripes = stripes_of(request, 1)
    with Striped(request, stripes, 2) as run:
        run.write(written)
        run.sync()
        path = part_path(request.path, 2)
        data = path.read_bytes()
        at = data.index(columns(8, stripes.ids(2))["temp"].astype(">f4").tobytes()) + 10
        if written == 40:
            changed = run.owner(2)
            while not changed.ready(4, 1):  # the band of row 8 is packed already
                pass
            at = data.index(columns(39, stripes.ids(2))["temp"].astype(">f4").tobytes()) + 10
        if change == "removed":
            path.unlink()
        else:
            with path.open("r+b") as file:
                file.truncate(at) if change == "cut" else file.seek(at)
                file.write(b"" if change == "cut" else bytes([data[at] ^ 1]))
        if change == "removed" and written == 40:
            run.finish()  # its owner has it open, and needs no name
        else:
            says = {
                "cut": "(has become shorter|is gone, or holds)",
                "changed": "is not what was written there",
                "removed": "is gone",
            }
            with pytest.raises(OutputError, match=rf"t\.nc\.part-0002: .*{says[change]}"):
                run.finish()
            run.abandon()


def test_what_is_put_out_of_order_or_too_little_is_refused(tmp_path):
    request = request_of(tmp_path / "t.nc", 300)
    stripes = stripes_of(request, 1)
    with Striped(request, stripes, 1) as run:
        run.write(40)
        writer, owner = FileWriter(request, stripes, 0, 40), run.owners[0]
        writer.put(0, 0, owner.packed(0, 0))
        with pytest.raises(ValueError, match="band 0 of stripe 2 is not the next"):
            writer.put(2, 0, owner.packed(2, 0))
        with pytest.raises(ValueError, match="was not put"):
            writer.finish({})
        writer.abandon()
        writer = FileWriter(request, stripes, 0, 40)
        with pytest.raises(ValueError, match="1 chunks of 1 times"):
            writer.put(0, 0, [b"one"])
        writer.abandon()
    assert part_paths(request.path) == sorted(tmp_path.iterdir())


def test_a_byte_of_the_finished_file_that_is_not_what_was_put_is_found(tmp_path, monkeypatch):
    request = request_of(tmp_path / "t.nc", 300)
    close = RawChunks.close

    def then_spoil(chunks):
        close(chunks)
        monkeypatch.setattr(RawChunks, "close", close)
        path = tmp_path / "t.nc.tmp"
        with path.open("r+b") as file:  # in the middle there are chunks
            file.seek(path.stat().st_size // 2)
            there = file.read(1)
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([there[0] ^ 4]))

    with Striped(request, stripes_of(request, 1), 2) as run:
        run.write(40)
        monkeypatch.setattr(RawChunks, "close", then_spoil)
        with pytest.raises(OutputError, match=r"t\.nc\.tmp: does not hold what was written to it"):
            run.finish()
        run.abandon()
        assert part_paths(request.path) == sorted(tmp_path.iterdir())


def wait_until(true, seconds=20.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.01)
    return False
