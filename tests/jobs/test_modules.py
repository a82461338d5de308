"""Modules of the site: a job whose `module` is missing, or fails without saying so, ends before the run."""

import subprocess
from pathlib import Path

import pytest

from .conftest import Jobscript, stub

# as Lmod and Environment Modules have it: `module` changes LOADEDMODULES, and reads variables that nobody set
WORKS = "module() { : $NEVER_SET; [[ $1 != load ]] || export LOADEDMODULES=$LOADEDMODULES:$2/4.1 CAME=$2; }"
OF_1991 = 'module() { echo "ModuleCmd_Load.c: ERROR: Unable to locate a modulefile" >&2; return 0; }'
FAILS = "module() { return 1; }"
OTHER_NAME = "module() { [[ $1 != load ]] || LOADEDMODULES=gcc/12; }"
IS_LOADED = "module() { [[ $1 == load || $2 == compiler ]]; }"


def done(script: str, folder: Path, module: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The script run where the site has this `module`, handed on as a function; a run says what it has."""
    stub(folder, "srun", f'[[ $* != *fvdrift* ]] || echo "runs with ${{CAME:-}}" >>"{folder}/said"')
    functions = {}
    if module:
        got = subprocess.run(
            ["bash", "-c", f"{module}\nexport -f module; env -0"], capture_output=True, text=True, check=True
        )
        functions = dict(
            line.split("=", 1) for line in got.stdout.split("\0") if line.startswith("BASH_FUNC_module")
        )
    # no `module` of this machine may come in
    environment |= {"PATH": f"{folder}:/usr/bin:/bin", "SLURM_JOB_ID": "1", "FVDRIFT_CACHE_DIR": str(folder)}
    script = script.replace("/etc/profile.d/", f"{folder}/none/")
    return subprocess.run(
        ["bash"], input=script, env=functions | environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("module", "loaded", "words"),
    [
        (WORKS, "", None),
        (WORKS, "openmpi/4.1", None),
        (OTHER_NAME, "", None),
        (IS_LOADED, "gcc/12", "openmpi cannot be loaded"),
        ("", "", "no command `module` here, which is to load openmpi"),
        (OF_1991, "", "the module openmpi cannot be loaded here; `module avail`"),
        (OF_1991, "openmpi-more/2:not/openmpi", "openmpi cannot be loaded"),
        (FAILS, "openmpi/4.1", "openmpi cannot be loaded"),
    ],
)
def test_a_module_that_does_not_come_ends_the_job(
    module: str, loaded: str, words: str | None, jobscript: Jobscript, tmp_path: Path
) -> None:
    script = jobscript("slurm", "--mpi", "mpich", "--ranks", 1, "--module", "openmpi")
    ended = done(script, tmp_path, module, **({"LOADEDMODULES": loaded} if loaded else {}))
    assert (ended.returncode == 0) == (words is None), ended.stderr
    assert (tmp_path / "said").exists() == (words is None)
    assert words is None or (ended.returncode == 1 and words in ended.stderr)
    assert "unbound variable" not in ended.stderr


def test_a_name_for_what_is_loaded_already_is_taken(jobscript: Jobscript, tmp_path: Path) -> None:
    script = jobscript("slurm", "--mpi", "mpich", "--ranks", 1, "--module", "compiler")
    assert done(script, tmp_path, IS_LOADED, LOADEDMODULES="gcc/12").returncode == 0


def test_a_node_that_has_not_begun_with_modules_does_so(jobscript: Jobscript, tmp_path: Path) -> None:
    (tmp_path / "init").mkdir()
    (tmp_path / "init" / "bash").write_text(f": $NEVER_SET\n{WORKS}\n")
    script = jobscript("slurm", "--mpi", "mpich", "--ranks", 1, "--module", "python", "--module", "openmpi")
    ended = done(script, tmp_path, "", MODULESHOME=str(tmp_path))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (tmp_path / "said").read_text() == "runs with openmpi\n"
