"""`fvdrift plot` from outside: files of every kind, exit codes, sentences, memory."""

import re
import sys
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from fvdrift.cli import main
from fvdrift.plot import track_file

from .conftest import RECORDS, write_case, write_many


@pytest.fixture
def own(tmp_path):
    """A case in a folder of its own, to write beside."""
    return write_case(tmp_path / "here", False)


def plot(*arguments):
    return main(["plot", *map(str, arguments)])


def said_after_the_first_line(capsys):
    """What a command says behind what it reads."""
    first, _, rest = capsys.readouterr().err.partition("\n")
    assert re.match(r"fvdrift [\d.]+: drawing ", first)
    return rest


BEGINNINGS = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml", "gif": b"GIF8"}


@pytest.mark.parametrize("kind", BEGINNINGS)
def test_the_name_says_the_kind(own, kind, tmp_path, capsys):
    path = tmp_path / f"a.{kind}"
    assert plot(own.tracks, "-o", path) == 0
    assert path.read_bytes().startswith(BEGINNINGS[kind])
    assert capsys.readouterr().out == f"{path}\n"
    assert sorted(p.name for p in tmp_path.iterdir()) == [path.name, "here"], "nothing is left beside it"


def test_pictures_lie_beside_the_tracks_under_names_of_their_own(own, capsys):
    for options, name in (([], "tracks.png"), (["--density"], "tracks_density.png"), (["--section"], "tracks_section.png"),
                          (["--animate"], "tracks.gif")):  # fmt: skip
        assert plot(own.tracks, "--quiet", *options) == 0
        assert (own.tracks.parent / name).is_file()
    captured = capsys.readouterr()
    assert captured.out + captured.err == ""


def test_an_animation_has_every_record_once(own, tmp_path, capsys):
    path = tmp_path / "a.gif"
    assert plot(own.tracks, "-o", path, "--fps", 5, "--flow") == 0
    with Image.open(path) as film:
        assert film.n_frames == RECORDS
        seen = []
        for number in range(film.n_frames):
            film.seek(number)
            assert film.info["duration"] == 200
            seen.append(np.asarray(film.convert("RGB")).astype(int))
    for before, after in zip(seen, seen[1:], strict=False):
        moved = np.abs(after - before).sum(axis=2) > 60
        assert 0.0005 < moved.mean() < 0.2, "the particles and the time change, the map does not"
    assert f"image {RECORDS} of {RECORDS}" in capsys.readouterr().err


def test_an_mp4_plays(own, tmp_path):
    ffmpeg = pytest.importorskip("imageio_ffmpeg")
    path = tmp_path / "a.mp4"
    assert plot(own.tracks, "-o", path) == 0
    frames = ffmpeg.read_frames(str(path))
    assert next(frames)["codec"] == "h264"
    assert len(list(frames)) == RECORDS


