"""All that reads tracks takes those that are cut into several files as it takes one, to the same bytes, and none
where a file is missing."""

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import netCDF4
import pytest
import xarray

import fvdrift.accessor  # noqa: F401  (makes `dataset.drift`)
from cut_tracks import cut
from fvdrift import FinishedRun, cli
from fvdrift.engine.checkpoint.identity import difference, identity_of
from fvdrift.errors import FvdriftError, RunFileError
from fvdrift.output import returned_tracks
from fvdrift.output.paths import record_path, statistics_path
from fvdrift.output.split_files import files_of, split_folder
from fvdrift.plot.dataset_tracks import tracks_of
from fvdrift.postprocess.repetition import repetition_of
from fvdrift.preparation.prepare import prepare_run
from fvdrift.settings.load import load_run_file

from .flows import WIDTH, channel, gyres
from .workshop import digest, needs_mpiexec, solve, start, write_run

HOURS = 6
COUNTS = [11, 1, 20, 8]
BOX = {"box": [0.0, 0.0, 10_000.0, WIDTH], "cells": [4, 2]}
STATISTICS = [
    {"kind": "cloud"},
    {"kind": "flushing"},
    {"kind": "density", **BOX},
    {"kind": "exposure", **BOX},
]


class Made(SimpleNamespace):
    """plain, split, blind: NAME.nc of the same tracks, in folders of their own; blind has all files, and who reads
    through it sees nothing; run_file of their run."""

    plain: Path
    split: Path
    blind: Path
    run_file: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("made")
    channel(folder / "flow.nc", gyres(0.6), elements=200, frames=HOURS + 1)
    run_file = write_run(folder, {
        "forcing": {"files": ["flow.nc"]}, "time": {"step": "10min"},
        "boundary": {"open": [[9_000.0, -100.0], [10_100.0, -100.0], [10_100.0, WIDTH + 100], [9_000.0, WIDTH + 100]]},
        "release": [
            {"name": "early", "count": 30, "box": [1000.0, 500.0, 9900.0, WIDTH - 500.0], "depth": "uniform"},
            {"name": "later", "count": 10, "point": [5000.0, 0.4 * WIDTH], "start": "90min", "depth": "uniform"},
        ],
        "output": {"file": "tracks.nc", "every": "1h"}, "statistic": STATISTICS,
    })  # fmt: skip
    tracks = solve(run_file)
    blind = split(tracks, folder / "blind")
    split_folder(blind).rename(blind.with_name("elsewhere"))
    with netCDF4.Dataset(blind, "r+") as file:
        file.split_folder = "elsewhere"
    return Made(plain=tracks, split=split(tracks, folder / "split"), blind=blind, run_file=run_file)


def split(tracks: Path, folder: Path) -> Path:
    folder.mkdir()
    shutil.copy(record_path(tracks), folder)
    cut(tracks, folder / tracks.name, COUNTS)
    return folder / tracks.name


@pytest.fixture
def broken(made: Made, tmp_path: Path) -> Path:
    """NAME.nc whose third file is gone."""
    tracks = split(made.plain, tmp_path / "broken")
    files_of(tracks)[3].unlink()
    return tracks


def test_xarray_sees_nothing_in_the_blind_file(made: Made) -> None:
    with xarray.open_dataset(made.blind) as blind, xarray.open_dataset(made.split) as seeing:
        assert blind.x.isnull().all()
        assert seeing.x.notnull().any()


def test_statistics_are_the_same_bytes(made: Made) -> None:
    out = [tracks.with_name("out.stats.nc") for tracks in (made.plain, made.blind)]
    for tracks, path in zip((made.plain, made.blind), out, strict=True):
        assert cli.main(["stats", str(tracks), "-o", str(path)]) == 0
    assert out[0].read_bytes() == out[1].read_bytes()


@pytest.mark.parametrize(
    "options",
    [
        ["--color", "release"],
        ["--at", "5h", "--color", "z"],
        ["--density"],
        ["--section"],
        ["--section", "distance", "--release", "later"],
        ["--sample", "7"],
        ["--animate"],
    ],
    ids=" ".join,
)
def test_pictures_are_the_same_bytes(made: Made, options: list[str], tmp_path: Path) -> None:
    kind = "gif" if "--animate" in options else "png"
    pictures = [tmp_path / f"plain.{kind}", tmp_path / f"split.{kind}"]
    for tracks, picture in zip((made.plain, made.blind), pictures, strict=True):
        assert cli.main(["plot", str(tracks), "-o", str(picture), "--quiet", *options]) == 0
    assert pictures[0].read_bytes() == pictures[1].read_bytes()


def test_particles_start_where_the_trajectories_of_all_files_ended(made: Made, tmp_path: Path) -> None:
    results = []
    for tracks in (made.plain, made.blind):
        out = tmp_path / f"{tracks.parent.name}.nc"
        release = f'release=[{{ file = "{tracks}" }}]'
        solve(made.run_file, release, "time.duration=1h", "output.every=1h", "statistic=[]", output=str(out))
        with xarray.open_dataset(out) as found:
            results.append(found.load().drop_attrs(deep=False))
    assert results[0].sizes["trajectory"] > 20
    xarray.testing.assert_identical(*results)


