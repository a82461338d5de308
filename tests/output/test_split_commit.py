"""Tracks in several files: each complete, together those of one file, and never of two runs whatever is killed when."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr

from fvdrift.errors import OutputError, RunFileError
from fvdrift.output import chunks, split_commit
from fvdrift.output.earlier_rows import EarlierRows
from fvdrift.output.file_writer import FileWriter
from fvdrift.output.paths import check_output, check_split_folder, split_folder
from fvdrift.output.split_files import files_of, open_file
from fvdrift.output.track_file import TrackFile

from .striped import Striped, finished, request_of, stripes_of, write_striped, write_whole


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """The same with fewer particles."""
    monkeypatch.setattr(chunks, "CHUNK", 1 << 10)


def content(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def values(file):
    file.set_auto_maskandscale(False)
    file.set_auto_chartostring(False)
    return {name: np.array(variable[...]) for name, variable in file.variables.items()}


@pytest.mark.parametrize(("rows", "written"), [(40, 40), (17, 17), (40, 9), (40, 1)])
def test_split_files_together_hold_what_one_file_holds(tmp_path, rows, written):
    whole = request_of(tmp_path / "whole.nc", 700, rows)
    write_whole(whole, written, more=["alert_1"])
    request = request_of(tmp_path / "t.nc", 700, rows)
    write_striped(request, stripes_of(request, 1, 4), 3, written, more=["alert_1"])
    assert sorted(os.listdir(tmp_path)) == ["t.nc", "t.split", "whole.nc"]
    with (
        netCDF4.Dataset(whole.path) as one,
        open_file(request.path) as several,
        netCDF4.Dataset(request.path) as virtual,
    ):
        expected = values(one)
        for found in (values(several), values(virtual)):
            assert list(found) == list(expected)
            for name in expected:
                np.testing.assert_array_equal(found[name], expected[name])
        assert {name: one.getncattr(name) for name in one.ncattrs()}.items() <= {
            name: virtual.getncattr(name) for name in virtual.ncattrs()
        }.items()
        assert virtual.alert_1 == "told"


def test_each_file_is_complete_and_knows_its_place(tmp_path):
    request = request_of(tmp_path / "t.nc", 700)
    stripes = stripes_of(request, 1, 4)
    write_striped(request, stripes, 2)
    files = files_of(request.path)[1:]
    assert len(files) == stripes.files == 3
    runs = set()
    for number, path in enumerate(files):
        ids = stripes.ids_in(number)
        with netCDF4.Dataset(path) as file:
            assert (file.split_file, file.split_files, file.split_first_trajectory) == (number, 3, ids.start)
            assert (file["trajectory"][:] == np.arange(ids.start, ids.stop)).all()
            assert file["lon"].chunking() == list(stripes.shape(number, 40))
            runs.add(file.split_run)
    assert len(runs) == 1
    done = subprocess.run(
        [Path(sys.executable).with_name("compliance-checker"), "--test=cf:1.11", "--criteria=strict", path],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    with xr.open_dataset(request.path) as tracks:
        assert dict(tracks.sizes) == {"trajectory": 700, "obs": 40, "release_index": 2}


def test_equal_runs_give_equal_files_whoever_wrote_them_and_others_other_names(tmp_path):
    made = {}
    for name, owners, title in (("a", 1, "one"), ("b", 4, "one"), ("c", 2, "two")):
        (tmp_path / name).mkdir()
        request = request_of(tmp_path / name / "t.nc", 300, title=title)
        write_striped(request, stripes_of(request, 1, 2), owners)
        made[name] = content(tmp_path / name)
    assert made["a"] == made["b"]
    assert set(made["a"]) & set(made["c"]) == {"t.nc"}


def test_a_file_of_another_content_has_another_name_though_all_attributes_are_equal(tmp_path, monkeypatch):
    request = request_of(tmp_path / "t.nc", 300)
    write_striped(request, stripes_of(request, 1, 2), 2)
    before = set(content(tmp_path))
    from . import striped

    columns = striped.columns
    monkeypatch.setattr(striped, "columns", lambda row, ids: columns(row + 1, ids))
    write_striped(request, stripes_of(request, 1, 2), 2)
    assert before & set(content(tmp_path)) == {"t.nc"}


@pytest.mark.parametrize(("then", "now"), [(None, 1), (1, None), (1, 1), (2, 1)])
def test_at_no_kill_the_file_stands_over_files_of_two_runs(tmp_path, monkeypatch, then, now):
    """Killed before each change of a name or removal in turn: what is there is wholly the one run or the other."""
    old = request_of(tmp_path / "t.nc", 900, 3, title="old")
    new = request_of(tmp_path / "t.nc", 900, 3, title="new")
    cut = {n: lambda request, n=n: stripes_of(request, 1, n or 10) for n in (None, 1, 2)}
    reference = tmp_path.with_name("reference") / "t.nc"
    reference.parent.mkdir(exist_ok=True)
    write_whole(request_of(reference, 900, 3))
    with netCDF4.Dataset(reference) as one:
        expected = values(one)
    kept = tmp_path.with_name("kept")
    shutil.rmtree(kept, ignore_errors=True)
    write_striped(old, cut[then](old), 2)
    shutil.copytree(tmp_path, kept)

    class Killed(BaseException):
        pass

    left, seen, step = [0], [], 0

    def counted(function):
        def called(*given, **more):
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            return function(*given, **more)

        return called

    while True:
        shutil.rmtree(tmp_path)
        shutil.copytree(kept, tmp_path)
        with Striped(new, cut[now](new), 2) as run:
            run.write(3)
            files = run.finish(commit=False)
            left[0] = step
            try:
                with monkeypatch.context() as dying:
                    dying.setattr(os, "replace", counted(os.replace))
                    dying.setattr(Path, "unlink", counted(Path.unlink))
                    dying.setattr(Path, "rmdir", counted(Path.rmdir))
                    run.commit(files)
                done = True
            except Killed:
                done = False
        with open_file(new.path) as tracks:
            seen.append(tracks.title)
            found = values(tracks)
        for name, values_of in expected.items():
            np.testing.assert_array_equal(found[name], values_of)
        if done:
            break
        step += 1
    assert seen == ["old"] * seen.count("old") + ["new"] * seen.count("new")
    assert {"old", "new"} == set(seen)
    folder = split_folder(new.path)
    assert (len(os.listdir(folder)) if folder.exists() else 0) == (0 if now is None else cut[now](new).files)


def test_files_of_others_in_the_folder_stay(tmp_path):
    request = request_of(tmp_path / "t.nc", 300)
    write_striped(request, stripes_of(request, 1, 2), 2)
    (split_folder(request.path) / "notes.txt").write_text("mine")
    (split_folder(request.path) / "0003.nc.tmp").write_text("half of one that was killed")
    write_whole(request)
    assert os.listdir(split_folder(request.path)) == ["notes.txt"]


def test_a_link_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    split_folder(tmp_path / "t.nc").symlink_to(tmp_path / "elsewhere")
    request = request_of(tmp_path / "t.nc", 300)
    with Striped(request, stripes_of(request, 1, 2), 2) as run:
        run.write(40)
        with pytest.raises(OutputError, match=r"t\.split: is a symbolic link"):
            run.finish()
    assert os.listdir(tmp_path / "elsewhere") == []


@pytest.mark.parametrize("spoilt", [None, b"", b"CDF\x05 nothing"])
def test_a_run_goes_not_on_from_split_files_that_are_not_whole(tmp_path, spoilt):
    request = request_of(tmp_path / "t.nc", 300)
    stripes = stripes_of(request, 1, 2)
    before = finished(request, stripes)
    before.rows.close()
    path = files_of(request.path)[2]
    path.unlink() if spoilt is None else path.write_bytes(spoilt)
    rows = EarlierRows(request.path, stripes)
    assert rows.finished
    assert not rows.holds(request.column_names, before.sums)
    assert path.name in rows.trouble


def test_a_file_that_goes_before_the_end_is_missed(tmp_path):
    request = request_of(tmp_path / "t.nc", 300)
    with Striped(request, stripes_of(request, 1, 2), 2) as run:
        run.write(40)
        files = run.finish(commit=False)
        for file in files:
            file.commit()
        (split_folder(request.path) / sorted(os.listdir(split_folder(request.path)))[1]).unlink()
        with pytest.raises(OutputError, match=r"0001-.*\.nc: was removed while the run came to its end"):
            split_commit.commit_tracks(request, run.stripes, 40, {}, run.run)
    assert not request.path.exists()


def test_split_files_without_the_file_over_them_are_not_replaced_unasked(tmp_path):
    """Somebody has given that another name, and needs them for it."""
    request = request_of(tmp_path / "t.nc", 700)
    write_striped(request, stripes_of(request, 1, 4), 2)
    (tmp_path / "t.nc").rename(tmp_path / "old.nc")
    with pytest.raises(RunFileError, match=r"t\.split: holds files of tracks, though t\.nc is not there"):
        check_output(request.path, False)
    check_output(request.path, True)
    with open_file(tmp_path / "old.nc") as file:  # nothing was touched
        assert len(file.dimensions["trajectory"]) == 700


def test_what_stands_where_the_folder_is_to_be_is_found_before_the_run(tmp_path):
    path = tmp_path / "t.nc"
    check_split_folder(path)
    (tmp_path / "t.split").touch()
    with pytest.raises(OutputError, match=r"t\.split: is no folder, and the tracks need one"):
        check_split_folder(path)
    (tmp_path / "t.split").unlink()
    (tmp_path / "t.split").symlink_to(tmp_path)
    with pytest.raises(OutputError, match=r"t\.split: is a symbolic link"):
        check_split_folder(path)


def test_a_split_file_that_goes_while_it_is_written_is_named(tmp_path, monkeypatch):
    """The library only names a descriptor."""

    def fail(*_):
        raise RuntimeError("NetCDF: HDF error: '/proc/self/fd/35'")

    request = request_of(tmp_path / "t.nc", 700)
    writer = FileWriter(request, stripes_of(request, 1, 4), 1, 40)
    monkeypatch.setattr(TrackFile, "commit", fail)
    with pytest.raises(OutputError, match="fd/35"):
        writer.commit()
    (tmp_path / "t.split" / "0001.nc.tmp").unlink()
    with pytest.raises(OutputError, match=r"0001\.nc\.tmp: was removed or replaced while the run went on"):
        writer.commit()
    writer.abandon()
