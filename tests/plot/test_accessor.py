"""`dataset.drift`: the pictures of `fvdrift plot` from a dataset, whole or in part, and statistics where they
are whole."""

import subprocess
import sys

import numpy as np
import pytest
import xarray
from matplotlib.figure import Figure

import fvdrift.accessor
from fvdrift.cli import main
from fvdrift.errors import RunFileError
from fvdrift.plot.dataset_tracks import DatasetTracks
from fvdrift.plot.track_file import TrackFile

from .browser_file import read
from .conftest import RECORDS, START, write_case


@pytest.fixture
def tracks(case):
    with xarray.open_dataset(case.tracks) as dataset:
        yield dataset


def test_a_dataset_is_read_as_its_file_is(each_case):
    with xarray.open_dataset(each_case.tracks) as dataset, TrackFile(each_case.tracks) as file:
        same = DatasetTracks(dataset)
        for name in (
            "path",
            "trajectories",
            "observations",
            "calendar",
            "geographic",
            "statuses",
            "names",
            "title",
        ):
            assert getattr(same, name) == getattr(file, name), name
        assert same.columns.keys() == file.columns.keys()
        assert same.columns["temp"] == file.columns["temp"]
        np.testing.assert_array_equal(same.times, file.times)
        np.testing.assert_array_equal(same.release, file.release)
        ids, rows = np.array([0, 3, 17, 39]), range(1, RECORDS, 2)
        for name, values in file.read_held(("temp", "z"), ids, rows).items():
            np.testing.assert_array_equal(
                same.read_held(("temp", "z"), ids, rows)[name], values, err_msg=name
            )


def test_times_may_be_as_they_are_in_the_file(case):
    with xarray.open_dataset(case.tracks, decode_times=False) as dataset:
        raw = DatasetTracks(dataset)
    assert raw.calendar
    assert raw.times[0] == START


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ([], {}), (["--at", "3h", "--color", "temp", "--flow"], {"at": np.timedelta64(3, "h"), "color": "temp", "flow": True}),
        (["--density", "--cell", "500m", "--release", "sea"], {"density": True, "cell": "500m", "release": "sea"}),
        (["--section", "distance", "--title", "A title"], {"section": "distance", "title": "A title"}),
        (["--along", "0", "2000", "9000", "2000"], {"along": (0, 2000, 9000, 2000)}),
    ],
)  # fmt: skip
def test_a_picture_is_that_of_the_command(case, tracks, tmp_path, options, asked):
    assert main(["plot", str(case.tracks), "-o", str(tmp_path / "a.png"), "--quiet", *options]) == 0
    figure = tracks.drift.plot(tmp_path / "b.png", quiet=True, **asked)
    assert isinstance(figure, Figure)
    assert (tmp_path / "b.png").read_bytes() == (tmp_path / "a.png").read_bytes()
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_a_part_of_a_dataset_and_what_was_worked_out_in_it_are_drawn(tracks, capsys):
    some = tracks.isel(trajectory=slice(5, 12)).assign(warm=tracks.temp > 12)
    figure = some.drift.plot(color="z")
    assert any("7 particles" in text.get_text() for text in figure.texts)
    figure = some.drift.plot(at=tracks.time.values[0, 2], color="warm")
    assert any("7 particles" in text.get_text() for text in figure.texts)
    assert capsys.readouterr().err == ""


def test_an_animation_needs_a_file(tracks, tmp_path):
    assert tracks.drift.animate(tmp_path / "a.gif", fps=5, quiet=True) == tmp_path / "a.gif"
    assert (tmp_path / "a.gif").read_bytes().startswith(b"GIF8")
    with pytest.raises(RunFileError, match=r"take drift\.animate"):
        tracks.drift.plot(tmp_path / "b.gif")


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        (lambda d: d, {"colour_": "z"}, "colour_: there is no such option"),
        (lambda d: d, {"set": ["a=b"]}, "set: there is no such option"),
        (lambda d: d, {"color": "salt"}, 'has no variable "salt"'),
        (lambda d: d, {"at": "noon"}, '^at: "noon" is no time'),
        (
            lambda d: d,
            {"density": True, "along": [0, 0, 1, 1]},
            "^density and along are different pictures",
        ),
        (lambda d: d.isel(trajectory=3), {}, r"the dataset has no dimension trajectory: choose by lists"),
        (lambda d: d.drop_vars("status"), {}, "are not tracks that fvdrift wrote: status is missing"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_a_sentence(tracks, change, options, words):
    with pytest.raises(RunFileError, match=words):
        change(tracks).drift.plot(**options)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (lambda drift: drift.plot(sample="many"), "^sample: must be a whole number, not 'many'$"),
        (lambda drift: drift.plot(sample=1.5), "^sample: must be a whole number, not 1.5$"),
        (lambda drift: drift.plot(along=[1, 2]), r"^along: must be four numbers, not \[1, 2\]$"),
        (lambda drift: drift.plot(extent=5), "^extent: must be four numbers, not 5$"),
        (lambda drift: drift.plot(release=3, title=4), "^release: .*\ntitle: must be text, not 4$"),
        (lambda drift: drift.plot(3), "^output: must be the path of a file, not 3$"),
        (lambda drift: drift.animate("a.gif", fps="fast"), "^fps: must be a number, not 'fast'$"),
        (lambda drift: drift.page(3), "^output: must be the path of a file, not 3$"),
        (lambda drift: drift.export(None), "^output: must be the path of a file, not None$"),
        (lambda drift: drift.export("a.gpkg", foo=1), "^foo: there is no such option of an export; there are every,"),
        (lambda drift: drift.to_dataframe(foo=1), "^foo: there is no such option of an export; there are every,"),
        (lambda drift: drift.to_dataframe(gone="no"), "^gone: must be True or False, not 'no'$"),
        (lambda drift: drift.to_dataframe(variables=3), "^variables: must be a name, or a list of names, not 3$"),
    ],
)  # fmt: skip
def test_arguments_of_another_kind_are_refused_in_a_sentence(tracks, how, words):
    with pytest.raises(RunFileError, match=words):
        how(tracks.drift)


