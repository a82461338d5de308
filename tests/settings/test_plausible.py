"""Values that are hardly meant: told or refused, with what they come to and what was meant. Truths are
physics by hand."""

import math
import re
import tomllib
from pathlib import Path

import pytest

from fvdrift.errors import RunFileError
from fvdrift.settings.expected import EXPECTED
from fvdrift.settings.load import repeated, run_file_from, tables
from fvdrift.settings.plausible import odd_values
from fvdrift.tools.duration import spoken_duration

RUN = Path("run.toml")


def tree(text):
    table = tomllib.loads(text)
    return {"forcing": {"files": "flow.nc"}, "release": [{"point": [1, 2]}], **table}


def remarks(text):
    return run_file_from(tree(text), RUN).remarks


def refused(text):
    with pytest.raises(RunFileError) as error:
        run_file_from(tree(text), RUN)
    return error.value.problems


@pytest.mark.parametrize(
    ("text", "says", "meant"),
    [
        ("[behaviour]\nmortality = 0.1", "half of all die in 6.93 s", '"0.1 1/day"'),
        ("[behaviour]\nsettling = 5", "particles pass 10 m in 2 s", '"5 mm/s"'),
        ("[behaviour]\nsettling = -3", "particles pass 10 m in 3.33 s", '"-3 mm/s"'),
        ("[behaviour]\nsettling = [3, 5]", "particles pass 10 m in 3.33 s", '"3 mm/s"'),
        ('[behaviour]\nsettling = { mean = 5, sd = "1 mm/s" }', "particles pass", '"5 mm/s"'),
        ("[behaviour]\ngrowth = 0.1", "development gains 1 in 10 s", '"0.1 1/day"'),
        (
            "[behaviour]\nmigration = { day = 20, night = 2, speed = 5 }",
            "particles swim 10 m in 2 s",
            '"5 mm/s"',
        ),
        ("[behaviour]\nsettling = { grain = 100, density = 2650 }", "1e+05 mm", '"100 um"'),
        ("[behaviour]\nsettling = { grain = 1e-4, density = 2.65 }", "2.65 is not a density", '"2.65 g/cm3"'),
        (
            "[behaviour]\nsettling = { grain = 1e-4, density = 2650, viscosity = 1.2 }",
            "1.2 is not a viscosity",
            '"1.2 mPa s"',
        ),
        ("[behaviour]\nwindage = 3", "3 is not a share", '"3 %"'),
        ("[diffusion]\nvertical = 100", "10 m of water are mixed in 0.5 s", '"100 cm2/s"'),
    ],
)
def test_what_cannot_be_is_refused_with_what_was_meant(text, says, meant):
    (problem,) = refused(text)
    assert says in problem
    assert meant in problem


@pytest.mark.parametrize(
    ("text", "key", "says", "meant"),
    [
        (
            "[behaviour]\nmortality = 0.001",
            "behaviour.mortality",
            "half of all die in 11.6 min",
            '"0.001 1/day"',
        ),
        (
            '[behaviour]\nmortality = "0.3 1/min"',
            "behaviour.mortality",
            "half of all die in 2.31 min",
            '"0.3 1/day"',
        ),
        ("[behaviour]\nsettling = 0.2", "behaviour.settling", "10 m in 50 s", '"0.2 mm/s"'),
        ('[behaviour]\nsettling = "50 cm/s"', "behaviour.settling", "10 m in 20 s", '"50 mm/s"'),
        ("[behaviour]\nlifespan = 30", "behaviour.lifespan", "30 is 30 s", '"30 d"'),
        ("[behaviour]\nwindage = 0.15", "behaviour.windage", "15 %", '"0.15 %"'),
        ("[behaviour]\nwindage_depth = 10", "behaviour.windage_depth", "10 m", '"10 cm"'),
        ("[diffusion]\nhorizontal = 10000", "diffusion.horizontal", "41.6 km in a day", '"10000 cm2/s"'),
        ("[diffusion]\nvertical = 1", "diffusion.vertical", "in 50 s", '"1 cm2/s"'),
        ('[boundary]\ncoast = "strand"\nrefloat = 6', "boundary.refloat", "6 is 6 s", '"6 h"'),
        (
            '[boundary]\nbottom = "deposit"\nresuspension = 1',
            "boundary.resuspension",
            "1.02e+03 Pa",
            '"1 cm/s"',
        ),
        ("[boundary]\nroughness = 1", "boundary.roughness", "stones of 30 m", '"1 mm"'),
        ("[time]\nduration = 24", "time.duration", "24 is 24 s", '"24 h"'),
        ("[time]\nstep = 1", "time.step", "1 is 1 s", '"1 min"'),
        ("[output]\nevery = 60", "output.every", "60 is 60 s", '"60 min" or "60 h"? If not, write "60 s"'),
        (
            '[[statistic]]\nkind = "exposure"\nages = [0, 60, 120]',
            "statistic.0.ages.1",
            "60 is 60 s",
            '"60 min"',
        ),
        ('[forcing]\nfiles = "f.nc"\nmin_depth = 5', "forcing.min_depth", "5 is 5 m", '"5 cm"'),
        ('[forcing]\nfiles = "f.nc"\nmax_speed = 200', "forcing.max_speed", "200 m/s", '"200 cm/s"'),
        ('[forcing]\nfiles = "f.nc"\nmax_gap = 3', "forcing.max_gap", "3 is 3 s", '"3 h"'),
        ("[[release]]\npoint = [1, 2]\nradius = 0.01", "release.0.radius", "it is no angle", ""),
    ],
)
def test_what_is_odd_is_told_with_what_it_comes_to_and_what_was_meant(text, key, says, meant):
    (told,) = remarks(text)
    assert told.startswith(f"warning: {key}: ")
    assert says in told
    assert meant in told


