"""Input made to do harm: no code of it runs, nothing outside the output folder is written, no memory is taken
without bound.

Everything here goes the way of `fvdrift plan`: it is a run, or refused in a sentence. Each test takes little
memory and time, or it would not end.
"""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from forcing.odd_files import small_file
from fvdrift.errors import ForcingError, FvdriftError, RunFileError
from fvdrift.preparation.prepare import prepare_run
from fvdrift.preparation.size import check_size
from fvdrift.settings.load import load_run_file
from system.workshop import contents, start

POINT = "point = [421000.0, 5541000.0]"
ROOM = 2 << 30  # bytes that a refusal may take more than there was before


@pytest.fixture(autouse=True)
def little_memory() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_AS)
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + ROOM, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.fixture
def planned(tmp_path: Path) -> Callable[..., str]:
    """What planning a run file says: its text, with a good forcing and one release unless others are
    given."""

    def plan(text: str = "", release: str = POINT, forcing: str = "") -> str:
        if not forcing:
            small_file().write(tmp_path / "flow.nc")
        path = tmp_path / "run.toml"
        path.write_text(
            f'{text}\n[forcing]\nfiles = ["{forcing or "flow.nc"}"]\n[[release]]\n{release}\n',
            encoding="utf-8",
        )
        before = set(contents(tmp_path))
        try:
            prepared = prepare_run(load_run_file(path))
            check_size([prepared], 1)
            prepared.source.check()
            prepared.series.close()
            said = "a run"
        except FvdriftError as error:
            said = str(error)
        assert set(contents(tmp_path)) == before
        return said

    return plan


def test_a_harmless_run_is_one(planned: Callable[..., str]) -> None:
    assert planned() == "a run"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('time.step = "1us"', "steps between two frames"),
        ('time.step = "4ms"\noutput.every = "4ms"', "output.every: gives 1,800,000 times"),
        (
            'time.step = "4ms"\n[[alert]]\nwhen = "max(x) > 0"\nevery = "4ms"',
            "alert.0.every: gives 1,800,000 times",
        ),
        ("parallel.parts = 1000000000", "is too large"),
        ("parallel.threads = 1000000000", "is too large"),
        ("seed = " + "9" * 4000, "is too large"),
        ("seed = " + "9" * 5000, "not valid TOML"),
        ("title = " + "[" * 100_000, "nested too deep"),
        ("title = " + "{a=" * 100_000, "nested too deep"),
        ("a." * 100_000 + "b = 1", "nested too deep"),
        ("[" + "'a' . " * 100_000 + "b]", "nested too deep"),
        ('title = "\\u0000"', "zero character"),
        ('output.file = "a\\u0000.nc"', "zero character"),
        ('output.every = "1e999 h"', "too large"),
        ('output.every = "1e-999 h"', ""),
        ("output.variables = [" + ", ".join(f'"v{i}"' for i in range(50_000)) + "]", ""),
        (
            '[[field]]\nname = "f"\nexpression = "' + "(" * 900 + "x" + ")" * 900 + '"',
            "brackets inside each other",
        ),
        ('[[field]]\nname = "f"\nexpression = "' + "-" * 1900 + 'x"', ""),
        ('[[field]]\nname = "f"\nexpression = "9**9**9**9**9"', "a run"),
        (
            "[[field]]\nname = \"f\"\nexpression = \"__import__('os').system('touch broken')\"",
            "has no meaning here",
        ),
        ('[[field]]\nname = "f"\nexpression = "(lambda: 0)()"', "has no meaning here"),
        ('[[field]]\nname = "f"\nexpression = "u.__class__"', "is neither a number nor a name"),
        ('[[alert]]\nwhen = "max(exec(x)) > 0"', "unknown function"),
        ('[boundary]\nopen = "/dev/zero"', "is larger than"),
        ('[boundary]\nopen = "run.toml"', "holds no open boundary nodes"),
    ],
    ids=range(25),
)
def test_run_files(planned: Callable[..., str], text: str, says: str) -> None:
    assert says in planned(text)


