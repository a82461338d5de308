"""A disk that is full, or goes away: code 4 and one clear sentence on all ranks, and what was written before
stays as it is."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from fvdrift.preparation.prepare import prepare_run
from fvdrift.preparation.run_sizes import ranks_of
from fvdrift.preparation.run_time import predict
from fvdrift.preparation.size import sizes
from fvdrift.settings.load import load_run_file

from .flows import WIDTH, channel, gyres
from .workshop import columns, digest, needs_mpiexec, solve, start, write_run

DISK = Path(__file__).with_name("disk.py")
ROWS = 13
PARTICLES = 2000


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run that meets no trouble; its folder holds the run file too."""
    folder = tmp_path_factory.mktemp("disk")
    forcing = channel(folder / "flow.nc", gyres(0.3), elements=200, frames=7)
    path = write_run(folder, {
        "forcing": {"files": [forcing.name]}, "time": {"step": "10min"},
        "release": [{"count": PARTICLES, "box": [0.0, 0.0, 10_000.0, WIDTH]}], "output": {"file": "tracks.nc", "every": "30min"},
    })  # fmt: skip
    return solve(path)


@pytest.mark.parametrize("count", [1, PARTICLES])
def test_the_plan_says_the_most_that_tracks_can_take(truth: Path, count: int) -> None:
    run_file = load_run_file(truth.with_name("run.toml"), [f"release.0.count={count}"])
    needed = predict(sizes([prepare_run(run_file)]), ranks_of(1, dedicated_from=16))
    tracks = solve(truth.with_name("run.toml"), f"release.0.count={count}", output=f"of_{count}.nc")
    assert tracks.stat().st_size <= needed.final_bytes < 2 * tracks.stat().st_size + 1e5
    if count > 1:  # the control: 0.6 of the records, as they were taken to become
        assert tracks.stat().st_size > 0.6 * ROWS * PARTICLES * 34


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB: twice what the run needs."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a file system")
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fails(what: str, when: str, folder: Path, truth: Path, *more: str, ranks: int = 3) -> str:
    """The sentence a run ends with."""
    done = start(
        what, when, folder, "run", truth.parent / "run.toml", "--quiet", "--overwrite", "--set",
        f"output.file={folder / 'tracks.nc'}", *more, program=[DISK], ranks=ranks, timeout=60,
    )  # fmt: skip
    assert done.returncode == 4, done.stderr
    said = [line for line in done.stderr.splitlines() if line.startswith("fvdrift: ")]
    assert len(said) == 1, done.stderr
    assert "Traceback" not in done.stderr
    return said[0]


def rows_kept(folder: Path, truth: Path) -> int:
    """How many rows the part file counts; all of them are those of the run that met no trouble."""
    whole = columns(truth)
    with netCDF4.Dataset(folder / "tracks.nc.part") as part:
        part.set_auto_mask(False)
        rows = int(part["rows_written"][...])
        for name in ("x", "y", "sigma", "status"):
            assert np.array_equal(part[name][:rows].T, whole[name][:, :rows])
    return rows


@needs_mpiexec
@pytest.mark.parametrize(
    ("when", "rows"), [pytest.param("5", 4, marks=pytest.mark.validation), ("last", ROWS)]
)
def test_a_full_disk(truth: Path, small_disk: Path, when: str, rows: int) -> None:
    older = small_disk / "tracks.nc"
    older.write_bytes(b"of an earlier run")
    said = fails("fill", when, small_disk, truth)
    assert "the disk is full" in said
    assert rows_kept(small_disk, truth) == rows
    assert older.read_bytes() == b"of an earlier run"
    # there is room for it where packing had begun
    left = {path.name for path in small_disk.iterdir()} - {"tracks.run.json"}
    assert left == {"filler", "tracks.nc", "tracks.nc.part"}


@needs_mpiexec
def test_a_folder_that_is_gone(truth: Path, tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    said = fails("remove", "5", folder, truth)
    assert "tracks.nc.part: was removed while the run went on" in said
    assert not folder.exists()


@pytest.mark.parametrize(
    ("when", "says"),
    [("5", "tracks.nc.part: is larger than a file may be here"), ("last", "the records are kept in")],
)
def test_a_limit_to_the_size_of_files(truth: Path, tmp_path: Path, when: str, says: str) -> None:
    said = fails("limit", when, tmp_path, truth, ranks=0)
    assert says in said
    assert rows_kept(tmp_path, truth) == (4 if when == "5" else ROWS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tracks.nc.part"]


@needs_mpiexec
def test_too_little_room_is_told_before_anything_is_done(truth: Path, small_disk: Path) -> None:
    """In bytes; and `plan` says the same."""
    new = ["--set", f"output.file={small_disk / 'new' / 'tracks.nc'}", "--set", "release.0.count=40000"]
    arguments = [truth.parent / "run.toml", *new]
    said = []
    for command, ranks in (("run", 3), ("plan", 0)):
        done = start(command, *arguments, ranks=ranks, timeout=60)
        assert done.returncode == 4, done.stderr
        assert not list(small_disk.iterdir())
        said.append([line for line in done.stderr.splitlines() if "loading libraries" not in line])
    assert said[0] == said[1]
    assert f"{small_disk / 'new'}: " in said[0][-1]
    assert " bytes are needed (" in said[0][-1]
    assert " and 4194304 bytes (4.19 MB) are free" in said[0][-1]


def test_a_disk_that_cannot_be_written_to(truth: Path, small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    done = start(
        "run", truth.parent / "run.toml", "--set", f"output.file={small_disk / 'tracks.nc'}", timeout=60
    )
    assert done.returncode == 4, done.stderr
    assert f"{small_disk}: cannot be written to" in done.stderr


def test_more_particles_than_memory_is_refused_before_it_is_taken(truth: Path, tmp_path: Path) -> None:
    sparse = [f"output.file={tmp_path / 'tracks.nc'}", "output.every=6h", "release.0.count=100000000000"]
    done = start(
        "run", truth.parent / "run.toml", *(word for key in sparse for word in ("--set", key)), timeout=60
    )
    assert done.returncode in (2, 4), done.stderr
    assert "bytes are needed" in done.stderr or "of memory for 100,000,000,000 particles" in done.stderr
    assert not list(tmp_path.iterdir())


@needs_mpiexec
def test_the_disk_without_its_fault_holds_the_run(truth: Path, small_disk: Path) -> None:
    """What the others test is the fault, not the disk."""
    done = start(
        "fill", "99", small_disk, "run", truth.parent / "run.toml", "--quiet", "--set",
        f"output.file={small_disk / 'tracks.nc'}", program=[DISK], ranks=3, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert digest(small_disk / "tracks.nc") == digest(truth)
    assert json.loads((small_disk / "tracks.run.json").read_text())["exit"] == 0
