"""The command line from outside: exit codes, messages, what is loaded, and one voice when there are several
ranks."""

import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

import fvdrift
from fvdrift.commands.new import run_file_template
from fvdrift.commands.schema import json_schema, reference_page
from fvdrift.process.failure import end_all
from fvdrift.settings.load import keys_of, load_run_file, repeated, tables

MPIEXEC = shutil.which("mpiexec", path=str(Path(sys.executable).parent)) or shutil.which("mpiexec")
needs_mpiexec = pytest.mark.skipif(MPIEXEC is None, reason="no mpiexec")
HEAVY = ("numba", "mpi4py", "netCDF4", "xarray", "numpy", "pyproj", "matplotlib")
GOOD = '[forcing]\nfiles = "flow.nc"\n[[release]]\npoint = [1, 2]\n'

# a stand-in for the simulation, so that only the command line is tried
STAND_IN = """
import sys, types
from fvdrift import cli, errors
from fvdrift.process import launcher
fake = types.ModuleType("fvdrift.simulation.roles")
def run(run_file, *, overwrite, resume, quiet, communicator, signals):
    rank = 0 if communicator is None else communicator.rank
{body}
fake.run = run
sys.modules["fvdrift.simulation.roles"] = fake
other = types.ModuleType("fvdrift.simulation.serving")
other.serve = lambda communicator, signals, kernels: run(
    None, overwrite=False, resume=False, quiet=False, communicator=communicator, signals=signals
)
sys.modules["fvdrift.simulation.serving"] = other
sys.exit(cli.main(["run", *sys.argv[1:]]))
"""


def clean_environment() -> dict[str, str]:
    seen = ("PMI_", "PMIX_", "OMPI_", "MV2_", "SLURM_", "MPI_LOCAL")
    return {name: value for name, value in os.environ.items() if not name.startswith(seen)}


def start(*arguments, ranks=0, code=None, cwd=None, timeout=120):
    python = [sys.executable, "-P", "-m", "fvdrift.cli"] if code is None else [sys.executable, "-c", code]
    command = (
        ([MPIEXEC, "-n", str(ranks)] if ranks else []) + python + [str(argument) for argument in arguments]
    )
    environment = clean_environment()
    return subprocess.run(
        command, capture_output=True, text=True, timeout=timeout, env=environment, cwd=cwd, check=False
    )


def stand_in(body):
    return STAND_IN.format(body="\n".join(f"    {line}" for line in body.splitlines()))


@pytest.fixture
def good(tmp_path):
    path = tmp_path / "good.toml"
    path.write_text(GOOD)
    return path


@pytest.fixture
def bad(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text(GOOD + "[time]\nstepp = 3\nstep = 'x'\n")
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["run", "--help"],
        ["plot", "--help"],
        ["run", "bad.toml"],
        ["plot", "bad.toml"],
        ["jobscript", "pbs", "bad.toml"],
        ["new"],
    ],
)
def test_nothing_heavy_is_loaded(arguments, bad):
    code = (
        "import sys\n"
        "from fvdrift import cli\n"
        "try: cli.main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "sys.exit(f'loaded {loaded}' if loaded else 0)"
    )
    done = start(*arguments, code=code, cwd=bad.parent)
    assert done.returncode == 0, done.stderr


def test_version_and_help_exit_with_0():
    done = start("--version")
    assert (done.returncode, done.stdout) == (0, f"fvdrift {fvdrift.__version__}\n")
    done = start("--help")
    assert done.returncode == 0
    for command in ("run", "plan", "jobscript", "info", "plot", "new", "warmup", "schema"):
        assert command in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["run"],
        ["run", "a", "b"],
        ["run", "a.toml", "--parts", "0"],
        ["run", "a.toml", "--parts", "x"],
    ],
)
def test_bad_usage_exits_with_2_and_one_line(arguments):
    done = start(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("fvdrift: error: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["run", "plan"])
def test_a_bad_run_file_exits_with_2_and_all_problems(command, bad):
    done = start(command, bad.name, cwd=bad.parent)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"fvdrift {fvdrift.__version__}: reading bad.toml",
        "fvdrift: error: 2 problems",
        '  bad.toml: time.step: "x" is not a duration: write one such as "60s"',
        "  bad.toml: time.stepp: unknown key (did you mean step?)",
    ]


def test_a_single_problem_takes_one_line(good):
    done = start("run", good.name, "--set", "time.step=5m", cwd=good.parent)
    assert done.returncode == 2
    assert done.stderr.partition("\n")[2] == (
        'fvdrift: error: good.toml: time.step (from --set): "5m" could be metres or minutes: write "5 min"\n'
    )


def test_run_hands_over_what_was_asked(good):
    body = "print(run_file.time.step, run_file.parallel.parts, overwrite, quiet, communicator)\nreturn 75"
    done = start(good, "--set", "time.step=30s", "--parts", 3, "--overwrite", "--quiet", code=stand_in(body))
    assert done.returncode == 75
    assert done.stdout == "30000000 3 True True None\n"


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ("raise errors.ForcingError('flow.nc: truncated')", 3, "fvdrift: error: flow.nc: truncated"),
        ("raise errors.OutputError('disk full')", 4, "fvdrift: error: disk full"),
        ("raise KeyboardInterrupt", 130, "fvdrift: interrupted"),
        ("raise ZeroDivisionError('oops')", 1, "fvdrift: unexpected error: ZeroDivisionError: oops"),
    ],
)
def test_one_process_ends_with_the_code_of_its_error(good, body, code, words):
    done = start(good, code=stand_in(body))
    assert done.returncode == code
    assert done.stderr.partition("\n")[2].startswith(words)
    assert ("Traceback" in done.stderr) == (code == 1)


