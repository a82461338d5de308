"""fvdrift compare from the drifters' file to the table: flow and drifters in closed form, and the real estuary on ranks."""

import csv
import math
from pathlib import Path

import netCDF4
import numpy as np
import pytest

import fvdrift
from fvdrift.cli import main
from generate_forcing import Flow

from .cases import EVERYWHERE, FORCING, OPEN
from .flows import DEGREE, channel
from .workshop import START, needs_mpiexec, solve, start, write_run

U = 0.5  # m/s, everywhere, to the east
FLOW = Flow(u=lambda x, y, s, t: U + 0 * x, v=lambda x, y, s, t: 0 * x, omega=lambda x, y, s, t: 0 * s * x)
# name: where it starts, velocity (m/s), and s: mean of d_i over mean of l_oi, which both grow as time does
DRIFTERS = {
    "slow": ((2000.0, 1250.0), (0.4, 0.0), 0.1 / 0.4),
    "askew": ((2000.0, 1000.0), (0.5, 0.2), 0.2 / math.hypot(0.5, 0.2)),
    "against": ((5000.0, 1250.0), (-0.2, 0.0), 0.7 / 0.2),
    "same": ((3000.0, 1300.0), (0.5, 0.0), 0.0),
    "leaves": ((9400.0, 1250.0), (0.4, 0.0), 0.1 / 0.4),
    "ashore": ((3000.0, -700.0), (0.5, 0.0), None),
}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def time_of(seconds: float) -> str:
    return f"{np.datetime64(START, 'us') + np.timedelta64(round(seconds), 's')}"[:19] + "Z"


def observed(path: Path, tracks: dict[str, list[tuple[float, float, float]]], names: str) -> Path:
    """A file of drifters; tracks: (seconds since the start, x, y)."""
    lines = [f"{name},{time_of(t)},{x!r},{y!r}" for name, fixes in tracks.items() for t, x, y in fixes]
    path.write_text("\n".join([f"id,time,{names}", *lines, ""]))
    return path