@pytest.mark.parametrize(
    "text",
    [
        "[behaviour]\nmortality = 0\nsettling = 0\nwindage = 0.03",
        '[behaviour]\nmortality = "0.1 1/day"\ngrowth = "0.05 1/day"\nsettling = "5 cm/s"\nlifespan = "30d"',
        "[behaviour]\nmortality = 1e-6\nsettling = 0.001",
        '[time]\nstep = 60\nduration = "10min"',
        '[time]\nstep = "1s"',
        '[output]\nevery = "60s"',
        '[behaviour]\nsettling = { grain = ["20 um", "60 um"], density = "2.65 g/cm3", water_density = 1025 }',
        "[diffusion]\nhorizontal = 10\nvertical = 0.001",
        "[[release]]\npoint = [1, 2]\nradius = 200\ndepth = [0, 300]",
    ],
)
def test_what_is_usual_is_not_talked_about(text):
    assert remarks(text) == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[behaviour]\nmortality = "0.1"', '"0.1" has no unit: write "0.1 1/s" or "0.1 1/day"'),
        ('[behaviour]\nsettling = "5"', 'write "5 m/s" or "5 mm/s"'),
        ("[[release]]\npoint = [1, 2]\ndepth = -5", '-5 must not be negative: depths count downwards, "5 m"'),
        ('[advection]\ndepth = "-3 m"', 'depths count downwards, "3 m"'),
        ("[[release]]\npoint = [1, 2]\nsigma = 0.3", "(the surface): write -0.3"),
    ],
)
def test_what_is_refused_for_its_form_says_what_to_write(text, says):
    (problem,) = refused(text)
    assert says in problem


def test_a_value_of_set_and_of_a_mistake_beside_it_is_judged_too():
    problems = refused('[behaviour]\nmortality = 0.1\nsettlig = 1\n[time]\nstep = "1 min"\nend = 3')
    assert [problem.split(": ")[1] for problem in problems] == [
        "time.end",
        "behaviour.settlig",
        "behaviour.mortality",
    ]


def test_all_keys_of_the_table_are_keys_of_the_run_file_and_are_looked_at():
    for name, expected in EXPECTED.items():
        low, high = expected.plain or expected.usual
        parts = name.split(".")
        assert parts[-1 if parts[0] in repeated() else 1] in tables()[parts[0]].model_fields
        value = low / 2 if low > 1e-5 else 2 * high
        for part in reversed(parts):
            value = [value] if part == "*" else {part: value}
        assert [odd.told for odd in odd_values(value)], name


def test_times_are_said_in_units_that_people_think_in():
    assert [spoken_duration(t) for t in (6.93, 600, 7200, 86400 * 12, 86400 * 3652.5)] == [
        "6.93 s", "10 min", "2 h", "12 days", "10 years",
    ]  # fmt: skip
    said = remarks("[behaviour]\nmortality = 0.002")[0]
    assert float(re.search(r"die in ([\d.]+) min", said)[1]) == pytest.approx(
        math.log(2) / 0.002 / 60, rel=1e-2
    )