@needs_mpiexec
def test_a_bad_run_file_on_three_ranks_is_reported_once(bad):
    done = start("run", bad.name, ranks=3, cwd=bad.parent)
    assert done.returncode == 2
    assert done.stderr.count("fvdrift: error: 2 problems") == 1
    assert done.stderr.count("time.stepp") == 1


@needs_mpiexec
def test_bad_usage_on_three_ranks_is_reported_once():
    done = start("run", ranks=3)
    assert done.returncode == 2
    assert done.stderr.count("fvdrift: error") == 1


@needs_mpiexec
def test_ranks_get_a_communicator_and_agree_on_their_code(good):
    done = start(good, code=stand_in("sys.stdout.write(f'{communicator.size}\\n')\nreturn 0"), ranks=2)
    assert (done.returncode, done.stdout.split()) == (0, ["2", "2"])


@needs_mpiexec
def test_an_error_all_ranks_agree_on_is_said_once_without_abort(good):
    body = "with launcher.together(communicator):\n    raise errors.ForcingError('flow.nc: truncated')"
    done = start(good, code=stand_in(body), ranks=3)
    assert done.returncode == 3
    assert done.stderr.count("fvdrift: error: flow.nc: truncated\n") == 1
    assert "Abort" not in done.stderr + done.stdout


@needs_mpiexec
@pytest.mark.parametrize(
    ("failure", "code", "words"),
    [
        ("errors.OutputError('disk full')", 4, "fvdrift: error on rank 1: disk full"),
        ("ZeroDivisionError('oops')", 1, "fvdrift: unexpected error on rank 1: ZeroDivisionError: oops"),
    ],
)
def test_a_rank_that_fails_alone_ends_the_others(good, failure, code, words):
    body = f"if rank == 1: raise {failure}\ncommunicator.Barrier()"
    done = start(good, code=stand_in(body), ranks=3, timeout=60)
    assert done.returncode == code
    assert done.stderr.count(words) == 1


class Aborted:
    """A communicator that only remembers."""

    rank = 3
    code = None

    def Abort(self, code):
        self.code = code


def test_an_interrupt_on_a_later_rank_is_silent(capsys):
    communicator = Aborted()
    assert end_all(communicator, KeyboardInterrupt()) == 130
    assert communicator.code == 130
    assert capsys.readouterr().err == ""


LEFT_UNHEARD = """
import fcntl, os, signal, sys, termios, threading
from fvdrift.process import failure
from fvdrift.process.signals import listening

class Ranks:
    rank = 1

    def Abort(self, code):
        unread = int.from_bytes(fcntl.ioctl(2, termios.FIONREAD, bytes(4)), "little")
        print("unread" if unread else "read", code, flush=True)
        os._exit(code)

failure.HEARD_WITHIN_S = 60
with listening():
    if sys.argv[1:]:
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()
    failure.end_all(Ranks(), ValueError("lost the thread"))
"""


def test_the_others_are_ended_only_when_the_launcher_has_read_what_was_said():
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", LEFT_UNHEARD], stdout=pipe, stderr=pipe, text=True) as rank:
        time.sleep(1.0)
        assert rank.poll() is None
        assert "lost the thread" in rank.stderr.read()
        assert rank.stdout.read() == "read 1\n"


def test_the_others_are_ended_too_when_a_signal_comes_while_nobody_reads_what_was_said():
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", LEFT_UNHEARD, "signal"], stdout=pipe, stderr=pipe, text=True
    ) as rank:
        assert rank.wait(30) == 1
        assert rank.stdout.read() == "unread 1\n"


@pytest.mark.parametrize("template", ["basic", "full"])
def test_templates_are_valid_and_stay_so_with_every_line_awake(template, tmp_path):
    text = run_file_template(template)
    path = tmp_path / "run.toml"
    path.write_text(text)
    assert load_run_file(path).release[0].count == 1000
    awake = tomllib.loads(
        "\n".join(
            line.removeprefix("#") if line[1:2].isalpha() or line.startswith("#[[") else line
            for line in text.split("\n")
        )
    )
    if template == "full":
        for name, table in tables().items():
            there = awake[name] if name else awake
            there = there[0] if name in repeated() else there
            assert there.keys() == table.model_fields.keys()
    assert max(map(len, text.split("\n"))) <= 120


def test_new_prints_or_writes_but_never_overwrites(tmp_path):
    done = start("new")
    assert (done.returncode, done.stdout) == (0, run_file_template("basic"))
    done = start("new", "full", "-o", "my.toml", cwd=tmp_path)
    assert done.returncode == 0
    assert (tmp_path / "my.toml").read_text() == run_file_template("full")
    done = start("new", "-o", "my.toml", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "fvdrift: error: my.toml: exists already and is kept; choose another name\n"
    assert (tmp_path / "my.toml").read_text() == run_file_template("full")
    assert start("new", "-o", "nowhere/my.toml", cwd=tmp_path).returncode == 4


def test_schema_and_reference_page_hold_every_key():
    schema = json.loads(start("schema").stdout)
    assert schema == json.loads(json.dumps(json_schema()))
    page = reference_page()
    assert start("schema", "--format", "markdown").stdout == page
    for name, table in tables().items():
        described = schema["$defs"][table.__name__] if name else schema
        assert described["additionalProperties"] is False
        for key in keys_of(table):
            assert f"| `{key}` |" in page
            assert described["properties"][key]["examples"]
    assert schema["$defs"]["Time"]["properties"]["step"]["default"] == "60 s"


@pytest.mark.parametrize("command", ["schema", "new"])
def test_a_reader_that_leaves_early_is_no_fault(command):
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "fvdrift.cli", command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(60) == 1