@pytest.fixture(scope="module")
def in_channel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run file of a uniform flow, and drifters.csv beside it: fixes every half an hour, for two hours."""
    folder = tmp_path_factory.mktemp("channel")
    channel(folder / "channel.nc", FLOW, frames=4)
    tracks = {
        name: [(t, x + u * t, y + v * t) for t in range(0, 7201, 1800)]
        for name, ((x, y), (u, v), _) in DRIFTERS.items()
    }
    observed(folder / "drifters.csv", tracks, "x,y")
    return write_run(folder, {
        "forcing": {"files": ["channel.nc"]}, "boundary": {"open": "channel_obc.dat"}, "advection": {"dimension": "2d"},
        "release": [{"point": [1.0, 1.0]}], "output": {"every": "10min", "file": "run.nc"},
        "statistic": [{"kind": "density", "box": [0.0, 0.0, 1e4, 2.5e3], "cells": [10, 10]}],
        "alert": [{"when": "count(age >= 0) > 0", "action": "stop"}],
    })  # fmt: skip


def test_closed_form(in_channel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = in_channel.parent
    assert (
        main(["compare", str(in_channel), str(folder / "drifters.csv"), "--every", "30min", "--for", "1h"])
        == 0
    )
    said = capsys.readouterr()
    found = rows_of(folder / "drifters-compared.csv")
    assert len(found) == 6 * 4
    checked = 0
    for row in found:
        _, (u, v), s = DRIFTERS[row["drifter"]]
        late = (np.datetime64(row["start"][:-1]) - np.datetime64(START, "us")) / np.timedelta64(1, "s")
        lead = float(row["lead_hours"]) * 3600
        if row["drifter"] == "ashore":
            assert (row["particles"], row["skill"], row["separation_1h_m"], lead) == ("0", "", "", 0.0)
            continue
        if row["drifter"] == "leaves":
            # both go to the end of the channel, the particle faster: 600 m less 0.4 m/s of what went before, at 0.5 m/s
            inside = (600 - 0.4 * late) / U
            if inside < 0:
                assert row["particles"] == "0"
                continue
            expected = min(3600, 7200 - late, math.floor(inside / 600) * 600)
            assert lead == pytest.approx(expected)
            if not lead:
                continue
        else:
            assert lead == min(3600, 7200 - late)
        assert s is not None
        assert float(row["observed_length_m"]) == pytest.approx(math.hypot(u, v) * lead, abs=0.1)
        assert float(row["s"]) == pytest.approx(s, abs=2e-4)
        assert float(row["skill"]) == pytest.approx(1 - s if s <= 1 else 0.0, abs=2e-4)
        assert float(row["skill_at_rest"]) == 0.0
        if lead == 3600:
            assert float(row["separation_1h_m"]) == pytest.approx(math.hypot(U - u, v) * 3600, abs=0.1)
        checked += 1
    assert checked > 15
    assert {float(row["skill"]) for row in found if row["drifter"] == "against"} == {0.0}
    assert "of 24 starts lie off the mesh or on land, and have no skill" in said.out
    assert "left the mesh or died before the end of their comparison: " in said.out
    assert (folder / "drifters-compared.png").read_bytes().startswith(b"\x89PNG")
    with netCDF4.Dataset(folder / "drifters-compared.nc") as tracks:
        assert len(tracks.dimensions["trajectory"]) == 24
    assert not (folder / "drifters-compared.stats.nc").exists()


def test_from_python_and_again(in_channel: Path) -> None:
    """Twice: the function is still there when the room of the same subject has been loaded."""
    folder = in_channel.parent
    wanted = {
        "every": "1h",
        "longest": "1h",
        "tolerance": 4.0,
        "output": folder / "python",
        "progress": False,
    }
    fvdrift.compare(in_channel, folder / "drifters.csv", **wanted)
    with pytest.raises(fvdrift.RunFileError, match=r"python\.nc: exists: give overwrite=True"):
        fvdrift.compare(in_channel, folder / "drifters.csv", **wanted)
    found = fvdrift.compare(in_channel, folder / "drifters.csv", overwrite=True, **wanted)
    assert found.table == folder / "python.csv"
    against = next(row for row in found.rows if row["drifter"] == "against")
    assert against["skill"] == pytest.approx(1 - 3.5 / 4, abs=2e-4)
    assert set(found.dataset.release_name.values.astype(str)) == set(DRIFTERS)


def test_on_the_sphere_distances_are_those_of_the_ellipsoid(tmp_path: Path) -> None:
    channel(tmp_path / "sphere.nc", FLOW, frames=2, coordinates="geographic")
    lon, lat = -4.0 + 3000 / (DEGREE * math.cos(math.radians(50.0))), 50.0 + 1250 / DEGREE
    observed(tmp_path / "moored.csv", {"mooring": [(0, lon, lat), (3600, lon, lat)]}, "lon,lat")
    run = write_run(tmp_path, {
        "forcing": {"files": ["sphere.nc"], "time_interpolation": "linear"},
        "release": [{"point": [lon, lat]}], "output": {"every": "30min"},
    })  # fmt: skip
    found = fvdrift.compare(run, tmp_path / "moored.csv", every="1h", longest="1h", progress=False)
    (row,) = found.rows
    # the particle goes along a parallel of FVCOM's sphere; that many degrees are longer on the ellipsoid
    degrees = U * 3600 / (DEGREE * math.cos(math.radians(lat)))
    a, e2 = 6_378_137.0, 0.00669437999014
    on_ellipsoid = (
        math.radians(degrees)
        * math.cos(math.radians(lat))
        * a
        / math.sqrt(1 - e2 * math.sin(math.radians(lat)) ** 2)
    )
    assert row["separation_1h_m"] == pytest.approx(on_ellipsoid, abs=0.3)
    assert abs(on_ellipsoid - U * 3600) > 4
    assert row["skill"] is None, "the drifter lay still"


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (["--every", "25min"], "--every 25 min is no multiple of output.every, 10 min", 2),
        (["--for", "0h"], "must be longer than 0 s", 2),
        (["--set", "time.direction=backward"], "time.direction: drifters are compared with a forward run", 2),
        (["--set", "time.start=150min"], "nothing can be compared: no drifter has fixes for 10 min or more", 2),
        (["-o", "drifters"], "holds the drifters, and is kept", 2),
        (["-o", ""], "-o: '' is no name of files", 2),
        (["-o", "n" * 300], "longer than this system takes", 2),
        (["-o", "made/"], "-o: 'made/' is no name of files", 2),
        (["--tolerance", "0"], "tolerance = 0: must be a number above 0", 2),
    ],
)  # fmt: skip
def test_refused(
    in_channel: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str,
    code: int,
) -> None:  # fmt: skip
    monkeypatch.chdir(in_channel.parent)
    before = (in_channel.parent / "drifters.csv").read_bytes()
    try:
        given = main(
            ["compare", "run.toml", "drifters.csv", "--every", "1h", "--for", "1h", "--overwrite", *arguments]
        )
    except SystemExit as left:
        given = int(left.code or 0)
    assert given == code
    assert said in capsys.readouterr().err
    assert (in_channel.parent / "drifters.csv").read_bytes() == before


def test_files_lie_together_and_what_is_there_is_kept(
    in_channel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run file lies in another folder, which a relative path names, and its output in a third."""
    monkeypatch.chdir(tmp_path)
    tmp_path.joinpath("configs").mkdir()
    for name in ("run.toml", "channel.nc", "channel_obc.dat"):
        tmp_path.joinpath("configs", name).write_bytes((in_channel.parent / name).read_bytes())
    tmp_path.joinpath("drifters.csv").write_bytes((in_channel.parent / "drifters.csv").read_bytes())
    asked = ["compare", "configs/run.toml", "drifters.csv", "--every", "1h", "--for", "1h"]
    asked += ["--set", "output.file=../results/run.nc"]
    results = tmp_path / "results"
    results.mkdir()
    for ending in (".nc", ".csv", ".png", ".starts.csv", ".run.json"):
        foreign = results / f"drifters-compared{ending}"
        foreign.write_text("mine")
        assert main(asked) == 2
        assert f"{foreign}: exists: give --overwrite" in capsys.readouterr().err
        assert foreign.read_text() == "mine"
        assert list(results.iterdir()) == [foreign]
        foreign.unlink()
    assert main(asked) == 0
    assert not tmp_path.joinpath("configs", "results").exists()
    made = {path.name.removeprefix("drifters-compared") for path in results.iterdir()}
    assert made - {".png"} == {".nc", ".csv", ".starts.csv", ".run.json"}
    assert main(asked) == 2
    assert main([*asked, "--overwrite"]) == 0


