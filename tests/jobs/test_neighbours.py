"""Files named as modules of Python or as libraries, in the folder that a job starts in: none of them is
run."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Jobscript, stub

NEIGHBOURS = (
    "random",
    "calendar",
    "select",
    "copy",
    "json",
    "numpy",
    "queue",
    "statistics",
    "numba",
    "types",
    "threading",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One with such files, each of which would say that it was run."""
    for name in NEIGHBOURS:
        (tmp_path / f"{name}.py").write_text(
            f"open({str(tmp_path / 'was_run')!r}, 'a').write('{name} ')\nX = 1\n"
        )
    return tmp_path


@pytest.mark.parametrize(
    ("way", "launcher"), [(("slurm", "--mpi", "mpich"), "srun"), (("pbs", "--mpi", "mpich"), "mpiexec")]
)
def test_a_job_runs_nothing_that_lies_beside_its_run_file(
    way: tuple[str, ...], launcher: str, folder: Path, jobscript: Jobscript, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fvdrift.jobs.batch.mpiexec_of", lambda family: "mpiexec")
    monkeypatch.setenv("PYTHONPATH", ":")  # as `PYTHONPATH=$PYTHONPATH:` leaves it: the current folder, twice
    tracks = folder / "tracks.nc"
    script = jobscript(*way, "--ranks", 1, "--set", f"output.file={tracks}", "--set", "time.duration=10min")
    assert "PYTHONPATH" not in script
    programs = folder / "programs"
    programs.mkdir()
    stub(programs, launcher, f'while [[ $1 != {sys.executable} ]]; do shift; done\nexec "$@"')
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"PATH": f"{programs}:{os.environ['PATH']}", "SLURM_JOB_ID": "1"}
    environment |= {"PBS_NODEFILE": "nodes", "PBS_O_WORKDIR": "."}
    environment.setdefault("FVDRIFT_CACHE_DIR", os.path.expanduser("~/.cache"))
    done = subprocess.run(
        ["bash"],
        input=script,
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, (folder / "was_run").exists()) == (0, False), done.stderr
    assert tracks.stat().st_size > 0


def test_python_m_runs_nothing_that_lies_in_the_current_folder(folder: Path) -> None:
    for name in ("types", "threading"):  # Python itself looks for these before the first line of fvdrift
        (folder / f"{name}.py").unlink()
    done = subprocess.run(
        [sys.executable, "-m", "fvdrift", "info", "absent.nc"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, (folder / "was_run").exists()) == (3, False), done.stderr


def test_a_search_path_is_handed_on_by_whole_folders(
    jobscript: Jobscript, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f":lib:/opt/x:{os.pathsep}")
    found = re.search(r"^export PYTHONPATH=(\S+)$", jobscript("slurm", "--mpi", "mpich"), re.MULTILINE)
    assert found is not None
    assert found[1].split(":") == [str(tmp_path / "lib"), "/opt/x"]
