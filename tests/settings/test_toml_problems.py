"""Mistakes in the TOML of a run file: the line, and what to write there."""

import pytest

from fvdrift.errors import RunFileError
from fvdrift.settings.load import load_run_file
from fvdrift.settings.toml_problems import problems_of

REPEATED = {"release", "field", "alert", "statistic"}


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("step = 60s", 'stand in quotes: step = "60s"'),
        ("mortality = 0.1/day", 'mortality = "0.1/day"'),
        ("settling = 5 mm/s  # downwards", 'settling = "5 mm/s"'),
        ("files = C:/data/flow.nc", 'files = "C:/data/flow.nc"'),
        (r'files = "C:\Users\me\flow.nc"', 'write / in place of \\: files = "C:/Users/me/flow.nc"'),
        (r'files = "C:\data\flow.nc"', 'files = "C:/data/flow.nc"'),
        ('file = "tracks.nc', "a closing quote is missing"),
        ("file = 'tracks.nc", "a closing ' is missing"),
        ("files = \u201cflow.nc\u201d", 'write straight quotes: files = "flow.nc"'),
        ('files = "a.nc", "b.nc"', 'several stand in a list: files = ["a.nc", "b.nc"]'),
        ("depth = [2m, 10m]", 'in quotes: "2m"'),
        ("box = [1 2 3 4]", "commas stand between"),
        ("box = [1, 2, 3, 4", "a closing ] is missing"),
        ("point = 3.5, 50.1", "point = [3.5, 50.1]"),
        ("windage = 0,03", "windage = 0.03"),
        ("windage = .03", "windage = 0.03"),
        ("horizontal = 10^-3", "horizontal = 1e-3"),
        ("tracks = True", "tracks = true"),
        ("end = none", "take end away"),
        ("start = 01.05.2020", "year-month-day"),
        ("start = 2020-05-01T25:00:00Z", "no such time"),
        ("dawn = 6:00", 'dawn = "6:00"'),
        ("step: 60", "write step = 60"),
        ("step 60", "write step = 60"),
        ("max speed = 3", "a key is one word"),
        ("// the step", "comments begin with #"),
        ("step == 60", "write one ="),
        ("step = 60 every = 3600", "a line of its own"),
        ("settling = { mean = 1,", "a closing } is missing"),
        ("[time", "a closing ] is missing"),
        ("a = 1\na = 2", "a is given twice"),
        ("[time]\n[output]\n[time]", "together with the table in line 2"),
        ("[[release]]\n[release]", "[[release]] in double brackets"),
        ("[[time]]\n[time]", "put its keys together"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_to_write(line, hint):
    (problem,) = problems_of(f'title = "a run"\n{line}\n', REPEATED)
    number = 2 + line.count("\n")
    assert problem.startswith(f"line {number}: not valid TOML: ")
    assert hint in problem


def test_several_mistakes_come_at_once_and_not_without_end():
    found = problems_of("step = 60s\nevery = 1h\n[time]\nduration = 2d\nstart = 1.5.2020\n", REPEATED)
    assert [problem.split(":")[0] for problem in found] == ["line 1", "line 2", "line 4", "line 5"]
    assert len(problems_of("".join(f"a{n} = {n}s\n" for n in range(100)), REPEATED)) == 10
    assert problems_of('step = "60s"\n', REPEATED) == []


def test_a_table_in_single_brackets_is_told_with_its_line(tmp_path):
    (tmp_path / "run.toml").write_text(
        '[forcing]\nfiles = "f.nc"\n\n[release]\npoint = [1, 2]\n[alert]\nwhen = "min(x) > 1"\n'
    )
    with pytest.raises(RunFileError) as error:
        load_run_file(tmp_path / "run.toml")
    first, second = error.value.problems
    assert "write [[release]], in double brackets" in first
    assert first.endswith("(line 4)")
    assert "write [[alert]], in double brackets" in second
    assert second.endswith("(line 6)")


def test_a_run_file_tells_them_with_its_name(tmp_path):
    (tmp_path / "run.toml").write_text("[time]\nstep = 60s\nend = 3h\n")
    with pytest.raises(RunFileError) as error:
        load_run_file(tmp_path / "run.toml")
    assert [problem.rsplit("/", 1)[1][:16] for problem in error.value.problems] == [
        "run.toml: line 2",
        "run.toml: line 3",
    ]
