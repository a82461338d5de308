"""Tracks that went through xarray or a table: read as they were, or refused in words, by all that reads
tracks."""

from collections.abc import Callable
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray

import fvdrift.accessor  # noqa: F401  (makes `dataset.drift`)
from fvdrift import cli
from fvdrift.errors import RunFileError
from fvdrift.output.tracks_in_memory import BOTH
from fvdrift.plot.dataset_tracks import DatasetTracks, tracks_of

from .flows import WIDTH, channel, gyres
from .workshop import solve, write_run

HOURS = 6
BOX = {"box": [0.0, 0.0, 10_000.0, WIDTH], "cells": [4, 2]}
STATISTICS = [
    {"kind": "cloud"},
    {"kind": "flushing"},
    {"kind": "density", **BOX},
    {"kind": "exposure", **BOX},
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tracks of two releases, some of which start later, and some leave: to the folder `tracks.nc` lies
    in."""
    folder = tmp_path_factory.mktemp("returned")
    channel(folder / "flow.nc", gyres(0.6), elements=200, frames=HOURS + 1)
    run_file = write_run(folder, {
        "forcing": {"files": ["flow.nc"]}, "time": {"step": "10min"},
        "boundary": {"open": [[9_000.0, -100.0], [10_100.0, -100.0], [10_100.0, WIDTH + 100], [9_000.0, WIDTH + 100]]},
        "release": [
            {"name": "early", "count": 20, "box": [1000.0, 500.0, 9900.0, WIDTH - 500.0], "depth": "uniform"},
            {"name": "later", "count": 10, "point": [5000.0, 0.4 * WIDTH], "start": "2h", "depth": "uniform"},
        ],
        "output": {"file": "tracks.nc", "every": "1h"}, "statistic": STATISTICS,
    })  # fmt: skip
    return solve(run_file)


Change = Callable[[xarray.Dataset], xarray.Dataset]


def table(ds: xarray.Dataset) -> xarray.Dataset:
    turned = ds.to_dataframe().to_xarray()
    turned.attrs, turned["status"].attrs = ds.attrs, ds["status"].attrs
    return turned


def in_other_units(ds: xarray.Dataset) -> xarray.Dataset:
    ds = ds.copy()
    ds["time"].encoding = {"units": "minutes since 2020-05-01", "dtype": "int64"}
    ds["release_time"].encoding = {"units": "hours since 2020-04-01", "dtype": "float64"}
    return ds


def as_floats(ds: xarray.Dataset) -> xarray.Dataset:
    return ds.assign(
        {
            name: ds[name].astype("f4").assign_attrs(ds[name].attrs)
            for name in ("status", "release", "trajectory")
        }
    )


def twice(ds: xarray.Dataset) -> xarray.Dataset:
    return xarray.concat([ds, ds], "trajectory", data_vars="minimal", coords="minimal", compat="override")


ALL_KEPT: dict[str, Change] = {
    "as it is": lambda ds: ds,
    "where, all true": lambda ds: ds.where(ds["status"] >= 0),
    "transposed": lambda ds: ds.transpose("obs", "trajectory", "release_index"),
    "sorted": lambda ds: ds.sortby(ds["y"].isel(obs=0)),
    "backward": lambda ds: ds.isel(obs=slice(None, None, -1)),
    "table": table,
    "table, transposed": lambda ds: table(ds).transpose(),
    "units": in_other_units,
    "floats": as_floats,
    "joined late": lambda ds: xarray.concat(
        [ds.isel(obs=at) for at in (slice(3, None), slice(3))], "obs", data_vars="minimal"
    ),
    "joined": lambda ds: xarray.concat(
        [ds.isel(trajectory=at) for at in (slice(9), slice(9, 99))], BOTH[0], data_vars="all"
    ),
    "names": lambda ds: ds.assign(release_name=ds["release_name"].astype(str)),
}


def opened(path: Path, **options: object) -> xarray.Dataset:
    with xarray.open_dataset(path, **options) as dataset:
        return dataset.load()


def stored(dataset: xarray.Dataset, made: Path) -> Path:
    path = made.with_name("changed.nc")
    path.unlink(missing_ok=True)
    dataset.to_netcdf(path)
    return path


def statistics(tracks: Path, *more: str) -> dict[str, np.ndarray]:
    out = tracks.with_name("out.stats.nc")
    assert cli.main(["stats", str(tracks), "-o", str(out), "--overwrite", *more]) == 0
    with netCDF4.Dataset(out) as file:
        file.set_auto_mask(False)
        return {name: variable[...] for name, variable in file.variables.items()}


def said(capsys: pytest.CaptureFixture[str], *command: object) -> str:
    """What is said where a command is refused; "" where it is not."""
    code = cli.main([str(word) for word in command])
    text = capsys.readouterr().err
    assert code in (0, 2), text
    assert "Traceback" not in text
    return text.strip() if code else ""


@pytest.mark.parametrize("how", ALL_KEPT)
def test_what_still_holds_all_gives_the_same_statistics_releases_and_pictures(
    made: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tracks = stored(ALL_KEPT[how](opened(made)), made)
    expected, found = statistics(made), statistics(tracks)
    for name, values in expected.items():
        assert np.array_equal(values, found[name]) or np.array_equal(values, found[name], equal_nan=True), (
            name
        )
    with netCDF4.Dataset(made) as file:
        x, z, status = (
            file["x"][...].filled(np.nan),
            file["z"][...].filled(np.nan),
            file["status"][...].filled(-1),
        )
        number = [int(np.flatnonzero(np.isfinite(row))[-1]) for row in x]
        stays = ~np.isin(status[:, -1], [5, 6])
        last = x[np.arange(len(x)), number][stays]
    again = made.with_name("again.nc")
    release = f'release=[{{ file = "{tracks.name}" }}]'
    assert not said(
        capsys, "run", made.with_name("run.toml"), "--quiet", "--overwrite", "-o", again, "--set", release
    )
    with netCDF4.Dataset(again) as file:
        assert np.array_equal(np.sort(file["x"][:, 0]), np.sort(last))
    assert sorted(opened(again)["release_name"].values.tolist()) == ["early", "later"]
    with tracks_of(tracks) as seen:
        order = np.argsort(opened(tracks)["trajectory"].values)
        read = seen.read(("x", "z", "status"), np.arange(seen.trajectories), range(seen.observations))
        assert np.array_equal(read["x"][order], x, equal_nan=True)
        assert np.array_equal(read["z"][order], z, equal_nan=True)
        assert np.array_equal(read["status"][order], status)
        with netCDF4.Dataset(made) as file:
            assert np.array_equal(seen.times, np.rint(file["time"][0] * 1e6).astype(np.int64))
            assert np.array_equal(
                seen.born(np.arange(len(x)))[order], np.rint(file["release_time"][...] * 1e6).astype(np.int64)
            )
            assert np.array_equal(np.asarray(seen.release)[order], file["release"][...])


def test_one_release_alone_has_the_statistics_of_that_release(made: Path) -> None:
    ds = opened(made)
    config = made.with_name("of_one.toml")
    blocks = [{**block, "releases": ["later"]} for block in STATISTICS]
    expected = statistics(made, "--config", str(write_run(made.parent, {"statistic": blocks}, config.name)))
    for change in (
        ds.where(ds["release"] == 1, drop=True),
        ds.isel(trajectory=np.flatnonzero(ds["release"] == 1)),
    ):
        found = statistics(stored(change, made), "--config", str(config))
        for name, values in expected.items():
            assert np.array_equal(values, found[name]) or np.array_equal(
                values, found[name], equal_nan=True
            ), name


TAKEN_OUT: dict[str, Change] = {
    "status": lambda ds: ds.where(ds["status"] == 1),
    "place": lambda ds: ds.where(ds["x"] > 5000),
    "release": lambda ds: ds.where(ds["release"] == 1),
    "position": lambda ds: ds.assign_coords(x=ds["x"].where(ds["x"] > 5000)),
}


@pytest.mark.parametrize("how", TAKEN_OUT)
def test_records_that_were_taken_out_are_no_statistics_and_not_in_sight(
    made: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ds = opened(made)
    changed = TAKEN_OUT[how](ds)
    tracks = stored(changed, made)
    refused = said(capsys, "stats", tracks, "-o", made.with_name("none.nc"))
    if how == "release":  # whole trajectories
        assert not refused
        made.with_name("none.nc").unlink()
        kept = np.broadcast_to((ds["release"].values == 1)[:, None], ds["x"].shape)
    else:
        assert "records were taken out of it (xarray's where)" in refused
        kept = {
            "status": ds["status"].values == 1,
            "place": ds["x"].values > 5000,
            "position": ds["x"].values > 5000,
        }[how]
    expected = np.where(kept, ds["x"].values, np.nan)
    whole = np.isfinite(expected).any(axis=1) | (how == "position")
    for seen in (tracks_of(tracks), DatasetTracks(changed)):
        read = seen.read(("x", "status"), np.arange(seen.trajectories), range(seen.observations))
        left, right = (rows[np.isfinite(rows).any(axis=1)] for rows in (read["x"], expected))
        assert np.array_equal(left, right, equal_nan=True)
        assert np.array_equal(
            read["status"][np.isfinite(read["x"])], ds["status"].values[np.isfinite(expected)]
        )
        assert seen.trajectories >= whole.sum()
    assert not said(capsys, "plot", tracks, "-o", made.with_name("p.png"), "--quiet", "--no-mesh")


def test_who_has_no_depth_does_not_start_at_the_surface(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ds = opened(made)
    tracks = stored(ds.assign(sigma=ds["sigma"].where(ds["obs"] < 4)), made)
    again = made.with_name("again.nc")
    release = f'release=[{{ file = "{tracks.name}" }}]'
    assert not said(
        capsys, "run", made.with_name("run.toml"), "--quiet", "--overwrite", "-o", again, "--set", release
    )
    stays = ~np.isin(ds["status"].values[:, -1], [5, 6])
    last = [int(np.flatnonzero(np.isfinite(row))[-1]) for row in ds["x"].values[:, :4]]
    found = opened(again)
    x, sigma = (np.sort(ds[name].values[np.arange(len(last)), last][stays]) for name in ("x", "sigma"))
    assert np.array_equal(np.sort(found["x"].values[:, 0]), x)
    assert np.allclose(np.sort(found["sigma"].values[:, 0]), sigma, atol=1e-6)


REFUSED: dict[str, tuple[Change, str]] = {
    "no attributes": (lambda ds: ds.drop_attrs(), "flag_meanings of status is missing"),
    "table, no attributes": (lambda ds: ds.to_dataframe().to_xarray(), "flag_meanings of status is missing"),
    "one trajectory": (lambda ds: ds.isel(trajectory=0), "trajectory"),
    "one record": (lambda ds: ds.isel(obs=-1), "obs"),
    "no record": (lambda ds: ds.isel(obs=slice(0)), "no"),
    "no name": (lambda ds: ds.isel(release_index=[0]), "release: holds 1, and release_name names 1"),
    "status halved": (
        lambda ds: ds.assign(status=(0.5 * ds["status"]).assign_attrs(ds["status"].attrs)), "no whole number, such as 0.5",
    ),
    "status beyond": (lambda ds: ds.assign(status=(9 + ds["status"]).assign_attrs(ds["status"].attrs)), "none of not_released"),
    "one position each": (
        lambda ds: ds.drop_vars("x").assign(x=ds["x"].isel(obs=-1, drop=True)), "x: has the dimensions (trajectory)",
    ),
    "times that differ": (
        lambda ds: xarray.concat(
            [ds, ds.assign_coords(time=ds["time"] + np.timedelta64(1, "D"))], "trajectory", data_vars="minimal"
        ),
        "time: differs along trajectory",
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", REFUSED)
def test_what_cannot_be_told_is_refused_by_all(
    made: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change, words = REFUSED[how]
    changed = change(opened(made))
    tracks = stored(changed, made)
    release = f'release=[{{ file = "{tracks.name}" }}]'
    for command in (
        ("stats", tracks, "-o", made.with_name("none.nc")), ("plot", tracks, "-o", made.with_name("none.png")),
        ("run", made.with_name("run.toml"), "--quiet", "-o", made.with_name("none.tracks.nc"), "--set", release),
    ):  # fmt: skip
        assert words in said(capsys, *command), command[0]
    with pytest.raises(RunFileError, match=r"no|missing|differs|names|dimension"):
        changed.drift.plot()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (twice, "one number twice"),
        (lambda ds: ds.isel(obs=slice(3, None)), "particles start before its first record"),
        (lambda ds: ds.isel(obs=slice(None, None, 2)), "is not what its records are apart"),
        (lambda ds: ds.assign_attrs(run_file="{"), "doesn't say by what run file"),
    ],
)
def test_what_is_no_whole_run_has_no_statistics(
    made: Path, change: Change, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert words in said(capsys, "stats", stored(change(opened(made)), made), "-o", made.with_name("none.nc"))


@pytest.mark.parametrize(
    "options", [{"decode_times": False}, {"decode_times": xarray.coders.CFDatetimeCoder(use_cftime=True)}]
)
def test_times_may_be_numbers_or_dates_of_cftime(made: Path, options: dict[str, object]) -> None:
    expected, found = DatasetTracks(opened(made)), DatasetTracks(opened(made, **options))
    assert np.array_equal(expected.times, found.times)
    assert np.array_equal(expected.born(np.arange(5)), found.born(np.arange(5)))
    assert found.calendar
    expected_counts, counts = statistics(made), statistics(stored(opened(made, **options), made))
    for name, values in expected_counts.items():
        assert np.array_equal(counts[name], values, equal_nan=values.dtype.kind == "f"), name


def test_the_accessor_counts_in_whole_tracks_only(made: Path) -> None:
    with xarray.open_dataset(made) as ds:
        whole = ds.drift.density(**BOX)
        assert whole.equals(ds.sortby("trajectory").drift.density(**BOX))
        for changed in (
            ds.assign(status=ds["status"].where(ds["status"] == 1)), ds.assign_coords(x=ds["x"].where(ds["x"] > 5000)),
            ds.isel(obs=slice(0, 3)), ds.drop_vars("release"), ds.sortby(ds["y"].isel(obs=0)),
        ):  # fmt: skip
            with pytest.raises(RunFileError, match="statistics are of whole tracks"):
                changed.drift.density(**BOX)
    with pytest.raises(RunFileError, match="holds no trajectory, or no record"):
        opened(made).isel(trajectory=slice(0)).drift.plot()