def test_mp4_without_ffmpeg_is_refused_before_any_work(own, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    assert plot(own.tracks, "-o", tmp_path / "a.mp4") == 2
    assert "MP4 needs ffmpeg: pip install 'fvdrift[plot]', or write a .gif" in capsys.readouterr().err


def test_without_matplotlib_one_sentence_says_what_to_do(own, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert plot(own.tracks) == 2
    assert (
        said_after_the_first_line(capsys)
        == "fvdrift: error: pictures need matplotlib: pip install 'fvdrift[plot]'\n"
    )


def test_a_picture_is_made_anew_but_nothing_else_is_written_over(own, tmp_path, capsys):
    path = tmp_path / "a.png"
    assert plot(own.tracks, "-o", path) == 0
    first = path.read_bytes()
    assert plot(own.tracks, "-o", path, "--title", "Another") == 0
    assert path.read_bytes() != first
    path.write_text("my notes")
    assert plot(own.tracks, "-o", path) == 2
    assert path.read_text() == "my notes"
    assert "exists and is no picture, so it is kept" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["-o", "a.jpg"], 2, "a picture ends in .png, .pdf, .svg, .gif or .mp4"),
        (["-o", "nowhere/a.png"], 4, "nowhere: there is no such folder"),
        (["--animate", "-o", "a.png"], 2, "an animation ends in .gif or .mp4"),
        (["--color", "colour"], 2, 'has no variable "colour"; it has dry, '),
        (["--release", "lake"], 2, 'has no release "lake"'),
        (["--at", "noon"], 2, '--at: "noon" is no time'),
        (["--at", "2021-01-01T00:00:00Z"], 2, "is outside the tracks"),
        (["--density", "--section"], 2, "--density and --section are different pictures"),
        (["--flow"], 2, "--flow is the flow at one time"),
        (["--cell", "5"], 2, '--cell: "5" has no unit'),
        (["--extent", "0", "0", "0", "9"], 2, "--extent: its two corners must differ"),
        (["--ranks", "3"], 2, "--ranks and --set are for a run file"),
        (["--statistic", "larvae"], 2, "holds tracks, not statistics: take --statistic away"),
        (["--sample", "0"], 2, "--sample: 0 is too small"),
        (["--forcing", "nothing.nc"], 3, "nothing.nc: cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(own, options, code, words, capsys, monkeypatch):
    monkeypatch.chdir(own.tracks.parent)
    before = sorted(own.tracks.parent.iterdir())
    assert plot(own.tracks.name, *options) == code
    said = said_after_the_first_line(capsys)
    assert words in said
    assert len(said.splitlines()) == 1
    assert sorted(own.tracks.parent.iterdir()) == before


def test_tracks_without_their_forcing_are_drawn_and_told_so(own, tmp_path, capsys):
    own.forcing.rename(tmp_path / "moved.nc")
    assert plot(own.tracks, "-o", tmp_path / "a.png") == 0
    assert "without mesh, coast and depth: the forcing (data/flow.nc) is not in " in capsys.readouterr().err
    assert plot(own.tracks, "-o", tmp_path / "b.png", "--forcing", tmp_path / "moved.nc") == 0
    assert "without" not in said_after_the_first_line(capsys)
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "b.png").read_bytes()


def test_a_run_file_is_shown_before_the_run(own, tmp_path):
    run_file = own.forcing.parents[1] / "run.toml"
    run_file.write_text('[forcing]\nfiles = ["data/flow.nc"]\n[[release]]\ncount = 5\npoint = [5000, 2000]\n')
    assert plot(run_file, "--ranks", 2) == 0
    assert run_file.with_name("run_run.png").read_bytes().startswith(BEGINNINGS["png"])
    assert plot(run_file, "--set", "release.0.point=[50000, 0]") == 0, "a place on land is plan's to refuse"
    assert plot(run_file, "--set", "time.stepp=3") == 2


def test_dense_layers_of_a_vector_file_are_images(own, tmp_path):
    few, many = tmp_path / "few.svg", tmp_path / "many.svg"
    tracks = tmp_path / "many.nc"
    write_many(tracks, 5000)
    assert plot(own.tracks, "-o", few, "--no-depth", "--no-mesh") == 0
    assert plot(tracks, "-o", many, "--sample", 5000, "--color", "age") == 0
    assert many.read_text().count("<image") >= 2, "lines and marks"
    assert many.stat().st_size < 5e6
    assert len(re.findall(r'id="ends [a-z]+"', few.read_text())) == 5


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "300 of 100,000 particles, taken by lot"),
        (["--at", "end", "--sample", "2000"], "2,000 of 100,000 particles"),
        (["--density"], ""),
    ],
)
def test_a_large_file_takes_little_memory_and_is_sampled(
    large, tmp_path, capsys, monkeypatch, options, words
):
    def peak():
        tracemalloc.start()
        assert plot(large, "-o", tmp_path / "a.png", *options) == 0
        most = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        return most

    assert plot(large, "-o", tmp_path / "a.png", *options) == 0  # loads what stays loaded
    assert peak() < 90  # x alone takes 38 MB
    assert words in capsys.readouterr().err
    if options == ["--density"]:
        monkeypatch.setattr(track_file, "BLOCK_BYTES", 1 << 40)
        assert peak() > 150, "read at once it would take more, so the limit above says something"


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    path = tmp_path_factory.mktemp("large") / "large.nc"
    write_many(path, 100_000, records=48)
    return path


def test_ten_particles_make_a_picture_too(tmp_path):
    tracks = tmp_path / "few.nc"
    write_many(tracks, 10)
    for options in ([], ["--at", "6h"], ["--density"], ["--section", "distance"], ["--animate"]):
        assert plot(tracks, "--quiet", *options) == 0
