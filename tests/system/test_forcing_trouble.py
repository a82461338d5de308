"""Forcing that goes bad in mid-run ends all ranks with code 3 and one sentence, and the rows before it are
kept."""

import shutil
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from .flows import WIDTH, channel, gyres
from .workshop import needs_mpiexec, start, write_run

TROUBLE = Path(__file__).with_name("cut_forcing.py")
FRAMES = 9


@pytest.fixture
def run_file(tmp_path: Path) -> Path:
    forcing = channel(tmp_path / "flow.nc", gyres(0.3), elements=200, frames=FRAMES)
    return write_run(tmp_path, {
        "forcing": {"files": [forcing.name]}, "time": {"step": "10min"},
        "release": [{"count": 100, "box": [0.0, 0.0, 10_000.0, WIDTH]}], "output": {"file": "tracks.nc", "every": "1h"},
    })  # fmt: skip


def ends(done, folder: Path, says: str) -> None:
    assert done.returncode == 3, done.stderr
    said = [line for line in done.stderr.splitlines() if line.startswith("fvdrift: ")]
    assert len(said) == 1, done.stderr
    assert says in said[0]
    with netCDF4.Dataset(folder / "tracks.nc.part") as kept:
        rows = int(kept["rows_written"][...])
        assert 0 < rows < FRAMES
        assert np.isfinite(kept["x"][:rows]).all()


@needs_mpiexec
@pytest.mark.parametrize("readers", [pytest.param(1, marks=pytest.mark.validation), 2])
def test_a_value_that_is_none_in_water(run_file: Path, readers: int) -> None:
    with netCDF4.Dataset(run_file.parent / "flow.nc", "a") as data:
        data["u"][6, 2, 99] = np.nan
    done = start("run", run_file, "--quiet", "--set", f"parallel.readers={readers}", ranks=3, timeout=60)
    ends(
        done,
        run_file.parent,
        "flow.nc: u: has no value (NaN or fill) in water in element 100, layer 3, at 2020-05-01T06:",
    )


@needs_mpiexec
def test_a_mark_that_no_attribute_declares(run_file: Path) -> None:
    with netCDF4.Dataset(run_file.parent / "flow.nc", "a") as data:
        data["zeta"][6, 0] = -999
    done = start("run", run_file, "--quiet", ranks=3, timeout=60)
    ends(done, run_file.parent, "flow.nc: zeta: is -999 m in element ")


@needs_mpiexec
def test_a_file_that_is_cut_short(run_file: Path) -> None:
    forcing = run_file.parent / "flow.nc"
    done = start(forcing, "run", run_file, "--quiet", program=[TROUBLE], ranks=3, timeout=60)
    ends(done, run_file.parent, "the file was cut short, from")
    assert f"{forcing}: " in done.stderr


@pytest.mark.parametrize(
    "ranks", [pytest.param(0, marks=pytest.mark.validation), pytest.param(2, marks=needs_mpiexec)]
)
def test_files_that_disagree_are_told_also_to_who_asks_for_quiet(run_file: Path, ranks: int) -> None:
    folder = run_file.parent
    shutil.copy(folder / "flow.nc", folder / "later.nc")
    with netCDF4.Dataset(folder / "later.nc", "a") as data:
        data["Times"][:] = np.array(
            [list(f"2020-05-01T{6 + hour:02d}:00:00.000000") for hour in range(FRAMES)], "S1"
        )
        data["Itime2"][:] = np.arange(6, 6 + FRAMES) * 3_600_000
        data["time"][:] += 0.25
    files = 'forcing.files=["flow.nc", "later.nc"]'
    done = start("run", run_file, "--quiet", "--set", files, ranks=ranks, timeout=60)
    assert done.returncode == 0, done.stderr
    assert (
        done.stderr.count(
            "warning: flow.nc and later.nc disagree at 2020-05-01T06:00:00Z to 2020-05-01T08:00:00Z ("
        )
        == 1
    )
    done = start("run", run_file, "--quiet", "--overwrite", ranks=ranks, timeout=60)
    assert "warning" not in done.stderr
