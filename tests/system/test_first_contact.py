"""Who has installed fvdrift: the bundled case in a folder of their own, and no run that waits for the compiler."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from fvdrift.commands.example import bundled
from fvdrift.settings import load_run_file

from .workshop import start

PROJECT = Path(__file__).parents[2]
# the compiled code that a process takes up is noted: what a run takes up after its warm-up it would have compiled
AFTER_WARMUP = """
import sys
from fvdrift.commands.warmup import warm_up
from fvdrift.process import Compiling, kernel_cache
from fvdrift.settings import load_run_file
from fvdrift.simulation import run
from fvdrift_kernels import keeping

def used():
    return {(name, str(key)) for name, entries in keeping._notes[-1].items() for key, _ in entries}

kernel_cache.set_up()
keeping.note()
run_file = load_run_file(sys.argv[1], ["output.file=" + sys.argv[2]], with_files=True)
warm_up(run_file, Compiling(quiet=True))
warm = used()
assert run(run_file, overwrite=True, quiet=True, communicator=None) == 0
print(len(warm), *sorted(name for name, _ in used() - warm))
"""


@pytest.mark.parametrize("name", ["quickstart", pytest.param("connectivity", marks=pytest.mark.validation)])
def test_a_run_compiles_nothing_after_its_warmup(name, tmp_path):
    words = [str(bundled() / f"{name}.toml"), str(tmp_path / "out.nc")]
    done = subprocess.run(
        [sys.executable, "-c", AFTER_WARMUP, *words], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    warm, *compiled_later = done.stdout.split()
    assert int(warm) > 10
    assert compiled_later == []


def test_warmup_says_what_it_compiled_and_where_that_is_kept(tmp_path):
    done = start("warmup", bundled() / "quickstart.toml")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("quickstart.toml: ")
    assert "Compiled kernels are kept in " in done.stderr
    assert start("warmup", tmp_path / "none.toml").returncode == 2


def test_the_example_is_whole_and_says_what_to_do(tmp_path):
    done = start("example", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "fvdrift-estuary"
    assert [line.split()[0] for line in done.stdout.splitlines()[1:]] == ["cd", "fvdrift", "fvdrift"]
    for path in bundled().glob("*.toml"):
        load_run_file(folder / "configs" / path.name, [], with_files=True)
    assert start("plan", "configs/quickstart.toml", cwd=folder).returncode == 0
    again = start("example", cwd=tmp_path)
    assert (again.returncode, "fvdrift-estuary: exists already" in again.stderr) == (2, True)


def test_a_wheel_has_what_the_example_copies(tmp_path):
    start("example", "-o", "it", cwd=tmp_path)
    copied = {
        str(path.relative_to(tmp_path / "it")) for path in (tmp_path / "it").rglob("*") if path.is_file()
    }
    build = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    assert build["targets"]["wheel"]["force-include"] == {name: f"fvdrift/{name}" for name in copied}
