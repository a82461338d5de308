"""`fvdrift export`: where it writes, what it refuses, and that nothing is lost."""

import json
import os
import sys
import types

import pytest
import xarray

import fvdrift.accessor
from fvdrift.cli import main
from fvdrift.export import exports

from .conftest import write_tracks

FILES = ["tracks.nc"]


@pytest.fixture
def path(tmp_path):
    return write_tracks(tmp_path / "tracks.nc", "degrees", particles=12)


def names(path):
    return sorted(os.listdir(path.parent))


def test_the_form_follows_from_the_name_and_the_name_from_the_form(path, capsys):
    assert main(["export", str(path), "--to", "geojson"]) == 0
    assert main(["export", str(path), "-o", str(path.with_name("Karte.KML")), "--quiet"]) == 0
    assert names(path) == ["Karte.KML", "tracks.geojson", "tracks.nc"]
    said = capsys.readouterr().out
    assert "tracks.geojson (" in said
    assert "of 12 particles" in said
    assert "Karte" not in said


def test_what_exists_stays_unless_it_is_to_be_replaced(path, capsys):
    out = path.with_name("out.geojson")
    out.write_text("mine")
    assert main(["export", str(path), "-o", str(out)]) == 2
    assert "exists: give --overwrite" in capsys.readouterr().err
    assert out.read_text() == "mine"
    assert main(["export", str(path), "-o", str(out), "--overwrite", "--quiet"]) == 0
    assert json.loads(out.read_text(encoding="utf-8"))["features"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--to", "shp"], "there is no format shp; there are parquet, gpkg"), ([], "say what to write"),
        (["-o", "a.csv"], "must end in .parquet, .gpkg, .geojson, .kml or .vtk; CSV comes from"),
        (["--to", "gpkg", "-o", "tracks.nc", "--overwrite"], "must end in .gpkg"),
        (["--to", "kml", "--gone"], "give --to parquet"), (["--to", "kml", "--release", "lake"], "has no release"),
        (["--to", "kml", "--every", "900d"], "--every 900 d is longer"),
        (["--to", "kml", "--every", "-1"], "--every"), (["--to", "kml", "-o", "tracks.nc/a.kml"], "is no folder"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_and_nothing_is_written(path, capsys, monkeypatch, options, words):
    monkeypatch.chdir(path.parent)
    before = path.read_bytes()
    found = names(path)
    assert main(["export", "tracks.nc", *options]) == (4 if "tracks.nc/a.kml" in options else 2)
    assert words in capsys.readouterr().err
    assert path.read_bytes() == before
    assert names(path) == found


def test_an_export_of_nobody_is_told(path, capsys):
    assert main(["export", str(path), "--to", "geojson", "--status", "deposited"]) == 0
    assert (
        "warning: no particle is of the --release and --status that are asked for" in capsys.readouterr().err
    )


def test_what_are_no_tracks_are_refused(path, capsys):
    other = path.with_name("other.nc")
    other.write_text("no tracks")
    assert main(["export", str(other), "--to", "kml"]) == 2
    assert main(["export", str(path.with_name("gone.nc")), "--to", "kml"]) == 2
    said = capsys.readouterr().err
    assert "other.nc: cannot be read as tracks" in said
    assert "gone.nc: there is no such file" in said


def test_a_missing_library_is_named(path, capsys, monkeypatch):
    monkeypatch.setattr(exports, "find_spec", lambda name: None)
    assert main(["export", str(path), "--to", "gpkg"]) == 2
    assert "--to gpkg needs pyogrio and shapely: pip install 'fvdrift[export]'" in capsys.readouterr().err
    assert names(path) == FILES


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_fails_half_way_leaves_what_was_there(path, capsys, monkeypatch, overwrite):
    """Of files and of folders."""

    def write_half(records, made):
        if folder:
            made.mkdir()
        (made / "part-00000.parquet" if folder else made).write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exports, "find_spec", lambda name: types)
    for folder, to in ((False, "kml"), (True, "parquet")):
        monkeypatch.setitem(sys.modules, f"fvdrift.export.{to}", types.SimpleNamespace(write=write_half))
        out = path.with_name(f"tracks.{to}")
        if overwrite:
            (
                out.mkdir(),
                out.joinpath("part-00000.parquet").write_text("before"),
            ) if folder else out.write_text("before")
        before = names(path)
        assert main(["export", str(path), "--to", to, *(["--overwrite"] if overwrite else [])]) == 4
        assert f"tracks.{to}: cannot be written: No space left on device" in capsys.readouterr().err
        assert names(path) == before
        if overwrite:
            assert (out / "part-00000.parquet" if folder else out).read_text() == "before"


def test_a_folder_with_anything_else_in_it_is_kept(path, capsys, monkeypatch):
    def write(records, made):
        made.mkdir()
        (made / "part-00000.parquet").write_text("new")
        return 1

    monkeypatch.setattr(exports, "find_spec", lambda name: types)
    monkeypatch.setitem(sys.modules, "fvdrift.export.parquet", types.SimpleNamespace(write=write))
    out = path.with_suffix(".parquet")
    out.mkdir()
    for name in ("part-00000.parquet", "part-00001.parquet"):
        (out / name).write_text("old")
    assert main(["export", str(path), "--to", "parquet"]) == 2
    (out / "notes.txt").write_text("mine")
    assert main(["export", str(path), "--to", "parquet", "--overwrite"]) == 2
    said = capsys.readouterr().err
    assert "tracks.parquet: exists: give --overwrite" in said
    assert "holds notes.txt, which no export wrote" in said
    (out / "notes.txt").unlink()
    assert main(["export", str(path), "--to", "parquet", "--overwrite", "--quiet"]) == 0
    assert os.listdir(out) == ["part-00000.parquet"]
    assert (out / "part-00000.parquet").read_text() == "new"
    assert names(path) == ["tracks.nc", "tracks.parquet"]


def test_from_python(path):
    with xarray.open_dataset(path) as dataset:
        made = dataset.drift.export(path.with_name("some.geojson"), every="2h", sample=5)
        assert len(json.loads(made.read_text(encoding="utf-8"))["features"]) == 5
        with pytest.raises(fvdrift.errors.RunFileError, match="exists"):
            dataset.drift.export(made)
        assert dataset.drift.export(made, overwrite=True) == made


def test_the_size_of_what_few_programs_open_is_told(path, capsys, monkeypatch):
    monkeypatch.setattr(exports, "MANY", 10)
    assert main(["export", str(path), "--to", "kml"]) == 0
    assert "84 records make a large file, which few programs open" in capsys.readouterr().err
