"""Rows of any earlier cut are dealt to the owners of another: the file is that of a run without a break. What is
damaged or missing is named, and until a checkpoint counts on the new cut the old one serves."""

import os
from pathlib import Path

import numpy as np
import pytest

from fvdrift.errors import OutputError, RunFileError
from fvdrift.output import chunks
from fvdrift.output.earlier_rows import EarlierRows
from fvdrift.output.paths import check_output, new_part_path, part_path, part_paths
from fvdrift.output.tracks import Before

from .striped import (
    Striped,
    columns,
    finished,
    kept,
    request_of,
    stripes_of,
    write_striped,
    write_whole,
    writer_of,
)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """The same with fewer particles."""
    monkeypatch.setattr(chunks, "CHUNK", 1 << 10)


def whole(tmp_path, count=300, rows=40, title="one"):
    (tmp_path / "whole").mkdir()
    return write_whole(request_of(tmp_path / "whole" / "t.nc", count, rows, title=title))


def cut(request, chunks_wide, per_file=10**6):
    return None if chunks_wide is None else stripes_of(request, chunks_wide, per_file)


@pytest.mark.parametrize(("then", "now"), [(1, 1), (1, 2), (3, 1), (None, 1), (1, None), (2, None)])
def test_a_run_that_was_killed_goes_on_with_another_cut(tmp_path, then, now):
    request = request_of(tmp_path / "t.nc", 300)
    before = kept(request, cut(request, then))
    again = (
        write_whole
        if now is None
        else lambda request, before: write_striped(request, cut(request, now), 3, before=before)
    )
    assert again(request, before=before) == whole(tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["t.nc", "whole"]


@pytest.mark.parametrize(("then", "per_file"), [(None, 1), (1, 10**6), (1, 3), (2, 1)])
def test_a_finished_run_goes_on_to_a_later_end_with_more_particles(tmp_path, then, per_file):
    short = request_of(tmp_path / "t.nc", 300, 20)
    before = finished(short, cut(short, then, per_file))
    assert before.rows.finished
    longer = request_of(tmp_path / "t.nc", 340, 40)
    expected = [columns(row, range(300)) for row in range(20)]
    with Striped(longer, stripes_of(longer, 2), 3, before) as run:
        run.write(40)
        run.finish()
    found = list(EarlierRows(longer.path).rows(["x", "status"], 40))
    for row in range(40):
        now = columns(row, range(340)) if row >= 20 else expected[row]
        np.testing.assert_array_equal(found[row]["x"][: len(now["x"])], now["x"])
        np.testing.assert_array_equal(found[row]["status"][: len(now["x"])], now["status"])
        assert np.isnan(found[row]["x"][len(now["x"]) :]).all()
        assert (found[row]["status"][len(now["x"]) :] == 0).all()
    assert sorted(os.listdir(tmp_path)) == ["t.nc"]


def test_rows_of_the_same_cut_are_not_written_again(tmp_path):
    request = request_of(tmp_path / "t.nc", 300)
    stripes = stripes_of(request, 1)
    before = kept(request, stripes)
    files = {path: path.stat().st_ino for path in part_paths(request.path)}
    assert len(files) == len(stripes) > 2
    with Striped(request, stripes, 2, before):
        assert {path: path.stat().st_ino for path in part_paths(request.path)} == files


@pytest.mark.parametrize(
    "ids", [range(0, 300), range(70, 80), range(60, 240), range(290, 400), range(300, 400)]
)
@pytest.mark.parametrize("made", [kept, finished])
@pytest.mark.parametrize("per_file", [2, 10**6])
def test_a_range_of_ids_is_read_across_stripes_and_files(tmp_path, ids, made, per_file):
    request = request_of(tmp_path / "t.nc", 300, 22)
    before = made(request, stripes_of(request, 1, per_file))
    rows = list(before.rows.rows(names(request), 20, before.sums, ids))
    there = range(ids.start, min(ids.stop, 300))
    for row, found in enumerate(rows):
        expected = columns(row, there)
        np.testing.assert_array_equal(found["x"], expected["x"])
        np.testing.assert_array_equal(found["dry"], expected["dry"])
    assert found["x"].dtype == np.float64
    before.rows.close()


def names(request):
    return request.column_names


@pytest.mark.parametrize("stripe", [0, 2, 4])
def test_a_part_that_is_missing_cut_or_changed_is_named(tmp_path, stripe):
    request = request_of(tmp_path / "t.nc", 300)
    stripes = stripes_of(request, 1)
    before = kept(request, stripes)
    path = part_path(request.path, stripe)
    data, place = path.read_bytes(), path.name
    value = columns(7, stripes.ids(stripe))["temp"].astype(">f4").tobytes()
    at = data.index(value) + len(value) // 2
    for content, says in (
        (
            data[:at] + bytes([data[at] ^ 8]) + data[at + 1 :],
            f"{place}: row 7 of temp is not what was written there",
        ),
        (data[: at - 4], place),
        (b"", f"{place}: cannot be read"),
        (part_path(request.path, 1).read_bytes(), f"{place}: holds other trajectories or rows"),
        (None, f"{place}: is missing"),
    ):
        path.unlink() if content is None else path.write_bytes(content)
        rows = EarlierRows(request.path, stripes)
        assert not rows.holds(names(request), before.sums)
        assert says in rows.trouble
        assert rows.holds(names(request), {1: before.sums[1]})
        with pytest.raises(OutputError, match=place):
            Striped(request, stripes_of(request, 2), 2, Before(rows, before.sums))
        rows.close()
    assert not any(new.name.endswith(".new") for new in part_paths(request.path))


@pytest.mark.parametrize(
    ("settled", "then"), [([], 2), ([0], 3), ([1], 2), ([1], 3), ([1], None), ([0, 1, 2], 2)]
)
def test_killed_while_rows_are_dealt_anew_one_of_both_cuts_serves(tmp_path, settled, then):
    """The new cut counts from the checkpoint on; its files then take their names one after the other."""
    request = request_of(tmp_path / "t.nc", 300)
    old, new = stripes_of(request, 1), stripes_of(request, 2)
    before = kept(request, old)
    with Striped(request, new, 3, before) as run:
        run.write(25)
        sums = run.sync()
        rows = EarlierRows(request.path, old)
        assert rows.holds(names(request), before.sums)
        rows.close()
        for owner in settled:  # the checkpoint with these sums is kept
            run.owners[owner].settle()
    serves = EarlierRows(request.path, new)
    assert serves.holds(names(request), sums)
    serves.settle(names(request), sums)
    again = Before(serves, sums)
    if then is None:
        assert write_whole(request, before=again) == whole(tmp_path)
    else:
        assert write_striped(request, stripes_of(request, then), 2, before=again) == whole(tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["t.nc", "whole"]


@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize("counts", [(300, 300, 1), (250, 300, None)])
def test_killed_when_one_writer_has_rows_of_another_cut(tmp_path, settled, counts):
    then, now, cut_then = counts
    short = request_of(tmp_path / "t.nc", then)
    before = kept(short, cut(short, cut_then))
    request = request_of(tmp_path / "t.nc", now)
    writer = writer_of(request, before)
    for row in range(20, 25):
        writer.write_row(row, columns(row, range(now)))
    sums = writer.sync()
    if settled:
        writer.settle()
    else:
        old = EarlierRows(request.path, None if cut_then is None else stripes_of(short, cut_then))
        assert old.holds(names(request), before.sums)
        old.close()
    writer.close()
    serves = EarlierRows(request.path)
    assert serves.holds(names(request), sums)
    serves.settle(names(request), sums)
    assert part_path(request.path).exists()
    write_whole(request, before=Before(serves, sums))
    for row, found in enumerate(EarlierRows(request.path).rows(["x"], 40)):
        np.testing.assert_array_equal(found["x"][:then], columns(row, range(then))["x"])
    assert os.listdir(tmp_path) == ["t.nc"]


@pytest.mark.parametrize("removed", range(6))
def test_killed_while_parts_are_removed_the_finished_file_serves(tmp_path, removed):
    request = request_of(tmp_path / "t.nc", 300)
    stripes = stripes_of(request, 1)
    with Striped(request, stripes, 5) as run:
        run.write(40)
        sums = run.sync()
        parts = {path: path.read_bytes() for path in part_paths(request.path)}
        run.finish()
    for path in sorted(parts)[removed:]:
        path.write_bytes(parts[path])
    rows = EarlierRows(request.path, stripes)
    assert rows.finished == (removed > 0)
    assert rows.holds(names(request), sums)
    rows.close()


def test_records_of_any_stripe_are_not_written_over_unasked(tmp_path):
    request = request_of(tmp_path / "t.nc", 300)
    kept(request, stripes_of(request, 1))
    part_path(request.path).unlink()
    with pytest.raises(
        RunFileError, match=r"t\.nc\.part-0001: holds the records of a run that is not finished"
    ):
        check_output(request.path, False)
    check_output(request.path, True)


def test_what_a_run_of_another_cut_has_left_goes(tmp_path):
    request = request_of(tmp_path / "t.nc", 300)
    kept(request, stripes_of(request, 1))
    new_part_path(part_path(request.path, 9)).write_bytes(b"half dealt")
    other = Path(f"{request.path}.part-with-a-name-of-its-own")
    other.write_bytes(b"somebody else's")
    with Striped(request, stripes_of(request, 3), 2):
        assert part_paths(request.path) == [part_path(request.path), part_path(request.path, 1)]
    kept(request, stripes_of(request, 1))
    writer = writer_of(request)
    writer.close()
    assert part_paths(request.path) == [part_path(request.path)]
    assert other.exists()