def test_what_is_wrong_with_run_file_and_drifters_is_told_at_once(
    in_channel: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", str(in_channel), "nowhere.csv", "--set", "time.step=fast"]) == 2
    said = capsys.readouterr().err
    assert "time.step" in said
    assert "nowhere.csv: cannot be read: no such file" in said


@needs_mpiexec
def test_the_estuary_by_its_own_drifters_on_ranks(tmp_path: Path) -> None:
    """Drifters that fvdrift made have a skill of 1; shifted ones less; the table has the same bytes on three ranks."""
    tree = {
        "seed": 3, "forcing": {**FORCING, "projection": "EPSG:32630"}, "time": {"duration": "3h"}, "boundary": OPEN,
        "advection": {"dimension": "2d"}, "release": [{"count": 12, "box": EVERYWHERE}],
        "output": {"every": "10min", "file": "truth.nc"},
    }  # fmt: skip
    run = write_run(tmp_path, tree)
    truth = solve(run)
    with netCDF4.Dataset(truth) as file:
        lon, lat, time = (np.asarray(file[name][...]) for name in ("lon", "lat", "time"))
        origin = np.datetime64(file["time"].units.split("since ")[1].split()[0].rstrip("Z"), "s")
    moments = [
        f"{origin + np.timedelta64(round(float(t)), 's')}Z" for t in (time if time.ndim == 1 else time[0])
    ]
    for name, drift in (("own.csv", 0.0), ("shifted.csv", 1e-3)):
        lines = [
            f"{i},{moment},{float(lon[i, j] + drift * j)!r},{float(lat[i, j])!r}"
            for i in range(12)
            for j, moment in enumerate(moments)
        ]
        (tmp_path / name).write_text("\n".join(["drifter,time,longitude,latitude", *lines, ""]))
    mixed = {"diffusion.horizontal": "1 m2/s", "diffusion.vertical": "kh", "advection.dimension": "3d"}
    wish = {"every": "1h", "longest": "2h", "progress": False}
    own = fvdrift.compare(run, tmp_path / "own.csv", **wish)
    shifted = fvdrift.compare(
        run, tmp_path / "shifted.csv", count=3, output=tmp_path / "one", **wish, **mixed
    )
    scores = [[row["skill"] for row in made.rows if row["skill"] is not None] for made in (own, shifted)]
    assert len(scores[0]) > 24
    # some stand on dry sand when they start again, and go by another clock
    assert np.median(scores[0]) == 1.0
    assert np.mean(scores[0]) > 0.97
    assert np.mean(scores[1]) < 0.9, "the control"

    options = ["--every", "1h", "--for", "2h", "--count", 3, "-o", tmp_path / "three"]
    options += [part for key, value in mixed.items() for part in ("--set", f"{key}={value}")]
    made = start("compare", run, tmp_path / "shifted.csv", *options, ranks=3)
    assert made.returncode == 0, made.stderr
    assert made.stdout.count("Table: ") == 1
    for ending in (".csv", ".starts.csv"):
        one, three = ((tmp_path / name).with_suffix(ending).read_bytes() for name in ("one", "three"))
        assert one == three
    refused = start("compare", run, tmp_path / "none.csv", ranks=3)
    assert refused.returncode == 2
    assert refused.stderr.count("none.csv: cannot be read") == 1
