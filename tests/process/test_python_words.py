"""Sentences of the command line as a caller from Python hears them."""

import argparse
from collections import defaultdict

import pytest

from fvdrift.commands.command_line import add_commands
from fvdrift.errors import RunFileError
from fvdrift.process.progress import Progress
from fvdrift.process.python_words import OPTIONS, SWITCHES, in_python, speaking_python

NOT_FROM_PYTHON = {"help", "from", "output", "parts"}


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (
            "a.nc: exists: give --overwrite to replace it, or another name",
            "a.nc: exists: give overwrite=True to replace it, or another name",
        ),
        ("to run anew, give --overwrite in place of --resume", "to run anew, give overwrite=True in place of resume=True"),
        ("c.npz is kept: go on with --resume", "c.npz is kept: go on with resume=True"),
        ("and give --trust-behaviour if you trust it", "and give trust_behaviour=True if you trust it"),
        ("run.toml: seed (from --set): is no number", "run.toml: seed (from set): is no number"),
        (
            "such as --set 'forcing.files=[\"/data/*.nc\"]'",
            "such as set=['forcing.files=[\"/data/*.nc\"]']",
        ),
        ("--flow needs the forcing: give --forcing FILE ...", "flow needs the forcing: give forcing=[FILE, ...]"),
        ("--no-mesh and --panels", "no_mesh and panels"),
        ("--gone: only in a table: give --to parquet", 'gone: only in a table: give to="parquet"'),
        ("--to: there is no format xlsx", "to: there is no format xlsx"),
        ("--every, --for and --status", "every, longest and status"),
        ("exists: give --overwrite, or another name with -o", "exists: give overwrite=True, or another name as output"),
        ("say it, or -o with a name", "say it, or output with a name"),
        ("start them with srun --mpi=pmi2 (srun --mpi=list)", "start them with srun --mpi=pmi2 (srun --mpi=list)"),
        ("my--set.nc, a --settings of another program", "my--set.nc, a --settings of another program"),
    ],
)  # fmt: skip
def test_options_are_arguments(said, heard):
    assert in_python(said) == heard


def test_every_option_of_what_python_can_do_is_known():
    parser = argparse.ArgumentParser()
    add_commands(parser, defaultdict(lambda: None))
    commands = next(one for one in parser._actions if isinstance(one, argparse._SubParsersAction)).choices
    names = {
        name.removeprefix("--")
        for command in ("run", "plot", "export", "compare")
        for action in commands[command]._actions
        for name in action.option_strings
        if name.startswith("--")
    }
    assert names <= {*OPTIONS, *SWITCHES, *NOT_FROM_PYTHON}


def test_errors_keep_their_kind_and_all_problems():
    with pytest.raises(RunFileError) as raised, speaking_python():
        raise RunFileError(["--at: no", "give --overwrite"])
    assert raised.value.problems == ["at: no", "give overwrite=True"]
    assert str(raised.value) == "at: no\ngive overwrite=True"


def test_lines_of_a_run_are_turned_too(capsys):
    progress = Progress(0, 1, False, spoken=in_python)
    progress.say("go on with --resume")
    progress.done("Done: --overwrite")
    assert capsys.readouterr().err == "go on with resume=True\nDone: overwrite=True\n"
