"""What can't be run is refused in seconds with its exit code and one sentence, and nothing is written over or
left."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import netCDF4
import numpy as np
import pytest

from fvdrift.cli import main
from fvdrift.version import __version__

from .flows import channel, gyres, without
from .workshop import HOUR, Tree, contents, needs_mpiexec, start, write_run

SECONDS = 30.0  # most of it is the start of Python on a busy machine


class Refusal(NamedTuple):
    """How a good run is spoilt, what it then ends with, and what the sentence must say."""

    spoil: Callable[[Path, Tree], Any]
    code: int
    says: tuple[str, ...]
    ranks: bool = False


def good(folder: Path) -> Tree:
    """A run that nothing is wrong with, with the tracks of an earlier one beside it."""
    forcing = channel(folder / "flow.nc", gyres(0.3), elements=60, frames=3)
    return {
        "forcing": {"files": [forcing.name]}, "time": {"step": "10min"},
        "release": [{"count": 20, "box": [0.0, 0.0, 10_000.0, 2500.0]}], "output": {"file": "tracks.nc", "every": "1h"},
    }  # fmt: skip


def setting(table: str, **keys: Any) -> Callable[[Path, Tree], None]:
    def spoil(folder: Path, tree: Tree) -> None:
        tree[table] = {**tree.get(table, {}), **keys}

    return spoil


def release(**keys: Any) -> Callable[[Path, Tree], None]:
    def spoil(folder: Path, tree: Tree) -> None:
        tree["release"][0] = {"count": 2, **keys}

    return spoil


def file(name: str, text: str, **keys: Any) -> Callable[[Path, Tree], None]:
    def spoil(folder: Path, tree: Tree) -> None:
        (folder / name).write_text(text)
        tree["release"][0] = {"file": name, **keys}

    return spoil


def truncated(folder: Path, tree: Tree) -> None:
    path = folder / "flow.nc"
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])


def truncated_classic(folder: Path, tree: Tree) -> None:
    channel(folder / "flow.nc", gyres(0.3), elements=60, frames=3, format="NETCDF3_64BIT_OFFSET")
    truncated(folder, tree)


def folded(folder: Path, tree: Tree) -> None:
    """One half of the mesh turned over, on the other."""
    with netCDF4.Dataset(folder / "flow.nc", "a") as data:
        x = data["x"][:]
        data["x"][:] = np.where(x > 5050.0, 10_130.0 - x, x)


def no_netcdf(folder: Path, tree: Tree) -> None:
    (folder / "flow.nc").write_text("Dear colleague, the files are on the other disk.\n")


def empty(folder: Path, tree: Tree) -> None:
    (folder / "flow.nc").write_bytes(b"")


def surface_only(folder: Path, tree: Tree) -> None:
    with netCDF4.Dataset(folder / "flow.nc") as old, netCDF4.Dataset(folder / "surface.nc", "w") as new:
        for name, dimension in old.dimensions.items():
            if not name.startswith("sig"):
                new.createDimension(name, None if dimension.isunlimited() else len(dimension))
        for name, variable in old.variables.items():
            kept = [(n, i) for i, n in enumerate(variable.dimensions) if not n.startswith("sig")]
            if len(kept) == variable.ndim or name in ("u", "v"):
                made = new.createVariable(name, variable.dtype, [n for n, _ in kept])
                made.setncatts({key: variable.getncattr(key) for key in variable.ncattrs()})
                made[...] = variable[...] if len(kept) == variable.ndim else variable[:, 0]
    tree["forcing"] = {"files": ["surface.nc"]}


def depth_mean_only(folder: Path, tree: Tree) -> None:
    surface_only(folder, tree)
    with netCDF4.Dataset(folder / "surface.nc", "a") as data:
        data.renameVariable("u", "ua_")
        data.renameVariable("v", "va_")


def one_record(folder: Path, tree: Tree) -> None:
    channel(folder / "flow.nc", gyres(0.3), elements=60, frames=1)


def a_gap(folder: Path, tree: Tree) -> None:
    channel(folder / "flow.nc", gyres(0.3), elements=60, frames=3)
    later = int(np.datetime64("2020-05-01T06:00:00", "us").astype(np.int64))
    write = {"elements": 60, "frames": 3}
    channel(folder / "late.nc", without(gyres(0.3)), **write)
    with netCDF4.Dataset(folder / "late.nc", "a") as data:
        data["Itime2"][:] = data["Itime2"][:] + 6 * HOUR // 1000
        data["time"][:] = data["time"][:] + 0.25
        for i in range(3):
            text = str(np.datetime64(later + i * HOUR, "us")).ljust(26)
            data["Times"][i] = np.array(list(text), "S1")
    tree["forcing"] = {"files": ["flow.nc", "late.nc"]}


def other_mesh(folder: Path, tree: Tree) -> None:
    channel(folder / "other.nc", gyres(0.3), elements=80, frames=3)
    tree["forcing"] = {"files": ["flow.nc", "other.nc"]}


def two_hours(folder: Path, tree: Tree) -> None:
    tree["time"]["step"] = tree["output"]["every"] = "2h"


def beside_the_steps_of_a_backward_run(folder: Path, tree: Tree) -> None:
    """They lie on the grid from its end, which its beginning, where releases count from, does not."""
    tree["time"] = {"start": "5min", "end": "2h", "step": "10min", "direction": "backward"}
    tree["release"][0]["every"] = "20min"


def no_projection_of_a_sphere(folder: Path, tree: Tree) -> None:
    channel(folder / "flow.nc", gyres(0.3), elements=60, frames=3, coordinates="geographic")
    tree["forcing"]["projection"] = "EPSG:1"
    tree["release"] = [{"point": [5000.0, 1000.0], "coordinates": "projected"}]


def no_calendar(folder: Path, tree: Tree) -> None:
    channel(folder / "flow.nc", gyres(0.3), elements=60, frames=3, calendar=False)
    tree["time"]["start"] = "2020-05-01T00:00:00Z"


def unreadable(folder: Path, tree: Tree) -> None:
    tree["output"]["file"] = "run.toml/tracks.nc"


def folder_as_output(folder: Path, tree: Tree) -> None:
    (folder / "there.nc").mkdir()
    tree["output"]["file"] = "there.nc"


def unfinished(folder: Path, tree: Tree) -> None:
    (folder / "tracks.nc").unlink()
    (folder / "tracks.nc.part").write_bytes(b"records of a run that crashed")


def nothing(folder: Path, tree: Tree) -> None:
    pass


LAND = [50_000.0, 50_000.0]
REFUSALS = {
    "output exists": Refusal(nothing, 2, ("tracks.nc", "exists", "--overwrite", "output.file"), True),
    "records exist": Refusal(unfinished, 2, ("tracks.nc.part", "--overwrite"), True),
    "output is a folder": Refusal(folder_as_output, 2, ("there.nc", "output.file")),
    "no folder for output": Refusal(unreadable, 4, ("run.toml", "output.file"), True),
    "output among forcing": Refusal(setting("output", file="flow.nc"), 2, ("run.toml: output.file", "flow.nc")),
    "output not .nc": Refusal(setting("output", file="tracks.txt"), 2, ("run.toml: output.file", ".nc")),
    "before the forcing": Refusal(setting("time", start="2020-04-30T23:00:00Z"), 3, ("flow.nc", "time.start", "covers"), True),
    "beyond the forcing": Refusal(setting("time", duration="1d"), 3, ("flow.nc", "2020-05-02T00:00:00Z", "time.end")),
    "ends before it begins": Refusal(setting("time", start="1h", end="30min"), 2, ("run.toml: time", "end"), True),
    "step too long": Refusal(two_hours, 2, ("run.toml: time.step", "1 h", "flow.nc"), True),
    "a date without calendar": Refusal(no_calendar, 2, ("run.toml: time.start", "no calendar"), True),
    "a gap": Refusal(a_gap, 3, ("flow.nc", "no record", "late.nc", "forcing.max_gap")),
    "one record": Refusal(one_record, 3, ("flow.nc", "one record")),
    "truncated": Refusal(truncated, 3, ("flow.nc", "truncated"), True),
    "truncated classic": Refusal(truncated_classic, 3, ("flow.nc", "truncated")),
    "folded": Refusal(folded, 3, ("flow.nc: nv: ", "overlap", "mend the mesh"), True),
    "no NetCDF": Refusal(no_netcdf, 3, ("flow.nc", "not a NetCDF file"), True),
    "empty": Refusal(empty, 3, ("flow.nc", "empty")),
    "missing": Refusal(setting("forcing", files=["gone.nc"]), 3, ("gone.nc", "No such file"), True),
    "no match": Refusal(setting("forcing", files=["gone*.nc"]), 3, ("gone*.nc", "matches no file", "forcing.files")),
    "two meshes": Refusal(other_mesh, 3, ("other.nc", "flow.nc", "one mesh")),
    "surface only": Refusal(surface_only, 3, ("surface.nc", "only the flow at the surface", "advection.dimension"), True),
    "no velocity": Refusal(depth_mean_only, 3, ("surface.nc", "velocity")),
    "no projection": Refusal(setting("forcing", projection="EPSG:1"), 2, ("run.toml: forcing.projection", "EPSG:1")),
    "a sphere for a plane": Refusal(setting("forcing", projection="EPSG:4326"), 2, ("run.toml: forcing.projection", "metres")),
    "no projection of a sphere": Refusal(no_projection_of_a_sphere, 2, ("run.toml: forcing.projection", "EPSG:1")),
    "other coordinates": Refusal(
        setting("forcing", coordinates="geographic"), 3, ("flow.nc", "forcing.coordinates", "geographic")
    ),
    "unknown key": Refusal(setting("time", stepp="60s"), 2, ("run.toml: time.stepp", "unknown key", "step"), True),
    "unknown table": Refusal(setting("boundry", coast="slide"), 2, ("run.toml: boundry", "unknown key", "boundary")),
    "bad value": Refusal(setting("advection", scheme="rk5"), 2, ("run.toml: advection.scheme", "rk5", "rk4")),
    "bad unit": Refusal(setting("time", step="60 furlongs"), 2, ("run.toml: time.step", "furlongs")),
    "output beside steps": Refusal(setting("output", every="15min"), 2, ("run.toml: output.every", "10 min", "20 min"), True),
    "unknown variable": Refusal(
        setting("output", variables=["salinty"]), 2, ("run.toml: output.variables", "salinty", "did you mean salinity"), True
    ),
    "the name of a column": Refusal(setting("output", variables=["status"]), 2, ("run.toml: output.variables", "status")),
    "no such obc file": Refusal(setting("boundary", open="gone_obc.dat"), 2, ("gone_obc.dat", "boundary.open"), True),
    "no open side": Refusal(
        setting("boundary", open=[[4000.0, 1000.0], [4100.0, 1000.0], [4100.0, 1100.0]]), 2, ("run.toml: boundary.open", "side")
    ),
    "nothing released": Refusal(file("none.csv", "x,y,count\n5000,1000,0\n"), 2, ("run.toml: release", "no particle"), True),
    "on land": Refusal(release(name="farm", point=LAND), 2, ("run.toml", "release", "farm", "50000", "allow_outside"), True),
    "no water in a box": Refusal(release(name="farm", box=[*LAND, 60_000.0, 60_000.0]), 2, ("run.toml", "farm", "no water")),
    "a row on land": Refusal(file("sites.csv", "x,y,name\n5000,1000,a\n50000,1000,b\n"), 2, ('"b"', "allow_outside")),
    "released too early": Refusal(
        release(point=[5000.0, 1000.0], start="2020-04-30T00:00:00Z"), 2, ("run.toml: release.0.start", "outside the run"), True
    ),
    "released too late": Refusal(release(point=[5000.0, 1000.0], start="3h"), 2, ("run.toml: release.0.start", "outside")),
    "a row too late": Refusal(
        file("late.csv", "x,y,time\n5000,1000,2020-05-01T05:00:00Z\n"), 2, ("late.csv: line 2", "time", "outside the run")
    ),
    "released within a step": Refusal(
        release(point=[5000.0, 1000.0], start="61min"), 2, ("run.toml: release.0.start", "01:00:00", "01:10:00")
    ),
    "released every half step": Refusal(
        release(point=[5000.0, 1000.0], every="15min"), 2, ("run.toml: release.0.every", "10 min", "20 min")
    ),
    "released beside the steps of a backward run": Refusal(
        beside_the_steps_of_a_backward_run, 2, ("run.toml: release.0.start", "00:05:00", "take 2020-05-01T00:10:00Z")
    ),
    "degrees without projection": Refusal(
        release(point=[-4.0, 50.0], coordinates="geographic"), 2, ("run.toml: release", "forcing.projection")
    ),
    "no such points": Refusal(release(file="gone.csv"), 2, ("gone.csv", "No such file")),
    "no such tracks": Refusal(release(file="gone.nc"), 2, ("gone.nc", "no such file")),
    "forcing as tracks": Refusal(release(file="flow.nc"), 2, ("flow.nc", "not a file of tracks")),
    "broken GeoJSON": Refusal(file("zones.geojson", "{"), 2, ("zones.geojson", "is not GeoJSON")),
}  # fmt: skip


@pytest.fixture
def spoilt(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Path, Refusal, dict[str, bytes]]:
    """A run file of one of REFUSALS, what to expect, and what is in its folder."""
    refusal = REFUSALS[request.param]
    tree = good(tmp_path)
    (tmp_path / "tracks.nc").write_bytes(b"tracks of an earlier run")
    (tmp_path / "tracks.run.json").write_text(json.dumps({"exit": 0}))
    refusal.spoil(tmp_path, tree)
    path = write_run(tmp_path, tree)
    if refusal.spoil not in (nothing, unfinished):
        (tmp_path / "tracks.nc").unlink()
    return path, refusal, contents(tmp_path)


def judge(refusal: Refusal, code: int, out: str, err: str) -> None:
    assert out == ""
    first, *rest = err.strip().splitlines()
    assert first.startswith(f"fvdrift {__version__}: reading "), err
    slow = ("loading libraries ", "compiling small kernels ")
    rest = [line for line in rest if not line.startswith(slow)]
    assert len(rest) == 1, err
    assert rest[0].startswith("fvdrift: error: "), err
    for words in refusal.says:
        assert words in rest[0]
    assert code == refusal.code


@pytest.mark.parametrize("spoilt", REFUSALS, indirect=True)
def test_refused(spoilt: tuple[Path, Refusal, dict[str, bytes]], capsys: pytest.CaptureFixture[str]) -> None:
    """In this process, which saves its start."""
    path, refusal, before = spoilt
    code = main(["run", str(path)])
    said = capsys.readouterr()
    judge(refusal, code, said.out, said.err)
    assert contents(path.parent) == before


def refused_as_a_command(spoilt: tuple[Path, Refusal, dict[str, bytes]], ranks: int) -> None:
    path, refusal, before = spoilt
    began = time.monotonic()
    done = start("run", path, ranks=ranks, timeout=2 * SECONDS)
    assert time.monotonic() - began < SECONDS
    judge(refusal, done.returncode, done.stdout, done.stderr)
    assert contents(path.parent) == before


SOME = ("output exists", "no folder for output", "truncated", "unknown variable", "on land", "bad value")


@pytest.mark.parametrize("spoilt", SOME, indirect=True)
def test_refused_as_a_command(spoilt: tuple[Path, Refusal, dict[str, bytes]]) -> None:
    refused_as_a_command(spoilt, 0)


ON_RANKS = ("output exists", "on land")


@needs_mpiexec
@pytest.mark.parametrize("spoilt", ON_RANKS, indirect=True)
def test_refused_on_three_ranks(spoilt: tuple[Path, Refusal, dict[str, bytes]]) -> None:
    """Said once, and all ranks leave by the same code."""
    refused_as_a_command(spoilt, 3)


@needs_mpiexec
@pytest.mark.validation
@pytest.mark.parametrize("spoilt", [name for name in REFUSALS if name not in ON_RANKS], indirect=True)
def test_all_refused_on_three_ranks(spoilt: tuple[Path, Refusal, dict[str, bytes]]) -> None:
    refused_as_a_command(spoilt, 3)


def test_what_overwrite_overwrites(tmp_path: Path) -> None:
    """Only what the run writes; and nothing, where the run is refused for another reason."""
    tree = good(tmp_path)
    (tmp_path / "tracks.nc").write_bytes(b"tracks of an earlier run")
    path = write_run(tmp_path, {**tree, "release": [{"point": LAND}]})
    before = contents(tmp_path)
    assert main(["run", str(path), "--overwrite", "--quiet"]) == 2
    assert contents(tmp_path) == before
    write_run(tmp_path, tree)
    assert main(["run", str(path), "--overwrite", "--quiet"]) == 0
    after = contents(tmp_path)
    assert after.keys() == before.keys() | {"tracks.run.json"}
    assert after["tracks.nc"] != before["tracks.nc"]
    assert main(["run", str(path), "--quiet"]) == 2
    assert contents(tmp_path) == after


def test_problems_are_said_all_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree = good(tmp_path)
    tree["time"]["stepp"] = 1
    tree["advection"] = {"scheme": "rk5"}
    tree["release"].append({"count": 0, "point": [1.0, 2.0]})
    assert main(["run", str(write_run(tmp_path, tree))]) == 2
    said = capsys.readouterr().err
    for key in ("time.stepp", "advection.scheme", "release.1.count"):
        assert f"run.toml: {key}: " in said


def test_copies_that_do_not_see_each_other(tmp_path: Path) -> None:
    """As a launcher of another MPI starts them: each is alone, and would write the same files."""
    path = write_run(tmp_path, good(tmp_path))
    before = contents(tmp_path)
    # the port is closed at once: MPICH then starts alone, as an Open MPI does that finds no launcher of its
    # own
    done = start("run", path, program=["-c", ALONE], PMI_SIZE="2", PMI_RANK="0")
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("fvdrift: error: ") == 1
    assert "2 copies were started, but they don't see each other" in done.stderr
    assert contents(tmp_path) == before


ALONE = """
import os, sys
from unittest import mock
from fvdrift import cli
environment = {name: os.environ.pop(name) for name in ("PMI_SIZE", "PMI_RANK")}
from mpi4py import MPI  # alone, as it would be in a copy that the other library's launcher started
os.environ.update(environment)
sys.exit(cli.main(sys.argv[1:]))
"""


def test_forcing_and_tracks_are_not_replaced_even_by_overwrite(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = good(tmp_path)
    tree["statistic"] = [{"name": "all", "kind": "cloud", "every": "1h"}]
    run, tracks = str(write_run(tmp_path, tree)), tmp_path / "tracks.nc"
    forcing, link = tmp_path / "flow.nc", tmp_path / "link.nc"
    link.symlink_to(forcing)
    (tmp_path / "buoys.csv").write_text("id,time,x,y\na,0,5000,1000\na,3600,5100,1000\n")
    assert main(["run", run, "--quiet"]) == 0
    capsys.readouterr()
    before = contents(tmp_path)
    for words, *given in (
        ("is forcing of this run, and is kept", "run", run, "-o", forcing),
        ("is forcing of this run, and is kept", "run", run, "-o", link),
        ("is forcing of this run, and is kept", "compare", run, tmp_path / "buoys.csv", "-o", forcing),
        ("is forcing of this run, and is kept", "stats", tracks, "-o", forcing),
        ("holds the tracks, and is kept", "stats", tracks, "-o", tracks),
    ):
        assert main([*map(str, given), "--overwrite"]) == 2
        assert words in capsys.readouterr().err
        assert contents(tmp_path) == before
