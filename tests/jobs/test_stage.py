"""`jobscript --stage`: a venv is packed, unpacked elsewhere by the lines of the script, and works there without the
place it came from."""

import importlib.util
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fvdrift.jobs.resources import Resources
from fvdrift.jobs.stage import _UNPACK, advice

from .conftest import Jobscript, checked_by_bash

ROOT = Path(__file__).parents[2]
NEEDED = Resources(
    ranks=64, nodes=1, ranks_per_node=64, threads=1, first_bytes=1, other_bytes=1, walltime_s=60, lead_s=1,
    predicted_s=1.0,
)  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a venv `it's` that has a package, and kernels."""
    folder = tmp_path_factory.mktemp("stage")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "it's")], check=True)
    site = next((folder / "it's").glob("lib/python*/site-packages"))
    (site / "of_the_venv.py").write_text("")
    (site / "editable.pth").write_text(f"{ROOT / 'src'}\n{ROOT / 'kernels'}\n")
    (folder / "0123abcd").mkdir()
    (folder / "0123abcd" / "advance.nbi").write_text("index")
    return folder


def packed(home: Path) -> subprocess.CompletedProcess[str]:
    lazy_loader = importlib.util.find_spec("lazy_loader")
    assert lazy_loader is not None
    assert lazy_loader.origin is not None
    beside = home / "beside"
    beside.mkdir(exist_ok=True)
    shutil.copytree(Path(lazy_loader.origin).parent, beside / "lazy_loader", dirs_exist_ok=True)
    return subprocess.run(
        [home / "it's" / "bin" / "python", "-P", "-m", "fvdrift.jobs.environment", home / "env.tar", home / "0123abcd"],
        env={"PYTHONPATH": str(beside), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def unpacked(home: Path, stage: Path, path: str = "/usr/bin:/bin") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", _UNPACK, "unpack", home / "env.tar", stage],
        env={"PATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_copy_works_by_itself_and_is_made_anew_after_a_change(home: Path, tmp_path: Path) -> None:
    first = packed(home)
    assert (first.returncode, first.stderr.count("packed")) == (0, 1), first.stderr
    assert packed(home).stderr == ""
    site = next((home / "it's").glob("lib/python*/site-packages"))
    time.sleep(0.02)
    (site / "installed_later.py").write_text("")
    again = packed(home)
    assert (again.returncode, again.stderr.count("packed")) == (0, 1), again.stderr
    assert sorted(path.name for path in home.glob("env.tar*")) == ["env.tar"]

    stage = tmp_path / "st|a&ge"
    for _ in range(2):  # as two nodes on one disk
        done = unpacked(home, stage)
        assert done.returncode == 0, done.stderr
        assert [path.name for path in tmp_path.iterdir()] == [stage.name]
    assert (stage / "kernels" / "0123abcd" / "advance.nbi").read_text() == "index"
    code = (
        "import argparse, fvdrift.version, fvdrift_kernels, installed_later, of_the_venv, sys\n"
        "print(*[module.__file__ for module in (argparse, fvdrift.version, fvdrift_kernels, of_the_venv)], "
        "sys.prefix, *sys.path, sep='\\n')"
    )
    said = subprocess.run(
        [stage / "env" / "bin" / "python", "-P", "-c", code],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    assert [line for line in said.stdout.splitlines() if not line.startswith(str(stage))] == []


def test_a_node_without_room_or_with_a_folder_that_is_open_is_told(home: Path, tmp_path: Path) -> None:
    if not (home / "env.tar").exists():
        assert packed(home).returncode == 0
    small = tmp_path / "bin"
    small.mkdir()
    (small / "df").write_text("#!/bin/bash\necho Filesystem; echo disk 100 90 1024 90% /\n")
    (small / "df").chmod(0o755)
    done = unpacked(home, tmp_path / "stage", f"{small}:/usr/bin:/bin")
    assert done.returncode == 1
    assert f"{tmp_path} has 1 MB: set TMPDIR to a larger disk" in done.stderr
    assert not (tmp_path / "stage").exists()
    (tmp_path / "stage").mkdir(mode=0o755)
    done = unpacked(home, tmp_path / "stage")
    assert done.returncode == 1
    assert "cannot be unpacked to" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "stage"]


@pytest.mark.parametrize("scheduler", ["slurm", "pbs"])
@pytest.mark.parametrize("nodes", [1, 2])
def test_the_run_is_started_from_the_copy(scheduler: str, nodes: int, jobscript: Jobscript) -> None:
    script = jobscript(scheduler, "--mpi", "mpich", "--ranks", 2 * nodes, "--nodes", nodes, "--stage")
    checked_by_bash(script)
    assert 'run=("$stage/env/bin/python" -P -m fvdrift run --resume ' in script
    assert shlex.join([sys.executable, "-P", "-m", "fvdrift.jobs.environment"]) in script
    traps = [line for line in script.splitlines() if line.startswith("trap ") and line.endswith("EXIT")]
    assert all('"$stage"' in line for line in traps)
    assert len(traps) == (2 if nodes == 1 else 1)
    assert "$stage" not in jobscript(scheduler, "--mpi", "mpich", "--ranks", 2 * nodes, "--nodes", nodes)


def test_threads_and_a_container_are_named_where_they_are_better() -> None:
    assert "parallel.threads" in next(advice(NEEDED))
    assert list(advice(NEEDED._replace(ranks_per_node=8))) == []
    assert list(advice(NEEDED._replace(threads=2))) == []
    many = list(advice(NEEDED._replace(ranks_per_node=8, nodes=64, ranks=512)))
    assert len(many) == 1
    assert "container" in many[0]


def test_a_python_of_the_system_is_refused(
    monkeypatch: pytest.MonkeyPatch, run_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from fvdrift import cli

    monkeypatch.setattr(sys, "prefix", "/usr")
    assert cli.main(["jobscript", "slurm", str(run_file), "--mpi", "mpich", "--stage"]) == 2
    assert "--stage: fvdrift is installed in the Python of the system (/usr)" in capsys.readouterr().err