def test_without_matplotlib_one_sentence_says_what_to_do(tracks, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(RunFileError, match=r"pip install 'fvdrift\[plot\]'"):
        tracks.drift.plot()


def test_the_accessor_loads_neither_matplotlib_nor_numba():
    code = "import sys, fvdrift.accessor\nassert not {'matplotlib', 'numba', 'mpi4py'} & sys.modules.keys()"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
    assert fvdrift.accessor.Drift.__name__ == "Drift"


def test_statistics_are_of_whole_tracks(tracks):
    pytest.importorskip("fvdrift.statistics")
    for part in (tracks.isel(trajectory=slice(0, 9)), tracks.isel(trajectory=slice(None, None, -1))):
        assert part.encoding["source"]
        with pytest.raises(RunFileError, match="statistics are of whole tracks"):
            part.drift.density()
    with pytest.raises(RunFileError, match="was not opened from one"):
        xarray.Dataset(tracks.variables).drift.density()


def test_a_case_in_a_folder_of_its_own_is_found(tmp_path):
    own = write_case(tmp_path / "here", False)
    with xarray.open_dataset(own.tracks) as dataset:
        assert dataset.drift.plot(quiet=True).axes


def test_a_page_is_that_of_the_command(case, tracks, tmp_path):
    path = tracks.drift.page(tmp_path / "a.html", quiet=True)
    assert main(["plot", str(case.tracks), "-o", str(tmp_path / "b.html"), "--quiet"]) == 0
    assert path.read_bytes() == (tmp_path / "b.html").read_bytes()
    part = tracks.isel(trajectory=[7, 20]).drift.page(tmp_path / "part.html", color="temp", quiet=True)
    assert read(part).arrays["numbers"].tolist() == [7, 20]
    for output, asks in ((tmp_path / "a.png", tracks.drift.page), (tmp_path / "a.html", tracks.drift.plot)):
        with pytest.raises(RunFileError, match=r"page for a browser"):
            asks(output)


@pytest.mark.parametrize(
    "asked", [{}, {"at": "3h", "color": "temp", "no_mesh": True}, {"density": True}, {"section": "time"}]
)
def test_a_picture_goes_into_axes_of_ones_own(tracks, asked):
    figure = Figure(figsize=(8, 4))
    left, right = figure.subplots(1, 2)
    assert tracks.drift.plot(ax=right, quiet=True, **asked) is right
    assert right.get_title().startswith("A channel")
    assert right.has_data()
    assert not left.has_data()
    assert set(figure.axes) <= {left, right}, "its bar belongs to the axes, not to the figure"
    alone = tracks.drift.plot(quiet=True, **asked).axes[0]
    assert right.get_xlim() == alone.get_xlim()
    assert right.get_ylim() == alone.get_ylim()
    figure.canvas.draw()


def test_a_section_against_what_is_none_is_refused(tracks):
    with pytest.raises(RunFileError, match='section: must be "time" or "distance", not \'distence\''):
        tracks.drift.plot(section="distence", quiet=True)


def test_what_has_several_panels_or_moves_takes_no_axes(tracks, tmp_path):
    ax = Figure().subplots()
    for draw, words in (
        (lambda: tracks.drift.plot(ax=ax, panels=4, quiet=True), "several panels"),
        (lambda: tracks.drift.plot(tmp_path / "a.png", ax=ax), "leave output out"),
        (lambda: tracks.drift.plot(ax="x", at="start"), "ax: must be axes of matplotlib"),
        (
            lambda: tracks.drift.animate(tmp_path / "a.gif", ax=ax),
            "a film or a page makes a figure of its own",
        ),
        (lambda: tracks.drift.page(tmp_path / "a.html", ax=ax), "a film or a page makes a figure of its own"),
    ):
        with pytest.raises(RunFileError, match=words):
            draw()
    assert not ax.has_data()
    assert isinstance(tracks.drift.plot(quiet=True), Figure), "and what comes next has a figure again"