@pytest.mark.parametrize(
    ("release", "says"),
    [
        (f"{POINT}\ncount = 1000000000000000000", "is too large"),
        (f"{POINT}\ncount = 1e300", "is too large"),
        (f"{POINT}\ncount = 200000000000", "particles"),
        (f"{POINT}\ncount = 90000000000", "are needed"),
        (f'{POINT}\nevery = "1us"', "is not a multiple of time.step"),
        ("point = [1e400, 0]", "not a number"),
        ("point = [1e15, -1e15]", ""),
        ('file = "/dev/zero.csv"', "cannot be read"),
        ('file = "zero.csv"', "not a CSV file"),
        ('file = "zero.geojson"', "is larger than"),
        ('file = "zero.nc"', "there is no such file"),
        ('file = "loop.csv"', "cannot be read"),
        ('file = "."', "is none of .csv"),
        ('file = "folder.csv"', "cannot be read"),
        ('file = "deep.geojson"', "is not GeoJSON"),
        ('file = "digits.geojson"', "is not GeoJSON"),
        ('file = "many.csv"', "particles"),
    ],
    ids=range(17),
)
def test_releases(
    planned: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, release: str, says: str
) -> None:
    monkeypatch.setattr("fvdrift.tools.geojson.LARGEST_FILE", 10)
    for suffix in ("csv", "geojson", "nc"):
        (tmp_path / f"zero.{suffix}").symlink_to("/dev/zero")
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "deep.geojson").write_text('{"type": "Polygon", "coordinates": ' + "[" * 100_000)
    (tmp_path / "digits.geojson").write_text('{"type": "Point", "coordinates": [' + "9" * 10_000 + ", 0]}")
    (tmp_path / "many.csv").write_text("x,y,count\n" + "421000,5541000,100000000000\n" * 1000)
    (tmp_path / "folder.csv" / "x").write_text("")
    monkeypatch.setattr(
        "fuzz.test_hostile_input.contents", lambda folder: {p.name: b"" for p in folder.iterdir()}
    )
    small_file().write(tmp_path / "flow.nc")
    assert says in planned(release=release)


def test_many_releases_are_too_many(planned: Callable[..., str]) -> None:
    said = planned('time.step = "4ms"\noutput.every = "1h"', f'{POINT}\nevery = "4ms"')
    assert "release.0.every: gives 1800001 release times" in said


def claiming(folder: Path, **sizes: int) -> Path:
    """A NetCDF-4 file of a few kilobytes whose dimensions claim to be huge; nothing in it was ever
    written."""
    path = folder / "huge.nc"
    dims = {"time": 2, "siglay": 3, "siglev": 4, "node": 20, "nele": 24, "three": 3, "DateStrLen": 26} | sizes
    with netCDF4.Dataset(path, "w") as data:
        for name, size in dims.items():
            data.createDimension(name, size)
        for name, of in {
            "x": ("node",), "y": ("node",), "h": ("node",), "nv": ("three", "nele"), "siglay": ("siglay", "node"),
            "time": ("time",), "zeta": ("time", "node"), "u": ("time", "siglay", "nele"), "v": ("time", "siglay", "nele"),
        }.items():  # fmt: skip
            chunks = tuple(min(dims[dim], 1000) for dim in of)
            data.createVariable(name, "i4" if name == "nv" else "f4", of, zlib=True, chunksizes=chunks)
    assert path.stat().st_size < 200_000
    return path


@pytest.mark.parametrize("sizes", [
    {"nele": 10**12}, {"node": 10**12}, {"node": 2**31}, {"siglay": 10**12}, {"time": 10**12}, {"nele": 2**31 - 1},
    {"siglay": 10**9, "nele": 10**6}, {"three": 10**12}, {"time": 9_999_999, "siglay": 10**7},
], ids=str)  # fmt: skip
def test_a_file_that_claims_to_be_huge(
    planned: Callable[..., str], tmp_path: Path, sizes: dict[str, int]
) -> None:
    claiming(tmp_path, **sizes)
    said = planned(forcing="huge.nc")
    assert "huge.nc" in said
    assert "\n" not in said