@needs_mpiexec
def test_they_start_so_on_two_ranks(made: Made, tmp_path: Path) -> None:
    more = f'release=[{{ file = "{made.blind}" }}]', "time.duration=1h", "statistic=[]"
    alone = solve(made.run_file, *more, output=str(tmp_path / "alone.nc"))
    words = [word for each in more for word in ("--set", each)]
    together = tmp_path / "together.nc"
    result = start("run", made.run_file, "--quiet", "-o", together, *words, ranks=2)
    assert result.returncode == 0, result.stderr
    assert digest(together) == digest(alone)


def test_a_run_is_repeated_from_them(made: Made) -> None:
    again = solve(made.run_file, output="again.nc")
    repeated = repetition_of(made.split).run_file
    assert repeated.resolve(repeated.output.file) == made.split.with_name("tracks-again.nc")
    made_again = cli.main(["run", "--from", str(made.split), "--quiet"])
    assert made_again == 0
    assert digest(made.split.with_name("tracks-again.nc")) == digest(again)
    assert statistics_path(made.split.with_name("tracks-again.nc")).exists()


def test_the_accessor_counts_and_draws_the_same(made: Made) -> None:
    with xarray.open_dataset(made.plain) as plain, xarray.open_dataset(made.split) as whole:
        one, other = (dataset.drift.density(**BOX) for dataset in (plain, whole))
        xarray.testing.assert_identical(one, other)
        pictures = [dataset.drift.plot(at="3h", quiet=True)._repr_png_() for dataset in (plain, whole)]
        assert pictures[0] == pictures[1]
        for part in (whole.isel(trajectory=slice(31)), whole.assign(x=whole.x + 1.0)):
            with pytest.raises(RunFileError, match="this is a part of them, or others"):
                part.drift.density(**BOX)


def accessor_draws(tracks: Path, made: Made) -> None:
    with xarray.open_dataset(tracks) as dataset:
        dataset.drift.plot(quiet=True)


def accessor_counts(tracks: Path, made: Made) -> None:
    with xarray.open_dataset(tracks) as dataset:
        dataset.drift.density(**BOX)


def released(tracks: Path, made: Made) -> None:
    prepare_run(load_run_file(made.run_file, [f'release=[{{ file = "{tracks}" }}]'])).series.close()


def command(*words: str) -> Callable[[Path, Made], None]:
    def call(tracks: Path, made: Made) -> None:
        assert cli.main([words[0], str(tracks), *words[1:]]) == 2

    return call


READERS: dict[str, Callable[[Path, Made], None]] = {
    "stats": command("stats"),
    "plot": command("plot"),
    "animate": command("plot", "--animate"),
    "release": released,
    "dataset": lambda tracks, made: FinishedRun(tracks).dataset.close(),
    "accessor draws": accessor_draws,
    "accessor counts": accessor_counts,
}


@pytest.mark.parametrize("reader", READERS)
def test_where_a_file_is_missing_nothing_is_read(
    broken: Path, made: Made, reader: str, capsys: pytest.CaptureFixture[str]
) -> None:
    there = sorted(broken.parent.iterdir())
    try:
        READERS[reader](broken, made)
        said = capsys.readouterr().err
    except FvdriftError as error:
        said = str(error)
    assert said.count("0002-") == 1
    assert "is missing: tracks.nc is read from the files in tracks.split" in said
    assert sorted(broken.parent.iterdir()) == there


def test_a_dataset_that_xarray_wrote_where_a_file_was_missing_is_refused(broken: Path) -> None:
    with xarray.open_dataset(broken) as dataset:
        dataset.to_netcdf(broken.with_name("copied.nc"))
    with (
        pytest.raises(RunFileError, match="a file of tracks that are split was missing"),
        returned_tracks.open_tracks(broken.with_name("copied.nc")),
    ):
        pass


def test_what_xarray_wrote_from_them_is_read_itself(made: Made, tmp_path: Path) -> None:
    """It has the attributes of the virtual file."""
    some = made.split.with_name("some.nc")
    with xarray.open_dataset(made.split) as dataset:
        for kind in ("NETCDF4", "NETCDF3_64BIT"):
            dataset.isel(trajectory=slice(10, 30)).to_netcdf(some, format=kind)
            with returned_tracks.open_tracks(some) as file:
                assert list(file["trajectory"][:]) == list(range(10, 30))
            with tracks_of(some) as tracks:
                assert tracks.trajectories == 20
        dataset[["z"]].mean("trajectory", keep_attrs=True).to_netcdf(some)
    with pytest.raises(RunFileError, match=r"some\.nc: is not a file of tracks"):
        tracks_of(some)


@pytest.mark.parametrize("what", ["stats", "run"])
def test_one_of_the_files_alone_is_not_taken_for_all(
    made: Made, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    part = files_of(made.split)[2]
    words = {"stats": ["stats", str(part)], "run": ["run", "--from", str(part)]}[what]
    assert cli.main(words) == 2
    assert "is only file 1 (from 0) of the 4 of tracks.nc" in capsys.readouterr().err


def test_a_run_goes_on_only_from_tracks_of_which_no_file_has_changed(made: Made, tmp_path: Path) -> None:
    tracks = split(made.plain, tmp_path / "own")
    prepared = prepare_run(load_run_file(made.run_file, [f'release=[{{ file = "{tracks}" }}]']))
    try:
        then = identity_of(prepared)
        assert difference(then, prepared) == ""
        with netCDF4.Dataset(files_of(tracks)[3], "r+") as file:
            file["z"][0, 0] -= 1.0
        assert difference(then, prepared) == "release.0.file: tracks.nc has changed since"
    finally:
        prepared.series.close()
