"""Whatever standard input, output and error are, a run does its work; a command that lost its output says so
by its code."""

import subprocess
import sys
from pathlib import Path

import pytest

import fvdrift

from .cases import cloud
from .workshop import MPIEXEC, clean_environment, digest, needs_mpiexec, record, solve, write_run

CLOSED = ("<&- >&- 2>&-", ">&- 2>/dev/full", "2>&1 | true")


def by_shell(line: str, *words: object, launcher: str = "") -> int:
    """The exit code of fvdrift with `words`, its streams as a shell makes them of `line`."""
    command = f'{launcher} "$0" -P -m fvdrift "$@" {line}; exit "${{PIPESTATUS[0]}}"'
    return subprocess.run(
        ["bash", "-c", command, sys.executable, *map(str, words)], timeout=120, env=clean_environment(), check=False,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ).returncode  # fmt: skip


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("streams")
    run_file = write_run(folder, cloud(folder))
    return run_file, digest(solve(run_file, output="whole.nc"))


@pytest.mark.parametrize("line", CLOSED)
def test_a_run_needs_nobody_who_listens(line: str, given: tuple[Path, str]) -> None:
    assert by_shell(line, "run", given[0], "--overwrite") == 0
    assert digest(given[0].with_name("tracks.nc")) == given[1]


@needs_mpiexec
def test_ranks_need_nobody_who_listens(given: tuple[Path, str]) -> None:
    launcher = f"""{MPIEXEC} -n 2 sh -c '"$@" <&- >&- 2>&-' sh"""
    assert by_shell("", "run", given[0], "--overwrite", launcher=launcher) == 0
    assert digest(given[0].with_name("tracks.nc")) == given[1]


@pytest.mark.parametrize("line", ["2>&-", "2>/dev/full", "<&- >&- 2>&-"])
def test_an_error_that_nobody_hears_has_its_code(line: str, given: tuple[Path, str]) -> None:
    assert by_shell(line, "run", "nowhere.toml") == 2
    assert by_shell(line, "run", "--nope") == 2
    assert by_shell(line, "run", given[0], "--overwrite", "--set", "forcing.files=nowhere.nc") == 3


@pytest.mark.parametrize("words", [["schema"], ["new"], ["--help"], ["info", "flow"]])
@pytest.mark.parametrize("line", [">&-", ">/dev/full"])
def test_a_command_that_loses_its_output_says_so(
    line: str, words: list[str], given: tuple[Path, str], tmp_path: Path
) -> None:
    told = tmp_path / "told"
    words = [word if word != "flow" else str(given[0].with_name("cloud.nc")) for word in words]
    assert by_shell(f"{line} 2>{told}", *words) == 4
    *first, sentence = told.read_text().splitlines()
    assert len([line for line in first if ": reading " in line]) == (words[0] == "info")
    assert sentence.startswith("fvdrift: error: standard output cannot be written: ")


SAYING = """
import sys
from fvdrift.errors import OutputError
from fvdrift.process import say, standard_streams
standard_streams.prepare()
print("what was found")
say("other words")
try:
    standard_streams.check()
except OutputError:
    sys.exit(4)
"""


def test_what_is_lost_before_other_words_is_told_in_the_end() -> None:
    """Words to standard error flush standard output first, and are no reason to stop."""
    command = ["bash", "-c", '"$0" -c "$1" >&-', sys.executable, SAYING]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (4, "other words\n")


def test_a_reader_that_leaves_early_is_no_error_in_words(tmp_path: Path) -> None:
    by_shell(f"2>{tmp_path / 'told'} | head -c 1", "schema")
    assert (tmp_path / "told").read_text() == ""


def test_a_terminal_that_closes_leaves_a_checkpoint(given: tuple[Path, str]) -> None:
    broken = [sys.executable, Path(__file__).with_name("broken.py"), "SIGHUP@moving", "0"]
    keys = ["run", given[0], "--set", "output.file=hung_up.nc", "--quiet"]
    hung_up = given[0].with_name("hung_up.nc")
    assert (
        subprocess.run([*broken, *keys], env=clean_environment(), timeout=120, check=False).returncode == 75
    )
    assert record(hung_up)["stopped_by"] == "SIGHUP"
    ignoring = subprocess.run(
        ["nohup", *broken, *keys, "--resume"], env=clean_environment(), timeout=120, check=False
    )
    assert ignoring.returncode == 0  # nohup means it
    assert digest(hung_up) == given[1]


def test_a_run_in_one_process_loads_no_mpi(given: tuple[Path, str]) -> None:
    """MPI brings threads, memory and handlers of signals: UCX of MPICH 5 takes SIGHUP for itself."""
    said = "import sys; from fvdrift.cli import main; main(sys.argv[1:]); print('mpi4py' in sys.modules)"
    keys = ["run", given[0], "--set", "output.file=alone.nc", "--quiet", "--overwrite"]
    done = subprocess.run(
        [sys.executable, "-c", said, *keys],
        env=clean_environment(),
        timeout=120,
        check=True,
        capture_output=True,
    )
    assert done.stdout.split() == [b"False"]


LOADING = """
import os, signal, sys
class Finder:
    def find_spec(name, path=None, target=None):
        if name == "fvdrift.cli":
            os.kill(os.getpid(), signal.SIGINT)
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Finder)
from fvdrift.__main__ import main
sys.exit(main())
"""


def test_ctrl_c_while_modules_load_ends_in_a_sentence() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADING], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (130, "fvdrift: interrupted\n")


@pytest.mark.parametrize(
    ("before", "words", "code", "sentence"),
    [
        (
            "cd $(mktemp -d); rmdir $PWD",
            ["info", "x.nc"],
            1,
            "the folder that fvdrift was started in is gone",
        ),
        ("ulimit -v 250000", ["plan", "RUN"], 1, "ulimit -v"),
        (":", ["run", "RUN", "--set", f"output.file={'n' * 247}.nc"], 2, "its name is too long"),
        (":", ["plan", "RUN", "--set", f"output.file={'é' * 110}.nc"], 2, "its name is too long"),
        (":", ["plan", "RUN", "--set", f"output.file={'n' * 300}.nc"], 2, "longer than this system takes"),
        (":", ["info", f"{'n' * 300}.nc"], 2, "longer than this system takes"),
        (":", ["run", "RUN", "--set", f"release.0.file={'n' * 300}.csv"], 2, "longer than this system takes"),
    ],
)
def test_what_surrounds_a_run_is_told_in_a_sentence(
    before: str, words: list[str], code: int, sentence: str, given: tuple[Path, str]
) -> None:
    words = [str(given[0]) if word == "RUN" else word for word in words]
    done = subprocess.run(
        ["bash", "-c", f'{before}; exec "$0" -P -m fvdrift "$@"', sys.executable, *words], timeout=120, env=clean_environment(),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    before_it = (f"fvdrift {fvdrift.__version__}: ", "loading libraries ")  # the second where that is slow
    said = [line for line in done.stderr.splitlines() if not line.startswith(before_it)]
    assert (done.returncode, sentence in done.stderr, len(said)) == (code, True, 1), done.stderr
