"""A small run whose path is as hard to quote as a path may be, and the command that writes scripts for it."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fvdrift import cli
from generate_forcing import Flow, even_levels, rectangle, write_forcing

HOSTILE = 'it\'s "a" $(touch x) `touch x`; touch x\n#PBS -l x\n#SBATCH --x @{run} ${HOME} $(HOME) \\n %s é -'
MESH = rectangle(4000.0, 2000.0, elements=60, seed=4)
Jobscript = Callable[..., str]


def still(x, y, s, t):
    return 0.0 * x * s


@pytest.fixture(scope="session")
def run_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """100 particles in still water for four hours."""
    forcing = tmp_path_factory.mktemp("jobs") / "flow.nc"
    folder = forcing.with_name(HOSTILE)
    folder.mkdir()
    start = int(np.datetime64("2020-05-01T00:00:00", "us").astype(np.int64))
    write_forcing(
        forcing, x=MESH.x, y=MESH.y, triangles=MESH.triangles, h=20.0, siglev=even_levels(4),
        times_us=start + 3_600_000_000 * np.arange(5), flow=Flow(u=still, v=still, omega=still, kh=still),
    )  # fmt: skip
    path = folder / "my run's.toml"
    path.write_text('[forcing]\nfiles = "../flow.nc"\n[[release]]\npoint = [2000, 1000]\ncount = 100\n')
    return path


@pytest.fixture
def jobscript(run_file: Path, capsys: pytest.CaptureFixture[str]) -> Jobscript:
    """Returns what `fvdrift jobscript` prints."""

    def write(scheduler: str, *options: object) -> str:
        code = cli.main(["jobscript", scheduler, str(run_file), *map(str, options)])
        said = capsys.readouterr()
        assert code == 0, said.err
        return said.out

    return write


def stub(folder: Path, name: str, body: str) -> None:
    """A program of that name, to stand before the real one on the path."""
    (folder / name).write_text(f"#!/bin/bash\n{body}\n")
    (folder / name).chmod(0o755)


def checked_by_bash(script: str) -> None:
    """Fails where bash cannot read it."""
    read = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
    assert read.returncode == 0, read.stderr