@pytest.mark.parametrize("name", ["/dev/zero", "pipe.nc", "loop.nc", ".", "text.nc"])
def test_what_is_no_file_of_forcing(
    planned: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    os.mkfifo(tmp_path / "pipe.nc")
    (tmp_path / "loop.nc").symlink_to("loop.nc")
    (tmp_path / "text.nc").write_bytes(b"\x89HDF\r\n\x1a\n" + b"\0" * 10_000)
    monkeypatch.setattr(
        "fuzz.test_hostile_input.contents", lambda folder: {p.name: b"" for p in folder.iterdir()}
    )
    assert Path(name).name in planned(forcing=name) or name == "."


def test_names_that_are_no_text(tmp_path: Path) -> None:
    """File names of Linux are bytes: one that is not UTF-8 is refused, and its name in a command does not
    break the record."""
    folder = tmp_path / os.fsdecode(b"f\xff")
    folder.mkdir()
    small_file().write(tmp_path / "flow.nc").rename(folder / "flow.nc")
    run_file = folder / "run.toml"
    run_file.write_text(f"[forcing]\nfiles = ['*.nc']\n[[release]]\n{POINT}\n")
    with pytest.raises(FvdriftError):
        prepare_run(load_run_file(run_file))
    done = subprocess.run(
        [sys.executable, "-P", "-m", "fvdrift.cli", "run", os.fsencode(run_file)],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in (2, 3), done.stderr
    assert b"Traceback" not in done.stderr


def test_a_record_holds_whatever_a_command_was(tmp_path: Path) -> None:
    from fvdrift.output.run_record import RunRecord

    record = RunRecord(
        tmp_path / "a.run.json", command=[os.fsdecode(b"r\xff.toml"), "\0"], ranks=1, versions={}
    )
    record.write(0)
    assert json.loads((tmp_path / "a.run.json").read_text())["exit"] == 0


def test_a_run_file_that_never_ends(tmp_path: Path) -> None:
    (tmp_path / "run.toml").symlink_to("/dev/zero")
    with pytest.raises(RunFileError, match="is larger than 64 MB"):
        load_run_file(tmp_path / "run.toml")


def test_outputs_are_written_beside_each_other_and_nowhere_else(tmp_path: Path) -> None:
    """Names of releases, fields and habitats are text, also where they look like paths."""
    small_file().write(tmp_path / "flow.nc")
    (tmp_path / "in" / "out").mkdir(parents=True)
    run_file = tmp_path / "in" / "run.toml"
    run_file.write_text(
        'title = "../../title"\n[forcing]\nfiles = ["../flow.nc"]\n[time]\nstep = "10min"\n[[release]]\nname = "../../river"\n'
        f'{POINT}\n[output]\nfile = "out/tracks.nc"\nvariables = ["zeta"]\n'
    )
    before = set(contents(tmp_path))
    done = start("run", run_file, timeout=120)
    assert done.returncode == 0, done.stderr
    assert set(contents(tmp_path)) - before == {"in/out/tracks.nc", "in/out/tracks.run.json"}


def test_a_series_of_numbers_beyond_all_reason(tmp_path: Path) -> None:
    file = small_file()
    for name in ("x", "y"):
        file.set(name, np.full(20, 1e38, "f4"))
    with pytest.raises(ForcingError):
        prepare_run(load_run_file(_run(tmp_path, file)))


def _run(folder: Path, file) -> Path:
    file.write(folder / "flow.nc")
    path = folder / "run.toml"
    path.write_text(f'[forcing]\nfiles = ["flow.nc"]\n[[release]]\n{POINT}\n')
    return path
