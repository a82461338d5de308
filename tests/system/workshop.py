"""How the system tests start runs: in this process, as a command, and on ranks. No case is described here
(`cases`)."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest

from fvdrift.output.paths import record_path
from fvdrift.settings.load import load_run_file
from fvdrift.simulation.roles import run

ROOT = Path(__file__).parents[2]
ESTUARY = ROOT / "configs" / "estuary"
MPIEXEC = shutil.which("mpiexec", path=str(Path(sys.executable).parent)) or shutil.which("mpiexec")
LAUNCHED = ("PMI_", "PMIX_", "OMPI_", "MV2_", "SLURM_", "MPI_LOCAL")
HOUR = 3_600_000_000
START = int(np.datetime64("2020-05-01T00:00:00", "us").astype(np.int64))

Tree = dict[str, Any]
needs_mpiexec = pytest.mark.skipif(MPIEXEC is None, reason="no mpiexec")


def write_run(folder: Path, tree: Mapping[str, Any], name: str = "run.toml") -> Path:
    """A run file with the keys of `tree`."""
    top, tables = [], []
    for key, value in tree.items():
        if isinstance(value, Mapping):
            tables += [f"[{key}]", *_lines(value)]
        elif isinstance(value, Sequence) and value and isinstance(value[0], Mapping):
            for table in value:
                tables += [f"[[{key}]]", *_lines(table)]
        else:
            top += _lines({key: value})
    path = folder / name
    path.write_text("\n".join([*top, *tables]) + "\n", encoding="utf-8")
    return path


def _lines(table: Mapping[str, Any]) -> list[str]:
    return [f"{key} = {_toml(value)}" for key, value in table.items()]


def _toml(value: Any) -> str:
    """A value as TOML writes it: as JSON does, but for tables."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    return json.dumps(value)


def solve(path: Path, *overrides: str, parts: int = 1, output: str = "") -> Path:
    """Run a run file in this process; returns the path of its tracks."""
    given = [*overrides, f"parallel.parts={parts}", *([f"output.file={output}"] if output else [])]
    run_file = load_run_file(path, given)
    assert run(run_file, overwrite=True, quiet=True, communicator=None) == 0
    return run_file.resolve(run_file.output.file)


def clean_environment(**more: str) -> dict[str, str]:
    """The environment without what a launcher left there."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(LAUNCHED)}
    return {**kept, **more}


def start(
    *arguments: object, ranks: int = 0, program: Sequence[object] = ("-P", "-m", "fvdrift.cli"), timeout: float = 120.0,
    cwd: Path | None = None, **environment: str,
) -> subprocess.CompletedProcess[str]:  # fmt: skip
    """Start fvdrift, or another `program` for Python, as a command, on `ranks` ranks where it is not 0."""
    launcher = [str(MPIEXEC), "-n", str(ranks)] if ranks else []
    command = [*launcher, sys.executable, *map(str, program), *map(str, arguments)]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=timeout,
        env=clean_environment(**environment),
        cwd=cwd,
        check=False,
    )


def digest(path: Path) -> str:
    """What two files share exactly when they are equal byte for byte."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def record(tracks: Path) -> dict[str, Any]:
    """The run.json beside tracks."""
    return json.loads(record_path(tracks).read_text())


def columns(tracks: Path) -> dict[str, np.ndarray]:
    """All variables of a file of tracks, as they are stored."""
    with netCDF4.Dataset(tracks) as file:
        file.set_auto_mask(False)
        return {name: variable[...] for name, variable in file.variables.items()}


def contents(folder: Path) -> dict[str, bytes]:
    """Every file under a folder by name, to see afterwards whether one was changed, lost or left."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
